"""What labels say of each other: rare ones, the same words with different ones, words that are marked elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from conftest import marked_document

from trainer.diagnosis.findings import Finding
from trainer.diagnosis.label_conflicts import label_conflicts
from trainer.diagnosis.missed_mentions import missed_mentions
from trainer.diagnosis.rare_labels import FEW, rare_labels
from trainer.documents import Argument, Document
from trainer.schema import LabelType, Schema, schema_of_labels


def conflicts(*sentences: str) -> list[Finding]:
    return list(label_conflicts({"train": [marked_document(sentences)]}))


def missed(*sentences: str) -> list[Finding]:
    return list(missed_mentions({"train": [marked_document(sentences)]}))


class TestRareLabels:
    SCHEMA = schema_of_labels("صغير", ["ARMED", "GPE", "WEAPON"], ["KILL"])
    ENOUGH = tuple(f"دخل [فصيل{number}|ARMED] [بلدة{number}|GPE] و{{قتل|KILL}} مدنيين." for number in range(FEW))

    def rare(self, splits: Mapping[str, Sequence[Sequence[str]]]) -> list[Finding]:
        documents = {
            split: [marked_document(sentences, f"{split}-{number}") for number, sentences in enumerate(texts)]
            for split, texts in splits.items()
        }
        return list(rare_labels(documents, self.SCHEMA))

    def test_a_label_of_the_schema_that_never_occurs_is_told_without_a_place_in_the_text(self) -> None:
        half = FEW // 2
        (finding,) = self.rare({"train": [self.ENOUGH[:half], self.ENOUGH[half:]]})
        assert (finding.label, finding.place, finding.start, finding.end) == ("WEAPON", "schema صغير", 0, 0)

    def test_a_label_with_few_examples_is_told_with_their_number_and_the_first(self) -> None:
        half = FEW // 2
        sentences = [(*self.ENOUGH[:half], "ضبطوا [بندقية|WEAPON]."), (*self.ENOUGH[half:], "ضبطوا [ذخيرة|WEAPON].")]
        (finding,) = self.rare({"train": sentences})
        assert (finding.label, finding.text) == ("WEAPON", "بندقية")
        assert "has 2 training examples, in 2 documents" in finding.message

    def test_a_label_in_one_document_only_is_told(self) -> None:
        guns = [f"ضبطوا [بندقية{number}|WEAPON]." for number in range(FEW)]
        (finding,) = self.rare({"train": [(*self.ENOUGH, *guns), self.ENOUGH]})
        assert "all in document train-0" in finding.message

    def test_only_what_is_learnt_from_counts(self) -> None:
        guns = [f"ضبطوا [بندقية{number}|WEAPON]." for number in range(FEW)]
        half = FEW // 2
        train = [self.ENOUGH[:half], self.ENOUGH[half:]]
        assert [finding.label for finding in self.rare({"train": train, "test": [guns]})] == ["WEAPON"]
        assert self.rare({"train": train, "training_only": [guns[:half], guns[half:]]}) == []

    def test_layers_that_nobody_annotated_are_left_out(self) -> None:
        document = marked_document(self.ENOUGH)
        document.keep_layers(["triggers"])
        assert [f.label for f in rare_labels({"train": [document]}, self.SCHEMA)] == []

    def test_roles_are_counted_where_events_have_arguments(self) -> None:
        schema = Schema("صغير", self.SCHEMA.entities, self.SCHEMA.events, roles=(LabelType("AGENT", "فاعل", ""),))
        document = marked_document(self.ENOUGH)
        assert all(finding.label != "AGENT" for finding in rare_labels({"train": [document]}, schema))
        document.events[0].arguments.append(Argument("AGENT", "T1"))
        (finding,) = [f for f in rare_labels({"train": [document]}, schema) if f.label == "AGENT"]
        assert (finding.text, finding.message[:14]) == ("قتل", "the role AGENT")


class TestLabelConflicts:
    def test_what_departs_from_the_rule_is_told_with_the_rule(self) -> None:
        usual = [f"دخلت [{name}|ARMED] البلدة." for name in ("قوات النظام", "قواتُ النظام", "وقوات النظام")]
        (finding,) = conflicts(*usual, "صرحت [قوات النظام|ORG] أمس.")
        assert (finding.text, finding.label, finding.suggested, finding.score) == ("قوات النظام", "ORG", "ARMED", 0.75)
        assert finding.message == "'قوات النظام' is ORG here; the same words are ARMED 3 times and ORG once"

    def test_words_with_two_common_labels_are_one_question(self) -> None:
        (finding,) = conflicts(*["[حماس|ORG] تفاوض."] * 3, *["[حماس|ARMED] تقاتل."] * 4)
        assert (finding.text, finding.label, finding.suggested, finding.score) == ("حماس", "ORG", "", None)
        assert "ARMED 4 times and ORG 3 times" in finding.message

    def test_a_single_word_that_has_another_meaning_once_is_passed_over(self) -> None:
        assert conflicts(*["[المدافع|WEAPON] تقصف."] * 3, "إيقاف [المدافع|OCC] مباراتين.") == []
        (finding,) = conflicts(*["[المدافع|WEAPON] تقصف."] * 7, "إيقاف [المدافع|OCC] مباراتين.")
        assert finding.suggested == "WEAPON"

    def test_triggers_are_compared_with_triggers_only(self) -> None:
        assert conflicts(*["{القصف|SHELLING} مستمر على [القصف|GPE]."] * 9) == []
        (finding,) = conflicts(*["{القصف|SHELLING} مستمر."] * 9, "{القصف|CLASH} مستمر.")
        assert (finding.label, finding.suggested) == ("CLASH", "SHELLING")

    def test_words_over_a_line_break_are_told_in_one_line(self) -> None:
        made = [Document.from_text("قوات\nالنظام", "خبر") for _ in range(4)]
        for document, label in zip(made, ["ARMED", "ARMED", "ARMED", "ORG"], strict=True):
            document.add_entity(0, 11, label)
        (finding,) = label_conflicts({"train": made})
        assert (finding.text, finding.message.startswith("'قوات\\nالنظام' is ORG here")) == ("قوات\nالنظام", True)

    def test_one_label_each_gives_nothing(self) -> None:
        assert conflicts(*["دخلت [قوات النظام|ARMED] [حلب|GPE]."] * 5) == []


class TestMissedMentions:
    MARKED = tuple("دخلت [قوات النظام|ARMED] البلدة." for _ in range(2))

    @pytest.mark.parametrize("words", ["قوات النظام", "وقوات النظام", "قواتُ النظام", "قوات “النظام”"])
    def test_words_that_are_marked_elsewhere_are_told_where_they_are_not(self, words: str) -> None:
        (finding,) = missed(*self.MARKED, f"انسحبت {words} أمس.")
        assert finding.text == words.rstrip("”")
        assert (finding.label, finding.suggested) == ("", "ARMED")
        assert finding.score == pytest.approx(2 / 3)

    @pytest.mark.parametrize(
        "sentence",
        [
            pytest.param("انسحبت قوات، النظام يقول.", id="a comma between"),
            pytest.param("قصفت [قاعدة قوات النظام|FAC] أمس.", id="inside another entity"),
            pytest.param("انسحبت قوات النظامي أمس.", id="the beginning of a longer word"),
        ],
    )
    def test_other_words_are_passed_over(self, sentence: str) -> None:
        assert missed(*self.MARKED, sentence) == []

    def test_words_that_are_mostly_unmarked_are_passed_over(self) -> None:
        assert len(missed(*self.MARKED, "انسحبت قوات النظام.")) == 1
        assert missed(*self.MARKED, *["انسحبت قوات النظام."] * 2) == []

    def test_a_single_word_counts_in_a_document_that_marks_it_elsewhere(self) -> None:
        marked = marked_document(["زار [القاهرة|GPE] أمس."] * 4, "a")
        other = marked_document(["حالة القوة القاهرة سارية."], "b")
        assert list(missed_mentions({"train": [marked, other]})) == []
        same = marked_document([*["زار [القاهرة|GPE] أمس."] * 4, "عاد من القاهرة."], "a")
        (finding,) = missed_mentions({"train": [same]})
        assert finding.text == "القاهرة"

    def test_a_single_word_that_is_marked_nearly_always_counts_anywhere(self) -> None:
        marked = marked_document(["زار [القاهرة|GPE] أمس."] * 9, "a")
        (finding,) = missed_mentions({"train": [marked, marked_document(["عاد من القاهرة."], "b")]})
        assert (finding.document, finding.text, finding.score) == ("b", "القاهرة", 0.9)

    def test_a_layer_that_a_document_does_not_have_is_not_missed_in_it(self) -> None:
        silent = marked_document(["انسحبت قوات النظام أمس."], "b")
        silent.keep_layers(["triggers"])
        assert list(missed_mentions({"train": [marked_document(self.MARKED), silent]})) == []

    def test_triggers_are_missed_outside_of_names_only(self) -> None:
        marked = ["{القصف|SHELLING} مستمر."] * 9
        (finding,) = missed(*marked, "توقف القصف أمس.")
        assert (finding.text, finding.suggested) == ("القصف", "SHELLING")
        assert missed(*marked, "قال [ضحايا القصف|PEOPLE] أمس.") == []

    def test_numbers_are_not_words(self) -> None:
        assert missed(*["قُتل [30|CARDINAL] مدنياً."] * 9, "بعد 30 كيلومتراً.") == []
