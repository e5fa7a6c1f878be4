"""``marsad events``: what it reads, writes and prints, and how it ends."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from conftest import TRAINING, Marsad, marked_document
from environments import CHECKOUT

from trainer.documents import Argument, Document
from trainer.formats.brat import write_brat_file
from trainer.formats.jsonl import document_to_json
from trainer.records.columns import COLUMNS

MARKED = (
    "{قصفت|SHELLING} [قوات النظام|ARMED] [مدينة حلب|GPE] بـ[المدفعية|WEAPON] [أمس|DATE]، "
    "و{قُتل|KILL} [خمسة|CARDINAL] [مدنيين|PEOPLE]."
)
ROLES = (
    ("AGENT", "PLACE", "INSTRUMENT", "TIME"),
    ("COUNT", "TARGET"),
)


def article(id: str = "7", *, with_arguments: bool = True) -> Document:
    document = marked_document([MARKED], id)
    document.metadata = {"published": "2015-05-30", "newspaper": "وكالة سانا"}
    fillers = iter(document.entities)
    for event, roles in zip(document.events, ROLES, strict=True):
        event.arguments = [Argument(role, next(fillers).id) for role in roles] if with_arguments else []
    return document


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    path = tmp_path / "labelled.jsonl"
    path.write_text(document_to_json(article()) + "\n", encoding="utf-8")
    return path


def rows_in(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


class TestLabelledInput:
    def test_a_row_tells_what_happened_when_where_and_to_whom(
        self, marsad: Marsad, labelled: Path, tmp_path: Path
    ) -> None:
        output = tmp_path / "new" / "events.csv"
        result = marsad("events", labelled, "--labelled", "--output", output)
        assert (result.code, result.err) == (0, "")
        assert result.out == f"1 documents turned into event records: {output}\n"
        (row,) = rows_in(output)
        assert list(row) == [column.name for column in COLUMNS]
        told = {
            "event_id": "7-01",
            "happening_id": "7-01",
            "event_date": "2015-05-29",
            "date_anchor": "2015-05-30",
            "marsad_type": "SHELLING",
            "event_type": "Explosions/Remote violence",
            "country": "Syria",
            "location": "Aleppo",
            "actor1_text": "قوات النظام",
            "fatalities": "5",
            "weapon": "المدفعية",
            "source": "وكالة سانا",
            "document_id": "7",
            "sentence": "1",
            "score": "",
        }
        assert {name: row[name] for name in told} == told
        text = article().text
        spans = [*json.loads(row["triggers"]), *json.loads(row["arguments"]), *json.loads(row["fatalities_claims"])]
        assert len(spans) > 6
        assert all(text[span["start"] : span["end"]] == span["text"] for span in spans)

    def test_all_forms_of_the_table_at_once_say_the_same(self, marsad: Marsad, labelled: Path, tmp_path: Path) -> None:
        outputs = [tmp_path / f"events.{ending}" for ending in ("jsonl", "csv", "parquet", "html", "jsonl.gz")]
        arguments = [argument for output in outputs for argument in ("--output", output)]
        result = marsad("events", labelled, "--labelled", *arguments)
        assert result.code == 0, result.err
        (line,) = [json.loads(line) for line in outputs[0].read_text(encoding="utf-8").splitlines()]
        (row,) = rows_in(outputs[1])
        (values,) = pyarrow.parquet.read_table(outputs[2]).to_pylist()
        for name in ("event_id", "sub_event_type", "actor1", "fatalities", "latitude"):
            assert str(line[name]) == row[name] == str(values[name])
        assert "المدفعية" in outputs[3].read_text(encoding="utf-8")

    def test_a_folder_for_brat(self, marsad: Marsad, tmp_path: Path) -> None:
        folder = tmp_path / "gold"
        folder.mkdir()
        for id in ("b", "a"):
            write_brat_file(article(id), folder / f"{id}.txt")
        assert marsad("events", folder, "--labelled", "--output", tmp_path / "e.csv").code == 0
        assert [row["document_id"] for row in rows_in(tmp_path / "e.csv")] == ["a", "b"]

    def test_the_corpus_that_marsad_ships(self, marsad: Marsad, tmp_path: Path) -> None:
        result = marsad("events", CHECKOUT / "data" / "dataset.yaml", "--labelled", "--output", tmp_path / "e.csv")
        assert result.code == 0, result.err
        rows = rows_in(tmp_path / "e.csv")
        assert len({row["document_id"] for row in rows}) == 5
        assert {row["source"] for row in rows} >= {"أورينت نت", "المرصد السوري لحقوق الإنسان"}
        # 000 and 001 report the same battle.
        shared = [{row["happening_id"] for row in rows if row["document_id"] == id} for id in ("000", "001")]
        assert shared[0] & shared[1]

    def test_what_is_no_labelled_document_is_listed_and_the_rest_goes_on(
        self, marsad: Marsad, labelled: Path, tmp_path: Path
    ) -> None:
        labelled.write_text('{"id": "x", "text": "قُتل"}\n' + document_to_json(article()), encoding="utf-8")
        result = marsad("events", labelled, "--labelled", "--output", tmp_path / "e.csv")
        assert result.code == 3
        assert f"rejected {labelled}:1: no labelled document of Marsad: 'metadata' is missing" in result.err
        assert result.err.splitlines()[-1] == f"1 inputs rejected, listed in {tmp_path / 'e.csv.rejects.jsonl'}"
        assert len(rows_in(tmp_path / "e.csv")) == 1

    def test_documents_without_events_give_a_table_without_rows(self, marsad: Marsad, tmp_path: Path) -> None:
        quiet = marked_document(["الطقس بارد اليوم في [حلب|GPE]."], "7")
        (tmp_path / "in.jsonl").write_text(document_to_json(quiet), encoding="utf-8")
        outputs = [tmp_path / f"e.{ending}" for ending in ("csv", "jsonl", "parquet", "html")]
        arguments = [argument for output in outputs for argument in ("--output", output)]
        assert marsad("events", tmp_path / "in.jsonl", "--labelled", *arguments).code == 0
        assert rows_in(outputs[0]) == []
        assert outputs[1].read_bytes() == b""
        assert pyarrow.parquet.read_table(outputs[2]).num_rows == 0
        assert outputs[3].exists()

    @pytest.mark.parametrize(
        "options",
        [
            ["--model", "m"],
            ["--clean"],
            ["--threshold", "GPE=0.5"],
            ["--dial", "0.0"],
            ["--runtime", "auto"],
            ["--device", "cpu"],
            ["--precision", "fp32"],
            ["--text-column", "body"],
            ["--id-column", ""],
        ],
    )
    def test_what_is_asked_of_a_model_is_refused(
        self, marsad: Marsad, labelled: Path, tmp_path: Path, options: list[str]
    ) -> None:
        result = marsad("events", labelled, "--labelled", "--output", tmp_path / "e.csv", *options)
        assert result.code == 1
        assert f"{options[0]}: with --labelled no model runs" in result.err


class TestTexts:
    def test_a_corpus_file_is_not_read_as_news(self, marsad: Marsad, tiny_model: Path, tmp_path: Path) -> None:
        corpus = CHECKOUT / "data" / "dataset.yaml"
        result = marsad("events", corpus, "--model", tiny_model, "--output", tmp_path / "e.csv")
        assert result.code == 1
        assert f"{corpus} is a corpus file and no text; its labels are read with --labelled" in result.err
        assert not (tmp_path / "e.csv").exists()


class TestOptions:
    def test_the_day_and_the_source_come_from_the_columns_that_are_named(
        self, marsad: Marsad, labelled: Path, tmp_path: Path
    ) -> None:
        document = article()
        document.metadata = {"published": "2015-05-30", "crawled": "2016-01-02", "site": "أ", "agency": "ب"}
        labelled.write_text(document_to_json(document), encoding="utf-8")
        columns = ("--date-column", "crawled", "--source-column", "agency")
        assert marsad("events", labelled, "--labelled", "--output", tmp_path / "e.csv", *columns).code == 0
        (row,) = rows_in(tmp_path / "e.csv")
        assert (row["published"], row["event_date"], row["source"]) == ("2016-01-02", "2016-01-01", "ب")

    def test_a_column_that_no_document_has_is_told_with_those_there_are(
        self, marsad: Marsad, labelled: Path, tmp_path: Path
    ) -> None:
        result = marsad("events", labelled, "--labelled", "--output", tmp_path / "e.csv", "--date-column", "day")
        assert result.code == 0
        assert result.err == (
            "none of the first 1 documents has the column 'day' of --date-column (its columns: published, newspaper)\n"
        )

    def test_a_column_whose_values_are_no_days_is_told_with_one_of_them(
        self, marsad: Marsad, labelled: Path, tmp_path: Path
    ) -> None:
        document = article()
        document.metadata = {"published": "2015-05-30", "printed": "30/05/2015"}
        labelled.write_text(document_to_json(document), encoding="utf-8")
        result = marsad("events", labelled, "--labelled", "--output", tmp_path / "e.csv", "--date-column", "printed")
        assert result.err == (
            "none of the first 1 values in the column 'printed' of --date-column is a day such as 2015-05-30 (the "
            "first is '30/05/2015'): dates like أمس have no day\n"
        )

    def test_a_file_of_actors_is_asked_before_marsads_own(self, marsad: Marsad, labelled: Path, tmp_path: Path) -> None:
        mine = tmp_path / "mine.yaml"
        mine.write_text(
            "actors:\n  State Forces:\n    - {name: جيشي, en: My Army, aliases: [قوات النظام]}\n", encoding="utf-8"
        )
        result = marsad("events", labelled, "--labelled", "--output", tmp_path / "e.csv", "--actors", mine)
        assert result.code == 0, result.err
        assert [row["actor1"] for row in rows_in(tmp_path / "e.csv")] == ["My Army"]

    @pytest.mark.parametrize("name", ["events", "events.txt", "events.csv.gz"])
    def test_another_ending_is_refused_with_those_that_there_are(
        self, marsad: Marsad, labelled: Path, tmp_path: Path, name: str
    ) -> None:
        result = marsad("events", labelled, "--labelled", "--output", tmp_path / name)
        assert result.code == 1
        assert "the name of a table of events must end in one of .csv, " in result.err

    def test_the_input_is_never_overwritten(self, marsad: Marsad, labelled: Path) -> None:
        result = marsad("events", labelled, "--labelled", "--output", labelled)
        assert result.code == 1
        assert "is the input; name another place" in result.err
        assert len(labelled.read_text(encoding="utf-8").splitlines()) == 1


class TestEmptyColumns:
    WARNING = "none of the first 2 events has an argument"

    def test_labels_without_arguments_are_told_once_and_still_make_records(
        self, marsad: Marsad, labelled: Path, tmp_path: Path
    ) -> None:
        labelled.write_text(document_to_json(article(with_arguments=False)), encoding="utf-8")
        result = marsad("events", labelled, "--labelled", "--output", tmp_path / "e.csv")
        assert result.code == 0
        assert result.err.count(self.WARNING) == 1
        rows = rows_in(tmp_path / "e.csv")
        assert {row["actor1"] for row in rows} == {""}
        assert "SHELLING" in {row["marsad_type"] for row in rows}

    def test_documents_that_do_not_say_when_they_were_published_are_told(
        self, marsad: Marsad, labelled: Path, tmp_path: Path
    ) -> None:
        document = article()
        document.metadata = {"printed": "2015-05-30"}
        labelled.write_text(document_to_json(document), encoding="utf-8")
        result = marsad("events", labelled, "--labelled", "--output", tmp_path / "e.csv")
        assert result.err == (
            "none of the first 1 documents says when it was published (its columns: printed): dates like أمس have no "
            "day; name the column with --date-column\n"
        )

    def test_documents_without_labels_of_events_are_told(self, marsad: Marsad, tmp_path: Path) -> None:
        (tmp_path / "names.conll").write_text("داعش B-ARMED\nيتقدم O\n", encoding="utf-8")
        result = marsad("events", tmp_path / "names.conll", "--labelled", "--output", tmp_path / "e.csv")
        assert "none of the first 1 documents has triggers of events, which records are made of" in result.err
        assert rows_in(tmp_path / "e.csv") == []

    def test_labels_that_are_passed_over_are_told(
        self, marsad: Marsad, labelled: Path, tiny_model: Path, tmp_path: Path
    ) -> None:
        result = marsad("events", labelled, "--model", tiny_model, "--output", tmp_path / "e.csv")
        assert result.code == 0
        assert "the first 1 documents are labelled already, as Marsad writes them" in result.err
        assert "--labelled takes the labels" in result.err

    def test_labels_that_are_taken_are_not(self, marsad: Marsad, labelled: Path, tmp_path: Path) -> None:
        document = article()
        # As after two runs of predict: the labels of the first went along as columns.
        document.metadata |= {"metadata": {}, "sentences": [], "events": []}
        labelled.write_text(document_to_json(document), encoding="utf-8")
        told = marsad("events", labelled, "--labelled", "--output", tmp_path / "taken.csv").err
        assert "labelled already" not in told

    def test_columns_that_are_merely_called_so_are_none_of_marsads(
        self, marsad: Marsad, tiny_model: Path, tmp_path: Path
    ) -> None:
        foreign = tmp_path / "foreign.jsonl"
        foreign.write_text('{"text": "قصفت قوات النظام حلب.", "metadata": {}, "sentences": 3}', encoding="utf-8")
        result = marsad("events", foreign, "--model", tiny_model, "--output", tmp_path / "e.csv")
        assert "labelled already" not in result.err

    @pytest.mark.parametrize("mode", ["--quiet", "--json-log"])
    def test_it_is_told_as_everything_is(self, marsad: Marsad, labelled: Path, tmp_path: Path, mode: str) -> None:
        labelled.write_text(document_to_json(article(with_arguments=False)), encoding="utf-8")
        result = marsad("events", labelled, "--labelled", "--output", tmp_path / "e.csv", mode)
        assert (result.code, result.out) == (0, "")
        lines: list[dict[str, Any]] = [json.loads(line) for line in result.err.splitlines()]
        assert [line["event"] for line in lines] == ([] if mode == "--quiet" else ["warning", "part", "finished"])

    def test_a_model_without_an_argument_head_works_and_is_told(
        self, marsad: Marsad, tiny_model: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "خبر.txt").write_text(marked_document(TRAINING).text, encoding="utf-8")
        output, page = tmp_path / "e.csv", tmp_path / "e.html"
        outputs = ("--output", output, "--output", page)
        result = marsad("events", tmp_path / "خبر.txt", "--model", tiny_model, *outputs)
        assert result.code == 0, result.err
        assert "has an argument: sides, places, weapons and counts stay empty" in result.err
        rows = rows_in(output)
        assert {row["document_id"] for row in rows} == {"خبر"}
        assert all(0 < float(row["score"]) <= 1 for row in rows)
        assert page.exists()
