"""Spans whose edges are odd: half words, punctuation, lone quotes, words that others of their label include."""

from __future__ import annotations

import pytest
from conftest import marked_document

from trainer.diagnosis.boundaries import odd_boundaries
from trainer.diagnosis.findings import Finding
from trainer.diagnosis.first_words import first_words
from trainer.documents import Document, Origin


def found(text: str, part: str, *, label: str = "ARMED") -> list[Finding]:
    """Return what is odd about the one entity ``part`` of ``text``."""
    document = Document.from_text(text, "010")
    start = text.index(part)
    document.add_entity(start, start + len(part), label)
    return list(odd_boundaries({"train": [document]}))


class TestHalfWords:
    @pytest.mark.parametrize(
        ("part", "whole"),
        [
            pytest.param("قوات النظام", "وقوات النظام", id="an attached و left out"),
            pytest.param("وقوات النظ", "وقوات النظام", id="cut at the end"),
            pytest.param("قوات النظا", "وقوات النظام", id="cut at both ends"),
        ],
    )
    def test_a_span_within_a_word_suggests_the_whole_words(self, part: str, whole: str) -> None:
        (finding,) = found("انسحب المسلحون وقوات النظام من البلدة.", part)
        assert (finding.kind, finding.text, finding.suggested) == ("half-word", part, whole)

    def test_marks_of_the_last_letter_that_are_cut_off_are_a_boundary(self) -> None:
        (finding,) = found("قُتل عنصراً في البلدة.", "عنصرا", label="PEOPLE")
        assert found("قُتل عنصرٌ في البلدة.", "عنصر", label="PEOPLE")[0].kind == "boundary"
        assert (finding.kind, finding.suggested) == ("boundary", "عنصراً")

    def test_triggers_are_looked_at_as_entities_are(self) -> None:
        document = Document.from_text("وقصف الطيران البلدة.")
        document.add_event(1, 4, "AIRSTRIKE")
        (finding,) = odd_boundaries({"train": [document]})
        assert (finding.kind, finding.label, finding.suggested) == ("half-word", "AIRSTRIKE", "وقصف")


class TestBoundaries:
    @pytest.mark.parametrize(
        ("text", "part", "better"),
        [
            pytest.param("وصل داعش، ثم انسحب.", "داعش،", "داعش", id="a comma behind"),
            pytest.param("وصل: داعش ثم انسحب.", ": داعش", "داعش", id="a colon before"),
            pytest.param("وصل داعش ثم انسحب.", " داعش", "داعش", id="white space"),
            pytest.param("وصل “داعش” ثم انسحب.", "داعش”", "“داعش”", id="one quote, its partner beside the span"),
            pytest.param("وصل داعش” ثم انسحب.", "داعش”", "داعش", id="one quote without a partner"),
            pytest.param("في سجن (الصناعة) أمس.", "سجن (الصناعة", "سجن (الصناعة)", id="an open bracket"),
            pytest.param("وصل و داعش ثم انسحب.", "و داعش", "داعش", id="a و that is a word of its own"),
            pytest.param("وصل وـ داعش ثم انسحب.", "وـ داعش", "داعش", id="such a و with tatweel"),
        ],
    )
    def test_an_odd_edge_suggests_a_better_one(self, text: str, part: str, better: str) -> None:
        (finding,) = found(text, part)
        assert (finding.kind, finding.text, finding.suggested) == ("boundary", part, better)

    @pytest.mark.parametrize(
        ("text", "part"),
        [
            ("وصل “داعش” ثم انسحب.", "داعش"),
            ("في سجن (الصناعة) أمس.", "سجن (الصناعة)"),
            ('وقالت لـ"قسد" أمس.', 'لـ"قسد"'),
            ("ارتفع 50% أمس.", "50%"),
            ("وصل وفد U.S. أمس.", "U.S."),
            ("يوم ”الأربعاء – الخميس“ أمس.", "الأربعاء – الخميس"),
            ("قُتل عنصراً في البلدة.", "عنصراً"),
        ],
    )
    def test_sound_edges_are_passed_over(self, text: str, part: str) -> None:
        assert found(text, part) == []

    def test_quotes_around_a_whole_span_are_odd_where_others_leave_them_outside(self) -> None:
        outside = [f"وصل «[{name}|ARMED]» أمس." for name in ("داعش", "قسد", "النصرة")]
        document = marked_document([*outside, "وصل [«الأسايش»|ARMED] أمس."])
        (finding,) = odd_boundaries({"train": [document]})
        assert (finding.text, finding.suggested) == ("«الأسايش»", "الأسايش")
        inside = marked_document([sentence.replace("«[", "[«").replace("|ARMED]»", "»|ARMED]") for sentence in outside])
        assert list(odd_boundaries({"train": [inside]})) == [], "a corpus that includes them does so by rule"


class TestFirstWords:
    INCLUDED = tuple(f"دخل الجيش [مدينة {name}|GPE] أمس." for name in ("حلب", "حمص", "درعا", "إدلب", "الرقة"))

    def test_a_word_is_odd_outside_where_the_label_mostly_includes_it(self) -> None:
        document = marked_document([*self.INCLUDED, "خرج الوفد من مدينة [منبج|GPE] اليوم."])
        (finding,) = first_words({"train": [document]})
        assert (finding.kind, finding.text, finding.suggested) == ("boundary", "منبج", "مدينة منبج")
        assert (
            finding.message == "'منبج' leaves out 'مدينة', with which GPE begins 5 times and which it leaves out once"
        )

    def test_a_word_is_odd_inside_where_the_label_mostly_leaves_it_out(self) -> None:
        outside = [f"اشتباكات في محيط [سجن {name}|FAC] أمس." for name in ("الصناعة", "حلب", "حمص", "درعا", "الرقة")]
        document = marked_document([*outside, "قصف على [محيط سجن عفرين|FAC] اليوم."])
        (finding,) = first_words({"train": [document]})
        assert (finding.text, finding.suggested) == ("محيط سجن عفرين", "سجن عفرين")

    def test_nothing_is_said_where_both_are_common_or_rare(self) -> None:
        outside = [sentence.replace("[مدينة ", "مدينة [") for sentence in self.INCLUDED]
        assert list(first_words({"train": [marked_document([*self.INCLUDED, *outside])]})) == []
        assert list(first_words({"train": [marked_document([*self.INCLUDED[:3], outside[0]])]})) == []

    def test_a_word_before_several_names_belongs_to_none(self) -> None:
        document = marked_document([*self.INCLUDED, "قرب مدينة [منبج|GPE] [والباب|GPE] اليوم."])
        assert list(first_words({"train": [document]})) == []


class TestPlaces:
    def test_a_finding_has_the_file_and_line_of_its_span(self) -> None:
        text = "هدوء في البلدة.\nوصل داعش، ثم انسحب."
        document = Document.from_text(text, "010")
        document.origin = Origin("أخبار.marked", ((0, 3), (16, 7)))
        start = text.index("داعش،")
        document.add_entity(start, start + 5, "ARMED")
        (finding,) = odd_boundaries({"train": [document]})
        assert (finding.place, finding.file, finding.line) == ("أخبار.marked:7", "أخبار.marked", 7)

    def test_a_document_that_no_file_was_read_for_is_named(self) -> None:
        (finding,) = found("وصل داعش، ثم انسحب.", "داعش،")
        assert (finding.place, finding.file, finding.line) == ("document 010", "", None)
