"""Find and load the encoder that a config names: ``bundled``, a folder, or a hub name."""

from __future__ import annotations

import errno
import hashlib
import json
import pickle
import shutil
import tempfile
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerFast
from transformers.utils import cached_file, is_protobuf_available, is_sentencepiece_available, logging

from trainer.encoders.bundled import build_bundled_encoder
from trainer.encoders.cache import cache_folder
from trainer.encoders.hub import checkpoint_on_hub
from trainer.encoders.normalizer import arabic_normalizer, with_arabic_normalizer

BUNDLED = "bundled"
_SAFE_FILES = ("model.safetensors", "model.safetensors.index.json")
_PICKLED_FILE = "pytorch_model.bin"
_TOKENIZER_FILE = "tokenizer.json"
_SENTENCEPIECE_FILES = ("spm.model", "sentencepiece.bpe.model", "tokenizer.model")


def load_encoder(name: str, *, random_weights: bool = False) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    """Load an encoder without a pooling layer, and its tokenizer with Marsad's normaliser inside.

    Parameters
    ----------
    name:
        ``bundled``, the folder of a Transformers checkpoint, or a name on the model hub.
    random_weights:
        Keep architecture and tokenizer but draw the weights anew (the ablation "is it the
        pretraining?").

    Raises
    ------
    OSError
        If the checkpoint cannot be found or reached; the message says what to do.
    ValueError
        If it is there and cannot be used.
    """
    path = encoder_path(name)
    try:
        # Without 'trust_remote_code' said, Transformers would ask at the keyboard whether to run a checkpoint's code.
        config = AutoConfig.from_pretrained(path, trust_remote_code=False)
        if config.is_encoder_decoder or getattr(config, "hidden_size", None) is None:
            raise ValueError(f"its model type {config.model_type!r} is no encoder of text")
        _check_tokenizer_file(path)
        tokenizer = AutoTokenizer.from_pretrained(path, trust_remote_code=False)
        model = AutoModel.from_config(config) if random_weights else _load_weights(_safe_checkpoint(path))
    except OSError as error:
        # With a number it is of the disk, such as a cache that cannot be written; Transformers' own have none.
        of_disk = error.errno not in (None, errno.ENOENT)
        raise OSError(f"encoder {name} cannot be loaded: {error}" if of_disk else _cannot_load(name)) from error
    except (ValueError, KeyError, ImportError, SafetensorError) as error:
        raise ValueError(f"encoder {name} cannot be loaded: {textwrap.shorten(str(error), 240)}") from error
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise ValueError(f"{name} has no fast tokenizer, so tokens cannot be traced to characters")
    if not set(tokenizer.get_vocab()) - set(tokenizer.all_special_tokens):
        # For a folder without a tokenizer Transformers makes an empty one, which knows no word.
        raise OSError(_cannot_load(name))
    add_normalizer(tokenizer)
    return without_pooler(model), _as_saved(tokenizer)


def _as_saved(tokenizer: PreTrainedTokenizerFast) -> PreTrainedTokenizerFast:
    """Return the tokenizer as the class that loads ``tokenizer.json`` as it stands.

    ``BertTokenizer`` and its like build their steps anew from the vocabulary: saved as one of them,
    it would come back without the normaliser.
    """
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer.backend_tokenizer,
        model_max_length=tokenizer.model_max_length,
        **tokenizer.special_tokens_map,
    )


def longest_input(encoder: PreTrainedModel, tokenizer: PreTrainedTokenizerFast) -> int:
    """Return how many subwords ``encoder`` takes at most; a very large number if nothing says so."""
    positions = getattr(encoder.config, "max_position_embeddings", None) or 0
    if positions <= 0:
        return int(tokenizer.model_max_length)
    embeddings = getattr(getattr(encoder, "embeddings", None), "position_embeddings", None)
    padding = getattr(embeddings, "padding_idx", None)
    if padding is not None:
        # RoBERTa and its like count positions from the one behind the padding's: 514 of them are 512 subwords.
        positions -= padding + 1
    return min(int(tokenizer.model_max_length), positions)


def without_pooler(model: PreTrainedModel) -> PreTrainedModel:
    """Remove the pooling layer that BERT-like encoders carry: Marsad's heads read token states."""
    if getattr(model, "pooler", None) is not None:
        model.pooler = None
    return model


@contextmanager
def quiet_loading() -> Iterator[None]:
    """Keep Transformers from printing a bar and a report about a missing pooling layer.

    Missing weights that matter are an error of their own in :func:`load_encoder`.
    """
    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()


def _load_weights(path: str) -> PreTrainedModel:
    with quiet_loading():
        model, report = AutoModel.from_pretrained(
            path, dtype=torch.float32, trust_remote_code=False, output_loading_info=True
        )
    missing = sorted(key for key in report["missing_keys"] if "pooler" not in key)
    if missing:
        raise ValueError(f"{path} lacks the weights {', '.join(missing[:5])}: it is no checkpoint of this architecture")
    return model


def encoder_path(name: str) -> str:
    """Return what Transformers can load for ``name``, building the bundled encoder if need be.

    Raises
    ------
    OSError
        If there is no such folder, and no such checkpoint on the hub or in its cache.
    """
    if name == BUNDLED:
        return str(build_bundled_encoder())
    if Path(name).is_dir():
        return str(Path(name))
    if name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise FileNotFoundError(f"encoder {name!r} is a path, and there is no such folder")
    return checkpoint_on_hub(name)


def add_normalizer(tokenizer: PreTrainedTokenizerFast) -> None:
    """Put Marsad's normaliser in front of the tokenizer's own, once."""
    backend = tokenizer.backend_tokenizer
    ours = json.loads(arabic_normalizer().__getstate__())
    existing = json.loads(backend.to_str())["normalizer"] or {}
    # A saved Sequence of Sequences may come back nested or flattened.
    nested = existing.get("normalizers", [])
    if existing == ours or ours in nested or nested[: len(ours["normalizers"])] == ours["normalizers"]:
        return
    backend.normalizer = with_arabic_normalizer(backend.normalizer)


def _check_tokenizer_file(path: str) -> None:
    """Refuse a tokenizer that only SentencePiece can read where that is not installed."""
    if (is_sentencepiece_available() and is_protobuf_available()) or _file_of(path, _TOKENIZER_FILE):
        return
    if only := next((file for name in _SENTENCEPIECE_FILES if (file := _file_of(path, name))), None):
        raise ValueError(
            f"it has no {_TOKENIZER_FILE}, and reading its {only.name} needs two more packages: "
            "run 'pip install sentencepiece protobuf'"
        )


def _safe_checkpoint(path: str) -> str:
    """Return ``path`` if it has safetensors; convert a checkpoint that has only ``.bin``, once."""
    if any(_file_of(path, name) for name in _SAFE_FILES):
        return path
    pickled = _file_of(path, _PICKLED_FILE)
    if pickled is None:
        return path
    # The file itself and not the name that led to it: with and without the network a hub name is another path.
    stat, file = pickled.stat(), pickled.resolve()
    key = hashlib.sha256(f"{file}|{stat.st_size}|{stat.st_mtime_ns}".encode()).hexdigest()[:16]
    folder = cache_folder() / "encoders" / f"converted-{key}"
    if not folder.is_dir():
        _convert_pickled(path, pickled, folder)
    return str(folder)


def _convert_pickled(path: str, pickled: Path, folder: Path) -> None:
    try:
        weights = torch.load(pickled, map_location="cpu", weights_only=True)
    except PermissionError:
        raise
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError) as error:
        raise ValueError(
            f"{pickled} is refused: it is damaged, or holds more than weights and could run code; "
            "use a checkpoint that has model.safetensors"
        ) from error
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=folder.name + ".", dir=folder.parent))
    try:
        # Clones, because safetensors refuses tensors that share memory.
        tensors = {key: value.detach().clone().contiguous() for key, value in weights.items()}
        save_file(tensors, building / _SAFE_FILES[0], metadata={"format": "pt"})
        AutoConfig.from_pretrained(path, trust_remote_code=False).save_pretrained(building)
        # The cache may be shared, and both the folder and the weights are so far for nobody but their owner.
        building.chmod(0o755)
        for file in building.iterdir():
            file.chmod(0o644)
        try:
            building.rename(folder)
        except OSError:
            # Another process was faster; its result is the same.
            if not folder.is_dir():
                raise
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _file_of(path: str, name: str) -> Path | None:
    found = cached_file(
        path,
        name,
        _raise_exceptions_for_missing_entries=False,
        _raise_exceptions_for_connection_errors=False,
        _raise_exceptions_for_gated_repo=False,
    )
    return Path(found) if found else None


def _cannot_load(name: str) -> str:
    if Path(name).is_dir():
        return f"encoder folder {name} is no Transformers checkpoint (it needs config.json, tokenizer.json and weights)"
    return (
        f"encoder {name!r} cannot be had whole from the model hub: a file is missing there, or the network broke off; "
        "run again, or use 'encoder: bundled', which needs no hub"
    )
