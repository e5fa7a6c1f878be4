"""Fine-tuning: settings from YAML, the Trainer, and what a finished run leaves behind."""
