"""Grouped folds: every article is tested once, by a model that saw nothing of its group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Groups = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Fold:
    """Document ids to train on, to choose on (may be none) and to test on."""

    name: str
    training: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]


def complete_groups(documents: Sequence[str], groups: Groups) -> list[tuple[str, ...]]:
    """Return ``groups`` and a group of its own for every other document, in the order of ``documents``.

    What ``groups`` name beside ``documents`` is left out.
    """
    known = set(documents)
    kept = [tuple(id for id in group if id in known) for group in groups]
    group_of = {id: group for group in kept for id in group}
    return list(dict.fromkeys(group_of.get(id, (id,)) for id in documents))


def grouped_folds(
    documents: Mapping[str, int],
    groups: Groups,
    near_duplicates: Groups,
    *,
    count: int | None = None,
    validate: bool = True,
) -> list[Fold]:
    """Leave one group out at a time.

    The validation articles are taken from the training articles: the fold that follows the tested one
    or, where there are only two folds, the first group of near-duplicates of the other. Where that
    would leave nothing to train on there is no validation.

    Parameters
    ----------
    documents:
        The ids of all documents, with their numbers of sentences.
    groups:
        What must not be torn apart; a document in none is a group of its own.
    near_duplicates:
        Groups of copies, for a validation set out of one large group.
    count:
        Merge the groups into this many folds of about the same number of sentences.
    validate:
        Without it all articles but the tested ones are trained on.

    Raises
    ------
    ValueError
        If there are fewer than two groups, or fewer than ``count``.
    """
    tested = complete_groups(list(documents), groups)
    if len(tested) < 2:
        raise ValueError("cross-validation needs at least two groups of articles")
    if count is not None:
        tested = _merged(tested, documents, count)
    folds = []
    for position, test in enumerate(tested):
        rest = [id for id in documents if id not in test]
        if len(tested) > 2:
            validation = tested[(position + 1) % len(tested)]
        else:
            validation = complete_groups(rest, near_duplicates)[0]
        if not validate or len(validation) == len(rest):
            validation = ()
        training = tuple(id for id in rest if id not in validation)
        folds.append(Fold(_name(test), training, tuple(validation), tuple(test)))
    return folds


def _merged(groups: Sequence[tuple[str, ...]], sizes: Mapping[str, int], count: int) -> list[tuple[str, ...]]:
    """Put the largest group left into the smallest fold, until none is left."""
    if not 2 <= count <= len(groups):
        raise ValueError(f"there are {len(groups)} groups of articles, so 2 to {len(groups)} folds, not {count}")
    folds: list[list[str]] = [[] for _ in range(count)]
    for group in sorted(groups, key=lambda group: -sum(sizes[id] for id in group)):
        # Articles without sentences fill no fold: their number decides, or a fold might stay empty.
        min(folds, key=lambda fold: (sum(sizes[id] for id in fold), len(fold))).extend(group)
    return [tuple(fold) for fold in folds]


def _name(ids: Sequence[str]) -> str:
    return "+".join(ids) if len(ids) <= 4 else f"{ids[0]}+{len(ids) - 1}"
