"""What to annotate next: the sentences of an archive that a model is least sure of, spread over what they say."""
