"""Whether two places of two articles can be one: by the gazetteer, by what the texts tell them in, by their names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import IntEnum
from math import cos, floor, radians
from typing import NamedTuple

from trainer.records.record import EventRecord, Where
from trainer.values.name_forms import name_key, name_words
from trainer.values.places import KNOWN_ANYWHERE, Place, distance_km

# A quarter or an installation lies in its town, a town in its district: the points of GeoNames stand for their middle.
PART_KM = 15.0
AREA_KM = 30.0

# Degrees of a square in which places meet; PART_KM and AREA_KM are less than its side up to 70 degrees of latitude.
_CELL = 0.5
_KM_PER_DEGREE = 111.2
# A record tells a place in a place in a place; more come from no text.
_DEEPEST = 3
_MOST_PLACES = 6


class PlaceMatch(IntEnum):
    """How far two places agree, from not at all to the same one."""

    APART = 0
    UNKNOWN = 1
    """One of them is not told, or nobody knows where it lies."""
    BROAD = 2
    """One province or country has both."""
    NEAR = 3
    """One lies in the other, or they share a name and nothing says in which place."""
    LARGE = 4
    """The same large city, where more than one thing happens in a day."""
    SAME = 5


class Level(IntEnum):
    """How much a place takes in. ``NAMED`` is a name that no gazetteer knows."""

    NAMED = 0
    PART = 1
    TOWN = 2
    AREA = 3
    PROVINCE = 4
    COUNTRY = 5


class Spot(NamedTuple):
    """A place as it is compared: ``bare`` is the name without its first word; ``geonameid`` is 0 for a name alone."""

    name: str
    bare: str
    last_word: str
    geonameid: int = 0
    level: int = Level.NAMED
    country: str = ""
    admin1: str = ""
    latitude: float = 0.0
    longitude: float = 0.0
    large: bool = False


Chain = Sequence[Spot]
"""A place, then the places that it is told in, the nearest first; never empty."""


def chains_of(record: EventRecord) -> list[Chain]:
    """Return the places of ``record`` with what they are told in, the main place first; none without a main place."""
    places = [record.where, *record.other_places] if record.where else []
    return [_chain(where) for where in places[:_MOST_PLACES] if where]


def match_places(one: Sequence[Chain], other: Sequence[Chain]) -> PlaceMatch:
    """Return how far the places of two records agree; of further places at most ``NEAR`` follows."""
    if not one or not other:
        return PlaceMatch.UNKNOWN
    main = _match(one[0], other[0])
    further = (_match(a, b) for i, a in enumerate(one) for j, b in enumerate(other) if i or j)
    return max(main, min(PlaceMatch.NEAR, max(further, default=PlaceMatch.APART)))


def meeting_points(chains: Sequence[Chain]) -> set[str]:
    """Return keys of which two records share one wherever :func:`match_places` is ``NEAR`` or better."""
    return {key for chain in chains for spot in chain for key in _keys(spot)}


def _keys(spot: Spot) -> Iterator[str]:
    if spot.level >= Level.PROVINCE:
        return
    # Whatever noun stands before a name, the last word is the same.
    yield f"n{spot.last_word}"
    if spot.level != Level.NAMED:
        reach = {Level.PART: PART_KM, Level.AREA: AREA_KM}.get(Level(spot.level), 0.0)
        north = reach / _KM_PER_DEGREE
        east = north / max(cos(radians(spot.latitude)), north)
        for latitude in {floor((spot.latitude + step) / _CELL) for step in (-north, 0.0, north)}:
            for longitude in {floor((spot.longitude + step) / _CELL) for step in (-east, 0.0, east)}:
                yield f"c{latitude}:{longitude}"


def _chain(where: Where) -> Chain:
    chain: list[Spot] = []
    step: Where | None = where
    while step is not None and len(chain) < _DEEPEST:
        chain.append(_spot(step))
        step = step.within
    return chain


def _spot(where: Where) -> Spot:
    words = name_words(where.name)
    names = name_key(words), name_key(words[1:]), words[-1] if words else ""
    place = where.place
    if place is None:
        return Spot(*names)
    # Capitals are as busy as cities of their size, and some have no figure.
    large = place.population >= KNOWN_ANYWHERE or place.feature_code == "PPLC"
    position = place.latitude, place.longitude
    return Spot(*names, place.geonameid, _level(place), place.country, place.admin1, *position, large)


def _level(place: Place) -> Level:
    kind, code = place.feature_class, place.feature_code
    if kind == "A":
        return Level.COUNTRY if code.startswith("PCL") else Level.PROVINCE if code == "ADM1" else Level.AREA
    if kind in ("P", ""):
        return Level.PART if code == "PPLX" else Level.TOWN
    # Installations and roads are points in a town; regions, mountains and waters reach further.
    return Level.PART if kind in ("S", "R") else Level.AREA


def _match(one: Chain, other: Chain) -> PlaceMatch:
    a, b = one[0], other[0]
    if a.geonameid and a.geonameid == b.geonameid:
        if a.level >= Level.PROVINCE:
            return PlaceMatch.BROAD
        return PlaceMatch.LARGE if a.large else PlaceMatch.SAME
    if wider := [spot for spot in other[1:] if _is(a, spot)] + [spot for spot in one[1:] if _is(b, spot)]:
        return PlaceMatch.BROAD if wider[0].level >= Level.PROVINCE else PlaceMatch.NEAR
    if a.geonameid and b.geonameid:
        return _match_known(a, b)
    if _share_name(a, b):
        return _match_namesakes(one, other)
    return _match_unlike(one, other)


def _match_known(a: Spot, b: Spot) -> PlaceMatch:
    """Match two places of the gazetteer. Two on one level are two; a province has what lies in it."""
    narrow, wide = sorted((a, b), key=lambda spot: spot.level)
    if (a.country and b.country and a.country != b.country) or narrow.level == wide.level:
        return PlaceMatch.APART
    if wide.level == Level.COUNTRY:
        return PlaceMatch.BROAD if a.country == b.country else PlaceMatch.APART
    if wide.level == Level.PROVINCE:
        apart = a.admin1 and b.admin1 and a.admin1 != b.admin1
        return PlaceMatch.APART if apart else PlaceMatch.BROAD
    reach = AREA_KM if wide.level == Level.AREA else PART_KM
    return PlaceMatch.NEAR if _distance(a, b) <= reach else PlaceMatch.APART


def _match_namesakes(one: Chain, other: Chain) -> PlaceMatch:
    """Match two places of one name, of which the gazetteer has at most one: what they lie in decides.

    A quarter and a town that a prison is told in may be the same place; two towns of the gazetteer are not.
    """
    if max(one[0].level, other[0].level) >= Level.PROVINCE:
        return PlaceMatch.BROAD
    outer = [next((spot for spot in chain if spot.geonameid), None) for chain in (one, other)]
    around = _match([outer[0]], [outer[1]]) if outer[0] and outer[1] else PlaceMatch.UNKNOWN
    if around == PlaceMatch.APART:
        return PlaceMatch.APART
    in_common = any(_is(a, b) and a.level != Level.COUNTRY for a in one[1:] for b in other[1:])
    around_both = around != PlaceMatch.UNKNOWN and all(spot and spot.level != Level.COUNTRY for spot in outer)
    return PlaceMatch.SAME if in_common or around_both else PlaceMatch.NEAR


def _match_unlike(one: Chain, other: Chain) -> PlaceMatch:
    """Match two places of which one is a mere name, another than that of the other place."""
    for broad, chain in ((one, other), (other, one)):
        if broad[0].level >= Level.PROVINCE:
            return _match(broad, chain[1:]) if chain[1:] else PlaceMatch.UNKNOWN
    return PlaceMatch.APART


def _is(a: Spot, b: Spot) -> bool:
    return a.geonameid == b.geonameid if a.geonameid and b.geonameid else _share_name(a, b)


def _share_name(a: Spot, b: Spot) -> bool:
    """Return whether the names are one, or one without the noun before it: بلدة الشدادي, الشدادي."""
    return bool(a.name) and (a.name == b.name or a.name == b.bare or (bool(a.bare) and a.bare == b.name))


def _distance(a: Spot, b: Spot) -> float:
    return distance_km(*(Place(0, "", spot.latitude, spot.longitude, "", "", "", "", 0, "") for spot in (a, b)))
