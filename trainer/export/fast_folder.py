"""The folder of a model that was exported for a fast runtime: what labelling needs beside the graph, and a README."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from trainer import __version__
from trainer.extras import how_to_install, installed
from trainer.inference.model_files import DESCRIPTION, PROVENANCE_FILE
from trainer.modeling.layout import ModelLayout

_TITLES = {"openvino": "OpenVINO", "onnx": "ONNX Runtime"}
# The packages that write and check an export.
_NEEDED = {"openvino": ("openvino",), "onnx": ("onnxruntime", "onnx")}
_NEEDED_FOR_INT8 = ("nncf",)


def require_packages(runtime: str, *, int8: bool) -> None:
    """Check that all packages are there that an export needs.

    Raises
    ------
    ValueError
        If one is not; the message says how to install it.
    """
    needed = _NEEDED[runtime] + (_NEEDED_FOR_INT8 if int8 else ())
    missing = [package for package in needed if not installed(package)]
    if missing:
        raise ValueError(
            f"an export for {_TITLES[runtime]} needs {' and '.join(missing)}, not installed here: "
            f"{how_to_install(missing)}"
        )


def describe_fast_folder(
    folder: Path, model_folder: Path, info: Mapping[str, str], runtime: str, *, int8: bool
) -> None:
    """Write all that ``trainer.load`` needs beside the graph: ``info`` is that of the model in ``model_folder``."""
    for name in DESCRIPTION:
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
