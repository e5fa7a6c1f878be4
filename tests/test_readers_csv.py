"""CSV: told apart by its header; a broken row is named, the rows around it are read, and none is made up."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
from file_records import CONTINUATION, WINDOWS_1256, read, summary, write
from hypothesis import example, given
from hypothesis import strategies as st

from trainer.readers.csv_lines import RowLines
from trainer.readers.records import Record


def read_rows(tmp_path: Path, content: str) -> list[tuple[str, str]]:
    path = write(tmp_path / "a.csv", content)
    return summary(read(path), path)


BAD_ROWS = {
    "too many fields": (b"2,x,y,z", "expected 2 fields, found 4 (its columns: id, text)", ""),
    "too few fields": (b"2", "expected 2 fields, found 1 (its columns: id, text)", ""),
    "a quote within a quoted field": (b'2,"x"y', "broken CSV: ',' expected after '\"'", ""),
    "wrong encoding": (b"2," + WINDOWS_1256, CONTINUATION, " (byte 3)"),
    "wrong encoding in its next line": (
        b'2,"x\n' + WINDOWS_1256 + b'"',
        CONTINUATION,
        " (lines 2 to 3, byte 1 of line 3)",
    ),
    "an old line end": (b"2,x\r3,y", "broken CSV: new-line character seen in unquoted field", ""),
}


class TestCsv:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    @pytest.mark.parametrize("ending", ["csv", "tsv"])
    def test_is_told_apart_by_its_header_and_may_have_line_breaks_in_fields(
        self, tmp_path: Path, delimiter: str, ending: str
    ) -> None:
        lines = ["\ufeffid;text;source", '1;"قُتل\r\nعنصر، و""انسحب""\n";المرصد', "", ';"";', "3;نص;\r"]
        path = write(tmp_path / f"a.{ending}", "\n".join(lines).replace(";", delimiter))
        first, second, third = read(path)
        assert isinstance(first, Record)
        assert (first.id, first.text, first.metadata) == ("1", 'قُتل\r\nعنصر، و"انسحب"\n', {"source": "المرصد"})
        assert [item.place.line for item in (first, second, third)] == [2, 6, 7]
        assert summary([second, third], path) == [("a:6", ""), ("3", "نص")]

    @pytest.mark.parametrize(("row", "reason", "detail"), BAD_ROWS.values(), ids=BAD_ROWS)
    def test_row_that_cannot_be_read_is_rejected_and_the_others_are_read(
        self, tmp_path: Path, row: bytes, reason: str, detail: str
    ) -> None:
        path = write(tmp_path / "a.csv", b"id,text\n" + row + b"\n4,z\n")
        (place, why), good = summary(read(path), path)
        assert good == ("4", "z")
        assert place == f":2{detail}"
        assert why.startswith(reason)

    def test_header_that_cannot_be_read_costs_the_file(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", b"text," + WINDOWS_1256 + b"\nx,y\n")
        assert summary(read(path), path) == [(":1 (byte 6)", f"the header cannot be read: {CONTINUATION}")]


class TestTheHeader:
    @pytest.mark.parametrize("header", ["id;text", '"id";"text,\t,\t"', 'id;text;"a, b, c, d', "\ufeffid;text"])
    def test_tells_the_delimiter_outside_of_quotes(self, tmp_path: Path, header: str) -> None:
        if header.count('"') % 2:
            assert read_rows(tmp_path, f'{header}"\n1;x;y\n') == [("1", "x")]
        else:
            (item,) = read(write(tmp_path / "a.csv", f"{header}\n1;x\n"))
            assert isinstance(item, Record) == (",\t" not in header)
            assert item.place.line == (2 if isinstance(item, Record) else 1)

    @pytest.mark.parametrize("before", ["\n", "\r\n\n", "\ufeff\n", " \t\n\n"])
    def test_may_come_after_blank_lines(self, tmp_path: Path, before: str) -> None:
        path = write(tmp_path / "a.csv", f"{before}id;text\n1;x, y, z\n")
        (record,) = read(path)
        assert summary([record], path) == [("1", "x, y, z")]
        assert record.place.line == 2 + before.count("\n")

    @pytest.mark.parametrize(
        "rows", ["id,text\r1,x\r2,y\r", 'id,text\r1,"x\r', "id,text\r1,x\r\n", "\ufeffid,text\r1,x"]
    )
    def test_with_a_carriage_return_within_costs_the_file_once(self, tmp_path: Path, rows: str) -> None:
        reason = "its lines end with a carriage return alone; save it with the line ends of today (LF or CR LF)"
        assert read_rows(tmp_path, rows) == [(":1", reason)]

    def test_that_is_longer_than_any_row_costs_the_file_once(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        limit(monkeypatch, 1000)
        reason = "the header cannot be read: the row is longer than 24 MB"
        for header in ("x," * 600, 'id,"' + "x" * 200_000):
            assert read_rows(tmp_path, f"{header}\n1,x\n") == [(":1", reason)]


def limit(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    for module in ("input_files", "csv_lines", "csv_rows"):
        monkeypatch.setattr(f"trainer.readers.{module}.LONGEST", size)


class TestAStrayQuote:
    def test_costs_its_row_and_none_of_those_that_it_swallowed(self, tmp_path: Path) -> None:
        rows = 'id,text\n1,x\n2,"y\n3,z\n4,"قُتل\nعنصر"\n5,w\n'
        broken = (":3", "broken CSV: ',' expected after '\"' in line 5")
        assert read_rows(tmp_path, rows) == [("1", "x"), broken, ("3", "z"), ("4", "قُتل\nعنصر"), ("5", "w")]

    def test_that_never_closes_costs_its_row(self, tmp_path: Path) -> None:
        lost = (":3", "a quote opens here and never closes")
        assert read_rows(tmp_path, 'id,text\n1,x\n2,"y\n3,z\n4,w\n') == [("1", "x"), lost, ("3", "z"), ("4", "w")]
        assert read_rows(tmp_path, 'id,text\n1,x\n2,"y') == [("1", "x"), lost]

    def test_that_does_not_close_in_a_large_file_costs_its_row_and_does_not_fill_the_memory(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        limit(monkeypatch, 1000)
        lost, *rest = read_rows(tmp_path, 'id,text\n2,"y\n' + "3,z\n" * 1000 + '4,"z"\n')
        assert lost == (":2", "the row is longer than 24 MB, perhaps because a quote never closes")
        assert rest == [("3", "z")] * 1000 + [("4", "z")]

    def test_in_a_text_of_several_lines_costs_them_all_and_no_row_is_made_of_them(self, tmp_path: Path) -> None:
        rows = 'id,text\n1,"سطر أول\nسطر ثان\nقال "نعم" ثم\nانسحب",\n2,x\n'
        named = (":2 (lines 2 to 4)", "broken CSV: ',' expected after '\"' in line 4")
        (end, reason), good = read_rows(tmp_path, rows)[1:]
        assert read_rows(tmp_path, rows)[0] == named
        assert end == ":5"
        assert reason == "a quote too many: it may be the end of the row of line 2, which is broken"
        assert good == ("2", "x")

    def test_in_the_first_line_of_a_text_makes_no_row_of_its_last(self, tmp_path: Path) -> None:
        rows = 'id,text\n1,"قال "نعم" ثم\nانسحب, وعاد"\n2,x\n3,5" x\n'
        first, second, *rest = read_rows(tmp_path, rows)
        assert (first[0], second[0]) == (":2", ":3")
        assert rest == [("2", "x"), ("3", '5" x')]

    def test_that_closes_where_a_row_may_end_names_the_lines_of_a_row_with_too_many_fields(
        self, tmp_path: Path
    ) -> None:
        lost = (":2 (lines 2 to 4)", "expected 2 fields, found 3 (its columns: id, text)")
        assert read_rows(tmp_path, 'id,text\n1,"x\n2,y\n3,z",w\n4,v\n') == [lost, ("4", "v")]

    def test_in_a_table_of_one_column_names_the_lines(self, tmp_path: Path) -> None:
        lost = (":3 (lines 3 to 4)", "broken CSV: ',' expected after '\"' in line 4")
        assert read_rows(tmp_path, 'text\nx\n"y\n"z" w\nv\n') == [("a:2", "x"), lost, ("a:5", "v")]

    def test_in_every_line_lets_no_more_than_twice_the_file_be_read_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # Each line opens a field that the next ones do not close, and looks like a row.
        lines = 1000
        path = write(tmp_path / "a.csv", "id,text\n" + '5,x","\n' * lines)
        limit(monkeypatch, path.stat().st_size)
        given = 0
        next_line = RowLines.__next__

        def counted(self: RowLines) -> str:
            nonlocal given
            given += 1
            return next_line(self)

        monkeypatch.setattr(RowLines, "__next__", counted)
        *_, last = read(path)
        assert 2 * lines < given < 3.1 * lines
        assert last.place.detail == f"lines {last.place.line} to {lines + 1}"

    def test_before_damage_to_the_file_is_named_where_its_row_begins(self, tmp_path: Path) -> None:
        noise = "".join(f"{os.urandom(30).hex()}\n" for _ in range(2000))
        path = write(tmp_path / "a.csv.gz", gzip.compress(f'id,text\n1,x\n2,"{noise}"\n'.encode())[:-500])
        good, (place, reason) = summary(read(path), path)
        assert (good, place) == (("1", "x"), ":3")
        assert reason.startswith("the file cannot be read from here on, only what stands before: ")


class TestNoLineVanishes:
    ROWS = st.lists(
        st.sampled_from(["1,x", '2,"y"', '3,"y', 'z"', '"', "", "w", '5","x', '6,"a""b', "7,\xff", "a\rb,c"])
    )

    @given(ROWS)
    @example(['3,"y', "1,x", '2,"y"'])
    def test_whatever_the_rows_are(self, tmp_path_factory: pytest.TempPathFactory, rows: list[str]) -> None:
        path = tmp_path_factory.getbasetemp() / "a.csv"
        write(path, "\n".join(["id,text", *rows]).encode("latin-1"))
        named: set[int] = set()
        for item in read(path):
            assert item.place.line is not None
            last = item.place.line
            if isinstance(item, Record):
                last += item.text.count("\n") + item.id.count("\n")
            elif item.place.detail.startswith("lines "):
                last = int(item.place.detail.split(",")[0].rpartition(" ")[2])
            named.update(range(item.place.line, last + 1))
        assert named >= {number for number, row in enumerate(rows, start=2) if row.strip()}
