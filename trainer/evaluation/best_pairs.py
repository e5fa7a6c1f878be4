"""The best way to pair two lists one to one."""

from __future__ import annotations

from collections.abc import Mapping


def best_pairs(weights: Mapping[tuple[int, int], int]) -> list[tuple[int, int]]:
    """Return pairs (a, b) whose weights have the largest sum, no ``a`` and no ``b`` in two of them.

    ``weights`` has the weight, above 0, of every pair that may be formed. Of several best ways it is always the same
    one that is returned; the pairs are in order.

    >>> best_pairs({(0, 0): 3, (0, 1): 2, (1, 0): 2})
    [(0, 1), (1, 0)]
    """
    # A best choice of n pairs is turned into one of n + 1 along the path that gains most: from an a without a pair,
    # over pairs that are formed and pairs that are given up by turns, to a b without one. Once no path gains
    # anything, no choice is better.
    partner_of: dict[int, int] = {}  # a of b
    while path := _best_path(weights, partner_of):
        partner_of.update({b: a for a, b in path})
    return sorted((a, b) for b, a in partner_of.items())


def _best_path(weights: Mapping[tuple[int, int], int], partner_of: Mapping[int, int]) -> list[tuple[int, int]]:
    """Return the pairs that the path forms; none if no path gains anything."""
    taken = {a: b for b, a in partner_of.items()}
    # What is gained on the way to each a, and the way's last step to each b: its gain and the a before it.
    gain_at: dict[int, int] = {a: 0 for a, _ in sorted(weights) if a not in taken}
    step_to: dict[int, tuple[int, int]] = {}
    changed = True
    while changed:
        changed = False
        for (a, b), weight in sorted(weights.items()):
            if a not in gain_at or taken.get(a) == b:
                continue
            gain = gain_at[a] + weight
            if b in step_to and gain <= step_to[b][0]:
                continue
            step_to[b] = (gain, a)
            changed = True
            if b in partner_of:
                gain_at[partner_of[b]] = gain - weights[partner_of[b], b]
    ends = [(gain, -b) for b, (gain, _) in step_to.items() if b not in partner_of and gain > 0]
    if not ends:
        return []
    path = []
    end: int | None = -max(ends)[1]
    while end is not None:
        a = step_to[end][1]
        path.append((a, end))
        end = taken.get(a)
    return path
