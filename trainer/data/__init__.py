"""Labelled data: corpora of documents, word tags, the dataset that training reads, and its checks."""
