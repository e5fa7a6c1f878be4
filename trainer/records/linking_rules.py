"""What the linking of records has to know about types and names: read from ``data/event_linking.yaml``."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from trainer.records.rules_file import read_rules_file
from trainer.resources import resource_path

SHIPPED_RULES = "event_linking.yaml"


class LinkingRules(BaseModel):
    """Which types can be the same happening, which have no order of sides, and whose names are nobody's.

    ``same_happening`` are lists of types that can be the same happening. The sides of ``sides_change_places`` may
    change places. ``nobody`` are canonical names of actors that are kinds of people.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    same_happening: list[list[str]] = []
    sides_change_places: frozenset[str] = frozenset()
    nobody: frozenset[str] = frozenset()

    @classmethod
    def load(cls, path: Path | None = None) -> LinkingRules:
        """Read the rules that Marsad ships, or those of ``path``.

        Raises
        ------
        ValueError
            If the file is no YAML or has other keys or values; the message names file and key.
        OSError
            If the file cannot be read.
        """
        return read_rules_file(path or resource_path(SHIPPED_RULES), cls)

    def can_be_same(self, one: str, other: str) -> bool:
        """Return whether a happening can be told as either type."""
        return one == other or (one, other) in self._pairs

    def family(self, type: str) -> str:
        """Return a name that ``type`` shares with all types it can be the same as, and theirs: what records meet by."""
        return self._families.get(type, type)

    @cached_property
    def _pairs(self) -> set[tuple[str, str]]:
        return {(one, other) for types in self.same_happening for one in types for other in types}

    @cached_property
    def _families(self) -> dict[str, str]:
        families: list[set[str]] = []
        for types in map(set, self.same_happening):
            joined = [family for family in families if family & types]
            families = [family for family in families if not family & types]
            families.append(types.union(*joined))
        return {type: min(family) for family in families for type in family}
