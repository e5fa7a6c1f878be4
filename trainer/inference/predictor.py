"""A trained model, loaded and ready: texts in, labelled documents out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypedDict, Unpack, overload

from tokenizers import Tokenizer

from trainer.documents import Document
from trainer.inference.article_chunks import article_of, chunks_of
from trainer.inference.model_files import ModelFiles
from trainer.inference.runtimes import AS_TRAINED, Choice, open_runtime
from trainer.modeling.strictness import Strictness
from trainer.modeling.tagger import Tagger, Thresholds
from trainer.schema import load_schema

# Documents of a list that are labelled at a time: the more, the more alike are the sentences of a batch. An iterator
# may be a queue, whose reader waits for the first document: it is read less far ahead.
# Of either, two chunks are at work at a time: while one is scored, the next is prepared and the last decoded.
_CHUNK, _READ_AHEAD = 1024, 32


class PredictOptions(TypedDict, total=False):
    """The keyword arguments of :meth:`Predictor.predict`."""

    clean: bool
    thresholds: Mapping[str, float] | None
    dial: float


class Predictor:
    """Labels texts with the model in ``folder``. Get one with :func:`trainer.load`.

    Safe to use from several threads.

    Parameters
    ----------
    folder:
        What ``marsad train`` or ``marsad export --to`` wrote.
    choice:
        What runs it; by default what evaluated it in training.

    Attributes
    ----------
    runtime, device, precision:
        What is in use.

    Raises
    ------
    FileNotFoundError
        If ``folder`` is no model folder.
    """

    def __init__(self, folder: str | Path, choice: Choice = AS_TRAINED) -> None:
        self.folder = Path(folder)
        files = ModelFiles.of(self.folder)
        self.schema = load_schema(self.folder / "schema.yaml")
        self.info = {"name": files.name, "fingerprint": files.fingerprint}
        opened = open_runtime(files, choice)
        self.runtime, self.device, self.precision = opened.name, opened.device, opened.precision
        self._tagger = Tagger(
            opened,
            Tokenizer.from_file(str(self.folder / "tokenizer.json")),
            Thresholds.load(self.folder / "thresholds.json"),
        )
        self.layers = self._tagger.layers

    @overload
    def predict(self, texts: str | Document, **options: Unpack[PredictOptions]) -> Document: ...

    @overload
    def predict(self, texts: list[str] | list[Document], **options: Unpack[PredictOptions]) -> list[Document]: ...

    @overload
    def predict(
        self, texts: Iterator[str] | Iterator[Document], **options: Unpack[PredictOptions]
    ) -> Iterator[Document]: ...

    def predict(
        self,
        texts: str | Document | Iterable[str | Document],
        *,
        clean: bool = False,
        thresholds: Mapping[str, float] | None = None,
        dial: float = 0.0,
    ) -> Document | list[Document] | Iterator[Document]:
        """Label one text, a list of texts, or an iterator of texts.

        Parameters
        ----------
        texts:
            Any Unicode string, or a bare :class:`~trainer.documents.Document`. One gives a document, a
            list a list, an iterator an iterator that reads at most 64 documents ahead.
        clean:
            Leave out sentences that page cleaning drops (menus, «اقرأ أيضاً», …). The text of the
            document and all offsets stay those of the input.
        thresholds:
            By label the score from which it counts. An entity type's is for its spans, an event type's for
            triggers and for the types of sentences.
        dial:
            From -1 (find more) over 0 (as trained) to 1 (err less). Scores stay the model's probabilities.

        Raises
        ------
        TypeError
            If something else stands among the texts.
        ValueError
            For a threshold of a label that the model does not have, or a value out of its range; at once,
            also where the texts are an iterator or an empty list.
        """
        strictness = Strictness(dict(thresholds or {}), dial)
        strictness.check_labels(self._tagger.labels)
        if isinstance(texts, (str, Document)):
            return self._start([_as_document(texts)], clean, strictness)()[0]
        if isinstance(texts, Iterator):
            return self._predict_stream(texts, _READ_AHEAD, clean, strictness)
        return list(self._predict_stream(iter(texts), _CHUNK, clean, strictness))

    def fill_arguments(self, documents: Sequence[Document]) -> list[Document]:
        """Return copies of ``documents`` with their entities and events and the arguments that the model gives these.

        Raises
        ------
        ValueError
            If the model has no head for arguments.
        """
        return self._tagger.fill_arguments(documents)

    @property
    def roles(self) -> list[str]:
        """The roles of the arguments that the model predicts; none for a model without a head for them."""
        return list(self._tagger.roles)

    def _predict_stream(
        self, texts: Iterator[str | Document], most: int, clean: bool, strictness: Strictness
    ) -> Iterator[Document]:
        chunks = chunks_of(map(_as_document, texts), most)
        waiting: Callable[[], list[Document]] | None = None
        while True:
            try:
                documents = next(chunks, None)
                started = self._start(documents, clean, strictness) if documents else None
            except Exception:
                # What came before the text that cannot be read is labelled all the same.
                if waiting is not None:
                    yield from waiting()
                raise
            if waiting is not None:
                yield from waiting()
            if started is None:
                return
            waiting = started

    def _start(self, documents: list[Document], clean: bool, strictness: Strictness) -> Callable[[], list[Document]]:
        if clean:
            documents = [article_of(document) for document in documents]
        tagged = self._tagger.start(documents, strictness)

        def labelled() -> list[Document]:
            result = tagged()
            for document in result:
                document.model = dict(self.info)
            return result

        return labelled


def _as_document(text: str | Document) -> Document:
    return text if isinstance(text, Document) else Document.from_text(text)
