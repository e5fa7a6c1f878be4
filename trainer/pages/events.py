"""The page of event records: a timeline, a table that can be sorted, and in every row the sentences it comes from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from trainer.pages.counted_nouns import PAGES, CountedNoun
from trainer.pages.events_passages import fields
from trainer.pages.events_record import RecordView, ShownRecord, record_view
from trainer.pages.events_timeline import WIDE, Counted, Timeline, days_of
from trainer.pages.events_timeline_drawing import NO_TYPE, drawing
from trainer.pages.events_words import FIELDS, RECORDS
from trainer.pages.label_looks import entity_looks, event_looks
from trainer.pages.rendering import render

# A page of so many opens in about a second.
MOST_RECORDS = 2_000
# A cell has no room for more; all are in what opens below it.
_MOST_CLAIMS = 4
# The names of the columns, and whether they hold numbers.
_COLUMNS = (
    ("التاريخ", False),
    ("النوع", False),
    ("المكان", False),
    (FIELDS["side_a"], False),
    (FIELDS["side_b"], False),
    (FIELDS["fatalities"], True),
    (FIELDS["injured"], True),
    ("المصدر", False),
    ("النص", False),
    ("نصوص ترويه", True),
)
_HAPPENINGS = CountedNoun("لا شيء", "واقعة واحدة", "واقعتان", "وقائع", "واقعة", "واقعة")


@dataclass(frozen=True)
class Made:
    """What the records of a run were made from: all its documents, and the models that labelled them."""

    documents: int = 0
    unlabelled: int = 0
    models: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Totals:
    """What the head of a page counts: records, documents that have one, records with a date.

    ``happenings`` are those that more than one document tells; ``disputed`` are records.
    """

    records: int
    documents: int
    dated: int
    happenings: int
    disputed: int

    def words(self) -> list[str]:
        """Return the counts as the page says them."""
        return [
            RECORDS.counted(self.records),
            f"النصوص: {self.documents:,}",
            f"لها تاريخ: {self.dated:,}",
            f"يرويها أكثر من نص: {_HAPPENINGS.counted(self.happenings)}",
            f"متنازع عليها: {self.disputed:,}",
        ]

    @classmethod
    def of(cls, records: Sequence[ShownRecord]) -> Totals:
        """Count in ``records``."""
        return cls(
            len(records),
            len({shown.record.document for shown in records}),
            sum(days_of(shown.record) is not None for shown in records),
            len({shown.record.happening for shown in records if shown.articles > 1}),
            sum(shown.record.disputed for shown in records),
        )


def events_page(
    records: Iterable[ShownRecord],
    made: Made,
    arabic_names: Mapping[str, str] | None = None,
    *,
    title: str = "",
    groups: Sequence[str] = (),
    pages: tuple[str, str, str] | None = None,
) -> str:
    """Return one self-contained page.

    Parameters
    ----------
    records:
        The records in the order of their dates, those without a date last.
    made:
        What they were made from.
    arabic_names:
        Display names of event types in the schema's order; a type without one is shown by its own name.
    title:
        The page's title; by default the number of records.
    groups:
        ACLED's event types of all pages, so that a type has one colour on all of them; by default those of ``records``.
    pages:
        The addresses of the index, the page before and the page after this one, empty where there is none.
    """
    shown = list(records)
    names = arabic_names or {}
    timeline = Timeline(Counted(days_of(one.record), one.codes.event_type or "", 1, one.place) for one in shown)
    looks = event_looks(Counter(mention.type for one in shown for mention in one.record.mentions), names)
    told = Counter(name for one in shown for name, _ in fields(one.record))
    field_looks = entity_looks(told, FIELDS)
    views = [record_view(one, timeline) for one in shown]
    drawn = drawing(timeline, groups or _groups(shown))
    return render(
        "events.html.j2",
        scripts=("arabic_search.js", "events_timeline.js", "events_table.js"),
        title=title or RECORDS.counted(len(shown)),
        totals=Totals.of(shown).words(),
        made=made,
        timeline=drawn,
        entity_looks=field_looks,
        event_looks=looks,
        names=names,
        columns=_COLUMNS,
        views=views,
        types=_type_choices(views, names),
        countries=sorted(Counter(view.country for view in views if view.country).items()),
        no_type=NO_TYPE,
        most_claims=_MOST_CLAIMS,
        pages=pages,
    )


@dataclass(frozen=True)
class PageRow:
    """A page in the table of the index: its address, how many records it has, the dates of the first and the last."""

    address: str
    records: int
    first: str = ""
    last: str = ""


def events_index(
    counts: Iterable[Counted],
    totals: Totals,
    made: Made,
    pages: Sequence[PageRow],
    *,
    title: str,
    groups: Sequence[str],
) -> str:
    """Return the page that links to the pages of many records, with the timeline over all of them.

    Parameters
    ----------
    counts:
        The records by days and ACLED's event type, empty if there is none.
    pages:
        All of them have as many records as the first one, but for the last one.
    """
    timeline = Timeline(counts)
    size = pages[0].records if pages else 1
    addresses = {
        bar.key: f"{pages[(bar.place - 1) // size].address}#r{bar.place}"
        for bar in (*timeline.bars, *timeline.beside)
        # Those of a wide date lie between the others.
        if bar.place is not None and bar.key != WIDE
    }
    return render(
        "events_index.html.j2",
        title=title,
        totals=[*totals.words(), PAGES.counted(len(pages))],
        made=made,
        timeline=drawing(timeline, groups, addresses),
        no_type=NO_TYPE,
        rows=pages,
    )


def _groups(shown: Iterable[ShownRecord]) -> list[str]:
    return sorted({one.codes.event_type or "" for one in shown} - {""})


def _type_choices(views: Sequence[RecordView], names: Mapping[str, str]) -> list[tuple[str, str, int]]:
    counts = Counter(view.shown.record.type for view in views)
    return [(label, names.get(label, label), count) for label, count in counts.most_common()]
