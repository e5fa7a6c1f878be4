"""The table of events: what a record says in each column, and that every record has exactly these columns."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from event_samples import ACTORS, PLACES, any_records, event, sides, somewhere, told
from hypothesis import given, settings

from trainer.annotations import Span
from trainer.records.coding import Coder, Codes
from trainer.records.columns import COLUMNS, row
from trainer.records.located import located
from trainer.records.record import Claim, EventRecord, Mention, Side, Weapon, When, Where
from trainer.values.dates import DateValue
from trainer.values.places import Place
from trainer.values.quantities import parse_quantity

CODER = Coder.load()
TYPES = {"string": str, "int": int, "float": float, "bool": bool, "json": list}
SENTENCE = "قتل 30 عنصراً من قوات النظام أمس بعبوة ناسفة في مدينة الحسكة، بحسب المرصد."


def part(text: str) -> Span:
    """Return the span of ``text`` in the sentence, which stands at 100 in its document."""
    start = SENTENCE.index(text)
    return Span(100 + start, 100 + start + len(text), text)


def bombing() -> EventRecord:
    place = PLACES.find("مدينة الحسكة", "SY")
    return EventRecord(
        id="7-02",
        document="7",
        type="BOMBING",
        mentions=(Mention("E3", "KILL", part("قتل"), 0.75),),
        sentences=(4,),
        when=When(part("أمس"), DateValue("2022-01-21", "2022-01-21", "day", "2022-01-22"), 0.5),
        where=Where("مدينة الحسكة", part("مدينة الحسكة"), place, None, 0.9),
        side_b=(Side("قوات النظام", part("قوات النظام"), "ARMED", ACTORS.find("قوات النظام", "SY"), 0.8),),
        outcomes={"fatalities": (Claim(part("30"), parse_quantity("30"), "قوات النظام", "المرصد", "E3", 0.6),)},
        weapon=Weapon("عبوة ناسفة", part("بعبوة ناسفة"), None),
        score=0.5,
        published="2022-01-22",
        source="عنب بلدي",
        happening="3-01",
    )


class TestARow:
    def test_it_says_what_the_record_says(self) -> None:
        record = bombing()
        found = row(record, CODER.codes(record), SENTENCE, 100)
        assert {name: value for name, value in found.items() if value is not None} == {
            **{"event_id": "7-02", "happening_id": "3-01", "event_date": "2022-01-21", "event_date_end": "2022-01-21"},
            **{"year": 2022, "time_precision": 1, "date_precision": "day", "date_text": "أمس"},
            **{"date_anchor": "2022-01-22", "disorder_type": "Political violence"},
            **{"event_type": "Explosions/Remote violence", "sub_event_type": "Remote explosive/landmine/IED"},
            **{"marsad_type": "BOMBING", "ace_type": "Conflict.Attack", "plover_type": "ASSAULT"},
            **{"plover_mode": "explosives", "actor2": "Military Forces of Syria", "inter2": "State forces"},
            **{"actor2_kind": "State Forces", "actor2_text": "قوات النظام"},
            **{"country": "Syria", "iso": 760, "admin1": "Al Ḩasakah", "location": "Al Ḩasakah"},
            **{"latitude": 36.50237, "longitude": 40.74772, "geo_precision": 1, "geonameid": 173811},
            **{"location_text": "مدينة الحسكة", "fatalities": 30, "fatalities_low": 30, "fatalities_high": 30},
            "fatalities_claims": [
                {
                    **{"start": 104, "end": 106, "text": "30", "low": 30, "high": 30, "approximate": False},
                    **{"who": "قوات النظام", "source": "المرصد", "event": "E3", "score": 0.6},
                }
            ],
            **{"injured_claims": [], "weapon": "عبوة ناسفة", "disputed": False, "source": "عنب بلدي"},
            **{"notes": SENTENCE, "document_id": "7", "published": "2022-01-22", "sentence": 5},
            **{"sentence_start": 100, "sentence_end": 100 + len(SENTENCE)},
            "triggers": [{"event": "E3", "type": "KILL", "start": 100, "end": 103, "text": "قتل", "score": 0.75}],
            "arguments": [
                {"field": field, "start": span.start, "end": span.end, "text": span.text, "score": score}
                for field, span, score in (
                    ("when", part("أمس"), 0.5),
                    ("where", part("مدينة الحسكة"), 0.9),
                    ("side_b", part("قوات النظام"), 0.8),
                    ("fatalities", part("30"), 0.6),
                    ("weapon", part("بعبوة ناسفة"), None),
                )
            ],
            "score": 0.5,
        }

    def test_nobody_and_nothing_is_invented_for_an_empty_record(self) -> None:
        found = row(event("أخرى", "حدث"), Codes(), "حدث أمر.")
        assert {name for name, value in found.items() if value not in (None, [], False)} == {
            *("event_id", "marsad_type", "notes", "document_id", "sentence", "triggers")
        }

    def test_actors_have_their_english_name_else_their_canonical_one_else_the_one_told(self) -> None:
        record = event("CLASH", side_a=sides("جيشنا الحر الجديد", "داعش", "قوات النظام"))
        found = row(record, CODER.codes(record), "")
        assert found["actor1"] == found["actor1_text"] == "جيشنا الحر الجديد"
        assert found["assoc_actor_1"] == "Islamic State; Military Forces of Syria"
        assert (found["actor1_kind"], found["inter1"]) == (None, None)

    @settings(max_examples=80)
    @given(any_records())
    def test_any_record_has_exactly_the_columns_with_values_of_their_types(self, record: EventRecord) -> None:
        found = row(record, CODER.codes(record), "قتل شخص.", 0)
        assert list(found) == [column.name for column in COLUMNS]
        for column in COLUMNS:
            value = found[column.name]
            assert value is None or type(value) is TYPES[column.type], column.name

    def test_the_columns_have_names_of_their_own_and_meanings(self) -> None:
        assert max(Counter(column.name for column in COLUMNS).values()) == 1
        assert all(column.meaning and column.meaning == column.meaning.strip() for column in COLUMNS)


class TestTime:
    @pytest.mark.parametrize(
        ("start", "end", "precision", "expected"),
        [
            ("2022-01-20T14:20", "2022-01-20T14:20", "minute", 1),
            ("2022-01-20", "2022-01-21", "part-of-day", 1),
            ("2022-01-15", "2022-01-23", "week", 2),
            ("2022-01-01", "2022-01-31", "month", 3),
            ("2021-12-01", "2022-02-28", "season", None),
            ("2022-01-01", "2022-12-31", "year", None),
            ("2022-01-20", "2022-01-28", "range", 2),
            ("2022-01-20", "2022-01-29", "range", 3),
            ("2022-01-01", "2022-02-01", "range", None),
        ],
    )
    def test_its_precision_is_acleds(self, start: str, end: str, precision: Any, expected: int | None) -> None:
        found = row(event("CLASH", when=When(told("x"), DateValue(start, end, precision, None))), Codes(), "")
        assert found["time_precision"] == expected
        assert (found["event_date"], found["event_date_end"]) == (start[:10], end[:10])

    def test_an_expression_without_a_value_stays_text(self) -> None:
        found = row(event("CLASH", when=When(told("قبل أيام"))), Codes(), "")
        assert (found["event_date"], found["year"], found["date_text"]) == (None, None, "قبل أيام")


class TestPlace:
    @pytest.mark.parametrize(
        ("names", "location", "precision"),
        [
            (("مدينة درعا",), "Dar‘ā", 1),
            (("ريف درعا",), "Dar'ā", 3),
            (("محافظة درعا",), "Dar'ā", 3),
            (("ريف الرقة", "محافظة الرقة"), "Ar Raqqah", 3),
            (("حي لا يعرفه أحد", "مدينة درعا"), "Dar‘ā", 2),
            (("حي لا يعرفه أحد", "محافظة درعا"), "Dar'ā", 3),
            (("سوريا",), "Syria", None),
            (("قرية لا يعرفها أحد", "سوريا"), "Syria", None),
            (("قرية لا يعرفها أحد",), "قرية لا يعرفها أحد", None),
        ],
    )
    def test_a_point_is_as_exact_as_the_place_that_is_known(
        self, names: tuple[str, ...], location: str, precision: int | None
    ) -> None:
        found = row(event("CLASH", where=somewhere(*names)), Codes(), "")
        assert (found["location"], found["geo_precision"]) == (location, precision)
        assert (found["latitude"] is None) == (precision is None)
        assert found["location_text"] == "، ".join(names)

    @pytest.mark.parametrize(
        ("feature", "name", "precision"),
        [
            ("P.PPL", "تل تمر", 1),
            ("P.PPL", "محيط تل تمر", 2),
            ("S.AIRP", "المطار", 1),
            ("H.STM", "النهر", 3),
            (".", "س", None),
        ],
    )
    def test_it_is_as_exact_as_the_kind_of_place(self, feature: str, name: str, precision: int | None) -> None:
        kind, code = feature.split(".")
        place = Place(1, "Tall Tamr", 36.6, 40.4, "SY", "01", kind, code, 0, "SY.txt")
        assert located(Where(name, told(name), place)).precision == precision
        assert row(event("CLASH", where=Where(name, told(name), place)), Codes(), "")["latitude"] == 36.6


class TestVictims:
    SIDES = (("30", "قوات النظام", "المرصد"), ("ما لا يقل عن 20", "داعش", "المرصد"))

    @pytest.mark.parametrize(
        ("claims", "low", "high"),
        [
            ((), None, None),
            ((("30", None, None),), 30, 30),
            # Two sources contradict each other, and so does one that tells two numbers of the same people.
            ((("200", "قسد", "وكالة أعماق"), ("17", "عناصرها", "قسد")), 17, 200),
            ((("200", "قسد", None), ("17", "قسد", None)), 17, 200),
            # One source tells of both sides.
            (SIDES, 50, None),
            ((("71", "قوات النظام", None), ("48", "داعش", None)), 119, 119),
            # And of all together.
            ((*SIDES, ("أكثر من 50", None, "المرصد")), 51, None),
            ((("لا يتجاوز 10", None, None),), 0, 10),
            ((("عدد من القتلى", None, None),), None, None),
            ((("30", "قسد", None), ("عدد من القتلى", "داعش", None)), 30, None),
        ],
    )
    def test_claims_of_one_source_add_up_and_those_of_several_stand_beside_each_other(
        self, claims: tuple[tuple[str, str | None, str | None], ...], low: int | None, high: int | None
    ) -> None:
        told_claims = tuple(Claim(told(text), parse_quantity(text), who, source) for text, who, source in claims)
        found = row(event("CLASH", outcomes={"fatalities": told_claims, "injured": told_claims}), Codes(), "")
        assert (found["fatalities"], found["fatalities_low"], found["fatalities_high"]) == (low, low, high)
        assert (found["injured_low"], found["injured_high"]) == (low, high)
        assert [claim["text"] for claim in found["fatalities_claims"]] == [text for text, _, _ in claims]


class TestNotes:
    def test_of_a_sentence_without_end_the_part_around_the_trigger_is_shown(self) -> None:
        sentence = "س " * 1000 + "اشتباكات" + " ص" * 1000
        mention = Mention("E1", "CLASH", Span(5000 + 2000, 5000 + 2008, "اشتباكات"))
        found = row(event("CLASH", mentions=(mention,)), Codes(), sentence, 5000)
        assert len(found["notes"]) == 1002
        assert found["notes"].startswith("…س ")
        assert found["notes"].endswith(" ص…")
        assert "اشتباكات" in found["notes"]
        assert found["sentence_end"] == 5000 + len(sentence)
