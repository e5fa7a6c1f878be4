"""Label Studio JSON: exported tasks with annotations or predictions (``docs/formats.md``).

A region with a label is an entity or the trigger of an event, a relation from a trigger to an entity is an argument,
choices for a sentence or for the whole task are event types, choices for a trigger are attributes.
:mod:`trainer.formats.label_studio_writer` writes such projects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Literal

from trainer.documents import LAYERS, Document
from trainer.formats.label_studio_config import CONFIG_FILE, TEXT, LabellingConfig, read_labelling_config
from trainer.formats.label_studio_files import RESULT_KEYS, is_label_studio, tasks_file, tasks_of
from trainer.formats.label_studio_min import is_min_task, standard_task
from trainer.formats.label_studio_regions import claim_of, fits
from trainer.formats.label_studio_results import ResultReader
from trainer.formats.label_studio_segmentation import OWN, restore_segmentation

Report = Callable[[str, str], None]
Which = Literal["annotations", "predictions"]
__all__ = ["Which", "is_label_studio", "read_label_studio"]


class _Tally:
    """Reports every problem once, where it is first met, and how often there were others of the same words."""

    def __init__(self) -> None:
        self._places: dict[str, str] = {}
        self._counts: Counter[str] = Counter()

    def add(self, place: str, problem: str) -> None:
        self._places.setdefault(problem, place)
        self._counts[problem] += 1

    def pass_on(self, report: Report) -> None:
        for problem, place in self._places.items():
            count = self._counts[problem]
            report(place, problem if count == 1 else f"{problem} ({count} times in this file)")


def read_label_studio(
    path: str | Path,
    report: Report,
    *,
    which: Which = "annotations",
    config: str | Path | None = None,
    trigger_labels: Collection[str] = (),
) -> list[Document]:
    """Read the tasks that were annotated; each is a document.

    Of several annotations of a task the last one that was not cancelled is read. Tasks without any are left out.

    Parameters
    ----------
    path:
        A JSON export (a list of tasks, or one task), JSON-MIN, a task a line, or the folder of a project.
    report:
        Called with a place (``file, task 12``, counting from 1, or ``file:line``) and what is wrong there, was
        guessed, or cannot be said in a document. Equal problems are reported once, with their number.
    which:
        What people submitted, or what models suggested; predictions have scores and name their model.
    config:
        The project's labelling config; without it ``config.xml`` beside the file, if there is one.
    trigger_labels:
        Labels that are event types even where the control that has them does not say so by its name.

    Raises
    ------
    ValueError
        If the file is no UTF-8 or no JSON (the message names the line), or ``config`` is no labelling config.
    OSError
        If the file cannot be read.
    """
    path = tasks_file(path)
    tally = _Tally()
    reader = _TaskReader(path.stem, which, _config_for(path, config, tally), trigger_labels)
    documents = []
    for origin, task in tasks_of(path, tally.add):

        def tell(problem: str, place: str = origin.place()) -> None:
            tally.add(place, problem)

        try:
            document = reader.read(task, tell)
        except ValueError as error:
            tell(f"{error}; the task is left out")
            continue
        if document is not None:
            document.origin = origin
            documents.append(document)
    reader.set_layers()
    tally.pass_on(report)
    return documents


def _config_for(path: Path, config: str | Path | None, tally: _Tally) -> LabellingConfig | None:
    if config is not None:
        return read_labelling_config(config)
    beside = path.parent / CONFIG_FILE
    if not beside.is_file():
        return None
    try:
        return read_labelling_config(beside)
    except ValueError as error:
        tally.add(str(beside), f"{error}; read without it")
        return None


class _TaskReader:
    """Reads the tasks of one file, and remembers what tells about all of them: ids, and layers that occur."""

    def __init__(
        self, stem: str, which: Which, config: LabellingConfig | None, trigger_labels: Collection[str]
    ) -> None:
        self._stem = stem
        self._which = which
        self._config = config
        self._trigger_labels = trigger_labels
        self._numbers = 0
        self._ids: set[str] = set()
        self._layers: set[str] = set(config.layers if config else ())
        # Documents whose task does not say what was annotated.
        self._unsure: list[Document] = []

    def read(self, task: Any, tell: Callable[[str], None]) -> Document | None:
        """Return the document of a task, ``None`` for one that was not annotated; ``ValueError`` for a broken one."""
        self._numbers += 1
        if isinstance(task, dict) and is_min_task(task):
            task = standard_task(task, self._config, tell)
        if not isinstance(task, dict) or not isinstance(task.get("data"), dict):
            raise ValueError("no Label Studio task: it has neither 'data' nor labelled regions")
        annotation = self._chosen(task, tell)
        if annotation is None:
            return None
        result = annotation.get("result")
        if not isinstance(result, list) or not all(isinstance(item, dict) for item in result):
            raise ValueError("the annotation has no list of results")
        field, shown = self._text_field(task["data"], result, tell)
        document = self._document(task, field, tell)
        predicted = self._which == "predictions"
        if predicted and isinstance(annotation.get("model_version"), str):
            document.model = {"name": annotation["model_version"]}
        # A result without to_name, as in JSON-MIN, is for the text: there is nothing else it could say.
        results = [item for item in result if item.get("to_name", shown) == shown or item.get("type") == "relation"]
        for _ in range(len(result) - len(results)):
            tell(f"a result for something else than '{shown}'; it is left out")
        found = ResultReader(document, predicted, self._trigger_labels, tell).read(results)
        self._note_layers(document, task["data"], found)
        return document

    def _chosen(self, task: Mapping[str, Any], tell: Callable[[str], None]) -> Mapping[str, Any] | None:
        """Return the last annotation, or prediction, that was not cancelled."""
        listed = {which: _listed(task, which) for which in RESULT_KEYS}
        done = [item for item in listed[self._which] if not item.get("was_cancelled")]
        if not done:
            other = next((which for which in RESULT_KEYS if which != self._which and listed[which]), None)
            hint = f"; it has {other} alone" if other else ""
            cancelled = "only cancelled" if listed[self._which] else "no"
            tell(f"a task with {cancelled} {self._which} is left out{hint}")
            return None
        if len(done) > 1:
            tell(f"{len(done)} {self._which} of one task; the last is read")
        times = [str(item.get("updated_at") or item.get("created_at") or "") for item in done]
        return done[max(range(len(done)), key=lambda number: (times[number], number))]

    def _text_field(
        self, data: Mapping[str, Any], result: list[dict[str, Any]], tell: Callable[[str], None]
    ) -> tuple[str, str]:
        """Return the key of the text in ``data``, and the name that results call it by (their ``to_name``)."""
        names = [
            name for name, _ in Counter(str(item["to_name"]) for item in result if "to_name" in item).most_common()
        ]
        texts = [key for key, value in data.items() if isinstance(value, str)]
        known = self._config.fields if self._config else {}
        for name in (*names, *known):
            if self._config and name in self._config.addresses:
                raise ValueError(f"'{name}' shows a text by its address; put the text itself into the task's data")
            if known.get(name) in texts:
                return known[name], name
        name = names[0] if names else TEXT
        if not texts:
            raise ValueError(f"its data has no text, only {', '.join(map(repr, data)) or 'nothing'}")
        claims = [claim for item in result if (claim := claim_of(_value(item)))]
        guesses = [key for key in (name, TEXT) if key in texts]
        field = guesses[0] if guesses else max(texts, key=lambda key: (fits(data[key], claims), len(data[key])))
        if OWN not in data:
            why = "the labelling config names none in the data" if known else "there is no labelling config beside it"
            tell(f"the text is taken from '{field}': {why}")
        return field, name

    def _document(self, task: Mapping[str, Any], field: str, tell: Callable[[str], None]) -> Document:
        data = task["data"]
        skipped = {field, "id", OWN} | ({"metadata"} if OWN in data else set())
        metadata = {key: value for key, value in data.items() if key not in skipped}
        if OWN in data and isinstance(data.get("metadata"), dict):
            metadata |= data["metadata"]
        document = Document.from_text(data[field], self._new_id(task, tell), metadata)
        restore_segmentation(document, data.get(OWN), tell)
        return document

    def _new_id(self, task: Mapping[str, Any], tell: Callable[[str], None]) -> str:
        given = task["data"].get("id")
        if type(given) is int or (isinstance(given, str) and given):
            id = str(given)
        else:
            id = f"{self._stem}-{task.get('id') or self._numbers}"
        if id in self._ids:
            taken = id
            while id in self._ids:
                id += f"-{self._numbers}"
            tell(f"id {taken!r} is that of an earlier task; read as {id!r}")
        self._ids.add(id)
        return id

    def _note_layers(self, document: Document, data: Mapping[str, Any], found: set[str]) -> None:
        own = data.get(OWN)
        said = own.get("layers") if isinstance(own, dict) else None
        if isinstance(said, list) and said:
            document.layers = tuple(layer for layer in LAYERS if layer in said or layer in found)
        else:
            self._layers |= found
            self._unsure.append(document)

    def set_layers(self) -> None:
        """Give every document that does not know its layers those that occur in any task or in the config."""
        for document in self._unsure:
            document.layers = tuple(layer for layer in LAYERS if layer in self._layers)


def _listed(task: Mapping[str, Any], which: str) -> list[Mapping[str, Any]]:
    listed: list[Any] = next((task[key] for key in RESULT_KEYS[which] if isinstance(task.get(key), list)), [])
    return [item for item in listed if isinstance(item, dict)]


def _value(item: Mapping[str, Any]) -> Mapping[str, Any]:
    value = item.get("value")
    return value if isinstance(value, dict) else {}
