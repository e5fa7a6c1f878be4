"""Hints for those who care for a corpus: annotation that is allowed and still odd, each with file and line."""
