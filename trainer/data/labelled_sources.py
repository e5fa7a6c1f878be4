"""Labelled texts in whatever form they lie there, read as one corpus."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from trainer.data.corpus import Corpus, load_corpus
from trainer.data.labelled_files import is_labelled_file, read_labelled_file, schema_of
from trainer.documents import Document
from trainer.formats.inline import SUFFIX, is_inline, read_inline
from trainer.schema import load_schema

# The only split of texts that no corpus file divides.
WHOLE = "all"


def load_labelled(sources: Sequence[Path], schema_file: Path | None = None) -> Corpus:
    """Read one corpus file (``dataset.yaml``), one labelled file, or ``.marked`` files and folders of them.

    Parameters
    ----------
    schema_file:
        The labels of what is no corpus file, which names its own. By default those that occur in a labelled file, and
        Marsad's own for ``.marked`` files.

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
    alone = corpus_files or [source for source in sources if is_labelled_file(source)]
    if alone and len(sources) > 1:
        raise ValueError(f"{alone[0]} is read alone; give it, or {SUFFIX} files and folders of them")
    if corpus_files:
        return load_corpus(corpus_files[0])
    if alone:
        documents = read_labelled_file(alone[0])
        schema = load_schema(schema_file) if schema_file else schema_of(alone[0].name, documents)
        return Corpus(alone[0].name, schema, {WHOLE: documents}, groups=[])
    if strange := [source for source in sources if not is_inline(source)]:
        raise ValueError(
            f"{strange[0]} is neither a corpus file (.yaml) nor a labelled file (IOB2, sentences with labels) nor a "
            f"{SUFFIX} file or a folder of them; of a folder of brat files, name the dataset.yaml beside it"
        )
    documents = [document for source in sources for document in read_inline(source)]
    _require_different_ids(documents)
    return Corpus(", ".join(source.name for source in sources), load_schema(schema_file), {WHOLE: documents}, groups=[])


def _require_different_ids(documents: Sequence[Document]) -> None:
    ids = set()
    for document in documents:
        if document.id in ids:
            raise ValueError(f"document {document.id} stands in two of the files; name each file once")
        ids.add(document.id)
