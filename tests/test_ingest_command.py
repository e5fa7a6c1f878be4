"""``marsad annotate ingest`` from end to end: a project comes back, its changes are told, a corpus grows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from conftest import Marsad, Result
from corrected_projects import Change, corrected, export, project, saved_by_brat, schema_with_roles, suggestions

from trainer.data.check import check_corpus
from trainer.data.corpus import load_corpus
from trainer.documents import Argument, Document
from trainer.projects.project import KINDS, Kind


def person(document: Document) -> None:
    """Correct a suggestion: another label, other ends, one entity more, an argument, another type of event."""
    document.entities[0].label = "PER"
    old = document.entities.pop(1)
    document.add_entity(old.end - 3, old.end, old.label, id="T2")
    document.add_entity(old.end + 1, old.end + 4, "GPE", id="T3")
    document.events[0].type = "KILL"
    document.events[0].arguments = [Argument("PLACE", "T2")]


class Project:
    """A project in a folder, what came back of it, and the corpus that is to grow."""

    def __init__(self, folder: Path, kind: Kind, changes: Sequence[Change | None] = (person, None, None, None)) -> None:
        schema, given = schema_with_roles(folder), suggestions()
        done = [corrected(document, change) for document, change in zip(given, changes, strict=True)]
        self.folder = project(folder / "project", given, schema, kind)
        self.back = saved_by_brat(self.folder, done) if kind == "brat" else export(folder / "export", done, schema)
        self.corpus = folder / "mine" / "dataset.yaml"

    def ingest(self, marsad: Marsad, *more: str | Path) -> Result:
        return marsad("annotate", "ingest", self.back, "--project", self.folder, "--corpus", self.corpus, *more)


def rows(printed: str) -> dict[str, list[str]]:
    """Read the rows of printed tables: their first cell, and the others."""
    cells = [[cell.strip() for cell in line.strip("│").split("│")] for line in printed.splitlines() if "│" in line]
    return {first: others for first, *others in cells}


@pytest.mark.parametrize("kind", KINDS)
class TestAProjectThatComesBack:
    def test_becomes_a_corpus(self, marsad: Marsad, tmp_path: Path, kind: Kind) -> None:
        work = Project(tmp_path, kind)
        done = work.ingest(marsad)
        assert (done.code, done.err) == (0, "")
        assert f"{work.corpus}: made; documents added: train 4" in done.out
        first = load_corpus(work.corpus).splits["train"][0]
        assert [(entity.label, entity.text) for entity in first.entities] == [
            ("PER", "قوات النظام"),
            ("GPE", "حلب"),
            ("GPE", "أمس"),
        ]
        assert first.model is None
        assert first.sentences[0].event_types == {"KILL": 1.0}

    def test_tells_what_people_changed(self, marsad: Marsad, tmp_path: Path, kind: Kind) -> None:
        printed = Project(tmp_path, kind).ingest(marsad).out
        table = rows(printed)
        # Of 7 suggested entities one was relabelled, one got other ends; one was added: 5 of 8 are as they are now.
        assert table["entities"] == ["5", "1", "1", "0", "0", "1", "0.667"]
        assert table["event triggers"] == ["3", "1", "0", "0", "0", "0", "0.750"]
        assert table["arguments"] == ["0", "0", "0", "0", "0", "1", "0.000"]
        assert table["ARMED"] == ["PER", "entities", "1"]
        assert "3 of 4 sentences are as they were suggested" in printed

    def test_can_be_ingested_again(self, marsad: Marsad, tmp_path: Path, kind: Kind) -> None:
        work = Project(tmp_path, kind)
        work.ingest(marsad)
        before = {path.name: path.read_bytes() for path in work.corpus.parent.iterdir()}
        again = work.ingest(marsad)
        assert again.code == 0
        assert "4 documents were in the corpus already" in again.out
        assert "documents added: none" in again.out
        assert {path.name: path.read_bytes() for path in work.corpus.parent.iterdir()} == before

    def test_is_a_corpus_without_problems(self, marsad: Marsad, tmp_path: Path, kind: Kind) -> None:
        work = Project(tmp_path, kind)
        work.ingest(marsad)
        assert check_corpus(work.corpus).problems == []


class TestWhatIsTold:
    def test_is_in_the_json_file_too(self, marsad: Marsad, tmp_path: Path) -> None:
        work = Project(tmp_path, "label-studio")
        done = work.ingest(marsad, "--json", tmp_path / "told" / "report.json")
        assert f"written: {tmp_path / 'told' / 'report.json'}" in done.out
        report = json.loads((tmp_path / "told" / "report.json").read_text(encoding="utf-8"))
        assert report["version"] == 1
        assert report["models"] == ["marsad-tiny"]
        assert report["documents"] == {"corrected": ["a-0", "a-1", "a-2", "a-3"], "waiting": [], "left_out": []}
        assert report["differences"]["layers"]["entities"]["other_ends"] == 1
        assert {"layer": "entities", "text": "مدينة حلب", "change": "GPE, now حلب", "count": 1} in report[
            "differences"
        ]["strings"]
        assert report["corpus"]["added"] == {"train": ["a-0", "a-1", "a-2", "a-3"]}

    def test_is_not_lost_behind_a_corpus_that_has_grown(self, marsad: Marsad, tmp_path: Path) -> None:
        work = Project(tmp_path, "label-studio")
        done = work.ingest(marsad, "--json", tmp_path)
        assert done.code == 1
        assert f"{tmp_path} is a folder; name another output" in done.err
        assert not work.corpus.exists()

    def test_are_documents_that_are_left_out_which_is_a_failure_though_the_others_are_added(
        self, marsad: Marsad, tmp_path: Path
    ) -> None:
        work = Project(tmp_path, "label-studio", (lambda d: setattr(d.entities[0], "label", "CITY"), None, None, None))
        done = work.ingest(marsad)
        assert done.code == 1
        assert "tasks.json, task 1: the schema of the project has no label CITY; the document is left out" in done.err
        assert "3 corrected documents, 1 are left out" in done.out
        assert [document.id for document in load_corpus(work.corpus).splits["train"]] == ["a-1", "a-2", "a-3"]

    def test_are_documents_that_wait(self, marsad: Marsad, tmp_path: Path) -> None:
        work = Project(tmp_path, "brat")
        (work.folder / "a-2.ann").unlink()
        done = work.ingest(marsad)
        assert "3 corrected documents, 1 wait to be annotated (a-2)" in done.out
        assert "brat does not say which documents people have read" in done.out
        assert done.code == 0

    def test_is_annotation_to_look_at_again(self, marsad: Marsad, tmp_path: Path) -> None:
        work = Project(tmp_path, "brat", (lambda d: d.add_entity(32, 34, "GPE"), None, None, None))
        done = work.ingest(marsad)
        assert "look again: " in done.err
        assert "a-0.txt:1: T3 GPE 'أم' (32..34): cuts a word in two at 34" in done.err
        assert done.code == 0

    def test_is_a_sentence_that_the_corpus_has_nearly_so(self, marsad: Marsad, tmp_path: Path) -> None:
        work = Project(tmp_path, "brat")
        work.ingest(marsad)
        (tmp_path / "other").mkdir()
        other = Project(tmp_path / "other", "brat")
        for name in ("txt", "ann"):
            (other.folder / f"a-1.{name}").rename(other.folder / f"b-1.{name}")
        file = other.folder / "suggestions.jsonl"
        file.write_text(file.read_text(encoding="utf-8").replace('"a-1"', '"b-1"'), encoding="utf-8")
        other.corpus = work.corpus
        assert "look again: b-1 repeats a sentence of a-1 that the corpus had (100%)" in other.ingest(marsad).err

    def test_says_what_to_name_when_nothing_came_back(self, marsad: Marsad, tmp_path: Path) -> None:
        work = Project(tmp_path, "label-studio")
        work.back = work.folder  # the tasks as they were given, with predictions alone
        done = work.ingest(marsad)
        assert done.code == 1
        assert "has no annotated document of" in done.err
        assert "name the file that it exports" in done.err
        assert not work.corpus.exists()
