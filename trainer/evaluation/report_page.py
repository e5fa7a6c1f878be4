"""An evaluation of a model as a section of the evaluation page.

Here measurements become values of a page, so this looks on to :mod:`trainer.pages`, which never looks back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from trainer.evaluation.arguments import GOLD, PREDICTED
from trainer.evaluation.bootstrap import RESAMPLES, estimate
from trainer.evaluation.compared_sentences import compared_sentences
from trainer.evaluation.inspection import inspect_predictions
from trainer.evaluation.report import Evaluation
from trainer.evaluation.seen_spans import SeenSpans, load_seen_spans
from trainer.evaluation.text_table import difference_cell, estimate_cell
from trainer.pages.evaluation_section import MODEL, SYSTEM_NAMES, Score, Section
from trainer.pages.layer_names import LAYER_NAMES
from trainer.training.history import read_history

STRICT = (
    "يُحسب الكيان أو لفظ الحدث صحيحًا إذا وافق المعيار gold في طرفيه ونوعه معًا (strict، IOB2)، ونوع الحدث إذا كان "
    "في الجملة؛ ومقياس F1 الجزئي micro يعدّ كل عنصر عنصرًا."
)
ARGUMENTS = (
    "ويُحسب دور الكيان في الحدث صحيحًا إذا وافق المعيار في نوع الحدث ولفظه وفي الدور وطرفي الكيان معًا؛ مرة بما وجده "
    "النموذج من ألفاظ وكيانات predicted، ومرة بألفاظ المعيار وكياناته gold."
)
INTERVALS = (
    f"فترات الثقة 95% من إعادة المعاينة bootstrap: {RESAMPLES} مرة تُسحب فيها جمل كل {{unit}} من جديد مع الإرجاع. وهي "
    "تجيب: ماذا لو كانت لهذه المقالات جمل أخرى؟ ولا تجيب: ماذا لو كانت مقالات أخرى؟"
)
_SECTION_KEY = "evaluation"
_GIVEN = {PREDICTED: "بألفاظ النموذج وكياناته predicted", GOLD: "بألفاظ المعيار وكياناته gold"}


def evaluation_section(evaluation: Evaluation, model: str | Path) -> Section:
    """Return what the page shows of ``evaluation``, which is of the model in the folder ``model``.

    Raises
    ------
    ValueError
        If what the model folder keeps of its training cannot be read.
    """
    report, gold = evaluation.report, evaluation.gold
    inspection = inspect_predictions(
        report["model"]["name"],
        gold,
        {"": evaluation.predicted},
        evaluation.layers,
        report["groups"],
        evaluation.schema,
        _seen(evaluation, model),
    )
    return Section(
        key=_SECTION_KEY,
        title=f"{report['model']['name']} على {report['split']}",
        facts=[
            ("النموذج model", f"{report['model']['name']} ({report['model']['fingerprint']})"),
            ("البيانات data", report["data"]),
            ("القسم split", report["split"]),
            ("المقالات documents", str(len(gold))),
            ("الجمل sentences", str(sum(len(document.sentences) for document in gold))),
            *gold_items(report["scores"]),
            *argument_facts(report),
        ],
        method=[
            f"وسم النموذج مقالات القسم {report['split']} من {report['data']} من غير أن يرى وسومها، "
            "ثم قورن وسمه بالمعيار.",
            STRICT,
            *([ARGUMENTS] if "arguments" in report else []),
            INTERVALS.format(unit="مقالة"),
        ],
        warning=leak_warning(report),
        layers=evaluation.layers,
        systems=_systems(report, evaluation.layers),
        scores=[report["scores"]],
        inspection=inspection,
        sentences=compared_sentences(inspection),
        history=read_history(Path(model)),
    )


def gold_items(scores: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return how many items gold has in each layer, as facts of a section."""
    return [
        (f"في المعيار gold: {LAYER_NAMES[layer]}", f"{of_layer['micro']['support']:.0f}")
        for layer, of_layer in scores.items()
    ]


def argument_facts(results: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return how well the arguments of events were found, as facts of a section; none where nothing was measured.

    ``results`` may have under ``arguments`` what :func:`trainer.evaluation.argument_results.argument_results` gave.
    """
    facts = []
    for setting, scored in results.get("arguments", {}).get("settings", {}).items():
        systems = "؛ ".join(
            f"{SYSTEM_NAMES.get(name, name)} {estimate_cell(system['summary'])}"
            for name, system in scored["systems"].items()
        )
        differences = "".join(
            f"؛ الفرق عن {SYSTEM_NAMES.get(name, name)} {difference_cell(value)}"
            for name, value in scored["differences"].items()
        )
        facts.append((f"أدوار الأحداث arguments، F1 micro {_GIVEN[setting]}", systems + differences))
    return facts


def leak_warning(report: Mapping[str, Any]) -> str:
    """Say how many of the sentences the model knew, or that nobody could check it; nothing if none."""
    leaks = report["leaks"]
    if leaks is None:
        return "لا بصمات للجمل في مجلد النموذج، فلم يمكن التحقق من أنه لم يتدرب على هذه الجمل."
    if not leaks["sentences"]:
        return ""
    return (
        f"LEAKED: {leaks['sentences']} من {leaks['of']} جملة استُعملت في صنع هذا النموذج "
        f"(للتدريب {leaks['trained_on']}، للاختيار {leaks['chosen_on']}). لا تقول هذه الدرجات شيئًا عن مقالات جديدة."
    )


def _systems(report: Mapping[str, Any], layers: list[str]) -> dict[str, dict[str, Score]]:
    systems = {
        MODEL: {
            layer: Score(value["mean"], value["low"], value["high"], macro=report["scores"][layer]["macro"]["f1"])
            for layer, value in report["intervals"].items()
        }
    }
    for name, baseline in report.get("baselines", {}).items():
        scores = {}
        for layer in (layer for layer in layers if layer in baseline["counts"]):
            value = estimate(np.array(baseline["counts"][layer]).reshape(1, -1, 3), report["groups"])
            macro = baseline["scores"][layer]["macro"]["f1"]
            scores[layer] = Score(value.mean, value.low, value.high, macro=macro)
        systems[name] = scores
    return systems


def _seen(evaluation: Evaluation, model: str | Path) -> dict[str, dict[str, dict[str, float]]]:
    """Score spans by whether the model was trained on them, whatever the source."""
    sources = load_seen_spans(model).values()
    if not sources:
        return {}
    known = SeenSpans(
        **{
            field.name: frozenset().union(*(getattr(seen, field.name) for seen in sources))
            for field in fields(SeenSpans)
        }
    )
    counts = known.counts(evaluation.gold, evaluation.predicted)
    return {layer: {bucket: one.scores() for bucket, one in buckets.items()} for layer, buckets in counts.items()}
