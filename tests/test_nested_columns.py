"""Nested columns, ``word TAG [TAG …]`` as in Wojood: the outermost spans are kept, the others counted."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import assert_linear

from trainer.documents import Document
from trainer.formats.iob2 import is_iob2, read_iob2, write_iob2
from trainer.formats.nested_columns import LeftOut, nested_spans, outermost
from trainer.formats.tag_schemes import OUTSIDE, Tag, WordSpan

NESTED = """\
التقى O
رئيس B-OCC
بلدية I-OCC B-ORG
إدلب I-ORG I-OCC B-GPE
بوفد O
من O
نقابة B-ORG
عمال I-ORG
جامعة I-ORG B-ORG
حلب B-GPE I-ORG I-ORG
. O
$#$ O

وصل O
أحمد B-PERS
الخالد I-PERS
إلى O
حماة B-GPE
"""
OUTERMOST = [
    ("OCC", "رئيس بلدية إدلب"),
    ("ORG", "نقابة عمال جامعة حلب"),
    ("PERS", "أحمد الخالد"),
    ("GPE", "حماة"),
]
FOUND = "words with several tags; read as nested spans, of which the outermost are kept"
BREAKS = "a row $#$, which is no word; such rows ({} in this file) are left out"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("nested")


def read(folder: Path, content: str) -> tuple[list[Document], list[tuple[int, str]]]:
    """Return the documents of a file with this content, and the reports with the numbers of their lines."""
    path = folder / "news.txt"
    path.write_text(content, encoding="utf-8", newline="")
    reports: list[tuple[int, str]] = []
    found = read_iob2(path, lambda place, problem: reports.append((int(place.rpartition(":")[2]), problem)))
    return found, reports


def entities(found: list[Document]) -> list[tuple[str, str]]:
    return [(entity.label, entity.text) for document in found for entity in document.entities]


@st.composite
def spans_in_each_other(draw: st.DrawFn, words: int = 8) -> list[WordSpan]:
    """Draw spans of which any two lie in each other or apart; all that begin or end together have their own label."""
    spans: list[WordSpan] = []
    labels = st.sampled_from(["ORG", "GPE", "OCC"])
    for first, last in draw(st.lists(st.tuples(st.integers(0, words - 1), st.integers(1, words)), max_size=8)):
        if first >= last or any(_cross((first, last), (a, b)) for a, b, _ in spans):
            continue
        label = draw(labels)
        if not any(label == other and first < b and a < last for a, b, other in spans):
            spans.append((first, last, label))
    return sorted(spans)


def _cross(one: tuple[int, int], other: tuple[int, int]) -> bool:
    (first, last), (a, b) = sorted([one, other], key=lambda span: (span[0], -span[1]))
    return first < a < last < b


def tags_of(spans: list[WordSpan], words: int = 8) -> list[list[Tag]]:
    return [
        [("B" if word == first else "I", label) for first, last, label in spans if first <= word < last]
        for word in range(words)
    ]


def lines_of(words: list[list[Tag]]) -> str:
    """Return the lines of a file with these tags, and one more without any: see has_nested_columns."""
    rows = [
        " ".join(["كلمة", *(f"{prefix}-{label}" for prefix, label in tags)] if tags else ["كلمة", OUTSIDE])
        for tags in words
    ]
    return "\n".join([*rows, ". O", ""])


class TestReading:
    def test_the_outermost_spans_are_kept_and_the_others_reported_with_counts(self, folder: Path) -> None:
        found, reports = read(folder, NESTED)
        assert entities(found) == OUTERMOST
        assert reports == [
            (3, f"{FOUND}; spans left out inside a longer one: 4 (GPE 2, ORG 2)"),
            (12, BREAKS.format(1)),
        ]

    def test_words_and_sentences_are_those_of_the_file(self, folder: Path) -> None:
        ((document,), _) = read(folder, NESTED)
        assert document.text == ("التقى رئيس بلدية إدلب بوفد من نقابة عمال جامعة حلب .\nوصل أحمد الخالد إلى حماة")
        assert [len(document.words_of(sentence)) for sentence in document.sentences] == [11, 5]
        assert document.layers == ("entities",)

    def test_such_files_are_recognised(self, tmp_path: Path) -> None:
        (tmp_path / "train.txt").write_text(NESTED, encoding="utf-8")
        assert is_iob2(tmp_path / "train.txt")

    @given(order=st.randoms(use_true_random=False))
    def test_the_order_of_the_tags_of_a_word_changes_nothing(self, folder: Path, order: random.Random) -> None:
        rows = [line.split(" ") for line in NESTED.split("\n")]
        shuffled = "\n".join(" ".join([row[0], *order.sample(row[1:], len(row) - 1)]) for row in rows)
        assert read(folder, shuffled) == read(folder, NESTED)

    def test_of_two_spans_over_the_same_words_the_label_first_in_the_alphabet_is_kept(self, folder: Path) -> None:
        found, reports = read(folder, "وزنها O\nكيلو B-UNIT B-QUANTITY\n")
        assert entities(found) == [("QUANTITY", "كيلو")]
        same = "spans left out over the same words as another, whose label is the first of the alphabet: 1 (UNIT 1)"
        assert reports == [(2, f"{FOUND}; {same}")]

    def test_of_two_spans_that_cross_the_longer_is_kept(self, folder: Path) -> None:
        found, reports = read(folder, "وصل O\nوزير B-OCC\nخارجية I-OCC B-ORG\nالحكومة I-ORG\nالسورية I-ORG\n")
        assert entities(found) == [("ORG", "خارجية الحكومة السورية")]
        assert reports == [(3, f"{FOUND}; spans left out over the edge of a longer one: 1 (OCC 1)")]

    def test_an_i_that_continues_nothing_is_reported_and_begins_a_span(self, folder: Path) -> None:
        found, reports = read(folder, "في O\nبلدية B-ORG\nإدلب I-ORG I-GPE\nوحماة I-GPE\n")
        assert entities(found) == [("ORG", "بلدية إدلب")]
        assert reports == [
            (3, f"{FOUND}; spans left out over the edge of a longer one: 1 (GPE 1)"),
            (3, "I-GPE continues no GPE; read as B-GPE"),
        ]

    def test_what_is_wrong_in_one_of_several_tags_is_reported(self, folder: Path) -> None:
        found, reports = read(
            folder,
            "في O\nبلدية B-ORG\nإدلب I--ORG\u200f B-GPE\nأبو ظبي B-GPE\nحلب O B-GPE\nو O\n" + "مشفى B-ORG B-FAC\n" * 2,
        )
        assert entities(found)[:3] == [("ORG", "بلدية إدلب"), ("GPE", "أبو"), ("GPE", "حلب")]
        assert [(line, problem.partition(";")[0]) for line, problem in reports[1:]] == [
            (3, "invisible marks in the tag 'I--ORG\\u200f'"),
            (3, "tag 'I--ORG' has a hyphen too many"),
            (4, "3 columns where most lines have 2"),
        ]

    def test_a_blank_line_ends_all_spans(self, folder: Path) -> None:
        found, _ = read(folder, "بلدية B-ORG\nإدلب I-ORG B-GPE\n\nحماة I-ORG I-GPE\nفي O\n")
        assert entities(found) == [("ORG", "بلدية إدلب"), ("GPE", "حماة")]

    def test_rows_of_breaks_are_left_out_in_other_files_too(self, folder: Path) -> None:
        found, reports = read(folder, "قال O\n$#$ O\n$#$ O\n\nحلب B-GPE\n$#$ B-GPE\n")
        assert [word.text for document in found for word in document.words] == ["قال", "حلب", "$#$"]
        assert reports == [(2, BREAKS.format(2))]


class TestOtherFilesOfSeveralColumns:
    def test_columns_of_chunks_are_not_nested_names(self, folder: Path) -> None:
        found, reports = read(folder, "وصل B-VP O\nأحمد B-NP B-PERS\nالخالد I-NP I-PERS\nإلى B-PP O\n. O O\n")
        assert entities(found) == [("PERS", "أحمد الخالد")]
        assert reports == []

    def test_a_column_of_word_classes_is_no_tag(self, folder: Path) -> None:
        found, reports = read(folder, "وصل VBD O\nأحمد NNP B-PERS\n")
        assert entities(found) == [("PERS", "أحمد")]
        assert reports == []


class TestSpans:
    @given(spans=spans_in_each_other())
    def test_tags_of_any_nested_spans_give_them_again(self, spans: list[WordSpan]) -> None:
        told: list[tuple[int, str]] = []
        assert nested_spans(tags_of(spans), lambda word, problem: told.append((word, problem))) == spans
        assert told == []

    def test_of_spans_of_one_label_the_one_that_began_first_goes_on(self) -> None:
        words: list[list[Tag]] = [
            [("B", "ORG")],
            [("I", "ORG"), ("B", "ORG")],
            [("I", "ORG"), ("I", "ORG")],
            [("I", "ORG")],
        ]
        assert nested_spans(words, _fail) == [(0, 4, "ORG"), (1, 3, "ORG")]

    @given(spans=st.lists(st.tuples(st.integers(0, 7), st.integers(1, 8), st.sampled_from("ABC")), max_size=9))
    def test_outermost_ones_never_overlap_and_each_span_is_kept_or_counted(self, spans: list[WordSpan]) -> None:
        spans = [span for span in spans if span[0] < span[1]]
        left_out = LeftOut()
        kept = outermost(spans, left_out)
        assert all(one[1] <= other[0] for one, other in pairwise(kept))
        counts = left_out.inside + left_out.same_words + left_out.crossing
        assert sorted([label for _, _, label in kept] + list(counts.elements())) == sorted(
            label for _, _, label in spans
        )
        longest = max((last - first for first, last, _ in spans), default=0)
        assert longest == max((last - first for first, last, _ in kept), default=0)

    @given(spans=spans_in_each_other())
    def test_of_nested_spans_those_that_lie_in_no_other_are_kept(self, spans: list[WordSpan]) -> None:
        def inside(span: WordSpan, other: WordSpan) -> bool:
            return other[0] <= span[0] and span[1] <= other[1] and span[:2] != other[:2]

        around_none = {span[:2] for span in spans if not any(inside(span, other) for other in spans)}
        assert {span[:2] for span in outermost(spans, LeftOut())} == around_none


class TestRoundTrip:
    @given(sentences=st.lists(spans_in_each_other(), min_size=1, max_size=4))
    def test_what_was_kept_is_written_and_read_back_as_it_is(
        self, folder: Path, sentences: list[list[WordSpan]]
    ) -> None:
        found, _ = read(folder, "\n".join(lines_of(tags_of(spans)) for spans in sentences))
        kept = [outermost(spans, LeftOut()) for spans in sentences]
        assert [entity.label for document in found for entity in document.entities] == [
            label for of_sentence in kept for _, _, label in of_sentence
        ]
        write_iob2(found, folder / "news.iob2")
        reports: list[tuple[str, str]] = []
        assert read_iob2(folder / "news.iob2", lambda *report: reports.append(report)) == found
        assert reports == []

    @pytest.mark.parametrize(
        "pattern", [NESTED + "\n", "بلدية B-A B-B\nفي O\n", "بلدية I-A I-B\n", "حلب B-A I-A I-A\n"]
    )
    def test_the_time_grows_with_the_file(self, folder: Path, pattern: str) -> None:
        assert_linear(lambda content: read(folder, content), pattern, 6_000)


def _fail(word: int, problem: str) -> None:
    raise AssertionError(f"word {word}: {problem}")
