"""Encoders that a config can name: folders, old pickled checkpoints, hub names; and what is refused."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import BertModel

from trainer.encoders import loading
from trainer.encoders.loading import add_normalizer, encoder_path, load_encoder

SENTENCE = "قُتِلَ ٣ عناصر في حلـــب"


def states(model: Any, tokenizer: Any) -> torch.Tensor:
    with torch.inference_mode():
        return model.eval()(**tokenizer(SENTENCE, return_tensors="pt")).last_hidden_state


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the test's own."""
    monkeypatch.setenv("MARSAD_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def copy(tiny_checkpoint: Path, tmp_path: Path) -> Path:
    """A copy of the tiny checkpoint to spoil."""
    return Path(shutil.copytree(tiny_checkpoint, tmp_path / "copy"))


@pytest.fixture
def pickled(copy: Path) -> Path:
    """The tiny checkpoint as old ones are: weights in pytorch_model.bin alone."""
    torch.save(load_file(copy / "model.safetensors"), copy / "pytorch_model.bin")
    (copy / "model.safetensors").unlink()
    return copy


class TestFolders:
    def test_a_folder_is_loaded_with_its_weights_and_without_its_pooling_layer(self, tiny_checkpoint: Path) -> None:
        model, _ = load_encoder(str(tiny_checkpoint))
        saved = load_file(tiny_checkpoint / "model.safetensors")
        loaded = model.state_dict()
        assert model.pooler is None
        assert loaded.keys() == {name for name in saved if "pooler" not in name}
        assert all(torch.equal(values, saved[name]) for name, values in loaded.items())

    def test_random_weights_keep_the_architecture_and_differ_from_the_pretrained_ones(
        self, tiny_checkpoint: Path
    ) -> None:
        pretrained, tokenizer = load_encoder(str(tiny_checkpoint))
        torch.manual_seed(7)
        drawn, same_tokenizer = load_encoder(str(tiny_checkpoint), random_weights=True)
        assert {name: values.shape for name, values in drawn.state_dict().items()} == {
            name: values.shape for name, values in pretrained.state_dict().items()
        }
        assert not torch.equal(drawn.get_input_embeddings().weight, pretrained.get_input_embeddings().weight)
        assert same_tokenizer.get_vocab() == tokenizer.get_vocab()
        assert same_tokenizer.tokenize(SENTENCE) == tokenizer.tokenize(SENTENCE)

    def test_random_weights_follow_the_seed(self, tiny_checkpoint: Path) -> None:
        drawn = []
        for seed in (1, 1, 2):
            torch.manual_seed(seed)
            drawn.append(load_encoder(str(tiny_checkpoint), random_weights=True)[0].get_input_embeddings().weight)
        assert torch.equal(drawn[0], drawn[1])
        assert not torch.equal(drawn[0], drawn[2])

    def test_random_weights_need_no_weights_file(self, copy: Path) -> None:
        (copy / "model.safetensors").unlink()
        model, _ = load_encoder(str(copy), random_weights=True)
        assert model.config.hidden_size == 32

    def test_weights_of_another_architecture_are_refused(self, copy: Path) -> None:
        config = json.loads((copy / "config.json").read_text(encoding="utf-8"))
        (copy / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 3}), encoding="utf-8")
        with pytest.raises(ValueError, match=r"lacks the weights encoder\.layer\.2\."):
            load_encoder(str(copy))


def remove(*names: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return change


def overwrite(name: str, content: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_text(content, encoding="utf-8") and None


class TestWhatCannotBeLoaded:
    @pytest.mark.parametrize(
        ("spoil", "expected"),
        [
            pytest.param(remove("config.json"), "cannot be loaded: Unrecognized model", id="no configuration"),
            pytest.param(remove("model.safetensors"), "is no Transformers checkpoint .it needs", id="no weights"),
            pytest.param(
                remove("tokenizer.json", "tokenizer_config.json"),
                "is no Transformers checkpoint .it needs",
                id="no tokenizer",
            ),
            pytest.param(overwrite("config.json", "{"), "is no Transformers checkpoint", id="broken configuration"),
            pytest.param(overwrite("tokenizer.json", "{}"), "cannot be loaded", id="broken tokenizer"),
            pytest.param(overwrite("model.safetensors", "x"), "cannot be loaded", id="broken weights"),
            pytest.param(
                overwrite("config.json", '{"model_type": "nothing"}'), "has model type `nothing`", id="unknown kind"
            ),
            pytest.param(
                overwrite("config.json", '{"model_type": "t5"}'), "model type 't5' is no encoder of text", id="T5"
            ),
            pytest.param(
                overwrite("config.json", '{"model_type": "clip"}'), "model type 'clip' is no encoder of text", id="CLIP"
            ),
            pytest.param(
                overwrite(
                    "config.json",
                    '{"model_type": "own", "auto_map": {"AutoConfig": "code.Config", "AutoModel": "x.Y"}}',
                ),
                "contains custom code",
                id="code of its own",
            ),
        ],
    )
    def test_a_spoilt_folder_is_refused_with_one_line_that_names_it(
        self, copy: Path, spoil: Callable[[Path], None], expected: str
    ) -> None:
        spoil(copy)
        with pytest.raises((OSError, ValueError), match=expected) as error:
            load_encoder(str(copy))
        assert str(copy) in str(error.value)
        assert "\n" not in str(error.value)

    def test_a_tokenizer_for_sentencepiece_alone_says_what_to_install(
        self, copy: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # As microsoft/mdeberta-v3-base has it on the hub.
        (copy / "tokenizer.json").unlink()
        (copy / "spm.model").write_bytes(b"for SentencePiece")
        monkeypatch.setattr(loading, "is_sentencepiece_available", lambda: False)
        with pytest.raises(
            ValueError, match=r"no tokenizer\.json, and .* spm\.model .*pip install sentencepiece protobuf"
        ):
            load_encoder(str(copy))

    @pytest.mark.parametrize("name", ["./no/such", "/no/such", "~/no-such-folder", "no/such/folder"])
    def test_a_path_without_a_folder_is_never_looked_up_on_the_hub(self, name: str) -> None:
        with pytest.raises(FileNotFoundError, match="is a path, and there is no such folder"):
            encoder_path(name)


class TestPickledCheckpoints:
    def test_one_gives_the_outputs_of_the_same_weights_as_safetensors(
        self, pickled: Path, tiny_checkpoint: Path, cache: Path
    ) -> None:
        assert torch.equal(states(*load_encoder(str(pickled))), states(*load_encoder(str(tiny_checkpoint))))

    def test_it_is_converted_once_into_the_cache_and_left_as_it_is(
        self, pickled: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = {file.name for file in pickled.iterdir()}
        load_encoder(str(pickled))
        (converted,) = (cache / "encoders").iterdir()
        assert sorted(file.name for file in converted.iterdir()) == ["config.json", "model.safetensors"]
        assert {file.name for file in pickled.iterdir()} == before
        monkeypatch.setattr(torch, "load", lambda *args, **kwargs: pytest.fail("the pickle was opened again"))
        load_encoder(str(pickled))

    def test_two_processes_may_convert_it_at_once(
        self, pickled: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        original = Path.rename

        def slower(self: Path, target: Path) -> Path:
            shutil.copytree(self, target)  # the other process was here first
            return original(self, target)

        monkeypatch.setattr(Path, "rename", slower)
        model, _ = load_encoder(str(pickled))
        assert model.config.hidden_size == 32
        assert len(list((cache / "encoders").iterdir())) == 1

    def test_a_changed_file_is_converted_anew(self, pickled: Path, cache: Path) -> None:
        first = states(*load_encoder(str(pickled)))
        weights = torch.load(pickled / "pytorch_model.bin", weights_only=True)
        weights["embeddings.LayerNorm.bias"] += 1
        torch.save({**weights, "unused": torch.zeros(3)}, pickled / "pytorch_model.bin")
        assert not torch.equal(states(*load_encoder(str(pickled))), first)

    def test_only_weights_are_ever_unpickled(self, pickled: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        calls = []
        original = torch.load
        monkeypatch.setattr(torch, "load", lambda *a, **options: calls.append(options) or original(*a, **options))
        load_encoder(str(pickled))
        assert [options["weights_only"] for options in calls] == [True]

    @pytest.mark.parametrize("beside_weights", [True, False])
    def test_one_that_would_run_code_is_refused_and_runs_nothing(
        self, pickled: Path, cache: Path, tmp_path: Path, beside_weights: bool
    ) -> None:
        content = {"embeddings.LayerNorm.bias": torch.zeros(32)} if beside_weights else {}
        torch.save({**content, "evil": Evil(tmp_path / "ran")}, pickled / "pytorch_model.bin")
        with pytest.raises(ValueError, match=r"pytorch_model\.bin is refused.*could run code.*safetensors") as error:
            load_encoder(str(pickled))
        assert "\n" not in str(error.value)
        assert not (tmp_path / "ran").exists()
        assert not list(cache.rglob("*.safetensors"))

    @pytest.mark.parametrize("kept", [0, 20, 5_000])
    def test_a_damaged_one_is_refused(self, pickled: Path, cache: Path, kept: int) -> None:
        path = pickled / "pytorch_model.bin"
        path.write_bytes(path.read_bytes()[:kept])
        with pytest.raises(ValueError, match=r"pytorch_model\.bin is refused: it is damaged"):
            load_encoder(str(pickled))

    def test_one_that_may_not_be_read_is_not_called_damaged(
        self, pickled: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(path: Path, **options: Any) -> None:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))

        monkeypatch.setattr(torch, "load", refuse)
        with pytest.raises(OSError, match=r"cannot be loaded: .*Permission denied: .*pytorch_model\.bin"):
            load_encoder(str(pickled))

    def test_a_cache_that_cannot_be_written_is_not_blamed_on_the_checkpoint(self, pickled: Path, cache: Path) -> None:
        cache.touch()
        with pytest.raises(OSError, match=rf"encoder {pickled} cannot be loaded: .*{cache}") as error:
            load_encoder(str(pickled))
        assert "no Transformers checkpoint" not in str(error.value)

    def test_what_was_converted_can_be_read_by_all_who_share_the_cache(self, pickled: Path, cache: Path) -> None:
        load_encoder(str(pickled))
        (converted,) = (cache / "encoders").iterdir()
        assert {path.stat().st_mode & 0o044 for path in (converted, *converted.iterdir())} == {0o044}

    def test_safetensors_are_preferred_and_a_pickle_beside_them_is_not_opened(
        self, copy: Path, cache: Path, tmp_path: Path
    ) -> None:
        torch.save({"evil": Evil(tmp_path / "ran")}, copy / "pytorch_model.bin")
        load_encoder(str(copy))
        assert not (tmp_path / "ran").exists()
        assert not cache.exists()


class Evil:
    """What a malicious checkpoint holds: unpickling it makes a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.mkdir, (self.path,)


def nfkc_steps(tokenizer: Any) -> int:
    return json.dumps(json.loads(tokenizer.backend_tokenizer.to_str())["normalizer"]).count('"NFKC"')


class TestTheNormaliser:
    def test_it_is_put_before_the_tokenizers_own(self, tiny_checkpoint: Path) -> None:
        _, tokenizer = load_encoder(str(tiny_checkpoint))
        assert tokenizer.tokenize(SENTENCE) == tokenizer.tokenize("قتل 3 عناصر في حلب")
        assert tokenizer.unk_token not in tokenizer.tokenize(SENTENCE)
        steps = json.loads(tokenizer.backend_tokenizer.to_str())["normalizer"]["normalizers"]
        assert steps[-1]["type"] == "BertNormalizer"

    def test_it_is_put_there_once(self, tiny_checkpoint: Path) -> None:
        _, tokenizer = load_encoder(str(tiny_checkpoint))
        before = tokenizer.backend_tokenizer.to_str()
        add_normalizer(tokenizer)
        add_normalizer(tokenizer)
        assert tokenizer.backend_tokenizer.to_str() == before
        assert nfkc_steps(tokenizer) == 1

    def test_the_bundled_tokenizer_has_it_already(self, bundled_encoder: Path) -> None:
        _, tokenizer = load_encoder(str(bundled_encoder))
        assert nfkc_steps(tokenizer) == 1

    def test_it_survives_saving_and_loading(self, tiny_checkpoint: Path, tmp_path: Path) -> None:
        model, tokenizer = load_encoder(str(tiny_checkpoint))
        expected = tokenizer.tokenize(SENTENCE)
        for generation in ("first", "second"):
            model.save_pretrained(tmp_path / generation)
            tokenizer.save_pretrained(tmp_path / generation)
            model, tokenizer = load_encoder(str(tmp_path / generation))
            assert tokenizer.tokenize(SENTENCE) == expected
            assert nfkc_steps(tokenizer) == 1
            saved = Tokenizer.from_file(str(tmp_path / generation / "tokenizer.json"))
            assert saved.encode(SENTENCE, add_special_tokens=False).tokens == expected

    def test_it_survives_also_where_the_checkpoint_names_a_tokenizer_class_that_builds_itself_anew(
        self, copy: Path, tmp_path: Path
    ) -> None:
        vocabulary = json.loads((copy / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
        (copy / "vocab.txt").write_text("\n".join(sorted(vocabulary, key=vocabulary.get)) + "\n", encoding="utf-8")
        config = {"tokenizer_class": "BertTokenizer", "do_lower_case": False, "model_max_length": 128}
        (copy / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
        (copy / "tokenizer.json").unlink()
        _, tokenizer = load_encoder(str(copy))
        expected = tokenizer.tokenize("قتل 3 عناصر في حلب")
        assert tokenizer.tokenize(SENTENCE) == expected
        tokenizer.save_pretrained(tmp_path / "saved")
        loaded = loading.AutoTokenizer.from_pretrained(tmp_path / "saved")
        assert loaded.tokenize(SENTENCE) == expected
        assert loaded.model_max_length == 128
        assert loaded.special_tokens_map == tokenizer.special_tokens_map


def test_a_model_without_a_pooling_layer_is_left_alone(tiny_checkpoint: Path) -> None:
    model = BertModel.from_pretrained(tiny_checkpoint, add_pooling_layer=False)
    assert loading.without_pooler(model) is model
    assert model.pooler is None
