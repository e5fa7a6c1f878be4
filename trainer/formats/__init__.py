"""Readers and writers of documents, one format a module."""
