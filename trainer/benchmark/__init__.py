"""How fast labelling is, beside ``transformers.pipeline``: what ``scripts/benchmark_inference.py`` runs."""
