"""``marsad events`` over an archive: stopped in any way it goes on, and with other rules it is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Marsad, marked_document
from killed_processes import start, was_killed
from test_archive_run import contents, failing_at, run, run_until_change

from trainer.archive import labelled_input, labelling
from trainer.archive import parts as parts_module
from trainer.documents import Argument, Document
from trainer.formats.jsonl import document_to_json
from trainer.records.maker import RecordMaker
from trainer.records.record import EventRecord

SENTENCES = (
    "{قصف|SHELLING} [قوات النظام|ARMED] [مدينة حلب|GPE]، و{قُتل|KILL} [خمسة|CARDINAL] مدنيين.",
    "{سيطرت|CAPTURE} [قسد|ARMED] على [الرقة|GPE].",
    "{قصفت|SHELLING} [قوات النظام|ARMED] [إدلب|GPE].",
)
ARGUMENTS = ((("AGENT", 0), ("PLACE", 1)), (("AGENT", 0), ("PLACE", 1)), (("AGENT", 0), ("PLACE", 1)))
DOCUMENTS = 17
BROKEN_LINES = (4, 11)
OUTPUTS = ("out.csv", "out.parquet", "out.jsonl", "out.html")
MY_ACTORS = """\
actors:
  Rebel Group:
    - {name: قوات سوريا الديمقراطية, en: My Name for SDF, aliases: [قسد]}
"""


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts_module, "PART_ITEMS", 3)


def article(number: int) -> Document:
    kind = number % len(SENTENCES)
    document = marked_document([SENTENCES[kind]], f"d{number}")
    document.metadata = {"date": f"2015-05-{number + 1:02}", "outlet": "وكالة"}
    document.events[0].arguments = [Argument(role, f"T{index + 1}") for role, index in ARGUMENTS[kind]]
    return document


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Labelled documents in six parts, with two lines that are broken."""
    lines = ["{broken" if number in BROKEN_LINES else document_to_json(article(number)) for number in range(DOCUMENTS)]
    path = tmp_path / "labelled.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """The same documents without their labels."""
    lines = [
        json.dumps({"id": document.id, "text": document.text, **document.metadata})
        for document in map(article, range(DOCUMENTS))
    ]
    path = tmp_path / "texts.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def arguments(archive: Path, folder: Path, *more: str) -> list[str]:
    outputs = [argument for name in OUTPUTS for argument in ("--output", str(folder / name))]
    return ["events", str(archive), "--labelled", *outputs, *more]


def records_in(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def stopped_at(number: int, parts_as_read: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``parts_as_read`` as a user stops it, with Ctrl-C, at a part."""

    def stopped(parts: Any) -> Iterator[Any]:
        for part, labelled in parts_as_read(parts):
            if part.number == number:
                raise KeyboardInterrupt
            yield part, labelled

    return stopped


class TestKilled:
    def test_before_any_change_on_the_disk_it_goes_on_to_the_same_results(self, archive: Path, tmp_path: Path) -> None:
        log = tmp_path / "log"
        given = arguments(archive, tmp_path / "whole")
        assert not was_killed(start(run_until_change, given, str(tmp_path / "whole"), -1, log=log), log)
        expected = contents(tmp_path / "whole")
        assert set(expected) == {*OUTPUTS, "out.csv.rejects.jsonl"}
        # The last are those of the locks, when nothing is left of the run that it could be known by.
        changes = int(log.read_text(encoding="utf-8").split("changes")[-1]) - len(OUTPUTS)
        for moment in range(0, changes, changes // 12):
            folder, log = tmp_path / f"run-{moment}", tmp_path / f"{moment}.log"
            given = arguments(archive, folder)
            assert was_killed(start(run_until_change, given, str(folder), moment, log=log), log)
            assert not was_killed(start(run, given, log=log), log)
            assert contents(folder) == expected, folder.name


class TestGoingOn:
    @pytest.fixture
    def interrupted(self, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, marsad: Marsad) -> list[str]:
        """Run until the third part, with an actors file, and return the command."""
        (tmp_path / "mine.yaml").write_text(MY_ACTORS, encoding="utf-8")
        given = ["events", str(archive), "--labelled", "--actors", str(tmp_path / "mine.yaml")]
        given += ["--output", str(tmp_path / "o.jsonl")]
        with monkeypatch.context() as patch:
            patch.setattr(labelled_input, "parts_as_read", stopped_at(2, labelled_input.parts_as_read))
            assert marsad(*given).code == 130
        assert len(list((tmp_path / "o.jsonl.parts").glob("part-*"))) == 2
        return given

    def test_the_same_command_ends_as_if_nothing_had_happened(
        self, interrupted: list[str], tmp_path: Path, marsad: Marsad
    ) -> None:
        assert marsad(*interrupted).code == 3
        whole = [*interrupted[:-1], str(tmp_path / "whole.jsonl")]
        assert marsad(*whole).code == 3
        assert (tmp_path / "o.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
        documents = list(dict.fromkeys(record["document_id"] for record in records_in(tmp_path / "o.jsonl")))
        assert documents == [f"d{number}" for number in range(DOCUMENTS) if number not in BROKEN_LINES]
        assert not (tmp_path / "o.jsonl.parts").exists()

    def test_with_another_content_of_the_actors_file_it_is_refused(
        self, interrupted: list[str], tmp_path: Path, marsad: Marsad
    ) -> None:
        (tmp_path / "mine.yaml").write_text(MY_ACTORS.replace("My Name", "Another Name"), encoding="utf-8")
        result = marsad(*interrupted)
        assert result.code == 1
        assert 'actors was ["mine.yaml ' in result.err
        assert "--overwrite" in result.err

    @pytest.mark.parametrize(
        ("options", "difference"),
        [
            (["--date-column", "outlet"], 'date_column was not set and is "outlet"'),
            (["--source-column", "date"], 'source_column was not set and is "date"'),
            (["--dedupe"], "dedupe was false and is true"),
        ],
    )
    def test_with_other_options_it_is_refused(
        self, interrupted: list[str], options: list[str], difference: str, marsad: Marsad
    ) -> None:
        result = marsad(*interrupted, *options)
        assert result.code == 1
        assert difference in result.err

    def test_with_other_labels_in_what_is_finished_it_is_refused(
        self, interrupted: list[str], archive: Path, marsad: Marsad
    ) -> None:
        content = archive.read_text(encoding="utf-8")
        archive.write_text(content.replace('"type": "SHELLING"', '"type": "ATTACK"', 1), encoding="utf-8")
        result = marsad(*interrupted)
        assert result.code == 1
        assert f"the input is not what it was when this run began (from {archive}:1 on)" in result.err

    def test_a_run_of_predict_into_the_same_output_is_not_taken_for_one_of_events(
        self, tiny_model: Path, texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, marsad: Marsad
    ) -> None:
        given = ["--model", str(tiny_model), "--output", str(tmp_path / "x.csv")]
        with monkeypatch.context() as patch:
            patch.setattr(labelling, "label_part", failing_at(1, labelling.label_part))
            assert marsad("predict", "--input", texts, *given).code == 130
        result = marsad("events", texts, *given)
        assert result.code == 1
        assert 'makes was not set and is "event records"' in result.err


class TestADocumentThatFails:
    def test_it_is_listed_in_its_place_and_the_others_are_not_lost(
        self, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, marsad: Marsad
    ) -> None:
        records = RecordMaker.records

        def failing(self: RecordMaker, document: Document) -> list[EventRecord]:
            if document.id == "d3":
                raise KeyError("مدينة")
            return records(self, document)

        monkeypatch.setattr(RecordMaker, "records", failing)
        assert marsad(*arguments(archive, tmp_path / "new")).code == 3
        rejects = records_in(tmp_path / "new" / "out.csv.rejects.jsonl")
        assert [(reject["line"], reject["id"]) for reject in rejects] == [(4, "d3"), (5, None), (12, None)]
        assert rejects[0]["reason"] == "no event records can be made of it: KeyError: 'مدينة'"
        documents = {record["document_id"] for record in records_in(tmp_path / "new" / "out.jsonl")}
        assert documents == {f"d{number}" for number in range(DOCUMENTS) if number not in (*BROKEN_LINES, 3)}

    def test_records_are_made_once_for_all_tables(
        self, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, marsad: Marsad
    ) -> None:
        made: list[str] = []
        records = RecordMaker.records
        monkeypatch.setattr(
            RecordMaker, "records", lambda self, document: made.append(document.id) or records(self, document)
        )
        marsad(*arguments(archive, tmp_path / "new"))
        assert made == [f"d{number}" for number in range(DOCUMENTS) if number not in BROKEN_LINES]


class TestTexts:
    def test_events_of_texts_are_those_of_what_predict_writes(
        self, tiny_model: Path, texts: Path, tmp_path: Path, marsad: Marsad
    ) -> None:
        given = ("--model", tiny_model)
        assert marsad("events", texts, *given, "--output", tmp_path / "at-once.csv").code == 0
        for name in ("labelled.jsonl.gz", "labelled.parquet"):
            predicted = tmp_path / "predicted" / name
            assert marsad("predict", "--input", texts, *given, "--output", predicted).code == 0
            table = tmp_path / f"{name}.csv"
            assert marsad("events", predicted, "--labelled", "--output", table).code == 0
            assert table.read_bytes() == (tmp_path / "at-once.csv").read_bytes()
        assert len((tmp_path / "at-once.csv").read_text(encoding="utf-8").splitlines()) > DOCUMENTS // 2

    def test_stopped_it_goes_on_and_labels_no_part_again(
        self, tiny_model: Path, texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, marsad: Marsad
    ) -> None:
        given = ["events", str(texts), "--model", str(tiny_model), "--output"]
        with monkeypatch.context() as patch:
            patch.setattr(labelling, "label_part", failing_at(3, labelling.label_part))
            result = marsad(*given, tmp_path / "o.csv")
        assert result.code == 130
        assert "finished parts are kept, and the same command goes on from there" in result.err
        numbers: list[int] = []
        label_part = labelling.label_part

        def noted(predictor: Any, part: Any, options: Any) -> Any:
            numbers.append(part.number)
            return label_part(predictor, part, options)

        monkeypatch.setattr(labelling, "label_part", noted)
        assert marsad(*given, tmp_path / "o.csv").code == 0
        assert sorted(numbers) == [3, 4, 5]
        assert marsad(*given, tmp_path / "whole.csv").code == 0
        assert (tmp_path / "o.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
