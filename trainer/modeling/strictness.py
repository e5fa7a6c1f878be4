"""How sure a model must be: a least score for single labels, and one dial from finding much to erring little."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

# What the dial moves at its ends, in log-odds: there a label must be fifty times likelier than without the dial, or
# may be fifty times less likely. Set beforehand, not fitted to any data.
DIAL_LOG_ODDS = math.log(50)


@dataclass(frozen=True)
class Strictness:
    """What a caller asks beyond the decisions that the model was trained to take.

    Parameters
    ----------
    thresholds:
        By label the score, from 0 to 1, from which it counts. An entity type's is for its spans; an event type's is
        for triggers and for the types of sentences, a role's for arguments, where it takes the place of the model's
        own threshold and of what the dial makes of that.
    dial:
        From -1 (recall: find more) over 0 (as trained) to 1 (precision: err less).
    """

    thresholds: Mapping[str, float] = field(default_factory=dict)
    dial: float = 0.0

    def __post_init__(self) -> None:
        if not -1 <= self.dial <= 1:
            raise ValueError(f"the dial is {self.dial}; it goes from -1 (find more) to 1 (err less)")
        for label, score in self.thresholds.items():
            if not 0 <= score <= 1:
                raise ValueError(f"the threshold of {label!r} is {score}; scores go from 0 to 1")

    def check_labels(self, known: Iterable[str]) -> None:
        """Raise ``ValueError`` for a threshold of a label that is not ``known``, with the nearest names."""
        labels = list(known)
        for label in self.thresholds:
            if label not in labels:
                folded = list(dict.fromkeys(name.casefold() for name in labels))
                close = difflib.get_close_matches(label.casefold(), folded, n=3, cutoff=0.5) or folded
                nearest = [name for near in close for name in labels if name.casefold() == near]
                raise ValueError(
                    f"the model has no label {label!r} to set a threshold for; did you mean {' or '.join(nearest)}?"
                )

    @property
    def outside_shift(self) -> float:
        """What the log probability of every word to be outside gains before spans are decoded."""
        return self.dial * DIAL_LOG_ODDS

    def span_counts(self, label: str, score: float) -> bool:
        """Whether a decoded span of ``label`` counts."""
        return score >= self.thresholds.get(label, 0.0)

    def least_score(self, label: str, trained: float) -> float:
        """Return the score from which a sentence has the event type ``label``, or an event an argument of this role.

        ``trained`` is the model's own threshold.
        """
        if label in self.thresholds:
            return self.thresholds[label]
        if self.dial == 0 or not 0 < trained < 1:
            return trained
        odds = trained / (1 - trained) * math.exp(self.outside_shift)
        return odds / (1 + odds)
