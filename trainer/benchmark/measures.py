"""What a benchmark of inference makes of its measurements: speeds, ratios, agreement with a reference, scores."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from random import Random
from typing import Any

import numpy as np

from trainer.benchmark.timed_systems import Row
from trainer.documents import Document
from trainer.evaluation.scores import headline, score_documents
from trainer.readers.reading import read_records
from trainer.readers.records import Record
from trainer.schema import Schema
from trainer.text.surrogates import encodable

PACKAGES = ("torch", "transformers", "openvino", "onnxruntime")
Item = tuple[int, int, int, str]


def draw_sentences(sources: Sequence[str], count: int, seed: int) -> list[str]:
    """Return the first ``count`` sentences of the articles in ``sources``, in an order drawn with ``seed``.

    Fewer where there are no more. What cannot be read is passed over.

    Raises
    ------
    FileNotFoundError
        If one of ``sources`` does not exist.
    ValueError
        If there is no sentence in them.
    """
    articles = [item.text for item in read_records(sources) if isinstance(item, Record)]
    Random(seed).shuffle(articles)
    sentences: list[str] = []
    for text in map(encodable, articles):
        if len(sentences) >= count:
            break
        sentences += [text[sentence.start : sentence.end] for sentence in Document.from_text(text).sentences]
    if not sentences:
        raise ValueError(f"there is no sentence in {', '.join(sources)}; give an archive of articles")
    return sentences[:count]


def count_words(sentences: Sequence[str]) -> int:
    """Return how many words the sentences have, as Marsad counts them."""
    return sum(len(Document.from_text(sentence).words) for sentence in sentences)


def summarise(
    rows: Sequence[Row], rounds: Sequence[Mapping[str, Mapping[str, Any]]], words: int
) -> dict[str, dict[str, Any]]:
    """Put the rounds of each row together.

    Parameters
    ----------
    rounds:
        A mapping a round: by row ``seconds`` for all sentences, and ``latencies``, in seconds, of single ones.
    words:
        Words of the sentences.

    Returns
    -------
    dict
        By row ``words_per_second``, its ``ratio`` to the row's baseline, ``latency_ms`` and ``latency_ratio``. Ratios
        are above 1 where the row is faster, taken within a round, and ``None`` without the baseline. Each has
        ``median``, ``min`` and ``max`` over rounds; ``latency_ms`` the ``median`` and ``p90``, the 90th percentile,
        of all sentences in all rounds, and ``min`` and ``max`` of the rounds' medians.
    """
    summary = {}
    for row in rows:
        medians = [1000 * statistics.median(one[row.name]["latencies"]) for one in rounds]
        pooled = [1000 * latency for one in rounds for latency in one[row.name]["latencies"]]
        summary[row.name] = {
            "words_per_second": _spread([words / one[row.name]["seconds"] for one in rounds]),
            "ratio": _ratio(rounds, row.name, row.baseline, lambda one: one["seconds"]),
            "latency_ms": {**_spread(medians), "median": statistics.median(pooled), "p90": _percentile_90(pooled)},
            "latency_ratio": _ratio(
                rounds, row.name, row.latency_baseline, lambda one: statistics.median(one["latencies"])
            ),
        }
    return summary


def _ratio(
    rounds: Sequence[Mapping[str, Mapping[str, Any]]],
    name: str,
    baseline: str,
    time: Callable[[Mapping[str, Any]], float],
) -> dict[str, Any] | None:
    if baseline not in rounds[0]:
        return None
    return {"to": baseline, **_spread([time(one[baseline]) / time(one[name]) for one in rounds])}


def _spread(values: Sequence[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def _percentile_90(values: Sequence[float]) -> float:
    return float(np.percentile(values, 90))


def agreement(reference: Sequence[Document], found: Sequence[Document]) -> dict[str, dict[str, Any]]:
    """Compare two labellings of the same texts.

    Returns
    -------
    dict
        For each layer of the first: how many items are ``identical``, how many the ``reference`` has, how many were
        ``found``, and the identical ones as share ``of_reference`` and ``of_either`` side (``None`` of nothing). An
        item is a labelled span, or a type of a sentence.
    """
    compared = {}
    for layer in reference[0].layers if reference else ():
        ours, theirs = _items(reference, layer), _items(found, layer)
        both, either = len(ours & theirs), len(ours | theirs)
        compared[layer] = {
            "identical": both,
            "reference": len(ours),
            "found": len(theirs),
            "of_reference": both / len(ours) if ours else None,
            "of_either": both / either if either else None,
        }
    return compared


def _items(documents: Sequence[Document], layer: str) -> set[Item]:
    items: set[Item] = set()
    for number, document in enumerate(documents):
        if layer == "entities":
            items.update((number, entity.start, entity.end, entity.label) for entity in document.entities)
        elif layer == "triggers":
            items.update((number, event.trigger.start, event.trigger.end, event.type) for event in document.events)
        else:
            items.update((number, s.start, s.end, type) for s in document.sentences for type in s.event_types)
    return items


def micro_f1(gold: Sequence[Document], predicted: Sequence[Document], schema: Schema) -> dict[str, float]:
    """Return the strict micro F1 of each layer that both sides have."""
    values = headline(score_documents(gold, predicted, schema))
    return {layer: value for layer, value in values.items() if layer != "score"}


def package_versions() -> dict[str, str | None]:
    """Return the versions of ``PACKAGES``; ``None`` for one that is not installed."""
    installed: dict[str, str | None] = {}
    for name in PACKAGES:
        try:
            installed[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            installed[name] = None
    return installed
