"""Refuse a score on sentences that the model was trained on, or say in the report that it is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from trainer.data.near_duplicates import (
    CHOSEN_ON,
    FINGERPRINTS_FILE,
    TRAINED_ON,
    NearDuplicate,
    SentenceFingerprints,
)
from trainer.documents import Document

UNCHECKED = (
    f"the model has no {FINGERPRINTS_FILE}, so nobody could check whether these sentences were trained on; "
    "a model that 'marsad train' writes has it"
)
_NAMED_IN_ERROR, _NAMED_IN_REPORT = 3, 10


class LeakError(ValueError):
    """Sentences to score on were used to make the model."""


def check_leaks(model_folder: str | Path, documents: Sequence[Document], allow: bool = False) -> dict[str, Any]:
    """Compare documents to score on with what the model in ``model_folder`` was made from.

    Parameters
    ----------
    model_folder:
        A model folder.
    documents:
        The documents of the split.
    allow:
        Report leaks instead of refusing them.

    Returns
    -------
    dict
        What an evaluation report says of it: ``leaks`` with the number of ``sentences`` that repeat one that the
        model knows, ``of`` how many, how many of them it was ``trained_on`` and ``chosen_on``, and ``examples``
        (sentences count from 0); or ``leaks: None`` and a ``leaks_note`` where the model has no fingerprints.

    Raises
    ------
    LeakError
        If there is a leak and ``allow`` is false.
    ValueError
        If the model's fingerprints cannot be read.
    """
    path = Path(model_folder) / FINGERPRINTS_FILE
    if not path.is_file():
        return {"leaks": None, "leaks_note": UNCHECKED}
    return {"leaks": find_leaks(SentenceFingerprints.load(path), documents, allow)}


def find_leaks(
    fingerprints: SentenceFingerprints, documents: Sequence[Document], allow: bool = False
) -> dict[str, Any]:
    """Compare documents to score on with fingerprints; see :func:`check_leaks` for what is returned as ``leaks``.

    Raises
    ------
    LeakError
        If there is a leak and ``allow`` is false.
    """
    found = fingerprints.find(documents)
    leaks = {
        "sentences": len(found),
        "of": sum(len(document.sentences) for document in documents),
        TRAINED_ON: sum(match.use == TRAINED_ON for match in found),
        CHOSEN_ON: sum(match.use == CHOSEN_ON for match in found),
        "examples": [_example(match) for match in found[:_NAMED_IN_REPORT]],
    }
    if found and not allow:
        raise LeakError(_refusal(leaks, found))
    return leaks


def leak_mark(report: Mapping[str, Any]) -> str:
    """Return what the title of a printed score must say: nothing, or how much of it leaked.

    >>> leak_mark({"leaks": {"sentences": 12, "of": 17, "trained_on": 12, "chosen_on": 0, "examples": []}})
    ' (LEAKED: 12 of 17 sentences were trained on)'
    """
    leaks = report.get("leaks")
    return f" (LEAKED: {_count(leaks)})" if leaks and leaks["sentences"] else ""


def _count(leaks: Mapping[str, Any]) -> str:
    """Say how many sentences were used, and what for."""
    trained, chosen = leaks[TRAINED_ON], leaks[CHOSEN_ON]
    start = f"{leaks['sentences']} of {leaks['of']} sentences were"
    if trained and chosen:
        return f"{start} used, {trained} trained on and {chosen} chosen on"
    return f"{start} {'trained' if trained else 'chosen'} on"


def _refusal(leaks: Mapping[str, Any], found: Sequence[NearDuplicate]) -> str:
    named = "; ".join(_place(match) for match in found[:_NAMED_IN_ERROR])
    more = len(found) - _NAMED_IN_ERROR
    meaning = " (to choose its checkpoint and thresholds)" if leaks[CHOSEN_ON] else ""
    return (
        f"{_count(leaks)}{meaning} when this model was made: {named}{f'; and {more} more' if more > 0 else ''}. "
        "Their score says nothing about new articles. Score other documents, or give --allow-leaks to have the "
        "score all the same, marked as leaked"
    )


def _place(match: NearDuplicate) -> str:
    likeness = "the same words" if match.exact else f"similarity {match.similarity:.2f}"
    return (
        f"sentence {match.sentence + 1} of document {match.document} is sentence {match.training_sentence + 1} "
        f"of {match.training_document} ({likeness})"
    )


def _example(match: NearDuplicate) -> dict[str, Any]:
    return {
        "document": match.document,
        "sentence": match.sentence,
        "training_document": match.training_document,
        "training_sentence": match.training_sentence,
        "similarity": round(match.similarity, 4),
        "exact": match.exact,
        "use": match.use,
    }
