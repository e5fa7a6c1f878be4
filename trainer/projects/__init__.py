"""Annotation projects: sentences with suggestions for people to correct, and what comes back."""
