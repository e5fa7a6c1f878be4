"""Grouped folds: every article tested once, no group torn, and nothing of what is tested among what is trained on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from trainer.data.corpus import load_corpus
from trainer.data.folds import Fold, complete_groups, grouped_folds

SHIPPED = Path(__file__).resolve().parents[1] / "data" / "dataset.yaml"
NAMES = ("حلب", "إدلب", "الرقة", "دمشق", "درعا", "حمص", "حماة", "الحسكة", "القامشلي", "تدمر", "منبج", "عفرين")
FoldMaker = Callable[..., list[Fold]]


@dataclass(frozen=True)
class Articles:
    """Articles with their numbers of sentences; ``stories`` and ``copies`` list groups of at least two or one."""

    sizes: dict[str, int]
    stories: list[list[str]]
    copies: list[list[str]]


def parted(draw: Any, ids: list[str]) -> list[list[str]]:
    """Draw a partition of ``ids``."""
    labels = [draw(st.integers(0, max(0, len(ids) - 1))) for _ in ids]
    return [[id for id, own in zip(ids, labels, strict=True) if own == label] for label in sorted(set(labels))]


@st.composite
def articles(draw: Any) -> Articles:
    """Draw at least two stories of articles; copies lie within a story, groups of one may go unlisted."""
    ids = draw(st.lists(st.sampled_from(NAMES), min_size=2, unique=True))
    stories = parted(draw, ids)
    assume(len(stories) > 1)
    copies = [group for story in stories for group in parted(draw, story)]

    def listed(groups: list[list[str]]) -> list[list[str]]:
        return draw(st.permutations([group for group in groups if len(group) > 1 or draw(st.booleans())]))

    sizes = {id: draw(st.integers(0, 40)) for id in ids}
    return Articles(sizes, listed(stories), listed(copies))


@st.composite
def split_articles(draw: Any) -> tuple[Articles, list[list[str]], list[Fold]]:
    """Draw articles, what they are grouped by, and their folds, with any option."""
    drawn = draw(articles())
    groups = draw(st.sampled_from([drawn.stories, drawn.copies]))
    whole = complete_groups(list(drawn.sizes), groups)
    count = draw(st.one_of(st.none(), st.integers(2, len(whole))))
    folds = grouped_folds(drawn.sizes, groups, drawn.copies, count=count, validate=draw(st.booleans()))
    assert len(folds) == (count or len(whole))
    return drawn, groups, folds


def parts(fold: Fold) -> tuple[set[str], set[str], set[str]]:
    return set(fold.training), set(fold.validation), set(fold.test)


def torn(groups: Iterable[Iterable[str]], *sets: set[str]) -> list[set[str]]:
    """Return the groups that lie in more than one of ``sets``."""
    return [set(group) for group in groups if sum(bool(set(group) & part) for part in sets) > 1]


class TestAnyArticles:
    @given(split_articles())
    def test_every_article_is_tested_exactly_once(self, drawn: tuple[Articles, Any, list[Fold]]) -> None:
        tested = [id for fold in drawn[2] for id in fold.test]
        assert sorted(tested) == sorted(drawn[0].sizes)

    @given(split_articles())
    def test_training_validation_and_test_are_all_articles_and_share_none(
        self, drawn: tuple[Articles, Any, list[Fold]]
    ) -> None:
        for fold in drawn[2]:
            together = [*fold.training, *fold.validation, *fold.test]
            assert sorted(together) == sorted(drawn[0].sizes)

    @given(split_articles())
    def test_no_group_is_torn_between_what_is_tested_and_the_rest(
        self, drawn: tuple[Articles, list[list[str]], list[Fold]]
    ) -> None:
        for fold in drawn[2]:
            training, validation, test = parts(fold)
            assert torn(drawn[1], training | validation, test) == []

    @given(split_articles())
    def test_copies_are_never_torn_between_training_validation_and_test(
        self, drawn: tuple[Articles, Any, list[Fold]]
    ) -> None:
        for fold in drawn[2]:
            assert torn(drawn[0].copies, *parts(fold)) == []

    @given(split_articles())
    def test_there_is_always_something_to_train_on_and_to_test(self, drawn: tuple[Articles, Any, list[Fold]]) -> None:
        for fold in drawn[2]:
            assert fold.training
            assert fold.test

    @given(split_articles())
    def test_folds_have_names_of_their_own(self, drawn: tuple[Articles, Any, list[Fold]]) -> None:
        assert len({fold.name for fold in drawn[2]}) == len(drawn[2])

    @given(articles(), st.data())
    def test_merged_folds_differ_by_one_group_at_most(self, drawn: Articles, data: st.DataObject) -> None:
        sizes = drawn.sizes
        groups = complete_groups(list(sizes), drawn.copies)
        folds = grouped_folds(sizes, drawn.copies, drawn.copies, count=data.draw(st.integers(2, len(groups))))
        totals = [sum(sizes[id] for id in fold.test) for fold in folds]
        assert max(totals) - min(totals) <= max(sum(sizes[id] for id in group) for group in groups)

    @given(articles())
    def test_the_same_articles_have_the_same_folds(self, drawn: Articles) -> None:
        again = [grouped_folds(drawn.sizes, drawn.stories, drawn.copies, count=2) for _ in range(2)]
        assert again[0] == again[1]


class TestGroups:
    def test_an_article_in_no_group_is_one_of_its_own_in_the_order_of_the_articles(self) -> None:
        groups = complete_groups(["حلب", "درعا", "حمص", "تدمر"], [["تدمر", "درعا"]])
        assert groups == [("حلب",), ("تدمر", "درعا"), ("حمص",)]

    def test_a_group_may_name_articles_that_are_not_there(self) -> None:
        assert complete_groups(["حلب", "درعا"], [["درعا", "تدمر"], ["منبج"]]) == [("حلب",), ("درعا",)]
        folds = grouped_folds({"حلب": 3, "درعا": 2}, [["درعا", "تدمر"]], [["حلب", "منبج"]], count=2)
        assert [(fold.training, fold.validation, fold.test) for fold in folds] == [
            (("درعا",), (), ("حلب",)),
            (("حلب",), (), ("درعا",)),
        ]

    def test_large_groups_go_first_and_small_ones_fill_the_smaller_folds(self) -> None:
        sizes = {"حلب": 1, "درعا": 10, "حمص": 2, "تدمر": 9}
        folds = grouped_folds(sizes, [], [], count=2)
        assert [fold.test for fold in folds] == [("درعا", "حلب"), ("تدمر", "حمص")]

    def test_articles_without_sentences_leave_no_fold_empty(self) -> None:
        folds = grouped_folds({"حلب": 5, "درعا": 0, "حمص": 0}, [], [], count=3)
        assert [fold.test for fold in folds] == [("حلب",), ("درعا",), ("حمص",)]

    def test_a_fold_is_named_after_its_articles_or_the_first_and_the_number_of_others(self) -> None:
        sizes = dict.fromkeys(NAMES, 1)
        four, five = grouped_folds(sizes, [NAMES[:4], NAMES[4:9]], [])[:2]
        assert four.name == "حلب+إدلب+الرقة+دمشق"
        assert five.name == "درعا+4"

    @pytest.mark.parametrize("validate", [True, False])
    def test_the_fold_after_the_tested_one_is_chosen_on_unless_all_are_trained_on(self, validate: bool) -> None:
        folds = grouped_folds(dict.fromkeys("ابج", 1), [], [], validate=validate)
        assert [(fold.test, fold.validation) for fold in folds] == [
            (("ا",), ("ب",) if validate else ()),
            (("ب",), ("ج",) if validate else ()),
            (("ج",), ("ا",) if validate else ()),
        ]
        assert {len(fold.training) for fold in folds} == {1 if validate else 2}

    @pytest.mark.parametrize(
        ("sizes", "groups", "count", "message"),
        [
            ({"حلب": 4}, [], None, "cross-validation needs at least two groups of articles"),
            ({"حلب": 4, "درعا": 2}, [["حلب", "درعا"]], None, "cross-validation needs at least two groups of articles"),
            ({"حلب": 4, "درعا": 2}, [["حلب", "درعا"]], 2, "cross-validation needs at least two groups of articles"),
            ({}, [], None, "cross-validation needs at least two groups of articles"),
            ({"حلب": 4, "درعا": 2}, [], 3, "there are 2 groups of articles, so 2 to 2 folds, not 3"),
            ({"حلب": 4, "درعا": 2, "حمص": 1}, [], 1, "there are 3 groups of articles, so 2 to 3 folds, not 1"),
            ({"حلب": 4, "درعا": 2, "حمص": 1}, [], 0, "there are 3 groups of articles, so 2 to 3 folds, not 0"),
        ],
    )
    def test_what_cannot_be_folded_is_refused_with_a_sentence(
        self, sizes: dict[str, int], groups: list[list[str]], count: int | None, message: str
    ) -> None:
        with pytest.raises(ValueError, match=f"^{message}$"):
            grouped_folds(sizes, groups, [], count=count)


class TestTheShippedCorpus:
    @pytest.fixture(scope="class")
    def folds(self) -> FoldMaker:
        corpus = load_corpus(SHIPPED)
        sizes = {document.id: len(document.sentences) for document in corpus.documents}

        def make(grouping: str, **options: Any) -> list[Fold]:
            return grouped_folds(sizes, getattr(corpus, grouping), corpus.groups, **options)

        return make

    def test_it_has_four_folds_by_near_duplicates(self, folds: FoldMaker) -> None:
        assert folds("groups") == [
            Fold("000+001", ("003", "004"), ("002",), ("000", "001")),
            Fold("002", ("000", "001", "004"), ("003",), ("002",)),
            Fold("003", ("000", "001", "002"), ("004",), ("003",)),
            Fold("004", ("002", "003"), ("000", "001"), ("004",)),
        ]

    def test_it_has_two_folds_by_stories_and_copies_are_not_split_to_choose_on(self, folds: FoldMaker) -> None:
        assert folds("stories") == [
            Fold("000+001", ("003", "004"), ("002",), ("000", "001")),
            Fold("002+003+004", ("000", "001"), (), ("002", "003", "004")),
        ]

    @pytest.mark.parametrize("grouping", ["groups", "stories"])
    def test_without_validation_all_other_articles_are_trained_on(self, folds: FoldMaker, grouping: str) -> None:
        for fold in folds(grouping, validate=False):
            assert fold.validation == ()
            assert {*fold.training, *fold.test} == {"000", "001", "002", "003", "004"}
            assert len(fold.training) + len(fold.test) == 5

    def test_four_groups_make_two_folds_of_about_the_same_number_of_sentences(self, folds: FoldMaker) -> None:
        first, second = folds("groups", count=2)
        assert {*first.test, *second.test} == {"000", "001", "002", "003", "004"}
        assert [fold for fold in (first, second) if len({"000", "001"} & set(fold.test)) == 1] == []
