"""CSV: every row stands alone, is read alike by people, spreadsheets and pandas, and nothing in it is run."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas
import pytest
import regex
from conftest import marked_document
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import ANY_TEXT, documents
from test_writers import fresh, output, schema

from trainer.documents import Document, DuplicateOf, Sentence
from trainer.schema import Schema
from trainer.writers.csv_cells import cell

__all__ = ["fresh", "schema"]

CONTROLS = regex.compile(r"[\p{Cs}\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def tables(parts: Sequence[Sequence[Document]], folder: Path, schema: Schema) -> dict[str, list[dict[str, str]]]:
    """Write ``parts`` as CSV and return the rows of each table as ``csv`` reads them."""
    found = {}
    for path in output(parts, folder / "x.csv", schema).parent.glob("x.*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            found[path.name.split(".")[1]] = list(csv.DictReader(file, strict=True))
    return found


def meant(text: str) -> str:
    """Return the text of a cell without the apostrophe that keeps it from being run, as docs/output-format.md says."""
    return text[1:] if regex.match(r"'+[=+\-@＝＋－＠\t\r\n]", text) else text


def shown(text: str) -> str:
    return CONTROLS.sub("\ufffd", text)


def captured() -> Document:
    document = marked_document(["وصل الوفد إلى دمشق.", "{سيطرت|CAPTURE} [قسد|ARMED] على «[الحسكة|GPE]»، أمس."], id="7")
    document.entities[1].score = 0.625
    document.events[0].score = 0.875
    document.sentences[1].event_types = {"CAPTURE": 0.75, "KILL": 0.5}
    document.metadata = {"date": "2015-08-01", "العنوان": "سقوط"}
    document.duplicate_of = DuplicateOf("3", 0.8)
    return document


class TestTheTables:
    SENTENCE = "سيطرت قسد على «الحسكة»، أمس."

    def test_an_entity_is_a_row_with_its_sentence_and_the_columns_of_the_input(
        self, schema: Schema, tmp_path: Path
    ) -> None:
        _, city = tables([[captured()]], tmp_path, schema)["entities"]
        assert list(city.items()) == [
            *(("document_id", "7"), ("start", "35"), ("end", "41"), ("label", "GPE")),
            *(("text", "الحسكة"), ("name", "الحسكة"), ("score", "0.625")),
            *(("sentence", "2"), ("sentence_start", "20"), ("sentence_end", "48"), ("sentence_text", self.SENTENCE)),
            *(("duplicate_of", "3"), ("date", "2015-08-01"), ("العنوان", "سقوط")),
        ]

    def test_an_event_is_a_row_with_its_trigger(self, schema: Schema, tmp_path: Path) -> None:
        (event,) = tables([[captured()]], tmp_path, schema)["events"]
        assert list(event.items()) == [
            *(("document_id", "7"), ("start", "20"), ("end", "25"), ("type", "CAPTURE")),
            *(("trigger", "سيطرت"), ("score", "0.875")),
            *(("sentence", "2"), ("sentence_start", "20"), ("sentence_end", "48"), ("sentence_text", self.SENTENCE)),
            *(("duplicate_of", "3"), ("date", "2015-08-01"), ("العنوان", "سقوط")),
        ]

    def test_an_event_type_of_a_sentence_is_a_row(self, schema: Schema, tmp_path: Path) -> None:
        capture, kill = tables([[captured()]], tmp_path, schema)["event_types"]
        assert list(capture.items()) == [
            *(("document_id", "7"), ("type", "CAPTURE"), ("score", "0.75")),
            *(("sentence", "2"), ("sentence_start", "20"), ("sentence_end", "48"), ("sentence_text", self.SENTENCE)),
            *(("duplicate_of", "3"), ("date", "2015-08-01"), ("العنوان", "سقوط")),
        ]
        assert (kill["type"], kill["score"]) == ("KILL", "0.5")

    def test_a_document_without_a_find_has_no_row_and_its_columns_are_there(
        self, schema: Schema, tmp_path: Path
    ) -> None:
        found = output([[Document.from_text("الطقس بارد.", metadata={"date": "1"})]], tmp_path / "x.csv", schema)
        lines = (found.parent / "x.events.csv").read_text(encoding="utf-8-sig").splitlines()
        assert len(lines) == 1
        assert lines[0].endswith(",duplicate_of,date")

    def test_a_span_outside_every_sentence_has_no_sentence(self, schema: Schema, tmp_path: Path) -> None:
        document = captured()
        document.sentences = [Sentence(0, 19)]
        (event,) = tables([[document]], tmp_path, schema)["events"]
        assert {event[column] for column in ("sentence", "sentence_start", "sentence_end", "sentence_text")} == {""}

    def test_of_a_sentence_without_an_end_the_cell_shows_what_is_around_the_span(
        self, schema: Schema, tmp_path: Path
    ) -> None:
        document = Document.from_text("قسد حلب " * 2000)
        for start in (0, 8000, 15992):
            document.add_entity(start, start + 3, "ARMED")
        rows = tables([[document]], tmp_path, schema)["entities"]
        assert [row["sentence_text"] for row in rows] == [
            document.text[first : first + 300] for first in (0, 7850, 15999 - 300)
        ]
        assert {row["sentence_end"] for row in rows} == {"15999"}


class TestTheColumnsOfTheInput:
    def test_they_are_those_of_all_parts_in_the_order_in_which_they_came(self, schema: Schema, tmp_path: Path) -> None:
        parts = []
        for metadata in ({"b": "1", "a": "2"}, {"a": "3", "c": "4"}, {"b": "5"}):
            document = captured()
            document.metadata = metadata
            parts.append([document])
        rows = tables(parts, tmp_path, schema)["events"]
        assert [list(row.items())[-3:] for row in rows] == [
            [("b", "1"), ("a", "2"), ("c", "")],
            [("b", ""), ("a", "3"), ("c", "4")],
            [("b", "5"), ("a", ""), ("c", "")],
        ]

    def test_one_that_is_named_like_ours_gets_a_prefix_and_never_the_name_of_another(
        self, schema: Schema, tmp_path: Path
    ) -> None:
        document = captured()
        document.metadata = {"start": "a", "input_start": "b", "label": "c", "input_": "d", "input_x": "e"}
        found = tables([[document]], tmp_path, schema)
        names = ["input_start", "input_input_start", "input_label", "input_", "input_x"]
        for rows in found.values():
            assert list(rows[0].items())[-5:] == list(zip(names, "abcde", strict=True))

    def test_two_that_would_have_one_name_are_numbered(self, schema: Schema, tmp_path: Path) -> None:
        parts = []
        for metadata in ({"a\x00": "1", "a\ud800": "2"}, {"a\x01": "3", "a\ufffd_2": "4"}):
            document = captured()
            document.metadata = metadata
            parts.append([document])
        rows = tables(parts, tmp_path, schema)["events"]
        names = ["a\ufffd", "a\ufffd_2", "a\ufffd_3", "a\ufffd_2_2"]
        assert [list(row.items())[-4:] for row in rows] == [
            list(zip(names, ("1", "2", "", ""), strict=True)),
            list(zip(names, ("", "", "3", "4"), strict=True)),
        ]

    def test_of_a_long_value_a_cell_has_the_beginning(self, schema: Schema, tmp_path: Path) -> None:
        document = captured()
        page = "<p>خبر</p>" * 10_000
        document.metadata = {"html": page, "list": [page], "whole": page[:1000], "formula": "=" * 2000}
        for rows in tables([[document]], tmp_path, schema).values():
            assert rows
            for row in rows:
                assert (row["html"], row["whole"]) == (page[:1000] + "…", page[:1000])
                assert row["list"] == '["' + page[:998] + "…"
                assert row["formula"] == "'" + "=" * 1000 + "…"

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            *(("نص", "نص"), (None, ""), (0, "0"), (-2.5, "-2.5"), (False, "false")),
            *((math.nan, ""), (-math.inf, ""), ([math.nan, 1], "[null, 1]"), ({"أ": math.inf}, '{"أ": null}')),
            *(([1, "حلب"], '[1, "حلب"]'), ({"أ": None}, '{"أ": null}'), (Path("a.txt"), "a.txt")),
        ],
    )
    def test_a_value_is_its_text_or_json(self, value: object, expected: str) -> None:
        assert cell(value) == expected


class TestReadingItBack:
    @given(written=st.lists(documents(ANY_TEXT), max_size=3))
    @settings(max_examples=40)
    def test_spans_of_any_documents_come_back_and_offsets_index_the_text(
        self, schema: Schema, fresh: Callable[[], Path], written: list[Document]
    ) -> None:
        found = tables([written], fresh(), schema)
        spans = [(document, e.start, e.end, e.label, e.score) for document in written for e in document.entities]
        for row, (document, start, end, label, score) in zip(found["entities"], spans, strict=True):
            assert (int(row["start"]), int(row["end"]), row["label"]) == (start, end, label)
            assert row["score"] == ("" if score is None else repr(score))
            assert meant(row["text"]) == shown(document.text[start:end])
            assert meant(row["document_id"]) == shown(document.id)
            if row["sentence"]:
                sentence = document.text[int(row["sentence_start"]) : int(row["sentence_end"])]
                assert meant(row["sentence_text"]) == shown(sentence)
        events = [(document, event) for document in written for event in document.events]
        for row, (document, event) in zip(found["events"], events, strict=True):
            assert (int(row["start"]), int(row["end"])) == (event.trigger.start, event.trigger.end)
            assert (row["type"], meant(row["trigger"])) == (event.type, shown(event.trigger.text))
            assert row["document_id"] == cell(document.id)
        types = [type for d in written for sentence in d.sentences for type in sentence.event_types]
        assert [row["type"] for row in found["event_types"]] == types

    @given(written=st.lists(documents(ANY_TEXT), max_size=2))
    @settings(max_examples=25)
    def test_pandas_reads_what_csv_reads(
        self, schema: Schema, fresh: Callable[[], Path], written: list[Document]
    ) -> None:
        folder = fresh()
        for table, rows in tables([written], folder, schema).items():
            frame = pandas.read_csv(folder / f"x.{table}.csv", dtype=str, keep_default_na=False)
            assert frame.to_dict("records") == rows

    def test_pandas_sees_numbers_as_numbers(self, schema: Schema, tmp_path: Path) -> None:
        document = captured()
        document.metadata = {"longitude": "-3.5", "latitude": "+36.25", "share": -1}
        output([[document]], tmp_path / "x.csv", schema)
        (row,) = pandas.read_csv(tmp_path / "x.events.csv").to_dict("records")
        assert (row["longitude"], row["latitude"], row["share"], row["score"]) == (-3.5, 36.25, -1, 0.875)

    def test_line_breaks_quotes_and_commas_stay_in_their_cell(self, schema: Schema, tmp_path: Path) -> None:
        document = captured()
        document.metadata = {"a": 'سطر\nسطر\r\nسطر\rسطر، "قال", ثم;', "b": "\u2028\x85"}
        (row,) = tables([[document]], tmp_path, schema)["events"]
        assert (row["a"], row["b"]) == (document.metadata["a"], document.metadata["b"])

    def test_the_file_begins_with_the_mark_by_which_excel_knows_utf8(self, schema: Schema, tmp_path: Path) -> None:
        output([[captured()], [captured()]], tmp_path / "x.csv", schema)
        for path in tmp_path.iterdir():
            content = path.read_bytes()
            assert content.startswith(b"\xef\xbb\xbfdocument_id,")
            assert content.count(b"\xef\xbb\xbf") == 1


class TestNothingIsRun:
    @pytest.mark.parametrize("sign", list("=+-@＝＋－＠\t\r\n"))
    def test_no_cell_of_text_begins_as_a_formula(self, schema: Schema, tmp_path: Path, sign: str) -> None:
        attack = f'{sign}HYPERLINK("http://example.com", "خبر")'
        document = Document.from_text(attack, id=attack, metadata={attack: attack, "list": [attack]})
        document.sentences = [Sentence(0, len(attack))]
        document.sentences[0].event_types = {"KILL": 1.0}
        document.add_entity(0, len(attack), "GPE")
        document.add_event(0, len(attack), "KILL")
        document.duplicate_of = DuplicateOf(attack, 1.0)
        for rows in tables([[document]], tmp_path, schema).values():
            cells = [text for row in rows for pair in row.items() for text in pair]
            assert not [text for text in cells if text.startswith(sign)]
            assert [meant(text) for text in cells].count(attack) >= 5

    @pytest.mark.parametrize("text", ["=1", "'=1", "''-أ", "'", "'أ", "- قال", "-", "أ=1", "'-5"])
    def test_taking_the_apostrophe_away_gives_the_text_again(self, text: str) -> None:
        assert meant(cell(text)) == text

    @pytest.mark.parametrize("number", ["-5", "+963", "-3.5", "-1,000.5", "+1e-5", "-12%"])
    def test_a_number_is_left_as_it_is(self, number: str) -> None:
        assert cell(number) == number

    @pytest.mark.parametrize("formula", ["-5+cmd", "+1 2", "-1;=2", "-5\n", "=5", "-٥"])
    def test_what_only_begins_as_a_number_is_not_left(self, formula: str) -> None:
        assert cell(formula) == f"'{formula}"
