"""What a model of arguments must beat: the nearest entity of a label plays the role that such entities played."""

from __future__ import annotations

from argument_samples import ROLE_OF, told, with_arguments
from conftest import TRAINING, marked_document
from hypothesis import given
from hypothesis import strategies as st

from trainer.baselines.nearest_entity import NearestEntityBaseline
from trainer.documents import Argument, Document
from trainer.evaluation.arguments import argument_scores, without_arguments

CLASH = "{اشتبكت|CLASH} [قوات النظام|ARMED] مع [تنظيم داعش|ARMED] قرب [الرقة|GPE]."


def annotated(*sentences: str) -> Document:
    return with_arguments(marked_document(sentences, "ا1"))


def filled(training: Document | list[Document], *sentences: str) -> list[tuple[str, str, str, str]]:
    """Fit the baseline and return what it finds in the marked sentences."""
    baseline = NearestEntityBaseline([training] if isinstance(training, Document) else training)
    (document,) = baseline.fill([marked_document(sentences)])
    return told(document)


class TestWhatItFinds:
    def test_the_nearest_entity_of_a_label_has_the_role_that_such_entities_had(self) -> None:
        training = annotated("{قصفت|SHELLING} [قوات النظام|ARMED] بلدة [تل رفعت|GPE] قرب مدينة أخرى.")
        assert filled(training, "في [دمشق|GPE] {قصفت|SHELLING} [قسد|ARMED] مواقع في ريف [حلب|GPE].") == [
            ("SHELLING", "قصفت", "AGENT", "قسد"),
            ("SHELLING", "قصفت", "PLACE", "دمشق"),
        ]

    def test_of_two_equally_near_the_one_behind_the_trigger(self) -> None:
        training = annotated("{قصف|SHELLING} على [إدلب|GPE].")
        sentence = "[حلب|GPE] ثم {قصف|SHELLING} ثم [دمشق|GPE]."
        assert filled(training, sentence) == [("SHELLING", "قصف", "PLACE", "دمشق")]

    def test_the_second_nearest_is_learnt_on_its_own_as_fighting_has_two_sides(self) -> None:
        roles = [role for *_, role, filler in filled(annotated(CLASH), CLASH)]
        assert roles == ["AGENT", "AGENT", "PLACE"]

    def test_not_the_third(self) -> None:
        three = CLASH.replace(" قرب", " و[قسد|ARMED] قرب")
        assert [filler for *_, filler in filled(annotated(three), three)] == ["قوات النظام", "تنظيم داعش", "الرقة"]

    def test_only_in_the_sentence_of_the_trigger(self) -> None:
        training = annotated("{قصف|SHELLING} على [إدلب|GPE].")
        assert filled(training, "وصل إلى [دمشق|GPE].", "{قصف|SHELLING} ليلي.", "وصل إلى [حلب|GPE].") == []

    def test_an_event_type_or_a_label_that_training_has_not_gets_nothing(self) -> None:
        training = annotated("{قصف|SHELLING} على [إدلب|GPE].")
        assert filled(training, "{مقتل|KILL} عنصر في [إدلب|GPE].", "{قصف|SHELLING} من [قسد|ARMED].") == []

    def test_an_entity_may_have_two_roles(self) -> None:
        training = marked_document(["{قُتل|KILL} [شخصان|PEOPLE] أمس."], "ا1")
        id = training.entities[0].id
        training.events[0].arguments = [Argument("TARGET", id), Argument("COUNT", id)]
        found = filled(training, "{قُتل|KILL} [ثلاثة|PEOPLE] في المدينة.")
        assert [role for _, _, role, _ in found] == ["COUNT", "TARGET"]


class TestWhatItLearns:
    def test_a_role_that_would_lower_the_f1_of_training_is_left_out(self) -> None:
        # Every fourth place only: to say it always would be right in one of four.
        often = annotated("{قصفت|SHELLING} [قوات النظام|ARMED] بلدة أمس.")
        rarely = [with_arguments(marked_document([TRAINING[3]], f"م{n}"), {"ARMED": "AGENT"}) for n in range(9)]
        once = annotated(TRAINING[3])
        assert {role for _, _, role, _ in filled([often, once, *rarely], TRAINING[3])} == {"AGENT"}

    def test_documents_in_which_no_event_has_an_argument_are_not_annotated_and_teach_nothing(self) -> None:
        training = annotated("{قصف|SHELLING} على [إدلب|GPE].")
        bare = marked_document(["{قصف|SHELLING} على [حلب|GPE]."] * 20, "ا2")
        assert filled([training, bare], "{قصف|SHELLING} على [دمشق|GPE].") != []

    def test_without_training_it_finds_nothing(self) -> None:
        assert filled([], CLASH) == []

    def test_what_is_simple_it_learns_whole(self) -> None:
        simple = [annotated(*TRAINING)]
        found = NearestEntityBaseline(simple).fill(simple)
        assert argument_scores(simple, found)["micro"]["f1"] > 0.8


class TestWhatItGivesBack:
    def test_a_copy_in_which_only_the_arguments_are_others(self) -> None:
        given = annotated(CLASH)
        before = annotated(CLASH)
        (found,) = NearestEntityBaseline([annotated(*TRAINING)]).fill([given])
        assert given == before
        assert without_arguments(found) == without_arguments(given)

    def test_scores_are_shares_of_training(self) -> None:
        training = annotated("{قصف|SHELLING} على [إدلب|GPE].", "{قصف|SHELLING} على [حلب|GPE].")
        training.events[1].arguments = []
        (document,) = NearestEntityBaseline([training]).fill([marked_document(["{قصف|SHELLING} على [حلب|GPE]."])])
        assert [argument.score for argument in document.events[0].arguments] == [0.5]

    @given(st.permutations(TRAINING), st.permutations(TRAINING))
    def test_it_labels_any_documents_and_always_alike(self, training: list[str], tested: list[str]) -> None:
        known, asked = annotated(*training), marked_document(tested)
        first, again = (NearestEntityBaseline([known]).fill([asked]) for _ in range(2))
        assert first == again
        labels = {entity.id: entity.label for entity in asked.entities}
        for event in first[0].events:
            for argument in event.arguments:
                assert argument.role == ROLE_OF[labels[argument.entity]]
