"""Export of whole models for OpenVINO and ONNX Runtime: folders that label as the model does, nothing half written."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from conftest import SENTENCES, TEXT, Marsad

from trainer.documents import Document
from trainer.export import fast_parity
from trainer.export.fast_run import export_fast
from trainer.export.folder import PROVENANCE_FILE
from trainer.export.int8 import calibration_and_rest
from trainer.inference.model_files import ModelFiles
from trainer.inference.predictor import Predictor
from trainer.inference.runtimes import choose

RUNTIMES = ("openvino", "onnx")
FILES = {
    "openvino": {"model.xml", "model.bin"},
    "onnx": {"model.onnx"},
}
DESCRIPTION = {"README.md", "config.json", "schema.yaml", "thresholds.json", "tokenizer.json", PROVENANCE_FILE}


def test_nothing_is_reported_to_the_makers_of_the_tools(tmp_path: Path) -> None:
    # What they report needs an identity, which they keep in the home directory.
    program = """
from trainer.inference.usage_data import no_usage_data
with no_usage_data():
    import nncf, openvino.tools.ovc
"""
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "PYTEST_CURRENT_TEST")}
    home = tmp_path / "home"
    home.mkdir()
    subprocess.run([sys.executable, "-c", program], env={**environment, "HOME": str(home)}, check=True)
    assert not list(home.rglob("*ga_cid*"))


@pytest.fixture(scope="module")
def exports(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The tiny model for each runtime."""
    folder = tmp_path_factory.mktemp("exports")
    for runtime in RUNTIMES:
        export_fast(tiny_model, folder / runtime, runtime)
    return {runtime: folder / runtime for runtime in RUNTIMES}


def labels(predictor: Predictor) -> list[Any]:
    """What a model finds in a text of three sentences and in the tiny corpus."""
    documents = predictor.predict([TEXT, "\n".join(SENTENCES)])
    return [
        (
            [(entity.start, entity.end, entity.label) for entity in document.entities],
            [(event.trigger.start, event.trigger.end, event.type) for event in document.events],
            [list(sentence.event_types) for sentence in document.sentences],
        )
        for document in documents
    ]


def opened(folder: Path) -> Predictor:
    return Predictor(folder, choose(ModelFiles.of(folder), device="cpu", precision="fp32"))


@pytest.mark.parametrize("runtime", RUNTIMES)
class TestFolder:
    def test_it_holds_the_graph_and_what_labelling_needs(self, runtime: str, exports: dict[str, Path]) -> None:
        assert {path.name for path in exports[runtime].iterdir()} == FILES[runtime] | DESCRIPTION

    def test_it_labels_as_the_model_does(self, runtime: str, exports: dict[str, Path], tiny_model: Path) -> None:
        expected = labels(Predictor(tiny_model))
        assert any(entities for entities, _, _ in expected)
        assert labels(opened(exports[runtime])) == expected

    def test_it_says_which_model_it_was_made_of(self, runtime: str, exports: dict[str, Path], tiny_model: Path) -> None:
        provenance = json.loads((exports[runtime] / PROVENANCE_FILE).read_text(encoding="utf-8"))
        assert {**Predictor(tiny_model).info, "runtime": runtime, "int8": False}.items() <= provenance.items()

    def test_the_readme_names_the_labels_of_every_head(
        self, runtime: str, exports: dict[str, Path], tiny_model: Path
    ) -> None:
        page = (exports[runtime] / "README.md").read_text(encoding="utf-8")
        for head in json.loads((tiny_model / "config.json").read_text(encoding="utf-8"))["heads"]:
            assert f"`{head['name']}`" in page
            assert all(label in page for label in head["labels"])


class TestWriting:
    def test_without_an_output_it_goes_where_loading_the_model_finds_it(self, model_copy: Path) -> None:
        export_fast(model_copy, runtime="onnx")
        assert choose(ModelFiles.of(model_copy), device="cpu", precision="fp32").runtime == "onnx"

    def test_a_model_that_differs_is_an_error_and_an_earlier_export_stays(
        self, model_copy: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        export_fast(model_copy, runtime="onnx")
        before = {path: path.stat().st_mtime_ns for path in sorted((model_copy / "onnx").iterdir())}
        monkeypatch.setattr(fast_parity, "TOLERANCE", -1.0)
        with pytest.raises(ValueError, match=r"differs from the model by .* nothing was written"):
            export_fast(model_copy, runtime="onnx")
        assert {path: path.stat().st_mtime_ns for path in sorted((model_copy / "onnx").iterdir())} == before
        assert not list(model_copy.glob("onnx.*"))

    def test_a_folder_with_something_else_in_it_is_kept(self, tiny_model: Path, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").write_text("keep", encoding="utf-8")
        with pytest.raises(FileExistsError, match="no earlier export"):
            export_fast(tiny_model, tmp_path, "openvino")
        assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]

    def test_an_export_cannot_be_exported_again(self, exports: dict[str, Path], tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="exported for onnx"):
            export_fast(exports["onnx"], tmp_path / "again", "openvino")

    def test_an_operation_that_cannot_be_traced_is_an_error_that_names_the_encoder(
        self, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*arguments: object) -> None:
            raise RuntimeError("no such operation\nand a long story")

        monkeypatch.setattr("trainer.export.fast_run._WRITERS", {"onnx": fail})
        with pytest.raises(ValueError, match=r"type 'bert' cannot be exported for onnx: no such operation$"):
            export_fast(tiny_model, tmp_path / "out", "onnx")
        assert not (tmp_path / "out").exists()


class TestPackages:
    @pytest.mark.parametrize(
        ("runtime", "int8", "package", "extra"),
        [
            ("openvino", False, "openvino", "openvino"),
            ("onnx", False, "onnxruntime", "onnx"),
            ("onnx", False, "onnx", "export"),
            ("openvino", True, "nncf", "export"),
            ("onnx", True, "nncf", "export"),
        ],
    )
    def test_a_missing_one_is_named_with_the_extra_that_brings_it(
        self, runtime: str, int8: bool, package: str, extra: str, marsad: Marsad, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        find_spec = importlib.util.find_spec
        monkeypatch.setattr("trainer.extras.find_spec", lambda name: None if name == package else find_spec(name))
        options = ("--int8", "--input", "texts") if int8 else ()
        result = marsad("export", "model", "--to", runtime, *options)
        assert result.code == 1
        assert f'needs {package}, not installed here: pip install "marsad[{extra}]"' in result.err


class TestCommand:
    @pytest.mark.parametrize("runtime", RUNTIMES)
    def test_it_shows_how_much_is_identical(
        self, runtime: str, tiny_model: Path, tmp_path: Path, marsad: Marsad
    ) -> None:
        result = marsad("export", tiny_model, tmp_path / "out", "--to", runtime)
        assert result.code == 0
        assert (tmp_path / "out" / PROVENANCE_FILE).is_file()
        assert "largest difference of logits" in result.out
        assert all(layer in result.out for layer in ("entities", "triggers", "event types"))

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("--to", "tflite"), "give one of transformers, openvino, onnx"),
            (("--to", "openvino", "--head", "entity"), "has all heads: leave out --head"),
            (("--to", "onnx", "--int8"), "--int8 needs text"),
            (("out", "--head", "entity", "--int8"), "--int8 goes with --to openvino"),
            (("--head", "entity"), "needs OUTPUT"),
            (("out",), "needs OUTPUT"),
        ],
    )
    def test_options_that_do_not_go_together_are_an_error(
        self, arguments: tuple[str, ...], message: str, marsad: Marsad
    ) -> None:
        result = marsad("export", "model", *arguments)
        assert result.code == 1
        assert message in result.err


class TestInt8:
    @pytest.mark.parametrize("runtime", RUNTIMES)
    def test_the_graph_is_smaller_and_what_it_finds_is_compared(
        self, runtime: str, tiny_model: Path, exports: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fast_parity, "LEAST_IDENTICAL", 0.0)  # the weights of two tiny layers round badly
        monkeypatch.setattr(fast_parity, "choose", partial(choose, precision="fp32"))
        document = Document.from_text("\n".join(SENTENCES * 3))
        parity = export_fast(tiny_model, tmp_path / "out", runtime, int8=True, documents=[document])
        assert parity.largest_difference is None
        assert parity.identical["entities"].both > 0
        weights = "model.bin" if runtime == "openvino" else "model.onnx"
        assert (tmp_path / "out" / weights).stat().st_size < (exports[runtime] / weights).stat().st_size
        assert json.loads((tmp_path / "out" / PROVENANCE_FILE).read_text(encoding="utf-8"))["int8"]

    def test_one_that_finds_something_else_is_not_written(
        self, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fast_parity, "LEAST_IDENTICAL", 1.1)
        document = Document.from_text("\n".join(SENTENCES * 3))
        with pytest.raises(ValueError, match=r"in 8 bits only .* nothing was written"):
            export_fast(tiny_model, tmp_path / "out", "onnx", int8=True, documents=[document])
        assert not (tmp_path / "out").exists()

    def test_the_first_half_of_the_sentences_is_for_calibration(self) -> None:
        documents = [Document.from_text("\n".join(SENTENCES[:count])) for count in (9, 9, 6)]
        total = sum(len(document.sentences) for document in documents)
        first, rest = calibration_and_rest(documents)
        cut = [[len(document.sentences) for document in part] for part in (first, rest)]
        assert sum(cut[0]) == total // 2
        assert sum(cut[0]) + sum(cut[1]) == total
        assert first[0].sentences[0] == documents[0].sentences[0]
        assert rest[-1].sentences[-1] == documents[-1].sentences[-1]

    def test_a_few_sentences_are_too_few(self) -> None:
        with pytest.raises(ValueError, match="has 3 sentences; give 20 or more"):
            calibration_and_rest([Document.from_text(TEXT)])
