"""The scores of all systems that predicted the arguments of documents, and how the model differs from the others."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from trainer.documents import Document
from trainer.evaluation.arguments import SETTINGS, argument_counts, argument_items, argument_scores, has_arguments
from trainer.evaluation.bootstrap import compare, estimate

# The system whose differences to the others are told.
MODEL = "model"


def argument_results(
    gold: Sequence[Document],
    predicted: Mapping[str, Mapping[str, Mapping[str, Sequence[Document]]]],
    groups: Sequence[int],
) -> dict[str, Any]:
    """Score the arguments that were predicted in each setting.

    Parameters
    ----------
    gold:
        The documents that were tested.
    predicted:
        By setting (:data:`trainer.evaluation.arguments.SETTINGS`), system and seed the same documents, in the same
        order. One system is called ``MODEL``.
    groups:
        (sentences,): the article group of each sentence.

    Returns
    -------
    dict
        ``sha256``, a digest of the gold arguments, and ``settings``: by name the ``systems``, each with ``summary``
        (:class:`trainer.evaluation.bootstrap.Estimate` of the strict micro F1), ``seeds`` (the scores of each, see
        :func:`trainer.evaluation.arguments.argument_scores`) and ``counts`` (by seed and sentence), and
        ``differences``: by name of each other system, the model's micro F1 less that of the system
        (:class:`trainer.evaluation.bootstrap.Difference`). Empty if gold has no arguments or none were predicted.
    """
    if not has_arguments(gold) or not predicted:
        return {}
    settings: dict[str, Any] = {}
    for setting in SETTINGS:
        counts = {
            name: {seed: argument_counts(gold, documents) for seed, documents in by_seed.items()}
            for name, by_seed in predicted[setting].items()
        }
        # (seeds, sentences, 3), also where there are no sentences.
        of_systems = {
            name: np.array(list(by_seed.values())).reshape(len(by_seed), -1, 3) for name, by_seed in counts.items()
        }
        settings[setting] = {
            "systems": {
                name: {
                    "summary": asdict(estimate(of_systems[name], groups)),
                    "seeds": {seed: argument_scores(gold, documents) for seed, documents in by_seed.items()},
                    "counts": counts[name],
                }
                for name, by_seed in predicted[setting].items()
            },
            "differences": {
                name: asdict(compare(of_systems[MODEL], other, groups))
                for name, other in of_systems.items()
                if name != MODEL
            },
        }
    return {"sha256": _digest(gold), "settings": settings}


def _digest(gold: Sequence[Document]) -> str:
    items = [[sorted(sentence) for sentence in argument_items(document)] for document in gold]
    return hashlib.sha256(json.dumps(items).encode()).hexdigest()
