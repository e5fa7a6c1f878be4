"""Is one run better than another? A paired bootstrap over the same sentences."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.crossval.results import RESULTS_FILE, RESULTS_VERSION
from trainer.evaluation.bootstrap import Difference, compare, micro_f1

_DEFAULT_SYSTEM = "model"


def compare_runs(
    a: str | Path, b: str | Path, system_a: str = _DEFAULT_SYSTEM, system_b: str = _DEFAULT_SYSTEM
) -> dict[str, dict[str, tuple[float, float, Difference]]]:
    """Compare two cross-validations, two evaluations, or two systems of one.

    Parameters
    ----------
    a, b:
        Output folders of ``marsad crossval``, or files that ``marsad evaluate --output`` wrote.
    system_a, system_b:
        A row of their tables, such as ``model`` or ``random weights``.

    Returns
    -------
    dict
        By grouping and layer that both have: the micro F1 of A, of B, and the difference A less B.

    Raises
    ------
    FileNotFoundError
        If a folder has no results.
    ValueError
        If the runs are not over the same annotated sentences, or one lacks the system.
    """
    ours, theirs = _results(a), _results(b)
    _require_same_data(ours["data"], theirs["data"], a, b)
    compared: dict[str, dict[str, tuple[float, float, Difference]]] = {}
    for name in ours["groupings"].keys() & theirs["groupings"].keys():
        left, right = ours["groupings"][name], theirs["groupings"][name]
        if "sha256" in left and "sha256" in right:  # results of earlier versions tell it for the whole corpus only
            _require_same_data(left, right, a, b)
        systems = _system(left, system_a, a), _system(right, system_b, b)
        compared[name] = {}
        for layer in systems[0]["layers"]:
            if layer in systems[1]["layers"]:
                x, y = (_counts(system, layer) for system in systems)
                # The groups of A: by near-duplicates and by stories they are those of B.
                difference = compare(x, y, left["groups"])
                compared[name][layer] = (_mean_f1(x), _mean_f1(y), difference)
        if not compared[name]:
            raise ValueError(f"'{system_a}' and '{system_b}' predict nothing that both could be compared on")
    if not compared:
        raise ValueError(f"{a} and {b} have no grouping in common")
    return dict(sorted(compared.items()))


def _require_same_data(ours: Mapping[str, Any], theirs: Mapping[str, Any], a: str | Path, b: str | Path) -> None:
    if ours.get("sha256") != theirs.get("sha256"):
        raise ValueError(
            f"{a} and {b} were scored on different data (corpus or annotation has changed); "
            "a paired comparison needs the same sentences with the same gold"
        )


def _results(run: str | Path) -> dict[str, Any]:
    """Return the results of a cross-validation, or an evaluation in the same shape."""
    path = Path(run)
    path = path / RESULTS_FILE if path.is_dir() else path
    if not path.is_file():
        raise FileNotFoundError(
            f"{run} has no results: give the output folder of a finished 'marsad crossval', or the file that "
            "'marsad evaluate --output' wrote"
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if "groupings" not in content:
            return _of_evaluation(content)
        if content["version"] != RESULTS_VERSION:
            raise ValueError(f"version {content['version']}")
        return content
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} holds no results of this version ({error!r}); make it anew") from error


def _of_evaluation(report: Mapping[str, Any]) -> dict[str, Any]:
    counts = {_DEFAULT_SYSTEM: report["counts"]}
    counts |= {name: baseline["counts"] for name, baseline in report.get("baselines", {}).items()}
    systems = {name: {"layers": list(layers), "counts": {"": layers}} for name, layers in counts.items()}
    grouping = {"groups": report["groups"], "systems": systems}
    return {"data": {"sha256": report["fingerprint"]}, "groupings": {f"split {report['split']}": grouping}}


def _system(grouping: Mapping[str, Any], name: str, run: str | Path) -> dict[str, Any]:
    if name not in grouping["systems"]:
        raise ValueError(f"{run} has no system '{name}'; it has {', '.join(grouping['systems'])}")
    return grouping["systems"][name]


def _counts(system: Mapping[str, Any], layer: str) -> NDArray:
    return np.array([counts[layer] for counts in system["counts"].values()]).reshape(len(system["counts"]), -1, 3)


def _mean_f1(counts: NDArray) -> float:
    return float(micro_f1(counts.sum(1)).mean())
