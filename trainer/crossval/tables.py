"""The results of a cross-validation as rows of text, for the screen and for Markdown alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from trainer.crossval.plan import MODEL
from trainer.evaluation.argument_tables import argument_table, role_tables
from trainer.evaluation.span_counts import ITEM_LAYERS, SPAN_LAYERS
from trainer.evaluation.text_table import NOTHING, TextTable, estimate_cell

LAYER_NAMES = {"entities": "entities", "triggers": "triggers", "event_types": "event types"}


def headline_tables(results: Mapping[str, Any]) -> list[TextTable]:
    """Return for every grouping the scores of all systems, and how they do on what training had and had not."""
    tables = []
    for name, grouping in results["groupings"].items():
        where = f"folds by {name}{_leak_mark(grouping)}"
        tables += [_summary(grouping, where), _span_scores(grouping, where)]
        tables += [_type_scores(grouping, where), _seen(grouping, where)]
        if results["training_only"]:
            tables.append(_shared(grouping, where))
        if "arguments" in grouping:
            tables.append(argument_table(grouping["arguments"], f"mean over seeds, ±deviation over seeds; {where}"))
    return tables


def detail_tables(results: Mapping[str, Any]) -> list[TextTable]:
    """Return for every grouping the model's scores by type, by article and by length of spans."""
    tables = []
    for name, grouping in results["groupings"].items():
        where = f"folds by {name}{_leak_mark(grouping)}"
        model = grouping["systems"].get(MODEL)
        if model is None:
            continue
        for layer in model["layers"]:
            tables.append(_breakdown(model, layer, "per_type", f"{LAYER_NAMES[layer]} by type, {where}"))
            tables.append(_breakdown(model, layer, "by_article", f"{LAYER_NAMES[layer]} by article, {where}"))
            if layer in SPAN_LAYERS:
                tables.append(_breakdown(model, layer, "by_length", f"{LAYER_NAMES[layer]} by words, {where}"))
        if "arguments" in grouping:
            tables += role_tables(grouping["arguments"], f"mean over seeds; {where}")
    return tables


def _leak_mark(grouping: Mapping[str, Any]) -> str:
    count = grouping["leaks"]
    return f" (LEAKED: {count} of {len(grouping['documents'])} sentences repeat one trained on)" if count else ""


def _summary(grouping: Mapping[str, Any], where: str) -> TextTable:
    rows = []
    for name, system in grouping["systems"].items():
        cells = []
        for layer in ITEM_LAYERS:
            if layer not in system["summary"]:
                cells.append(NOTHING)
                continue
            cells.append(estimate_cell(system["summary"][layer]))
        rows.append([name, *cells])
    title = f"strict micro F1, mean over seeds [95% interval] ±deviation over seeds; {where}"
    return TextTable(title, ["system", *LAYER_NAMES.values()], rows)


def _span_scores(grouping: Mapping[str, Any], where: str) -> TextTable:
    values: dict[str, Callable[[Mapping[str, Any]], float | None]] = {
        "macro": lambda scores: scores["macro"]["f1"],
        "partial": lambda scores: scores["overlap"]["partial"]["micro"]["f1"],
        "type only": lambda scores: scores["overlap"]["type"]["micro"]["f1"],
    }
    rows = [
        [name, *(_mean(system, layer, value) for layer in SPAN_LAYERS for value in values.values())]
        for name, system in grouping["systems"].items()
    ]
    columns = [f"{LAYER_NAMES[layer]} {name}" for layer in SPAN_LAYERS for name in values]
    title = f"F1 of spans: strict macro, partial and type-only micro (MUC), mean over seeds; {where}"
    return TextTable(title, ["system", *columns], rows)


def _type_scores(grouping: Mapping[str, Any], where: str) -> TextTable:
    columns: dict[str, Callable[[Mapping[str, Any]], float | None]] = {
        "macro F1": lambda scores: scores["macro"]["f1"],
        "average precision micro": lambda scores: _ranking(scores, "micro"),
        "average precision macro": lambda scores: _ranking(scores, "macro"),
        "calibration error": lambda scores: scores["ranking"] and scores["ranking"]["calibration_error"],
    }
    rows = [
        [name, *(_mean(system, "event_types", value) for value in columns.values())]
        for name, system in grouping["systems"].items()
    ]
    return TextTable(f"event types of sentences, mean over seeds; {where}", ["system", *columns], rows)


def _ranking(scores: Mapping[str, Any], average: str) -> float | None:
    return scores["ranking"] and scores["ranking"]["average_precision"][average]


def _seen(grouping: Mapping[str, Any], where: str) -> TextTable:
    columns = [(layer, bucket) for layer in SPAN_LAYERS for bucket in ("seen", "unseen")]
    rows = []
    for name, system in grouping["systems"].items():
        cells = []
        for layer, bucket in columns:
            found = [seed[layer][bucket] for seed in system["seen"].values() if layer in seed]
            if not found:
                cells.append(NOTHING)
                continue
            mean = {key: sum(scores[key] for scores in found) / len(found) for key in ("f1", "recall", "support")}
            cells.append(f"{mean['f1']:.3f} / {mean['recall']:.3f} of {mean['support']:.0f}")
        rows.append([name, *cells])
    title = f"spans that training articles have (seen) or not: strict micro F1 / recall of how many; {where}"
    return TextTable(title, ["system", *(f"{LAYER_NAMES[layer]} {bucket}" for layer, bucket in columns)], rows)


def _shared(grouping: Mapping[str, Any], where: str) -> TextTable:
    shares = grouping["training_only_shares"]
    cells = [f"{shares[layer]['share']:.3f} of {shares[layer]['of']}" for layer in SPAN_LAYERS]
    title = f"share of the tested spans that stand in the text for training only, too; {where}"
    return TextTable(title, ["", *(LAYER_NAMES[layer] for layer in SPAN_LAYERS)], [["in it", *cells]])


def _breakdown(system: Mapping[str, Any], layer: str, key: str, title: str) -> TextTable:
    tables = [scores[layer][key] for scores in system["seeds"].values()]
    names = dict.fromkeys(name for table in tables for name in table)
    empty = {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0}
    rows = []
    for name in names:
        found = [table.get(name, empty) for table in tables]
        mean = {part: sum(row[part] for row in found) / len(found) for part in ("precision", "recall", "f1")}
        support = max(row["support"] for row in found)
        rows.append([name, *(f"{mean[part]:.3f}" for part in ("precision", "recall", "f1")), str(support)])
    if key == "per_type":
        rows.sort(key=lambda row: -int(row[-1]))
    return TextTable(f"the model's {title}; mean over seeds", [key, "precision", "recall", "F1", "support"], rows)


def _mean(system: Mapping[str, Any], layer: str, value: Callable[[Mapping[str, Any]], float | None]) -> str:
    if layer not in system["layers"]:
        return NOTHING
    found = [value(scores[layer]) for scores in system["seeds"].values()]
    return NOTHING if any(number is None for number in found) else f"{_average(found):.3f}"


def _average(numbers: Iterable[float | None]) -> float:
    known = [number for number in numbers if number is not None]
    return sum(known) / len(known)
