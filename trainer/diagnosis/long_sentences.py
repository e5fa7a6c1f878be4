"""Sentences that an encoder does not see whole."""

from __future__ import annotations

from collections.abc import Iterator

from tokenizers import Tokenizer

from trainer.diagnosis.findings import Finding
from trainer.diagnosis.marks import Splits, all_documents
from trainer.text.surrogates import encodable

_BATCH = 512


def long_sentences(splits: Splits, tokenizer: Tokenizer, window: int) -> Iterator[Finding]:
    """Yield the sentences that with the special tokens have more than ``window`` subwords.

    Marsad cuts them into windows that overlap, so nothing is lost; but no window sees the whole sentence. Often the
    end of a sentence was not recognised. The tokenizer is left without truncation and padding.
    """
    # Checkpoints may come with both: then no sentence is too long, or every one is as long as the longest beside it.
    tokenizer.no_truncation()
    tokenizer.no_padding()
    places = [(document, sentence) for document in all_documents(splits) for sentence in document.sentences]
    for first in range(0, len(places), _BATCH):
        batch = places[first : first + _BATCH]
        texts = [encodable(document.text[sentence.start : sentence.end]) for document, sentence in batch]
        for (document, sentence), encoding in zip(batch, tokenizer.encode_batch(texts), strict=True):
            if len(encoding) > window:
                message = (
                    f"a sentence of {len(encoding)} subwords, more than the window of {window}; no input holds all of "
                    "it: see whether it is several sentences"
                )
                yield Finding.at("long-sentence", document, sentence.start, sentence.end, message)
