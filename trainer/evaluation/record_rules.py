"""What the comparison of event records has to know about labels: read from ``data/record_scoring.yaml``."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from trainer.records.rules_file import read_rules_file
from trainer.resources import resource_path

SHIPPED_RULES = "record_scoring.yaml"


class RecordRules(BaseModel):
    """How the words of hand-made records are compared with those of ``trainer.records``.

    ``kinds`` maps the kind of a side to that of the table of actors, ``None`` for no kind; ``precisions`` are those of
    the records, ``same_precision`` the one among them that another precision of ``trainer.values`` is. The sides of
    records of the types ``sides_change_places``, and of those whose note begins with ``note_of_mutual``, may change
    places.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kinds: dict[str, str | None]
    precisions: list[str]
    same_precision: dict[str, str]
    sides_change_places: list[str]
    note_of_mutual: str

    @classmethod
    def load(cls, path: Path | None = None) -> RecordRules:
        """Read the rules that Marsad ships, or those of ``path``.

        Raises
        ------
        ValueError
            If the file is no YAML or has other keys or values; the message names file and key.
        OSError
            If the file cannot be read.
        """
        return read_rules_file(path or resource_path(SHIPPED_RULES), cls)
