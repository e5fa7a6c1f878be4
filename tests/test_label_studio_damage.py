"""Files that are broken Label Studio tasks or none: each problem with its place, and other JSON told apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from label_studio_files import (
    TEXT,
    Reports,
    complete_document,
    project_schema,
    read,
    region,
    task,
    write,
    write_tasks,
)

from trainer.documents import Document
from trainer.formats.label_studio import is_label_studio, read_label_studio
from trainer.schema import Schema


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("label-studio")


@pytest.fixture(scope="module")
def schema(folder: Path) -> Schema:
    return project_schema(folder)


class TestBrokenFiles:
    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            (b'[\n{"data": {}},\n{"data" }\n]', r"a\.json:3: broken JSON"),
            (b'[\n{"data": "\xff"}]', r"a\.json:2: not UTF-8 \(byte 12\)"),
            (b"[" * 200_000, r"a\.json: JSON nested too deeply"),
            (b'{"data": {}}\n{"data": {}}', r"a\.json:2: broken JSON .*name it \.jsonl"),
        ],
    )
    def test_what_is_no_json_is_an_error_with_its_line(self, tmp_path: Path, content: bytes, problem: str) -> None:
        (tmp_path / "a.json").write_bytes(content)
        with pytest.raises(ValueError, match=problem):
            read_label_studio(tmp_path / "a.json", Reports())

    @pytest.mark.parametrize(
        ("broken", "problem"),
        [
            (5, "no Label Studio task"),
            ({"text": TEXT}, "no Label Studio task"),
            ({"data": {"text": TEXT}, "annotations": [{"result": "قسد"}]}, "the annotation has no list of results"),
            ({"data": {"n": 1}, "annotations": [{"result": []}]}, "its data has no text, only 'n'"),
        ],
    )
    def test_a_broken_task_is_reported_and_the_others_are_read(self, folder: Path, broken: Any, problem: str) -> None:
        documents, reports = read(folder / "a.json", [broken, task(TEXT, region(TEXT, "قسد", "ARMED"))])
        assert len(documents) == 1
        assert [place for place, _ in reports.about(problem)] == [f"{folder / 'a.json'}, task 1"]

    def test_a_broken_line_is_reported_and_the_others_are_read(self, folder: Path) -> None:
        good = json.dumps(task(TEXT, region(TEXT, "قسد", "ARMED")))
        documents, reports = read(folder / "a.jsonl", f"{good[:-5]}\n{good}\n")
        assert len(documents) == 1
        assert [place for place, _ in reports.about("broken JSON")] == [f"{folder / 'a.jsonl'}:1"]

    def test_equal_problems_are_reported_once_with_their_number(self, folder: Path) -> None:
        _, reports = read(folder / "a.json", [task(TEXT, annotations=[])] * 3)
        assert reports == [
            (f"{folder / 'a.json'}, task 1", "a task with no annotations is left out (3 times in this file)")
        ]

    @pytest.mark.parametrize("spans", [5, [[0]], [[0, 999]], [[3, 2]], [[0, 4], [2, 6]], [[True, 3]]])
    def test_damaged_segmentation_is_reported(self, folder: Path, spans: Any) -> None:
        item = task(TEXT, region(TEXT, "قسد", "ARMED"))
        item["data"]["marsad"] = {"layers": ["entities"], "words": spans, "sentences": spans}
        (document,), reports = read(folder / "a.json", [item])
        assert (document.words, len(document.sentences)) == (Document.from_text(TEXT).words, 2)
        assert len(reports.about("are no offsets of this text")) == 2

    @given(st.data())
    def test_no_value_anywhere_in_a_task_breaks_the_reader(self, folder: Path, schema: Schema, data: Any) -> None:
        document = complete_document()
        ((whole,), _) = write(folder / "odd", [document], schema)
        places = list(_places(whole))
        for _ in range(data.draw(st.integers(1, 4))):
            holder, key = data.draw(st.sampled_from(places))
            holder[key] = data.draw(
                st.sampled_from([None, True, -1, 10**9, 0.5, "", "قسد", [], [None], [[]], {}, {"start": 0}, "sentence"])
            )
        path = folder / "odd.json"
        path.write_text(json.dumps([whole]), encoding="utf-8")
        for which in ("annotations", "predictions"):
            reports = Reports()
            found = read_label_studio(path, reports, which=which)
            assert found or reports
            assert all(
                document.text[span.start : span.end] == span.text
                for document in found
                for span in (*document.words, *document.entities, *(event.trigger for event in document.events))
            )


def _places(value: Any) -> Any:
    """Yield every place in a value of JSON, as what holds it and its key there."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])


class TestKnowingTheFormat:
    def test_a_project_and_its_folder(self, folder: Path, schema: Schema) -> None:
        write(folder / "known", [complete_document()], schema)
        assert is_label_studio(folder / "known")
        assert is_label_studio(folder / "known" / "tasks.json")

    def test_a_first_task_that_is_longer_than_what_is_looked_at(self, folder: Path) -> None:
        item = task(TEXT, region(TEXT, "قسد", "ARMED"))
        long = {"annotations": item["annotations"], "data": {"text": "قسد " * 600_000}}
        assert is_label_studio(write_tasks(folder / "long.json", [long]))
        assert not is_label_studio(write_tasks(folder / "long.json", [{"data": "قسد " * 600_000}]))

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("a.json", "[]"),
            ("a.json", "{}"),
            ("a.json", "[1, 2]"),
            ("a.json", ""),
            ("a.json", "[" * 200_000),
            ("a.json", '{"data": [{"text": "قسد"}]}'),
            ("a.json", '{"data": {"text": "قسد"}}'),
            ("a.jsonl", '{"text": "قسد", "label": [[0, 3, "ARMED"]]}'),
            ("a.jsonl", '{"text": "قُتل خمسة", "labels": ["KILL"]}'),
            ("a.jsonl", '{"version": 1, "id": "1", "text": "قسد", "sentences": [{"start": 0, "end": 3}]}'),
            ("a.txt", '[{"data": {"text": "قسد"}, "annotations": []}]'),
        ],
    )
    def test_other_files_are_not_taken_for_it(self, folder: Path, name: str, content: str) -> None:
        assert not is_label_studio(write_tasks(folder / name, content))

    def test_what_does_not_exist_is_not_it(self, folder: Path) -> None:
        assert not is_label_studio(folder / "missing.json")

    @given(st.binary(max_size=60))
    def test_any_bytes_are_looked_at_without_an_error(self, folder: Path, content: bytes) -> None:
        (folder / "bytes.json").write_bytes(content)
        assert is_label_studio(folder / "bytes.json") is False  # a task is longer than this
