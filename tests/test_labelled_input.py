"""Input that is labelled already: read back as it was written, and what is no labelled document is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

import pytest
from conftest import SCHEMA, marked_document, write_tiny_corpus
from hypothesis import given
from strategies import documents

from trainer.archive.checked_items import checked_items
from trainer.archive.labelled_input import LabelledInput, parts_as_read
from trainer.archive.parts import cut
from trainer.documents import Argument, Document, DuplicateOf
from trainer.formats.brat import write_brat_file
from trainer.formats.jsonl import document_to_json
from trainer.readers.labelled_records import DocumentColumns, LabelledRecord
from trainer.readers.records import Item, Place, Reject
from trainer.writers.json_lines import JsonLinesWriter
from trainer.writers.parquet_file import ParquetWriter

PLACE = Place("out.jsonl", 3)
STRANGE_VALUES = (None, True, 0, -1, 5, 1e9, "", "قُتل", "\ud800", [], {}, [{}], ["أ"], {"start": 0, "end": 4})
SENTENCES = ("{قُتل|KILL} خمسة مدنيين في [حلب|GPE].", "{سيطرت|CAPTURE} [قسد|ARMED] على [الرقة|GPE].")


def article(id: str = "7") -> Document:
    document = marked_document(SENTENCES, id)
    document.metadata = {"المصدر": "وكالة", "date": "2015-05-30"}
    document.events[1].arguments = [Argument("AGENT", "T2", 0.75), Argument("PLACE", "T3", 0.5)]
    document.events[0].attributes = ["Disputed"]
    document.model = {"name": "m", "fingerprint": "abc"}
    return document


def told(sources: list[Path | str]) -> tuple[list[Item], list[str]]:
    """Return what is read and what is said beside it."""
    said: list[str] = []
    items = list(LabelledInput([str(source) for source in sources]).items(said.append))
    return items, said


def read(*sources: Path | str) -> list[Item]:
    return told(list(sources))[0]


def written(folder: Path, name: str, documents: list[Document]) -> Path:
    writers: dict[str, Any] = {
        ".jsonl": JsonLinesWriter(),
        ".gz": JsonLinesWriter("gzip"),
        ".zst": JsonLinesWriter("zstd"),
        ".parquet": ParquetWriter(),
    }
    writer = writers[Path(name).suffix]
    part = folder / "part"
    part.mkdir()
    writer.write_part(documents, part)
    writer.assemble([part], folder / name)
    return folder / name


def reason(change: Callable[[dict[str, Any]], object]) -> str:
    """Return why a document is rejected that is as it should be but for ``change``."""
    fields = article().to_dict()
    change(fields)
    item = DocumentColumns().item(fields, PLACE, "out:3", 0)
    assert isinstance(item, Reject)
    assert item.place == PLACE
    return item.reason


def paths(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the keys that lead to everything in a value of JSON."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield (*above, key)
        yield from paths(item, (*above, key))


class TestWhatPredictWrote:
    @pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz", "out.jsonl.zst", "out.parquet"])
    def test_it_is_read_back_as_it_was(self, tmp_path: Path, name: str) -> None:
        copy = article("8")
        copy.duplicate_of = DuplicateOf("7", 0.9)
        items = read(written(tmp_path, name, [article(), copy]))
        assert all(isinstance(item, LabelledRecord) for item in items)
        assert [item.to_document() for item in items if isinstance(item, LabelledRecord)] == [article(), copy]

    @pytest.mark.parametrize("name", ["out.jsonl", "out.parquet"])
    def test_a_layer_that_nobody_looked_for_stays_unknown(self, tmp_path: Path, name: str) -> None:
        bare = article()
        bare.keep_layers(["entities"])
        (item,) = read(written(tmp_path, name, [bare]))
        assert isinstance(item, LabelledRecord)
        assert item.to_document().layers == ("entities",)

    def test_a_folder_of_such_files_is_read_in_the_order_of_their_names(self, tmp_path: Path) -> None:
        folder = tmp_path / "archive.parquet"
        folder.mkdir()
        for name, id in (("part-00001.parquet", "2"), ("part-00000.parquet", "1")):
            written(tmp_path, name, [article(id)]).rename(folder / name)
            for file in (tmp_path / "part").iterdir():
                file.unlink()
            (tmp_path / "part").rmdir()
        assert [item.id for item in read(folder)] == ["1", "2"]

    def test_a_document_without_an_id_is_called_by_its_line(self, tmp_path: Path) -> None:
        (item,) = read(written(tmp_path, "out.jsonl", [article("")]))
        assert item.id == "out:1"
        assert isinstance(item, LabelledRecord)
        assert item.to_document().id == "out:1"

    @given(documents())
    def test_any_document_comes_back_from_json(self, document: Document) -> None:
        line = json.loads(document_to_json(document))
        item = DocumentColumns().item(line, PLACE, "n", 0)
        assert isinstance(item, LabelledRecord)
        again = item.to_document()
        again.id = document.id and again.id
        assert again == Document.from_dict(line)


class TestWhatIsNoLabelledDocument:
    def test_a_broken_line_costs_that_line_wherever_it_stands(self, tmp_path: Path) -> None:
        lines = ["{broken", document_to_json(article("1")), '{"id": "2", "text": "قتل"}', document_to_json(article())]
        path = tmp_path / "out.jsonl"
        path.write_text("\n".join(lines), encoding="utf-8")
        items = read(path)
        assert [isinstance(item, Reject) for item in items] == [True, False, True, False]
        assert [str(item.place) for item in items] == [
            f"{path}:1 (character 2)",
            *(f"{path}:{line}" for line in (2, 3, 4)),
        ]
        assert isinstance(items[2], Reject)
        assert items[2].reason == "no labelled document of Marsad: 'metadata' is missing (its columns: id, text)"

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            (lambda fields: fields.update(version=9), "document version is 9"),
            (lambda fields: fields.update(id=7), "the id is 7, no string"),
            (lambda fields: fields["entities"][0].update(text="دمشق"), "the text at its offsets is"),
            (lambda fields: fields["entities"][0].update(end=900), "does not lie in the text"),
            (lambda fields: fields["entities"][0].update(label=None), "None stands where a name must"),
            (lambda fields: fields["events"][0].update(score="high"), "'high' stands where a score must"),
            (lambda fields: fields["events"][0].update(score=True), "True stands where a score must"),
            (lambda fields: fields["events"][0].pop("trigger"), "'trigger' is missing"),
            (lambda fields: fields["events"].append("E9"), "a value has another type than it must (string indices"),
            (lambda fields: fields.update(events=None), "a value has another type than it must ('NoneType' object"),
            (
                lambda fields: fields["events"][1]["arguments"][0].update(entity="T9"),
                "an argument of E2 points to 'T9'",
            ),
            (lambda fields: fields["sentences"].reverse(), "its sentences do not follow one another"),
        ],
    )
    def test_the_reason_says_what_is_wrong(self, change: Callable[[dict[str, Any]], object], told: str) -> None:
        assert told in reason(change)

    def test_whatever_stands_in_any_place_of_it_is_read_or_told(self) -> None:
        for path in paths(article().to_dict()):
            for value in STRANGE_VALUES:
                fields: Any = article().to_dict()
                reduce(getitem, path[:-1], fields)[path[-1]] = value
                item = DocumentColumns().item(fields, PLACE, "out:3", 0)
                if isinstance(item, LabelledRecord):
                    (part,) = cut([item])
                    assert part.digest()
                else:
                    assert item.reason.startswith("no labelled document of Marsad: ")

    def test_texts_and_tables_without_labels_are_told_to_be_such(self, tmp_path: Path) -> None:
        (tmp_path / "خبر.txt").write_text("قُتل خمسة.", encoding="utf-8")
        (tmp_path / "news.csv").write_text("id,text\n1,قُتل خمسة.\n", encoding="utf-8")
        text, table = read(tmp_path / "خبر.txt", tmp_path / "news.csv")
        assert isinstance(text, Reject)
        assert isinstance(table, Reject)
        assert "but a text; have a model label it first" in text.reason
        assert "no labelled document of Marsad: 'metadata' is missing" in table.reason

    def test_what_is_not_there_is_an_error_before_anything_is_read(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match=r"no\.jsonl"):
            LabelledInput([str(tmp_path / "no.jsonl")])


class TestCorpora:
    def test_a_brat_folder(self, tmp_path: Path) -> None:
        for id in ("b", "a"):
            write_brat_file(article(id), tmp_path / f"{id}.txt")
        items = read(tmp_path)
        assert [item.id for item in items] == ["a", "b"]
        assert isinstance(items[0], LabelledRecord)
        assert [argument.role for argument in items[0].to_document().events[1].arguments] == ["AGENT", "PLACE"]

    def test_files_of_another_format_in_such_a_folder_are_told(self, tmp_path: Path) -> None:
        write_brat_file(article("a"), tmp_path / "a.txt")
        (tmp_path / "more.jsonl").write_text(document_to_json(article("b")), encoding="utf-8")
        items, said = told([tmp_path])
        assert [item.id for item in items] == ["a"]
        assert said == [f"skipped in {tmp_path}: more.jsonl; the folder is read as brat standoff alone"]

    def test_what_a_reader_leaves_out_is_a_reject_with_its_line(self, tmp_path: Path) -> None:
        write_brat_file(article("a"), tmp_path / "a.txt")
        with (tmp_path / "a.ann").open("a", encoding="utf-8") as lines:
            lines.write("T90\tGPE 0 4;10 16\tقُتل مدنيين\n")
        reject, document = read(tmp_path)
        assert isinstance(document, LabelledRecord)
        assert isinstance(reject, Reject)
        assert reject.place.file == str(tmp_path / "a.ann")
        assert reject.place.line == len((tmp_path / "a.ann").read_text(encoding="utf-8").splitlines())
        assert "in 2 pieces" in reject.reason

    def test_of_many_notes_on_a_sound_corpus_the_first_are_told(self, tmp_path: Path) -> None:
        write_brat_file(article("a"), tmp_path / "a.txt")
        with (tmp_path / "a.ann").open("a", encoding="utf-8") as lines:
            lines.writelines(f"R{number}\tNEAR Arg1:T1 Arg2:T2\n" for number in range(9))
        items, said = told([tmp_path])
        assert all(isinstance(item, LabelledRecord) for item in items)
        assert len(said) == 6
        assert said[-1] == f"{tmp_path}: 4 more notes like these; 'marsad data check' lists all"

    def test_a_corpus_file_brings_metadata_and_schema(self, tmp_path: Path) -> None:
        corpus = write_tiny_corpus(tmp_path / "tiny")
        source = LabelledInput([str(corpus)])
        items = list(source.items(print))
        assert [item.id for item in items] == ["t1", "t2", "v1", "x1"]
        assert isinstance(items[0], LabelledRecord)
        assert items[0].metadata == {"source": "invented"}
        assert source.schema.source == SCHEMA

    def test_documents_to_train_on_alone_are_left_out_and_told(self, tmp_path: Path) -> None:
        corpus = write_tiny_corpus(tmp_path / "tiny")
        (corpus.parent / "more.marked").write_text("## extra\n{قُتل|KILL} قائد.\n", encoding="utf-8")
        corpus.write_text(corpus.read_text(encoding="utf-8") + "training_only: more.marked\n", encoding="utf-8")
        items, said = told([corpus])
        assert "extra" not in [item.id for item in items]
        assert said == [f"{corpus}: 1 documents for training only are left out"]

    def test_two_corpus_files_with_different_schemas_are_refused(self, tmp_path: Path) -> None:
        one, other = (write_tiny_corpus(tmp_path / name) for name in ("one", "other"))
        schema = other.parent / "schema.yaml"
        schema.write_text(schema.read_text(encoding="utf-8").replace("A named person.", "Anyone."), encoding="utf-8")
        with pytest.raises(ValueError, match="have different schemas; give each a run of its own"):
            LabelledInput([str(one), str(other)])


class TestInARun:
    def test_a_document_whose_id_came_before_is_rejected_with_both_places(self, tmp_path: Path) -> None:
        path = written(tmp_path, "out.jsonl", [article(), article()])
        first, second = checked_items(read(path), dedupe=False)
        assert isinstance(first, LabelledRecord)
        assert isinstance(second, Reject)
        assert second.reason == (
            f"the id «7» was given to {path}:1 before; ids must be unique: give one of the two documents another"
        )

    def test_other_labels_are_another_input(self, tmp_path: Path) -> None:
        def digest(document: Document) -> str:
            (part,) = cut([LabelledRecord.of(document, PLACE)])
            return part.digest()

        changed = article()
        changed.entities[0].label = "LOC"
        assert digest(article()) == digest(article())
        assert digest(article()) != digest(changed)

    def test_a_copy_that_is_found_is_marked_and_the_part_stays_what_was_read(self) -> None:
        document = article()
        (part,) = cut([LabelledRecord.of(document, PLACE)])
        before = part.digest()
        copy = DuplicateOf("1", 0.9)
        part.items[0].duplicate_of = copy  # type: ignore[union-attr]
        ((_, labelled),) = parts_as_read([part])
        assert labelled.documents[0].duplicate_of == copy
        assert part.digest() == before
