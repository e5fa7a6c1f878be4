"""Whether two mentions name the same place or the same actor, however each text writes it."""

from __future__ import annotations

from trainer.evaluation.gold_records import GoldOtherPlace, GoldPlace, GoldSide
from trainer.evaluation.record_alignment import overlapping
from trainer.records.record import Side, Where
from trainer.values.actors import ActorTable
from trainer.values.name_forms import name_key, readings
from trainer.values.places import Gazetteer


class SameNames:
    """Compares hand-made names with those of event records, by their spelling and by the tables that Marsad ships."""

    def __init__(self, actors: ActorTable, places: Gazetteer) -> None:
        self._actors = actors
        self._places = places

    @classmethod
    def load(cls) -> SameNames:
        """Load the shipped table of actors and the shipped gazetteer."""
        return cls(ActorTable.load(), Gazetteer.load())

    def place(self, gold: GoldPlace | GoldOtherPlace, predicted: Where) -> bool:
        """Whether both names are one, or mean one place of the gazetteer."""
        if same_name(gold.name, predicted.name):
            return True
        known = predicted.place
        return known is not None and self._places.find(gold.name, known.country) == known

    def place_or_within(self, gold: GoldPlace, predicted: Where) -> bool:
        """Whether it is the same place, or one lies in the other.

        It does if one is the other's larger place, if the words of one name are in the other (سجن غويران, غويران), or
        if they are the same mention.
        """
        if self.place(gold, predicted) or overlapping(gold.span, _offsets(predicted)):
            return True
        larger = gold.within
        return (
            (larger is not None and self.place(GoldOtherPlace(name=larger, span=gold.span), predicted))
            or (predicted.within is not None and self.place(gold, predicted.within))
            or _name_in_name(gold.name, predicted.name)
        )

    def side(self, gold: GoldSide, predicted: Side, country: str | None) -> bool:
        """Whether both are the same actor: the same name, the same actor of the table, or the same mention.

        ``country`` is the ISO 3166-1 code of the country that the record lies in, if it is known.
        """
        if same_name(gold.name, predicted.name) or overlapping(gold.span, _offsets(predicted)):
            return True
        name = predicted.actor.name if predicted.actor else None
        return name is not None and name in (self.canonical(gold, None), self.canonical(gold, country))

    def canonical(self, side: GoldSide, country: str | None) -> str | None:
        """Return the name that the table of actors has for a side of the gold, ``None`` if it has none."""
        actor = self._actors.find(side.name, country)
        return actor.name if actor else None


def same_name(one: str, other: str) -> bool:
    """Whether two names are one in any spelling, with or without attached و ف ب ل ك.

    >>> same_name("تنظيم “الدولة الإسلاميّة”", "تنظيم الدولة الاسلامية")
    True
    """
    return bool(name_keys(one) & name_keys(other))


def name_keys(name: str) -> set[str]:
    """Return what the readings of a name are looked up by; empty for a name without letters and digits."""
    return {name_key(words) for words in readings(name)} - {""}


def _name_in_name(one: str, other: str) -> bool:
    padded = [[f" {' '.join(words)} " for words in readings(name) if words] for name in (one, other)]
    return any(a in b or b in a for a in padded[0] for b in padded[1])


def _offsets(part: Where | Side) -> tuple[int, int]:
    return part.span.start, part.span.end
