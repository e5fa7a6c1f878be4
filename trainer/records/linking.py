"""Links records of different articles that tell of one happening.

Every record is compared with the earlier ones that it meets: those of its family of types that share a day and a place
with it, or a place and an actor where neither has a date, or words at the trigger. What links them is in
``linking_evidence``. When all records are there, the strongest links are followed first; a link that would bring two
records together that contradict each other is not followed (``linking_groups``). So the order of the input decides
which id a happening has, and hardly anything else: only the bounds below depend on it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from xxhash import xxh64_intdigest

from trainer.records.linking_evidence import compare
from trainer.records.linking_facts import Facts
from trainer.records.linking_groups import Groups
from trainer.records.linking_places import meeting_points
from trainer.records.linking_rules import LinkingRules
from trainer.records.record import EventRecord
from trainer.temporary_database import TemporaryDatabase, to_bytes, to_text

# A record is compared with those that it shares most keys with, of each key the latest. A town on a day has a few
# records of a family; only a happening told hundreds of times has more, and its records are found through each other.
_LATEST_OF_KEY = 50
_MOST_COMPARED = 100
# The strongest links of a record to earlier ones; more lead to the same group.
_MOST_LINKS = 10
# Days further apart than this are a period, which only the same period meets.
_LONGEST_RUN_OF_DAYS = 4
# The smallest hashes of two sets share one as soon as the sets have much in common.
_SAMPLED_WORDS = 4
# Records that are compared are mostly of the same days.
_KEPT_FACTS = 5_000
_SIGN = 1 << 63


class HappeningLinks(TemporaryDatabase):
    """Says of records of a whole run which tell of one happening: :meth:`add` all, then ask for :meth:`happenings`.

    The same records in the same order always give the same answers. Memory is about 12 bytes a record; the rest is in
    a temporary file.

    Parameters
    ----------
    rules:
        Those that Marsad ships, if left out.

    Raises
    ------
    ValueError
        If the shipped rules were damaged.
    OSError
        Here and in the methods, if there is no room for the temporary file.
    """

    def __init__(self, rules: LinkingRules | None = None) -> None:
        super().__init__(
            "linking records of one happening",
            "CREATE TABLE records (number INTEGER PRIMARY KEY, id BLOB NOT NULL, facts BLOB NOT NULL)",
            "CREATE TABLE keys (key INTEGER, number INTEGER, PRIMARY KEY (key, number)) WITHOUT ROWID",
            "CREATE TABLE links (strength INTEGER, first INTEGER, second INTEGER)",
        )
        self._rules = rules or LinkingRules.load()
        self._count = 0
        self._facts = lru_cache(maxsize=_KEPT_FACTS)(self._read_facts)

    def add(self, record: EventRecord, sentence: str = "", sentence_start: int = 0) -> None:
        """Take the next record.

        Parameters
        ----------
        record:
            Its id need not be unique.
        sentence:
            The sentence of its first mention. Without it copied words are not seen.
        sentence_start:
            Where the sentence begins in the text of the document, in code points.
        """
        facts = Facts.of(record, sentence, sentence_start, self._rules)
        number = self._count
        keys = [xxh64_intdigest(to_bytes(key)) - _SIGN for key in sorted(self._keys(facts))]
        with self.reading_and_writing():
            links = [
                (strength, earlier, number)
                for earlier in self._met(keys)
                if (strength := compare(self._facts(earlier), facts, self._rules))
            ]
            links.sort(key=lambda link: (-link[0], link[1]))
            self.connection.executemany("INSERT INTO links VALUES (?, ?, ?)", links[:_MOST_LINKS])
            row = number, to_bytes(record.id), facts.to_json().encode("ascii")
            self.connection.execute("INSERT INTO records VALUES (?, ?, ?)", row)
            self.connection.executemany("INSERT OR IGNORE INTO keys VALUES (?, ?)", ((key, number) for key in keys))
        self._count += 1

    def happenings(self) -> Iterator[str]:
        """Yield for every record, in the order of :meth:`add`, the id of the first record of its happening."""
        groups = Groups(self._count, self._contradict)
        with self.reading_and_writing():
            # Ids break ties, so that another order of the input gives the same groups.
            query = (
                "SELECT first, second FROM links JOIN records AS one ON one.number = first "
                "JOIN records AS other ON other.number = second "
                "ORDER BY strength DESC, min(one.id, other.id), max(one.id, other.id), first, second"
            )
            for first, second in self.connection.execute(query):
                groups.unite(first, second)
        for number in range(self._count):
            with self.reading_and_writing():
                query = "SELECT id FROM records WHERE number = ?"
                (id,) = self.connection.execute(query, (groups.first(number),)).fetchone()
            yield to_text(id)

    def _met(self, keys: list[int]) -> list[int]:
        """Return the numbers of the earlier records to compare with one that has ``keys``."""
        query = "SELECT number FROM keys WHERE key = ? ORDER BY number DESC LIMIT ?"
        shared: Counter[int] = Counter()
        for key in keys:
            shared.update(number for (number,) in self.connection.execute(query, (key, _LATEST_OF_KEY)))
        return sorted(shared, key=lambda number: (-shared[number], -number))[:_MOST_COMPARED]

    def _keys(self, facts: Facts) -> Iterator[str]:
        """Yield what records that may be linked have one of in common."""
        family = self._rules.family(facts.type)
        for place in meeting_points(facts.places):
            for time in _times(facts):
                yield f"{family}\n{place}\n{time}"
        for run in sorted(facts.words)[:_SAMPLED_WORDS]:
            yield f"{family}\n{run}"

    def _contradict(self, one: int, other: int) -> bool:
        return compare(self._facts(one), self._facts(other), self._rules) is None

    def _read_facts(self, number: int) -> Facts:
        (line,) = self.connection.execute("SELECT facts FROM records WHERE number = ?", (number,)).fetchone()
        return Facts.from_json(line)


def _times(facts: Facts) -> Iterator[str]:
    """Yield the days that a record is looked for on; without any, who is in it."""
    if facts.days is None:
        for side in facts.sides:
            yield from (f"with {name}" for name in side.names | side.full_names)
        return
    # Days that were counted may be a day late; so the day before the first is one of them.
    first, last = facts.days.first - facts.days.told, facts.days.last
    if last - first > _LONGEST_RUN_OF_DAYS:
        yield f"{facts.days.first} to {last}"
    else:
        yield from (f"on {day}" for day in range(first, last + 1))
