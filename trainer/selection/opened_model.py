"""A trained model opened to choose with: what scores sentences, and the encoder that says which are alike."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from trainer.documents import Document
from trainer.encoders.loading import quiet_loading
from trainer.inference.model_files import ModelFiles
from trainer.inference.runtimes import choose, open_runtime
from trainer.modeling.model import MarsadModel
from trainer.modeling.tagger import Tagger, Thresholds
from trainer.modeling.temperatures import TEMPERATURES_FILE, Temperatures
from trainer.modeling.torch_runtime import TorchRuntime
from trainer.schema import Schema, load_schema


@dataclass(frozen=True)
class OpenedModel:
    """A model folder, opened.

    ``temperatures`` is ``None`` where the folder has none, as those of older models have not; ``info`` says which
    model it is, as documents do.
    """

    folder: Path
    tagger: Tagger
    model: MarsadModel
    tokenizer: Tokenizer
    temperatures: Temperatures | None
    schema: Schema
    info: dict[str, str]

    def tag(self, documents: list[Document]) -> list[Document]:
        """Return labelled copies that say which model labelled them."""
        labelled = self.tagger.tag(documents)
        for document in labelled:
            document.model = dict(self.info)
        return labelled


def open_model(folder: str | Path, runtime: str = "auto") -> OpenedModel:
    """Open the model in ``folder``; ``runtime`` is what scores, as for :func:`trainer.load`.

    Raises
    ------
    FileNotFoundError
        If ``folder`` is no model folder, or was not exported for ``runtime``.
    ValueError
        If it is an export alone: that has no encoder to compare sentences with.
    """
    folder = Path(folder)
    files = ModelFiles.of(folder)
    if files.runtime != "torch":
        raise ValueError(
            f"{folder} was exported for {files.runtime}, without the encoder by which sentences are compared; name the "
            "folder that 'marsad train' wrote (an export that lies in it is used to score)"
        )
    opened = open_runtime(files, choose(files, runtime))
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    temperatures = folder / TEMPERATURES_FILE
    return OpenedModel(
        folder=folder,
        tagger=Tagger(opened, tokenizer, Thresholds.load(folder / "thresholds.json")),
        model=opened.model if isinstance(opened, TorchRuntime) else _load(folder),
        tokenizer=tokenizer,
        temperatures=Temperatures.load(temperatures) if temperatures.is_file() else None,
        schema=load_schema(folder / "schema.yaml"),
        info={"name": files.name, "fingerprint": files.fingerprint},
    )


def _load(folder: Path) -> MarsadModel:
    with quiet_loading():
        model: MarsadModel = MarsadModel.from_pretrained(folder)
    return model.eval()
