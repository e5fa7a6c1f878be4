"""A trained model, loaded and ready: texts in, labelled documents out."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import overload

from tokenizers import Tokenizer

from trainer.documents import Document
from trainer.encoders.loading import quiet_loading
from trainer.modeling.model import MarsadModel
from trainer.modeling.tagger import Tagger, Thresholds
from trainer.schema import load_schema
from trainer.text.cleaning import Cleaner, load_cleaner

# Documents labelled at a time: enough to fill batches of similar sentences, little enough that an
# iterator's memory stays flat.
_CHUNK = 32
_FINGERPRINTED = ("config.json", "model.safetensors", "schema.yaml", "thresholds.json", "tokenizer.json")


class Predictor:
    """Labels texts with the model in ``folder``. Get one with :func:`trainer.load`.

    Safe to use from several threads: one text is processed at a time.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        missing = [name for name in _FINGERPRINTED if not (self.folder / name).is_file()]
        if missing:
            raise FileNotFoundError(
                f"{self.folder} is no Marsad model: it lacks {', '.join(missing)}. "
                "Give the 'model' folder that 'marsad train' wrote"
            )
        self.schema = load_schema(self.folder / "schema.yaml")
        self.info = {"name": _model_name(self.folder), "fingerprint": _fingerprint(self.folder)}
        with quiet_loading():
            model = MarsadModel.from_pretrained(self.folder).eval()
        self._tagger = Tagger(
            model,
            Tokenizer.from_file(str(self.folder / "tokenizer.json")),
            Thresholds.load(self.folder / "thresholds.json"),
        )
        self.layers = self._tagger.layers
        self._lock = threading.Lock()

    @overload
    def predict(self, texts: str | Document, *, clean: bool = False) -> Document: ...

    @overload
    def predict(self, texts: list[str] | list[Document], *, clean: bool = False) -> list[Document]: ...

    @overload
    def predict(self, texts: Iterator[str] | Iterator[Document], *, clean: bool = False) -> Iterator[Document]: ...

    def predict(
        self, texts: str | Document | Iterable[str | Document], *, clean: bool = False
    ) -> Document | list[Document] | Iterator[Document]:
        """Label one text, a list of texts, or an iterator of texts.

        Parameters
        ----------
        texts:
            Any Unicode string, or a bare :class:`~trainer.documents.Document`. One gives a document, a
            list a list, an iterator an iterator that reads ahead a few documents.
        clean:
            Leave out sentences that page cleaning drops (menus, «اقرأ أيضاً», …). The text of the
            document and all offsets stay those of the input.
        """
        if isinstance(texts, (str, Document)):
            return self._predict_chunk([texts], clean)[0]
        labelled = self._predict_stream(iter(texts), clean)
        return labelled if isinstance(texts, Iterator) else list(labelled)

    def _predict_stream(self, texts: Iterator[str | Document], clean: bool) -> Iterator[Document]:
        while chunk := list(islice(texts, _CHUNK)):
            yield from self._predict_chunk(chunk, clean)

    def _predict_chunk(self, texts: Sequence[str | Document], clean: bool) -> list[Document]:
        documents = [text if isinstance(text, Document) else Document.from_text(text) for text in texts]
        if clean:
            documents = [_keep_article_sentences(document) for document in documents]
        with self._lock:
            labelled = self._tagger.tag(documents)
        for document in labelled:
            document.model = dict(self.info)
        return labelled


@cache
def _cleaner() -> Cleaner:
    """Read the rules once, not for every document."""
    return load_cleaner()


def _keep_article_sentences(document: Document) -> Document:
    cleaned = _cleaner().clean(document.text, document.id)
    kept = [sentence for sentence in document.sentences if cleaned.keeps(sentence.start, sentence.end)]
    return replace(document, sentences=kept)


def _model_name(folder: Path) -> str:
    """Name a model by its folder, or by the run where the folder is just called ``model``."""
    resolved = folder.resolve()
    return resolved.parent.name if resolved.name == "model" else resolved.name


def _fingerprint(folder: Path) -> str:
    """Return a digest of everything that decides what the model predicts."""
    digest = hashlib.sha256()
    for name in _FINGERPRINTED:
        with (folder / name).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]
