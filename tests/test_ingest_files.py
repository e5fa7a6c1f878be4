"""The files in which projects come back: folders of brat, and the forms in which Label Studio exports tasks."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from corrected_projects import project, schema_with_roles, suggestions, without_trace

from trainer.projects.corrected import read_corrections
from trainer.schema import Schema


@pytest.fixture
def schema(tmp_path: Path) -> Schema:
    return schema_with_roles(tmp_path)


class TestFilesOfBrat:
    @pytest.fixture
    def folder(self, tmp_path: Path, schema: Schema) -> Path:
        return project(tmp_path / "project", suggestions(), schema, "brat")

    def test_that_are_broken_are_named_with_their_line(self, folder: Path) -> None:
        (folder / "a-1.ann").write_text("T1\tGPE 2 900\tإدلب\n", encoding="utf-8")
        found = read_corrections(folder, folder)
        (told,) = found.left_out
        assert "a-1.ann:1: span 2..900 does not lie in the text" in told
        assert len(found.pairs) == 3
        assert found.waiting == []

    def test_without_a_text_are_named(self, folder: Path) -> None:
        (folder / "a-1.txt").unlink()
        found = read_corrections(folder, folder)
        assert "a-1.txt is missing; the document is left out" in found.left_out[0]

    def test_without_annotation_wait(self, folder: Path) -> None:
        (folder / "a-1.ann").unlink()
        assert read_corrections(folder, folder).waiting == ["a-1"]

    def test_may_say_what_no_document_holds_which_is_noted(self, folder: Path) -> None:
        with (folder / "a-0.ann").open("a", encoding="utf-8") as file:
            file.write("#1\tAnnotatorNotes T1\tأليست هذه مدينة؟\n")
        (note,) = read_corrections(folder, folder).notes
        assert "a note" in note


class TestExportsOfLabelStudio:
    @pytest.fixture
    def folder(self, tmp_path: Path, schema: Schema) -> Path:
        return project(tmp_path / "project", suggestions(), schema)

    @staticmethod
    def tasks(folder: Path, **added: Any) -> list[dict[str, Any]]:
        """Return the tasks as an export has them: numbered, each submitted as it was suggested."""
        tasks = json.loads((folder / "tasks.json").read_text(encoding="utf-8"))
        for number, task in enumerate(tasks, start=101):
            results = copy.deepcopy(task["predictions"][0]["result"])
            for result in results:
                result.pop("score", None)
            task.update(id=number, annotations=[{"id": number, "completed_by": 1, "result": results, **added}])
        return tasks

    @staticmethod
    def save(path: Path, tasks: Any) -> Path:
        path.write_text(json.dumps(tasks, ensure_ascii=False), encoding="utf-8")
        return path

    def test_may_be_a_task_a_line(self, tmp_path: Path, folder: Path) -> None:
        path = tmp_path / "export.jsonl"
        lines = [json.dumps(task, ensure_ascii=False) + "\n" for task in self.tasks(folder)]
        path.write_text("".join(lines), encoding="utf-8")
        found = read_corrections(path, folder)
        assert [document.to_dict() for document in found.documents] == [without_trace(d) for d in suggestions()]

    def test_in_the_short_form_are_found_by_their_text(self, tmp_path: Path, folder: Path) -> None:
        short = []
        for task in self.tasks(folder):
            regions: dict[str, Any] = {}
            for result in task["annotations"][0]["result"]:
                regions.setdefault(result["from_name"], []).append(result["value"])
            # The number of the task takes the place of the document's id.
            short.append({**task["data"], "id": task["id"], "annotation_id": 1, **regions})
        found = read_corrections(self.save(tmp_path / "min.json", short), folder)
        assert [document.to_dict() for document in found.documents] == [without_trace(d) for d in suggestions()]
        assert any("JSON-MIN has no relations" in note for note in found.notes)

    def test_that_nobody_submitted_wait(self, tmp_path: Path, folder: Path) -> None:
        tasks = self.tasks(folder)
        tasks[1]["annotations"] = []
        tasks[2]["annotations"][0]["was_cancelled"] = True
        found = read_corrections(self.save(tmp_path / "export.json", tasks), folder)
        assert found.waiting == ["a-1", "a-2"]
        assert found.left_out == []

    def test_that_hold_a_task_twice_give_the_first(self, tmp_path: Path, folder: Path) -> None:
        tasks = self.tasks(folder)
        found = read_corrections(self.save(tmp_path / "export.json", [*tasks, tasks[3]]), folder)
        assert len(found.pairs) == 4
        assert "task 5: document a-3 stands here twice; the first is read" in found.left_out[0]

    def test_with_a_broken_task_keep_the_others(self, tmp_path: Path, folder: Path) -> None:
        tasks = self.tasks(folder)
        tasks[0]["annotations"][0]["result"] = "?"
        found = read_corrections(self.save(tmp_path / "export.json", tasks), folder)
        assert found.waiting == ["a-0"]
        assert "task 1: the annotation has no list of results; the task is left out" in found.notes[0]

    def test_that_are_no_json_are_an_error_with_the_line(self, tmp_path: Path, folder: Path) -> None:
        path = tmp_path / "export.json"
        path.write_text('[\n{"data": \n', encoding="utf-8")
        with pytest.raises(ValueError, match=r"export\.json:3: broken JSON"):
            read_corrections(path, folder)
