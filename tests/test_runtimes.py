"""What runs a model: which runtime is taken, what is refused, and that all say what PyTorch says."""

from __future__ import annotations

import json
import os
import shutil
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from conftest import SENTENCES, TEXT
from hypothesis import given
from hypothesis import strategies as st

from trainer import extras, load
from trainer.documents import Document
from trainer.export.fast_run import export_fast
from trainer.inference import openvino_runtime, processors, runtimes
from trainer.inference.model_files import ModelFiles
from trainer.inference.predictor import Predictor
from trainer.inference.runtimes import Choice, choose
from trainer.inference.usage_data import no_usage_data
from trainer.modeling.batches import BatchCollator
from trainer.modeling.features import Window
from trainer.modeling.layout import ModelLayout
from trainer.modeling.window_batches import batches_of, padded_batch

EXPORTS = ("openvino", "onnx")
LAYOUT = ModelLayout(heads=[], window=64, context=8, pad_token_id=3)


@pytest.fixture(scope="module")
def exported(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder with an export for each runtime in it."""
    folder = tmp_path_factory.mktemp("exported") / "model"
    shutil.copytree(tiny_model, folder)
    for runtime in EXPORTS:
        export_fast(folder, runtime=runtime)
    return folder


@pytest.fixture
def changeable(exported: Path, tmp_path: Path) -> Path:
    shutil.copytree(exported, tmp_path / "model")
    return tmp_path / "model"


@pytest.fixture(autouse=True)
def plain_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    """No GPU, and a processor that does not multiply bfloat16."""
    monkeypatch.setattr(runtimes, "_has_cuda", lambda: False)
    monkeypatch.setattr(runtimes, "multiplies_bfloat16", lambda: False)


def taken(folder: Path, **asked: str) -> str:
    return choose(ModelFiles.of(folder), **asked).runtime


def without(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make ``package`` look as if it were not installed."""
    find_spec = extras.find_spec
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == package else find_spec(name))


def labels(document: Document) -> list[tuple[int, int, str]]:
    return [(e.start, e.end, e.label) for e in document.entities] + [
        (e.trigger.start, e.trigger.end, e.type) for e in document.events
    ]


class TestWhatAutoTakes:
    def test_is_what_the_model_was_exported_for_openvino_first(self, changeable: Path) -> None:
        assert taken(changeable) == "openvino"
        shutil.rmtree(changeable / "openvino")
        assert taken(changeable) == "onnx"
        shutil.rmtree(changeable / "onnx")
        assert taken(changeable) == "torch"

    def test_is_nothing_that_is_not_installed(self, exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        without("openvino", monkeypatch)
        assert taken(exported) == "onnx"
        without("onnxruntime", monkeypatch)
        assert taken(exported) == "torch"

    def test_is_pytorch_for_a_gpu_that_is_there_or_named(self, exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(ValueError, match="device 'cuda' is not there"):
            taken(exported, device="cuda")
        monkeypatch.setattr(runtimes, "_has_cuda", lambda: True)
        assert taken(exported) == "torch"
        assert taken(exported, device="cpu") == "openvino"

    def test_is_no_onnx_where_pytorch_would_compute_in_bf16(
        self, exported: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        without("openvino", monkeypatch)
        assert taken(exported, precision="bf16") == "torch"
        monkeypatch.setattr(runtimes, "multiplies_bfloat16", lambda: True)
        assert taken(exported) == "torch"
        assert taken(exported, precision="fp32") == "onnx"
        without("torch", monkeypatch)
        assert taken(exported) == "onnx"

    def test_is_no_export_of_another_model_and_that_is_said(self, changeable: Path) -> None:
        thresholds = json.loads((changeable / "thresholds.json").read_text(encoding="utf-8"))
        (changeable / "thresholds.json").write_text(json.dumps({**thresholds, "event_type": 0.9}), encoding="utf-8")
        shutil.rmtree(changeable / "onnx")
        with pytest.warns(UserWarning, match=r"was exported from another model .* 'marsad export .* --to openvino'"):
            assert taken(changeable) == "torch"
        with pytest.raises(ValueError, match="was exported from another model"):
            load(changeable, runtime="openvino")

    def test_is_bf16_where_the_processor_multiplies_it(self, exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for precision in ("bf16", "fp32"):
            monkeypatch.setattr(runtimes, "native_precision", lambda precision=precision: precision)
            assert choose(ModelFiles.of(exported)) == Choice("openvino", "cpu", precision)

    def test_of_an_exported_folder_is_what_it_was_exported_for(self, exported: Path) -> None:
        for runtime in EXPORTS:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                assert taken(exported / runtime) == runtime


class TestRefusals:
    @pytest.mark.parametrize("runtime", EXPORTS)
    def test_a_runtime_that_the_model_was_not_exported_for(self, tiny_model: Path, runtime: str) -> None:
        with pytest.raises(FileNotFoundError, match=f"has no model for {runtime}; .* --to {runtime}'"):
            load(tiny_model, runtime=runtime)

    def test_a_package_that_is_not_installed(self, exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        without("openvino", monkeypatch)
        with pytest.raises(ImportError, match=r'openvino is not installed.* pip install "marsad\[openvino\]"'):
            taken(exported, runtime="openvino")
        with pytest.raises(ImportError, match=r'pip install "marsad\[openvino\]"'):
            taken(exported / "openvino")

    def test_bf16_with_onnx(self, exported: Path) -> None:
        with pytest.raises(ValueError, match="ONNX Runtime does not compute in bf16"):
            taken(exported, runtime="onnx", precision="bf16")

    def test_bf16_for_an_export_in_8_bits_which_computes_the_rest_in_fp32(
        self, changeable: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = changeable / "openvino" / "marsad_export.json"
        provenance = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({**provenance, "int8": True}), encoding="utf-8")
        monkeypatch.setattr(runtimes, "native_precision", lambda: "bf16")
        assert choose(ModelFiles.of(changeable)) == Choice("openvino", "cpu", "fp32")
        with pytest.raises(ValueError, match="was exported in 8 bits, the rest in fp32"):
            choose(ModelFiles.of(changeable), runtime="openvino", precision="bf16")

    def test_a_gpu_with_a_runtime_for_cpus(self, exported: Path) -> None:
        with pytest.raises(ValueError, match="openvino runs on the CPU only, not on 'cuda'"):
            taken(exported, runtime="openvino", device="cuda")

    def test_pytorch_of_an_export(self, exported: Path) -> None:
        with pytest.raises(ValueError, match="was exported for onnx; PyTorch needs the model that it was made from"):
            load(exported / "onnx", runtime="torch")

    def test_an_export_that_does_not_say_of_what(self, changeable: Path) -> None:
        (changeable / "onnx" / "marsad_export.json").write_text("{}", encoding="utf-8")
        with pytest.raises(ValueError, match=r"marsad_export.json does not say which model this is"):
            load(changeable / "onnx")
        (changeable / "onnx" / "marsad_export.json").unlink()
        with pytest.raises(FileNotFoundError, match=r"it lacks marsad_export.json"):
            load(changeable / "onnx")


class TestResults:
    @pytest.mark.parametrize("runtime", EXPORTS)
    def test_in_fp32_are_those_of_pytorch(self, exported: Path, runtime: str) -> None:
        fast, slow = load(exported, runtime=runtime, precision="fp32"), Predictor(exported)
        assert (fast.runtime, fast.device, fast.precision) == (runtime, "cpu", "fp32")
        assert fast.info == slow.info
        for mine, theirs in zip(fast.predict([*SENTENCES, TEXT]), slow.predict([*SENTENCES, TEXT]), strict=True):
            assert labels(mine) == labels(theirs)
            scores, expected = ([e.score for e in (*d.entities, *d.events)] for d in (mine, theirs))
            assert scores == pytest.approx(expected, abs=2e-3)

    @pytest.mark.parametrize("runtime", EXPORTS)
    def test_of_a_copied_export_are_the_same(self, exported: Path, tmp_path: Path, runtime: str) -> None:
        shutil.copytree(exported / runtime, tmp_path / "alone")
        alone, within = load(tmp_path / "alone", precision="fp32"), load(exported, runtime=runtime, precision="fp32")
        assert [d.to_dict() for d in alone.predict(SENTENCES)] == [d.to_dict() for d in within.predict(SENTENCES)]

    @pytest.mark.parametrize("runtime", EXPORTS)
    def test_come_to_the_texts_that_they_are_of(self, exported: Path, runtime: str) -> None:
        model = load(exported, runtime=runtime, precision="fp32")
        texts = [f"{' '.join(SENTENCES[: 1 + number % 7])} {number}" for number in range(60)]
        together = model.predict(texts)
        assert [document.text for document in together] == texts
        for document in together[::9]:
            assert labels(document) == labels(model.predict(document.text))
        with ThreadPoolExecutor(4) as threads:
            assert [labels(d) for d in threads.map(model.predict, texts)] == [labels(d) for d in together]

    def test_before_a_text_that_cannot_be_read_are_given(self, exported: Path) -> None:
        def texts() -> Iterator[str]:
            yield from SENTENCES[:3] * 15
            raise OSError("the disk is gone")

        documents: list[Document] = []
        with pytest.raises(OSError, match="the disk is gone"):
            documents.extend(load(exported, runtime="openvino").predict(texts()))
        # A chunk is 32 texts; what was begun of the next is lost, as it was never given to the model.
        assert [document.text for document in documents] == (SENTENCES[:3] * 15)[:32]


class TestFiles:
    @pytest.mark.parametrize(
        ("runtime", "name"), [("openvino", "model.xml"), ("openvino", "model.bin"), ("onnx", "model.onnx")]
    )
    def test_that_are_cut_off_are_an_error_that_says_what_to_do(
        self, changeable: Path, runtime: str, name: str
    ) -> None:
        path = changeable / runtime / name
        path.write_bytes(path.read_bytes()[:1000])
        with pytest.raises(ValueError, match=r"cannot be loaded, export the model again: \S"):
            load(changeable, runtime=runtime)

    def test_are_run_by_an_openvino_that_does_not_know_its_internal_settings_any_more(
        self, exported: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        expected = load(exported, runtime="openvino", precision="fp32").predict(TEXT)
        monkeypatch.setattr(openvino_runtime, "_INTERNAL_OPTIONS", {"NO_SUCH_SETTING": "1"})
        found = Predictor(exported, Choice("openvino", "cpu", "fp32")).predict(TEXT)
        assert labels(found) == labels(expected)


class TestUsageData:
    def test_is_not_reported_and_the_environment_stays_as_it_was(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CI", "no")
        monkeypatch.delenv("NNCF_CI", raising=False)
        with no_usage_data():
            assert (os.environ["CI"], os.environ["NNCF_CI"]) == ("true", "1")
        assert os.environ["CI"] == "no"
        assert "NNCF_CI" not in os.environ


class TestProcessors:
    def test_are_those_that_the_system_gives_and_no_more_than_openmp_may_use(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(processors.os, "sched_getaffinity", lambda _: {0, 1, 2, 5}, raising=False)
        for wanted, expected in (("", 4), ("2", 2), ("64", 4), ("0", 1), ("many", 4)):
            monkeypatch.setenv("OMP_NUM_THREADS", wanted)
            assert processors.usable_processors() == expected

    def test_each_works_on_a_batch_of_its_own(self, exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(openvino_runtime, "usable_processors", lambda: 1)
        one = openvino_runtime.OpenVinoRuntime(exported / "openvino", "fp32")
        assert one._for_one is one._for_many


def window(length: int, words: int, context: tuple[int, int] = (0, 0)) -> Window:
    starts = [1 + context[0] + word for word in range(words)]
    return Window(0, 0, words, list(range(10, 10 + length)), starts, [start + 1 for start in starts], context)


class TestBatches:
    @given(
        lengths=st.lists(st.integers(1, 64), max_size=60),
        batch_tokens=st.integers(1, 300),
        step=st.sampled_from([1, 4, 16]),
    )
    def test_hold_every_window_once_and_no_more_subwords_than_allowed(
        self, lengths: list[int], batch_tokens: int, step: int
    ) -> None:
        windows = [window(length, 1) for length in lengths]
        batches = list(batches_of(windows, batch_tokens, step))
        assert sorted(position for batch in batches for position in batch) == list(range(len(windows)))
        for batch in batches:
            arrays = padded_batch([windows[position] for position in batch], LAYOUT, (1, 1), step)
            assert arrays["input_ids"].size <= batch_tokens or len(batch) == 1

    def test_of_many_windows_have_one_shape_a_width(self) -> None:
        windows = [window(1 + number % 64, 1) for number in range(5000)]
        shapes = {
            padded_batch([windows[position] for position in batch], LAYOUT, (1, 1), 4)["input_ids"].shape
            for batch in batches_of(windows, 512, 4)
        }
        assert {width for _, width in shapes} == set(range(4, 65, 4))
        assert len(shapes) == 17  # one a width, and the last batch

    def test_are_what_training_makes_of_the_same_windows(self) -> None:
        windows = [window(9, 4, (2, 1)), window(5, 3), window(7, 2, (0, 3)), window(6, 2, (2, 0))]
        rows = [
            {
                "input_ids": each.input_ids,
                "word_tokens": each.word_tokens,
                "word_ends": each.word_ends,
                "context": each.context,
            }
            for each in windows
        ]
        expected = BatchCollator(LAYOUT.pad_token_id, (1, 1))(rows)
        for name, array in padded_batch(windows, LAYOUT, (1, 1), 1).items():
            trained = expected[name].numpy()
            assert np.array_equal(array[:, : trained.shape[1]], trained), name
            # Words are padded to as many as there are subwords.
            assert not array[:, trained.shape[1] :].any()
