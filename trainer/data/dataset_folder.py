"""The folder that ``marsad data build`` writes, told from others and read back as documents."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from trainer.documents import Document
from trainer.formats.notes import Note

SPLITS_FILE, SCHEMA_FILE = "dataset_dict.json", "schema.yaml"


def is_dataset_folder(path: str | Path) -> bool:
    """Whether ``path`` is such a folder; other saved datasets lack the schema."""
    return (Path(path) / SPLITS_FILE).is_file() and (Path(path) / SCHEMA_FILE).is_file()


def read_dataset_folder(path: Path, report: Callable[[str, str], None]) -> list[Document]:
    """Read the documents of all splits; ``metadata["split"]`` names the split of each.

    Rows have no metadata, arguments and attributes of events, which is reported.

    Raises
    ------
    ValueError
        If ``path`` is no such folder.
    """
    if not is_dataset_folder(path):
        raise ValueError(f"{path} is no folder that 'marsad data build' made")
    from datasets import load_from_disk  # in the extra ``train``

    from trainer.data.dataset import dataset_to_documents

    report(str(path), Note("metadata, arguments and attributes of events are not in the folder of a dataset"))
    documents = []
    for split, rows in load_from_disk(str(path)).items():
        of_split = dataset_to_documents(rows)
        for document in of_split:
            document.metadata["split"] = str(split)
        documents += of_split
    return documents
