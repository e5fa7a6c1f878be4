"""Rows of a Marsad dataset as training rows: windows with word tags and event types."""

from __future__ import annotations

from typing import Any

from datasets import Dataset

from trainer.data.tags import OUTSIDE
from trainer.modeling.features import SentenceEncoder


def training_rows(dataset: Dataset, encoder: SentenceEncoder) -> Dataset:
    """Encode every sentence of ``dataset``; a long sentence gives several rows.

    A window's event types are those of the triggers that begin in it, so a window is not taught
    types that it does not show.
    """
    tag_names = dataset.features["trigger_tags"].feature.names
    type_names = dataset.features["event_types"].feature.names
    sentences = dataset["text"][:]
    words = [
        [(start - row_start, end - row_start) for start, end in zip(starts, ends, strict=True)]
        for row_start, starts, ends in zip(
            dataset["start"][:], dataset["word_starts"][:], dataset["word_ends"][:], strict=True
        )
    ]
    rows: list[dict[str, Any]] = []
    for window in encoder.windows(sentences, words):
        source = dataset[window.sentence]
        triggers = source["trigger_tags"][window.first_word : window.last_word]
        types = {type_names[index] for index in source["event_types"]}
        if window.last_word - window.first_word < len(source["words"]):
            types = {tag_names[tag][2:] for tag in triggers if tag_names[tag] != OUTSIDE}
        rows.append(
            {
                "input_ids": window.input_ids,
                "word_tokens": window.word_tokens,
                "word_ends": window.word_ends,
                "entity_tags": source["entity_tags"][window.first_word : window.last_word],
                "trigger_tags": triggers,
                "event_types": [int(name in types) for name in type_names],
            }
        )
    return Dataset.from_list(rows)
