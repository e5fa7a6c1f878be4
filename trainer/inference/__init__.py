"""Use of a trained model: ``load`` and ``predict``."""
