"""What people changed in suggestions: each kind of change is told as what it is, and the counts add up."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from conftest import TRAINING
from corrected_projects import Change, corrected, suggestion, suggestions
from hypothesis import given
from hypothesis import strategies as st

from trainer.documents import Argument, Document
from trainer.evaluation.agreement import entity_spans, trigger_spans
from trainer.evaluation.span_counts import Counts
from trainer.projects.differences import Differences
from trainer.projects.outcomes import Outcome, outcomes

# {سيطرت|CAPTURE} [قوات النظام|ARMED] على [مدينة حلب|GPE] أمس.
SENTENCE = TRAINING[0]


def changes(change: Change, marked: str = SENTENCE) -> list[tuple[str, str, str, str]]:
    """Return layer, kind, and the labels before and after, of everything that was not kept."""
    suggested = suggestion(marked, "a-0")
    found = Differences.of([(suggested, corrected(suggested, change))]).changed
    return [(o.layer, o.kind, o.suggested.label if o.suggested else "", _label(o)) for o in found]


def _label(outcome: Outcome) -> str:
    return outcome.corrected.label if outcome.corrected else ""


def relabel(label: str, index: int = 0) -> Change:
    return lambda document: setattr(document.entities[index], "label", label)


def move(index: int, start: int, end: int, label: str = "") -> Change:
    """Give an entity other ends, counted from those that it has, and another label."""

    def change(document: Document) -> None:
        old = document.entities.pop(index)
        document.add_entity(old.start + start, old.end + end, label or old.label, id=old.id)

    return change


class TestOfSpans:
    def test_that_nobody_changed_are_kept(self) -> None:
        assert changes(lambda document: None) == []

    def test_with_the_same_ends_have_another_label(self) -> None:
        assert changes(relabel("PER")) == [("entities", "other_label", "ARMED", "PER")]

    def test_that_overlap_with_the_same_label_have_other_ends(self) -> None:
        assert changes(move(1, 6, 0)) == [("entities", "other_ends", "GPE", "GPE")]

    def test_that_overlap_with_another_label_have_both(self) -> None:
        assert changes(move(1, 6, 0, "PER")) == [("entities", "other_label_and_ends", "GPE", "PER")]

    def test_that_touch_nothing_were_removed_or_added(self) -> None:
        assert changes(lambda d: d.entities.pop(0)) == [("entities", "removed", "ARMED", "")]
        assert changes(lambda d: d.add_entity(27, 30, "GPE")) == [("entities", "added", "", "GPE")]

    def test_split_in_two_are_one_with_other_ends_and_one_added(self) -> None:
        def split(document: Document) -> None:
            old = document.entities.pop(0)
            document.add_entity(old.start, old.start + 4, "ARMED")
            document.add_entity(old.start + 5, old.end, "ARMED")

        # The longer half is what became of it.
        assert changes(split) == [("entities", "other_ends", "ARMED", "ARMED"), ("entities", "added", "", "ARMED")]

    def test_with_the_same_label_are_paired_before_larger_overlaps_with_another(self) -> None:
        def change(document: Document) -> None:
            old = document.entities.pop(0)
            document.add_entity(old.start, old.start + 4, "ARMED")
            document.add_entity(old.start + 5, old.end, "PER")

        assert changes(change) == [("entities", "other_ends", "ARMED", "ARMED"), ("entities", "added", "", "PER")]

    def test_of_triggers_are_told_apart_from_entities(self) -> None:
        assert changes(lambda d: setattr(d.events[0], "type", "KILL")) == [
            ("triggers", "other_label", "CAPTURE", "KILL")
        ]

    def test_say_what_stands_there_and_in_which_sentence(self) -> None:
        suggested = suggestion(SENTENCE, "a-0")
        (moved,) = Differences.of([(suggested, corrected(suggested, move(1, 6, 0)))]).changed
        assert (moved.document, moved.sentence) == ("a-0", 0)
        assert moved.suggested is not None
        assert moved.corrected is not None
        assert (moved.suggested.text, moved.corrected.text) == ("مدينة حلب", "حلب")


class TestOfEventTypes:
    def test_are_never_paired(self) -> None:
        def change(document: Document) -> None:
            document.sentences[0].event_types = {"KILL": 1.0}

        assert changes(change) == [
            ("event_types", "removed", "CAPTURE", ""),
            ("event_types", "added", "", "KILL"),
        ]

    def test_are_not_compared_where_one_side_does_not_have_the_layer(self) -> None:
        suggested = suggestion(SENTENCE, "a-0")
        suggested.keep_layers(["entities"])
        found = Differences.of([(suggested, corrected(suggestion(SENTENCE, "a-0")))])
        assert set(found.kinds()) == {"entities"}


class TestOfArguments:
    @staticmethod
    def changes(change: Change) -> list[tuple[str, str, str, str]]:
        suggested = suggestion(SENTENCE, "a-0")
        suggested.events[0].arguments = [Argument("AGENT", "T1", 0.6)]
        found = Differences.of([(suggested, corrected(suggested, change))]).changed
        return [(o.layer, o.kind, o.suggested.label if o.suggested else "", _label(o)) for o in found]

    def test_that_were_added_and_removed_are_told_with_trigger_and_entity(self) -> None:
        def change(document: Document) -> None:
            document.events[0].arguments = [Argument("PLACE", "T2")]

        assert self.changes(change) == [("arguments", "removed", "AGENT", ""), ("arguments", "added", "", "PLACE")]
        suggested = suggestion(SENTENCE, "a-0")
        (added,) = Differences.of([(suggested, corrected(suggested, change))]).changed
        assert added.first.text == "سيطرت ← مدينة حلب"

    def test_of_the_same_two_with_another_role_have_another_label(self) -> None:
        assert self.changes(lambda d: setattr(d.events[0].arguments[0], "role", "PLACE")) == [
            ("arguments", "other_label", "AGENT", "PLACE")
        ]

    def test_follow_a_trigger_and_an_entity_that_changed(self) -> None:
        assert self.changes(lambda d: (relabel("PER")(d), setattr(d.events[0], "type", "KILL"))) == [
            ("entities", "other_label", "ARMED", "PER"),
            ("triggers", "other_label", "CAPTURE", "KILL"),
        ]

    def test_go_with_the_trigger_that_was_removed(self) -> None:
        assert self.changes(lambda d: d.events.clear()) == [
            ("triggers", "removed", "CAPTURE", ""),
            ("arguments", "removed", "AGENT", ""),
        ]

    def test_attributes_are_a_layer_of_their_own(self) -> None:
        assert self.changes(lambda d: d.events[0].attributes.append("Disputed")) == [
            ("attributes", "added", "", "Disputed")
        ]


class TestTheCounts:
    @pytest.fixture(scope="class")
    @staticmethod
    def found() -> Differences:
        """Four sentences: in the first ARMED became PER, in the last its ARMED, too, and a GPE was removed."""
        given = suggestions(TRAINING[:4])

        def last(document: Document) -> None:
            relabel("PER")(document)
            document.entities.pop(1)

        edits: list[Change | None] = [relabel("PER"), None, None, last]
        return Differences.of((one, corrected(one, edit)) for one, edit in zip(given, edits, strict=True))

    def test_tell_how_many_sentences_nobody_touched(self, found: Differences) -> None:
        assert (found.sentences, found.untouched) == (4, 2)

    def test_are_by_layer_and_kind(self, found: Differences) -> None:
        assert found.kinds()["entities"] == Counter(kept=5, other_label=2, removed=1)
        assert found.kinds()["triggers"] == Counter(kept=5)

    def test_have_the_labels_that_were_changed_most_first(self, found: Differences) -> None:
        assert list(found.labels())[:2] == [("entities", "ARMED"), ("entities", "GPE")]
        assert found.labels()["entities", "ARMED"] == Counter(other_label=2)

    def test_tell_which_label_became_which(self, found: Differences) -> None:
        assert found.confusions() == {("entities", "ARMED", "PER"): 2}

    def test_tell_which_strings_were_changed_most(self, found: Differences) -> None:
        assert found.strings() == {
            ("entities", "قوات النظام", "ARMED → PER"): 2,
            ("entities", "حلب", "removed GPE"): 1,
        }

    def test_are_what_json_says(self, found: Differences) -> None:
        told = found.to_dict()
        assert told["layers"]["entities"]["other_label"] == 2
        assert told["layers"]["entities"]["support"] == 7
        assert told["confusions"] == [{"layer": "entities", "suggested": "ARMED", "corrected": "PER", "count": 2}]
        assert [change["document"] for change in told["changes"]] == ["a-0", "a-3", "a-3"]


@st.composite
def _two_annotations(draw: Any) -> tuple[Document, Document]:
    """Draw spans twice over one text, overlapping ones and repeated ones among them."""
    text = "سيطرت قوات النظام على مدينة حلب أمس. قُتل خمسة مدنيين في قصف على إدلب."
    sides = []
    for _ in range(2):
        document = Document.from_text(text, id="a")
        for _ in range(draw(st.integers(0, 5))):
            start = draw(st.integers(0, len(text) - 1))
            end = draw(st.integers(start + 1, min(len(text), start + 12)))
            document.add_entity(start, end, draw(st.sampled_from(["PER", "GPE"])))
        for _ in range(draw(st.integers(0, 3))):
            start = draw(st.integers(0, len(text) - 4))
            event = document.add_event(start, start + 4, draw(st.sampled_from(["KILL", "CAPTURE"])))
            if document.entities:
                ids = st.sampled_from([entity.id for entity in document.entities])
                event.arguments = [Argument("AGENT", draw(ids))]
        sides.append(document)
    return sides[0], sides[1]


class TestOfAnyTwoAnnotations:
    @given(_two_annotations())
    def test_every_item_of_both_sides_stands_in_one_outcome(self, pair: tuple[Document, Document]) -> None:
        one, other = pair
        found = [outcome for outcome in outcomes(one, other) if outcome.layer == "entities"]
        assert sorted(_span(o.suggested) for o in found if o.suggested) == sorted(set(map(_span, one.entities)))
        assert sorted(_span(o.corrected) for o in found if o.corrected) == sorted(set(map(_span, other.entities)))

    @given(_two_annotations())
    def test_the_scores_of_spans_are_strict(self, pair: tuple[Document, Document]) -> None:
        one, other = pair
        scores = Differences.of([(one, other)]).scores()
        for layer, spans in (("entities", entity_spans), ("triggers", trigger_spans)):
            assert scores.get(layer, Counts()) == Counts.of(spans(other), spans(one))

    @given(_two_annotations())
    def test_of_a_document_and_itself_all_are_kept(self, pair: tuple[Document, Document]) -> None:
        found = Differences.of([(pair[0], pair[0])])
        assert found.changed == []
        assert found.untouched == found.sentences == 2


def _span(item: Any) -> tuple[int, int, str]:
    return item.start, item.end, item.label
