"""Texts to label, wherever they are: files, folders, tables, standard input; each with its place."""
