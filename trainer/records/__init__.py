"""Event records: what happened, merged from the mentions of an article, with values and codes."""
