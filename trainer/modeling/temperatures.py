"""How much a model's probabilities must be flattened before they can be believed: one temperature a head.

Fine-tuned models are too sure of themselves. Dividing the logits of a head by a temperature, fitted on validation data
(:mod:`trainer.training.temperatures`), leaves every decision as it is and makes the probabilities say how often it is
right. What a model predicts does not depend on it; how unsure it is, does.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# In the folder of a model.
TEMPERATURES_FILE = "temperatures.json"
# Of probabilities in 32 bits nothing nearer to 0 or 1 can be told from them, and neither has a logit.
_NEAREST = 1e-6
# Tempered ones are in 64 bits, and are kept where both they and what is missing to 1 have a logarithm.
_NEAREST_TEMPERED = 1e-12


@dataclass(frozen=True)
class Temperatures:
    """By what each head's logits are divided; 1 leaves them alone, more flattens the probabilities.

    Raises
    ------
    ValueError
        For a temperature that is not above 0, or no number.
    """

    entity: float = 1.0
    trigger: float = 1.0
    event_type: float = 1.0

    def __post_init__(self) -> None:
        for head, value in asdict(self).items():
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
                raise ValueError(f"the temperature of head {head!r} is {value!r}; it must be a number above 0")

    def save(self, path: Path) -> None:
        """Write the temperatures as JSON."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Temperatures:
        """Read what :meth:`save` wrote.

        Raises
        ------
        ValueError
            If the file holds something else.
        """
        heads = [field.name for field in fields(cls)]
        try:
            values: Any = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(values, dict) or set(values) - set(heads):
                raise ValueError(f"expected an object with some of the keys {', '.join(heads)}")
            return cls(**values)
        except ValueError as error:
            raise ValueError(
                f"{path} holds no temperatures ({error}); train the model again, or delete the file to do without"
            ) from error


def tempered_tags(log_probabilities: NDArray[Any], temperature: float) -> NDArray[np.float64]:
    """Return log probabilities (..., tags) as the logits behind them, divided by ``temperature``, give them."""
    # Log probabilities are logits, too: the two differ by a constant a word, which the softmax takes out again.
    logits = log_probabilities.astype(np.float64) / temperature
    logits -= logits.max(-1, keepdims=True)
    normalised: NDArray[np.float64] = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    return normalised


def tempered_types(probabilities: NDArray[Any], temperature: float) -> NDArray[np.float64]:
    """Return probabilities, each on its own, as their logits divided by ``temperature`` give them; never 0 or 1."""
    clipped = np.clip(probabilities.astype(np.float64), _NEAREST, 1 - _NEAREST)
    logits = np.log(clipped / (1 - clipped)) / temperature
    tempered: NDArray[np.float64] = np.clip(1 / (1 + np.exp(-logits)), _NEAREST_TEMPERED, 1 - _NEAREST_TEMPERED)
    return tempered
