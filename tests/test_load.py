"""``load``: which model, where, in which precision, and once for all threads."""

from __future__ import annotations

import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from conftest import SENTENCES, TEXT

import trainer
from trainer.documents import Document
from trainer.inference import api
from trainer.inference.api import default_model, load, predict
from trainer.inference.model_files import ModelFiles
from trainer.inference.predictor import Predictor
from trainer.inference.runtimes import Choice
from trainer.modeling import hardware
from trainer.modeling.hardware import has_native_bfloat16, resolve_device, resolve_precision


def with_cuda(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Pretend that the machine has ``count`` CUDA devices."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)


class TestDevices:
    @pytest.mark.parametrize(("count", "expected"), [(0, "cpu"), (1, "cuda:0"), (4, "cuda:0")])
    def test_auto_is_the_first_cuda_device_or_the_cpu(
        self, count: int, expected: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with_cuda(monkeypatch, count)
        assert resolve_device("auto") == torch.device(expected)

    @pytest.mark.parametrize(("name", "expected"), [("cpu", "cpu"), ("cuda", "cuda:0"), ("cuda:1", "cuda:1")])
    def test_a_name_is_the_device_of_that_name(self, name: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
        with_cuda(monkeypatch, 2)
        assert resolve_device(name) == torch.device(expected)

    @pytest.mark.parametrize(
        ("name", "count", "there"),
        [("cuda", 0, "cpu"), ("cuda:0", 0, "cpu"), ("cuda:2", 2, "cpu, cuda:0, cuda:1")],
    )
    def test_a_device_that_is_not_there_is_refused_with_those_that_are(
        self, name: str, count: int, there: str, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with_cuda(monkeypatch, count)
        with pytest.raises(ValueError, match=f"device '{name}' is not there; this machine has {there}$"):
            load(tiny_model, device=name)

    @pytest.mark.parametrize("name", ["gpu", "", "cuda:", "cuda:x", "cuda:-1", "CPU"])
    def test_what_is_no_device_is_refused(self, name: str, tiny_model: Path) -> None:
        with pytest.raises(ValueError, match=f"there is no device '{name}'; give auto, cpu, cuda, or cuda:0"):
            load(tiny_model, device=name)


class TestPrecision:
    @pytest.mark.parametrize(("native", "expected"), [(True, torch.bfloat16), (False, torch.float32)])
    def test_auto_is_bf16_where_the_device_multiplies_it(
        self, native: bool, expected: torch.dtype, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(hardware, "has_native_bfloat16", lambda device: native)
        assert resolve_precision("auto", torch.device("cpu")) == expected
        assert resolve_precision("fp32", torch.device("cpu")) == torch.float32
        assert resolve_precision("bf16", torch.device("cpu")) == torch.bfloat16

    def test_the_cpu_is_asked_where_the_cpu_is_meant(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with_cuda(monkeypatch, 1)
        for native in (True, False):
            monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda native=native: native)
            monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
            assert has_native_bfloat16(torch.device("cpu")) is native

    def test_all_weights_have_the_precision(self, tiny_model: Path) -> None:
        for name, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
            model = load(tiny_model, device="cpu", precision=name)._tagger.scorer.runtime.model
            assert {weight.dtype for weight in model.parameters()} == {dtype}

    def test_bf16_finds_what_fp32_finds_with_scores_close_to_its(self, predictor: Predictor, tiny_model: Path) -> None:
        half = load(tiny_model, device="cpu", precision="bf16")
        for ours, theirs in zip(half.predict(SENTENCES), predictor.predict(SENTENCES), strict=True):
            assert [(e.start, e.end, e.label) for e in ours.entities] == [
                (e.start, e.end, e.label) for e in theirs.entities
            ]
            scores, expected = ([e.score for e in (*d.entities, *d.events)] for d in (ours, theirs))
            assert scores == pytest.approx(expected, abs=0.03)

    def test_another_precision_is_refused_with_those_that_there_are(self, tiny_model: Path) -> None:
        with pytest.raises(ValueError, match="there is no precision 'fp16'; give auto, fp32, bf16"):
            load(tiny_model, precision="fp16")

    def test_a_predictor_made_without_load_computes_as_training_evaluates(self, tiny_model: Path) -> None:
        model = Predictor(tiny_model)._tagger.scorer.runtime.model
        assert (model.device, model.dtype) == (torch.device("cpu"), torch.float32)


class TestRuntimes:
    def test_torch_is_what_auto_takes(self, tiny_model: Path) -> None:
        assert load(tiny_model, runtime="torch") is load(tiny_model)

    def test_another_runtime_is_refused_with_those_that_there_are(self, tiny_model: Path) -> None:
        with pytest.raises(ValueError, match="there is no runtime 'tensorrt'; give auto, torch, openvino, onnx"):
            load(tiny_model, runtime="tensorrt")


class AnyFolder:
    """Stands for the files of a model in a folder that has none."""

    @classmethod
    def of(cls, folder: Path) -> ModelFiles:
        return ModelFiles(folder, "torch", folder.name, "")


class TestOncePerProcess:
    def test_a_model_is_loaded_once(self, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tiny_model.parent)
        assert load(tiny_model) is load(str(tiny_model)) is load("model")

    def test_options_that_mean_the_same_give_the_same_object(
        self, model_copy: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with_cuda(monkeypatch, 0)
        monkeypatch.setattr(hardware, "has_native_bfloat16", lambda device: False)
        assert load(model_copy) is load(model_copy, runtime="torch", device="cpu", precision="fp32")

    def test_other_options_are_another_object(self, predictor: Predictor, tiny_model: Path) -> None:
        assert load(tiny_model, device="cpu", precision="bf16") is not predictor

    def test_many_models_stay_loaded(self, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(api, "ModelFiles", AnyFolder)
        monkeypatch.setattr(api, "Predictor", lambda folder, choice: object())
        folders = [tmp_path / str(number) for number in range(20)]
        first = [load(folder) for folder in folders]
        assert all(load(folder) is model for folder, model in zip(folders, first, strict=True))

    def test_threads_that_load_at_once_get_one_object(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        made: list[str] = []
        together = threading.Barrier(8)

        def slow(folder: str, choice: Choice) -> object:
            made.append(folder)
            time.sleep(0.05)
            return object()

        def load_together(_: int) -> object:
            together.wait(10)
            return load(tmp_path)

        monkeypatch.setattr(api, "ModelFiles", AnyFolder)
        monkeypatch.setattr(api, "Predictor", slow)
        with ThreadPoolExecutor(8) as pool:
            models = set(pool.map(load_together, range(8)))
        assert len(models) == len(made) == 1

    def test_threads_that_load_the_model_at_once_all_get_one_that_works(self, model_copy: Path) -> None:
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: load(model_copy).predict("قُتل خمسة في حلب.").to_dict(), range(8)))
        assert all(document == found[0] for document in found)

    def test_a_folder_that_could_not_be_loaded_can_be_loaded_when_it_is_whole(self, model_copy: Path) -> None:
        schema = (model_copy / "schema.yaml").read_bytes()
        (model_copy / "schema.yaml").unlink()
        with pytest.raises(FileNotFoundError):
            load(model_copy)
        (model_copy / "schema.yaml").write_bytes(schema)
        assert load(model_copy).predict("قتل").text == "قتل"

    def test_another_folder_is_another_model(self, tiny_model: Path, model_copy: Path) -> None:
        assert load(model_copy) is not load(tiny_model)


class TestWhichModel:
    @pytest.mark.parametrize("missing", ["thresholds.json", "schema.yaml", "model.safetensors", "tokenizer.json"])
    def test_a_folder_that_lacks_a_file_is_refused_with_its_name(self, model_copy: Path, missing: str) -> None:
        (model_copy / missing).unlink()
        with pytest.raises(FileNotFoundError, match=f"is no Marsad model: it lacks {missing}"):
            load(model_copy)

    def test_an_encoder_is_no_model(self, tiny_checkpoint: Path) -> None:
        with pytest.raises(FileNotFoundError, match=r"schema\.yaml, thresholds\.json.*'marsad train' wrote"):
            load(tiny_checkpoint)

    def test_without_a_model_the_message_names_the_command_that_makes_one(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("MARSAD_MODEL", raising=False)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(api, "_CHECKOUT", tmp_path)
        with pytest.raises(FileNotFoundError, match=r"no trained model: run 'bash scripts/quickstart\.sh'") as error:
            trainer.predict("قتل")
        for way in ("load('path/to/model')", "--model", "$MARSAD_MODEL"):
            assert way in str(error.value)

    def test_the_environment_names_the_default_model(
        self, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("MARSAD_MODEL", str(tiny_model))
        assert load() is load(tiny_model)
        assert load(precision="fp32") is load(tiny_model, precision="fp32")
        assert predict(TEXT) == load(tiny_model).predict(TEXT)
        assert [d.text for d in predict(["قتل", "حلب"])] == ["قتل", "حلب"]

    @pytest.mark.parametrize("place", ["working folder", "checkout"])
    def test_the_quickstarts_model_is_the_default(
        self, place: str, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("MARSAD_MODEL", raising=False)
        (tmp_path / "here").mkdir()
        base = tmp_path / ("here" if place == "working folder" else "checkout")
        shutil.copytree(tiny_model, base / "outputs" / "quickstart" / "model")
        monkeypatch.chdir(tmp_path / "here")
        monkeypatch.setattr(api, "_CHECKOUT", tmp_path / "checkout")
        assert default_model() == base / "outputs" / "quickstart" / "model"

    def test_the_package_offers_the_same_functions(self) -> None:
        assert (trainer.load, trainer.predict, trainer.Document) == (load, predict, Document)
        with pytest.raises(AttributeError, match="no attribute 'prdict'"):
            trainer.prdict  # noqa: B018


class TestTheModelsName:
    def test_documents_name_the_model_and_its_fingerprint(self, predictor: Predictor, tiny_model: Path) -> None:
        document = predictor.predict("قتل")
        assert document.model == predictor.info
        assert document.model is not predictor.info
        assert predictor.info["name"] == tiny_model.parent.name
        assert len(predictor.info["fingerprint"]) == 16

    def test_a_folder_with_a_name_of_its_own_gives_that_name(self, model_copy: Path) -> None:
        assert Predictor(model_copy).info["name"] == "copy"

    def test_a_copy_has_the_same_fingerprint(self, predictor: Predictor, model_copy: Path) -> None:
        assert Predictor(model_copy).info["fingerprint"] == predictor.info["fingerprint"]

    def test_other_thresholds_give_another_fingerprint(self, predictor: Predictor, model_copy: Path) -> None:
        (model_copy / "thresholds.json").write_text('{"event_type": 0.123}', encoding="utf-8")
        assert Predictor(model_copy).info["fingerprint"] != predictor.info["fingerprint"]

    def test_what_does_not_decide_predictions_does_not_change_it(self, predictor: Predictor, model_copy: Path) -> None:
        (model_copy / "metrics.json").write_text("{}", encoding="utf-8")
        (model_copy / "training_config.yaml").unlink()
        assert Predictor(model_copy).info["fingerprint"] == predictor.info["fingerprint"]


class TestThreads:
    def test_threads_give_what_one_thread_gives(self, predictor: Predictor) -> None:
        texts = [f"{a} {b}" for a in SENTENCES[:8] for b in SENTENCES[:6]]
        expected = [predictor.predict(text).to_dict() for text in texts]
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda text: predictor.predict(text).to_dict(), texts))
        assert found == expected

    def test_lists_of_several_threads_do_not_mix(self, predictor: Predictor) -> None:
        lists = [SENTENCES[start:] * 3 for start in range(8)]
        expected = [[d.to_dict() for d in predictor.predict(texts)] for texts in lists]
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda texts: [d.to_dict() for d in predictor.predict(texts)], lists))
        assert found == expected

    def test_the_same_list_gives_the_same_again(self, predictor: Predictor) -> None:
        first, second = ([d.to_dict(type_scores=True) for d in predictor.predict(SENTENCES * 3)] for _ in range(2))
        assert first == second
