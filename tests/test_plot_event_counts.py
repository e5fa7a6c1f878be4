"""The picture of an archive: event types by week and by source, from the tables of 'marsad predict'."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import marked_document
from test_writers import output, schema

from trainer.documents import Document, DuplicateOf
from trainer.schema import Schema

__all__ = ["schema"]

SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "plot_event_counts.py"
# As many events as a source must have for its shares to be shown.
ENOUGH = 100


@dataclass(frozen=True)
class Ended:
    """How the script ended, what it printed, and the picture that it was asked for."""

    code: int
    out: str
    err: str
    picture: Path


def plot(table: Path, picture: Path, *options: str) -> Ended:
    """Run the script as in a user's shell."""
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(table), str(picture), *options],
        env={**os.environ, "PYTHONUTF8": "1", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr, picture)


def article(id: str, sentence: str, times: int = 1, **metadata: str) -> Document:
    """Return an article that says ``sentence`` so many times, each time a sentence with an event type."""
    document = marked_document([sentence] * times, id)
    document.metadata = metadata
    return document


def archive() -> list[Document]:
    """Return articles of two weeks, of a source with enough events and one without, and a copy."""
    killed, captured = "{قُتل|KILL} خمسة مدنيين في حلب.", "{سيطرت|CAPTURE} قسد على الرقة."
    copied = article("4", captured, times=3, date="2015-08-03", source="الرياض")
    copied.duplicate_of = DuplicateOf("2", 1.0)
    return [
        article("1", killed, times=75, date="2015-08-02", source="الرياض"),  # a Sunday
        article("2", captured, times=25, date="2015-08-03", source="الرياض"),  # the Monday after
        article("3", killed, times=ENOUGH - 1, date="2015-08-09", source="واس"),  # the Sunday of that week
        copied,
    ]


def event_types(documents: list[Document], folder: Path, schema: Schema) -> Path:
    """Write the tables of a run with ``--output x.csv``; return the one of the event types of sentences."""
    output([documents], folder / "x.csv", schema)
    return folder / "x.event_types.csv"


def printed_tables(out: str) -> list[dict[str, list[str]]]:
    """Return the printed tables, a row of cells by its name; the first row has the names of the columns."""
    tables: list[dict[str, list[str]]] = []
    for line in out.splitlines():
        if line.startswith(("week of", "source")):
            tables.append({"columns": line.removeprefix("week of").removeprefix("source").split()})
        elif line.startswith(("KILL", "CAPTURE")):
            name, *cells = line.split()
            tables[-1][name] = cells
    return tables


@pytest.fixture(scope="module")
def plotted(tmp_path_factory: pytest.TempPathFactory, schema: Schema) -> Ended:
    """The picture of the archive, in a folder that was not there."""
    folder = tmp_path_factory.mktemp("plot")
    return plot(event_types(archive(), folder, schema), folder / "images" / "archive.png")


class TestThePicture:
    def test_it_is_a_png_of_two_heat_maps_side_by_side_in_a_folder_made_for_it(self, plotted: Ended) -> None:
        assert plotted.code == 0, plotted.err
        content = plotted.picture.read_bytes()
        assert content.startswith(b"\x89PNG\r\n\x1a\n")
        width, height = struct.unpack(">II", content[16:24])
        assert width == 2 * height == 1560
        # A white page of this size has a few thousand bytes.
        assert len(content) > 10_000

    def test_it_is_an_svg_where_its_name_says_so_and_shows_the_counts(self, schema: Schema, tmp_path: Path) -> None:
        ended = plot(event_types(archive(), tmp_path, schema), tmp_path / "archive.svg")
        assert ended.code == 0, ended.err
        drawn = ended.picture.read_text(encoding="utf-8")
        # Matplotlib draws text as outlines and leaves the words in comments.
        for text in ("events by week, from Monday", "2015-07-27", "2015-08-03", "KILL", "CAPTURE", "75", "99", "25"):
            assert f"<!-- {text} -->" in drawn


class TestTheNumbersItPrints:
    def test_events_are_counted_by_type_and_week_from_monday_the_most_frequent_type_first(self, plotted: Ended) -> None:
        by_week, _ = printed_tables(plotted.out)
        assert list(by_week) == ["columns", "KILL", "CAPTURE"]
        assert by_week == {"columns": ["2015-07-27", "2015-08-03"], "KILL": ["75", "99"], "CAPTURE": ["0", "25"]}

    def test_a_source_with_few_events_is_not_among_the_sources(self, plotted: Ended) -> None:
        _, by_source = printed_tables(plotted.out)
        assert by_source == {"columns": ["الرياض"], "KILL": ["75"], "CAPTURE": ["25"]}

    def test_events_of_articles_that_repeat_others_are_left_out_and_it_says_how_many(self, plotted: Ended) -> None:
        assert plotted.out.splitlines()[-1] == "199 events counted; 3 in articles that repeat others left out"


class TestTheColumns:
    def test_date_and_source_may_have_other_names(self, schema: Schema, tmp_path: Path) -> None:
        documents = archive()
        for document in documents:
            document.metadata = {"day": document.metadata["date"], "الصحيفة": document.metadata["source"]}
        table = event_types(documents, tmp_path, schema)
        ended = plot(table, tmp_path / "x.png", "--date", "day", "--source", "الصحيفة")
        assert ended.code == 0, ended.err
        assert ended.picture.stat().st_size > 10_000
        assert ended.out.splitlines()[-1].startswith("199 events counted")

    def test_a_table_without_dates_is_refused_with_the_name_of_the_column(self, schema: Schema, tmp_path: Path) -> None:
        documents = archive()
        for document in documents:
            del document.metadata["date"]
        ended = plot(event_types(documents, tmp_path, schema), tmp_path / "x.png")
        assert ended.code == 1
        assert "'date'" in ended.err.splitlines()[-1]
        assert not ended.picture.exists()


class TestTheTable:
    def test_one_that_is_not_there_is_refused_with_its_name(self, tmp_path: Path) -> None:
        ended = plot(tmp_path / "archive.event_types.csv", tmp_path / "x.png")
        assert ended.code == 1
        assert str(tmp_path / "archive.event_types.csv") in ended.err.splitlines()[-1]
        assert not ended.picture.exists()

    def test_one_whose_dates_are_all_empty_gives_an_error_and_no_empty_picture(
        self, schema: Schema, tmp_path: Path
    ) -> None:
        documents = archive()
        for document in documents:
            document.metadata["date"] = ""
        ended = plot(event_types(documents, tmp_path, schema), tmp_path / "x.png")
        assert ended.code == 1
        assert not ended.picture.exists()
        assert ended.err.strip().endswith("has no event to count: 3 are repeated, 199 have no date")


class TestSmallOnes:
    def test_all_sources_are_shown_where_none_has_many_events_and_undated_ones_are_counted(
        self, schema: Schema, tmp_path: Path
    ) -> None:
        documents = [
            article("1", "{قُتل|KILL} خمسة مدنيين في حلب.", times=3, date="2015-08-03", source="الرياض"),
            article("2", "{سيطرت|CAPTURE} قسد على الرقة.", times=2, date="", source="واس"),
        ]
        ended = plot(event_types(documents, tmp_path, schema), tmp_path / "x.png")
        assert (ended.code, ended.picture.exists()) == (0, True)
        assert "3 events counted; 0 in articles that repeat others left out\n2 without a date left out" in ended.out
