"""Labelled documents as files: JSON Lines, Parquet, CSV, brat, HTML; written part by part."""
