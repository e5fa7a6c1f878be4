"""What is wrong with each sentence: which span was missed, invented, cut wrongly or given another type."""

from __future__ import annotations

from collections import Counter

import pytest
from conftest import marked_document
from hypothesis import given
from test_span_counts import document_pairs

from trainer.documents import Document
from trainer.evaluation.span_counts import ITEM_LAYERS, SPAN_LAYERS, Counts, sentence_counts
from trainer.evaluation.span_errors import KINDS, LabelledSpan, SpanError, common_layers, span_errors

Side = tuple[str, str] | None
MISSED, INVENTED, BOUNDARY, TYPE = (("missed",), ("invented",), ("boundary",), ("type",))
BOTH = ("boundary", "type")


def errors(gold: str, predicted: str, layer: str = "entities") -> list[tuple[tuple[str, ...], Side, Side]]:
    """Compare two markings of one sentence; spans are told by their text and type."""
    ours, theirs = marked_document([gold]), marked_document([predicted])
    assert ours.text == theirs.text
    (found,) = span_errors(ours, theirs, [layer])
    assert {error.layer for error in found} <= {layer}
    return [(error.kinds, told(ours, error.gold), told(theirs, error.predicted)) for error in found]


def told(document: Document, span: LabelledSpan | None) -> Side:
    return span and (document.text[span[0] : span[1]], span[2])


class TestKinds:
    def test_a_span_that_only_gold_has_was_missed(self) -> None:
        assert errors("وصل إلى [دمشق|GPE].", "وصل إلى دمشق.") == [(MISSED, ("دمشق", "GPE"), None)]

    def test_a_span_that_gold_does_not_have_was_invented(self) -> None:
        assert errors("الطقس بارد.", "[الطقس|PER] بارد.") == [(INVENTED, None, ("الطقس", "PER"))]

    def test_other_ends_are_an_error_of_boundary(self) -> None:
        assert errors("سيطر [تنظيم داعش|ARMED].", "سيطر تنظيم [داعش|ARMED].") == [
            (BOUNDARY, ("تنظيم داعش", "ARMED"), ("داعش", "ARMED"))
        ]

    def test_another_type_is_an_error_of_type(self) -> None:
        assert errors("{قُتل|KILL} خمسة.", "{قُتل|SHELLING} خمسة.", "triggers") == [
            (TYPE, ("قُتل", "KILL"), ("قُتل", "SHELLING"))
        ]

    def test_other_ends_and_another_type_are_both(self) -> None:
        assert errors("قرب [مدينة حلب|GPE].", "قرب مدينة [حلب|PER].") == [(BOTH, ("مدينة حلب", "GPE"), ("حلب", "PER"))]

    def test_spans_that_share_no_word_are_one_missed_and_one_invented(self) -> None:
        assert errors("وصل [أحمد|PER] إلى دمشق.", "وصل أحمد إلى [دمشق|PER].") == [
            (MISSED, ("أحمد", "PER"), None),
            (INVENTED, None, ("دمشق", "PER")),
        ]

    def test_neither_do_spans_that_only_touch(self) -> None:
        assert [kinds for kinds, _, _ in errors("[حلب|GPE]، أمس", "حلب[،|GPE] أمس")] == [MISSED, INVENTED]

    def test_right_spans_are_no_errors(self) -> None:
        marked = "{قصفت|SHELLING} [قوات النظام|ARMED] [حلب|GPE]."
        for layer in ITEM_LAYERS:
            assert errors(marked, marked, layer) == []

    def test_all_kinds_are_named(self) -> None:
        assert (*MISSED, *INVENTED, *BOUNDARY, *TYPE) == KINDS


class TestPairs:
    def test_spans_with_the_same_ends_are_partners_whatever_their_types(self) -> None:
        assert errors("[أحمد|PER] [دمشق|GPE] أمس", "[أحمد|ARMED] [دمشق|PER] أمس") == [
            (TYPE, ("أحمد", "PER"), ("أحمد", "ARMED")),
            (TYPE, ("دمشق", "GPE"), ("دمشق", "PER")),
        ]

    def test_the_same_type_comes_before_a_larger_overlap(self) -> None:
        assert errors("[مدينة حلب القديمة|GPE]", "[مدينة حلب|ARMED] [القديمة|GPE]") == [
            (INVENTED, None, ("مدينة حلب", "ARMED")),
            (BOUNDARY, ("مدينة حلب القديمة", "GPE"), ("القديمة", "GPE")),
        ]

    def test_of_the_same_type_the_largest_overlap_comes_first(self) -> None:
        assert errors("[مدينة حلب القديمة|GPE]", "[مدينة|GPE] [حلب القديمة|GPE]") == [
            (INVENTED, None, ("مدينة", "GPE")),
            (BOUNDARY, ("مدينة حلب القديمة", "GPE"), ("حلب القديمة", "GPE")),
        ]

    def test_of_other_types_the_largest_overlap_comes_first(self) -> None:
        assert errors("[مدينة|PER] [حلب القديمة|PER]", "[مدينة حلب القديمة|GPE]") == [
            (MISSED, ("مدينة", "PER"), None),
            (BOTH, ("حلب القديمة", "PER"), ("مدينة حلب القديمة", "GPE")),
        ]

    def test_of_equally_close_spans_the_first_in_the_text_is_taken(self) -> None:
        assert errors("[حلب و حمص|GPE]", "[حلب|GPE] و [حمص|GPE]") == [
            (BOUNDARY, ("حلب و حمص", "GPE"), ("حلب", "GPE")),
            (INVENTED, None, ("حمص", "GPE")),
        ]

    def test_a_chain_of_overlaps_is_paired_one_to_one(self) -> None:
        found = errors("[قوات سوريا|ARMED] [الديمقراطية أمس|PER]", "قوات [سوريا الديمقراطية|GPE] أمس")
        assert [kinds for kinds, _, _ in found] == [MISSED, BOTH]

    def test_errors_stand_in_the_order_of_the_text_by_the_side_that_begins_first(self) -> None:
        found = errors("تنظيم [داعش|ARMED] في [حلب|GPE]", "[تنظيم داعش|ARMED] [في|PER] حلب")
        assert [kinds for kinds, _, _ in found] == [BOUNDARY, INVENTED, MISSED]


class TestPlaces:
    def test_characters_count_from_the_beginning_of_the_document(self) -> None:
        gold = marked_document(["الطقس بارد.", "وصل إلى [دمشق|GPE]."])
        first, second = span_errors(gold, gold.without_annotations(), ["entities"])
        start = gold.text.index("دمشق")
        assert first == []
        assert second == [SpanError("entities", MISSED, (start, start + 4, "GPE"), None)]

    def test_a_span_over_a_part_of_a_word_counts_as_the_whole_word(self) -> None:
        assert errors("هاجم و[داعش|ARMED].", "هاجم [وداعش|ARMED].") == []
        assert errors("هاجم و[داعش|ARMED].", "هاجم وداعش.") == [(MISSED, ("وداعش", "ARMED"), None)]

    def test_an_event_type_has_its_sentence_and_is_missed_or_invented(self) -> None:
        # Of the types of a sentence none is the mistaken form of another.
        gold = marked_document(["الطقس بارد.", "{قُتل|KILL} خمسة في {قصف|SHELLING}."])
        predicted = marked_document(["الطقس بارد.", "{قُتل|CAPTURE} خمسة في {قصف|SHELLING}."])
        start, end = gold.sentences[1].start, gold.sentences[1].end
        assert span_errors(gold, predicted, ["event_types"]) == [
            [],
            [
                SpanError("event_types", INVENTED, None, (start, end, "CAPTURE")),
                SpanError("event_types", MISSED, (start, end, "KILL"), None),
            ],
        ]


class TestLayers:
    GOLD = marked_document(["{قُتل|KILL} [محمد العلي|PER] في [حلب|GPE]."])

    @pytest.mark.parametrize("layers", [ITEM_LAYERS, ITEM_LAYERS[::-1], ("triggers",), ()])
    def test_they_are_compared_as_given(self, layers: tuple[str, ...]) -> None:
        (found,) = span_errors(self.GOLD, self.GOLD.without_annotations(), layers)
        assert tuple(dict.fromkeys(error.layer for error in found)) == layers

    @pytest.mark.parametrize("layer", ITEM_LAYERS)
    def test_one_that_either_document_lacks_has_no_errors(self, layer: str) -> None:
        bare = self.GOLD.without_annotations()
        bare.keep_layers([])
        assert span_errors(self.GOLD, bare, [layer]) == span_errors(bare, self.GOLD, [layer]) == [[]]
        assert common_layers(self.GOLD, bare, [layer]) == []
        assert common_layers(self.GOLD, self.GOLD, [layer]) == [layer]

    def test_an_unknown_one_is_refused_even_without_sentences(self) -> None:
        with pytest.raises(ValueError, match="'arguments' is none of the layers entities, triggers, event_types"):
            span_errors(Document.from_text(""), Document.from_text(""), ["arguments"])

    def test_different_texts_are_refused(self) -> None:
        with pytest.raises(ValueError, match="differ in their text or sentences"):
            span_errors(self.GOLD, marked_document(["قُتل خمسة."]), ITEM_LAYERS)


class TestAgreementWithTheScores:
    @given(document_pairs())
    def test_every_item_that_is_no_hit_stands_in_exactly_one_error(self, pair: tuple[Document, Document]) -> None:
        gold, predicted = pair
        for layer in ITEM_LAYERS:
            for types, found in zip(
                sentence_counts(gold, predicted, layer), span_errors(gold, predicted, [layer]), strict=True
            ):
                ours = Counter(error.gold[2] for error in found if error.gold)
                theirs = Counter(error.predicted[2] for error in found if error.predicted)
                for name, counts in types.items():
                    assert ours[name] == counts.gold - counts.hits
                    assert theirs[name] == counts.predicted - counts.hits
                assert {*ours, *theirs} <= set(types)
                total = sum(types.values(), Counts())
                assert (total.hits == total.predicted == total.gold) == (found == [])

    @given(document_pairs())
    def test_the_kinds_say_what_the_spans_show(self, pair: tuple[Document, Document]) -> None:
        for error in (error for sentence in span_errors(*pair, ITEM_LAYERS) for error in sentence):
            if error.gold is None or error.predicted is None:
                assert error.kinds == (MISSED if error.gold else INVENTED)
                continue
            assert error.layer in SPAN_LAYERS
            assert ("boundary" in error.kinds) == (error.gold[:2] != error.predicted[:2])
            assert ("type" in error.kinds) == (error.gold[2] != error.predicted[2])
            assert error.kinds in (BOUNDARY, TYPE, BOTH)
            assert max(error.gold[0], error.predicted[0]) < min(error.gold[1], error.predicted[1])

    @given(document_pairs())
    def test_no_span_is_left_without_a_partner_beside_another_that_overlaps_it(
        self, pair: tuple[Document, Document]
    ) -> None:
        for layer in SPAN_LAYERS:
            for found in span_errors(*pair, [layer]):
                missed = [error.gold for error in found if error.gold and error.kinds == MISSED]
                invented = [error.predicted for error in found if error.predicted and error.kinds == INVENTED]
                assert not [(a, b) for a in missed for b in invented if max(a[0], b[0]) < min(a[1], b[1])]

    @given(document_pairs())
    def test_exchanging_gold_and_predicted_exchanges_missed_and_invented_and_nothing_else(
        self, pair: tuple[Document, Document]
    ) -> None:
        gold, predicted = pair
        exchanged = {MISSED: INVENTED, INVENTED: MISSED}
        for there, back in zip(
            span_errors(gold, predicted, ITEM_LAYERS), span_errors(predicted, gold, ITEM_LAYERS), strict=True
        ):
            assert [
                SpanError(error.layer, exchanged.get(error.kinds, error.kinds), error.predicted, error.gold)
                for error in there
            ] == back

    @given(document_pairs())
    def test_the_order_in_which_spans_were_added_does_not_matter(self, pair: tuple[Document, Document]) -> None:
        gold, predicted = pair
        expected = span_errors(gold, predicted, ITEM_LAYERS)
        for document in pair:
            document.entities.reverse()
            document.events.reverse()
        assert span_errors(gold, predicted, ITEM_LAYERS) == expected
