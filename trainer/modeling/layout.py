"""What a model predicts and how its inputs look: all that labelling must know of it, without PyTorch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainer.documents import LAYERS

# The names of the heads.
ENTITY, TRIGGER, EVENT_TYPE, ARGUMENT = "entity", "trigger", "event_type", "argument"
# The head that predicts each layer of annotation.
# (Arguments are no layer of their own: they come with the triggers.)
HEAD_OF_LAYER = dict(zip(LAYERS, (ENTITY, TRIGGER, EVENT_TYPE), strict=True))


@dataclass(frozen=True)
class ModelLayout:
    """The heads of a model and the shape of its windows; the fields are those of ``config.json``.

    Parameters
    ----------
    heads:
        One mapping a head, with ``name`` and ``labels``.
    window:
        Most subwords of one input, special tokens included.
    context:
        Most subwords of each neighbouring sentence that a window holds as well.
    pad_token_id:
        What inputs are padded with.
    """

    heads: Sequence[dict[str, Any]]
    window: int
    context: int
    pad_token_id: int

    @classmethod
    def read(cls, path: Path) -> ModelLayout:
        """Read the layout from a model's ``config.json``.

        Raises
        ------
        ValueError
            If the file is no configuration of a Marsad model.
        """
        try:
            fields = json.loads(path.read_text(encoding="utf-8"))
            return cls(fields["heads"], fields["window"], fields.get("context", 0), fields["pad_token_id"])
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path} is no configuration of a Marsad model ({error!r})") from error

    def labels_of(self, head: str) -> list[str]:
        """Return the labels of the head that is called ``head``; none where there is no such head."""
        return list(self.head(head).get("labels", ()))

    def head(self, name: str) -> dict[str, Any]:
        """Return the description of the head that is called ``name``; an empty one where there is no such head."""
        return next((item for item in self.heads if item["name"] == name), {})

    @property
    def layers(self) -> tuple[str, ...]:
        """Return the layers of annotation that the heads predict, in the order of ``LAYERS``."""
        names = {item["name"] for item in self.heads}
        return tuple(layer for layer in LAYERS if HEAD_OF_LAYER[layer] in names)
