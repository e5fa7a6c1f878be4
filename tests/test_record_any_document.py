"""What holds for the records of any document, however odd its text, labels, offsets and metadata."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.record_articles import article, records_of, shipped_maker
from tests.strategies import ANY_TEXT, assert_linear, documents
from trainer.annotations import Span
from trainer.documents import Argument, Document, DuplicateOf
from trainer.formats.brat import read_brat_file
from trainer.records.record import EventRecord
from trainer.schema import load_schema

SCHEMA = load_schema()
WORDS = st.sampled_from(
    [
        *("قُتل", "اشتباكات", "وأسفرت", "بين", "من", "طرف", "في", "شمال", "الحسكة", "مدينة", "السجن", "سجن", "الصناعة"),
        *("داعش", "التنظيم", "تنظيم", "قسد", "أمس", "منذ", "الأحد", "30", "عشرات", "مدنيين", "زعمت", "قال", "آخر"),
        *("الثالث", "حينها", "،", ".", "\n", "و", "“", "”", "المصدر", "على", "الأقل", "قتلى", "\u202e", "x"),
    ]
)


@st.composite
def told_documents(draw: Any) -> Document:
    """Draw a document of words that rules look for, with labels and roles of the schema, also unfit ones."""
    text = draw(st.one_of(st.lists(WORDS, min_size=1, max_size=40).map(" ".join), ANY_TEXT))
    metadata = {"date": draw(st.sampled_from(["2015-07-22", "gestern", "", 3, None, date(2015, 7, 22), datetime.max]))}
    document = Document.from_text(text, draw(st.sampled_from(["a", "", "ا/ب"])), metadata)
    if not text:
        return document
    offsets = st.integers(0, len(text))
    spans = st.tuples(offsets, offsets).map(sorted).filter(lambda span: span[0] < span[1])
    for _ in range(draw(st.integers(0, 8))):
        document.add_entity(*draw(spans), draw(st.sampled_from([*SCHEMA.entity_types, "X"])))
    for _ in range(draw(st.integers(0, 8))):
        event = document.add_event(*draw(spans), draw(st.sampled_from([*SCHEMA.event_types, "ELECTION"])))
        roles, fillers = st.sampled_from([*SCHEMA.role_names, "X"]), st.integers(1, 9).map(lambda n: f"T{n}")
        event.arguments = draw(st.lists(st.builds(Argument, roles, fillers), max_size=6))
    if draw(st.booleans()):
        document.sentences = document.sentences[1:]
    return document


def spans_of(value: Any) -> Iterator[Span]:
    if isinstance(value, Span):
        yield value
    elif isinstance(value, dict):
        yield from (span for item in value.values() for span in spans_of(item))
    elif isinstance(value, (list, tuple)):
        yield from (span for item in value for span in spans_of(item))
    elif hasattr(value, "__dataclass_fields__"):
        yield from (span for name in value.__dataclass_fields__ for span in spans_of(getattr(value, name)))


def check(document: Document, records: list[EventRecord]) -> None:
    for record in records:
        for span in spans_of(record):
            assert document.text[span.start : span.end] == span.text
        assert record.type in {mention.type for mention in record.mentions}
        starts = [mention.span.start for mention in record.mentions]
        assert starts == sorted(starts)
    told = [(m.type, m.span) for record in records for m in record.mentions]
    assert sorted(told, key=repr) == sorted(((e.type, e.trigger) for e in document.events), key=repr)
    assert len({record.id for record in records}) == len(records)
    assert [record.id for record in records] == [f"{document.id}-{n:02d}" for n in range(1, len(records) + 1)]
    firsts = [record.mentions[0].span.start for record in records]
    assert firsts == sorted(firsts)


@given(st.one_of(told_documents(), documents()))
def test_every_trigger_is_in_one_record_and_every_span_in_the_text(document: Document) -> None:
    records = shipped_maker().records(document)
    check(document, records)
    assert shipped_maker().records(document) == records


@given(told_documents())
def test_records_survive_json(document: Document) -> None:
    for record in shipped_maker().records(document):
        assert EventRecord.from_dict(json.loads(json.dumps(record.to_dict()))) == record


@pytest.mark.parametrize("number", ["000", "001", "002", "003"])
def test_the_annotated_articles(number: str) -> None:
    document = read_brat_file(Path("data/annotations/gold") / f"{number}.txt")
    check(document, shipped_maker().records(document))


def test_without_arguments_nothing_is_guessed() -> None:
    """The model may have no head for arguments: no entity is taken for near enough."""
    (record,) = records_of("{قصف|SHELLING} [الجيش|ARMED] [مدينة سرمين|GPE] [أمس|DATE].", date="2015-07-22")
    fields = (record.when, record.where, record.side_a, record.side_b, record.weapon, record.outcomes)
    assert fields == (None, None, (), (), None, {})


def test_a_document_without_events_has_no_records() -> None:
    assert records_of("بحث [الوزير|OCC] التعاون.") == []


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2015-07-22", "2015-07-22"),
        ("2015-07-22T06:41:00Z", "2015-07-22"),
        ("2015/7/22", "2015-07-22"),
        (datetime(2015, 7, 22, 6, 41), "2015-07-22"),
        (date(2015, 7, 22), "2015-07-22"),
        ("22/07/2015", None),
        ("2015-02-30", None),
        (20150722, None),
    ],
)
def test_publication_dates(value: object, day: str | None) -> None:
    document = article("{قصف|SHELLING}.")
    document.metadata["date"] = value
    assert [record.published for record in shipped_maker().records(document)] == [day]


def test_a_copy_says_whose_it_is() -> None:
    document = article("{قصف|SHELLING}.")
    document.duplicate_of = DuplicateOf("b", 0.9)
    assert [record.duplicate_of for record in shipped_maker().records(document)] == ["b"]


@pytest.mark.parametrize("separator", ["\n", " "])
def test_long_articles_take_linear_time(separator: str) -> None:
    """Also without an end of a sentence anywhere."""
    sentence = "اشتباكات بين داعش وقسد في الحسكة أسفرت عن مقتل 30 مدنيين" + separator
    labels = {"داعش": "ARMED", "وقسد": "ARMED", "الحسكة": "GPE", "30": "CARDINAL", "مدنيين": "PEOPLE"}
    told = {
        "اشتباكات": ("CLASH", {"داعش": "AGENT", "وقسد": "AGENT", "الحسكة": "PLACE"}),
        "مقتل": ("KILL", {"30": "COUNT", "مدنيين": "TARGET"}),
    }

    def make(text: str) -> None:
        document = Document.from_text(text, "a")
        for offset in range(0, len(text), len(sentence)):
            places = {word: offset + sentence.index(word) for word in (*labels, *told)}
            ids = {w: document.add_entity(places[w], places[w] + len(w), label).id for w, label in labels.items()}
            for word, (type, roles) in told.items():
                event = document.add_event(places[word], places[word] + len(word), type)
                event.arguments = [Argument(role, ids[filler]) for filler, role in roles.items()]
        shipped_maker().records(document)

    assert_linear(make, sentence, 100 * len(sentence))


def test_long_lists_of_places_take_linear_time() -> None:
    """All of them beside each other, in one sentence and of one trigger."""

    def make(text: str) -> None:
        names = [f"قرية{number}" for number in range(len(text) // 10)]
        document = Document.from_text(f"قصف {'، '.join(names)}", "a")
        event, end = document.add_event(0, 3, "SHELLING"), 0
        for name in names:
            start = document.text.index(name, end)
            end = start + len(name)
            event.arguments.append(Argument("PLACE", document.add_entity(start, end, "GPE").id))
        shipped_maker().records(document)

    assert_linear(make, "ا" * 10, 1_500)
