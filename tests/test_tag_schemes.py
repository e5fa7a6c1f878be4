"""Schemes of tags, IOB2, IOB1, BIOES and BILOU: found from the tags alone, read, and written."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import ENCODABLE_TEXT, documents

from trainer.documents import Document, Sentence, Span
from trainer.formats.iob2 import is_iob2, read_iob2, write_iob2
from trainer.formats.tag_schemes import (
    BILOU,
    BIOES,
    IOB1,
    IOB2,
    SCHEMES,
    SLIPS,
    Scheme,
    WordSpan,
    scheme_of,
    spans_of_tags,
    split_tag,
    tags_of_spans,
)
from trainer.text.words import word_offsets

EVERY_SCHEME = pytest.mark.parametrize("scheme", SCHEMES.values(), ids=list(SCHEMES))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("schemes")


@st.composite
def flat_spans(draw: st.DrawFn, words: int = 8) -> list[WordSpan]:
    """Draw spans of a sentence of ``words`` words, side by side or apart, never over each other."""
    edges = sorted(draw(st.sets(st.integers(0, words), max_size=words)))
    labels = st.sampled_from(["PERS", "LOC", "A-B"])
    spans = [(first, last, draw(labels)) for first, last in pairwise(edges)]
    return [span for span in spans if draw(st.booleans())]


def split(tags: list[str], scheme: Scheme) -> list[tuple[str, str]]:
    found = [split_tag(tag, scheme.prefixes) for tag in tags]
    return [parts for parts in found if parts is not None]


def read(folder: Path, content: str) -> tuple[list[tuple[str, str]], list[tuple[int, str]]]:
    """Return the entities of a file with this content, and the reports with the numbers of their lines."""
    path = folder / "news.txt"
    path.write_text(content, encoding="utf-8", newline="")
    reports: list[tuple[int, str]] = []
    found = read_iob2(path, lambda place, problem: reports.append((int(place.rpartition(":")[2]), problem)))
    return [(entity.label, entity.text) for document in found for entity in document.entities], reports


def words_of(document: Document) -> list[list[str]]:
    """Return the words by sentence, without sentences that have none."""
    sentences = ([word.text for word in document.words_of(sentence)] for sentence in document.sentences)
    return list(filter(None, sentences))


def entities_of(document: Document) -> list[WordSpan]:
    """Return the entities, which begin and end with words, as spans of words."""
    starts, ends = [word.start for word in document.words], [word.end for word in document.words]
    return sorted((starts.index(e.start), ends.index(e.end) + 1, e.label) for e in document.entities)


class TestTagsOfSpans:
    SPANS = ((0, 2, "PERS"), (2, 3, "PERS"), (4, 5, "LOC"))

    @pytest.mark.parametrize(
        ("scheme", "tags"),
        [
            (IOB2, "B-PERS I-PERS B-PERS O B-LOC"),
            (IOB1, "I-PERS I-PERS B-PERS O I-LOC"),
            (BIOES, "B-PERS E-PERS S-PERS O S-LOC"),
            (BILOU, "B-PERS L-PERS U-PERS O U-LOC"),
        ],
    )
    def test_every_scheme_has_its_own(self, scheme: Scheme, tags: str) -> None:
        assert tags_of_spans(self.SPANS, 5, scheme) == tags.split()

    def test_iob1_begins_with_b_only_behind_the_same_label(self) -> None:
        assert tags_of_spans([(0, 1, "PERS"), (1, 2, "LOC"), (3, 4, "LOC")], 4, IOB1) == [
            "I-PERS",
            "I-LOC",
            "O",
            "I-LOC",
        ]

    @EVERY_SCHEME
    @given(spans=flat_spans())
    def test_they_give_the_spans_again_and_nothing_to_tell(self, scheme: Scheme, spans: list[WordSpan]) -> None:
        told: list[tuple[int, str]] = []
        tags = split(tags_of_spans(spans, 8, scheme), scheme)
        assert list(spans_of_tags(tags, scheme, lambda word, problem: told.append((word, problem)))) == spans
        assert told == []


class TestWhichSchemeItIs:
    @given(spans=st.lists(flat_spans(), max_size=5))
    def test_what_iob2_wrote_is_never_taken_for_another(self, spans: list[list[WordSpan]]) -> None:
        assert scheme_of([tags_of_spans(of_sentence, 8, IOB2) for of_sentence in spans]) == IOB2

    @pytest.mark.parametrize("scheme", [BIOES, BILOU], ids=["bioes", "bilou"])
    @given(spans=st.lists(flat_spans(), max_size=5).filter(any))
    def test_what_bioes_and_bilou_wrote_is_always_found(self, scheme: Scheme, spans: list[list[WordSpan]]) -> None:
        assert scheme_of([tags_of_spans(of_sentence, 8, scheme) for of_sentence in spans]) == scheme

    @given(spans=st.lists(flat_spans(), max_size=5))
    def test_iob1_is_found_where_more_spans_begin_with_i_than_slips_would(self, spans: list[list[WordSpan]]) -> None:
        tags = [tags_of_spans(of_sentence, 8, IOB1) for of_sentence in spans]
        begun = sum(
            tags_of[first].startswith("I") for tags_of, of in zip(tags, spans, strict=True) for first, _, _ in of
        )
        assert scheme_of(tags) == (IOB1 if begun > SLIPS else IOB2)

    def test_where_it_could_be_several_it_is_iob2(self) -> None:
        assert scheme_of([]) == IOB2
        assert scheme_of([["O", "O"]]) == IOB2
        assert scheme_of([["B-PERS", "I-PERS", "B-PERS"]]) == IOB2

    def test_one_word_alone_shows_nothing(self) -> None:
        assert scheme_of([["S-PERS"]]) == IOB2
        assert scheme_of([["S-PERS"], ["O"]]) == BIOES

    def test_slips_do_not_make_another_scheme(self) -> None:
        plain = [["B-PERS", "I-PERS", "O"]] * 5
        assert scheme_of([*plain, ["S-PERS", "E-PERS"]]) == IOB2
        assert scheme_of([*plain, *([["I-PERS", "O"]] * 5)]) == IOB2
        assert scheme_of([*plain, *([["I-PERS", "O"]] * 6)]) == IOB1


class TestReading:
    def test_bioes_is_read_and_reported_once(self, folder: Path) -> None:
        content = "وصل O\nأحمد B-PERS\nسالم I-PERS\nالخالد E-PERS\nإلى O\nحلب S-LOC\nإدلب S-LOC\n"
        assert read(folder, content) == (
            [("PERS", "أحمد سالم الخالد"), ("LOC", "حلب"), ("LOC", "إدلب")],
            [(2, "the tags of this file are BIOES; read as such")],
        )

    def test_bilou_is_read_and_reported_once(self, folder: Path) -> None:
        assert read(folder, "أحمد B-PERS\nالخالد L-PERS\nإلى O\nحلب U-LOC\n") == (
            [("PERS", "أحمد الخالد"), ("LOC", "حلب")],
            [(1, "the tags of this file are BILOU; read as such")],
        )

    def test_iob1_is_read_and_reported_once(self, folder: Path) -> None:
        content = "في O\nمدينة I-LOC\nحلب I-LOC\nإدلب B-LOC\nقسد I-ORG\nو O\nحماة I-LOC\n\nحمص I-LOC\n"
        assert read(folder, content) == (
            [("LOC", "مدينة حلب"), ("LOC", "إدلب"), ("ORG", "قسد"), ("LOC", "حماة"), ("LOC", "حمص")],
            [(2, "the tags of this file are IOB1; read as such")],
        )

    def test_a_span_without_its_end_or_its_beginning_is_reported(self, folder: Path) -> None:
        content = "أحمد B-PERS\nقال O\nالخالد E-PERS\nحلب S-LOC\nمدينة B-LOC\nإدلب E-LOC\nدرعا I-LOC\nفي O\nحمص S-LOC\n"
        assert read(folder, content) == (
            [
                ("PERS", "أحمد"),
                ("PERS", "الخالد"),
                ("LOC", "حلب"),
                ("LOC", "مدينة إدلب"),
                ("LOC", "درعا"),
                ("LOC", "حمص"),
            ],
            [
                (1, "the tags of this file are BIOES; read as such"),
                (1, "PERS breaks off without E-PERS; read as a span that ends here"),
                (3, "E-PERS continues no PERS; read as S-PERS"),
                (7, "I-LOC continues no LOC; read as B-LOC"),
                (7, "LOC breaks off without E-LOC; read as a span that ends here"),
            ],
        )

    def test_a_prefix_of_another_scheme_is_named(self, folder: Path) -> None:
        found, reports = read(folder, "حلب S-LOC\nإدلب S-LOC\nدرعا U-LOC\n")
        assert found == [("LOC", "حلب"), ("LOC", "إدلب")]
        known = "O nor B-LABEL nor I-LABEL nor E-LABEL nor S-LABEL"
        assert reports[1:] == [(3, f"tag 'U-LOC' is neither {known}; read as O")]

    def test_a_line_that_is_a_word_like_a_tag_is_a_word(self, folder: Path) -> None:
        found, reports = read(folder, "طائرة O\nL-39\nفوق O\nحلب B-LOC\n")
        assert found == [("LOC", "حلب")]
        assert reports == [(2, "word 'L-39' without a tag; read as O")]

    def test_text_files_with_such_tags_are_recognised(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_text("أحمد B-PERS\nالخالد E-PERS\nحلب S-LOC\n", encoding="utf-8")
        assert is_iob2(tmp_path / "a.txt")


class TestWriting:
    @EVERY_SCHEME
    @given(data=st.data())
    def test_a_document_keeps_its_words_sentences_and_entities(
        self, folder: Path, scheme: Scheme, data: st.DataObject
    ) -> None:
        page = Document.from_text(data.draw(ENCODABLE_TEXT.filter(lambda text: word_offsets(text) != [])), id="page")
        for words in filter(None, map(page.words_of, page.sentences)):
            for first, last, label in data.draw(flat_spans(len(words))):
                page.add_entity(words[first].start, words[last - 1].end, label)
        write_iob2([page], folder / "page.iob2", scheme=scheme)
        (found,) = read_iob2(folder / "page.iob2", lambda place, problem: None)
        assert words_of(found) == words_of(page)
        assert entities_of(found) == entities_of(page)

    @EVERY_SCHEME
    @given(written=st.lists(documents(ENCODABLE_TEXT), max_size=3))
    def test_what_tags_cannot_show_of_any_document_is_told_and_the_rest_comes_back(
        self, folder: Path, scheme: Scheme, written: list[Document]
    ) -> None:
        losses: list[tuple[str, str]] = []
        write_iob2(written, folder / "a.iob2", scheme=scheme, report=lambda *loss: losses.append(loss))
        found = read_iob2(folder / "a.iob2", lambda place, problem: None)
        with_words = [document for document in written if any(map(document.words_of, document.sentences))]
        assert list(map(words_of, found)) == list(map(words_of, with_words))
        for before, after in zip(with_words, found, strict=True):
            kept, had = len(after.entities), len(before.entities)
            assert kept == had or any(place == f"document {before.id!r}" for place, _ in losses)
            assert kept > 0 or had == 0 or not _touches_a_word_of_its_sentence(before)
        # What was read can be written and read again without any loss.
        write_iob2(found, folder / "b.iob2", scheme=scheme)
        again = read_iob2(folder / "b.iob2", lambda place, problem: None)
        assert list(map(words_of, again)) == list(map(words_of, found))
        assert list(map(entities_of, again)) == list(map(entities_of, found))

    @pytest.mark.parametrize("label", ["-X", "X Y", "X\u200f"])
    @EVERY_SCHEME
    def test_a_label_that_would_read_back_as_another_is_refused(self, folder: Path, scheme: Scheme, label: str) -> None:
        document = Document.from_text("قال", id="a")
        document.add_entity(0, 3, label)
        with pytest.raises(ValueError, match="cannot stand in an IOB2 file"):
            write_iob2([document], folder / "label.iob2", scheme=scheme)

    def test_losses_are_told_once_a_kind_and_document_with_counts(self, folder: Path) -> None:
        document = Document.from_text("وصل محمد الخالد إلى بدمشق. عاد.", id="أ")
        for start, end, label in [(4, 15, "PER"), (4, 8, "PER"), (9, 25, "GPE"), (21, 25, "GPE"), (20, 30, "LOC")]:
            document.add_entity(start, end, label)
        document.add_event(0, 3, "MOVE")
        document.set_event_types_from_triggers()
        empty, unlooked = Document.from_text("", id="ب"), Document("نص", "ج", layers=("event_types",))
        losses: list[tuple[str, str]] = []
        write_iob2([document, empty, unlooked], folder / "a.iob2", report=lambda *loss: losses.append(loss))
        assert losses == [
            ("document 'أ'", "entities whose edges were moved to those of their words: 1 (GPE 1)"),
            ("document 'أ'", "entities left out because no sentence has words for them: 1 (LOC 1)"),
            ("document 'أ'", "entities left out inside a longer one: 1 (GPE 1)"),
            ("document 'أ'", "entities left out over the edge of a longer one: 1 (PER 1)"),
            ("document 'أ'", "events left out: 1 (MOVE 1)"),
            ("document 'أ'", "event types of sentences left out: 1 (MOVE 1)"),
            ("document 'ب'", "left out: it has no words"),
            ("document 'ج'", "left out: it was not annotated for entities"),
        ]

    def test_words_outside_of_sentences_are_told(self, folder: Path) -> None:
        words = [Span(0, 3, "وصل"), Span(4, 8, "أحمد")]
        document = Document("وصل أحمد", "أ", words=words, sentences=[Sentence(0, 3)])
        losses: list[tuple[str, str]] = []
        write_iob2([document], folder / "a.iob2", report=lambda *loss: losses.append(loss))
        assert losses == [("document 'أ'", "words left out because they stand in no sentence: 1")]
        assert "أحمد" not in (folder / "a.iob2").read_text(encoding="utf-8")


def _touches_a_word_of_its_sentence(document: Document) -> bool:
    """Whether some entity lies in one sentence and has a character of a word in it."""
    return any(
        sentence.start <= entity.start
        and entity.end <= sentence.end
        and any(word.start < entity.end and entity.start < word.end for word in document.words_of(sentence))
        for entity in document.entities
        for sentence in document.sentences
    )
