"""Groups of records, grown link by link, that never hold two which contradict each other."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator

# More articles tell of one happening nowhere in the news that was looked at; and comparing all pairs takes its time.
LARGEST_GROUP = 500
# Pairs of groups that are known not to go together; forgetting them costs time, nothing else.
_REMEMBERED = 100_000


class Groups:
    """Numbers from 0, each in a group of its own at first; a group is called by its smallest number.

    Parameters
    ----------
    count:
        How many numbers there are; 12 bytes of memory are needed for each.
    contradict:
        Whether two numbers must not be in one group.
    """

    def __init__(self, count: int, contradict: Callable[[int, int], bool]) -> None:
        self._contradict = contradict
        self._first = array("i", range(count))
        # The members of a group form a ring.
        self._next = array("i", range(count))
        self._size = array("i", [1]) * count
        self._refused: set[tuple[int, int]] = set()

    def first(self, number: int) -> int:
        """Return the smallest number of the group that ``number`` is in."""
        return self._first[number]

    def unite(self, one: int, other: int) -> bool:
        """Put the groups of two numbers together, unless two of their members contradict each other.

        Returns
        -------
        bool
            Whether both are in one group now.
        """
        into, joining = sorted((self._first[one], self._first[other]))
        if into == joining:
            return True
        if (into, joining) in self._refused:
            return False
        if self._size[into] + self._size[joining] > LARGEST_GROUP or any(
            self._contradict(a, b) for a in self._members(into) for b in self._members(joining)
        ):
            if len(self._refused) >= _REMEMBERED:
                self._refused.clear()
            self._refused.add((into, joining))
            return False
        for member in self._members(joining):
            self._first[member] = into
        self._size[into] += self._size[joining]
        self._next[into], self._next[joining] = self._next[joining], self._next[into]
        return True

    def _members(self, number: int) -> Iterator[int]:
        member = number
        while True:
            following = self._next[member]
            yield member
            if following == number:
                return
            member = following
