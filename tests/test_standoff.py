"""Annotation without its text: nothing of the text is stored, and it only joins to the very text it was made on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from strategies import ENCODABLE_TEXT, documents

from trainer.cli.app import main
from trainer.data.corpus import load_corpus
from trainer.data.joining import archive_articles, detached_rows, join, write_joined
from trainer.documents import Argument, Document
from trainer.formats.inline_writer import write_inline_file
from trainer.formats.standoff import StandoffError, attach, detach, read_standoff, write_standoff
from trainer.schema import load_schema

BEFORE = "صنعاء - وكالات\n"
EXCERPT = "قُتل خمسة مدنيين في قصف على تعز. ووصل الوفد إلى عدن."
ARTICLE = BEFORE + EXCERPT + "\nوتستمر المحادثات."


@pytest.fixture
def excerpt() -> Document:
    document = Document.from_text(EXCERPT, id="a7", metadata={"kind": "conflict", "start": str(len(BEFORE))})
    for words, label in (("خمسة", "CARDINAL"), ("مدنيين", "PEOPLE"), ("تعز", "GPE"), ("عدن", "GPE")):
        start = EXCERPT.index(words)
        document.add_entity(start, start + len(words), label)
    event = document.add_event(0, 4, "KILL")
    event.arguments = [Argument("COUNT", "T1"), Argument("TARGET", "T2"), Argument("PLACE", "T4")]
    event.attributes = ["Disputed"]
    document.set_event_types_from_triggers()
    return document


@pytest.fixture
def rows_file(excerpt: Document, tmp_path: Path) -> Path:
    write_standoff(detached_rows([excerpt]), tmp_path / "rows.jsonl")
    return tmp_path / "rows.jsonl"


def labels(document: Document) -> object:
    return (
        [(e.id, e.start, e.end, e.label, e.text) for e in document.entities],
        [(e.id, e.type, e.trigger, e.arguments, e.attributes) for e in document.events],
        [(s.start, s.end, s.event_types) for s in document.sentences],
    )


def test_what_is_joined_is_what_was_detached(excerpt: Document, rows_file: Path) -> None:
    joined = join(rows_file, [("a6", "خبر آخر."), ("a7", ARTICLE)])
    (document,) = joined.documents
    assert (document.text, document.id, joined.missing) == (EXCERPT, "a7", [])
    assert labels(document) == labels(excerpt)
    assert document.metadata == {"kind": "conflict", "start": len(BEFORE)}


@given(documents(ENCODABLE_TEXT))
def test_rows_of_any_document_go_back_to_its_text(document: Document) -> None:
    try:
        rows = detach(document, 3)
    except StandoffError:
        return  # a span over the end of its sentence
    if rows:
        found = attach(json.loads(json.dumps(rows)), "abc" + document.text)
        start = rows[0]["start"] - 3
        assert [(e.start + start, e.end + start, e.text) for e in found.entities] == sorted(
            [(e.start, e.end, e.text) for e in document.entities], key=lambda e: document.sentence_index(e[0])
        )
        assert all(found.text[e.start : e.end] == e.text for e in found.entities)


def test_no_word_of_the_text_is_stored(rows_file: Path) -> None:
    content = rows_file.read_text(encoding="utf-8")
    assert not any(word in content for word in EXCERPT.split())


def test_an_archive_with_other_ids_is_joined_by_its_sentences(rows_file: Path, excerpt: Document) -> None:
    moved = "أضيفت مقدمة.\n" + ARTICLE
    (document,) = join(rows_file, [("", "خبر."), ("", moved)]).documents
    assert (document.text, document.id) == (EXCERPT, "a7")
    assert [entity.text for entity in document.entities] == [entity.text for entity in excerpt.entities]


@pytest.mark.parametrize("text", [ARTICLE.replace("خمسة", "ستة"), "خبر آخر.", ""])
def test_another_text_is_missing_not_wrongly_labelled(rows_file: Path, text: str) -> None:
    joined = join(rows_file, [("a7", text)])
    assert (joined.documents, joined.missing) == ([], ["a7"])


def test_attaching_to_another_text_is_refused(excerpt: Document) -> None:
    rows = detached_rows([excerpt])
    with pytest.raises(StandoffError, match=r"article a7: the text at 15\.\..* is not the annotated sentence"):
        attach(rows, ARTICLE.replace("تعز", "إب"))
    with pytest.raises(StandoffError, match=r"article a7: the sentences up to .* do not adjoin"):
        attach(rows[::-1], ARTICLE)


def test_an_excerpt_must_say_where_it_begins() -> None:
    with pytest.raises(ValueError, match="document a does not say where it begins"):
        detached_rows([Document.from_text("خبر.", id="a")])


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "Invalid JSON"),
        ('{"article": 1}', "article: Input should be a valid string"),
        ("[]", "the line: Input should be an object"),
    ],
)
def test_a_line_that_is_no_row_is_named(tmp_path: Path, line: str, problem: str) -> None:
    (tmp_path / "rows.jsonl").write_text(line + "\n", encoding="utf-8")
    with pytest.raises(StandoffError, match=rf"rows\.jsonl:1: .*{problem}"):
        read_standoff(tmp_path / "rows.jsonl")


def test_an_id_that_is_another_article_does_not_hide_the_text(rows_file: Path) -> None:
    joined = join(rows_file, [("a7", "خبر آخر."), ("a9", ARTICLE)])
    assert [(document.id, document.text) for document in joined.documents] == [("a7", EXCERPT)]


def test_two_excerpts_that_begin_alike_are_both_found_by_their_sentences(tmp_path: Path) -> None:
    excerpts = [
        Document.from_text(f"صنعاء - وكالات.\n{end}", id=end[:2], metadata={"start": 0}) for end in ("أول.", "ثان.")
    ]
    write_standoff(detached_rows(excerpts), tmp_path / "rows.jsonl")
    joined = join(tmp_path / "rows.jsonl", [("", excerpts[1].text), ("", excerpts[0].text)])
    assert [document.text for document in joined.documents] == [excerpt.text for excerpt in excerpts]


def test_another_corpus_is_not_overwritten(tmp_path: Path, excerpt: Document) -> None:
    folder = tmp_path / "ood"
    write_joined([excerpt], load_schema(), folder)
    write_joined([excerpt], load_schema(), folder)
    content = (folder / "dataset.yaml").read_text(encoding="utf-8")
    (folder / "dataset.yaml").write_text(content.replace("out-of-domain\n", "mine\n", 1), encoding="utf-8")
    with pytest.raises(FileExistsError, match="is another corpus and would be overwritten"):
        write_joined([excerpt], load_schema(), folder)


def test_an_article_stands_once(excerpt: Document) -> None:
    with pytest.raises(ValueError, match="document a7 stands twice"):
        detached_rows([excerpt, excerpt])


@pytest.mark.parametrize("column", ["text", "content"])
def test_the_command_makes_a_corpus_to_evaluate_on(
    tmp_path: Path, excerpt: Document, column: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_inline_file([excerpt], tmp_path / "excerpts.marked")
    archive = tmp_path / "archive.jsonl"
    lines = [{"id": "a1", column: "خبر."}, {"id": "a7", column: ARTICLE}]
    archive.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    for command in (
        ["detach", tmp_path / "excerpts.marked", tmp_path / "rows.jsonl"],
        ["join", tmp_path / "rows.jsonl", archive, "--output", tmp_path / "ood"],
    ):
        with pytest.raises(SystemExit) as ended:
            main(["data", *map(str, command)])
        assert not ended.value.code, capsys.readouterr().err
    corpus = load_corpus(tmp_path / "ood" / "dataset.yaml")
    assert [document.text for document in corpus.splits["test"]] == [EXCERPT]
    assert [e.type for e in corpus.documents[0].events] == ["KILL"]


def test_what_the_archive_lacks_is_told_and_fails(
    tmp_path: Path, rows_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "archive.jsonl").write_text('{"id": "a1", "text": "خبر."}\n', encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["data", "join", str(rows_file), str(tmp_path / "archive.jsonl"), "--output", str(tmp_path / "ood")])
    assert ended.value.code == 1
    assert "1 annotated articles are not in" in capsys.readouterr().err


def test_an_archive_without_texts_is_refused(tmp_path: Path) -> None:
    (tmp_path / "archive.jsonl").write_text('{"id": "a1", "body": "خبر."}\n', encoding="utf-8")
    with pytest.raises(ValueError, match="has none of the columns text, content; it has id, body"):
        list(archive_articles(tmp_path / "archive.jsonl"))
    with pytest.raises(FileNotFoundError, match="does not exist"):
        list(archive_articles(tmp_path / "none.parquet"))


def test_a_joined_corpus_checks_without_problems(tmp_path: Path, excerpt: Document) -> None:
    from trainer.data.check import check_corpus

    assert check_corpus(write_joined([excerpt], load_schema(), tmp_path / "ood")).problems == []
