"""What is annotated already, so that nobody is asked to annotate it again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from trainer.data.labelled_sources import load_labelled
from trainer.data.near_duplicates import FINGERPRINTS_FILE, SentenceFingerprints
from trainer.documents import Document
from trainer.projects.project import is_project, read_suggestions


def annotated_sentences(model_folder: Path, sources: Sequence[Path] = ()) -> SentenceFingerprints:
    """Return the fingerprints of what a model was made from, and of all that ``sources`` hold.

    Parameters
    ----------
    sources:
        Corpora and labelled files, of which all splits count, and annotation projects, of which all suggestions do,
        corrected or not.

    Raises
    ------
    FileNotFoundError
        If a source is not there, or the model does not say what it was trained on.
    ValueError
        If a source cannot be read.
    """
    trained_on = model_folder / FINGERPRINTS_FILE
    if not trained_on.is_file():
        raise FileNotFoundError(
            f"{model_folder} has no {FINGERPRINTS_FILE}, so nobody can tell which sentences it was trained on; "
            "train the model again"
        )
    documents = [document for source in sources for document in _documents(source)]
    return _joined(SentenceFingerprints.load(trained_on), SentenceFingerprints.of(documents))


def _documents(source: Path) -> list[Document]:
    if is_project(source):
        return read_suggestions(source)
    corpus = load_labelled([source])
    return [*corpus.documents, *corpus.training_only, *corpus.outside]


def _joined(first: SentenceFingerprints, second: SentenceFingerprints) -> SentenceFingerprints:
    places = second.places.copy()
    places[:, 0] += len(first.documents)
    return SentenceFingerprints(
        [*first.documents, *second.documents],
        np.concatenate([first.places, places]),
        np.concatenate([first.wholes, second.wholes]),
        np.concatenate([first.shingles, second.shingles]),
    )
