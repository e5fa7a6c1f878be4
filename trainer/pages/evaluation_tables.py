"""The tables of the evaluation page: the numbers behind every picture, as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trainer.pages.evaluation_section import KIND_NAMES, SYSTEM_NAMES, Score, Section
from trainer.pages.layer_names import LAYER_NAMES
from trainer.pages.training import epoch_rows
from trainer.pages.training_plots import EPOCH

PRECISION, RECALL, F1, SUPPORT = "الدقة precision", "الاستدعاء recall", "F1", "العدد support"
INTERVAL = "فترة 95%"
SEEN_NAMES = {"seen": "وردت في نص التدريب seen", "unseen": "لم ترد فيه unseen"}
NOTHING = "–"
NO_SPAN = "لا شيء none"


@dataclass(frozen=True)
class Table:
    """A table whose first column names its rows; the other cells are numbers, or words where ``numbers`` is false."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: bool = True


def labelled(label: str, names: Mapping[str, str]) -> str:
    """Return a label with its display name, where it has one of its own."""
    name = names.get(label, label)
    return label if name == label else f"{name} {label}"


def summary_table(section: Section) -> Table:
    """Return the model's strict micro F1 in each layer."""
    scores = next(iter(section.systems.values()))
    rows = [
        [
            LAYER_NAMES[layer],
            _number(score.mean),
            _interval(score),
            NOTHING if score.deviation is None else f"±{score.deviation:.3f}",
            _number(score.macro),
        ]
        for layer, score in scores.items()
    ]
    columns = ["الطبقة", "F1 micro", INTERVAL, "الانحراف بين البذور", "F1 macro"]
    return Table("درجات النموذج", columns, rows)


def systems_table(section: Section) -> Table:
    """Return micro F1 of all systems."""
    rows = []
    for name, scores in section.systems.items():
        cells = [_estimated(scores[layer]) if layer in scores else NOTHING for layer in section.layers]
        rows.append([SYSTEM_NAMES.get(name, name), *cells])
    deviation = "، و± الانحراف بين البذور" if section.several_seeds else ""
    columns = ["النظام", *(LAYER_NAMES[layer] for layer in section.layers)]
    return Table(f"F1 micro مع فترة 95%{deviation}", columns, rows)


def types_table(section: Section, layer: str, names: Mapping[str, str]) -> Table:
    """Return the scores of every type of a layer, the most frequent first."""
    by_type = section.inspection.by_type[layer]
    rows = [
        [
            labelled(label, names),
            *map(_number, (score.precision, score.recall, score.f1)),
            f"[{score.low:.3f} {score.high:.3f}]",
            f"{score.support:.0f}",
            f"{score.predicted:.0f}",
        ]
        for label, score in sorted(by_type.items(), key=lambda item: -item[1].support)
    ]
    columns = ["النوع", PRECISION, RECALL, F1, INTERVAL, SUPPORT, "ما وجده النموذج predicted"]
    return Table(f"{LAYER_NAMES[layer]} بحسب النوع", columns, rows)


def breakdown_table(section: Section, layer: str, key: str) -> Table | None:
    """Return a layer's scores by ``by_length`` or ``by_article``, means over runs; none where nothing is counted."""
    tables = [scores[layer][key] for scores in section.scores if key in scores[layer]]
    rows = []
    for name in dict.fromkeys(name for table in tables for name in table):
        found = [table[name] for table in tables if name in table]
        if any(row["support"] or row["precision"] for row in found):
            means = [sum(row[part] for row in found) / len(tables) for part in ("precision", "recall", "f1")]
            rows.append([name, *map(_number, means), str(max(int(row["support"]) for row in found))])
    if not rows:
        return None
    of = {"by_length": "عدد الكلمات", "by_article": "المقالة"}[key]
    return Table(f"{LAYER_NAMES[layer]} بحسب {of}", [of, PRECISION, RECALL, F1, SUPPORT], rows)


def span_scores_table(section: Section) -> Table | None:
    """Return strict, partial and type-only F1 of the span layers; none where none is scored."""
    columns: dict[str, Callable[[Mapping[str, Any]], float]] = {
        "F1 strict micro": lambda scores: scores["micro"]["f1"],
        "F1 strict macro": lambda scores: scores["macro"]["f1"],
        "F1 جزئي partial": lambda scores: scores["overlap"]["partial"]["micro"]["f1"],
        "F1 للنوع وحده type": lambda scores: scores["overlap"]["type"]["micro"]["f1"],
    }
    rows = [
        [LAYER_NAMES[layer], *(_number(_mean(section, layer, value)) for value in columns.values())]
        for layer in section.layers
        if "overlap" in section.scores[0][layer]
    ]
    return Table("درجات ألين للمقاطع (MUC)", ["الطبقة", *columns], rows) if rows else None


def ranking_table(section: Section) -> Table | None:
    """Return how well the scores of event types rank sentences; none without such scores."""
    if not all(scores.get("event_types", {}).get("ranking") for scores in section.scores):
        return None
    values = [
        _mean(section, "event_types", lambda scores, of=of: scores["ranking"]["average_precision"][of])  # type: ignore[misc]
        for of in ("micro", "macro")
    ]
    columns = ["الطبقة", "average precision micro", "average precision macro"]
    return Table("ترتيب الجمل بحسب درجة النوع", columns, [[LAYER_NAMES["event_types"], *map(_number, values)]])


def confusion_table(section: Section, layer: str, names: Mapping[str, str]) -> Table:
    """Return which gold type was found as which, zeros left out."""
    confusions = section.inspection.confusions[layer]
    labels = [*(labelled(label, names) for label in confusions.labels), NO_SPAN]
    rows = [
        [label, *(str(count) if count else "" for count in row)]
        for label, row in zip(labels, confusions.counts.tolist(), strict=True)
    ]
    return Table(f"{LAYER_NAMES[layer]}: نوع المعيار في الصفوف ونوع النموذج في الأعمدة", ["", *labels], rows)


def reliability_table(section: Section, layer: str) -> Table:
    """Return the bins of a layer's reliability curve."""
    rows = [
        [f"{row['low']:.1f}–{row['high']:.1f}", str(row["count"]), _number(row["mean_score"]), _number(row["observed"])]
        for row in section.inspection.reliability[layer].bins
    ]
    columns = ["الدرجة score", "العدد", "متوسط الدرجة", "نسبة الصواب observed"]
    return Table(f"{LAYER_NAMES[layer]}: نقاط المنحنى", columns, rows)


def calibration_table(section: Section) -> Table | None:
    """Return the expected calibration error of every layer that has scores."""
    errors = {layer: section.inspection.reliability[layer].error for layer in section.layers}
    rows = [[LAYER_NAMES[layer], _number(error)] for layer, error in errors.items() if error is not None]
    return Table("خطأ المعايرة expected calibration error", ["الطبقة", "ECE"], rows) if rows else None


def seen_table(section: Section) -> Table | None:
    """Return the scores of spans by whether the training text has them; none where it is not known."""
    rows = [
        [f"{LAYER_NAMES[layer]}: {SEEN_NAMES[bucket]}", *map(_number, values), f"{scores['support']:.0f}"]
        for layer, buckets in section.inspection.seen.items()
        for bucket, scores in buckets.items()
        for values in [[scores["precision"], scores["recall"], scores["f1"]]]
    ]
    return Table("المعروف والجديد", ["المقاطع", PRECISION, RECALL, F1, SUPPORT], rows) if rows else None


def curve_table(section: Section) -> Table:
    """Return the points of the learning curve."""
    rows = [
        [
            f"{point.share:g}",
            str(point.documents),
            *(_estimated(point.scores[layer]) if layer in point.scores else NOTHING for layer in section.layers),
        ]
        for point in section.curve
    ]
    columns = ["النسبة training_only_share", "نصوص للتدريب فقط", *(LAYER_NAMES[layer] for layer in section.layers)]
    return Table("منحنى التعلّم: F1 micro", columns, rows)


def history_table(section: Section) -> Table:
    """Return the losses and the validation scores of the training."""
    rows = epoch_rows(section.history["history"])
    layers = [layer for layer in LAYER_NAMES if any(layer in row.scores for row in rows)]
    cells = [
        [f"{row.epoch:.4g}", str(row.step), _number(row.loss), *(_number(row.scores.get(layer)) for layer in layers)]
        for row in rows
    ]
    columns = [EPOCH, "الخطوة step", "الخسارة loss", *(f"{LAYER_NAMES[layer]} F1" for layer in layers)]
    return Table("سير التدريب، والدرجات على نصوص التحقق validation", columns, cells)


def errors_table(section: Section) -> Table:
    """Return how many errors of each kind there are in each layer, summed over runs."""
    errors = [error for sentence in section.sentences for error in sentence.errors]
    rows = [
        [LAYER_NAMES[layer], *(str(sum(e.layer == layer and kind in e.kinds for e in errors)) for kind in KIND_NAMES)]
        for layer in section.layers
    ]
    columns = ["الطبقة", *(f"{name} {kind}" for kind, name in KIND_NAMES.items())]
    return Table("الأخطاء بحسب صنفها" + ("، مجموعةً على البذور" if section.several_seeds else ""), columns, rows)


def folds_table(section: Section) -> Table | None:
    """Return what each fold was tested on, trained on and chosen on; none for a section without folds."""
    rows = [[", ".join(fold[key]) or NOTHING for key in ("test", "training", "validation")] for fold in section.folds]
    columns = ["الاختبار test", "التدريب training", "الاختيار validation"]
    return Table("الأقسام folds", columns, rows, numbers=False) if rows else None


def _mean(section: Section, layer: str, value: Callable[[Mapping[str, Any]], float | None]) -> float | None:
    found = [number for scores in section.scores if (number := value(scores[layer])) is not None]
    return sum(found) / len(found) if found else None


def _number(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.3f}"


def _interval(score: Score) -> str:
    return f"[{score.low:.3f} {score.high:.3f}]"


def _estimated(score: Score) -> str:
    deviation = "" if score.deviation is None else f" ±{score.deviation:.3f}"
    return f"{score.mean:.3f} {_interval(score)}{deviation}"
