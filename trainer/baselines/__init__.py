"""Predictors without an encoder: what a model's score is worth is what it adds to theirs."""
