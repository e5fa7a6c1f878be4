"""What a cross-validation predicted, as labelled documents that other commands read."""

from __future__ import annotations

import json
from pathlib import Path

from trainer.crossval.plan import MODEL
from trainer.data.corpus import load_corpus
from trainer.documents import Document
from trainer.formats.jsonl import write_jsonl
from trainer.writers.whole_outputs import replacing


def write_predictions(
    folder: Path, grouping: str, seed: int, corpus: Path, target: Path, system: str = MODEL
) -> list[str]:
    """Write every document of a grouping as the fold's model predicted it, one JSON line each in order of the ids.

    Parameters
    ----------
    folder:
        The output folder of ``marsad crossval``.
    grouping, seed, system:
        Of which folds; each document stands in one of them.
    corpus:
        The ``dataset.yaml`` that the folds were made of. Its documents get their metadata back, such as the date, and
        the text as it is: folds have neither, only words with a space or a line end between them.
    target:
        The file, which ``marsad events --labelled`` reads.

    Returns
    -------
    list of str
        The ids of the documents.

    Raises
    ------
    ValueError
        If the folder has no such folds, a fold's file is damaged, two folds have the same document, or the corpus has
        another text under the id of one.
    """
    place = folder / "folds" / grouping / system.replace(" ", "-")
    paths = sorted(place.glob(f"{seed}-*.json"))
    if not paths:
        raise ValueError(f"{place} has no folds of seed {seed}; let 'marsad crossval' run there first")
    originals = {document.id: document for document in load_corpus(corpus).documents}
    documents: dict[str, Document] = {}
    for path in paths:
        try:
            found = json.loads(path.read_text(encoding="utf-8"))["systems"][system]["documents"]
            predicted = [Document.from_dict(data) for data in found]
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path} has no predictions of '{system}'; run 'marsad crossval' again") from error
        for document in predicted:
            if document.id in documents:
                raise ValueError(f"{path}: another fold of seed {seed} has the document {document.id}, too")
            documents[document.id] = _as_in(originals.get(document.id, document), document)
    with replacing(target) as (unfinished,), unfinished.open("w", encoding="utf-8", newline="\n") as file:
        write_jsonl((documents[id] for id in sorted(documents)), file)
    return sorted(documents)


def _as_in(original: Document, predicted: Document) -> Document:
    """Return ``predicted`` with the text and the metadata of ``original``, whose words are the same."""
    if original.words != predicted.words:
        raise ValueError(f"document {predicted.id} was predicted from another text than the corpus has: run it again")
    data = predicted.to_dict(type_scores=True)
    for span in [*data.get("entities", ()), *(event["trigger"] for event in data.get("events", ()))]:
        span["text"] = original.text[span["start"] : span["end"]]
    return Document.from_dict({**data, "text": original.text, "metadata": original.metadata})
