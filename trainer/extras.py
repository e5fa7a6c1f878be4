"""Packages that not every installation has, by the name that is imported, and the extra that brings each."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec

EXTRAS = {
    **dict.fromkeys(("accelerate", "datasets", "evaluate", "nervaluate", "pycrfsuite"), "train"),
    **dict.fromkeys(("seqeval", "sklearn", "torch", "transformers"), "train"),
    **dict.fromkeys(("nncf", "onnx"), "export"),
    **{"cleanlab": "check", "matplotlib": "plots", "onnxruntime": "onnx", "openvino": "openvino", "ray": "ray"},
}


def installed(package: str) -> bool:
    """Whether ``package`` can be imported; it is not."""
    return find_spec(package) is not None


def how_to_install(packages: Iterable[str]) -> str:
    """Return the command that brings ``packages``.

    >>> how_to_install(["onnxruntime", "onnx"])
    'pip install "marsad[onnx,export]"'
    """
    return f'pip install "marsad[{",".join(dict.fromkeys(EXTRAS[package] for package in packages))}]"'
