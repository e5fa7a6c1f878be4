"""Self-contained, right-to-left HTML pages: what a model found, how good it is, what it learned from."""
