"""IOB2 text, clean and as it comes: the words of the file are kept, and nothing is changed in silence."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import ANY_CHARACTER, ENCODABLE_TEXT, assert_linear

from trainer.data.dataset import dataset_to_documents, documents_to_dataset
from trainer.documents import Document, Sentence, Span
from trainer.formats.iob2 import SENTENCES_A_DOCUMENT, WORDS_A_SENTENCE, is_iob2, read_iob2, write_iob2
from trainer.schema import load_schema
from trainer.text.words import word_offsets

CLEAN = """\
وصل O
أحمد B-PERS
الخالد I-PERS
إلى O
حلب B-LOC
. O

عاد O
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("iob2")


class Reports(list[tuple[str, str]]):
    def __call__(self, place: str, problem: str) -> None:
        self.append((place, problem))


def read(folder: Path, content: str | bytes, name: str = "news.txt") -> tuple[list[Document], list[tuple[int, str]]]:
    """Return the documents of a file with this content, and the reports with the numbers of their lines."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    reports = Reports()
    found = read_iob2(path, reports)
    return found, [(int(place.removeprefix(f"{path}:")), problem) for place, problem in reports]


def words(found: list[Document]) -> list[list[list[str]]]:
    """Return the words by document and sentence."""
    return [[[word.text for word in page.words_of(sentence)] for sentence in page.sentences] for page in found]


def entities(found: list[Document]) -> list[tuple[str, str]]:
    return [(entity.label, entity.text) for document in found for entity in document.entities]


def entity_words(document: Document) -> list[tuple[str, list[int]]]:
    """Return label and words, by number, of each entity."""
    numbered = list(enumerate(document.words))
    return [(e.label, [i for i, word in numbered if e.start <= word.start < e.end]) for e in document.entities]


def assert_sound(document: Document) -> None:
    """Check everything that holds for any document that the reader makes."""
    spans = [(span.start, span.end, span.text) for span in chain(document.words, document.entities)]
    assert all(document.text[start:end] == text and text for start, end, text in spans)
    by_sentence = [document.words_of(sentence) for sentence in document.sentences]
    assert list(chain(*by_sentence)) == document.words
    assert "\n".join(" ".join(word.text for word in sentence) for sentence in by_sentence) == document.text
    assert all(
        document.text[s.start : s.end] == " ".join(w.text for w in document.words_of(s)) for s in document.sentences
    )
    edges = {word.start for word in document.words}, {word.end for word in document.words}
    assert all(entity.start in edges[0] and entity.end in edges[1] for entity in document.entities)
    assert document.layers == ("entities",)
    assert document.events == []


class TestCleanFiles:
    def test_words_sentences_and_entities_are_those_of_the_file(self, folder: Path) -> None:
        (document,), reports = read(folder, CLEAN)
        assert document == Document(
            text="وصل أحمد الخالد إلى حلب .\nعاد",
            id="news-0001",
            words=[
                *(Span(0, 3, "وصل"), Span(4, 8, "أحمد"), Span(9, 15, "الخالد"), Span(16, 19, "إلى")),
                *(Span(20, 23, "حلب"), Span(24, 25, "."), Span(26, 29, "عاد")),
            ],
            sentences=[Sentence(0, 25), Sentence(26, 29)],
            entities=document.entities,
            layers=("entities",),
        )
        assert [(e.id, e.start, e.end, e.label) for e in document.entities] == [
            ("T1", 4, 15, "PERS"),
            ("T2", 20, 23, "LOC"),
        ]
        assert reports == []

    @pytest.mark.parametrize(
        "content",
        [
            CLEAN.replace(" ", "\t"),
            CLEAN.replace(" ", "   "),
            CLEAN.replace("\n", "\r\n"),
            CLEAN.replace("\n\n", "\n\t\n").replace(" ", "\t"),
            "\ufeff" + CLEAN,
            "\n\n" + CLEAN + "\n\n",
            CLEAN.removesuffix("\n"),
            CLEAN.replace(" ", " _ NN "),
            CLEAN.replace("\n", " \n"),
        ],
        ids=["tab", "spaces", "crlf", "tab-in-blank-line", "bom", "blank-ends", "no-end", "four-columns", "end-space"],
    )
    def test_other_ways_to_write_it_are_read_alike(self, folder: Path, content: str) -> None:
        assert read(folder, content) == read(folder, CLEAN)

    def test_a_name_inside_is_cut_free_of_attached_words_as_everywhere(self, folder: Path) -> None:
        (document,), _ = read(folder, "بدمشق B-LOC\n")
        assert [(entity.text, entity.name) for entity in document.entities] == [("بدمشق", "دمشق")]

    def test_words_are_not_split_anew(self, folder: Path) -> None:
        found, reports = read(folder, '"داعش"، B-ORG\n3.5 O\n')
        assert words(found) == [[['"داعش"،', "3.5"]]]
        assert reports == []

    def test_two_spans_side_by_side_stay_two(self, folder: Path) -> None:
        found, _ = read(folder, "حلب B-LOC\nإدلب B-LOC\nقسد B-ORG\n")
        assert entities(found) == [("LOC", "حلب"), ("LOC", "إدلب"), ("ORG", "قسد")]

    def test_an_empty_file_has_no_documents(self, folder: Path) -> None:
        assert read(folder, "") == ([], [])
        assert read(folder, "\n \n") == ([], [])

    def test_it_goes_into_a_dataset_and_comes_back(self, folder: Path) -> None:
        schema = folder / "schema.yaml"
        schema.write_text("name: t\nentities: [{name: PERS}, {name: LOC}]\n", encoding="utf-8")
        before, _ = read(folder, CLEAN)
        after = dataset_to_documents(documents_to_dataset(before, load_schema(schema)))
        assert words(after) == words(before)
        assert [document.entities for document in after] == [document.entities for document in before]
        assert [document.sentences for document in after] == [document.sentences for document in before]


class TestSentences:
    def test_without_blank_lines_final_punctuation_tagged_o_ends_a_sentence(self, folder: Path) -> None:
        rows = ["قال O", ". O", "متى O", "؟ O", "نعم O", "! O", "لا O", "? O", "ثم O", "… O", "ياهو B-ORG", "! I-ORG"]
        found, reports = read(folder, "\n".join([*rows, "أعلنت O"]))
        assert words(found) == [
            [["قال", "."], ["متى", "؟"], ["نعم", "!"], ["لا", "?"], ["ثم", "…"], ["ياهو", "!", "أعلنت"]]
        ]
        assert reports == []

    def test_a_full_stop_behind_an_invisible_mark_is_one(self, folder: Path) -> None:
        found, _ = read(folder, "قال O\n\u200e. O\nعاد O\n")
        assert words(found) == [[["قال", "\u200e."], ["عاد"]]]

    def test_where_blank_lines_end_sentences_punctuation_does_not(self, folder: Path) -> None:
        found, _ = read(folder, "قال O\n. O\nعاد O\n\nثم O\n")
        assert words(found) == [[["قال", ".", "عاد"], ["ثم"]]]

    def test_a_blank_line_at_an_end_of_the_file_separates_nothing(self, folder: Path) -> None:
        found, _ = read(folder, "\n\nقال O\n. O\nعاد O\n\n\n")
        assert words(found) == [[["قال", "."], ["عاد"]]]

    def test_a_single_blank_line_in_a_file_without_does_not_make_two_endless_sentences(self, folder: Path) -> None:
        part = ("قال O\n" * 9 + ". O\n") * (WORDS_A_SENTENCE // 10 + 1)
        found, reports = read(folder, part + "\n" + part)
        assert {len(sentence) for page in words(found) for sentence in page} == {10}
        assert reports == [
            (1, "510 words without a blank line; read as 51 sentences, by full stops"),
            (512, "510 words without a blank line; read as 51 sentences, by full stops"),
        ]


class TestDocuments:
    def test_without_marks_neighbouring_sentences_make_documents(self, folder: Path) -> None:
        count = 2 * SENTENCES_A_DOCUMENT + 1
        found, _ = read(folder, "".join(f"{number} O\n\n" for number in range(count)), "wire.iob2")
        assert [document.id for document in found] == ["wire-0001", "wire-0002", "wire-0003"]
        assert [len(document.sentences) for document in found] == [SENTENCES_A_DOCUMENT, SENTENCES_A_DOCUMENT, 1]
        assert [word.text for document in found for word in document.words] == [str(number) for number in range(count)]

    @pytest.mark.parametrize(
        "mark", ["-DOCSTART-", "-DOCSTART- O", "-DOCSTART-\tO", "-DOCSTART- -X- -X- O", "# newdoc", "# newdoc id = 7"]
    )
    def test_marks_begin_documents(self, folder: Path, mark: str) -> None:
        found, reports = read(folder, f"{mark}\n\nقال O\n\nعاد O\n\n{mark}\nثم O\n\n")
        assert words(found) == [[["قال"], ["عاد"]], [["ثم"]]]
        assert [document.id for document in found] == ["news-0001", "news-0002"]
        assert reports == []

    def test_a_marked_document_is_never_cut_into_more(self, folder: Path) -> None:
        found, _ = read(folder, "-DOCSTART- O\n\n" + "قال O\n\n" * 120)
        assert [len(document.sentences) for document in found] == [120]

    def test_words_above_the_first_mark_are_a_document_too(self, folder: Path) -> None:
        found, _ = read(folder, "قال O\n-DOCSTART- O\nعاد O\n")
        assert words(found) == [[["قال"]], [["عاد"]]]

    def test_blank_lines_around_marks_alone_do_not_hide_that_sentences_have_none(self, folder: Path) -> None:
        found, _ = read(folder, "قال O\n. O\nعاد O\n\n-DOCSTART- O\nثم O\n. O\nعاد O\n")
        assert words(found) == [[["قال", "."], ["عاد"]], [["ثم", "."], ["عاد"]]]

    def test_a_mark_without_words_is_reported(self, folder: Path) -> None:
        found, reports = read(folder, "-DOCSTART- O\n\n-DOCSTART- O\n\nقال O\n")
        assert words(found) == [[["قال"]]]
        assert reports == [(1, "a document without words; it is left out")]

    def test_a_number_sign_with_a_tag_is_a_word(self, folder: Path) -> None:
        found, reports = read(folder, "# O\nعاجل O\n#\tO\n#حلب B-LOC\n")
        assert words(found) == [[["#", "عاجل", "#", "#حلب"]]]
        assert reports == []

    def test_comments_are_left_out_and_reported_once(self, folder: Path) -> None:
        found, reports = read(folder, "# sent_id = B-1\n# text = قال ثم\nقال O\n\n# global columns here\nثم O\n")
        assert words(found) == [[["قال"], ["ثم"]]]
        assert reports == [(1, "a comment; comments (3 in this file) are left out")]


class TestWhatIsWrongWithALine:
    @pytest.mark.parametrize("line", ["O", "B-LOC", "\tO", " O", "\u200f\tO"])
    def test_a_tag_without_a_word_is_left_out(self, folder: Path, line: str) -> None:
        found, reports = read(folder, f"قال O\n{line}\nعاد O\n")
        assert words(found) == [[["قال", "عاد"]]]
        assert reports[-1][0] == 2
        assert reports[-1][1].endswith("without a word; the line is left out")

    def test_a_word_without_a_tag_is_read_as_outside(self, folder: Path) -> None:
        found, reports = read(folder, "أحمد B-PERS\nثم\nعلي I-PERS\n")
        assert words(found) == [[["أحمد", "ثم", "علي"]]]
        assert entities(found) == [("PERS", "أحمد"), ("PERS", "علي")]
        assert reports == [
            (2, "word 'ثم' without a tag; read as O"),
            (3, "I-PERS continues no PERS; read as B-PERS"),
        ]

    @pytest.mark.parametrize(("tag", "read_as"), [("I--LOC", "I-LOC"), ("B--LOC", "B-LOC"), ("I---LOC", "I-LOC")])
    def test_a_hyphen_too_many_is_no_other_label(self, folder: Path, tag: str, read_as: str) -> None:
        found, reports = read(folder, f"مدينة B-LOC\nحلب {tag}\n")
        assert {label for label, _ in entities(found)} == {"LOC"}
        assert len(entities(found)) == (1 if read_as == "I-LOC" else 2)
        assert reports == [(2, f"tag '{tag}' has a hyphen too many; read as {read_as}")]

    def test_a_label_with_a_hyphen_inside_is_a_label(self, folder: Path) -> None:
        found, reports = read(folder, "حلب B-Population-Center\nأحمد B-ERS\n")
        assert entities(found) == [("Population-Center", "حلب"), ("ERS", "أحمد")]
        assert reports == []

    @pytest.mark.parametrize("tag", ["S-PERS", "PERS", "o", "0", "B", "I", "B-", "I--", "b-PERS", "O-PERS", "B_PERS"])
    def test_a_tag_that_is_none_is_read_as_outside(self, folder: Path, tag: str) -> None:
        found, reports = read(folder, f"أحمد {tag}\n")
        assert words(found) == [[["أحمد"]]]
        assert entities(found) == []
        assert reports == [(1, f"tag '{tag}' is neither O nor B-LABEL nor I-LABEL; read as O")]

    def test_an_i_that_continues_nothing_begins_a_span(self, folder: Path) -> None:
        found, reports = read(folder, "أحمد I-PERS\nعلي I-PERS\nحلب I-LOC\nفي O\n\nحماة I-LOC\n")
        assert entities(found) == [("PERS", "أحمد علي"), ("LOC", "حلب"), ("LOC", "حماة")]
        assert reports == [
            (1, "I-PERS continues no PERS; read as B-PERS"),
            (3, "I-LOC continues no LOC; read as B-LOC"),
            (6, "I-LOC continues no LOC; read as B-LOC"),
        ]

    def test_a_blank_line_ends_a_span(self, folder: Path) -> None:
        found, reports = read(folder, "مدينة B-LOC\n\nحلب I-LOC\n")
        assert entities(found) == [("LOC", "مدينة"), ("LOC", "حلب")]
        assert reports == [(3, "I-LOC continues no LOC; read as B-LOC")]

    def test_columns_that_other_lines_have_not_are_reported(self, folder: Path) -> None:
        found, reports = read(folder, "قال O\nأبو ظبي B-LOC\nالأسد I-ORG B-PERS\nعاد O\nثم O\n")
        assert words(found) == [[["قال", "أبو", "الأسد", "عاد", "ثم"]]]
        assert entities(found) == [("LOC", "أبو"), ("PERS", "الأسد")]
        assert reports == [
            (2, "3 columns where most lines have 2; 'أبو' is read as the word and 'B-LOC' as its tag"),
            (3, "3 columns where most lines have 2; 'الأسد' is read as the word and 'B-PERS' as its tag"),
        ]

    @pytest.mark.parametrize("space", [" ", "\u00a0", "\u2028", "\x85", "\r"])
    def test_a_word_with_white_space_inside_stays_one_word(self, folder: Path, space: str) -> None:
        found, reports = read(folder, f"قال\tO\nأبو{space}ظبي\tB-LOC\n")
        assert words(found) == [[["قال", f"أبو{space}ظبي"]]]
        assert entities(found) == [("LOC", f"أبو{space}ظبي")]
        assert [(line, problem[:28]) for line, problem in reports] == [(2, "white space inside the word ")]

    def test_other_white_space_around_a_word_is_left_out(self, folder: Path) -> None:
        found, reports = read(folder, "\u00a0حلب B-LOC\n")
        assert words(found) == [[["حلب"]]]
        assert reports == [(1, "white space around the word '\\xa0حلب'; it is left out")]


class TestInvisibleMarks:
    def test_they_stay_in_words(self, folder: Path) -> None:
        found, reports = read(folder, "\ufeff\u200eحلب\tB-LOC\nلا\u200cيزال\tO\n")
        assert words(found) == [[["\u200eحلب", "لا\u200cيزال"]]]
        assert entities(found) == [("LOC", "\u200eحلب")]
        assert reports == []

    @pytest.mark.parametrize("tag", ["\u200fB-LOC", "B-LOC\u200f", "B-\u200fLOC", "B-LOC\ufeff"])
    def test_they_are_taken_out_of_tags(self, folder: Path, tag: str) -> None:
        found, reports = read(folder, f"حلب {tag}\n")
        assert entities(found) == [("LOC", "حلب")]
        assert reports == [(1, f"invisible marks in the tag {tag!r}; read as 'B-LOC'")]

    @pytest.mark.parametrize("line", ["\u200f حلب B-LOC", "حلب B-LOC \u200f", "\u200f\tحلب\tB-LOC"])
    def test_beside_the_columns_they_are_left_out(self, folder: Path, line: str) -> None:
        found, reports = read(folder, line)
        assert entities(found) == [("LOC", "حلب")]
        assert reports == [(1, "invisible marks '\\u200f' beside the word and its tag; they are left out")]

    def test_a_line_with_nothing_else_is_a_blank_line(self, folder: Path) -> None:
        found, reports = read(folder, "قال O\n\u200e\nعاد O\n")
        assert words(found) == [[["قال"], ["عاد"]]]
        assert reports == [(2, "only invisible marks ('\\u200e'); read as a blank line")]


class TestEncoding:
    def test_what_is_no_utf8_names_file_and_line(self, folder: Path) -> None:
        with pytest.raises(ValueError, match=r"news\.txt:2: not UTF-8 \(byte 9\); save it as UTF-8 and try again"):
            read(folder, "قال O\n".encode() + "عاد O\n".encode("cp1256"))

    def test_lines_of_old_macs_are_lines(self, folder: Path) -> None:
        assert read(folder, CLEAN.replace("\n", "\r")) == read(folder, CLEAN)


class TestAnything:
    pieces = st.one_of(
        st.sampled_from(
            ["O", "B-X", "I-X", "I--X", " ", "\t", "\n", "\n\n", "\r\n", "\u200f", ".", "# ", "-DOCSTART-"]
        ),
        ANY_CHARACTER.filter(lambda character: not "\ud800" <= character <= "\udfff"),
    )

    @given(st.lists(pieces, max_size=40).map("".join))
    @settings(max_examples=300)
    def test_any_text_is_read_and_reads_the_same_once_it_is_written(self, folder: Path, content: str) -> None:
        found, reports = read(folder, content)
        for document in found:
            assert_sound(document)
        assert [line for line, _ in reports] == sorted(line for line, _ in reports)
        write_iob2(found, folder / "written.txt")
        again = Reports()
        assert words(read_iob2(folder / "written.txt", again)) == words(found)
        assert entities(read_iob2(folder / "written.txt", again)) == entities(found)
        assert all("white space inside the word" in problem for _, problem in again)


class TestWriting:
    words_of_files = ENCODABLE_TEXT.map(lambda text: "".join(text.split())).filter(
        lambda text: any(character.isalnum() for character in text) and "DOCSTART" not in text
    )
    tagged = st.lists(
        st.tuples(words_of_files, st.sampled_from(["O", "B-PERS", "I-PERS", "B-LOC"])), min_size=1, max_size=6
    )

    @given(st.lists(st.lists(tagged, min_size=1, max_size=3), min_size=1, max_size=3))
    def test_documents_read_back_as_they_were(self, folder: Path, pages: list) -> None:
        marked = ["-DOCSTART-\tO\n\n" + "\n".join("".join(f"{w}\t{t}\n" for w, t in s) for s in page) for page in pages]
        before, _ = read(folder, "\n".join(marked), "pages.iob2")
        (folder / "again").mkdir(exist_ok=True)
        write_iob2(before, folder / "again" / "pages.iob2")
        reports = Reports()
        assert read_iob2(folder / "again" / "pages.iob2", reports) == before
        assert reports == []
        assert words(before) == [[[word for word, _ in sentence] for sentence in page] for page in pages]

    @given(st.data())
    def test_a_document_of_any_text_keeps_its_words_sentences_and_entities(
        self, folder: Path, data: st.DataObject
    ) -> None:
        page = Document.from_text(data.draw(ENCODABLE_TEXT.filter(lambda text: word_offsets(text) != [])), id="page")
        for in_sentence in filter(None, map(page.words_of, page.sentences)):
            first = data.draw(st.integers(0, len(in_sentence) - 1))
            last = data.draw(st.integers(first, len(in_sentence) - 1))
            page.add_entity(
                in_sentence[first].start, in_sentence[last].end, data.draw(st.sampled_from(["PERS", "A-B"]))
            )
        write_iob2([page], folder / "any.iob2")
        reports = Reports()
        found = read_iob2(folder / "any.iob2", reports)
        assert words(found) == [[sentence for sentence in words([page])[0] if sentence]]
        assert entity_words(found[0]) == entity_words(page)
        assert reports == []

    def test_the_file_is_word_tab_tag(self, folder: Path) -> None:
        document = Document.from_text("وصل أحمد الخالد. عاد.", id="a")
        document.add_entity(4, 15, "PERS")
        write_iob2([document, Document.from_text("حلب", id="b")], folder / "plain.iob2")
        assert (folder / "plain.iob2").read_bytes().decode() == (
            "-DOCSTART-\tO\n\nوصل\tO\nأحمد\tB-PERS\nالخالد\tI-PERS\n.\tO\n\nعاد\tO\n.\tO\n\n-DOCSTART-\tO\n\nحلب\tO\n\n"
        )

    @pytest.mark.parametrize(
        ("spans", "problem"),
        [
            ([(0, 2)], "'a': X 'قا' .0..2. does not begin and end with a word"),
            ([(4, 8)], "'a': X 'أحمد' .4..8. overlaps another entity"),
            ([(4, 14)], "'a': X 'أحمد. عاد ' .4..14. does not begin and end with a word"),
            ([(4, 13)], "'a': X 'أحمد. عاد' .4..13. runs over the end of its sentence"),
        ],
    )
    def test_what_tags_cannot_show_is_refused(self, folder: Path, spans: list, problem: str) -> None:
        document = Document.from_text("قال أحمد. عاد علي", id="a")
        for start, end in [(0, 8), *spans] if "overlaps" in problem else spans:
            document.add_entity(start, end, "X")
        with pytest.raises(ValueError, match=problem):
            write_iob2([document], folder / "refused.iob2")
        assert not (folder / "refused.iob2").exists()

    @pytest.mark.parametrize("label", ["", "-X", "X Y", "X\tY", "X\nY", "X\u200f", "\ud800"])
    def test_a_label_that_would_read_back_as_another_is_refused(self, folder: Path, label: str) -> None:
        document = Document.from_text("قال", id="a")
        document.add_entity(0, 3, label)
        with pytest.raises(ValueError, match="cannot stand in an IOB2 file"):
            write_iob2([document], folder / "label.iob2")

    @pytest.mark.parametrize("word", ["-DOCSTART-", "a\tb", "a\nb", " a", "\u200f", "# newdoc", "\ud800"])
    def test_a_word_that_would_read_back_as_something_else_is_refused(self, folder: Path, word: str) -> None:
        document = Document(word, "a", words=[Span(0, len(word), word)], sentences=[Sentence(0, len(word))])
        with pytest.raises(ValueError, match=r"document 'a': the word .* cannot stand in an IOB2 file"):
            write_iob2([document], folder / "word.iob2")

    def test_a_document_without_the_layer_or_without_words_is_refused(self, folder: Path) -> None:
        with pytest.raises(ValueError, match="'a' was not annotated for entities"):
            write_iob2([Document("قال", "a", layers=("event_types",))], folder / "layer.iob2")
        with pytest.raises(ValueError, match="'b' has no words"):
            write_iob2([Document.from_text("", id="b")], folder / "layer.iob2")


class TestRecognition:
    @pytest.mark.parametrize("name", ["a.iob2", "a.iob", "a.conll", "a.bio", "A.CONLL"])
    def test_some_suffixes_say_it(self, tmp_path: Path, name: str) -> None:
        assert is_iob2(tmp_path / name)

    @pytest.mark.parametrize("suffix", [".txt", ".tsv"])
    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            (CLEAN, True),
            ("\ufeff\n\n" + CLEAN.replace(" ", "\t").replace("\n", "\r\n"), True),
            ("-DOCSTART- -X- O O\n\n" + CLEAN.replace(" ", " NN NP "), True),
            ("O\n" + CLEAN, True),
            ("قتل خمسة مدنيين في قصف على حلب.\n" * 3, False),
            ("text\tlabels\nقُتل مدني\tKILL\n", False),
            ("خبر عاجل\n" * 3, False),
            ("", False),
        ],
    )
    def test_text_and_tables_are_looked_into(self, tmp_path: Path, suffix: str, content: str, expected: bool) -> None:
        (tmp_path / f"a{suffix}").write_text(content, encoding="utf-8", newline="")
        assert is_iob2(tmp_path / f"a{suffix}") is expected

    @pytest.mark.parametrize("name", ["a.txt", "a.tsv", "a.csv", "a.jsonl", "a"])
    def test_what_is_not_there_or_named_otherwise_is_none(self, tmp_path: Path, name: str) -> None:
        assert not is_iob2(tmp_path / name)

    def test_a_large_file_is_not_read_whole(self, tmp_path: Path) -> None:
        with (tmp_path / "large.txt").open("wb") as file:
            file.write(CLEAN.encode() * 200)
            file.truncate(1 << 40)  # a hole takes no room on the disk, and nobody has the memory to read it
        assert is_iob2(tmp_path / "large.txt")


class TestTime:
    @pytest.mark.parametrize(
        "pattern",
        ["في O\nحلب B-LOC\n. O\n", "في O\nحلب I-LOC\n", "حلب I-LOC\n", "\n", "O\n", "في O\n\n", "-DOCSTART- O\n"],
    )
    def test_it_grows_with_the_file(self, folder: Path, pattern: str) -> None:
        assert_linear(lambda content: read(folder, content), pattern, 6_000)
