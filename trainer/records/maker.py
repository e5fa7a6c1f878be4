"""Makes the event records of a document: mentions of one happening put together, with values for what they tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from trainer.documents import Document
from trainer.records.claims import ClaimReader
from trainer.records.companions import Companions
from trainer.records.cue_words import CuePhrases, TextWords
from trainer.records.days import DayReader
from trainer.records.fields import DoubtReader, PlaceChooser, group_tellings, score_of, span_of, weapon, when
from trainer.records.groups import Group
from trainer.records.merging import ActGrouping
from trainer.records.nesting import Nesting
from trainer.records.outcomes import OutcomeGrouping
from trainer.records.record import EventRecord, Mention
from trainer.records.referents import Referents
from trainer.records.reflexives import ReflexiveReader
from trainer.records.rules import Rules, load_rules
from trainer.records.sides import SideReader
from trainer.records.tellings import Telling, TellingReader
from trainer.schema import Schema
from trainer.values.actors import ActorTable
from trainer.values.places import Gazetteer


class RecordMaker:
    """Makes records of documents. Load one with :meth:`load`; it can be used for any number of documents."""

    def __init__(
        self,
        rules: Rules,
        actors: ActorTable,
        places: Gazetteer,
        date_column: str | None = None,
        source_column: str | None = None,
    ) -> None:
        self._rules, self._actors, self._places = rules, actors, places
        self._date_keys = [date_column] if date_column else rules.metadata.date
        self._source_keys = [source_column] if source_column else rules.metadata.source
        self._cues = CuePhrases(rules.cues)
        self._tellings, self._doubts = TellingReader(rules, self._cues), DoubtReader(rules, self._cues)
        self._reflexives = ReflexiveReader(rules.labels, self._cues)
        self._precedence = {type: rules.precedence(type) for type in rules.types}

    @classmethod
    def load(
        cls,
        schema: Schema,
        *,
        actors: Sequence[Path] = (),
        places: Sequence[Path] = (),
        rules: Path | None = None,
        date_column: str | None = None,
        source_column: str | None = None,
    ) -> RecordMaker:
        """Read what records are made with.

        Parameters
        ----------
        schema:
            The labels of the documents; rules of a file of your own must name labels of it.
        actors, places:
            Tables and GeoNames dumps that go before the shipped ones.
        rules:
            A file such as ``data/event_records.yaml`` in the place of it.
        date_column, source_column:
            Keys of the documents' metadata that hold the day of publication and the outlet, if they are not among the
            usual ones that the rules list.

        Raises
        ------
        ValueError
            If a file is malformed; the message names the file, and the line or key.
        OSError
            If a file cannot be read.
        """
        loaded = load_rules(schema, rules)
        return cls(loaded, ActorTable.load(*actors), Gazetteer.load(*places), date_column, source_column)

    def records(self, document: Document) -> list[EventRecord]:
        """Return all records of a document, in the order of their first mentions.

        Every event of the document is a mention of exactly one record. Arguments that the document does not have are
        not made up: without any, a record has its mentions, type and sentences alone. Any document is accepted.
        """
        if not document.events:
            return []
        words = TextWords(document.words)
        referents = Referents(document, self._rules, self._actors, self._places)
        nesting = Nesting(document, self._rules, referents, words, self._cues.within)
        published = self._published(document.metadata)
        tellings = self._tellings.read(document, referents, nesting, words, DayReader(published))
        groups = ActGrouping(self._rules, nesting).groups([t for t in tellings if t.rule.outcome is None])
        outcomes = OutcomeGrouping(self._rules, nesting, self._cues, words)
        groups += outcomes.groups([telling for telling in tellings if telling.rule.outcome is not None], groups)
        writer = _RecordWriter(self, document, referents, nesting, words)
        writer.disputed = self._doubts.disputed(tellings, document, words)
        writer.reflexive = self._reflexives.reflexive(tellings, document, words)
        writer.shared_counts = _shared_counts(tellings)
        writer.facts = {
            "published": published.isoformat() if published else None,
            "source": _first_text(document.metadata, self._source_keys),
            "duplicate_of": document.duplicate_of.id if document.duplicate_of else None,
        }
        group_of = {telling.number: group for group in groups for telling in group_tellings(group)}
        writer.companions = Companions(tellings, group_of, self._cues, words)
        in_order = sorted(groups, key=lambda group: group_tellings(group)[0].number)
        return [writer.record(group, number) for number, group in enumerate(in_order, start=1)]

    def _published(self, metadata: Mapping[str, Any]) -> date | None:
        for key in self._date_keys:
            if (found := _day(metadata.get(key))) is not None:
                return found
        return None


class _RecordWriter:
    """Writes the records of one document from groups of its mentions."""

    def __init__(
        self, maker: RecordMaker, document: Document, referents: Referents, nesting: Nesting, words: TextWords
    ) -> None:
        rules, cues = maker._rules, maker._cues
        self._document, self._rules, self._precedence = document, rules, maker._precedence
        self._places = PlaceChooser(document, rules, cues, referents, nesting, words, maker._places)
        self._sides = SideReader(document, rules, cues, words)
        self._claims = ClaimReader(document, rules, cues, words)
        self.disputed: set[int] = set()
        self.reflexive: set[int] = set()
        self.shared_counts: frozenset[str] = frozenset()
        self.companions: Companions | None = None
        self.facts: dict[str, str | None] = {}

    def record(self, group: Group, number: int) -> EventRecord:
        """Return the record of a group, the ``number``-th of the document."""
        document, told = self._document, group_tellings(group)
        unknown = self._rules.precedence("")
        type = min(
            (telling.event.type for telling in group.tellings),
            key=lambda type: (self._precedence.get(type, unknown), type),
        )
        fields = self._rules.of(type).fields
        # What acts tell goes before what their outcomes tell.
        in_turn = [*sorted(group.tellings, key=lambda telling: telling.number), *group.outcomes]
        outcomes = [telling for telling in told if telling.rule.outcome is not None]
        where, others = self._places.places(self._placed(group), type) if "where" in fields else (None, ())
        side_a, side_b = self._sides.sides(group, type)
        side_a, side_b = side_a if "side_a" in fields else (), side_b if "side_b" in fields else ()
        main = [telling for telling in told if telling.event.type == type]
        sentences = {telling.sentence for telling in told} if document.sentences else set()
        return EventRecord(
            id=f"{document.id}-{number:02d}",
            document=document.id,
            type=type,
            mentions=tuple(
                Mention(
                    t.event.id,
                    t.event.type,
                    span_of(document, t.event.trigger),
                    t.event.score,
                    t.number in self.reflexive,
                )
                for t in told
            ),
            sentences=tuple(sorted(sentences)),
            when=when(document, self._timed(group)) if "when" in fields else None,
            where=where,
            other_places=others,
            side_a=side_a,
            side_b=side_b,
            outcomes=self._claims.claims(outcomes, self.shared_counts) if "outcomes" in fields else {},
            weapon=weapon(document, in_turn) if "weapon" in fields else None,
            disputed=any(telling.number in self.disputed for telling in told),
            score=score_of(main),
            published=self.facts["published"],
            source=self.facts["source"],
            duplicate_of=self.facts["duplicate_of"],
        )

    def _placed(self, group: Group) -> Sequence[Telling]:
        """Return the mentions that tell the place: acts, else outcomes, else what the happening goes along with."""
        told = (group.tellings, group.outcomes, *self._companions(group))
        return next((tellings for tellings in told if any(telling.heads for telling in tellings)), ())

    def _timed(self, group: Group) -> Sequence[Telling]:
        """Return the mentions that tell the time, as :meth:`_placed` does."""
        told = ([*group.tellings, *group.outcomes], *self._companions(group))
        return next((tellings for tellings in told if any(telling.times for telling in tellings)), ())

    def _companions(self, group: Group) -> list[list[Telling]]:
        return self.companions.of(group) if self.companions else []


def _shared_counts(tellings: Sequence[Telling]) -> frozenset[str]:
    """Return the ids of counts that are said of triggers of several types together: عشرات القتلى والجرحى."""
    types: defaultdict[str, set[str]] = defaultdict(set)
    for telling in tellings:
        for filler in telling.counts:
            types[filler.entity.id].add(telling.event.type)
    return frozenset(id for id, found in types.items() if len(found) > 1)


def _day(value: object) -> date | None:
    """Return the day of a date, of a date and time, or of text that begins with an ISO date (2015-07-21, 2015/7/21)."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        return None
    parts = value.strip()[:10].replace("/", "-").split("T")[0].split(" ")[0].split("-")
    try:
        year, month, day = (int(part) for part in parts)
        return date(year, month, day) if year > 31 else None
    except ValueError:
        return None


def _first_text(metadata: Mapping[str, Any], keys: Sequence[str]) -> str | None:
    for key in keys:
        value = metadata.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return None
