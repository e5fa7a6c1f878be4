"""The scores of arguments as rows of text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trainer.evaluation.argument_results import MODEL
from trainer.evaluation.arguments import GOLD, PREDICTED
from trainer.evaluation.text_table import NOTHING, TextTable, difference_cell, estimate_cell

_GIVEN = {PREDICTED: "predicted triggers and entities", GOLD: "gold triggers and entities"}
_AVERAGES = ("micro", "macro")
_PARTS = ("precision", "recall", "f1")


def argument_table(results: Mapping[str, Any], where: str) -> TextTable:
    """Return for each setting a row for every system and one for every difference of the model to another.

    Parameters
    ----------
    results:
        What :func:`trainer.evaluation.argument_results.argument_results` gave.
    where:
        What the scores are of, for the title.
    """
    rows = []
    for setting, scored in results["settings"].items():
        for name, system in scored["systems"].items():
            relaxed = [scores["relaxed"]["f1"] for scores in system["seeds"].values()]
            rows.append([name, setting, estimate_cell(system["summary"]), f"{sum(relaxed) / len(relaxed):.3f}"])
        for name, difference in scored["differences"].items():
            rows.append([f"{MODEL} less {name}", setting, difference_cell(difference), NOTHING])
    title = (
        "arguments: micro F1 [95% interval] of event type, trigger, role and filler together, given predicted or gold "
        f"triggers and entities (relaxed: any trigger of the type in the sentence will do); {where}"
    )
    return TextTable(title, ["system", "given", "micro F1", "relaxed"], rows)


def role_tables(results: Mapping[str, Any], where: str) -> list[TextTable]:
    """Return for each setting the model's scores of every role, and the F1 of each other system beside them.

    Parameters
    ----------
    results, where:
        As for :func:`argument_table`.
    """
    return [
        _role_table(scored["systems"], f"arguments by role, {_GIVEN[setting]}; {where}")
        for setting, scored in results["settings"].items()
    ]


def _role_table(systems: Mapping[str, Any], title: str) -> TextTable:
    others = [name for name in systems if name != MODEL]
    roles = dict.fromkeys(role for scores in systems[MODEL]["seeds"].values() for role in scores["per_role"])
    rows = []
    for role in (*roles, *_AVERAGES):
        own = _mean(systems[MODEL], role)
        cells = [f"{own[part]:.3f}" for part in _PARTS]
        rows.append([role, *cells, f"{own['support']:.0f}", *(f"{_mean(systems[o], role)['f1']:.3f}" for o in others)])
    columns = ["role", "precision", "recall", "F1", "support", *(f"F1 of {name}" for name in others)]
    return TextTable(f"the {MODEL}'s {title}", columns, rows)


def _mean(system: Mapping[str, Any], role: str) -> dict[str, float]:
    """Return the mean over the seeds of the scores of a role or of an average; a role that a seed has not scores 0."""
    nothing = {**dict.fromkeys(_PARTS, 0.0), "support": 0}
    seeds = system["seeds"].values()
    found = [scores[role] if role in _AVERAGES else scores["per_role"].get(role, nothing) for scores in seeds]
    mean = {part: sum(scores[part] for scores in found) / len(found) for part in _PARTS}
    return {**mean, "support": max(scores["support"] for scores in found)}
