"""One task: train on the fold's training articles, predict its test articles, write the predictions."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trainer.baselines.baseline import fit_baselines
from trainer.baselines.nearest_entity import NearestEntityBaseline
from trainer.crossval.plan import BASELINES, MODEL, Task, crossval_corpus, documents_of, run_settings, through_rows
from trainer.data.corpus import Corpus
from trainer.data.dataset import documents_to_dataset
from trainer.documents import LAYERS, Document
from trainer.evaluation.arguments import GOLD, PREDICTED, without_arguments
from trainer.evaluation.seen_spans import SeenSpans
from trainer.evaluation.span_counts import Counts
from trainer.modeling.tagger import Tagger
from trainer.training.run import fit


def run_task(task: Task, output: Path) -> None:
    """Run ``task`` and write its file, complete or not at all."""
    started = time.monotonic()
    corpus = crossval_corpus(task.options)
    training, validation, test = (
        documents_of(corpus, ids) for ids in (task.fold.training, task.fold.validation, task.fold.test)
    )
    written = through_rows(corpus.training_only, corpus)
    bare = [document.without_annotations() for document in test]
    if task.system == BASELINES:
        # Nothing is chosen for them, so they may have the validation articles, too.
        known = [*training, *written, *validation]
        found = {b.name: (b.layers, b.predict(bare)) for b in fit_baselines(known, corpus.schema, task.seed)}
        threshold, arguments = None, {}
    else:
        known = [*training, *written]
        tagger = _trained(task, training, written, validation, corpus)
        tagged = tagger.tag(bare)
        found = {task.system: (LAYERS, tagged)}
        threshold = tagger.thresholds.event_type
        arguments = _arguments(task, tagger, [*known, *validation], tagged, test) if tagger.roles else {}
    seen = SeenSpans.of(known)
    _write_whole(
        task.path(output),
        {
            "key": task.key,
            "fold": task.fold.name,
            "training": task.fold.training,
            "validation": task.fold.validation,
            "training_only": {"documents": len(written), "shared": SeenSpans.of(written).share(test)},
            "threshold": threshold,
            "seconds": round(time.monotonic() - started, 1),
            "systems": {
                name: {
                    "layers": list(layers),
                    "documents": [document.to_dict(type_scores=True) for document in predicted],
                    "seen": _as_lists(seen.counts(test, predicted)),
                }
                for name, (layers, predicted) in found.items()
            },
            # What "systems" has not: the arguments of the model's own triggers and entities stand there.
            "arguments": {
                setting: {name: [document.to_dict() for document in filled] for name, filled in systems.items()}
                for setting, systems in arguments.items()
            },
        },
    )


def _trained(
    task: Task, training: list[Document], written: list[Document], validation: list[Document], corpus: Corpus
) -> Tagger:
    scratch = Path(tempfile.mkdtemp(prefix="marsad-fold-"))
    try:
        settings, arguments = run_settings(task, scratch)
        rows = documents_to_dataset([*training, *written], corpus.schema)
        return fit(rows, validation, corpus.schema, settings, arguments).tagger
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _arguments(
    task: Task, tagger: Tagger, known: list[Document], tagged: list[Document], test: list[Document]
) -> dict[str, dict[str, list[Document]]]:
    """Return by setting and system the documents whose arguments were predicted for given triggers and entities.

    The baseline is fitted on the articles ``known``. It takes part in the task of the model, because it is given the
    model's triggers and entities.
    """
    given = [without_arguments(document) for document in test]
    found: dict[str, dict[str, list[Document]]] = {PREDICTED: {}, GOLD: {task.system: tagger.fill_arguments(given)}}
    if task.system == MODEL:
        baseline = NearestEntityBaseline(known)
        found[PREDICTED][baseline.name] = baseline.fill(tagged)
        found[GOLD][baseline.name] = baseline.fill(given)
    return found


def _as_lists(counts: Mapping[str, Mapping[str, Counts]]) -> dict[str, dict[str, list[int]]]:
    return {
        layer: {bucket: [one.hits, one.predicted, one.gold] for bucket, one in buckets.items()}
        for layer, buckets in counts.items()
    }


def _write_whole(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(content, ensure_ascii=True), encoding="utf-8")
    os.replace(unfinished, path)
