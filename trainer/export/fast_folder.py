"""The folder of a model that was exported for a fast runtime: what labelling needs beside the graph, and a README."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from trainer import __version__
from trainer.export.folder import PROVENANCE_FILE
from trainer.modeling.layout import ModelLayout

_COPIED = ("config.json", "tokenizer.json", "schema.yaml", "thresholds.json")
_TITLES = {"openvino": "OpenVINO", "onnx": "ONNX Runtime"}
# What writes and checks an export, by runtime, with the extra of Marsad's that brings it.
_NEEDED = {
    "openvino": (("openvino", "openvino"),),
    "onnx": (("onnxruntime", "onnx"), ("onnx", "export")),
}
_NEEDED_FOR_INT8 = (("nncf", "export"),)


def require_packages(runtime: str, *, int8: bool) -> None:
    """Check that all packages are there that an export needs.

    Raises
    ------
    ValueError
        If one is not; the message says how to install it.
    """
    needed = _NEEDED[runtime] + (_NEEDED_FOR_INT8 if int8 else ())
    missing = {package: extra for package, extra in needed if find_spec(package) is None}
    if missing:
        extras = ",".join(dict.fromkeys(missing.values()))
        raise ValueError(
            f"an export for {_TITLES[runtime]} needs {' and '.join(missing)}, not installed here: "
            f'pip install "marsad[{extras}]"'
        )


def describe_fast_folder(
    folder: Path, model_folder: Path, info: Mapping[str, str], runtime: str, *, int8: bool
) -> None:
    """Write all that ``trainer.load`` needs beside the graph: ``info`` is that of the model in ``model_folder``."""
    for name in _COPIED:
        shutil.copyfile(model_folder / name, folder / name)
    provenance = {**info, "marsad": __version__, "runtime": runtime, "int8": int8}
    content = json.dumps(provenance, indent=2, ensure_ascii=False)
    (folder / PROVENANCE_FILE).write_text(content + "\n", encoding="utf-8")
    environment = Environment(
        loader=PackageLoader("trainer.export"), undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True
    )
    heads = {item["name"]: list(item["labels"]) for item in ModelLayout.read(folder / "config.json").heads}
    page = environment.get_template("fast_card.md.j2").render({**provenance, "title": _TITLES[runtime], "heads": heads})
    (folder / "README.md").write_text(page, encoding="utf-8")
