"""Exported models in environments without torch: the wheel with one runtime, installed from the package index.

Not among the tests that run by default, because it needs the index: ``bash scripts/test_slim.sh``.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import SENTENCES, TEXT
from environments import CHECKOUT, build_wheel, finished, install, run

from trainer.extras import EXTRAS
from trainer.inference.api import load

RUNTIMES = ("openvino", "onnx")
TEXTS = [TEXT, *SENTENCES]


@dataclass(frozen=True)
class Slim:
    """An environment with the wheel and one runtime; ``model`` was exported for it."""

    runtime: str
    bin: Path
    model: Path


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module", params=RUNTIMES)
def slim(
    request: pytest.FixtureRequest, wheel: Path, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Slim]:
    folder = tmp_path_factory.mktemp(request.param)
    install(folder / "venv", "-c", CHECKOUT / "constraints.txt", f"{wheel}[{request.param}]")
    run(sys.executable, "-m", "trainer", "export", tiny_model, folder / "model", "--to", request.param, cwd=folder)
    yield Slim(request.param, folder / "venv" / "bin", folder / "model")
    # pytest keeps the folders of three runs, and this one has half a gigabyte.
    shutil.rmtree(folder / "venv")


@pytest.fixture(scope="module")
def expected(tiny_model: Path) -> list[dict[str, Any]]:
    """What the model finds as it was trained, with torch."""
    documents = load(tiny_model, runtime="torch", device="cpu", precision="fp32").predict(TEXTS)
    assert any(document.entities for document in documents)
    assert any(document.events for document in documents)
    return [findings(document.to_dict()) for document in documents]


def findings(document: dict[str, Any]) -> dict[str, Any]:
    """Leave of a document's JSON what was found, without the scores, whose last digits differ."""
    return {
        "entities": [(entity["label"], entity["start"], entity["end"]) for entity in document["entities"]],
        "events": [(event["type"], event["trigger"]["start"], event["trigger"]["end"]) for event in document["events"]],
        "sentences": [sorted(sentence["event_types"]) for sentence in document["sentences"]],
        "model": document["model"],
    }


class TestTheEnvironment:
    def test_it_has_its_runtime_and_none_of_the_training_packages(self, slim: Slim, tmp_path: Path) -> None:
        program = (
            "import json, sys\n"
            "from importlib.util import find_spec\n"
            "print(json.dumps([name for name in sys.argv[1:] if find_spec(name)]))\n"
        )
        importable = json.loads(run(slim.bin / "python", "-c", program, *EXTRAS, cwd=tmp_path))
        assert [EXTRAS[package] for package in importable] == [slim.runtime]

    @pytest.mark.parametrize("arguments", [["train", "quickstart.yaml"], ["data", "build", "dataset.yaml"]])
    def test_what_needs_them_names_the_extra_in_one_sentence(
        self, slim: Slim, tmp_path: Path, arguments: list[str]
    ) -> None:
        ended = finished(slim.bin / "marsad", *arguments, cwd=tmp_path)
        assert ended.returncode == 1
        assert ended.stderr.startswith("error: this needs ")
        assert ended.stderr.endswith('pip install "marsad[train]"\n')
        assert ended.stderr.count("\n") == 1


class TestLabelling:
    def test_the_command_finds_what_the_model_finds_as_it_was_trained(
        self, slim: Slim, tmp_path: Path, expected: list[dict[str, Any]]
    ) -> None:
        rows = [json.dumps({"text": text}, ensure_ascii=False) for text in TEXTS]
        (tmp_path / "in.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
        outputs = [part for name in ("o.jsonl", "o.parquet", "o.csv", "o.html", "brat") for part in ("--output", name)]
        options = ("--model", slim.model, "--precision", "fp32", "--input", "in.jsonl", "--dedupe")
        run(slim.bin / "marsad", "predict", *options, *outputs, cwd=tmp_path)
        lines = (tmp_path / "o.jsonl").read_text(encoding="utf-8").splitlines()
        assert [findings(json.loads(line)) for line in lines] == expected
        assert "قوة مسلحة" in (tmp_path / "o.html").read_text(encoding="utf-8")

    def test_so_does_load(self, slim: Slim, tmp_path: Path, expected: list[dict[str, Any]]) -> None:
        assert labelled_by_load(slim, slim.model, tmp_path) == expected

    def test_and_it_takes_an_export_that_lies_in_the_folder_of_the_model(
        self, slim: Slim, model_copy: Path, tmp_path: Path, expected: list[dict[str, Any]]
    ) -> None:
        shutil.copytree(slim.model, model_copy / slim.runtime)
        named = [{**document, "model": {**document["model"], "name": "copy"}} for document in expected]
        assert labelled_by_load(slim, model_copy, tmp_path) == named


class TestEvents:
    def test_a_table_of_events_needs_no_more_than_labelling_does(self, slim: Slim, tmp_path: Path) -> None:
        rows = [json.dumps({"id": str(n), "text": text}, ensure_ascii=False) for n, text in enumerate(TEXTS)]
        (tmp_path / "in.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
        model = ("--model", slim.model, "--precision", "fp32")
        outputs = [part for name in ("e.csv", "e.parquet", "e.jsonl", "e.html") for part in ("--output", name)]
        run(slim.bin / "marsad", "events", "in.jsonl", *model, *outputs, cwd=tmp_path)
        run(slim.bin / "marsad", "predict", "--input", "in.jsonl", *model, "--output", "o.jsonl", cwd=tmp_path)
        run(slim.bin / "marsad", "events", "o.jsonl", "--labelled", "--output", "labelled.csv", cwd=tmp_path)
        table = (tmp_path / "e.csv").read_text(encoding="utf-8-sig")
        assert table.count("\n") > 1
        assert (tmp_path / "labelled.csv").read_text(encoding="utf-8-sig") == table


def labelled_by_load(slim: Slim, model: Path, folder: Path) -> list[dict[str, Any]]:
    """Label the texts in a program that imports the package."""
    program = (
        "import json, sys\n"
        "from trainer import load\n"
        "model = load(sys.argv[1], precision='fp32')\n"
        "documents = model.predict(json.load(open('texts.json', encoding='utf-8')))\n"
        "print(json.dumps([model.runtime, [document.to_dict() for document in documents]]))\n"
    )
    (folder / "texts.json").write_text(json.dumps(TEXTS), encoding="utf-8")
    runtime, documents = json.loads(run(slim.bin / "python", "-c", program, model, cwd=folder))
    assert runtime == slim.runtime
    return [findings(document) for document in documents]
