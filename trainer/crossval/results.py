"""Put the predictions of all folds together and score them."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from trainer.crossval.plan import MODEL, Task, documents_of, groupings_of, tested_ids
from trainer.data.corpus import Corpus
from trainer.data.folds import complete_groups
from trainer.documents import Document
from trainer.evaluation.argument_results import argument_results
from trainer.evaluation.arguments import PREDICTED, without_arguments
from trainer.evaluation.bootstrap import METHOD, estimate
from trainer.evaluation.detailed import counts_by_sentence, detailed_scores
from trainer.evaluation.seen_spans import Share
from trainer.evaluation.span_counts import Counts

RESULTS_FILE = "results.json"
RESULTS_VERSION = 1
# By setting, system and seed the documents that all folds stored.
_Arguments = dict[str, dict[str, dict[int, list[Mapping[str, Any]]]]]


def collect_results(tasks: Sequence[Task], output: Path, corpus: Corpus, leaks: Mapping[str, int]) -> dict[str, Any]:
    """Score every system of every grouping over all sentences of the corpus.

    ``leaks`` are the counts of :func:`trainer.crossval.plan.leaks_of`.

    Returns
    -------
    dict
        ``groupings``: by name, the ``folds``, ``groups`` and ``documents`` (one entry a sentence), and by
        ``systems`` their ``layers``, ``summary`` (:class:`trainer.evaluation.bootstrap.Estimate` of each
        layer), ``seeds`` (the scores of each, see :func:`trainer.evaluation.detailed.detailed_scores`),
        ``seen`` (scores by whether training articles have the span) and ``counts`` (by seed, layer and
        sentence). ``arguments`` is there where gold has arguments and models predict them (see
        :func:`trainer.evaluation.argument_results.argument_results`). ``leaks`` counts the tested sentences that repeat
        one trained on; ``training_only_shares`` says how many of the tested spans the text for training only has
        (:class:`trainer.evaluation.seen_spans.Share`).
    """
    by_grouping: dict[str, list[Task]] = defaultdict(list)
    for task in tasks:
        by_grouping[task.grouping].append(task)
    return {
        "version": RESULTS_VERSION,
        "data": {"name": corpus.name, "sha256": data_digest(documents_of(corpus, [d.id for d in corpus.documents]))},
        "training_only": len(corpus.training_only),
        "intervals": METHOD,
        "groupings": {
            name: {"leaks": leaks[name], **_grouping(name, group, output, corpus)}
            for name, group in by_grouping.items()
        },
    }


def model_predictions(
    tasks: Sequence[Task], grouping: str, output: Path, corpus: Corpus
) -> tuple[list[Document], dict[str, list[Document]]]:
    """Return the documents that a grouping tests, and by seed what the model predicted for each, in the same order."""
    gold = documents_of(corpus, tested_ids(corpus, grouping))
    found: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for task in tasks:
        if task.grouping == grouping and task.system == MODEL:
            content = json.loads(task.path(output).read_text(encoding="utf-8"))
            found[task.seed] += content["systems"][MODEL]["documents"]
    return gold, {str(seed): _in_order_of(gold, found[seed]) for seed in sorted(found)}


def write_results(results: Mapping[str, Any], output: Path) -> Path:
    """Write ``results.json`` into the output folder and return its path."""
    path = output / RESULTS_FILE
    path.write_text(json.dumps(results, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def _grouping(name: str, tasks: Sequence[Task], output: Path, corpus: Corpus) -> dict[str, Any]:
    gold = documents_of(corpus, tested_ids(corpus, name))
    folds = {task.fold.name: task.fold for task in tasks}
    # Of articles, not of folds: a fold may hold several.
    whole = complete_groups([document.id for document in gold], groupings_of(corpus)[name])
    group_of = {id: position for position, ids in enumerate(whole) for id in ids}
    groups = [group_of[document.id] for document in gold for _ in document.sentences]
    # system -> seed -> what each fold stored of it
    stored: dict[str, dict[int, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    arguments: _Arguments = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    seconds = 0.0
    # The same for every system and seed.
    shared: dict[str, dict[str, list[int]]] = {}
    for task in tasks:
        content = json.loads(task.path(output).read_text(encoding="utf-8"))
        seconds += content["seconds"]
        shared[task.fold.name] = content["training_only"]["shared"]
        for system, prediction in content["systems"].items():
            stored[system][task.seed].append(prediction)
            if content["arguments"]:
                arguments[PREDICTED][system][task.seed] += prediction["documents"]
        for setting, systems in content["arguments"].items():
            for system, documents in systems.items():
                arguments[setting][system][task.seed] += documents
    found = argument_results(gold, _predicted_arguments(gold, arguments), groups)
    return {
        "sha256": data_digest(gold),
        "folds": [asdict(fold) for fold in folds.values()],
        "documents": [document.id for document in gold for _ in document.sentences],
        "groups": groups,
        "training_only_shares": {
            layer: Share(
                *(sum(column) for column in zip(*(fold[layer] for fold in shared.values()), strict=True))
            ).told()
            for layer in next(iter(shared.values()))
        },
        "training_seconds": round(seconds, 1),
        "systems": {name: _system(by_seed, groups, gold, corpus) for name, by_seed in stored.items()},
        **({"arguments": found} if found else {}),
    }


def _predicted_arguments(
    gold: Sequence[Document], stored: _Arguments
) -> dict[str, dict[str, dict[str, list[Document]]]]:
    return {
        setting: {
            system: {str(seed): _in_order_of(gold, by_seed[seed]) for seed in sorted(by_seed)}
            for system, by_seed in systems.items()
        }
        for setting, systems in stored.items()
    }


def _system(
    by_seed: Mapping[int, Sequence[Mapping[str, Any]]],
    groups: Sequence[int],
    gold: Sequence[Document],
    corpus: Corpus,
) -> dict[str, Any]:
    seeds = sorted(by_seed)
    scores, counts, seen = {}, {}, {}
    for seed in seeds:
        predicted = _in_order_of(gold, (data for part in by_seed[seed] for data in part["documents"]))
        whole = detailed_scores(gold, predicted, corpus.schema)
        # A system may predict what the corpus was not annotated for.
        layers = [layer for layer in by_seed[seed][0]["layers"] if layer in whole]
        scores[str(seed)] = {layer: whole[layer] for layer in layers}
        counts[str(seed)] = {
            layer: rows for layer, rows in counts_by_sentence(gold, predicted).items() if layer in layers
        }
        seen[str(seed)] = _seen([part["seen"] for part in by_seed[seed]], layers)
    return {
        "layers": layers,
        "summary": {
            layer: asdict(estimate(np.array([counts[str(seed)][layer] for seed in seeds]), groups)) for layer in layers
        },
        "seeds": scores,
        "seen": seen,
        "counts": counts,
    }


def _in_order_of(gold: Sequence[Document], found: Iterable[Mapping[str, Any]]) -> list[Document]:
    """Return the predicted documents in the order of ``gold``: each exactly once."""
    by_id: dict[str, Document] = {}
    for data in found:
        if data["id"] in by_id:
            raise ValueError(f"document {data['id']} was predicted twice for one seed")
        by_id[data["id"]] = Document.from_dict(data)
    if missing := [document.id for document in gold if document.id not in by_id]:
        raise ValueError(f"there are no predictions for {', '.join(missing)}")
    return [by_id[document.id] for document in gold]


def _seen(folds: Sequence[Mapping[str, Any]], layers: Sequence[str]) -> dict[str, dict[str, dict[str, float]]]:
    """Add the counts of the folds; what is seen differs from fold to fold, a span's bucket does not."""
    return {
        layer: {
            name: sum((Counts(*fold[layer][name]) for fold in folds), Counts()).scores() for name in folds[0][layer]
        }
        for layer in folds[0]
        if layer in layers
    }


def data_digest(gold: Sequence[Document]) -> str:
    """Return the digest by which two results say that they are scores on the same annotated sentences.

    Of their layers: arguments have a digest of their own, so that what was scored before there were any can be
    compared with what is scored now.
    """
    content = json.dumps([without_arguments(document).to_dict() for document in gold], sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()
