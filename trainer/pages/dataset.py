"""The page of a labelled dataset: how large it is, how often each label occurs, what occurs together, examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median, quantiles
from typing import TYPE_CHECKING, Any

from trainer.data.label_counts import ROLES, LabelCount
from trainer.data.label_examples import LABELLED, TEST, TRIGGER, Example
from trainer.data.statistics import Size, Statistics
from trainer.documents import LAYERS
from trainer.pages.dataset_plots import MOST_LABELS
from trainer.pages.dataset_words import AGREEMENT_NAMES, TABLE_NAMES, label_name, part_name
from trainer.pages.label_looks import Look, entity_looks, event_looks
from trainer.pages.rendering import render

if TYPE_CHECKING:
    from trainer.plots.picture import Picture

# Tables of more documents or labels would make a page that nobody reads and browsers dislike.
MOST_DOCUMENTS = 200
MOST_DESCRIBED = 200
# A mention may be a whole broken line.
_SHOWN_CHARACTERS = 60


@dataclass(frozen=True)
class LengthRow:
    """Lengths in words of a part's sentences or spans: what nine of ten lie between, and the longest."""

    part: str
    number: int
    mean: float
    low: float
    middle: float
    high: float
    longest: int


@dataclass(frozen=True)
class LabelView:
    """A label as the page describes it; ``id`` is its place on the page, ``classes`` how what has it is marked."""

    id: str
    count: LabelCount
    examples: Sequence[Example]
    classes: Mapping[str, str]


@dataclass(frozen=True)
class DocumentTable:
    """The sizes of a part's documents, of which ``left_out`` are not shown."""

    part: str
    sizes: Sequence[Size]
    left_out: int


def dataset_page(
    statistics: Statistics,
    pictures: Mapping[str, Picture],
    examples: Mapping[str, Mapping[str, Sequence[Example]]],
    arabic_names: Mapping[str, str],
    agreement: Mapping[str, Any] | None = None,
) -> str:
    """Return one self-contained page.

    Parameters
    ----------
    pictures:
        The plots (:func:`trainer.pages.dataset_plots.dataset_plots`); those that are missing are left out.
    examples:
        Sentences by table and label (:func:`trainer.data.label_examples.label_examples`).
    arabic_names:
        Display names of entity and event types in the schema's order.
    agreement:
        With a second annotation of some texts (:func:`trainer.evaluation.shared_agreement.shared_agreement`).
    """
    looks = _looks(statistics, arabic_names)
    described = {
        table: _described(table, counts, examples.get(table, {}), looks)
        for table, counts in statistics.labels.items()
        # Triggers have the same types and show more.
        if not (table == "event_types" and "triggers" in statistics.labels)
    }
    links = {table: {view.count.label.name: view.id for view in views} for table, views in described.items()}
    if "event_types" not in links:
        links["event_types"] = links.get("triggers", {})
    return render(
        "dataset.html.j2",
        scripts=["shown_label.js"],
        title=f"بيانات {statistics.name}",
        statistics=statistics,
        pictures=pictures,
        agreement=agreement,
        entity_looks=looks["entities"],
        event_looks=looks["triggers"],
        documents=[_document_table(part, sizes) for part, sizes in statistics.documents.items()],
        lengths=[
            (name, title, [_length_row(part, values) for part, values in found.items()])
            for name, title, found in (
                ("sentence_lengths", "الجمل", statistics.lengths.sentences),
                ("entity_lengths", "الكيانات", statistics.lengths.entities),
                ("trigger_lengths", "ألفاظ الأحداث", statistics.lengths.triggers),
            )
            if found
        ],
        together=[
            (name, title, found)
            for name, title, found in (
                ("event_types_together", "أنواع الأحداث في الجملة الواحدة", statistics.together.event_types),
                (
                    "entities_with_event_types",
                    "أنواع الكيانات (صفوف) وأنواع الأحداث (أعمدة) في الجملة الواحدة",
                    statistics.together.entities_with_event_types,
                ),
                (
                    "roles_with_entities",
                    "الأدوار (صفوف) وأنواع الكيانات التي تشغلها (أعمدة)",
                    statistics.together.roles_with_entities,
                ),
            )
            if found is not None
        ],
        described=described,
        links=links,
        lacking={TABLE_NAMES[layer]: number for layer, number in statistics.lacking.items() if layer in LAYERS},
        shows_test=not any(part != TEST for part in statistics.documents),
        table_names=TABLE_NAMES,
        agreement_names=AGREEMENT_NAMES,
        part_name=part_name,
        label_name=label_name,
        short=_short,
        most_labels=MOST_LABELS,
        most_described=MOST_DESCRIBED,
    )


def _looks(statistics: Statistics, arabic_names: Mapping[str, str]) -> dict[str, dict[str, Look]]:
    """Return how entity and event types look; they look alike on the pages of predictions."""
    counts = {
        table: {count.label.name: count.total for count in statistics.labels.get(table, ())}
        for table in ("entities", "triggers")
    }
    return {
        "entities": entity_looks(counts["entities"], arabic_names),
        "triggers": event_looks(counts["triggers"], arabic_names),
    }


def _document_table(part: str, sizes: Sequence[Size]) -> DocumentTable:
    return DocumentTable(part, sizes[:MOST_DOCUMENTS], max(0, len(sizes) - MOST_DOCUMENTS))


def _length_row(part: str, lengths: Sequence[int]) -> LengthRow:
    # Of a single length there are no quantiles.
    cuts = quantiles(lengths, n=20, method="inclusive") if len(lengths) > 1 else [float(lengths[0])]
    return LengthRow(part, len(lengths), fmean(lengths), cuts[0], median(lengths), cuts[-1], max(lengths))


def _described(
    table: str,
    counts: Sequence[LabelCount],
    examples: Mapping[str, Sequence[Example]],
    looks: Mapping[str, Mapping[str, Look]],
) -> list[LabelView]:
    views = []
    for number, count in enumerate(counts[:MOST_DESCRIBED], start=1):
        name = count.label.name
        look = looks[table].get(name) if table in looks else None
        kind = "entity" if table in ("entities", ROLES) else "trigger"
        classes = {LABELLED: f"{kind} {look.key}" if look else f"{kind} plain", TRIGGER: "trigger plain"}
        views.append(LabelView(f"{table}-{number}", count, examples.get(name, ()), classes))
    return views


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"
