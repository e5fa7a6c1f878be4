"""Documents as a Label Studio project: ``tasks.json``, and ``config.xml`` with the labelling config of the schema."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from trainer.documents import Document, Sentence
from trainer.formats.jsonl import strict_json
from trainer.formats.label_studio_config import (
    ATTRIBUTES,
    CONFIG_FILE,
    ENTITIES,
    EVENT_TYPES,
    SENTENCE,
    SENTENCES,
    TEXT,
    TRIGGERS,
    labelling_config,
)
from trainer.formats.label_studio_files import TASKS_FILE
from trainer.formats.label_studio_segmentation import OWN, own_data
from trainer.schema import Schema
from trainer.text.surrogates import without_pairs

Report = Callable[[str, str], None]
Result = dict[str, Any]


def write_label_studio(documents: Iterable[Document], path: str | Path, schema: Schema, report: Report) -> None:
    """Write a project: create one in Label Studio with ``config.xml``, and import ``tasks.json`` into it.

    What a model annotated (``document.model`` is set) is written as a prediction, with scores; anything else as an
    annotation; a document without layers as a task to annotate. Event types are choices for regions of sentences,
    except where every document is a single sentence with nothing else annotated: there they are choices for the task.

    Parameters
    ----------
    documents:
        Their text, id and metadata become the data of the tasks.
    path:
        The folder of the project; it is made, and its two files are replaced.
    schema:
        Gives the labels, choices and relations of the config.
    report:
        Called with a place (``file, task 12``, or the file) and what the project does not say of the documents.
    """
    folder = Path(path)
    folder.mkdir(parents=True, exist_ok=True)
    documents = list(documents)
    whole_tasks = bool(documents) and all(
        document.layers == ("event_types",) and len(document.sentences) == 1 for document in documents
    )
    writer = _TaskWriter(whole_tasks)
    tasks = [strict_json(writer.task(document)) for document in documents]
    content = without_pairs("[\n" + ",\n".join(tasks) + "\n]\n")
    # What no UTF-8 file can hold, lone surrogates, is escaped as JSON has it.
    (folder / TASKS_FILE).write_bytes(content.encode("utf-8", errors="backslashreplace"))
    config = labelling_config(schema, whole_tasks=whole_tasks)
    (folder / CONFIG_FILE).write_bytes(config.encode("utf-8"))
    for loss, count in (writer.losses + _unknown_labels(documents, schema)).items():
        report(str(folder / TASKS_FILE), f"{loss}: {count}")


def _unknown_labels(documents: Iterable[Document], schema: Schema) -> Counter[str]:
    known = (*schema.entity_types, *schema.event_types, *schema.role_names, *schema.attribute_names)
    used: Counter[str] = Counter()
    for document in documents:
        used.update(entity.label for entity in document.entities)
        for event in document.events:
            used.update((event.type, *event.attributes, *(argument.role for argument in event.arguments)))
        used.update(type for sentence in document.sentences for type in sentence.event_types)
    return Counter(
        {
            f"label {label!r} is not in the schema, so Label Studio does not offer it": count
            for label, count in sorted(used.items())
            if label not in known
        }
    )


class _TaskWriter:
    """Makes tasks of documents, and counts what they do not say."""

    def __init__(self, whole_tasks: bool) -> None:
        self._whole_tasks = whole_tasks
        self.losses: Counter[str] = Counter()

    def task(self, document: Document) -> dict[str, Any]:
        """Return the task of ``document``."""
        text = without_pairs(document.text)
        data = {TEXT: text, "id": document.id, "metadata": document.metadata, OWN: own_data(document, text)}
        self._count("documents that are marked as copies; the mark is not written", document.duplicate_of is not None)
        if not document.layers:
            return {"data": data}
        results = list(self._results(document, text))
        if document.model is None:
            scores = sum("score" in result for result in results)
            self._count("scores without a model are not written", scores)
            results = [{key: value for key, value in result.items() if key != "score"} for result in results]
            return {"data": data, "annotations": [{"result": results}]}
        self._count("documents whose model has more than a name; only that is written", len(document.model) > 1)
        prediction: dict[str, Any] = {"model_version": document.model.get("name", ""), "result": results}
        if scores_given := [result["score"] for result in results if "score" in result]:
            # Label Studio can show first what a model was least sure of.
            prediction["score"] = min(scores_given)
        return {"data": data, "predictions": [prediction]}

    def _count(self, loss: str, number: int) -> None:
        if number:
            self.losses[loss] += number

    def _results(self, document: Document, text: str) -> Iterator[Result]:
        ids = self._ids(document)
        if "event_types" in document.layers:
            # Before the regions that lie inside them.
            yield from self._sentence_results(document.sentences, text, ids["sentences"])
        if "entities" in document.layers:
            for entity, id in zip(document.entities, ids["entities"], strict=True):
                labels = {"labels": [entity.label]}
                yield _result(id, ENTITIES, "labels", _span(text, entity.start, entity.end) | labels, entity.score)
        if "triggers" in document.layers:
            yield from self._event_results(document, text, ids)

    def _ids(self, document: Document) -> dict[str, list[str]]:
        """Return the ids of the regions: those of the document, unless two are the same."""
        ids = {
            "entities": [entity.id for entity in document.entities],
            "triggers": [event.id for event in document.events],
            "sentences": [f"S{number}" for number in range(1, len(document.sentences) + 1)],
        }
        every = [id for group in ids.values() for id in group]
        if len(set(every)) < len(every) or "" in every:
            self._count("documents in which ids of entities or events are not unique; they get new ones", 1)
            for group, letter in (("entities", "T"), ("triggers", "E")):
                ids[group] = [f"{letter}{number}" for number in range(1, len(ids[group]) + 1)]
        return ids

    def _sentence_results(self, sentences: Sequence[Sentence], text: str, ids: Sequence[str]) -> Iterator[Result]:
        for sentence, id in zip(sentences, ids, strict=True):
            scores = set(sentence.event_types.values())
            self._count("sentences whose event types have different scores; all get the lowest", len(scores) > 1)
            score = None if scores <= {1.0} else min(scores)
            choices = {"choices": list(sentence.event_types)}
            span = {} if self._whole_tasks else _span(text, sentence.start, sentence.end)
            if not self._whole_tasks:
                yield _result(id, SENTENCES, "labels", span | {"labels": [SENTENCE]})
            if sentence.event_types:
                yield _result(id, EVENT_TYPES, "choices", span | choices, score)

    def _event_results(self, document: Document, text: str, ids: Mapping[str, Sequence[str]]) -> Iterator[Result]:
        fillers: dict[str, str] = {}
        for entity, id in zip(document.entities, ids["entities"], strict=True):
            fillers.setdefault(entity.id, id)
        for event, id in zip(document.events, ids["triggers"], strict=True):
            span = _span(text, event.trigger.start, event.trigger.end)
            yield _result(id, TRIGGERS, "labels", span | {"labels": [event.type]}, event.score)
            if event.attributes:
                yield _result(id, ATTRIBUTES, "choices", span | {"choices": list(event.attributes)})
        for event, id in zip(document.events, ids["triggers"], strict=True):
            for argument in event.arguments:
                if argument.entity not in fillers or "entities" not in document.layers:
                    self._count("arguments of events that point to no entity are not written", 1)
                    continue
                relation = {"from_id": id, "to_id": fillers[argument.entity], "type": "relation", "direction": "right"}
                yield relation | {"labels": [argument.role]} | _scored(argument.score)


def _span(text: str, start: int, end: int) -> dict[str, Any]:
    return {"start": start, "end": end, "text": text[start:end]}


def _result(id: str, control: str, kind: str, value: Mapping[str, Any], score: float | None = None) -> Result:
    result: Result = {"id": id, "from_name": control, "to_name": TEXT, "type": kind, "value": dict(value)}
    return result | _scored(score)


def _scored(score: float | None) -> Result:
    return {} if score is None else {"score": score}
