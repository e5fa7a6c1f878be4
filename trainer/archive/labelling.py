"""Label the items of a part; one that fails is put aside and the others go on."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from trainer.archive.parts import Part
from trainer.documents import Document
from trainer.inference.predictor import Predictor
from trainer.readers.records import Record, Reject

_EASY_TEXT = "قُتل خمسة مدنيين في حلب."


@dataclass(frozen=True, slots=True)
class LabelOptions:
    """What the user asked of the model; the same for a whole run (see :meth:`Predictor.predict`)."""

    clean: bool = False
    thresholds: dict[str, float] = field(default_factory=dict)
    dial: float = 0.0


@dataclass(slots=True)
class LabelledPart:
    """The documents of a part in the order of the input, and what could not be read or labelled."""

    documents: list[Document]
    rejects: list[Reject]


class ModelFailure(OSError):  # noqa: N818 - it is said to a user as it is
    """The model does not work any more, as after an error of a GPU: no document is to blame."""


# Parts that are labelled at once: while the model works on one, the other is prepared, decoded or written.
_AT_ONCE = 2


def labelled_parts(
    predictor: Predictor, parts: Iterable[Part], options: LabelOptions
) -> Iterator[tuple[Part, LabelledPart]]:
    """Label ``parts`` as :func:`label_part` does, and give them in their order; one is read ahead.

    An error in reading comes after the parts that were read before it.
    """
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="marsad-part") as threads:
        waiting: deque[tuple[Part, Future[LabelledPart]]] = deque()
        parts = iter(parts)
        while True:
            try:
                part = next(parts, None)
            except Exception:
                while waiting:
                    labelled, future = waiting.popleft()
                    yield labelled, future.result()
                raise
            if part is not None:
                waiting.append((part, threads.submit(label_part, predictor, part, options)))
            if len(waiting) == _AT_ONCE or (part is None and waiting):
                labelled, future = waiting.popleft()
                yield labelled, future.result()
            elif part is None:
                return


def label_part(predictor: Predictor, part: Part, options: LabelOptions) -> LabelledPart:
    """Label all records of ``part`` in batches; after an error each on its own, so that it costs one document.

    Raises
    ------
    ModelFailure
        If the model fails on any text.
    """
    rejects = [item for item in part.items if isinstance(item, Reject)]
    records = [item for item in part.items if isinstance(item, Record)]
    try:
        return LabelledPart(_label(predictor, records, options), rejects)
    except Exception:  # noqa: BLE001 - whatever it is, it comes again below for the document that has it
        return _label_singly(predictor, part, options)


def _label_singly(predictor: Predictor, part: Part, options: LabelOptions) -> LabelledPart:
    labelled = LabelledPart([], [])
    for item in part.items:
        if isinstance(item, Reject):
            labelled.rejects.append(item)
            continue
        try:
            labelled.documents += _label(predictor, [item], options)
        except Exception as error:  # noqa: BLE001 - a model may fail in any way, and the archive goes on
            _require_working(predictor)
            reason = f"cannot be labelled: {type(error).__name__}: {error}"
            labelled.rejects.append(Reject(item.place, reason, item.id, item.done))
    return labelled


def _require_working(predictor: Predictor) -> None:
    """Tell a document that the model fails on from a model that fails on everything."""
    try:
        predictor.predict(_EASY_TEXT)
    except Exception as error:
        raise ModelFailure(f"the model does not work any more ({type(error).__name__}: {error})") from error


def _label(predictor: Predictor, records: list[Record], options: LabelOptions) -> list[Document]:
    return predictor.predict(
        [record.to_document() for record in records],
        clean=options.clean,
        thresholds=options.thresholds,
        dial=options.dial,
    )
