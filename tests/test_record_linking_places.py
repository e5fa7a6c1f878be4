"""Whether two places can be one, and that records of places that can meet in the search for candidates."""

from __future__ import annotations

import pytest
from linked_records import PLACES, place, record

from trainer.records.linking_places import AREA_KM, PART_KM, Chain, PlaceMatch, chains_of, match_places, meeting_points
from trainer.records.record import Where
from trainer.values.places import Place

HASAKAH = PLACES.find("الحسكة", "SY")


def near_hasakah(id: int, km: float, feature_class: str, code: str, name: str = "غويران") -> Where:
    """Return a place of a larger gazetteer, so many km north of the town."""
    assert HASAKAH is not None
    latitude = HASAKAH.latitude + km / 111.2
    found = Place(id, name, latitude, HASAKAH.longitude, "SY", "01", feature_class, code, 0, "SY.txt")
    return Where(name, place(name).span, found)


def chains(where: str | Where, country: str = "SY") -> list[Chain]:
    return chains_of(record("a-1", "CLASH", where, country=country))


QUARTER = near_hasakah(1, PART_KM - 1, "P", "PPLX")
CASES: list[tuple[str | Where, str | Where, PlaceMatch]] = [
    ("الحسكة", "مدينة الحسكة", PlaceMatch.SAME),
    ("الحسكة", "محافظة الحسكة", PlaceMatch.BROAD),
    ("الحسكة", "سوريا", PlaceMatch.BROAD),
    ("محافظة الحسكة", "محافظة الحسكة", PlaceMatch.BROAD),
    ("محافظة الحسكة", "سوريا", PlaceMatch.BROAD),
    ("الحسكة", "محافظة درعا", PlaceMatch.APART),
    ("محافظة الحسكة", "محافظة درعا", PlaceMatch.APART),
    ("الحسكة", "العراق", PlaceMatch.APART),
    ("الحسكة", "منبج", PlaceMatch.APART),
    ("دمشق", "بدمشق", PlaceMatch.LARGE),
    # What the text says of a place that no gazetteer has.
    ("حي غويران < الحسكة", "الحسكة", PlaceMatch.NEAR),
    ("حي غويران < الحسكة", "محافظة الحسكة", PlaceMatch.BROAD),
    ("حي غويران < الحسكة", "غويران < مدينة الحسكة", PlaceMatch.SAME),
    ("حي غويران < الحسكة", "غويران < محافظة الحسكة", PlaceMatch.SAME),
    ("حي غويران < الحسكة", "حي غويران", PlaceMatch.NEAR),
    ("حي غويران < الحسكة", "حي النشوة < الحسكة", PlaceMatch.APART),
    ("حي الزهور < الحسكة", "حي الزهور < منبج", PlaceMatch.APART),
    ("سجن الصناعة < الحسكة", "سجن (الصناعة) < حي غويران", PlaceMatch.NEAR),
    ("سجن الصناعة < سوريا", "سجن الصناعة < سوريا", PlaceMatch.NEAR),
    ("حي غويران", "الحسكة", PlaceMatch.APART),
    ("سجن الصناعة < حي غويران < الحسكة", "حي غويران", PlaceMatch.NEAR),
    ("حي غويران", "سوريا", PlaceMatch.UNKNOWN),
    ("حي غويران < الحسكة", "العراق", PlaceMatch.APART),
    # What a larger gazetteer says.
    (QUARTER, "الحسكة", PlaceMatch.NEAR),
    (near_hasakah(2, PART_KM + 1, "P", "PPLX"), "الحسكة", PlaceMatch.APART),
    (near_hasakah(3, 2, "P", "PPL", "تل حجر"), "الحسكة", PlaceMatch.APART),
    (near_hasakah(4, AREA_KM - 1, "A", "ADM2", "ناحية الحسكة"), "الحسكة", PlaceMatch.NEAR),
    (near_hasakah(5, 1, "P", "PPLX", "النشوة"), QUARTER, PlaceMatch.APART),
    (near_hasakah(6, 1, "S", "PRN", "سجن الصناعة"), "محافظة الحسكة", PlaceMatch.BROAD),
    (QUARTER, "حي غويران", PlaceMatch.NEAR),
]


@pytest.mark.parametrize(("one", "other", "expected"), CASES)
def test_two_places(one: str | Where, other: str | Where, expected: PlaceMatch) -> None:
    assert match_places(chains(one), chains(other)) == expected
    assert match_places(chains(other), chains(one)) == expected


@pytest.mark.parametrize(("one", "other"), [case[:2] for case in CASES if case[2] >= PlaceMatch.NEAR])
def test_places_that_may_be_one_meet(one: str | Where, other: str | Where) -> None:
    assert meeting_points(chains(one)) & meeting_points(chains(other))


def test_provinces_and_countries_are_no_place_to_meet() -> None:
    assert meeting_points(chains("سوريا")) == meeting_points(chains("محافظة الحسكة")) == set()


def test_a_record_without_a_place_says_nothing() -> None:
    nowhere = chains_of(record("a-1", "CLASH"))
    assert match_places(nowhere, chains("الحسكة")) == PlaceMatch.UNKNOWN


def test_further_places_bring_records_near_and_no_nearer() -> None:
    series = record("a-1", "ATTACK", "ذيبان", other_places=(place("الحسكة"), place("البصيرة")))
    other_series = record("b-1", "ATTACK", "البصيرة", other_places=(place("الحسكة"),))
    assert match_places(chains_of(series), chains("الحسكة")) == PlaceMatch.NEAR
    assert match_places(chains_of(series), chains_of(other_series)) == PlaceMatch.NEAR
    assert match_places(chains_of(series), chains("منبج")) == PlaceMatch.APART


def test_places_without_coordinates_to_speak_of_are_compared_like_others() -> None:
    pole = Place(9, "القطب", 90.0, 180.0, "", "", "", "PPLX", 0, "x.txt")
    assert meeting_points(chains(Where("القطب", place("القطب").span, pole)))
