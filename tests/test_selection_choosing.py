"""Which sentences are chosen: the most uncertain, spread, no copies of each other or of what is annotated."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from conftest import TRAINING, marked_document
from hypothesis import given
from hypothesis import strategies as st
from pool_sentences import SENTENCES, archive

from trainer.data.near_duplicates import SentenceFingerprints
from trainer.documents import Document
from trainer.modeling.scoring import SentenceScores
from trainer.modeling.temperatures import Temperatures
from trainer.selection.choosing import Candidate, choose, draw_at_random, most_uncertain, spread
from trainer.selection.opened_model import OpenedModel, open_model
from trainer.selection.pool import MOST_WORDS, PoolCounts

NOTHING = SentenceFingerprints.of([])
# By number of the sentence in the archive: the higher, the less sure.
UNSURE = {text: number / len(SENTENCES) for number, text in enumerate(SENTENCES)}


class FakeTagger:
    """Is as unsure of the single event type as it was told of each sentence; of others it is sure."""

    def __init__(self, unsure: Mapping[str, float] = UNSURE) -> None:
        self.unsure = unsure
        self.most_documents = 0

    def score(self, documents: list[Document]) -> list[SentenceScores | None]:
        self.most_documents = max(self.most_documents, len(documents))
        texts = [document.text[s.start : s.end] for document in documents for s in document.sentences]
        # The further from one half, the surer.
        return [
            SentenceScores(event_type=np.array([self.unsure.get(text, 0.0) / 2], dtype=np.float32)) for text in texts
        ]


def ranked(
    pool: list[Document], keep: int, annotated: SentenceFingerprints = NOTHING, **told: Any
) -> tuple[list[str], PoolCounts]:
    """Return the texts of the most uncertain sentences, and the counts."""
    counts = PoolCounts()
    unsure = told.get("unsure", UNSURE)
    found = most_uncertain(pool, FakeTagger(unsure), Temperatures(), annotated, keep, counts)  # type: ignore[arg-type]
    return [candidate.text for candidate in found], counts


def drawn(pool: list[Document], budget: int, seed: int = 1, annotated: SentenceFingerprints = NOTHING) -> list[str]:
    return [candidate.text for candidate in draw_at_random(pool, annotated, budget, seed)]


def document(*sentences: str, id: str = "خبر") -> Document:
    return Document.from_text("\n".join(sentences), id=id)


@pytest.fixture(scope="module")
def opened(tiny_model: Path) -> OpenedModel:
    return open_model(tiny_model, "torch")


def chosen(opened: OpenedModel, pool: Any, budget: int, annotated: SentenceFingerprints = NOTHING) -> list[Candidate]:
    return choose(
        pool,
        tagger=opened.tagger,
        model=opened.model,
        tokenizer=opened.tokenizer,
        temperatures=opened.temperatures or Temperatures(),
        annotated=annotated,
        budget=budget,
    )


class TestMostUncertain:
    @pytest.mark.parametrize("keep", [1, 5, 16])
    def test_they_come_in_the_order_of_their_uncertainty(self, keep: int) -> None:
        assert ranked(archive(), keep)[0] == list(reversed(SENTENCES))[:keep]

    def test_a_pool_with_fewer_gives_what_it_has(self) -> None:
        texts, counts = ranked(archive(), 1000)
        assert len(texts) == counts.candidates == counts.sentences == 16
        assert counts.documents == 4
        assert ranked([], 10)[0] == []

    def test_of_equally_uncertain_ones_the_first_come_first(self) -> None:
        assert ranked(archive(), 5, unsure={})[0] == list(SENTENCES[:5])

    def test_a_candidate_knows_its_place(self) -> None:
        for one in draw_at_random(archive(), NOTHING, 16, seed=1):
            sentence = one.document.sentences[one.sentence]
            assert one.text == one.document.text[sentence.start : sentence.end]
            assert SENTENCES.index(one.text) == 4 * int(one.document.id[-1]) + one.sentence

    def test_the_mean_is_that_of_all_candidates(self) -> None:
        few, many = ranked(archive(), 1)[1], ranked(archive(), 16)[1]
        found = most_uncertain(archive(), FakeTagger(), Temperatures(), NOTHING, 16)  # type: ignore[arg-type]
        assert few.mean_uncertainty == many.mean_uncertainty
        assert few.mean_uncertainty == pytest.approx(np.mean([one.uncertainty for one in found]))
        assert PoolCounts().mean_uncertainty == 0

    def test_the_temperatures_of_the_model_count(self) -> None:
        tagger: Any = FakeTagger()
        cold, hot = (
            most_uncertain(archive(), tagger, Temperatures(event_type=value), NOTHING, 1) for value in (1.0, 3.0)
        )
        assert hot[0].uncertainty > cold[0].uncertainty

    def test_an_archive_is_read_once_and_never_all_in_memory(self) -> None:
        alive = 0
        most_alive = 0

        class Counted(Document):
            def __del__(self) -> None:
                nonlocal alive
                alive -= 1

        def pool() -> Iterator[Document]:
            nonlocal alive, most_alive
            for number in range(400):
                text = " ".join(f"{word}{number}" for word in SENTENCES[number % 16].split())
                bare = Document.from_text(text)
                alive += 1
                most_alive = max(most_alive, alive)
                yield Counted(text, words=bare.words, sentences=bare.sentences)

        tagger: Any = FakeTagger()
        assert len(most_uncertain(pool(), tagger, Temperatures(), NOTHING, 10)) == 10
        assert tagger.most_documents == 32
        assert most_alive < 100


class TestWhatIsNoCandidate:
    @pytest.mark.parametrize(
        "text",
        [
            pytest.param("المصدر: وكالة الأنباء الرسمية", id="four words"),
            pytest.param("« ، ؛ — 5 — ؛ ، »", id="marks"),
            pytest.param(" ".join(["شهيد"] * (MOST_WORDS + 1)), id="more words than a sentence has"),
            pytest.param("اقرأ أيضاً: مقتل عشرة عناصر في كمين نصبه التنظيم شرق حمص", id="what page cleaning drops"),
        ],
    )
    def test_it_is_not_chosen_however_uncertain(self, text: str) -> None:
        pool = [document(SENTENCES[0], text, SENTENCES[1])]
        texts, counts = ranked(pool, 10, unsure={text: 0.9})
        assert texts == list(SENTENCES[:2])
        assert (counts.sentences, counts.candidates) == (3, 2)
        assert sorted(drawn(pool, 10)) == sorted(SENTENCES[:2])

    def test_the_shortest_and_the_longest_candidate(self) -> None:
        pool = [document("قصف الطيران مدينة إدلب أمس"), document(" ".join(f"كلمة{i}" for i in range(MOST_WORDS)))]
        assert len(ranked(pool, 10)[0]) == 2

    def test_indices_are_those_of_the_whole_document(self) -> None:
        pool = [document("اقرأ أيضاً: مقتل عشرة عناصر في كمين", SENTENCES[0], "عنوان", SENTENCES[1])]
        tagger: Any = FakeTagger()
        found = most_uncertain(pool, tagger, Temperatures(), NOTHING, 10)
        assert [(one.sentence, one.text) for one in found] == [(3, SENTENCES[1]), (1, SENTENCES[0])]
        assert all(one.document is pool[0] for one in found)

    def test_what_is_annotated_is_not_chosen_again_edited_or_not(self) -> None:
        edited = SENTENCES[15].replace("شهر آذار", "شهر نيسان").replace("أ", "ا")
        annotated = SentenceFingerprints.of([document(edited, SENTENCES[3])])
        texts, counts = ranked(archive(), 16, annotated)
        assert texts == [text for text in reversed(SENTENCES) if text not in (SENTENCES[15], SENTENCES[3])]
        assert (counts.known, counts.candidates) == (2, 14)
        assert sorted(drawn(archive(), 16, annotated=annotated)) == sorted(texts)


class TestCopiesInThePool:
    COPY = SENTENCES[9].replace("آلاف", "مئات")

    @pytest.mark.parametrize(("original", "copy"), [(0.8, 0.9), (0.9, 0.8), (0.9, 0.9)])
    @pytest.mark.parametrize("keep", [1, 3, 16])
    def test_of_near_duplicates_only_the_most_uncertain_stays(self, keep: int, original: float, copy: float) -> None:
        pool = [*archive(), document(self.COPY, id="نسخة")]
        texts, _ = ranked(pool, keep, unsure={SENTENCES[9]: original, self.COPY: copy})
        assert texts[0] == (self.COPY if copy > original else SENTENCES[9])
        assert len(texts) == keep
        assert len({SENTENCES[9], self.COPY} & set(texts)) == 1

    def test_they_take_no_room_from_others(self) -> None:
        copies = [document(SENTENCES[9].replace("آلاف", f"{n}"), id=f"نسخة-{n}") for n in range(100, 140)]
        unsure = {**UNSURE, **{copy.text: 0.95 for copy in copies}}
        texts, counts = ranked([*copies, *archive()], 4, unsure=unsure)
        assert texts == [copies[0].text, SENTENCES[15], SENTENCES[14], SENTENCES[13]]
        assert counts.repeated >= 39
        assert len(drawn([*copies, *archive()], 16)) == 16

    @given(st.randoms(use_true_random=False))
    def test_no_two_chosen_are_near_duplicates_whatever_the_order(self, rng: random.Random) -> None:
        sentences = [word for text in SENTENCES[:6] for word in (text, text + " كما قيل", "وقد " + text)]
        rng.shuffle(sentences)
        pool = [document(text, id=str(number)) for number, text in enumerate(sentences)]
        for texts in (ranked(pool, 10, unsure={text: rng.random() for text in sentences})[0], drawn(pool, 10)):
            fingerprints = SentenceFingerprints.of([document(text, id=text) for text in texts])
            assert len(list(fingerprints.matches([document(text) for text in texts]))) == len(texts) == 6


class TestRandomDraws:
    def test_a_seed_always_draws_the_same_and_another_one_others(self) -> None:
        assert drawn(archive(), 8, seed=1) == drawn(archive(), 8, seed=1)
        assert len({tuple(sorted(drawn(archive(), 8, seed=seed))) for seed in range(10)}) > 5

    def test_the_order_of_the_pool_does_not_count(self) -> None:
        assert drawn(archive(), 8) == drawn(archive()[::-1], 8)

    def test_a_larger_draw_holds_the_smaller(self) -> None:
        assert drawn(archive(), 16)[:5] == drawn(archive(), 5)

    def test_all_sentences_are_equally_likely(self) -> None:
        pool = archive()
        every = Counter(text for seed in range(100) for text in drawn(pool, 4, seed=seed))
        times = [every[text] for text in SENTENCES]
        assert sum(times) == 400
        # 25 are expected; this lies four standard deviations off.
        assert all(8 <= count <= 42 for count in times)

    def test_no_model_was_asked(self) -> None:
        assert {one.uncertainty for one in draw_at_random(archive(), NOTHING, 16, seed=1)} == {0.0}


CANDIDATES = [Candidate(document(text), 0, 1 - number / 16) for number, text in enumerate(SENTENCES)]
# Four directions, the candidates take turns.
FOUR = np.tile(np.eye(4), (4, 1))


class TestSpreading:
    def test_the_most_uncertain_of_each_cluster_is_taken_in_the_order_of_uncertainty(self) -> None:
        assert spread(CANDIDATES, FOUR, 4) == CANDIDATES[:4]
        grouped = np.repeat(np.eye(4), 4, axis=0)
        assert spread(CANDIDATES, grouped, 4) == CANDIDATES[::4]

    def test_where_clusters_are_too_few_the_most_uncertain_fill_up(self) -> None:
        same = np.ones((16, 3))
        assert spread(CANDIDATES, same, 5) == CANDIDATES[:5]
        grouped = np.repeat(np.eye(2), 8, axis=0)
        assert spread(CANDIDATES, grouped, 3) == [*CANDIDATES[:2], CANDIDATES[8]]

    @pytest.mark.parametrize("budget", [16, 17, 1000])
    def test_a_budget_for_all_takes_all(self, budget: int) -> None:
        assert spread(CANDIDATES, FOUR, budget) == CANDIDATES

    def test_there_may_be_nothing_to_spread(self) -> None:
        assert spread([], np.zeros((0, 4)), 3) == []

    @given(st.integers(1, 16), st.integers(0, 100))
    def test_exactly_the_budget_is_taken_always_the_same(self, budget: int, seed: int) -> None:
        embeddings = np.random.default_rng(seed).normal(size=(16, 5))
        taken = spread(CANDIDATES, embeddings, budget)
        assert len(taken) == budget
        assert taken == spread(CANDIDATES, embeddings, budget)
        assert taken == sorted(taken, key=CANDIDATES.index)


class TestTheWholeStrategy:
    def test_the_budget_is_chosen_and_always_the_same(self, opened: OpenedModel) -> None:
        first = chosen(opened, archive(), 5)
        assert len({one.text for one in first}) == 5
        assert [(one.text, one.uncertainty) for one in first] == [
            (one.text, one.uncertainty) for one in chosen(opened, iter(archive()), 5)
        ]
        uncertainties = [one.uncertainty for one in first]
        assert uncertainties == sorted(uncertainties, reverse=True)
        assert all(0 < value < 1 for value in uncertainties)

    def test_a_budget_larger_than_the_pool_takes_the_pool(self, opened: OpenedModel) -> None:
        assert sorted(one.text for one in chosen(opened, archive(), 500)) == sorted(SENTENCES)
        assert chosen(opened, [], 3) == []

    def test_what_the_model_was_trained_on_is_never_chosen(self, opened: OpenedModel) -> None:
        trained_on = marked_document(TRAINING)
        annotated = SentenceFingerprints.of([trained_on])
        found = chosen(opened, [trained_on, *archive()], 100, annotated)
        assert sorted(one.text for one in found) == sorted(SENTENCES)

    def test_annotation_of_the_pool_is_not_looked_at(self, opened: OpenedModel) -> None:
        labelled = marked_document(TRAINING)
        bare = chosen(opened, [labelled.without_annotations()], 4)
        assert [one.text for one in chosen(opened, [labelled], 4)] == [one.text for one in bare]

    @pytest.mark.parametrize("budget", [0, -1])
    def test_a_budget_of_nothing_is_refused(self, opened: OpenedModel, budget: int) -> None:
        with pytest.raises(ValueError, match=f"the budget is {budget}; choose at least 1 sentence"):
            chosen(opened, archive(), budget)
        with pytest.raises(ValueError, match="the budget is"):
            draw_at_random(archive(), NOTHING, budget, 1)

    def test_nothing_of_the_strategy_needs_a_real_model_but_the_embeddings(self, opened: OpenedModel) -> None:
        tagger: Any = FakeTagger()
        found = choose(
            archive(),
            tagger=tagger,
            model=opened.model,
            tokenizer=opened.tokenizer,
            temperatures=Temperatures(),
            annotated=NOTHING,
            budget=1,
        )
        # Ten are kept, and clusters of one are all of them.
        assert [one.text for one in found] == [SENTENCES[15]]


def test_a_sentence_without_words_has_no_scores_and_is_passed_over() -> None:
    tagger: Any = SimpleNamespace(score=lambda documents: [None for one in documents for _ in one.sentences])
    assert most_uncertain(archive(), tagger, Temperatures(), NOTHING, 5) == []
