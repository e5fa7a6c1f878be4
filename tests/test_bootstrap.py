"""Intervals and paired comparisons: they hold the truth about as often as they claim, and resample what they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from trainer.baselines.lexicon import LexiconBaseline
from trainer.data.corpus import read_corpus_file
from trainer.documents import Document
from trainer.evaluation import bootstrap
from trainer.evaluation.bootstrap import compare, estimate, micro_f1
from trainer.evaluation.detailed import counts_by_sentence
from trainer.evaluation.scores import LAYERS, score_documents
from trainer.formats.brat import read_brat_file
from trainer.schema import load_schema

SHIPPED = Path(__file__).resolve().parents[1] / "data" / "dataset.yaml"
PERFECT, NOUGHT, EMPTY = (2, 2, 2), (0, 2, 2), (0, 0, 0)


@pytest.fixture
def fewer_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    """For simulations of hundreds of corpora."""
    monkeypatch.setattr(bootstrap, "RESAMPLES", 400)


def system(*sentences: tuple[int, int, int]) -> NDArray:
    """Counts of one seed."""
    return np.array([sentences])


def simulated(generator: np.random.Generator, rates: NDArray, sentences: int, seeds: int = 2) -> NDArray:
    """Draw counts for groups with these hit rates: some sentences are hard for every seed, some only for one."""
    size = len(rates) * sentences
    gold = generator.integers(0, 5, size)
    rate = np.repeat(rates, sentences)
    hard = generator.random(size) < 0.3
    found = generator.binomial(gold, np.where(hard, rate / 2, rate), size=(seeds, size))
    spurious = generator.binomial(2, 0.2, size=(seeds, size))
    return np.stack([found, found + spurious, np.broadcast_to(gold, found.shape)], axis=2)


def true_f1(rates: NDArray) -> float:
    """What :func:`simulated` gives with infinitely many sentences."""
    found = 2.0 * rates.mean() * (0.7 + 0.3 / 2)
    return 2 * found / (found + 0.4 + 2.0)


class TestMicroF1:
    def test_it_is_the_metrics_own_on_real_predictions(self) -> None:
        corpus = read_corpus_file(SHIPPED)
        folder = SHIPPED.parent / corpus["annotations"]
        training, gold = (
            [read_brat_file(folder / f"{id}.txt") for id in corpus["splits"][split]]
            for split in ("train", "validation")
        )
        predicted = LexiconBaseline(training).predict([document.without_annotations() for document in gold])
        scores = score_documents(gold, predicted, load_schema(SHIPPED.parent / "schema.yaml"))
        counts = counts_by_sentence(gold, predicted)
        assert tuple(counts) == LAYERS
        for layer, rows in counts.items():
            assert len(rows) == sum(len(document.sentences) for document in gold)
            f1 = micro_f1(np.array(rows).sum(0))
            assert 0.1 < f1 < 0.9
            assert f1 == pytest.approx(scores[layer]["micro"]["f1"], abs=1e-12)

    def test_nothing_found_where_nothing_is_scores_nought(self) -> None:
        assert micro_f1(np.array([EMPTY, NOUGHT, PERFECT, (1, 2, 4)])).tolist() == [0.0, 0.0, 1.0, 1 / 3]

    def test_a_document_without_annotation_counts_gold_only(self) -> None:
        gold = Document.from_text("سيطرت قوات النظام على حلب.\nهدوء.", "مثال")
        gold.add_entity(22, 25, "GPE")
        counts = counts_by_sentence([gold], [gold.without_annotations()])
        assert counts == {"entities": [[0, 0, 1], [0, 0, 0]], "triggers": [[0] * 3] * 2, "event_types": [[0] * 3] * 2}


class TestEstimate:
    @given(
        st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=12),
        st.integers(1, 3),
    )
    def test_it_is_the_f1_of_all_sentences_and_scores_stay_between_nought_and_one(
        self, drawn: list[tuple[int, int, int]], groups: int
    ) -> None:
        counts = system(*((hits, hits + spurious, hits + missed) for hits, spurious, missed in drawn))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bootstrap, "RESAMPLES", 100)
            found = estimate(counts, [position % groups for position in range(len(drawn))])
        assert found.mean == micro_f1(counts[0].sum(0))
        assert 0 <= found.low <= found.high <= 1

    def test_the_interval_holds_the_estimate_and_shrinks_with_more_sentences(self) -> None:
        rates, widths = np.array([0.8, 0.5]), []
        for sentences in (20, 80, 320):
            found = estimate(simulated(np.random.default_rng(7), rates, sentences), np.repeat([0, 1], sentences))
            assert found.low < found.mean < found.high
            widths.append(found.high - found.low)
        # Four times as many sentences make an interval half as wide.
        assert widths[1] == pytest.approx(widths[0] / 2, rel=0.3)
        assert widths[2] == pytest.approx(widths[1] / 2, rel=0.3)

    def test_it_is_a_point_where_all_sentences_are_alike(self) -> None:
        found = estimate(system(*[(1, 2, 3)] * 9), [0] * 4 + [1] * 5)
        assert (found.low, found.mean, found.high) == pytest.approx((0.4, 0.4, 0.4))

    def test_sentences_are_drawn_within_their_group_only(self) -> None:
        """One article is perfect, the other nought: no draw within articles changes the score."""
        counts = system(*[PERFECT] * 6, *[NOUGHT] * 4)
        within = estimate(counts, [0] * 6 + [1] * 4)
        across = estimate(counts, [0] * 10)
        assert (within.low, within.mean, within.high) == pytest.approx((0.6, 0.6, 0.6))
        assert across.low < 0.4 < 0.8 < across.high

    def test_groups_need_not_lie_together(self) -> None:
        found = estimate(system(*[PERFECT, NOUGHT] * 5), [7, 2] * 5)
        assert (found.low, found.high) == pytest.approx((0.5, 0.5))

    def test_it_is_the_same_every_time(self) -> None:
        counts = simulated(np.random.default_rng(1), np.array([0.5]), 30)
        assert estimate(counts, [0] * 30) == estimate(counts, [0] * 30)

    def test_mean_and_deviation_are_over_seeds(self) -> None:
        counts = np.array([[PERFECT] * 4, [PERFECT] * 3 + [NOUGHT], [PERFECT] * 2 + [NOUGHT] * 2])
        found = estimate(counts, [0] * 4)
        assert found.per_seed == [1.0, 0.75, 0.5]
        assert (found.mean, found.deviation) == pytest.approx((0.75, 0.25))

    def test_one_seed_has_no_deviation(self) -> None:
        assert estimate(system(PERFECT, NOUGHT), [0, 0]).deviation == 0.0

    def test_all_resamples_are_drawn_in_whatever_portions(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for resamples, portions in ((600, [250, 250, 100]), (250, [250]), (40, [40])):
            monkeypatch.setattr(bootstrap, "RESAMPLES", resamples)
            weights = list(bootstrap._resamples([0, 0, 1, 1, 1]))
            assert [len(part) for part in weights] == portions
            drawn = np.concatenate(weights)
            assert (drawn[:, :2].sum(1) == 2).all()
            assert (drawn[:, 2:].sum(1) == 3).all()

    def test_the_95_percent_interval_holds_the_truth_in_about_95_of_100_corpora(self, fewer_resamples: None) -> None:
        generator, rates = np.random.default_rng(11), np.array([0.9, 0.75, 0.6, 0.4])
        groups, truth = np.repeat(range(4), 40), true_f1(rates)
        held = [
            found.low <= truth <= found.high
            for found in (estimate(simulated(generator, rates, 40), groups) for _ in range(200))
        ]
        assert 0.90 <= np.mean(held) <= 0.99


class TestCompare:
    GROUPS = np.repeat([0, 1, 2], 40)

    @pytest.fixture(scope="class")
    def weaker(self) -> NDArray:
        return simulated(np.random.default_rng(3), np.array([0.8, 0.6, 0.4]), 40)

    @pytest.fixture(scope="class")
    def better(self, weaker: NDArray) -> NDArray:
        """The same system, which finds some of the items that the other misses."""
        missed = weaker[..., 2] - weaker[..., 0]
        more = np.random.default_rng(4).binomial(missed, 0.3)
        return np.stack([weaker[..., 0] + more, weaker[..., 1] + more, weaker[..., 2]], axis=2)

    def test_a_system_does_not_differ_from_itself(self, weaker: NDArray) -> None:
        found = compare(weaker, weaker, self.GROUPS)
        assert (found.mean, found.low, found.high, found.p) == (0.0, 0.0, 0.0, 1.0)

    def test_a_clearly_better_one_has_an_interval_above_nought(self, weaker: NDArray, better: NDArray) -> None:
        found = compare(better, weaker, self.GROUPS)
        assert 0 < found.low < found.mean < found.high
        assert found.p < 0.01
        ours, theirs = (micro_f1(counts.sum(1)).mean() for counts in (better, weaker))
        assert found.mean == pytest.approx(ours - theirs)

    def test_turned_round_the_difference_has_the_other_sign(self, weaker: NDArray, better: NDArray) -> None:
        noisy = better.copy()
        noisy[:, ::2, 1] += 2
        there, back = compare(noisy, weaker, self.GROUPS), compare(weaker, noisy, self.GROUPS)
        assert there.mean != 0
        assert (there.mean, there.low, there.high) == pytest.approx((-back.mean, -back.high, -back.low))
        assert there.p == back.p > 0

    def test_pairing_narrows_the_interval_where_both_fail_on_the_same_sentences(
        self, weaker: NDArray, better: NDArray
    ) -> None:
        generator = np.random.default_rng(5)
        shuffled = np.concatenate([40 * group + generator.permutation(40) for group in range(3)])
        paired, unpaired = (compare(better, b, self.GROUPS) for b in (weaker, weaker[:, shuffled]))
        assert paired.mean == pytest.approx(unpaired.mean)
        assert paired.high - paired.low < 0.6 * (unpaired.high - unpaired.low)

    def test_the_interval_comes_from_draws_within_groups(self) -> None:
        a, b = system(*[PERFECT] * 5, *[NOUGHT] * 5), system(*[NOUGHT] * 5, *[PERFECT] * 4, NOUGHT)
        # All of the first article speaks for A, all of the second for B but for one sentence.
        found = compare(a, b, [0] * 5 + [1] * 5)
        assert found.mean == pytest.approx(0.1)
        assert found.low == 0.0

    def test_the_systems_may_have_different_numbers_of_seeds(self, weaker: NDArray, better: NDArray) -> None:
        found = compare(better, weaker[:1], self.GROUPS)
        assert found.mean == pytest.approx(micro_f1(better.sum(1)).mean() - micro_f1(weaker[:1].sum(1)).mean())

    def test_systems_with_different_sentences_are_refused(self) -> None:
        with pytest.raises(ValueError, match="the systems were scored on 2 and 3 sentences"):
            compare(system(PERFECT, NOUGHT), system(PERFECT, NOUGHT, EMPTY), [0, 0])

    def test_equally_good_systems_are_rarely_called_different(self, fewer_resamples: None) -> None:
        generator, rates = np.random.default_rng(12), np.array([0.8, 0.6, 0.4])
        found = [
            compare(simulated(generator, rates, 40), simulated(generator, rates, 40), self.GROUPS) for _ in range(200)
        ]
        significant = [difference.p < 0.05 for difference in found]
        assert 0.01 <= np.mean(significant) <= 0.10
        # A difference that the interval puts on one side of nought is one that the p-value calls so.
        outside = [not difference.low <= 0 <= difference.high for difference in found]
        assert np.mean([a == b for a, b in zip(outside, significant, strict=True)]) > 0.98
