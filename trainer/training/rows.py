"""Rows of a Marsad dataset as training rows: windows with word tags and event types."""

from __future__ import annotations

from collections import Counter
from typing import Any

from datasets import Dataset, Features

from trainer.data.argument_column import ARGUMENTS
from trainer.data.dataset import COLUMN_OF_LAYER
from trainer.data.mixing import WEIGHT
from trainer.data.tags import OUTSIDE
from trainer.modeling.configuration import argument_head, heads_for_schema
from trainer.modeling.features import Neighbours, SentenceEncoder, Window
from trainer.modeling.heads import IGNORED
from trainer.modeling.layout import ARGUMENT, ENTITY, HEAD_OF_LAYER, TRIGGER
from trainer.modeling.pair_batches import EARLIER, PAIRS
from trainer.schema import Schema
from trainer.training.argument_rows import ArgumentRows

# However rare a label is, it does not weigh more than this.
_HEAVIEST = 10.0


def training_rows(dataset: Dataset, encoder: SentenceEncoder) -> Dataset:
    """Encode every sentence of ``dataset``; a long sentence gives several rows.

    A window's event types are those of the triggers that begin in it, so a window is not taught
    types that it does not show. What a document was not annotated for is marked as unknown.
    """
    sentences = dataset["text"][:]
    words = [
        [(start - row_start, end - row_start) for start, end in zip(starts, ends, strict=True)]
        for row_start, starts, ends in zip(
            dataset["start"][:], dataset["word_starts"][:], dataset["word_ends"][:], strict=True
        )
    ]
    # Once: every look at a data set's features copies them all.
    features = dataset.features
    columns = {layer: column for layer, column in COLUMN_OF_LAYER.items() if column in features}
    labels = dataset.select_columns([*columns.values(), *([WEIGHT] if WEIGHT in features else [])])
    rows: list[dict[str, Any]] = []
    windows = encoder.windows(sentences, words, _neighbours(dataset["document_id"][:]))
    arguments = ArgumentRows(dataset) if _can_teach_arguments(dataset) else None
    # The rows of the sentences that fit into one.
    whole = {w.sentence: row for row, w in enumerate(windows) if w.last_word - w.first_word == len(words[w.sentence])}
    for window in windows:
        source = labels[window.sentence]
        row: dict[str, Any] = {
            "input_ids": window.input_ids,
            "word_tokens": window.word_tokens,
            "word_ends": window.word_ends,
            "context": list(window.context),
            WEIGHT: float(source.get(WEIGHT, 1.0)),
        }
        for layer in ("entities", "triggers"):
            if layer in columns:
                row[columns[layer]] = _window_tags(source[columns[layer]], window)
        if "event_types" in columns:
            cut = window.last_word - window.first_word < len(words[window.sentence])
            row[columns["event_types"]] = _window_types(features, source, window if cut else None)
        if arguments is not None:
            earlier = whole.get(window.sentence - 1)
            row[PAIRS], reach_back = arguments.pairs_in(window, with_earlier=earlier is not None)
            row[EARLIER] = earlier if reach_back else -1
        rows.append(row)
    return Dataset.from_list(rows)


def _can_teach_arguments(dataset: Dataset) -> bool:
    needed = {ARGUMENTS, COLUMN_OF_LAYER["entities"], COLUMN_OF_LAYER["triggers"]}
    return needed <= set(dataset.features) and any(row is not None for row in dataset[ARGUMENTS][:])


def heads_for_rows(rows: Dataset, schema: Schema, weights: dict[str, float], rare_types: float) -> list[dict[str, Any]]:
    """Return the heads that ``rows`` can teach, for :class:`trainer.modeling.configuration.MarsadConfig`.

    Parameters
    ----------
    rows:
        Training rows. A layer of which they know nothing gets no head.
    weights:
        By head, the weight of its loss; a head of weight 0 is left out.
    rare_types:
        How much more rare labels weigh: a label that is n times rarer than the most frequent one weighs n
        to this power, at most ``_HEAVIEST``.

    Raises
    ------
    ValueError
        If no head is left.
    """
    counts = {
        layer: _label_counts(rows[column][:], layer)
        for layer, column in COLUMN_OF_LAYER.items()
        if column in rows.features
    }
    taught = [layer for layer, known in counts.items() if known is not None]
    heads = heads_for_schema(schema, weights, taught)
    if not heads:
        raise ValueError(
            f"there is nothing to learn: the training data is annotated for {', '.join(taught) or 'nothing'}, "
            "and the weight of every head for that is 0"
        )
    if rare_types:
        by_head = {HEAD_OF_LAYER[layer]: known for layer, known in counts.items() if known is not None}
        heads = [
            {**head, "label_weights": _label_weights(head["labels"], by_head[head["name"]], rare_types)}
            for head in heads
        ]
    # Without heads for both there is nothing to pair.
    if PAIRS in rows.features and weights.get(ARGUMENT, 1.0) and {ENTITY, TRIGGER} <= {head["name"] for head in heads}:
        heads.append(argument_head(schema, weights.get(ARGUMENT, 1.0)))
    return heads


def _label_counts(column: list[list[int]], layer: str) -> Counter[int] | None:
    """Count the labels of a column by their number; ``None`` where nothing is known."""
    known = [row for row in column if any(value != IGNORED for value in row)]
    if not known:
        return None
    if layer == "event_types":
        return Counter(label for row in known for label, value in enumerate(row) if value == 1)
    return Counter(tag for row in known for tag in row if tag != IGNORED)


def _label_weights(labels: list[str], counts: Counter[int], power: float) -> list[float]:
    """Return the weight of every label; O, which is no type, and what never occurs weigh 1."""
    types = [label.removeprefix("B-").removeprefix("I-") for label in labels]
    total: Counter[str] = Counter()
    for number, name in enumerate(types):
        if labels[number] == name or labels[number].startswith("B-"):
            total[name] += counts[number]
    most = max((count for name, count in total.items() if name != OUTSIDE), default=1)
    return [
        1.0 if name == OUTSIDE or not total[name] else round(min((most / total[name]) ** power, _HEAVIEST), 4)
        for name in types
    ]


def _neighbours(documents: list[str]) -> Neighbours:
    """Return for each row the row before and the row after it in the same document."""
    last = len(documents) - 1
    return [
        (
            row - 1 if row > 0 and documents[row - 1] == document else None,
            row + 1 if row < last and documents[row + 1] == document else None,
        )
        for row, document in enumerate(documents)
    ]


def _window_tags(tags: list[int] | None, window: Window) -> list[int]:
    if tags is None:
        return [IGNORED] * (window.last_word - window.first_word)
    return tags[window.first_word : window.last_word]


def _window_types(features: Features, source: dict[str, Any], part: Window | None) -> list[int]:
    """Return 0 or 1 for every event type of a sentence, or of the ``part`` of it that a window shows.

    Which types a part shows its triggers say; where they are not known, nothing is.
    """
    names = features["event_types"].feature.names
    types = source["event_types"]
    if types and part is not None:
        triggers = source.get("trigger_tags")
        if triggers is None:
            return [IGNORED] * len(names)
        tags = features["trigger_tags"].feature.names
        shown = {tags[tag][2:] for tag in _window_tags(triggers, part) if tags[tag] != OUTSIDE}
        return [int(name in shown) for name in names]
    return [IGNORED if types is None else int(index in types) for index in range(len(names))]
