"""Reads files of actors: who they are, what else they are called, and their kinds (``data/actors.yaml`` says how)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NoReturn

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

_Text = Annotated[str, Field(min_length=1)]
_Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NamedActor(_Section):
    """A group with a name. ``aliases`` mean it in any text, ``local`` ones in texts about its country."""

    name: _Text
    en: str | None = None
    country: _Country | None = None
    aliases: list[_Text] = []
    local: list[_Text] = []

    @model_validator(mode="after")
    def _local_needs_a_country(self) -> NamedActor:
        if self.local and self.country is None:
            raise ValueError(f"{self.name} has names under 'local' but no country in which they mean it")
        return self


class StateForce(_Section):
    """A force that every state has, its names with ``{m}`` or ``{f}`` for the state's adjective."""

    name: _Text
    kind: _Text
    en: str | None = None
    forms: list[_Text]
    only_with_state: list[_Text] = []

    @model_validator(mode="after")
    def _has_only_its_own_gaps(self) -> StateForce:
        try:
            for text in (self.name, *self.forms, *self.only_with_state):
                text.format(m="", f="")
            (self.en or "").format(en="")
        except (LookupError, ValueError) as error:
            raise ValueError(
                f"{self.name}: a form has {{m}} and {{f}} in it and no other braces, 'en' {{en}}"
            ) from error
        return self


class State(_Section):
    """A state: its English name and the adjectives of its forces, masculine and feminine first."""

    en: _Text
    adjectives: list[_Text] = Field(min_length=2)
    rivals: bool = False


class GenericActor(_Section):
    """Words for groups that are nobody in particular."""

    kind: _Text
    name: str | None = None
    en: str | None = None
    forms: list[_Text]


class UnnamedPeople(_Section):
    """Nouns, parted by spaces, that say what kind of people a phrase is about."""

    kind: _Text
    name: str | None = None
    en: str | None = None
    nouns: str


class ActorSections(_Section):
    """The sections of a file of actors. All may be left out."""

    kinds: dict[str, int] = {}
    abroad: str | None = None
    prefixes: str = ""
    suffixes: str = ""
    forces: list[StateForce] = []
    states: dict[_Country, State] = {}
    actors: dict[str, list[NamedActor]] = {}
    generic: list[GenericActor] = []
    people: list[UnnamedPeople] = []
    unknown: str = ""
    aliases: dict[str, list[_Text]] = {}


@dataclass(frozen=True)
class ActorFile:
    """A file of actors and where in it everything stands. Make one with :meth:`read`."""

    path: Path
    sections: ActorSections
    _root: yaml.Node | None

    @classmethod
    def read(cls, path: str | Path) -> ActorFile:
        """Read a file of actors.

        Raises
        ------
        ValueError
            If the file is no UTF-8, no YAML, or has a section or value that is not known; the message names file,
            line and cause.
        OSError
            If the file cannot be read.
        """
        path = Path(path)
        try:
            text = path.read_text(encoding="utf-8")
            loader = yaml.SafeLoader(text)
            root = loader.get_single_node()
            values = None if root is None else loader.construct_document(root)
        except UnicodeDecodeError as error:
            raise ValueError(f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8 and try again") from error
        except (yaml.YAMLError, ValueError) as error:
            raise ValueError(f"{path} is no YAML: {' '.join(str(error).split())}") from error
        file = cls(path, ActorSections(), root)
        try:
            return cls(path, ActorSections.model_validate({} if values is None else values), root)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(key) for key in first["loc"])
            file.reject(f"{where}: {first['msg']}" if where else first["msg"], *first["loc"])

    def kinds(self) -> Iterator[tuple[str, tuple[str | int, ...]]]:
        """Yield every kind that the file uses, with the place."""
        if self.sections.abroad is not None:
            yield self.sections.abroad, ("abroad",)
        for kind in self.sections.actors:
            yield kind, ("actors", kind)
        for section in ("forces", "generic", "people"):
            for position, entry in enumerate(getattr(self.sections, section)):
                yield entry.kind, (section, position)

    def reject(self, message: str, *place: str | int) -> NoReturn:
        """Raise a ``ValueError`` that names the file and the line of ``place``, the keys and positions down to it."""
        raise ValueError(f"{self.path}, line {self.line(*place)}: {message}")

    def line(self, *place: str | int) -> int:
        """Return the line of ``place``, or of what comes nearest to it, counted from 1."""
        node = self._root
        line = 1
        for key in place:
            step = _step(node, key)
            if step is None:
                break
            line, node = step
        return line


def _step(node: yaml.Node | None, key: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == str(key):
                return name.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key].start_mark.line + 1, node.value[key]
    return None
