"""Export of trained heads to folders that Transformers loads without Marsad."""
