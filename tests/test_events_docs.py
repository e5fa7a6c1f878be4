"""docs/events.md has the columns of the code; the blocks of docs/events-notebook.md print what stands below them."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import fields
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import regex
from conftest import Marsad
from environments import CHECKOUT

from trainer.records.record import Claim, EventRecord, Mention, Side, When, Where

REFRESH = "a page is out of date: python scripts/refresh_events_pages.py"


def script() -> ModuleType:
    path = CHECKOUT / "scripts" / "refresh_events_pages.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


refresh = script()
PAGE = refresh.PAGE.read_text(encoding="utf-8")
NOTEBOOK = refresh.NOTEBOOK.read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, marsad: Marsad) -> Path:
    """The folder of somebody who has run the page's command."""
    (tmp_path / "data").symlink_to(CHECKOUT / "data")
    monkeypatch.chdir(tmp_path)
    for words in refresh.commands(NOTEBOOK):
        assert words[:2] == ["marsad", "events"]
        result = marsad(*words[1:])
        assert result.code == 0, result.err
    return tmp_path


def names(kind: type) -> set[str]:
    return {field.name for field in fields(kind)}


def test_the_columns_are_those_of_the_table() -> None:
    assert refresh.with_columns(PAGE) == PAGE, REFRESH


def test_every_block_of_python_prints_what_stands_below_it(folder: Path) -> None:
    assert len(regex.findall("```python\n", NOTEBOOK)) > 4
    assert refresh.with_outputs(NOTEBOOK, "python", folder) == NOTEBOOK, REFRESH
    assert (folder / "points.csv").stat().st_size > 0


@pytest.mark.skipif(not refresh.has_r(), reason="there is no Rscript")
def test_every_block_of_r_prints_what_stands_below_it(folder: Path) -> None:
    assert len(regex.findall("```r\n", NOTEBOOK)) > 2
    assert refresh.with_outputs(NOTEBOOK, "r", folder) == NOTEBOOK, REFRESH


def test_the_line_of_json_has_the_shape_of_records() -> None:
    (block,) = regex.findall("```json\n(.*?)```", PAGE, regex.DOTALL)
    record: dict[str, Any] = json.loads(block)["record"]
    assert set(record) == names(EventRecord)
    shown = EventRecord.from_dict(record)
    assert json.loads(json.dumps(shown.to_dict())) == record
    parts = {
        Mention: record["mentions"][0],
        When: record["when"],
        Where: record["where"],
        Side: record["side_b"][0],
        Claim: record["outcomes"]["fatalities"][0],
    }
    for kind, part in parts.items():
        assert set(part) == names(kind)


def test_the_line_of_json_is_one_that_the_command_writes(marsad: Marsad, tmp_path: Path) -> None:
    (block,) = regex.findall("```json\n(.*?)```", PAGE, regex.DOTALL)
    told = json.loads(block)
    output = tmp_path / "events.jsonl"
    assert marsad("events", CHECKOUT / "data" / "dataset.yaml", "--labelled", "--output", output).code == 0
    lines = map(json.loads, output.read_text(encoding="utf-8").splitlines())
    (found,) = (line for line in lines if line["event_id"] == told["event_id"])
    assert {key: found[key] for key in told if key not in ("…", "record")} == {
        key: value for key, value in told.items() if key not in ("…", "record")
    }
    shown, whole = told["record"], found["record"]
    # The page shows half of the mentions, and of the claims those of the dead.
    assert [mention for mention in whole["mentions"] if mention in shown["mentions"]] == shown["mentions"]
    whole["outcomes"] = {name: whole["outcomes"][name] for name in shown["outcomes"]}
    assert whole | {"mentions": shown["mentions"]} == shown
