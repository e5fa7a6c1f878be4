"""Pictures of scores, counts and runs, drawn with matplotlib: readable in Arabic, and without telling colours."""
