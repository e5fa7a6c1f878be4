"""The pictures of the evaluation page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trainer.pages.evaluation_section import SYSTEM_NAMES, Score, Section
from trainer.pages.evaluation_tables import NO_SPAN, SEEN_NAMES, labelled
from trainer.pages.layer_names import LAYER_NAMES
from trainer.pages.training_plots import HISTORY_LABELS
from trainer.plots.grouped_bars import grouped_bars
from trainer.plots.heat_map import heat_map
from trainer.plots.intervals import Estimated
from trainer.plots.learning_curve import learning_curve
from trainer.plots.picture import Picture
from trainer.plots.reliability import reliability
from trainer.plots.training_history import training_history
from trainer.plots.type_bars import Bar, type_bars


def section_pictures(section: Section, names: Mapping[str, str]) -> dict[str, Picture]:
    """Draw what a section has, by what it shows: ``systems``, ``types-LAYER``, ``confusions-LAYER``, ``reliability``, …

    Parameters
    ----------
    section:
        What the section shows.
    names:
        Display names of labels.

    Raises
    ------
    ModuleNotFoundError
        Without matplotlib.
    """
    pictures = {"systems": _systems(section)}
    for layer, by_type in section.inspection.by_type.items():
        bars = [
            Bar(labelled(label, names), score.f1, score.low, score.high, f"{score.support:.0f}")
            for label, score in sorted(by_type.items(), key=lambda item: -item[1].support)
        ]
        if bars:
            title = f"{LAYER_NAMES[layer]}: F1 لكل نوع مع فترة 95%"
            pictures[f"types-{layer}"] = type_bars(_name(section, f"types-{layer}"), title, bars)
    for layer, confusions in section.inspection.confusions.items():
        if confusions.labels:
            labels = [*(labelled(label, names) for label in confusions.labels), NO_SPAN]
            title = f"{LAYER_NAMES[layer]}: أي نوع أُخذ مكان أي"
            pictures[f"confusions-{layer}"] = heat_map(
                _name(section, f"confusions-{layer}"),
                title,
                labels,
                # Upright, where names would need more room than the cells.
                [*confusions.labels, NO_SPAN],
                confusions.counts,
                "نوع المعيار gold",
                "نوع النموذج predicted",
            )
    curves = {LAYER_NAMES[layer]: found.bins for layer, found in section.inspection.reliability.items() if found.bins}
    if curves:
        pictures["reliability"] = reliability(_name(section, "reliability"), "هل تصدق الدرجات؟ reliability", curves)
    if section.inspection.seen:
        pictures["seen"] = _seen(section)
    if section.curve:
        pictures["curve"] = _curve(section)
    if section.history:
        history, best_kept = section.history["history"], section.history["best_kept"]
        drawn = training_history(_name(section, "history"), "سير التدريب", history, best_kept, HISTORY_LABELS)
        if drawn is not None:
            pictures["history"] = drawn
    return pictures


def _name(section: Section, what: str) -> str:
    return f"{section.key}_{what}".replace("-", "_")


def _systems(section: Section) -> Picture:
    series: dict[str, Sequence[Estimated | None]] = {
        SYSTEM_NAMES.get(name, name): [_estimated(scores[la]) if la in scores else None for la in section.layers]
        for name, scores in section.systems.items()
    }
    groups = [LAYER_NAMES[layer] for layer in section.layers]
    return grouped_bars(_name(section, "systems"), "F1 micro مع فترة 95%", groups, series)


def _seen(section: Section) -> Picture:
    seen = section.inspection.seen
    series: dict[str, Sequence[Estimated | None]] = {
        name: [Estimated(buckets[bucket]["f1"], None, None) if bucket in buckets else None for buckets in seen.values()]
        for bucket, name in SEEN_NAMES.items()
    }
    title = "F1 للمقاطع المعروفة والجديدة"
    return grouped_bars(_name(section, "seen"), title, [LAYER_NAMES[layer] for layer in seen], series)


def _curve(section: Section) -> Picture:
    lines = {
        LAYER_NAMES[layer]: [(p.share, _estimated(p.scores[layer])) for p in section.curve if layer in p.scores]
        for layer in section.layers
    }
    axis = "نسبة النص المكتوب للتدريب training_only_share"
    return learning_curve(_name(section, "curve"), "منحنى التعلّم: F1 micro مع فترة 95%", axis, lines)


def _estimated(score: Score) -> Estimated:
    return Estimated(score.mean, score.low, score.high)
