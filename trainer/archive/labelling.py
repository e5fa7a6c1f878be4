"""Label the items of a part; one that fails is put aside and the others go on."""

from __future__ import annotations

from dataclasses import dataclass, field

from trainer.archive.parts import Part
from trainer.documents import Document
from trainer.inference.predictor import Predictor
from trainer.readers.records import Record, Reject


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


def label_part(predictor: Predictor, part: Part, options: LabelOptions) -> LabelledPart:
    """Label all records of ``part`` in batches; after an error each on its own, so that it costs one document."""
    records = [item for item in part.items if isinstance(item, Record)]
    rejects = [item for item in part.items if isinstance(item, Reject)]
    try:
        return LabelledPart(_label(predictor, records, options), rejects)
    except Exception:  # noqa: BLE001 - whatever it is, it comes again below for the document that has it
        documents: list[Document] = []
    for record in records:
        try:
            documents += _label(predictor, [record], options)
        except Exception as error:  # noqa: BLE001 - a model may fail in any way, and the archive goes on
            reason = f"cannot be labelled: {type(error).__name__}: {error}"
            rejects.append(Reject(record.place, reason, record.id, record.done))
    position = {id(item): index for index, item in enumerate(part.items)}
    rejects.sort(key=lambda reject: position.get(id(reject), 0))
    return LabelledPart(documents, rejects)


def _label(predictor: Predictor, records: list[Record], options: LabelOptions) -> list[Document]:
    return predictor.predict(
        [record.to_document() for record in records],
        clean=options.clean,
        thresholds=options.thresholds,
        dial=options.dial,
    )
