"""The folder of an exported head: weights, tokenizer, where it comes from, and a README."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from tokenizers import Tokenizer
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from trainer import __version__
from trainer.inference.model_files import PROVENANCE_FILE


def write_plain_folder(
    folder: Path,
    plain: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    provenance: Mapping[str, str],
    threshold: float,
) -> None:
    """Write ``plain`` and ``tokenizer`` so that ``transformers.pipeline`` loads them and nothing else is needed.

    Parameters
    ----------
    provenance:
        ``name`` and ``fingerprint`` of the Marsad model, and the ``head``.
    threshold:
        The model's own for types of sentences, which the README tells.
    """
    plain.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    content = json.dumps({**provenance, "marsad": __version__}, indent=2, ensure_ascii=False)
    (folder / PROVENANCE_FILE).write_text(content + "\n", encoding="utf-8")
    environment = Environment(
        loader=PackageLoader("trainer.export"), undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True
    )
    described = {
        "architecture": type(plain).__name__,
        "labels": list(plain.config.id2label.values()),
        "of_sentence": plain.config.problem_type is not None,
        "window": tokenizer.model_max_length,
        "threshold": threshold,
    }
    page = environment.get_template("card.md.j2").render({**provenance, **described})
    (folder / "README.md").write_text(page, encoding="utf-8")


def plain_tokenizer(model_folder: Path, special_tokens: Mapping[str, str], window: int) -> PreTrainedTokenizerFast:
    """Return the tokenizer of a Marsad model, with the normaliser inside, as pipelines need it."""
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_file(str(model_folder / "tokenizer.json")),
        model_max_length=window,
        # Not every architecture takes token types, and Marsad gives none.
        model_input_names=["input_ids", "attention_mask"],
        # Text is never parsed for special tokens: «</s>» in an article is four characters.
        split_special_tokens=True,
        clean_up_tokenization_spaces=False,
        **special_tokens,
    )


def check_output(output: Path, model_folder: Path, *, overwrite: bool) -> None:
    """Refuse to replace anything but an earlier export, unless ``overwrite`` says so.

    Raises
    ------
    FileExistsError
        If ``output`` is a file, or a folder with something else in it.
    ValueError
        If the model lies in ``output``: replacing it would delete the model.
    """
    if model_folder.resolve().is_relative_to(output.resolve()):
        raise ValueError(f"{output} holds the model itself; choose another output")
    if output.is_file():
        raise FileExistsError(f"{output} is a file; choose another output")
    if overwrite or not output.exists() or (output / PROVENANCE_FILE).is_file() or not any(output.iterdir()):
        return
    raise FileExistsError(
        f"{output} exists and is no earlier export; choose another output, or replace all of it with --overwrite"
    )


@contextmanager
def replaced_folder(output: Path) -> Iterator[Path]:
    """Give a new folder beside ``output`` that takes its place when the block ends, and is removed if it fails."""
    output.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f"{output.name}.", dir=output.parent))
    building, old = temporary / "new", temporary / "old"
    try:
        building.mkdir()
        yield building
        # safetensors lets only the owner of a file read it.
        for file in building.iterdir():
            file.chmod(building.stat().st_mode & 0o666)
        if output.exists():
            output.rename(old)
        building.rename(output)
    finally:
        if old.exists() and not output.exists():
            old.rename(output)
        shutil.rmtree(temporary, ignore_errors=True)
