"""Inline markup: what is written reads back the same, and a wrong line is named with its place and cause."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from strategies import ENCODABLE_TEXT, documents
from test_brat import annotation

from trainer.documents import Argument, Document
from trainer.formats.brat import read_brat_folder
from trainer.formats.inline import InlineError, MarkedDocument, parse_inline_file, read_inline
from trainer.formats.inline_writer import marked_text, write_inline_file

GOLD = Path(__file__).parents[1] / "data" / "annotations" / "gold"
HEAD = "## taiz-1 register=wire\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("inline")


def read(folder: Path, content: str) -> Document:
    (folder / "page.marked").write_text(content, encoding="utf-8", newline="")
    (document,) = read_inline(folder / "page.marked")
    return document


def problems(folder: Path, content: str) -> list[str]:
    path = folder / "page.marked"
    path.write_text(content, encoding="utf-8", newline="")
    return [problem.removeprefix(f"{path}:") for problem in parse_inline_file(path)[1]]


# ------------------------------------------------------------------------------------- round trips


def crossing(document: Document) -> bool:
    spans = [(e.start, e.end) for e in document.entities] + [(e.trigger.start, e.trigger.end) for e in document.events]
    return any(a[0] < b[0] < a[1] < b[1] for a in spans for b in spans)


@given(documents(ENCODABLE_TEXT))
@settings(max_examples=300)
def test_any_annotation_of_any_text_reads_back_as_it_was_written(folder: Path, document: Document) -> None:
    document.id = "خبر 'أول'"
    document.metadata = {"register": "wire", "اسم": "مراسل ميداني | تعز"}
    if crossing(document):
        with pytest.raises(InlineError, match="cross each other"):
            marked_text(document)
        return
    write_inline_file([document, Document.from_text("قُتل مدني.", id="next")], folder / "through.marked")
    found, following = read_inline(folder / "through.marked")
    assert found.text == document.text
    assert found.metadata == document.metadata
    assert annotation(found) == annotation(document)
    assert following.text == "قُتل مدني."
    # Equal annotation gives equal files.
    assert marked_text(found) == marked_text(document)


def test_the_shipped_gold_reads_back_the_same(folder: Path) -> None:
    gold = read_brat_folder(GOLD)
    write_inline_file(gold, folder / "gold.marked")
    found = read_inline(folder / "gold.marked")
    assert [annotation(document) for document in found] == [annotation(document) for document in gold]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "\n\nقصف\n",
        "# لا تعليق",
        "## لا عنوان",
        "#",
        "= ليس حدثاً: TARGET",
        "\\",
        "\\n",
        "a\rb\r\nc",
        "  مسافات \t",
        "#عاجل | [قتلى] {في} تعز",
        "\u2028سطر",
    ],
)
def test_lines_that_look_like_something_else_stay_text(folder: Path, text: str) -> None:
    document = Document.from_text(text, id="a")
    assert read(folder, marked_text(document)).text == text


# ------------------------------------------------------------------------------------- reading


def test_an_item_as_a_writer_types_it(folder: Path) -> None:
    document = read(
        folder,
        "# a comment\n"
        + HEAD
        + "قال [مسؤول|OCC] إن [جنديين|PEOPLE] {قُتلا|KILL} في {سقوط [قذائف|WEAPON]|SHELLING} | تعز\n"
        "= قُتلا: TARGET جنديين; COUNT جنديين; INSTRUMENT قذائف; Disputed\n\n"
        "وأكد [الجيش|ARMED] {القصف|SHELLING}.\r\n= القصف: INSTRUMENT قذائف@-1; AGENT الجيش\n",
    )
    assert document.text == "قال مسؤول إن جنديين قُتلا في سقوط قذائف | تعز\nوأكد الجيش القصف."
    assert (document.id, document.metadata) == ("taiz-1", {"register": "wire"})
    texts = {entity.id: entity.text for entity in document.entities}
    assert [
        (event.type, event.trigger.text, [(a.role, texts[a.entity]) for a in event.arguments], event.attributes)
        for event in document.events
    ] == [
        ("KILL", "قُتلا", [("TARGET", "جنديين"), ("COUNT", "جنديين"), ("INSTRUMENT", "قذائف")], ["Disputed"]),
        ("SHELLING", "سقوط قذائف", [], []),
        ("SHELLING", "القصف", [("INSTRUMENT", "قذائف"), ("AGENT", "الجيش")], []),
    ]
    assert [sorted(sentence.event_types) for sentence in document.sentences] == [["KILL", "SHELLING"], ["SHELLING"]]


def test_a_number_tells_equal_words_apart(folder: Path) -> None:
    document = read(
        folder,
        HEAD + "{قصف|SHELLING} [حلب|GPE] ثم {قصف|SHELLING} [حلب|GPE]\n= قصف#2: TARGET حلب#2\n= قصف: TARGET حلب\n",
    )
    first, second = document.events
    assert [a.entity for a in first.arguments] == [document.entities[0].id]
    assert [a.entity for a in second.arguments] == [document.entities[1].id]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("قصف على تعز\n", "1: text before the first document; begin one with '## ID'"),
        (HEAD + "= قصف: TARGET تعز\n", "2: an event line needs the text line it speaks of above it"),
        (HEAD + "[تعز|GPE\n", "2: the mark that ends at '[تعز|' should end in |LABEL]"),
        (HEAD + "[تعز|GPE}\n", "2: the mark that ends at '[تعز|' should end in |LABEL]"),
        (HEAD + "[تعز]\n", "2: the mark that ends at '[تعز]' should end in |LABEL]"),
        (HEAD + "[|GPE]\n", "2: the mark that ends at '[|' is empty"),
        (HEAD + "تعز]\n", r"2: ']' after 'تعز]' belongs to no mark; write \] for itself"),
        (HEAD + "قصف {على تعز\n", r"2: {'على تعز' … is never closed; write \{ for itself"),
        (HEAD + "قصف\\\n", r"2: a backslash at the end of the line escapes nothing; write \\ for a backslash"),
        (HEAD + "{قصف|SHELLING}\n= قصف\n", "3: expected '= TRIGGER: ROLE filler; …', found 'قصف'"),
        (HEAD + "{قصف|SHELLING}\n= غارة: Disputed\n", "3: the line has no trigger 'غارة'; it has قصف"),
        (HEAD + "{قصف|SHELLING}\n= قصف#2: Disputed\n", "3: the line has no trigger number 2 'قصف'; it has قصف"),
        (HEAD + "{قصف|SHELLING}\n= قصف: TARGET تعز\n", "3: TARGET: the line has no entity 'تعز'; it has none"),
        (HEAD + "{قصف|SHELLING}\n= قصف: Disputed\n= قصف: Disputed\n", "4: the trigger قصف has an event line already"),
        (HEAD + "{قصف|SHELLING}\n= قصف: TARGET تعز@1\n", "3: TARGET تعز@1: the document has no text line at @+1"),
        (HEAD + "{قصف|SHELLING}\n= قصف: ; Disputed\n", "3: nothing between two separators ';'"),
        (HEAD + "{قصف|SHELLING}\n= قصف: TARGET تعز#0\n", "3: 'تعز#0' is no reference"),
        (HEAD + HEAD, "2: a document taiz-1 stands already in this file"),
        (HEAD + "قُتل\n##b\n", "3: a space is missing after '##'"),
        (HEAD + "{قصف|SHELLING}\n=قصف: Disputed\n", "3: a space is missing after '=ق'"),
        ("## a register\n", "1: expected '## ID key=value …', found 'register', which is no key=value"),
        ("## a 'b\n", "1: expected '## ID key=value …', found"),
    ],
)
def test_a_wrong_line_is_named_with_its_number_and_cause(folder: Path, content: str, problem: str) -> None:
    (found,) = problems(folder, content)
    assert found.startswith(problem)


def test_every_wrong_line_is_told_and_the_rest_is_read(folder: Path) -> None:
    path = folder / "page.marked"
    path.write_text(HEAD + "[تعز\nفي [عدن|GPE]\nمن]\n", encoding="utf-8")
    (marked,), found = parse_inline_file(path)
    assert [problem.split(":")[1] for problem in found] == ["2", "4"]
    assert [entity.text for entity in marked.document.entities] == ["عدن"]
    with pytest.raises(InlineError, match=r"(?s)page\.marked:2:.*page\.marked:4:"):
        read_inline(path)


def test_event_lines_under_a_wrong_line_do_not_go_to_the_line_above(folder: Path) -> None:
    found = problems(folder, HEAD + "{قصف|SHELLING}\n{قتل|KILL\n= قتل: Disputed\nفي {قصف|SHELLING}\n= قصف: Disputed\n")
    assert len(found) == 1
    assert found[0].startswith("3: ")


def test_an_id_in_two_files_of_a_folder_is_refused(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.marked").write_text("## a\nخبر\n", encoding="utf-8")
    with pytest.raises(InlineError, match=r"two\.marked: document a stands in .*one\.marked already"):
        read_inline(tmp_path)


def test_lines_of_the_file_are_found_from_offsets(folder: Path) -> None:
    path = folder / "page.marked"
    path.write_text("# head\n\n" + HEAD + "سطر\n\nسطر [ثان|GPE]\n", encoding="utf-8")
    (marked,) = parse_inline_file(path)[0]
    assert isinstance(marked, MarkedDocument)
    assert [marked.line_of(offset) for offset in (0, 3, 4, 10)] == [4, 4, 6, 6]


def test_a_file_that_is_not_utf8_is_refused_by_name(folder: Path) -> None:
    (folder / "latin.marked").write_bytes("## a\nقصف\n".encode("cp1256"))
    with pytest.raises(InlineError, match=r"latin\.marked: not UTF-8 \(byte 5\)"):
        read_inline(folder / "latin.marked")


def test_a_folder_without_marked_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"has no \.marked files"):
        read_inline(tmp_path)


# ------------------------------------------------------------------------------------- writing


def test_an_argument_to_a_missing_entity_is_refused() -> None:
    document = Document.from_text("قصف", id="a")
    document.add_event(0, 3, "SHELLING").arguments.append(Argument("TARGET", "T9"))
    with pytest.raises(InlineError, match="TARGET of 'قصف' points to T9, which does not exist"):
        marked_text(document)


@pytest.mark.parametrize(("text", "id"), [("قصف \ud800", "a"), ("قصف", "a\nb")])
def test_what_the_format_cannot_say_is_refused_by_the_document(tmp_path: Path, text: str, id: str) -> None:
    with pytest.raises(InlineError, match="document 'a"):
        write_inline_file([Document.from_text(text, id=id)], tmp_path / "out.marked")


def test_a_filler_in_another_line_is_written_with_its_distance() -> None:
    document = Document.from_text("في تعز\nقصف", id="a")
    document.add_entity(3, 6, "GPE")
    document.add_event(7, 10, "SHELLING").arguments.append(Argument("PLACE", "T1"))
    assert marked_text(document) == "## a\nفي [تعز|GPE]\n{قصف|SHELLING}\n= قصف: PLACE تعز@-1\n"
