"""Places to coordinates: the one place of a gazetteer that a name means, or none.

A name is resolved only where it can mean one place. Several places of one name are told apart in this order, and
what is left open stays open (:meth:`Gazetteer.candidates` has the places):

1. The noun before the name: محافظة درعا is the province, مدينة درعا the town.
2. The country that the text is about (:meth:`Gazetteer.country_of`): its places go before all but much larger ones.
3. What lies in one another: a bare الكويت is the country, a bare درعا the town and not the province that is named after
   it (that is محافظة درعا).
4. A place that is known to be meant: the only candidate within ``NEAR_KM`` of it.
5. Size: a capital or a city of ``KNOWN_ANYWHERE`` people with ``PLAINLY_LARGER`` times as many as the next. Where
   GeoNames has no figure, as for most villages, that counts as 0.

No gazetteer has all villages, so a name that stands in it once may still mean another place: what 1 to 5 found counts
only if it lies in the country that the text is about, or is named without its country in news: a country, a
province, a capital, a city of ``KNOWN_ANYWHERE`` people.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

import regex

from trainer.resources import resource_path
from trainer.text.mentions import mention_name
from trainer.values.geonames_files import Place, read_geonames
from trainer.values.name_forms import name_key, name_words, readings, without_article

__all__ = ["KNOWN_ANYWHERE", "NEAR_KM", "PLAINLY_LARGER", "SHIPPED_PLACES", "Gazetteer", "Place"]

SHIPPED_PLACES = "places/places.tsv"
KNOWN_ANYWHERE = 500_000
PLAINLY_LARGER = 10
NEAR_KM = 100.0

_EARTH_RADIUS_KM = 6371.0
_VOWEL = regex.compile(r"[\u064b-\u0652]")
_COUNTRY, _PROVINCE, _TOWN, _CAPITAL, _QUARTER = "A.PCL", "A.ADM1", "P.", "P.PPLC", "P.PPLX"
_DIVISION = "A.ADM"
_DISTRICTS = ("A.ADM2", "A.ADM3", "A.ADM4")
# What a noun before a name says that the place is: GeoNames's class and the beginning of its code, the better first.
# A noun that is not here (شارع، سجن، جبل) is part of the name.
_CLASS_NOUNS = {
    "دولة جمهورية مملكة": (_COUNTRY,),
    "محافظة ولاية مقاطعة إمارة شعبية": (_PROVINCE,),
    "قضاء مديرية ناحية معتمدية محلية": _DISTRICTS,
    "مدينة بلدة قرية": (_TOWN,),
    "حي": (_QUARTER,),
    "ريف منطقة": (_PROVINCE, *_DISTRICTS, _TOWN),
}
_KINDS_OF_NOUN = {name_key([noun]): kinds for nouns, kinds in _CLASS_NOUNS.items() for noun in name_words(nouns)}
# ريف إدلب الجنوبي is a part of ريف إدلب.
_COUNTRYSIDE = frozenset(name_words("ريف"))
_DIRECTIONS = frozenset(name_words("الشمالي الجنوبي الشرقي الغربي الأوسط"))


class Gazetteer:
    """Places by their names in any spelling. Make one with :meth:`load`."""

    def __init__(self, places: Iterable[tuple[Place, list[str]]]) -> None:
        """Take places with all their names; rows with one ``geonameid`` are one place, as the first tells it."""
        self._places: defaultdict[str, list[Place]] = defaultdict(list)
        # By names that are written with vowels, for عُمان and عمّان.
        self._with_vowels: defaultdict[str, set[int]] = defaultdict(set)
        known: dict[int, Place] = {}
        for row, names in places:
            place = known.setdefault(row.geonameid, row)
            for key in {name_key(name_words(name)) for name in names} - {""}:
                if place not in self._places[key]:
                    self._places[key].append(place)
            for name in filter(_VOWEL.search, names):
                self._with_vowels[name].add(place.geonameid)

    @classmethod
    def load(cls, *paths: str | Path) -> Gazetteer:
        """Read GeoNames dumps, then the gazetteer that Marsad ships (countries, provinces, larger towns).

        Raises
        ------
        ValueError
            If a line is no row of a GeoNames dump; the message names file and line.
        OSError
            If a file cannot be read.
        """
        files = [*paths, resource_path(SHIPPED_PLACES)]
        return cls(item for path in files for item in read_geonames(path))

    def find(self, name: str, country: str | None = None, near: Place | None = None) -> Place | None:
        """Return the place that ``name`` means, ``None`` if the gazetteer has none or it could be several.

        Parameters
        ----------
        name:
            The text of a mention, attached و ف ب ل ك and a noun such as مدينة included.
        country:
            ISO 3166-1 code (two capital letters) of the country that the text is about.
        near:
            A place that the text is known to mean, such as that of its dateline.
        """
        candidates = self.candidates(name, country)
        if near is not None and len(candidates) > 1:
            close = [place for place in candidates if distance_km(place, near) <= NEAR_KM]
            if len(close) == 1:
                return close[0]
        place = candidates[0] if len(candidates) == 1 else _plainly_largest(candidates)
        return place if place is not None and (place.country == country or _is_known_anywhere(place)) else None

    def country_of(self, names: Iterable[str]) -> str | None:
        """Return the country that ``names``, the places of a text, lie in: :meth:`find` needs it.

        A name counts for a country if all its places lie there, as often as it stands in the text. The country must
        have more than half of what counts, by two places or one that is known anywhere; otherwise it is ``None``.
        """
        votes: Counter[str] = Counter()
        named: defaultdict[str, set[int]] = defaultdict(set)
        known: set[str] = set()
        for name in names:
            places = self._called(name)
            if len(countries := {place.country for place in places}) == 1:
                votes.update(countries)
                named[places[0].country].add(places[0].geonameid)
                known.update(place.country for place in places if _is_known_anywhere(place))
        for country, count in votes.most_common(1):
            if 2 * count > votes.total() and (country in known or len(named[country]) > 1):
                return country
        return None

    def candidates(self, name: str, country: str | None = None) -> list[Place]:
        """Return all places that ``name`` can mean by noun, country and nesting, in the order of the files."""
        return _without_namesakes_inside(_settled(self._called(name), country))

    def _called(self, name: str) -> list[Place]:
        """Return the places of that name; if it is written with vowels, those that are written with the same.

        A noun alone (المدينة، الحي) is not read as the place that happens to be called so.
        """
        for words in readings(name):
            if len(words) == 1 and without_article(words[0]) in _KINDS_OF_NOUN:
                break
            found = self._places.get(name_key(words)) or self._after_noun(words)
            if found:
                written = self._with_vowels.get(name) or self._with_vowels.get(mention_name(name)) or set()
                return [place for place in found if place.geonameid in written] or found
        return []

    def _after_noun(self, words: list[str]) -> list[Place]:
        """Return the places that are called like all words but the first and are what the first says."""
        if not words:
            return []
        noun, *words = words
        if noun in _COUNTRYSIDE:
            while len(words) > 1 and words[-1] in _DIRECTIONS:
                words = words[:-1]
        named = self._places.get(name_key(words), [])
        for kind in _KINDS_OF_NOUN.get(noun, ()):
            if found := [place for place in named if _is(place, kind)]:
                return found
        return []


def distance_km(one: Place, other: Place) -> float:
    """Return the distance between two places along the surface of the earth, in km."""
    latitudes = radians(one.latitude), radians(other.latitude)
    half_north = sin((latitudes[1] - latitudes[0]) / 2)
    half_east = sin(radians(other.longitude - one.longitude) / 2)
    chord = half_north**2 + cos(latitudes[0]) * cos(latitudes[1]) * half_east**2
    return 2 * _EARTH_RADIUS_KM * asin(min(1.0, sqrt(chord)))


def _is(place: Place, *kinds: str) -> bool:
    return f"{place.feature_class}.{place.feature_code}".startswith(kinds)


def _settled(places: list[Place], country: str | None) -> list[Place]:
    """Leave countries and inhabited places if there are any, and those of ``country`` if there are any.

    A village does not hide a known place of its name: الرياض is the capital in texts about the Sudan, too.
    """
    places = [place for place in places if place.feature_class in ("A", "P", "")] or places
    inside = [place for place in places if place.country == country]
    if not inside:
        return places
    most = max(KNOWN_ANYWHERE, PLAINLY_LARGER * max(place.population for place in inside))
    return [place for place in places if place.country == country or place.population >= most]


def _is_known_anywhere(place: Place) -> bool:
    """Whether news names ``place`` without its country."""
    return place.population >= KNOWN_ANYWHERE or _is(place, _COUNTRY, _PROVINCE, _CAPITAL)


def _plainly_largest(places: list[Place]) -> Place | None:
    if not places or not all(_is(place, _TOWN, _COUNTRY) for place in places):
        return None
    first, second, *_ = sorted(places, key=lambda place: -place.population)
    return first if _is_known_anywhere(first) and first.population >= PLAINLY_LARGER * second.population else None


def _without_namesakes_inside(places: list[Place]) -> list[Place]:
    """Leave out what bears the name of the country that it lies in, and provinces that bear the name of a town.

    The town lies in the province, or in its country and has ``KNOWN_ANYWHERE`` people: صنعاء is no part of its
    province.
    """
    countries = {place.country for place in places if _is(place, _COUNTRY)}
    places = [place for place in places if place.country not in countries or _is(place, _COUNTRY)]
    towns = [place for place in places if _is(place, _TOWN)]
    provinces = {(town.country, town.admin1) for town in towns}
    cities_of = {town.country for town in towns if town.population >= KNOWN_ANYWHERE}
    return [
        place
        for place in places
        if not _is(place, _DIVISION)
        or (place.country not in cities_of and (place.country, place.admin1) not in provinces)
    ]
