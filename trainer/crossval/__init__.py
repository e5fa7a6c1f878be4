"""Grouped cross-validation: what a configuration is worth, and how sure that is."""
