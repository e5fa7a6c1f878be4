"""Scores that can be believed: strict span and event type metrics, baselines, tables."""
