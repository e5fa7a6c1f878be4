"""What counts as a right argument: the event's type, its trigger, the role and the span of the filler."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from argument_samples import with_arguments
from conftest import TRAINING, marked_document
from hypothesis import given
from hypothesis import strategies as st

from trainer.documents import Argument, Document
from trainer.evaluation.arguments import (
    argument_counts,
    argument_items,
    argument_scores,
    has_arguments,
    without_arguments,
)
from trainer.evaluation.bootstrap import micro_f1

SENTENCES = (
    "{سيطرت|CAPTURE} [قوات النظام|ARMED] على [مدينة حلب|GPE] بعد {قصف|SHELLING} ليلي.",
    "وصل [أحمد الخالد|PER] إلى [دمشق|GPE].",
    "{قُتل|KILL} خمسة مدنيين في [إدلب|GPE]، و{قُتل|KILL} آخرون.",
)


def article() -> Document:
    """Events with 2, 2, 1 and 1 arguments."""
    return with_arguments(marked_document(SENTENCES, "ا1"))


def f1(gold: Document, predicted: Document) -> tuple[float, float]:
    scores = argument_scores([gold], [predicted])
    return scores["micro"]["f1"], scores["relaxed"]["f1"]


class TestWhatIsRight:
    def test_gold_against_itself(self) -> None:
        scores = argument_scores([article()], [article()])
        assert scores["micro"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 6}
        assert list(scores["per_role"]) == ["PLACE", "AGENT"], "the most frequent first"
        assert [scores["per_role"][role]["support"] for role in ("PLACE", "AGENT")] == [4, 2]
        # The two killings in one sentence have one place together.
        assert scores["relaxed"]["support"] == 5

    def test_the_label_of_the_filler_is_not_compared(self) -> None:
        predicted = article()
        for entity in predicted.entities:
            entity.label = "PER"
        assert f1(article(), predicted) == (1.0, 1.0)

    def test_the_role_is(self) -> None:
        predicted = article()
        predicted.events[0].arguments[0].role = "PLACE"
        scores = argument_scores([article()], [predicted])
        assert scores["micro"]["f1"] == pytest.approx(5 / 6)
        assert (scores["per_role"]["AGENT"]["recall"], scores["per_role"]["PLACE"]["precision"]) == (0.5, 0.8)

    def test_so_are_both_ends_of_the_filler(self) -> None:
        predicted = article()
        place = predicted.entities[1]
        place.start += len("مدينة ")
        assert f1(article(), predicted) == pytest.approx((4 / 6, 3 / 5))

    def test_so_is_the_type_of_the_event(self) -> None:
        predicted = article()
        predicted.events[1].type = "KILL"
        assert f1(article(), predicted) == pytest.approx((4 / 6, 3 / 5))

    def test_so_are_both_ends_of_the_trigger_but_not_in_the_relaxed_score(self) -> None:
        predicted = article()
        event = predicted.events[1]
        event.trigger = replace(event.trigger, end=event.trigger.end + len(" ليلي"), text="قصف ليلي")
        assert f1(article(), predicted) == pytest.approx((4 / 6, 1.0))

    def test_what_is_said_twice_counts_once(self) -> None:
        predicted = article()
        predicted.events[0].arguments *= 2
        assert f1(article(), predicted) == (1.0, 1.0)

    def test_a_role_that_gold_has_not_counts_in_micro_and_not_in_macro(self) -> None:
        predicted = article()
        predicted.events[0].arguments.append(Argument("TIME", predicted.entities[0].id))
        scores = argument_scores([article()], [predicted])
        assert (scores["micro"]["precision"], scores["macro"]["precision"]) == (pytest.approx(6 / 7), 1.0)

    def test_nothing_at_all_scores_nothing(self) -> None:
        empty = without_arguments(article())
        scores = argument_scores([empty], [empty])
        assert (scores["per_role"], scores["micro"]["f1"], scores["macro"]["f1"]) == ({}, 0.0, 0.0)

    def test_a_document_that_was_not_annotated_for_entities_does_not_count(self) -> None:
        other = marked_document(SENTENCES, "ا2")
        other.keep_layers(["triggers", "event_types"])
        scores = argument_scores([article(), other], [article(), article()])
        assert scores["micro"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 6}
        assert argument_counts([other], [article()]) == [[0, 0, 0]] * 3

    def test_other_texts_are_refused(self) -> None:
        with pytest.raises(ValueError, match="differ in their text or sentences"):
            argument_scores([article()], [marked_document(SENTENCES[:2], "ا1")])

    def test_an_argument_without_its_entity_is_refused(self) -> None:
        broken = article()
        broken.events[0].arguments[0].entity = "T99"
        with pytest.raises(
            ValueError, match="document 'ا1': the AGENT of event E1 is 'T99', which is no entity of the"
        ):
            argument_items(broken)


class TestCountsOfSentences:
    def test_an_argument_counts_in_the_sentence_of_its_trigger(self) -> None:
        gold = article()
        gold.events[2].arguments = [Argument("AGENT", gold.entities[0].id)]
        assert argument_counts([gold], [article()]) == [[4, 4, 4], [0, 0, 0], [1, 2, 2]]

    @given(st.data())
    def test_they_add_up_to_the_micro_score(self, data: st.DataObject) -> None:
        gold = with_arguments(marked_document(TRAINING, "ا1"))
        predicted = with_arguments(marked_document(TRAINING, "ا1"))
        roles = st.sampled_from(["AGENT", "PLACE", "TARGET"])
        entities = st.sampled_from([entity.id for entity in predicted.entities])
        for event in predicted.events:
            event.arguments = data.draw(st.lists(st.builds(Argument, roles, entities), max_size=3))
        counts = [sum(column) for column in zip(*argument_counts([gold], [predicted]), strict=True)]
        scores = argument_scores([gold], [predicted])
        assert counts[2] == scores["micro"]["support"]
        assert float(micro_f1(np.array(counts))) == pytest.approx(scores["micro"]["f1"])


class TestWhetherTheyWereAnnotated:
    def test_a_set_without_any_argument_was_not(self) -> None:
        bare = marked_document(SENTENCES)
        assert not has_arguments([bare, bare])
        assert has_arguments([bare, article()])

    def test_without_arguments_is_a_copy(self) -> None:
        document = article()
        copy = without_arguments(document)
        assert not has_arguments([copy])
        assert document == article()
        assert copy.entities == document.entities
        assert [event.trigger for event in copy.events] == [event.trigger for event in document.events]
