"""Event records by hand, with the text that they were made of, for the tests of their page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from trainer.annotations import Span
from trainer.documents import Document
from trainer.pages.events import Made, events_page
from trainer.pages.events_passages import passages
from trainer.pages.events_record import Retelling, ShownRecord
from trainer.records.coding import Codes
from trainer.records.record import Claim, EventRecord, Mention, Side, Weapon, When, Where
from trainer.values.actors import Actor
from trainer.values.dates import DateValue
from trainer.values.places import Place
from trainer.values.quantities import Quantity

NAMES = {"CLASH": "اشتباك", "SHELLING": "قصف", "KILL": "قتل", "DISPLACE": "نزوح"}
CODES = {
    "CLASH": Codes("Political violence", "Battles", "Armed clash", None, "Conflict.Attack", "ASSAULT", "firearms"),
    "SHELLING": Codes("Political violence", "Explosions/Remote violence", "Shelling/artillery/missile attack"),
}
TEXT = (
    "عاد الهدوء إلى المدينة. قُتل 20 عنصراً من تنظيم داعش على يد قوات سوريا الديمقراطية في اشتباكات في حي غويران بالحسكة "
    "مساء الخميس بأسلحة ثقيلة. وأصيب خمسة مدنيين، وقال ناشطون إن القتلى 30."
)
GHUWAYRAN = Place(1, "Ghuwayrān", 36.48, 40.74, "SY", "02", "P", "PPLX", 0, "places.tsv")
ISLAMIC_STATE = Actor("Rebel Group", 2, "تنظيم الدولة الإسلامية", "Islamic State (Syria)")


def span(text: str) -> Span:
    """Return where ``text`` stands first in ``TEXT``."""
    start = TEXT.index(text)
    return Span(start, start + len(text), text)


def day(first: str, last: str = "", precision: Any = "day") -> When:
    """Return a date as the text tells it; ``first`` and ``last`` are ISO days."""
    return When(span("مساء الخميس"), DateValue(first, last or first, precision, None), 0.9)


def battle(number: int = 1, document: str = "خبر 1", **fields: Any) -> EventRecord:
    """Return a record of ``TEXT`` with everything but a source; ``fields`` replace what it has."""
    record = EventRecord(
        id=f"{document}-{number:02}",
        document=document,
        type="CLASH",
        mentions=(Mention("E1", "KILL", span("قُتل"), 0.95), Mention("E2", "CLASH", span("اشتباكات"), 0.97)),
        sentences=(1,),
        when=day("2015-08-06"),
        where=Where("حي غويران", span("حي غويران"), GHUWAYRAN, Where("الحسكة", span("بالحسكة")), 0.8),
        side_a=(Side("قوات سوريا الديمقراطية", span("قوات سوريا الديمقراطية"), "ARMED", None, 0.9),),
        side_b=(Side("داعش", span("تنظيم داعش"), "ARMED", ISLAMIC_STATE, 0.88),),
        outcomes={
            "fatalities": (
                Claim(span("20"), Quantity(20, 20), "تنظيم داعش", None, "E1", 0.7),
                Claim(span("30"), Quantity(30, 30), None, "ناشطون", "E1", 0.6),
            ),
            "injured": (Claim(span("خمسة"), Quantity(5, 5), "مدنيين", None, "E3", 0.6),),
        },
        weapon=Weapon("أسلحة ثقيلة", span("بأسلحة ثقيلة"), 0.5),
        score=0.7,
        happening=f"{document}-{number:02}",
    )
    return replace(record, **fields)


def bare(number: int, document: str = "خبر 2", type: str = "DISPLACE", **fields: Any) -> EventRecord:
    """Return a record of which nothing is known but its trigger; ``fields`` add to it."""
    mentions = (Mention("E1", type, span("عاد الهدوء")),)
    record = EventRecord(f"{document}-{number:02}", document, type, mentions, (0,), happening=f"{document}-{number:02}")
    return replace(record, **fields)


def shown(records: Sequence[EventRecord], **fields: Any) -> list[ShownRecord]:
    """Return records as the writer gives them to the page, in the order given."""
    document = Document.from_text(TEXT)
    return [
        ShownRecord(record, CODES.get(record.type, Codes()), passages(document, record), place, **fields)
        for place, record in enumerate(records, start=1)
    ]


def page_of(*records: EventRecord, **fields: Any) -> str:
    """Return the page of ``records``."""
    return events_page(shown(records), Made(2, 0, {"marsad 0123456789abcdef": 2}), NAMES, title="أحداث", **fields)


def several() -> str:
    """Return a page with every kind of row: dates of all widths and none, countries, open and many claims."""
    days = [f"2015-08-{number:02}" for number in (1, 1, 3, 5, 5, 5)]
    records = [
        bare(1, when=day("2012-01-01", "2012-12-31", "year")),
        *(battle(number, f"خبر {number}", when=day(first)) for number, first in enumerate(days, start=2)),
        battle(
            8,
            type="SHELLING",
            when=day("2015-08-09T14:20", "", "minute"),
            where=Where("صنعاء", span("حي غويران")),
            side_b=(),
        ),
        battle(9, source="الجزيرة", disputed=True, when=When(span("مساء الخميس")), outcomes={}),
        bare(10),
    ]
    rows = shown(records)
    rows[1] = replace(rows[1], articles=2, others=[Retelling("خبر 3-03", "خبر 3", "#r3")], left_out=1)
    return events_page(rows, Made(12, 2, {"marsad 0123456789abcdef": 10}), NAMES, title="أحداث")
