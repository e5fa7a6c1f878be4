"""Parquet: one schema whatever the documents hold, and rows that say what the documents said."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import pandas
import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import ANY_TEXT, documents, read_strictly
from test_writers import articles, fresh, output, schema

from trainer.documents import Argument, Document, DuplicateOf
from trainer.schema import Schema
from trainer.writers.document_table import DOCUMENT_SCHEMA, documents_table

__all__ = ["fresh", "schema"]


def without_surrogates(text: str) -> str:
    return "".join("\ufffd" if "\ud800" <= character <= "\udfff" else character for character in text)


class TestTheTable:
    def test_a_document_is_a_row_with_everything_that_it_holds(self) -> None:
        document = Document.from_text("قُتل قائد في الحسكة.", id="7", metadata={"العنوان": "سقوط", "year": 2015})
        document.add_event(0, 4, "KILL", score=0.875)
        document.add_entity(13, 19, "GPE", score=0.625)
        document.events[0].arguments = [Argument("PLACE", "T1", 0.5)]
        document.events[0].attributes = ["Disputed"]
        document.sentences[0].event_types = {"KILL": 0.9, "ATTACK": 0.75}
        document.model = {"name": "m", "fingerprint": "abc"}
        document.duplicate_of = DuplicateOf("3", 0.8)
        (row,) = documents_table([document]).to_pylist()
        place = {"id": "T1", "label": "GPE", "start": 13, "end": 19, "text": "الحسكة", "name": "الحسكة", "score": 0.625}
        assert row == {
            "id": "7",
            "text": document.text,
            "metadata": '{"العنوان": "سقوط", "year": 2015}',
            "model": {"name": "m", "fingerprint": "abc"},
            "duplicate_of": {"id": "3", "similarity": 0.8},
            "entities": [place],
            "events": [
                {
                    "id": "E1",
                    "type": "KILL",
                    "score": 0.875,
                    "trigger": {"start": 0, "end": 4, "text": "قُتل"},
                    "arguments": [{"role": "PLACE", "entity": "T1", "score": 0.5}],
                    "attributes": ["Disputed"],
                }
            ],
            "sentences": [
                {
                    "start": 0,
                    "end": 20,
                    "event_types": [{"type": "KILL", "score": 0.9}, {"type": "ATTACK", "score": 0.75}],
                }
            ],
        }

    def test_a_layer_that_a_document_has_not_is_null_and_one_without_a_find_is_empty(self) -> None:
        full, bare = Document.from_text("الطقس بارد."), Document.from_text("الطقس بارد.")
        bare.keep_layers([])
        found, missing = documents_table([full, bare]).to_pylist()
        assert (found["entities"], found["events"], found["sentences"][0]["event_types"]) == ([], [], [])
        assert (missing["entities"], missing["events"], missing["sentences"][0]["event_types"]) == (None, None, None)
        assert (missing["model"], missing["duplicate_of"]) == (None, None)

    @given(st.lists(documents(ANY_TEXT), max_size=3))
    @settings(max_examples=40)
    def test_any_documents_make_a_table_of_the_one_schema(self, written: list[Document]) -> None:
        assert documents_table(written).schema.equals(DOCUMENT_SCHEMA, check_metadata=True)


class TestTheFile:
    @given(written=st.lists(documents(ANY_TEXT), max_size=3))
    @settings(max_examples=30)
    def test_spans_and_texts_of_any_documents_come_back_and_offsets_index_the_text(
        self, schema: Schema, fresh: Callable[[], Path], written: list[Document]
    ) -> None:
        rows = pyarrow.parquet.read_table(output([written], fresh() / "x.parquet", schema)).to_pylist()
        assert [row["text"] for row in rows] == [without_surrogates(document.text) for document in written]
        for row, document in zip(rows, written, strict=True):
            assert [(e["start"], e["end"], e["label"], e["score"]) for e in row["entities"]] == [
                (e.start, e.end, e.label, e.score) for e in document.entities
            ]
            triggers = [event["trigger"] for event in row["events"]]
            assert [(t["start"], t["end"]) for t in triggers] == [
                (e.trigger.start, e.trigger.end) for e in document.events
            ]
            for span in (*row["entities"], *triggers):
                assert row["text"][span["start"] : span["end"]] == span["text"]
            assert read_strictly(row["metadata"]).keys() == document.metadata.keys()

    def test_lone_surrogates_become_the_replacement_character_everywhere(self, schema: Schema, tmp_path: Path) -> None:
        document = Document.from_text("قسد\ud800 حلب", id="\udfff", metadata={"\ud800": "\ud800"})
        document.add_entity(0, 4, "ARMED")
        document.duplicate_of = DuplicateOf("\ud801", 1.0)
        (row,) = pyarrow.parquet.read_table(output([[document]], tmp_path / "x.parquet", schema)).to_pylist()
        assert (row["id"], row["text"]) == ("\ufffd", "قسد\ufffd حلب")
        assert (row["entities"][0]["text"], row["duplicate_of"]["id"]) == ("قسد\ufffd", "\ufffd")
        assert json.loads(row["metadata"]) == {"\ufffd": "\ufffd"}

    def test_a_part_is_a_row_group_and_a_part_without_documents_none(self, schema: Schema, tmp_path: Path) -> None:
        path = output([articles(2), [], articles(3)], tmp_path / "x.parquet", schema)
        found = pyarrow.parquet.ParquetFile(path).metadata
        assert [found.row_group(index).num_rows for index in range(found.num_row_groups)] == [2, 3]
        assert found.row_group(0).column(0).compression == "ZSTD"

    def test_the_file_says_the_version_of_the_format(self, schema: Schema, tmp_path: Path) -> None:
        path = output([], tmp_path / "x.parquet", schema)
        assert pyarrow.parquet.read_schema(path).metadata[b"marsad_version"] == b"1"

    def test_pandas_reads_it(self, schema: Schema, tmp_path: Path) -> None:
        frame = pandas.read_parquet(output([articles(2), articles(2)], tmp_path / "x.parquet", schema))
        assert list(frame["id"]) == ["1", "2", "1", "2"]
        assert [entity["text"] for entity in frame["entities"].iloc[0]] == ["قوات النظام", "مدينة حلب"]

    def test_nan_and_infinities_in_the_metadata_are_null(self) -> None:
        document = Document.from_text(
            "نص", metadata={"score": math.nan, "list": [math.inf, {"a": -math.inf}], "b": 1.5}
        )
        (metadata,) = documents_table([document]).column("metadata").to_pylist()
        assert read_strictly(metadata) == {"score": None, "list": [None, {"a": None}], "b": 1.5}

    def test_metadata_that_json_does_not_know_is_written_as_text(self) -> None:
        document = Document.from_text("نص", metadata={"file": Path("a.txt")})
        assert documents_table([document]).column("metadata").to_pylist() == ['{"file": "a.txt"}']


@pytest.mark.parametrize("column", ["text", "entities", "events", "sentences"])
def test_columns_can_be_read_alone(schema: Schema, tmp_path: Path, column: str) -> None:
    path = output([articles(2)], tmp_path / "x.parquet", schema)
    assert pyarrow.parquet.read_table(path, columns=[column]).column_names == [column]
