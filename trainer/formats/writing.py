"""Writers of all formats in one shape: ``write(documents, path, schema, report, scheme)``.

``report`` is called with a place and what is not written. ``schema`` is for the settings of annotation programs and
``scheme`` for tags of words; formats without them leave them alone. ``path`` is not there yet.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from trainer.documents import Document
from trainer.formats.brat import annotation_conf, write_brat_file
from trainer.formats.doccano_writer import write_doccano
from trainer.formats.inline_writer import write_inline_file
from trainer.formats.iob2 import write_iob2
from trainer.formats.jsonl import write_jsonl
from trainer.formats.label_studio_config import CONFIG_FILE
from trainer.formats.label_studio_files import TASKS_FILE
from trainer.formats.label_studio_writer import write_label_studio
from trainer.formats.losses import losses_of_marks, require_writable, unknown_labels
from trainer.formats.sentence_labels_writer import write_sentence_labels
from trainer.formats.tag_schemes import Scheme
from trainer.schema import Schema
from trainer.text.surrogates import encodable

# With this ending a Label Studio project is a file of tasks, with its config beside it.
TASKS_ENDING = ".json"
# Of a file's name most systems take 255 bytes; the rest is for endings and for the name while it is written.
_LONGEST_ID_BYTES = 230

Report = Callable[[str, str], None]


def write_brat(documents: Sequence[Document], path: Path, schema: Schema, report: Report, scheme: Scheme) -> None:
    """Write a folder that opens in brat; a document without layers gets no ``.ann`` file.

    Raises
    ------
    ValueError
        If documents cannot be files of one folder by their ids, or a label cannot be written.
    """
    require_writable(documents)
    names: set[str] = set()
    for document in documents:
        if document.id in names or not _is_file_name(document.id):
            why = f"ids must be different, without '/', not empty, and of at most {_LONGEST_ID_BYTES} bytes"
            raise ValueError(f"document {document.id!r} can be no file of a brat folder: {why}")
        names.add(document.id)
    path.mkdir(parents=True, exist_ok=True)
    for document in documents:
        # Not with_suffix: an id may have dots.
        text = path / f"{document.id}.txt"
        if document.layers:
            write_brat_file(document, text)
        else:
            text.write_bytes(document.text.encode("utf-8"))
    (path / "annotation.conf").write_text(annotation_conf(schema), encoding="utf-8", newline="")
    annotated = [document for document in documents if document.layers]
    for loss, number in losses_of_marks(annotated, metadata=False).items():
        report(str(path), f"not written: {loss} ({number})")
    for label, number in unknown_labels(annotated, schema).items():
        report(str(path), f"label {label!r} is not in the schema, so brat does not offer it ({number})")


def _is_file_name(id: str) -> bool:
    writable = encodable(id) == id and "\0" not in id
    return writable and Path(id).name == id and len(id.encode("utf-8")) <= _LONGEST_ID_BYTES


def write_marked(documents: Sequence[Document], path: Path, schema: Schema, report: Report, scheme: Scheme) -> None:
    """Write a ``.marked`` file."""
    require_writable(documents)
    write_inline_file(documents, path)
    for loss, number in losses_of_marks(documents, metadata=True).items():
        report(str(path), f"not written: {loss} ({number})")


def write_columns(documents: Sequence[Document], path: Path, schema: Schema, report: Report, scheme: Scheme) -> None:
    """Write words and tags."""
    write_iob2(documents, path, scheme=scheme, report=report)


def write_rows(documents: Sequence[Document], path: Path, schema: Schema, report: Report, scheme: Scheme) -> None:
    """Write labelled sentences."""
    write_sentence_labels(documents, path, report)


def write_hub(documents: Sequence[Document], path: Path, schema: Schema, report: Report, scheme: Scheme) -> None:
    """Save a dataset: with the splits that ``metadata["split"]`` names, if every document has that, else without."""
    from trainer.formats.hub_dataset import write_hub_dataset

    named = [document.metadata.get("split") for document in documents]
    splits: dict[str, list[Document]] = {}
    for document, split in zip(documents, named, strict=True):
        splits.setdefault(str(split), []).append(document)
    by_split = all(isinstance(split, str) and split for split in named)
    write_hub_dataset(splits if by_split else documents, path, scheme=scheme, report=report)


def write_marsad(documents: Sequence[Document], path: Path, schema: Schema, report: Report, scheme: Scheme) -> None:
    """Write Marsad's own JSON Lines."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        write_jsonl(documents, file)
    if anew := sum(document.words != Document.from_text(document.text).words for document in documents):
        report(str(path), f"not written: words that are not those that Marsad's rules find (in {anew} documents)")


def write_doccano_lines(
    documents: Sequence[Document], path: Path, schema: Schema, report: Report, scheme: Scheme
) -> None:
    """Write doccano's JSON Lines."""
    write_doccano(documents, path, report)


def write_tasks(documents: Sequence[Document], path: Path, schema: Schema, report: Report, scheme: Scheme) -> None:
    """Write a Label Studio project: a folder, or ``NAME.json`` with the tasks and ``NAME.config.xml`` beside it."""
    if path.suffix.lower() != TASKS_ENDING:
        write_label_studio(documents, path, schema, report)
        return
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:

        def at_the_file(place: str, problem: str) -> None:
            report(place.replace(str(Path(folder) / TASKS_FILE), str(path)), problem)

        write_label_studio(documents, folder, schema, at_the_file)
        shutil.move(Path(folder) / TASKS_FILE, path)
        shutil.move(Path(folder) / CONFIG_FILE, path.with_suffix(".config.xml"))
