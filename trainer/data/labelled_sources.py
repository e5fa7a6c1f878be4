"""Labelled texts in whatever form they lie there, read as one corpus."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from trainer.data.corpus import Corpus, load_corpus
from trainer.data.labelled_files import (
    Report,
    has_splits,
    is_labelled_file,
    read_labelled_file,
    read_labelled_splits,
    schema_of,
)
from trainer.documents import Document
from trainer.formats.catalogue import unknown
from trainer.formats.inline import SUFFIX, is_inline, read_inline
from trainer.schema import load_schema

# The only split of texts that no corpus file divides.
WHOLE = "all"


def load_labelled(sources: Sequence[Path], schema_file: Path | None = None, report: Report | None = None) -> Corpus:
    """Read one corpus file (``dataset.yaml``), one file or folder of labelled text, or ``.marked`` files and folders.

    The folder of a Hugging Face dataset keeps its splits; all else that is no corpus file is one split.

    Parameters
    ----------
    schema_file:
        The labels of what is no corpus file, which names its own. By default those that occur in labelled text, and
        Marsad's own for ``.marked`` files.
    report:
        As for :func:`trainer.data.labelled_files.read_labelled_file`; a corpus file does without.

    Raises
    ------
    FileNotFoundError
        If a source is not there.
    ValueError
        If a source is none of these or cannot be read, there is more than one that is not ``.marked``, or a document
        stands in two of them.
    """
    if missing := [source for source in sources if not source.exists()]:
        raise FileNotFoundError(f"there is no {missing[0]}")
    # Before the labelled files: a corpus file that happens to look like one is still a corpus file.
    corpus_files = [source for source in sources if source.suffix in (".yaml", ".yml")]
    alone = corpus_files or [source for source in sources if is_labelled_file(source) or has_splits(source)]
    if alone and len(sources) > 1:
        raise ValueError(f"{alone[0]} is read alone; give it, or {SUFFIX} files and folders of them")
    if corpus_files:
        return load_corpus(corpus_files[0])
    schema = load_schema(schema_file) if schema_file else None
    if alone:
        path = alone[0]
        splits = (
            read_labelled_splits(path, report)
            if has_splits(path)
            else {WHOLE: read_labelled_file(path, report, schema)}
        )
        everything = [document for documents in splits.values() for document in documents]
        return Corpus(path.name, schema or schema_of(path.name, everything), splits, groups=[])
    if strange := [source for source in sources if not is_inline(source)]:
        raise ValueError(f"{strange[0]} is neither a corpus file (.yaml) nor labelled text{unknown(strange[0])}")
    documents = [document for source in sources for document in read_inline(source)]
    _require_different_ids(documents)
    return Corpus(", ".join(source.name for source in sources), load_schema(schema_file), {WHOLE: documents}, groups=[])


def _require_different_ids(documents: Sequence[Document]) -> None:
    ids = set()
    for document in documents:
        if document.id in ids:
            raise ValueError(f"document {document.id} stands in two of the files; name each file once")
        ids.add(document.id)
