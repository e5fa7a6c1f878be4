"""Where a record lies: the point of the gazetteer that stands for its place, and how exactly it does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trainer.records.record import Where
from trainer.values.name_forms import name_words
from trainer.values.places import Place

# ACLED's codes of geo_precision.
_TOWN, _PART_OF_REGION, _REGION = 1, 2, 3
# GeoNames's classes: towns and buildings are points; roads, districts and areas of water or land are not.
_PRECISION_OF_CLASS = {
    "P": _TOWN,
    "S": _TOWN,
    "R": _PART_OF_REGION,
    "A": _PART_OF_REGION,
    "L": _REGION,
    "T": _REGION,
    "H": _REGION,
    "U": _REGION,
    "V": _REGION,
}
# Nouns before a name that mean what lies around it.
_AROUND = frozenset(name_words("ريف منطقة محيط أطراف ضواحي"))


@dataclass(frozen=True, slots=True)
class Located:
    """The place whose point stands for a record, ``None`` if no gazetteer knows it.

    ``precision`` is ACLED's geo_precision: 1 for a town or building, 2 for a part of a region or what lies around or in
    a known place without being known itself, 3 for a province or larger region; ``None`` without a point. A country has
    none: the middle of it says nothing.
    """

    place: Place | None = None
    precision: int | None = None

    @property
    def country(self) -> str | None:
        """The country's ISO 3166-1 code."""
        return self.place.country if self.place else None

    @property
    def is_country(self) -> bool:
        """Whether the place is a whole country."""
        return self.place is not None and _is_country(self.place)


def located(where: Where | None) -> Located:
    """Return the point of the place that ``where`` tells, or of the next larger place told with it that is known."""
    for depth, told in enumerate(larger_places(where)):
        if told.place is None:
            continue
        if _is_country(told.place):
            return Located(told.place)
        words = name_words(told.name)
        inexact = depth > 0 or (bool(words) and words[0] in _AROUND)
        precision = _precision(told.place)
        return Located(told.place, max(precision, _PART_OF_REGION) if precision and inexact else precision)
    return Located()


def larger_places(where: Where | None) -> Iterator[Where]:
    """Yield ``where`` and the places that it lies within, as the text tells them."""
    while where is not None:
        yield where
        where = where.within


def _is_country(place: Place) -> bool:
    return place.feature_class == "A" and place.feature_code.startswith("PCL")


def _precision(place: Place) -> int | None:
    if place.feature_class == "A" and place.feature_code == "ADM1":
        return _REGION
    return _PRECISION_OF_CLASS.get(place.feature_class)
