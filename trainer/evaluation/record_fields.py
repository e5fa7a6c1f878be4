"""Field by field: the values of a gold record, those of the predicted one, and how many of them are the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from trainer.evaluation.best_pairs import best_pairs
from trainer.evaluation.gold_records import GoldRecord
from trainer.evaluation.record_alignment import overlapping
from trainer.evaluation.record_names import SameNames, same_name
from trainer.evaluation.record_rules import RecordRules
from trainer.evaluation.record_values import gold_values, predicted_values
from trainer.evaluation.span_counts import Counts
from trainer.records.record import EventRecord


class FieldScorer:
    """Counts for each field the values of the gold, those predicted, and those of them that agree.

    Values are paired one to one, so that none counts twice. The fields are those of
    :mod:`trainer.evaluation.record_values`.
    """

    def __init__(self, rules: RecordRules, names: SameNames) -> None:
        self._rules = rules
        self._names = names

    def pair(self, gold: GoldRecord, predicted: EventRecord) -> dict[str, Counts]:
        """Compare two records of one happening; sides that may change places do so where more then agrees."""
        compared = self._compare(gold, predicted)
        if self._may_change_places(gold):
            other = self._compare(gold, replace(predicted, side_a=predicted.side_b, side_b=predicted.side_a))
            if _hits_of_sides(other) > _hits_of_sides(compared):
                return other
        return compared

    def missed(self, gold: GoldRecord) -> dict[str, Counts]:
        """Count the values of a gold record that no predicted one is paired with."""
        values = gold_values(gold, self._rules, self._names)
        return {field: Counts(0, 0, len(some)) for field, some in values.items()}

    def spurious(self, predicted: EventRecord) -> dict[str, Counts]:
        """Count the values of a predicted record that no gold one is paired with."""
        return {field: Counts(0, len(some), 0) for field, some in predicted_values(predicted, self._rules).items()}

    def _compare(self, gold: GoldRecord, predicted: EventRecord) -> dict[str, Counts]:
        ours, theirs = gold_values(gold, self._rules, self._names), predicted_values(predicted, self._rules)
        place = predicted.where.place if predicted.where else None
        country = place.country if place else None
        counts = {}
        for field, known in ours.items():
            found = theirs[field]
            same = {
                (i, j): 1
                for i, one in enumerate(known)
                for j, other in enumerate(found)
                if self._same(field, one, other, country)
            }
            counts[field] = Counts(len(best_pairs(same)), len(found), len(known))
        return counts

    def _same(self, field: str, gold: Any, predicted: Any, country: str | None) -> bool:
        match field:
            case "mentions" | "date span" | "place span":
                return overlapping(gold, predicted)
            case "place" | "all places":
                return self._names.place(gold, predicted)
            case "place or within":
                return self._names.place_or_within(gold, predicted)
            case "larger place":
                return same_name(gold, predicted)
            case "side A" | "side B":
                return self._names.side(gold, predicted, country)
            case "kinds of sides":
                (place, side), (other_place, other) = gold, predicted
                same_kind = self._rules.kinds[side.kind] == other.actor.kind
                return same_kind and place == other_place and self._names.side(side, other, country)
            case "weapon":
                span = predicted.span
                return same_name(gold.name, predicted.name) or overlapping(gold.span, (span.start, span.end))
        return bool(gold == predicted)

    def _may_change_places(self, gold: GoldRecord) -> bool:
        noted = gold.note is not None and gold.note.startswith(self._rules.note_of_mutual)
        return noted or gold.type in self._rules.sides_change_places


def _hits_of_sides(counts: Mapping[str, Counts]) -> tuple[int, int]:
    return counts["side A"].hits + counts["side B"].hits, counts["kinds of sides"].hits
