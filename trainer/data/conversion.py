"""Annotation from one format into another, with labels mapped on the way."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from trainer.data.dataset_folder import is_dataset_folder, read_dataset_folder
from trainer.data.label_mapping import LabelMapping, MappedCounts, map_labels
from trainer.data.labelled_files import schema_of
from trainer.documents import Document
from trainer.formats.catalogue import Format, Found, format_named, recognise, recognised
from trainer.formats.tag_schemes import Scheme
from trainer.formats.target_names import scheme_of_target, target_format
from trainer.schema import Schema, load_schema, schema_of_labels
from trainer.writers.whole_outputs import replacing

Report = Callable[[str, str], None]


@dataclass(frozen=True)
class Conversion:
    """What :func:`convert` does with two paths, and why: the formats of both."""

    source: Path
    target: Path
    read_as: Found
    written_as: Found


@dataclass(frozen=True)
class Converted:
    """What :func:`convert` made: the documents that it wrote, where they are, and what became of their labels."""

    documents: list[Document]
    outputs: list[Path]
    counts: MappedCounts | None = None


def _dataset_folder(path: Path) -> str:
    return "a folder that 'marsad data build' made" if is_dataset_folder(path) else ""


def _refuse(documents: Sequence[Document], path: Path, schema: Schema, report: Report, scheme: Scheme) -> None:
    raise ValueError(f"{path}: a dataset folder is written by 'marsad data build', from a corpus file (dataset.yaml)")


# Not in the catalogue: what it holds is made of the schema and the tags of a model, not of marks in a text.
_DATASET = Format(
    "dataset", "a dataset folder", _dataset_folder, lambda path, report, _: read_dataset_folder(path, report), _refuse
)


def plan(source: Path, target: Path, read_as: str | None = None, write_as: str | None = None) -> Conversion:
    """Decide in which formats to read and to write, by names and by what is there.

    Parameters
    ----------
    read_as, write_as:
        Names of formats, instead of guesses.

    Raises
    ------
    FileNotFoundError
        If ``source`` is not there.
    ValueError
        If a format cannot be told or there is none of that name, or one path lies in the other.
    FileExistsError
        If ``target`` is a file where a folder is written or the other way round, or a folder with other files.
    """
    if not source.exists():
        raise FileNotFoundError(f"there is no {source}")
    places = source.resolve(), target.resolve()
    if places[0] == places[1]:
        raise ValueError(f"{source} would be overwritten by what is made of it; name another output")
    if places[0] in places[1].parents or places[1] in places[0].parents:
        raise ValueError(f"one of {source} and {target} lies in the other; name an output somewhere else")
    if read_as:
        found = Found(_named(read_as), "as --from says")
    elif made := _DATASET.recognise(source):
        found = Found(_DATASET, made)
    else:
        found = recognised(source)
    asked = Found(_named(write_as), "as --to says") if write_as else target_format(target)
    _require_replaceable(target, asked)
    return Conversion(source, target, found, asked)


def _named(name: str) -> Format:
    return _DATASET if name == _DATASET.name else format_named(name)


def _require_replaceable(target: Path, asked: Found) -> None:
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    as_folder = asked.format.is_folder_at(target)
    if as_folder != target.is_dir():
        there, wanted = ("folder", "file") if target.is_dir() else ("file", "folder")
        raise FileExistsError(f"{target} is a {there}, and {asked.format.title} is written as a {wanted}; name another")
    there_now = recognise(target)
    if as_folder and (not asked.format.joins or there_now is None or there_now.format != asked.format):
        raise FileExistsError(f"{target} is not empty; name another folder for {asked.format.title}, or empty it")


def convert(
    conversion: Conversion,
    report: Report,
    *,
    schema: Schema | None = None,
    mapping: LabelMapping | None = None,
    scheme: Scheme | None = None,
) -> Converted:
    """Read, map and write. The target appears whole or, after an error, stays as it was.

    In a folder that is there already, files of the same names are replaced and others stay.

    Parameters
    ----------
    report:
        Called with a place and what a reader found wrong, what a writer left out, and, as a
        :class:`~trainer.formats.notes.Note`, what was decided.
    schema:
        The labels: it tells triggers from entities where the format that is read does not, is what a mapping maps to,
        and goes into the settings of brat and Label Studio. Without it Marsad's own is mapped to, and written if more
        than half of the labels are of it; else those that occur.
    mapping:
        What becomes of each label. Those under ``events`` are read as labels of triggers.
    scheme:
        How tags of words show spans; by default what the ending of the target says, or IOB2.

    Raises
    ------
    ValueError
        If a side cannot be read or written, nothing that the target holds was annotated, or a label is in no mapping.
    """
    of_source = schema if mapping is None else _schema_of_mapping(mapping)
    documents = conversion.read_as.format.read(conversion.source, report, of_source)
    if not documents:
        raise ValueError(f"{conversion.source} has no documents that could be read")
    counts = None
    if mapping:
        schema = schema or load_schema()
        documents, counts = map_labels(documents, mapping, schema)
    _require_annotated(documents, conversion)
    outputs = _write(documents, conversion, schema or _schema_for(documents), report, scheme)
    return Converted(documents, outputs, counts)


def _schema_of_mapping(mapping: LabelMapping) -> Schema | None:
    """Return the labels that a mapping maps from; ``None`` if they are of roles and attributes alone."""
    entities, events = (list(mapping.labels.get(section, {})) for section in ("entities", "events"))
    return schema_of_labels(mapping.name, entities, events) if entities or events else None


def _require_annotated(documents: Sequence[Document], conversion: Conversion) -> None:
    held = conversion.written_as.format.layers
    layers = {layer for document in documents for layer in document.layers}
    if layers and not layers & set(held):
        raise ValueError(
            f"{conversion.source} is annotated for {', '.join(sorted(layers))}; {conversion.written_as.format.title} "
            f"can only say {', '.join(held)}, so nothing would be left. Choose another format to write"
        )


def _schema_for(documents: Sequence[Document]) -> Schema:
    """Return Marsad's own schema, if more than half of the labels are of it, or there are none; else what occurs."""
    own = load_schema()
    used = {entity.label for document in documents for entity in document.entities}
    used |= {event.type for document in documents for event in document.events}
    used |= {type for document in documents for sentence in document.sentences for type in sentence.event_types}
    of_own = used & {*own.entity_types, *own.event_types}
    return own if 2 * len(of_own) > len(used) or not used else schema_of("labels of the documents", documents)


def _write(
    documents: Sequence[Document], conversion: Conversion, schema: Schema, report: Report, scheme: Scheme | None
) -> list[Path]:
    target = conversion.target
    target.parent.mkdir(parents=True, exist_ok=True)
    # Under its own name in a folder beside its place: writers choose by endings, and name the file in what they report.
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder:
        written = Path(folder) / target.name

        def at_the_target(place: str, problem: str) -> None:
            report(place.replace(str(written), str(target)), problem)

        chosen = scheme or scheme_of_target(target)
        try:
            conversion.written_as.format.write(documents, written, schema, at_the_target, chosen)
        except ValueError as error:
            raise ValueError(str(error).replace(str(written), str(target))) from error
        made = {path: target.parent / path.name for path in Path(folder).iterdir()}
        if target.is_dir() and conversion.written_as.format.joins:
            made = {path: target / path.name for path in written.iterdir()}
        with replacing(*made.values()) as places:
            for path, place in zip(made, places, strict=True):
                path.rename(place)
    return [target] if target.is_dir() else sorted(made.values())
