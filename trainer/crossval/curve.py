"""The learning curve: runs that differ in how much of the text for training only they have learnt from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from trainer.crossval.plan import MODEL, CrossvalOptions, documents_of, tested_ids
from trainer.crossval.results import RESULTS_FILE, RESULTS_VERSION, data_digest
from trainer.data.corpus import Corpus
from trainer.data.folds import Fold
from trainer.training.settings import read_settings

SHARE = "training_only_share"


@dataclass(frozen=True)
class CurveRun:
    """A finished run: the share of the text for training only that it had, and its ``results.json``."""

    share: float
    results: Mapping[str, Any]


def read_curve(
    folders: Sequence[Path], options: CrossvalOptions, corpus: Corpus, folds: Mapping[str, Sequence[Fold]]
) -> list[CurveRun]:
    """Read the results of earlier runs that belong on one learning curve with the run of ``options``.

    Parameters
    ----------
    folders:
        Output folders of ``marsad crossval``.
    options, corpus, folds:
        Of the run that the curve is shown with; ``folds`` are those of :func:`trainer.crossval.plan.folds_of`.

    Raises
    ------
    FileNotFoundError
        If a folder has no results.
    ValueError
        If a run differs in more than ``training_only_share``, was tested on other data, or has the share of another.
    """
    settings, _ = read_settings(options.config, options.overrides)
    shares = {settings.training_only_share: "this run"}
    runs = []
    for folder in folders:
        results = _results(folder)
        _require_same_run(folder, results, options, folds)
        for name in folds:
            gold = documents_of(corpus, tested_ids(corpus, name))
            if results["groupings"][name]["sha256"] != data_digest(gold):
                raise ValueError(
                    f"{folder} is no point of this learning curve: it was tested on other data (corpus or annotation "
                    f"has changed); run it again"
                )
        overrides = {**options.overrides, **results["options"]["overrides"]}
        if SHARE not in results["options"]["overrides"]:
            overrides.pop(SHARE, None)
        share = read_settings(options.config, overrides)[0].training_only_share
        if share in shares:
            raise ValueError(f"{folder} has the {SHARE} {share:g}, as has {shares[share]}: leave one of them out")
        shares[share] = str(folder)
        runs.append(CurveRun(share, results))
    return runs


def with_this_run(runs: Sequence[CurveRun], options: CrossvalOptions, results: Mapping[str, Any]) -> list[CurveRun]:
    """Return the points of the curve, this run's among them, from the smallest share on; none without earlier runs."""
    if not runs:
        return []
    settings, _ = read_settings(options.config, options.overrides)
    return sorted([*runs, CurveRun(settings.training_only_share, results)], key=lambda run: run.share)


def _results(folder: Path) -> dict[str, Any]:
    path = folder / RESULTS_FILE
    if not path.is_file():
        raise FileNotFoundError(
            f"{folder} has no {RESULTS_FILE}: --curve takes output folders of finished 'marsad crossval' runs"
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["version"] != RESULTS_VERSION:
            raise ValueError(f"version {content['version']}")
        for grouping in content["groupings"].values():
            # What earlier versions did not write, or a damaged file lacks.
            _ = grouping["sha256"], grouping["folds"], grouping["systems"][MODEL]["summary"]
        _ = content["training_only"], content["options"]["overrides"]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} holds no results of this version ({error!r}); make it anew") from error
    return content


def _require_same_run(
    folder: Path, results: Mapping[str, Any], options: CrossvalOptions, folds: Mapping[str, Sequence[Fold]]
) -> None:
    ours = _told(options.config, options.overrides, options.seeds, options.without)
    theirs = _told(**{key: results["options"].get(key) for key in ("config", "overrides", "seeds", "without")})
    for what in sorted(ours.keys() | theirs.keys(), key=lambda name: (name not in ours, name)):
        here, there = ours.get(what, "not given"), theirs.get(what, "not given")
        if here != there:
            raise ValueError(
                f"{folder} is no point of this learning curve: {what} is {there} there and {here} here, and runs of "
                f"one curve may only differ in {SHARE}"
            )
    for name, group in folds.items():
        if name not in results["groupings"]:
            raise ValueError(f"{folder} is no point of this learning curve: it has no folds by {name}")
        # By way of JSON, which knows no tuples.
        if results["groupings"][name]["folds"] != json.loads(json.dumps([asdict(fold) for fold in group])):
            raise ValueError(
                f"{folder} is no point of this learning curve: its folds by {name} are others (--folds, --validation)"
            )


def _told(config: Any, overrides: Any, seeds: Any, without: Any) -> dict[str, str]:
    """Return what decides a run's results besides the share, by name, as text that can be compared and shown."""
    settings = {f"--{key}": str(value) for key, value in overrides.items() if key != SHARE}
    told = {"the config": str(config), "--seeds": ",".join(map(str, seeds or ()))}
    return {**told, "--without": ",".join(sorted(without or ())) or "not given", **settings}
