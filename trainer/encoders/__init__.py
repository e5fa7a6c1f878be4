"""Pretrained encoders: the bundled one and its source file, and any Transformers checkpoint."""
