"""What an evaluation page shows: scores of types with intervals, confusions, reliability, wrong sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from random import Random

import numpy as np
import pytest
from conftest import marked_document
from hypothesis import given
from hypothesis import strategies as st
from test_span_counts import document_pairs

from trainer.documents import LAYERS, Document
from trainer.evaluation import bootstrap
from trainer.evaluation.bootstrap import Estimate, estimate, estimates
from trainer.evaluation.confusions import count_confusions
from trainer.evaluation.detailed import counts_by_sentence, detailed_scores, sentence_groups
from trainer.evaluation.inspection import Inspection, WrongSentence, inspect_predictions
from trainer.evaluation.reliability import Reliability, measure_reliability
from trainer.evaluation.scores import score_documents
from trainer.evaluation.span_counts import SPAN_LAYERS
from trainer.evaluation.span_errors import span_errors
from trainer.evaluation.type_intervals import TypeScore, type_counts, type_scores
from trainer.schema import schema_of_labels

ENTITIES, EVENTS = ["PER", "GPE", "ARMED", "WEAPON"], ["KILL", "CAPTURE", "SHELLING"]
SCHEMA = schema_of_labels("مثال", ENTITIES, EVENTS)
GOLD = [
    marked_document(
        ["{سيطر|CAPTURE} [تنظيم داعش|ARMED] على [الرقة|GPE].", "{قُتل|KILL} [أحمد الخالد|PER] في [حلب|GPE]."], "أولى"
    ),
    marked_document(["{قصفت|SHELLING} [قوات النظام|ARMED] [مدينة إدلب|GPE].", "الطقس بارد."], "ثانية"),
]
# Cut wrongly; another type of trigger; two missed and two invented.
FIRST = [
    marked_document(
        ["{سيطر|CAPTURE} تنظيم [داعش|ARMED] على [الرقة|GPE].", "{قُتل|SHELLING} [أحمد الخالد|PER] في حلب."], "أولى"
    ),
    marked_document(["قصفت [قوات النظام|ARMED] [مدينة إدلب|GPE].", "{الطقس|KILL} [بارد|PER]."], "ثانية"),
]
# Two wrong types, of which one is cut wrongly, too.
SECOND = [
    marked_document(
        ["{سيطر|CAPTURE} [تنظيم داعش|GPE] على [الرقة|GPE].", "{قُتل|KILL} [أحمد|GPE] الخالد في [حلب|GPE]."], "أولى"
    ),
    GOLD[1],
]
RUNS = {"1": FIRST, "2": SECOND}
GROUPS = sentence_groups(GOLD)
SEEN = {"entities": {"seen": {"f1": 0.5}, "unseen": {"f1": 0.25}}, "triggers": {"seen": {"f1": 1.0}}}
DRAWN_LABELS = ["PER", "GPE", "GPE-CITY"]


def without(layer: str, document: Document) -> Document:
    """A copy that was not annotated for ``layer``."""
    copy = Document.from_dict(document.to_dict())
    copy.keep_layers([name for name in LAYERS if name != layer])
    return copy


def one_run(documents: Sequence[Document]) -> list[Sequence[Document]]:
    return [documents]


@pytest.fixture(scope="module")
def inspection() -> Inspection:
    return inspect_predictions("مرصد", GOLD, RUNS, LAYERS, GROUPS, SCHEMA, SEEN)


class TestInspection:
    def test_it_has_what_it_was_given(self, inspection: Inspection) -> None:
        assert (inspection.name, inspection.gold, inspection.runs) == ("مرصد", GOLD, RUNS)
        assert inspection.layers == LAYERS
        assert inspection.seen == SEEN

    def test_every_layer_has_its_analyses_and_only_spans_are_confused(self, inspection: Inspection) -> None:
        assert tuple(inspection.by_type) == tuple(inspection.reliability) == LAYERS
        assert tuple(inspection.confusions) == SPAN_LAYERS

    def test_layers_that_are_not_compared_are_left_out_everywhere(self) -> None:
        found = inspect_predictions("مرصد", GOLD, RUNS, ["triggers"], GROUPS, SCHEMA, SEEN)
        for part in (found.by_type, found.confusions, found.reliability, found.seen):
            assert list(part) == ["triggers"]
        assert {error.layer for sentence in found.wrong for error in sentence.errors} == {"triggers"}

    def test_wrong_sentences_go_run_by_run_in_the_order_of_the_documents(self, inspection: Inspection) -> None:
        places = [(wrong.run, wrong.document, wrong.sentence) for wrong in inspection.wrong]
        assert places == [("1", 0, 0), ("1", 0, 1), ("1", 1, 0), ("1", 1, 1), ("2", 0, 0), ("2", 0, 1)]

    def test_a_wrong_sentence_has_its_errors_in_all_layers(self, inspection: Inspection) -> None:
        second = inspection.wrong[1]
        assert second == WrongSentence("1", 0, 1, span_errors(GOLD[0], FIRST[0], LAYERS)[1])
        assert [(error.layer, error.kinds) for error in second.errors] == [
            ("entities", ("missed",)),
            ("triggers", ("type",)),
            ("event_types", ("missed",)),
            ("event_types", ("invented",)),
        ]

    def test_perfect_predictions_have_no_wrong_sentence(self) -> None:
        found = inspect_predictions("مرصد", GOLD, {"": GOLD}, LAYERS, GROUPS, SCHEMA, {})
        assert found.wrong == []
        assert {score.f1 for types in found.by_type.values() for score in types.values()} == {1.0}

    @pytest.mark.parametrize("layer", LAYERS)
    def test_a_layer_that_one_side_lacks_counts_nothing(self, layer: str) -> None:
        for gold, predicted in (([without(layer, GOLD[0])], FIRST[:1]), (GOLD[:1], [without(layer, FIRST[0])])):
            found = inspect_predictions("مرصد", gold, {"": predicted}, [layer], [0, 0], SCHEMA, {})
            assert (found.by_type[layer], found.wrong) == ({}, [])
            assert found.reliability[layer] == Reliability([], None)
            assert all(table.labels == () and table.counts.tolist() == [[0]] for table in found.confusions.values())

    def test_without_documents_there_is_nothing_to_show(self) -> None:
        found = inspect_predictions("مرصد", [], {"": []}, LAYERS, [], SCHEMA, {})
        assert found.by_type == {layer: {} for layer in LAYERS}
        assert found.wrong == []

    def test_without_a_run_there_is_nothing_to_compare(self) -> None:
        with pytest.raises(ValueError, match="there are no predictions of مرصد to compare with gold"):
            inspect_predictions("مرصد", GOLD, {}, LAYERS, GROUPS, SCHEMA, {})

    def test_a_run_of_fewer_documents_is_refused(self) -> None:
        with pytest.raises(ValueError, match="shorter"):
            inspect_predictions("مرصد", GOLD, {"": FIRST[:1]}, LAYERS, GROUPS, SCHEMA, {})

    def test_a_label_that_the_schema_does_not_have_is_refused(self) -> None:
        unknown = schema_of_labels("ناقص", ["GPE", "ARMED"], EVENTS)
        with pytest.raises(
            ValueError, match="document 'أولى' has the type PER in the layer entities, which is none of GPE, ARMED"
        ):
            inspect_predictions("مرصد", GOLD, RUNS, LAYERS, GROUPS, unknown, {})


class TestTypeScores:
    def test_types_are_those_of_either_side_in_the_order_of_the_schema(self, inspection: Inspection) -> None:
        assert list(inspection.by_type["entities"]) == ["PER", "GPE", "ARMED"]
        assert list(inspection.by_type["triggers"]) == list(inspection.by_type["event_types"]) == EVENTS
        invented = marked_document(["[مدفع|WEAPON] هنا."])
        scores = type_scores([invented.without_annotations()], one_run([invented]), "entities", ENTITIES, [0])
        assert scores == {"WEAPON": TypeScore(0.0, 0.0, 0.0, 0.0, 0.0, support=0.0, predicted=1.0)}

    def test_scores_are_means_over_the_runs_as_by_hand(self, inspection: Inspection) -> None:
        # PER: run 1 finds the one there is and another; run 2 finds none.
        score = inspection.by_type["entities"]["PER"]
        assert (score.f1, score.precision, score.recall) == pytest.approx((1 / 3, 1 / 4, 1 / 2))
        assert (score.support, score.predicted) == (1.0, 1.0)

    def test_one_run_has_the_scores_of_the_report(self) -> None:
        report = score_documents(GOLD, FIRST, SCHEMA)
        for layer in LAYERS:
            found = type_scores(GOLD, one_run(FIRST), layer, SCHEMA.labels_of(layer), GROUPS)
            for name, score in found.items():
                expected = report[layer]["per_type"][name]
                got = {key: getattr(score, key) for key in ("precision", "recall", "f1", "support")}
                assert got == pytest.approx(expected)

    def test_scores_are_plain_numbers(self, inspection: Inspection) -> None:
        values = [
            value for types in inspection.by_type.values() for score in types.values() for value in astuple(score)
        ]
        assert {type(value) for value in values} == {float}

    def test_the_types_together_count_what_the_layer_counts(self) -> None:
        for layer in LAYERS:
            counts = type_counts(GOLD, [FIRST, SECOND], layer, SCHEMA.labels_of(layer)).sum(0)
            expected = [counts_by_sentence(GOLD, run, [layer])[layer] for run in (FIRST, SECOND)]
            assert counts.tolist() == expected

    def test_the_interval_is_that_of_the_bootstrap_of_the_type_alone(self, inspection: Inspection) -> None:
        for layer in LAYERS:
            labels = SCHEMA.labels_of(layer)
            counts = type_counts(GOLD, list(RUNS.values()), layer, labels)
            for name, score in inspection.by_type[layer].items():
                alone = estimate(counts[labels.index(name)], GROUPS)
                assert (score.f1, score.low, score.high) == (alone.mean, alone.low, alone.high)

    def test_an_interval_holds_its_score_and_is_a_point_where_all_is_right(self, inspection: Inspection) -> None:
        for types in inspection.by_type.values():
            assert all(score.low <= score.f1 <= score.high for score in types.values())
        sure = type_scores(GOLD * 4, one_run(GOLD * 4), "entities", ENTITIES, [0] * 16)["GPE"]
        assert (sure.low, sure.f1, sure.high) == (1.0, 1.0, 1.0)

    def test_a_document_without_the_layer_counts_nothing_and_keeps_its_sentences(self) -> None:
        counts = type_counts([without("entities", GOLD[0]), GOLD[1]], one_run(GOLD), "entities", ENTITIES)
        assert counts.shape == (4, 1, 4, 3)
        assert not counts[:, :, :2].any()
        assert counts[:, 0, 2].sum(0).tolist() == [2, 2, 2]


class TestManyEstimates:
    @given(st.integers(0, 5), st.integers(1, 9), st.integers(1, 20), st.integers(1, 4), st.integers(0, 99))
    def test_each_is_what_it_is_alone(self, systems: int, seeds: int, sentences: int, groups: int, seed: int) -> None:
        generator = np.random.default_rng(seed)
        hits = generator.integers(0, 3, (systems, seeds, sentences))
        counts = np.stack([hits, hits + generator.integers(0, 3, hits.shape), hits + 1], axis=-1)
        members = [position % groups for position in range(sentences)]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bootstrap, "RESAMPLES", 60)
            assert estimates(counts, members) == [estimate(alone, members) for alone in counts]

    def test_without_sentences_all_are_nought(self) -> None:
        assert estimates(np.zeros((1, 2, 0, 3), dtype=int), []) == [Estimate(0.0, 0.0, 0.0, 0.0, [0.0, 0.0])]

    def test_the_resamples_are_drawn_once_for_all(self, monkeypatch: pytest.MonkeyPatch) -> None:
        drawn = []
        resamples = bootstrap._resamples
        monkeypatch.setattr(bootstrap, "_resamples", lambda groups: drawn.append(groups) or resamples(groups))
        type_scores(GOLD, [FIRST, SECOND], "entities", ENTITIES, GROUPS)
        assert drawn == [GROUPS]


class TestConfusions:
    def test_they_are_as_by_hand_summed_over_the_runs(self, inspection: Inspection) -> None:
        found = inspection.confusions["entities"]
        assert found.labels == ("PER", "GPE", "ARMED")
        assert found.counts.tolist() == [
            # PER, GPE, ARMED, nothing
            [1, 1, 0, 0],
            [0, 5, 0, 1],
            [0, 1, 3, 0],
            [1, 0, 0, 0],
        ]

    def test_a_span_of_the_right_type_with_wrong_ends_is_on_the_diagonal(self) -> None:
        gold, cut = marked_document(["سيطر [تنظيم داعش|ARMED]."]), marked_document(["سيطر تنظيم [داعش|ARMED]."])
        assert count_confusions([gold], one_run([cut]), "entities", ENTITIES).counts.tolist() == [[1, 0], [0, 0]]

    def test_labels_that_only_one_side_has_are_there_in_the_order_of_the_schema(self) -> None:
        gold, other = marked_document(["[داعش|ARMED] هنا."]), marked_document(["[داعش|PER] هنا."])
        for ours, theirs, expected in ((gold, other, [0, 0, 0]), (other, gold, [0, 1, 0])):
            found = count_confusions([ours], one_run([theirs]), "entities", ENTITIES)
            assert found.labels == ("PER", "ARMED")
            assert found.counts[0].tolist() == expected

    @given(st.lists(document_pairs(), min_size=1, max_size=3))
    def test_rows_add_up_to_the_gold_spans_and_columns_to_the_predicted_ones(
        self, pairs: list[tuple[Document, Document]]
    ) -> None:
        gold, predicted = [one for one, _ in pairs], [other for _, other in pairs]
        for layer in SPAN_LAYERS:
            runs = [predicted, gold]
            found = count_confusions(gold, runs, layer, DRAWN_LABELS)
            counts = type_counts(gold, runs, layer, DRAWN_LABELS).sum((1, 2))
            kept = [index for index, label in enumerate(DRAWN_LABELS) if label in found.labels]
            assert counts[kept].sum() == counts.sum()
            assert found.counts[:-1].sum(1).tolist() == counts[kept, 2].tolist()
            assert found.counts[:, :-1].sum(0).tolist() == counts[kept, 1].tolist()
            assert found.counts[-1, -1] == 0
            assert (found.counts.diagonal()[:-1] >= counts[kept, 0]).all()

    def test_event_types_of_sentences_are_not_confused(self) -> None:
        with pytest.raises(ValueError, match="'event_types' is none of the layers entities, triggers"):
            count_confusions(GOLD, [FIRST], "event_types", EVENTS)


def scored(marked: str, *scores: float | None) -> Document:
    """A sentence whose entities and then triggers have these scores, in the order of the text."""
    document = marked_document([marked])
    for item, score in zip([*document.entities, *document.events], scores, strict=True):
        item.score = score
    return document


class TestReliabilityOfSpans:
    GOLD = marked_document(["{قُتل|KILL} [أحمد الخالد|PER] في [مدينة حلب|GPE] [أمس|PER]."])

    def test_scores_are_compared_with_whether_the_span_is_strictly_right(self) -> None:
        # Right; right type and wrong ends; right ends and wrong type.
        found = scored("{قُتل|KILL} [أحمد الخالد|PER] في مدينة [حلب|GPE] [أمس|GPE].", 0.9, 0.85, 0.3, 0.75)
        entities = measure_reliability([self.GOLD], one_run([found]), "entities", ENTITIES)
        assert entities.bins == [
            {"low": 0.3, "high": 0.4, "count": 1, "mean_score": 0.3, "observed": 0.0},
            {"low": 0.8, "high": 0.9, "count": 1, "mean_score": 0.85, "observed": 0.0},
            {"low": 0.9, "high": 1.0, "count": 1, "mean_score": 0.9, "observed": 1.0},
        ]
        assert entities.error == pytest.approx((0.3 + 0.85 + 0.1) / 3)
        triggers = measure_reliability([self.GOLD], one_run([found]), "triggers", EVENTS)
        assert triggers.bins == [{"low": 0.7, "high": 0.8, "count": 1, "mean_score": 0.75, "observed": 1.0}]

    def test_runs_are_taken_together(self) -> None:
        runs = [[scored("{قُتل|KILL} أحمد الخالد في مدينة حلب أمس.", score)] for score in (0.7, 0.75)]
        (only,) = measure_reliability([self.GOLD], runs, "triggers", EVENTS).bins
        assert (only["count"], only["mean_score"], only["observed"]) == (2, pytest.approx(0.725), 1.0)

    def test_spans_without_a_score_are_left_out(self) -> None:
        found = scored("{قُتل|KILL} [أحمد الخالد|PER] في [مدينة حلب|GPE] أمس.", 0.9, None, None)
        assert [row["count"] for row in measure_reliability([self.GOLD], [[found]], "entities", ENTITIES).bins] == [1]
        assert measure_reliability([self.GOLD], one_run([found]), "triggers", EVENTS) == Reliability([], None)

    def test_a_span_that_another_keeps_from_its_words_is_none(self) -> None:
        gold = marked_document(["هاجم [وداعش|ARMED]."])
        found = gold.without_annotations()
        found.add_entity(6, 10, "ARMED", score=0.2)
        # Counts as the same word, which the first one has.
        found.add_entity(5, 10, "ARMED", score=0.9)
        found.add_entity(5, 10, "PER", score=0.6)
        (only,) = measure_reliability([gold], one_run([found]), "entities", ENTITIES).bins
        assert (only["count"], only["mean_score"], only["observed"]) == (1, 0.9, 1.0)

    def test_a_span_that_begins_in_the_sentence_before_does_not_give_its_score(self) -> None:
        gold = marked_document(["قصفت حلب.", "[دمشق|GPE] هنا."])
        found = gold.without_annotations()
        found.add_entity(gold.text.index("حلب"), gold.entities[0].end, "GPE", score=0.2)
        found.add_entity(gold.entities[0].start, gold.entities[0].end, "GPE", score=0.9)
        wrong, right = measure_reliability([gold], one_run([found]), "entities", ENTITIES).bins
        assert (wrong["mean_score"], wrong["observed"]) == (0.2, 0.0)
        assert (right["mean_score"], right["observed"]) == (0.9, 1.0)

    @given(document_pairs(), st.randoms(use_true_random=False))
    def test_all_spans_that_count_are_in_the_bins_and_the_hits_came_true(
        self, pair: tuple[Document, Document], random: Random
    ) -> None:
        gold, predicted = pair
        for item in (*predicted.entities, *predicted.events):
            item.score = random.random()
        for layer in SPAN_LAYERS:
            hits, spans, _ = type_counts([gold], one_run([predicted]), layer, DRAWN_LABELS).sum((0, 1, 2))
            found = measure_reliability([gold], one_run([predicted]), layer, DRAWN_LABELS)
            assert sum(row["count"] for row in found.bins) == spans
            assert sum(row["count"] * row["observed"] for row in found.bins) == pytest.approx(hits)
            assert (found.error is None) == (spans == 0)

    @pytest.mark.parametrize("score", [1.5, -0.1, float("nan")])
    def test_a_score_that_is_no_probability_is_refused(self, score: float) -> None:
        with pytest.raises(ValueError, match=f"the score {score} is no number from 0 to 1"):
            measure_reliability(
                [self.GOLD], [[scored("{قُتل|KILL} أحمد الخالد في مدينة حلب أمس.", score)]], "triggers", EVENTS
            )


class TestReliabilityOfEventTypes:
    SCORES = (
        ({"KILL": 0.2, "CAPTURE": 0.9, "SHELLING": 0.1}, {"KILL": 0.4, "CAPTURE": 0.6, "SHELLING": 0.3}),
        # As for a sentence without words: no scores.
        ({"KILL": 0.1, "CAPTURE": 0.2, "SHELLING": 0.7}, {}),
    )

    def found(self) -> list[Document]:
        documents = [Document.from_dict(document.to_dict()) for document in FIRST]
        for document, rows in zip(documents, self.SCORES, strict=True):
            for sentence, scores in zip(document.sentences, rows, strict=True):
                sentence.type_scores = dict(scores)
        return documents

    def test_one_run_has_the_numbers_of_the_report(self) -> None:
        expected = detailed_scores(GOLD, self.found(), SCHEMA)["event_types"]["ranking"]
        found = measure_reliability(GOLD, one_run(self.found()), "event_types", EVENTS)
        assert found == Reliability(expected["reliability"], expected["calibration_error"])
        assert sum(row["count"] for row in found.bins) == 4 * len(EVENTS)

    def test_runs_are_taken_together_and_one_without_scores_does_not_count(self) -> None:
        one = measure_reliability(GOLD, one_run(self.found()), "event_types", EVENTS)
        three = measure_reliability(GOLD, [self.found(), FIRST, self.found()], "event_types", EVENTS)
        assert [row["count"] for row in three.bins] == [2 * row["count"] for row in one.bins]
        assert three.error == pytest.approx(one.error)
        assert measure_reliability(GOLD, [FIRST], "event_types", EVENTS) == Reliability([], None)
