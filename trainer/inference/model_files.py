"""The files of a model: as it was trained, or exported for a runtime; and whether an export is of a model."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from trainer.inference import onnx_runtime, openvino_runtime

# Tells an export from any other folder, and says of which model it is.
PROVENANCE_FILE = "marsad_export.json"
_WEIGHTS = "model.safetensors"
# What labelling needs beside the weights; with them it decides what a model predicts.
DESCRIPTION = ("config.json", "schema.yaml", "thresholds.json", "tokenizer.json")
# In an order that stays: the fingerprint depends on it.
_FINGERPRINTED = tuple(sorted((*DESCRIPTION, _WEIGHTS)))
# By runtime, its file; an export lies in a folder of the runtime's name in the model's own.
_FILE_OF_RUNTIME = {"openvino": openvino_runtime.MODEL_FILE, "onnx": onnx_runtime.MODEL_FILE}
EXPORTS = tuple(_FILE_OF_RUNTIME)


@dataclass(frozen=True)
class ModelFiles:
    """A folder with a model; ``runtime`` is what its weights are for: ``torch``, ``openvino`` or ``onnx``.

    ``int8`` says that they were exported in 8 bits.
    """

    folder: Path
    runtime: str
    name: str
    fingerprint: str
    int8: bool = False

    @classmethod
    def of(cls, folder: Path) -> ModelFiles:
        """Look at ``folder``.

        Raises
        ------
        FileNotFoundError
            If it holds no model; the message says what is missing.
        ValueError
            If it is an export that does not say of what.
        """
        runtime = next((name for name in EXPORTS if (folder / _FILE_OF_RUNTIME[name]).is_file()), "torch")
        if (folder / _WEIGHTS).is_file():
            runtime = "torch"
        needed = _FINGERPRINTED if runtime == "torch" else (*DESCRIPTION, PROVENANCE_FILE)
        missing = [name for name in needed if not (folder / name).is_file()]
        if missing:
            raise FileNotFoundError(
                f"{folder} is no Marsad model: it lacks {', '.join(missing)}. "
                "Give the 'model' folder that 'marsad train' wrote, or one that 'marsad export --to' made of it"
            )
        if runtime == "torch":
            return cls(folder, runtime, _model_name(folder), _fingerprint(folder))
        path = folder / PROVENANCE_FILE
        try:
            provenance = json.loads(path.read_text(encoding="utf-8"))
            return cls(folder, runtime, provenance["name"], provenance["fingerprint"], bool(provenance.get("int8")))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path} does not say which model this is ({error!r}); export it again") from error

    def export_for(self, runtime: str) -> ModelFiles | None:
        """Return what was exported for ``runtime``: these files, or a folder in them; ``None`` if nothing was.

        Raises
        ------
        ValueError
            If what lies there is of another model, such as an earlier one of this folder.
        """
        if self.runtime == runtime:
            return self
        if self.runtime != "torch" or not (self.folder / runtime / _FILE_OF_RUNTIME[runtime]).is_file():
            return None
        exported = ModelFiles.of(self.folder / runtime)
        if exported.fingerprint != self.fingerprint:
            raise ValueError(
                f"{exported.folder} was exported from another model than lies in {self.folder} now; "
                f"run 'marsad export {self.folder} --to {runtime}' again, or delete it"
            )
        return exported


def _model_name(folder: Path) -> str:
    """Name a model by its folder, or by the run where the folder is just called ``model``."""
    resolved = folder.resolve()
    return resolved.parent.name if resolved.name == "model" else resolved.name


def _fingerprint(folder: Path) -> str:
    """Return a digest of everything that decides what the model predicts."""
    digest = hashlib.sha256()
    for name in _FINGERPRINTED:
        with (folder / name).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]
