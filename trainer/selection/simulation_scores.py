"""What a simulation found: scores at every step, the area under the curve, and what choosing adds to drawing.

Intervals are those of :mod:`trainer.evaluation.bootstrap`: what if other sentences of these articles had been tested.
They say nothing about which sentences are drawn to begin with; that is what the seeds differ in. So a difference
counts as one only where its interval leaves out 0 *and* every seed has its sign.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import fmean
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from trainer.evaluation.bootstrap import METHOD, compare, estimate, micro_f1
from trainer.selection.simulation import CHOSEN, RANDOM, START, STRATEGIES, Material, Run, SimulationOptions
from trainer.selection.simulation_runs import stored

RESULTS_VERSION = 1
# The mean of the layers' F1, beside the layers.
MEAN = "mean"
Outcome = Literal["better", "worse", "no difference"]


def collect_results(
    runs: Sequence[Run], options: SimulationOptions, material: Material, output: Path, max_steps: int
) -> dict[str, Any]:
    """Score the runs of a simulation that is done.

    Returns
    -------
    dict
        ``steps``: for each the number of ``sentences``, by strategy the ``scores``
        (:class:`trainer.evaluation.bootstrap.Estimate` of each layer, and of their mean) and ``revealed`` (means over
        seeds of the words and of the labelled items of each layer), and ``difference``
        (:class:`trainer.evaluation.bootstrap.Difference`, chosen less random; ``None`` at the first step, which both
        share) with its value ``per_seed``. ``area`` has the same of the area under the curve: the mean F1 over the
        curve, every step from one size to the next weighing alike. ``outcome`` says of each layer what the area says.
    """
    by_place = {(run.strategy, run.step, run.seed): stored(run, output) for run in runs}
    layers = _layers(material)
    counts = {
        strategy: np.array(
            [
                [[_of(by_place, strategy, step, seed)["counts"][layer] for layer in layers] for seed in options.seeds]
                for step in range(len(options.steps))
            ]
        )
        for strategy in STRATEGIES
    }
    steps = []
    for step, size in enumerate(options.steps):
        of_step = {strategy: whole[step : step + 1] for strategy, whole in counts.items()}
        steps.append(
            {
                "sentences": size,
                **_compared(of_step, layers, material.groups, alike=step == 0),
                "revealed": {
                    strategy: _revealed(
                        [_of(by_place, strategy, step, seed)["annotated"] for seed in options.seeds], material, layers
                    )
                    for strategy in STRATEGIES
                },
            }
        )
    # Both ends of every stretch of the curve: their mean is the area, every stretch weighing alike.
    ends = {strategy: np.concatenate([whole[:-1], whole[1:]]) for strategy, whole in counts.items()}
    area = _compared(ends, layers, material.groups, alike=False) if len(options.steps) > 1 else None
    return {
        "version": RESULTS_VERSION,
        "options": asdict(options),
        "optimiser_steps": max_steps,
        "data": {
            "name": material.name,
            "pool": len(material.pool),
            "documents": [document.id for document in material.test],
            "sentences": len(material.groups),
        },
        "intervals": METHOD,
        "layers": layers,
        "steps": steps,
        "area": area,
        "outcome": {name: _outcome(found) for name, found in area["difference"].items()} if area else {},
        "training_seconds": round(sum(content["training_seconds"] for content in by_place.values()), 1),
        "seconds": round(sum(content["seconds"] for content in by_place.values()), 1),
    }


def outcome_sentence(results: Mapping[str, Any]) -> str:
    """Say in one sentence what came out, whichever it is."""
    if not results["outcome"]:
        return "A single step compares nothing: both strategies begin with the same sentences."
    said = {
        "better": "Choosing beats drawing at random",
        "worse": "Choosing is worse than drawing at random",
        "no difference": "No significant difference between choosing and drawing at random",
    }
    found = results["area"]["difference"][MEAN]
    means = {strategy: results["area"]["scores"][strategy][MEAN]["mean"] for strategy in STRATEGIES}
    better = sum(value > 0 for value in found["per_seed"])
    return (
        f"{said[results['outcome'][MEAN]]}: mean F1 over the curve {means[CHOSEN]:.3f} against {means[RANDOM]:.3f}, "
        f"difference {found['mean']:+.3f} [{found['low']:+.3f} {found['high']:+.3f}], {_p_value(found['p'])}, "
        f"better with {better} of {len(found['per_seed'])} seeds."
    )


def _p_value(p: float) -> str:
    """Return ``p`` as it is said: resampling cannot tell how far below a thousandth it lies."""
    return "p < 0.001" if p < 0.001 else f"p {p:.3f}"


def _of(by_place: Mapping[tuple[str, int, int], Mapping[str, Any]], strategy: str, step: int, seed: int) -> Any:
    return by_place[START if step == 0 else strategy, step, seed]


def _layers(material: Material) -> list[str]:
    annotated = [{layer for one in part for layer in one.layers} for part in (material.pool.values(), material.test)]
    return [layer for layer in material.schema.layers if all(layer in part for part in annotated)]


def _compared(
    counts: Mapping[str, NDArray], layers: Sequence[str], groups: Sequence[int], *, alike: bool
) -> dict[str, Any]:
    """Return estimates of each strategy and differences, for each layer and their mean.

    Parameters
    ----------
    counts:
        By strategy, (steps, seeds, layers, sentences, 3); several steps are averaged.
    """
    rows = {**{layer: [index] for index, layer in enumerate(layers)}, MEAN: list(range(len(layers)))}
    scores: dict[str, dict[str, Any]] = {strategy: {} for strategy in counts}
    differences: dict[str, Any] = {}
    for name, indices in rows.items():
        part = {strategy: whole[:, :, indices] for strategy, whole in counts.items()}
        flat = {strategy: whole.reshape(-1, *whole.shape[-2:]) for strategy, whole in part.items()}
        per_seed = {strategy: micro_f1(whole.sum(-2)).mean((0, 2)) for strategy, whole in part.items()}
        for strategy in counts:
            values = per_seed[strategy]
            scores[strategy][name] = {
                **asdict(estimate(flat[strategy], groups)),
                "deviation": float(values.std(ddof=1)) if len(values) > 1 else 0.0,
                "per_seed": values.tolist(),
            }
        if alike:
            differences[name] = None
            continue
        differences[name] = {
            **asdict(compare(flat[CHOSEN], flat[RANDOM], groups)),
            "per_seed": (per_seed[CHOSEN] - per_seed[RANDOM]).tolist(),
        }
    return {"scores": scores, "difference": differences}


def _revealed(annotated: Sequence[Sequence[str]], material: Material, layers: Sequence[str]) -> dict[str, float]:
    """Return how much there was to read and to label, means over seeds."""
    documents = [[material.pool[id] for id in ids] for ids in annotated]
    revealed = {"words": fmean(sum(len(one.words) for one in of_seed) for of_seed in documents)}
    items = {
        "entities": lambda one: len(one.entities),
        "triggers": lambda one: len(one.events),
        "event_types": lambda one: sum(len(sentence.event_types) for sentence in one.sentences),
    }
    for layer in layers:
        revealed[layer] = fmean(sum(items[layer](one) for one in of_seed) for of_seed in documents)
    return {name: round(value, 1) for name, value in revealed.items()}


def _outcome(difference: Mapping[str, Any]) -> Outcome:
    if difference["low"] > 0 and min(difference["per_seed"]) > 0:
        return "better"
    if difference["high"] < 0 and max(difference["per_seed"]) < 0:
        return "worse"
    return "no difference"
