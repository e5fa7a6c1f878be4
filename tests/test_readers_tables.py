"""Records of JSON Lines and Parquet: columns, ids, values, and that a bad record costs no other."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from file_records import CONTINUATION, WINDOWS_1256, read, summary, write
from pyarrow import parquet

from trainer.readers import parquet_rows
from trainer.readers.reading import Columns, read_records
from trainer.readers.records import Record, Reject


def write_parquet(path: Path, columns: dict[str, Any], **options: Any) -> Path:
    parquet.write_table(pa.table(columns), path, **options)
    return path


BAD_LINES = {
    "broken JSON": (b'{"text": "x"', " (character 13)", "broken JSON: Expecting ',' delimiter"),
    "no JSON": ("قُتل عنصر".encode(), " (character 1)", "broken JSON: Expecting value"),
    "wrong encoding": (b'{"text": "' + WINDOWS_1256 + b'"}', " (byte 11)", CONTINUATION),
    "no text": (b'{"id": "b", "body": "x"}', "", "there is no column 'text' (its columns: id, body)"),
    "nothing": (b"{}", "", "there is no column 'text' (it has no columns)"),
    "a text that is a number": (b'{"text": 5}', "", "the text is of type int, no string"),
    "a text that is null": (b'{"text": null}', "", "the text is null, no string"),
    "no object": (b'["x"]', "", "expected a JSON object with 'text', found list"),
    "brackets without end": (b"[" * 100_000, "", "JSON nested deeper than 100 levels"),
    "deep brackets": (b'{"text": "", "x": ' + b"[" * 101 + b"]" * 101 + b"}", "", "JSON nested deeper than 100"),
    "a number of too many digits": (b'{"text": "x", "n": ' + b"9" * 5000 + b"}", "", "broken JSON: Exceeds the"),
    "a line without end": (b'{"text": "' + b"x" * 7000 + b'"}', "", "the line is longer than 24 MB"),
}


class TestJsonLines:
    def test_give_a_record_a_line_with_the_other_values_as_metadata(self, tmp_path: Path) -> None:
        path = write(
            tmp_path / "news.jsonl",
            '\ufeff{"id": "a", "text": "قُتل\\r\\nعنصر", "year": 2022, "tags": ["حرب", null]}\r\n\n \t\n'
            '{"text": "انسحب\\u2028التنظيم"}\n{"id": null, "text": "سقطت\u2028المدينة"}',
        )
        first, second, third = read(path)
        assert isinstance(first, Record)
        assert (first.id, first.text) == ("a", "قُتل\r\nعنصر")
        assert first.metadata == {"year": 2022, "tags": ["حرب", None]}
        assert str(first.place) == f"{path}:1"
        rest = [("news:4", "انسحب\u2028التنظيم"), ("news:5", "سقطت\u2028المدينة")]
        assert summary([second, third], path) == rest

    @pytest.mark.parametrize(("line", "detail", "reason"), BAD_LINES.values(), ids=BAD_LINES)
    def test_that_cannot_be_read_are_rejected_with_their_place_and_the_others_are_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: bytes, detail: str, reason: str
    ) -> None:
        if b"xxx" in line:
            monkeypatch.setattr("trainer.readers.input_files.LONGEST", 1000)
            monkeypatch.setattr("trainer.readers.json_lines.LONGEST", 1000)
        path = write(tmp_path / "news.jsonl", b'{"id": 1, "text": "1"}\n' + line + b'\n{"text": "3"}\n' + line)
        first, bad, third, last = summary(read(path), path)
        assert (first, third) == (("1", "1"), ("news:3", "3"))
        assert (bad[0], last[0]) == (f":2{detail}", f":4{detail}")
        assert bad[1].startswith(reason)

    def test_may_be_nested_as_deep_as_data_are(self, tmp_path: Path) -> None:
        path = write(
            tmp_path / "a.jsonl", b'{"text": "", "x": ' + b"[" * 99 + b"]" * 99 + b', "y": "' + b"[" * 200 + b'"}'
        )
        assert isinstance(read(path)[0], Record)

    def test_tell_the_id_of_a_record_without_text(self, tmp_path: Path) -> None:
        (reject,) = read(write(tmp_path / "a.jsonl", '{"id": 7, "text": null}'))
        assert reject.id == "7"


class TestColumns:
    LINE = '{"id": 7, "text": "نص", "nr": "x", "body": "متن"}'

    @pytest.mark.parametrize(
        ("columns", "id", "text", "others"),
        [
            (Columns(), "7", "نص", ["nr", "body"]),
            (Columns(text="body", id="nr"), "x", "متن", ["id", "text"]),
            (Columns(id=""), "a:1", "نص", ["id", "nr", "body"]),
            (Columns(text="nr", id=""), "a:1", "x", ["id", "text", "body"]),
        ],
    )
    def test_are_chosen_and_all_others_carried_through(
        self, tmp_path: Path, columns: Columns, id: str, text: str, others: list[str]
    ) -> None:
        (record,) = read(write(tmp_path / "a.jsonl", self.LINE), columns)
        assert isinstance(record, Record)
        assert (record.id, record.text, list(record.metadata)) == (id, text, others)

    def test_named_id_may_be_null_but_must_be_there(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.jsonl", '{"text": "1", "nr": null}\n{"text": "2"}\n{"text": "3", "nr": 0}\n')
        missing = (":2", "there is no column 'nr' (its columns: text)")
        assert summary(read(path, Columns(id="nr")), path) == [("a:1", "1"), missing, ("0", "3")]

    def test_id_that_is_the_text_is_no_id(self, tmp_path: Path) -> None:
        assert summary(read(write(tmp_path / "a.jsonl", '{"id": "نص"}'), Columns(text="id")), tmp_path) == [
            ("a:1", "نص")
        ]

    @pytest.mark.parametrize("columns", [Columns(text="body"), Columns(id="nr")])
    @pytest.mark.parametrize("ending", ["csv", "parquet"])
    def test_missing_in_a_table_reject_it_once_and_name_those_it_has(
        self, tmp_path: Path, columns: Columns, ending: str
    ) -> None:
        path = tmp_path / f"a.{ending}"
        if ending == "csv":
            write(path, "id,text\n1,x\n2,y\n")
        else:
            write_parquet(path, {"id": [1, 2], "text": ["x", "y"]})
        missing = columns.id or columns.text
        ((place, reason),) = summary(read(path, columns), path)
        assert (place, reason) == (
            ":1" if ending == "csv" else "",
            f"there is no column '{missing}' (its columns: id, text)",
        )

    def test_with_the_same_name_reject_a_table(self, tmp_path: Path) -> None:
        expected = "several columns have the name 'x' (its columns: text, x, x)"
        path = write(tmp_path / "a.csv", "text,x,x\n1,2,3\n")
        assert summary(read(path), path) == [(":1", expected)]
        table = pa.Table.from_arrays([pa.array(["1"])] * 3, names=["text", "x", "x"])
        parquet.write_table(table, tmp_path / "a.parquet")
        assert summary(read(tmp_path / "a.parquet"), tmp_path / "a.parquet") == [("", expected)]

    def test_of_a_message_are_twenty_at_most(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", ",".join(f"c{number}" for number in range(25)) + "\n")
        assert read(path)[0].reason.endswith("c18, c19 and 5 more)")


class TestParquet:
    def test_gives_a_record_a_row_with_values_that_json_can_say(self, tmp_path: Path) -> None:
        values: dict[str, tuple[Any, Any]] = {
            "number": (3, 3),
            "none": (None, None),
            "day": (date(2015, 7, 31), "2015-07-31"),
            "moment": (datetime(2015, 7, 31, 12, 30, tzinfo=UTC), "2015-07-31T12:30:00+00:00"),
            "clock": (time(12, 30), "12:30:00"),
            "price": (Decimal("1.10"), "1.10"),
            "taken": (timedelta(minutes=90), "1:30:00"),
            "bytes": (b"\xff\x00", "/wA="),
            "nested": ({"tags": ["حرب", None], "day": date(2015, 7, 31)}, {"tags": ["حرب", None], "day": "2015-07-31"}),
        }
        columns = {name: [value] for name, (value, _) in values.items()}
        path = write_parquet(tmp_path / "a.parquet", {"id": [7], "text": ["قُتل\r\nعنصر"], **columns})
        (record,) = read(path)
        assert isinstance(record, Record)
        assert (record.id, record.text) == ("7", "قُتل\r\nعنصر")
        assert record.metadata == {name: expected for name, (_, expected) in values.items()}
        assert json.loads(json.dumps(record.metadata)) == record.metadata
        assert str(record.place) == f"{path} (row 1)"

    @pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
    def test_rows_without_text_are_rejected_and_the_others_read(self, tmp_path: Path, kind: pa.DataType) -> None:
        path = write_parquet(tmp_path / "a.parquet", {"text": pa.array(["x", None, ""], kind), "id": ["", "b", None]})
        assert summary(read(path), path) == [
            ("a:1", "x"),
            (" (row 2)", "the text is null, no string"),
            ("a:3", ""),
        ]

    def test_a_column_of_no_texts_rejects_the_file(self, tmp_path: Path) -> None:
        path = write_parquet(tmp_path / "a.parquet", {"text": [1, 2]})
        assert summary(read(path), path) == [("", "the column 'text' holds int64, no texts")]

    def test_a_value_that_cannot_be_read_costs_its_row(self, tmp_path: Path) -> None:
        moments = pa.array([0, 2**60, 0], pa.timestamp("us"))
        broken = pa.array([b"x", b"y", b"\xff"], pa.binary()).cast(pa.string(), safe=False)
        path = write_parquet(tmp_path / "a.parquet", {"text": ["1", "2", "3"], "moment": moments, "x": broken})
        first, second, third = summary(read(path), path)
        assert first == ("a:1", "1")
        assert (second[0], third[0]) == (" (row 2)", " (row 3)")
        assert second[1].startswith("the value of 'moment' (timestamp[us]) cannot be read: ")
        assert third[1].startswith("the value of 'x' (string) cannot be read: ")

    def test_an_unknown_time_zone_costs_its_rows(self, tmp_path: Path) -> None:
        moments = pa.array([0, None], pa.timestamp("us", tz="Mars/Olympus"))
        path = write_parquet(tmp_path / "a.parquet", {"text": ["1", "2"], "moment": moments})
        (place, reason), second = summary(read(path), path)
        assert place == " (row 1)"
        assert reason.startswith("the value of 'moment' (timestamp[us, tz=Mars/Olympus]) cannot be read: ")
        assert second == ("a:2", "2")

    def test_values_become_python_objects_one_row_at_a_time(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        read_values: list[Any] = []
        plain = parquet_rows._plain
        monkeypatch.setattr(parquet_rows, "_plain", lambda value: read_values.append(value) or plain(value))
        path = write_parquet(tmp_path / "a.parquet", {"text": ["1", "2", "3"]})
        items = read_records([str(path)])
        next(items)
        assert read_values == ["1"]

    def test_with_many_rows_comes_in_order(self, tmp_path: Path) -> None:
        texts = [str(number) for number in range(500)]
        path = write_parquet(tmp_path / "a.parquet", {"text": texts}, row_group_size=70)
        assert [item.text for item in read(path) if isinstance(item, Record)] == texts


class TestTablesWithoutRows:
    @pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.tsv"])
    @pytest.mark.parametrize("content", ["", "\n\r\n", "\ufeff"])
    def test_give_nothing(self, tmp_path: Path, name: str, content: str) -> None:
        assert read(write(tmp_path / name, content)) == []

    def test_give_nothing_with_a_header_alone(self, tmp_path: Path) -> None:
        assert read(write(tmp_path / "a.csv", "id,text\r\n")) == []
        assert read(write_parquet(tmp_path / "a.parquet", {"text": pa.array([], pa.string())})) == []


@pytest.mark.parametrize("ending", ["txt", "jsonl", "csv", "parquet"])
class TestTheLengthOfAText:
    @pytest.fixture(autouse=True)
    def ten_characters(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("trainer.readers.reading.LONGEST_TEXT", 10)

    def file(self, path: Path, text: str) -> Path:
        if path.suffix == ".parquet":
            return write_parquet(path, {"text": [text]})
        contents = {".txt": text, ".jsonl": json.dumps({"text": text}), ".csv": f"text\n{text}\n"}
        return write(path, contents[path.suffix])

    def test_has_the_same_bound_in_every_form(self, tmp_path: Path, ending: str) -> None:
        (reject,) = read(self.file(tmp_path / f"a.{ending}", "ق" * 11))
        assert isinstance(reject, Reject)
        assert reject.reason == "the text is longer than 4 million characters"
        assert reject.place.file == f"{tmp_path}/a.{ending}"

    def test_may_be_as_much_as_the_bound(self, tmp_path: Path, ending: str) -> None:
        (record,) = read(self.file(tmp_path / f"a.{ending}", "ق" * 10))
        assert isinstance(record, Record)
