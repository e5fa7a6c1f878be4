"""Tables of events: every format says the same of every record, however a run was cut and whatever its texts hold."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas
import pyarrow
import pyarrow.parquet
import pytest
import regex
from conftest import marked_document
from event_samples import Maker, any_records
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import ANY_TEXT, documents, in_json, read_strictly
from test_writers import fresh
from test_writers_csv import meant, shown

from trainer.documents import Document
from trainer.records.coding import Coder
from trainer.records.columns import COLUMNS
from trainer.records.record import EventRecord
from trainer.writers.event_csv import EventCsvWriter
from trainer.writers.event_jsonl import EventJsonLinesWriter, read_event_lines
from trainer.writers.event_parquet import EVENT_SCHEMA, EventParquetWriter
from trainer.writers.event_rows import EventWriter, MakesRecords
from trainer.writers.writer import Writer

__all__ = ["fresh"]

CODER = Coder.load()
JSON_COLUMNS = {column.name for column in COLUMNS if column.type == "json"}


class Fixed:
    """Makes the same records of every document."""

    def __init__(self, records: list[EventRecord]) -> None:
        self._records = records

    def records(self, document: Document) -> list[EventRecord]:
        return self._records


def write(writer: Any, parts: Sequence[Sequence[Document]], target: Path) -> Path:
    folders = [target.parent / f"{number:05}" for number in range(len(parts))]
    for folder, part in zip(folders, parts, strict=True):
        folder.mkdir(parents=True)
        writer.write_part(part, folder)
    writer.assemble(folders, target)
    return target


def lines(maker: MakesRecords, parts: Sequence[Sequence[Document]], folder: Path) -> list[dict[str, Any]]:
    path = write(EventJsonLinesWriter(maker, CODER), parts, folder / "events.jsonl")
    return [read_strictly(line) for line in path.read_bytes().decode("utf-8").split("\n")[:-1]]


def table(maker: MakesRecords, parts: Sequence[Sequence[Document]], folder: Path) -> list[dict[str, str]]:
    path = write(EventCsvWriter(maker, CODER), parts, folder / "events.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def parquet(maker: MakesRecords, parts: Sequence[Sequence[Document]], folder: Path) -> list[dict[str, Any]]:
    path = write(EventParquetWriter(maker, CODER), parts, folder / "events.parquet")
    return pyarrow.parquet.read_table(path).to_pylist()


def articles() -> list[Document]:
    first = marked_document(["وصل الوفد.", "{سيطرت|CAPTURE} [قسد|ARMED] على المدينة وتدور {اشتباكات|CLASH}."], id="000")
    first.events[0].score = 0.75
    nothing = marked_document(["زار الوزير المدينة."], id="001")
    second = marked_document(["{قصف|SHELLING} [النظام|ORG] البلدة."], id="002")
    return [first, nothing, second]


def from_cell(column: str, text: str) -> Any:
    """Return what a cell of CSV says, as its column has it."""
    kind = next(c.type for c in COLUMNS if c.name == column)
    if not text:
        return None
    if kind == "string":
        return meant(text)
    return {"int": int, "float": float, "bool": json.loads, "json": json.loads}[kind](text)


class TestAllFormats:
    def test_a_record_is_a_row_and_a_document_without_records_is_none(self, tmp_path: Path) -> None:
        found = lines(Maker(), [articles()], tmp_path)
        assert [line["event_id"] for line in found] == ["000-01", "000-02", "002-01"]
        assert [line["happening_id"] for line in found] == ["000-01", "000-02", "002-01"]
        assert [line["marsad_type"] for line in found] == ["CAPTURE", "CLASH", "SHELLING"]
        assert found[0]["sentence"] == 2
        assert found[0]["notes"] == "سيطرت قسد على المدينة وتدور اشتباكات."

    def test_the_sentence_lies_where_its_offsets_say(self, tmp_path: Path) -> None:
        first = articles()[0]
        for line in lines(Maker(), [[first]], tmp_path):
            assert first.text[line["sentence_start"] : line["sentence_end"]] == line["notes"]
            for trigger in line["triggers"]:
                assert first.text[trigger["start"] : trigger["end"]] == trigger["text"]

    def test_csv_parquet_and_json_lines_say_the_same(self, tmp_path: Path) -> None:
        parts = [articles()]
        expected = lines(Maker(), parts, tmp_path / "a")
        cells = table(Maker(), parts, tmp_path / "b")
        values = parquet(Maker(), parts, tmp_path / "c")
        assert len(expected) == len(cells) == len(values) == 3
        for line, row, typed in zip(expected, cells, values, strict=True):
            assert list(row) == list(typed) == [column.name for column in COLUMNS]
            assert {name: from_cell(name, text) for name, text in row.items()} == {name: line[name] for name in row}
            read = {name: json.loads(value) if name in JSON_COLUMNS else value for name, value in typed.items()}
            assert read == {name: line[name] for name in typed}

    @pytest.mark.parametrize("name", ["csv", "parquet", "jsonl"])
    def test_they_do_not_depend_on_where_a_run_is_cut(self, tmp_path: Path, name: str) -> None:
        kinds = {"csv": EventCsvWriter, "parquet": EventParquetWriter, "jsonl": EventJsonLinesWriter}
        whole, cut = articles(), [[article] for article in articles()]
        one = write(kinds[name](Maker(), CODER), [whole], tmp_path / "one" / "x")
        other = write(kinds[name](Maker(), CODER), cut, tmp_path / "other" / "x")
        assert one.read_bytes() == other.read_bytes()

    def test_nothing_at_all_gives_an_empty_table(self, tmp_path: Path) -> None:
        assert lines(Maker(), [[]], tmp_path / "a") == []
        assert table(Maker(), [[]], tmp_path / "b") == []
        assert parquet(Maker(), [], tmp_path / "c") == []

    def test_a_folder_is_not_replaced(self, tmp_path: Path) -> None:
        writer: Writer = EventWriterOfNothing(Maker(), CODER)
        assert writer.files(tmp_path / "x.csv") == [tmp_path / "x.csv"]
        writer.check(tmp_path / "x.csv")
        with pytest.raises(IsADirectoryError, match="is a folder; name another output"):
            writer.check(tmp_path)


class EventWriterOfNothing(EventWriter):
    """Puts nothing together: what is tested is the base."""

    def assemble(self, parts: Sequence[Path], target: Path) -> None:
        """Write nothing."""


class TestAnyRecord:
    @settings(max_examples=25, deadline=None)
    @given(st.lists(any_records(), max_size=3))
    def test_json_lines_give_every_record_back(self, fresh: Callable[[], Path], records: list[EventRecord]) -> None:
        path = write(EventJsonLinesWriter(Fixed(records), CODER), [[Document.from_text("نص")]], fresh() / "x.jsonl")
        found = [_plain(record.to_dict()) for record in read_event_lines(path)]
        assert [{**record, "happening": None} for record in found] == [
            in_json(_plain(record.to_dict())) for record in records
        ]
        assert all(record["happening"] is not None for record in found)

    @settings(max_examples=25, deadline=None)
    @given(st.lists(any_records(), max_size=3))
    def test_csv_and_parquet_say_what_the_lines_say(
        self, fresh: Callable[[], Path], records: list[EventRecord]
    ) -> None:
        parts = [[Document.from_text("نص")]]
        expected = lines(Fixed(records), parts, fresh())
        cells = table(Fixed(records), parts, fresh())
        values = parquet(Fixed(records), parts, fresh())
        for line, row, typed in zip(expected, cells, values, strict=True):
            for column in COLUMNS:
                value = line[column.name]
                if isinstance(value, str):
                    assert meant(row[column.name]) == shown(value)
                    assert typed[column.name] == regex.sub(r"\p{Cs}", "\ufffd", value)
                elif column.type == "json":
                    assert len(json.loads(typed[column.name])) == len(json.loads(row[column.name])) == len(value)
                else:
                    assert from_cell(column.name, row[column.name]) == typed[column.name] == value

    @settings(max_examples=25, deadline=None)
    @given(documents(texts=ANY_TEXT))
    def test_any_document_can_be_written(self, fresh: Callable[[], Path], document: Document) -> None:
        found = lines(Maker(), [[document]], fresh())
        assert len(found) == len(document.events)
        for line in found:
            start = line["sentence_start"]
            for trigger in line["triggers"]:
                if (
                    line["sentence"] is not None
                    and trigger["end"] <= line["sentence_end"]
                    and len(line["notes"]) < 1000
                ):
                    assert line["notes"][trigger["start"] - start : trigger["end"] - start] == trigger["text"]


def _plain(value: Any) -> Any:
    """Return tuples as the lists that JSON makes of them."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


class TestCsv:
    def test_a_name_that_a_spreadsheet_would_run_is_text(self, tmp_path: Path) -> None:
        document = marked_document(["{هاجم|ATTACK} [=HYPERLINK(1)|ARMED] البلدة."], id="+1")
        (row,) = table(Maker(), [[document]], tmp_path)
        assert (row["actor1"], row["event_id"]) == ("'=HYPERLINK(1)", "'+1-01")

    def test_pandas_reads_it(self, tmp_path: Path) -> None:
        path = write(EventCsvWriter(Maker(), CODER), [articles()], tmp_path / "events.csv")
        frame = pandas.read_csv(path, dtype={"document_id": str})
        assert list(frame.columns) == [column.name for column in COLUMNS]
        assert list(frame["document_id"]) == ["000", "000", "002"]
        assert frame["disputed"].dtype == bool
        assert list(frame["sub_event_type"].dropna()) == ["Armed clash", "Shelling/artillery/missile attack"]


class TestParquet:
    def test_its_columns_have_types_and_say_what_they_mean(self, tmp_path: Path) -> None:
        path = write(EventParquetWriter(Maker(), CODER), [articles()], tmp_path / "events.parquet")
        schema = pyarrow.parquet.read_schema(path)
        assert schema.equals(EVENT_SCHEMA)
        assert schema.metadata[b"marsad_events_version"] == b"1"
        for column in COLUMNS:
            assert schema.field(column.name).metadata[b"description"].decode() == column.meaning
        assert schema.field("latitude").type == pyarrow.float64()

    def test_pandas_reads_what_it_reads_from_csv(self, tmp_path: Path) -> None:
        typed = pandas.read_parquet(write(EventParquetWriter(Maker(), CODER), [articles()], tmp_path / "a" / "x"))
        cells = pandas.read_csv(
            write(EventCsvWriter(Maker(), CODER), [articles()], tmp_path / "b" / "x"), dtype={"document_id": str}
        )
        assert list(typed.columns) == list(cells.columns)
        for name in ("event_id", "marsad_type", "sentence_start", "notes", "score", "triggers"):
            assert list(typed[name].dropna()) == list(cells[name].dropna())


class TestJsonLines:
    @pytest.mark.parametrize(
        ("compression", "ending"), [(None, ""), ("gzip", ".gz"), ("zstd", ".zst"), ("gzip", ".GZ")]
    )
    def test_it_is_read_back_compressed_or_not(self, tmp_path: Path, compression: str | None, ending: str) -> None:
        writer = EventJsonLinesWriter(Maker(), CODER, compression)
        path = write(writer, [articles()], tmp_path / f"events.jsonl{ending}")
        records = list(read_event_lines(path))
        assert [record.id for record in records] == ["000-01", "000-02", "002-01"]
        assert [record.happening for record in records] == ["000-01", "000-02", "002-01"]
        assert records[0].mentions == Maker().records(articles()[0])[0].mentions

    def test_a_line_holds_the_columns_and_the_whole_record(self, tmp_path: Path) -> None:
        first = lines(Maker(), [articles()], tmp_path)[0]
        assert list(first) == ["version", *(column.name for column in COLUMNS), "record"]
        assert first["version"] == 1
        assert first["record"]["mentions"][0]["span"] == {"start": 11, "end": 16, "text": "سيطرت"}

    @pytest.mark.parametrize(
        ("line", "problem"),
        [
            ("{", "Expecting property name"),
            ("[]", "list indices must be integers"),
            ("{}", "'version' is missing"),
            ('{"version": 1}', "'record' is missing"),
            ('{"version": 2, "record": {}}', "it is of version 2, and this Marsad reads version 1"),
            ('{"version": 1, "record": {"id": "1"}}', "'document' is missing"),
            ('{"version": 1, "record": null}', "'NoneType' object is not subscriptable"),
        ],
    )
    def test_a_line_that_is_no_event_is_told_with_file_and_line(self, tmp_path: Path, line: str, problem: str) -> None:
        path = write(EventJsonLinesWriter(Maker(), CODER), [articles()[:1]], tmp_path / "events.jsonl")
        path.write_text(path.read_text(encoding="utf-8") + "\n" + line + "\n", encoding="utf-8")
        with pytest.raises(ValueError, match=r"events\.jsonl:4: no event of Marsad: ") as told:
            list(read_event_lines(path))
        assert problem in str(told.value)

    def test_a_file_that_breaks_off_is_told(self, tmp_path: Path) -> None:
        buffer = io.BytesIO()
        with gzip.GzipFile(fileobj=buffer, mode="wb") as file:
            file.write(b"{}")
        (tmp_path / "x.jsonl.gz").write_bytes(buffer.getvalue()[:-9])
        with pytest.raises(OSError, match=r"x\.jsonl\.gz cannot be read to its end"):
            list(read_event_lines(tmp_path / "x.jsonl.gz"))
