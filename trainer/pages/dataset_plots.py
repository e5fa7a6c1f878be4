"""The plots of a dataset's page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from trainer.data.cooccurrence import Together
from trainer.data.label_counts import LabelCount
from trainer.data.statistics import Statistics
from trainer.pages.dataset_words import AGREEMENT_NAMES, TABLE_NAMES, label_name, part_name

if TYPE_CHECKING:
    from trainer.plots.picture import Picture

# A plot of more labels could not be read; the tables have all of them.
MOST_LABELS = 24


def dataset_plots(statistics: Statistics, agreement: Mapping[str, Any] | None = None) -> dict[str, Picture]:
    """Return the plots of a dataset by name: there is none of what the dataset does not have.

    Parameters
    ----------
    agreement:
        What :func:`trainer.evaluation.shared_agreement.shared_agreement` found.

    Raises
    ------
    ModuleNotFoundError
        If matplotlib is not installed.
    """
    pictures = [*_lengths(statistics), *_labels(statistics), *_together(statistics), *_agreement(agreement or {})]
    return {picture.name: picture for picture in pictures}


def _lengths(statistics: Statistics) -> Iterator[Picture]:
    from trainer.plots.histogram import histogram

    for name, title, lengths in (
        ("sentence_lengths", "أطوال الجمل", statistics.lengths.sentences),
        ("entity_lengths", "أطوال الكيانات", statistics.lengths.entities),
        ("trigger_lengths", "أطوال ألفاظ الأحداث", statistics.lengths.triggers),
    ):
        if lengths:
            yield histogram(name, title, "عدد الكلمات", {part_name(part): values for part, values in lengths.items()})


def _labels(statistics: Statistics) -> Iterator[Picture]:
    from trainer.plots.grouped_bars import grouped_bars
    from trainer.plots.intervals import Estimated
    from trainer.plots.type_bars import Bar, type_bars

    # Parts are compared in spans and, where there are no triggers, in sentences: plots of the rest would say it again.
    compared = {"entities", "triggers" if "triggers" in statistics.labels else "event_types"}
    for table, counts in statistics.labels.items():
        shown = _most_frequent(counts)
        if not shown:
            continue
        title = f"{TABLE_NAMES[table]}: عدد مرات كل تسمية"
        bars = [Bar(label_name(count.label), count.total, None, None, "") for count in shown]
        yield type_bars(f"labels_{table}", title, bars)
        parts = list(shown[0].per_1000_words)
        if len(parts) > 1 and table in compared:
            yield grouped_bars(
                f"rates_{table}",
                f"{TABLE_NAMES[table]}: لكل 1000 كلمة من كل قسم",
                [label_name(count.label) for count in shown],
                {
                    part_name(part): [Estimated(count.per_1000_words[part], None, None) for count in shown]
                    for part in parts
                },
            )


def _most_frequent(counts: Sequence[LabelCount]) -> list[LabelCount]:
    return [count for count in counts if count.total][:MOST_LABELS]


def _together(statistics: Statistics) -> Iterator[Picture]:
    together = statistics.together
    for name, title, rows, columns, found in (
        ("event_types_together", "أنواع الأحداث في الجملة الواحدة", "نوع الحدث", "نوع الحدث", together.event_types),
        (
            "entities_with_event_types",
            "أنواع الكيانات وأنواع الأحداث في الجملة الواحدة",
            "نوع الكيان",
            "نوع الحدث",
            together.entities_with_event_types,
        ),
        (
            "roles_with_entities",
            "أنواع الكيانات في كل دور",
            "الدور",
            "نوع الكيان",
            together.roles_with_entities,
        ),
    ):
        if found is not None:
            yield _heat_map(name, title, found, rows, columns)


def _heat_map(name: str, title: str, found: Together, row_title: str, column_title: str) -> Picture:
    import numpy

    from trainer.plots.heat_map import heat_map

    values = numpy.array(found.counts)[:MOST_LABELS, :MOST_LABELS]
    rows = [label_name(label) for label in found.rows[:MOST_LABELS]]
    # Arabic names of twenty columns would have to stand on their heads.
    columns = [label.name for label in found.columns[:MOST_LABELS]]
    return heat_map(name, title, rows, columns, values, row_title, column_title)


def _agreement(agreement: Mapping[str, Any]) -> Iterator[Picture]:
    from trainer.plots.type_bars import Bar, type_bars

    for layer in (layer for layer in AGREEMENT_NAMES if layer in agreement):
        labels = sorted(agreement[layer]["per_type"].items(), key=lambda row: -row[1]["support"])[:MOST_LABELS]
        bars = [Bar(label, found["f1"], None, None, f"{found['support']:,}") for label, found in labels]
        if bars:
            yield type_bars(f"agreement_{layer}", f"{AGREEMENT_NAMES[layer]}: اتفاق التوسيمين F1", bars)
