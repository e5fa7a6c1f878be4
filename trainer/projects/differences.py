"""What people changed most in suggested annotation, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from trainer.documents import Document
from trainer.evaluation.span_counts import Counts
from trainer.projects.outcomes import ADDED, COMPARED, KEPT, KINDS, REMOVED, Outcome, outcomes

# Whose texts are whole sentences: which of them was changed tells nobody anything.
_WITHOUT_STRINGS = "event_types"


@dataclass(frozen=True)
class Differences:
    """The outcomes of all documents, and how many ``sentences`` these have."""

    outcomes: list[Outcome]
    sentences: int

    @classmethod
    def of(cls, pairs: Iterable[tuple[Document, Document]]) -> Differences:
        """Compare pairs of a suggested document and what people made of it (see :func:`outcomes`)."""
        found: list[Outcome] = []
        sentences = 0
        for suggested, corrected in pairs:
            found += outcomes(suggested, corrected)
            sentences += len(corrected.sentences)
        return cls(found, sentences)

    @property
    def changed(self) -> list[Outcome]:
        """The outcomes of what was not kept as it was."""
        return [outcome for outcome in self.outcomes if outcome.kind != KEPT]

    @property
    def untouched(self) -> int:
        """How many sentences nobody changed anything in."""
        touched = {(outcome.document, outcome.sentence) for outcome in self.changed if outcome.sentence is not None}
        return self.sentences - len(touched)

    def kinds(self) -> dict[str, Counter[str]]:
        """Return how often there is each kind of outcome, by layer; layers without any are left out."""
        counts = {layer: Counter(o.kind for o in self.outcomes if o.layer == layer) for layer in COMPARED}
        return {layer: kinds for layer, kinds in counts.items() if kinds}

    def labels(self) -> dict[tuple[str, str], Counter[str]]:
        """Return how often there is each kind, by layer and label suggested (or added); the most changed first."""
        counts: dict[tuple[str, str], Counter[str]] = {}
        for outcome in self.outcomes:
            counts.setdefault((outcome.layer, outcome.first.label), Counter())[outcome.kind] += 1
        return dict(sorted(counts.items(), key=lambda item: (item[1][KEPT] - item[1].total(), item[0])))

    def confusions(self) -> dict[tuple[str, str, str], int]:
        """Return how often a label became another, by layer, label suggested and label now; the most often first."""
        return _most_first(
            Counter(
                (outcome.layer, outcome.suggested.label, outcome.corrected.label)
                for outcome in self.changed
                if outcome.suggested and outcome.corrected and outcome.suggested.label != outcome.corrected.label
            )
        )

    def strings(self) -> dict[tuple[str, str, str], int]:
        """Return how often something was done to a string, by layer, string and what; the most often first."""
        changed = (outcome for outcome in self.changed if outcome.layer != _WITHOUT_STRINGS)
        return _most_first(Counter((outcome.layer, outcome.first.text, _told(outcome)) for outcome in changed))

    def scores(self) -> dict[str, Counts]:
        """Return how far the suggestions were right, by layer: the correction is gold, what was kept is a hit.

        Of spans and event types these are strict scores. Arguments and attributes are kept also where their trigger or
        entity has another label or other ends now.
        """
        return {
            layer: Counts(kinds[KEPT], kinds.total() - kinds[ADDED], kinds.total() - kinds[REMOVED])
            for layer, kinds in self.kinds().items()
        }

    def to_dict(self) -> dict[str, Any]:
        """Return counts, scores and every change as JSON says them."""
        scores = {layer: counts.scores() for layer, counts in self.scores().items()}
        return {
            "sentences": self.sentences,
            "untouched_sentences": self.untouched,
            "layers": {layer: {**_all(kinds), **scores[layer]} for layer, kinds in self.kinds().items()},
            "labels": [{"layer": key[0], "label": key[1], **_all(kinds)} for key, kinds in self.labels().items()],
            "confusions": [
                {"layer": layer, "suggested": suggested, "corrected": corrected, "count": count}
                for (layer, suggested, corrected), count in self.confusions().items()
            ],
            "strings": [
                {"layer": layer, "text": text, "change": change, "count": count}
                for (layer, text, change), count in self.strings().items()
            ],
            "changes": [asdict(outcome) for outcome in self.changed],
        }


def _all(kinds: Counter[str]) -> dict[str, int]:
    return {kind: kinds[kind] for kind in KINDS}


def _most_first(counts: Counter[tuple[str, str, str]]) -> dict[tuple[str, str, str], int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _told(outcome: Outcome) -> str:
    """Say what was done to a string, without the string: ``removed PER``, ``PER → GPE``, ``PER, now قسد``."""
    before, after = outcome.suggested, outcome.corrected
    if before is None or after is None:
        return f"{outcome.kind} {outcome.first.label}"
    label = before.label if before.label == after.label else f"{before.label} → {after.label}"
    return label if before.text == after.text else f"{label}, now {after.text}"
