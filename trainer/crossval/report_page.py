"""A cross-validation as sections of the evaluation page: one a grouping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from trainer.crossval.curve import CurveRun
from trainer.crossval.plan import MODEL, NEAR_DUPLICATES, OUTSIDE, STORIES, Task
from trainer.crossval.results import model_predictions
from trainer.data.corpus import Corpus
from trainer.evaluation.compared_sentences import compared_sentences
from trainer.evaluation.inspection import inspect_predictions
from trainer.evaluation.report_page import ARGUMENTS, INTERVALS, STRICT, argument_facts, gold_items
from trainer.pages.evaluation_section import CurvePoint, Score, Section

_TITLES = {
    NEAR_DUPLICATES: "أقسام بحسب النسخ المتقاربة near-duplicates",
    STORIES: "أقسام بحسب القصص stories",
    OUTSIDE: "مدونة أخرى outside",
}
_HOW = {
    NEAR_DUPLICATES: "تُختبر كل مقالة بنماذج لم تتدرب عليها ولا على مقالة تنسخ منها.",
    STORIES: "تُختبر كل مقالة بنماذج لم تتدرب على شيء من الأحداث التي ترويها.",
    OUTSIDE: "تتدرب النماذج على مقالات المدونة كلها وتُختبر على مدونة أخرى.",
}


def crossval_sections(
    results: Mapping[str, Any], tasks: Sequence[Task], output: Path, corpus: Corpus, curve: Sequence[CurveRun] = ()
) -> list[Section]:
    """Return what the page shows of each grouping.

    Parameters
    ----------
    results:
        What :func:`trainer.crossval.results.collect_results` gave, with the ``options`` of the run.
    tasks, output, corpus:
        The tasks, the folder where their predictions lie, and what was predicted.
    curve:
        The runs of the learning curve, from the smallest share on, this one among them.
    """
    return [_section(name, results, tasks, output, corpus, curve) for name in results["groupings"]]


def _section(
    name: str,
    results: Mapping[str, Any],
    tasks: Sequence[Task],
    output: Path,
    corpus: Corpus,
    curve: Sequence[CurveRun],
) -> Section:
    grouping, options = results["groupings"][name], results["options"]
    system = grouping["systems"][MODEL]
    gold, runs = model_predictions(tasks, name, output, corpus)
    scores = list(system["seeds"].values())
    inspection = inspect_predictions(
        MODEL, gold, runs, system["layers"], grouping["groups"], corpus.schema, _mean_seen(system["seen"])
    )
    overrides = " ".join(f"--{key} {value}" for key, value in options["overrides"].items())
    facts = [
        ("الإعداد config", f"{options['config']} {overrides}".strip()),
        ("البذور seeds", "، ".join(map(str, options["seeds"]))),
        ("المدونة corpus", results["data"]["name"]),
        ("بصمة بيانات الاختبار sha256", grouping["sha256"][:16]),
        ("المقالات documents", str(len(gold))),
        ("الجمل sentences", str(len(grouping["documents"]))),
        *gold_items(scores[0]),
        *argument_facts(grouping),
        ("نصوص للتدريب فقط training only", str(results["training_only"])),
    ]
    if options["without"]:
        facts.append(("من غير without", "، ".join(options["without"])))
    return Section(
        key=name,
        title=_TITLES[name],
        facts=facts,
        method=[
            f"{_HOW[name]} ووُسمت كل جملة مرة واحدة لكل بذرة seed، والدرجات متوسطة على البذور.",
            STRICT,
            *([ARGUMENTS] if "arguments" in grouping else []),
            INTERVALS.format(unit="مجموعة مقالات"),
        ],
        warning=_leak_warning(grouping),
        layers=system["layers"],
        systems={other: _scores(of_other) for other, of_other in _model_first(grouping["systems"]).items()},
        scores=scores,
        inspection=inspection,
        sentences=compared_sentences(inspection),
        folds=grouping["folds"],
        curve=[
            CurvePoint(
                run.share, run.results["training_only"], _scores(run.results["groupings"][name]["systems"][MODEL])
            )
            for run in curve
        ],
    )


def _leak_warning(grouping: Mapping[str, Any]) -> str:
    count, of = grouping["leaks"], len(grouping["documents"])
    return f"LEAKED: {count} من {of} جملة تكرر جملة في نص التدريب. درجاتها تُطري النموذج." if count else ""


def _model_first(systems: Mapping[str, Any]) -> dict[str, Any]:
    return {MODEL: systems[MODEL], **systems}


def _scores(system: Mapping[str, Any]) -> dict[str, Score]:
    scores = {}
    for layer, value in system["summary"].items():
        macros = [seed[layer]["macro"]["f1"] for seed in system["seeds"].values()]
        deviation = value["deviation"] if len(macros) > 1 else None
        scores[layer] = Score(value["mean"], value["low"], value["high"], deviation, sum(macros) / len(macros))
    return scores


def _mean_seen(seeds: Mapping[str, Any]) -> dict[str, dict[str, dict[str, float]]]:
    """Average over the seeds the scores by whether training articles have the span."""
    first = next(iter(seeds.values()))
    return {
        layer: {
            bucket: {key: sum(seed[layer][bucket][key] for seed in seeds.values()) / len(seeds) for key in scores}
            for bucket, scores in buckets.items()
        }
        for layer, buckets in first.items()
    }
