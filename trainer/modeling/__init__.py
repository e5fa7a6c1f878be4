"""The model: features of sentences, one encoder with several heads, and legal decoding."""
