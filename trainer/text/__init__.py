"""Arabic text before any model sees it: words, sentences, cleaning, mention names."""
