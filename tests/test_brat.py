"""brat standoff: what is written reads back the same, and a wrong line is named with its place and cause."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from strategies import ENCODABLE_TEXT, documents

from trainer.documents import Argument, Document
from trainer.formats.brat import (
    BratError,
    annotation_conf,
    brat_annotations,
    read_brat_file,
    read_brat_folder,
    write_brat_file,
)
from trainer.schema import load_schema

GOLD = Path(__file__).parents[1] / "data" / "annotations" / "gold"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("brat")


def through_files(document: Document, folder: Path) -> Document:
    write_brat_file(document, folder / "through.txt")
    return read_brat_file(folder / "through.txt")


def annotation(document: Document) -> list[Any]:
    """Return what brat keeps of an annotation: spans, labels, roles and attributes, without ids."""
    spans = {entity.id: (entity.start, entity.end, entity.label, entity.text) for entity in document.entities}
    events = [
        (
            *(event.trigger.start, event.trigger.end, event.type, event.trigger.text),
            [(argument.role, spans[argument.entity]) for argument in event.arguments],
            event.attributes,
        )
        for event in document.events
    ]
    return [sorted(spans.values()), sorted(events)]


# ------------------------------------------------------------------------------------- round trips


@given(documents(ENCODABLE_TEXT))
@settings(max_examples=150)
def test_any_annotation_of_any_text_reads_back_as_it_was_written(folder: Path, document: Document) -> None:
    found = through_files(document, folder)
    assert found.text == document.text
    assert annotation(found) == annotation(document)
    assert [sentence.event_types for sentence in found.sentences] == [s.event_types for s in document.sentences]


@given(documents(ENCODABLE_TEXT))
def test_reading_and_writing_again_gives_the_same_files(folder: Path, document: Document) -> None:
    found = through_files(document, folder)
    files = [(folder / f"through.{ending}").read_bytes() for ending in ("txt", "ann")]
    through_files(found, folder)
    assert [(folder / f"through.{ending}").read_bytes() for ending in ("txt", "ann")] == files


def full_document() -> Document:
    document = Document.from_text("😀 قُتِل\r\nعنصر من «داعش»\nفي الحسكة\r.")
    document.add_event(2, 13, "KILL", id="e7")  # runs over the line break
    document.add_entity(27, 33, "GPE", id="city")
    document.add_entity(18, 22, "ARMED", id="group")
    document.events[0].arguments = [Argument("TARGET", "group"), Argument("PLACE", "city")]
    document.events[0].attributes = ["Disputed"]
    return document


def test_the_files_are_these_bytes(folder: Path) -> None:
    document = full_document()
    write_brat_file(document, folder / "full.txt")
    assert (folder / "full.txt").read_bytes() == document.text.encode("utf-8")
    assert (folder / "full.ann").read_bytes().decode("utf-8") == (
        "T1\tARMED 18 22\tداعش\nT2\tGPE 27 33\tالحسكة\nT3\tKILL 2 13\tقُتِل\r عنصر\n"
        "E1\tKILL:T3 TARGET:T1 PLACE:T2\nA1\tDisputed E1\n"
    )


def test_offsets_count_code_points_and_line_ends_are_not_translated(folder: Path) -> None:
    (folder / "crlf.txt").write_bytes("😀\r\nقُتِل\r\nداعش".encode())
    (folder / "crlf.ann").write_bytes("T1\tKILL 3 8\tقُتِل\r\nE1\tKILL:T1\r\nT2\tARMED 10 14\tداعش\r\n".encode())
    document = read_brat_file(folder / "crlf.txt")
    assert document.text == "😀\r\nقُتِل\r\nداعش"
    assert [(e.start, e.end, e.text) for e in document.entities] == [(10, 14, "داعش")]
    assert [(e.trigger.start, e.trigger.end, e.trigger.text) for e in document.events] == [(3, 8, "قُتِل")]


@pytest.mark.parametrize("text", ["داعش\r", "داعش\r\n", "\r", "\n", "دا\tعش", "دا\u2028عش", "\ufeffداعش", " داعش "])
def test_a_span_may_hold_any_white_space_at_its_edges(folder: Path, text: str) -> None:
    document = Document.from_text(text)
    document.add_entity(0, len(text), "ARMED")
    assert annotation(through_files(document, folder)) == annotation(document)


@pytest.mark.parametrize("id", ["000", "001", "002", "003", "004"])
def test_a_gold_file_is_written_again_byte_by_byte(id: str) -> None:
    assert brat_annotations(read_brat_file(GOLD / f"{id}.txt")) == (GOLD / f"{id}.ann").read_bytes().decode("utf-8")


def test_a_text_that_utf8_cannot_hold_is_refused_before_a_file_is_written(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_brat_file(Document.from_text("قسد\ud800"), tmp_path / "x.txt")
    assert list(tmp_path.iterdir()) == []


# ----------------------------------------------------------------------------------------- reading

TEXT = "قُتل عنصر من داعش في الحسكة"
SPANS = "T1\tKILL 0 4\tقُتل\nT2\tARMED 13 17\tداعش\nT3\tGPE 21 27\tالحسكة\n"


def read(folder: Path, annotations: str | bytes, text: str = TEXT, *, problems: list[str] | None = None) -> Document:
    """Read a file with these annotations; what is reported goes to ``problems``, without which it is an error."""
    (folder / "a.txt").write_bytes(text.encode("utf-8"))
    content = annotations if isinstance(annotations, bytes) else annotations.encode("utf-8")
    (folder / "a.ann").write_bytes(content)
    if problems is None:
        return read_brat_file(folder / "a.txt")
    return read_brat_file(folder / "a.txt", lambda place, problem: problems.append(f"{place}: {problem}"))


def test_the_trigger_of_an_event_is_no_entity_and_the_sentence_gets_its_type(tmp_path: Path) -> None:
    document = read(tmp_path, SPANS + "E1\tKILL:T1 TARGET:T2 PLACE:T3\nA1\tDisputed E1\n")
    assert document.id == "a"
    assert [(e.id, e.label, e.text, e.name) for e in document.entities] == [
        ("T2", "ARMED", "داعش", "داعش"),
        ("T3", "GPE", "الحسكة", "الحسكة"),
    ]
    (event,) = document.events
    assert (event.id, event.type, event.trigger.text) == ("E1", "KILL", "قُتل")
    assert event.arguments == [Argument("TARGET", "T2"), Argument("PLACE", "T3")]
    assert event.attributes == ["Disputed"]
    assert document.sentences[0].event_types == {"KILL": 1.0}


def test_a_span_of_an_event_type_without_an_event_is_an_entity(tmp_path: Path) -> None:
    assert [entity.label for entity in read(tmp_path, SPANS).entities] == ["KILL", "ARMED", "GPE"]


def test_lines_may_stand_in_any_order_with_notes_and_empty_lines_between(tmp_path: Path) -> None:
    lines = ["A1\tDisputed E1", "", "E1\tKILL:T1 TARGET:T2", "#1\tAnnotatorNotes T2\tمتأكد", "  ", *SPANS.split("\n")]
    document = read(tmp_path, "\n".join(lines))
    assert annotation(document) == annotation(read(tmp_path, SPANS + "E1\tKILL:T1 TARGET:T2\nA1\tDisputed E1"))
    assert [entity.id for entity in document.entities] == ["T2", "T3"]


def test_entities_and_events_come_in_the_order_of_the_text(tmp_path: Path) -> None:
    lines = [*reversed(SPANS.splitlines()), "T4\tCLASH 5 9\tعنصر", "E1\tCLASH:T4", "E2\tKILL:T1"]
    document = read(tmp_path, "\n".join(lines))
    assert [entity.id for entity in document.entities] == ["T2", "T3"]
    assert [event.id for event in document.events] == ["E2", "E1"]


def test_two_events_may_share_a_trigger(tmp_path: Path) -> None:
    document = read(tmp_path, SPANS + "E1\tKILL:T1 TARGET:T2\nE2\tKILL:T1 PLACE:T3\n")
    assert [event.trigger.text for event in document.events] == ["قُتل", "قُتل"]


def test_the_numbers_that_brat_gives_to_further_fillers_are_no_part_of_the_role(tmp_path: Path) -> None:
    document = read(tmp_path, SPANS + "E1\tKILL:T1 AGENT:T2 AGENT2:T3\n")
    assert document.events[0].arguments == [Argument("AGENT", "T2"), Argument("AGENT", "T3")]


def test_a_role_whose_own_name_ends_in_a_number_keeps_it(tmp_path: Path) -> None:
    document = read(tmp_path, SPANS + "E1\tKILL:T1 ARG1:T2 ARG2:T3\n")
    assert [argument.role for argument in document.events[0].arguments] == ["ARG1", "ARG2"]


def test_a_text_without_an_ann_file_is_a_document_without_annotation(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    assert read_brat_file(tmp_path / "a.txt") == Document.from_text(TEXT, id="a")


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path: Path) -> None:
    for name in ("b", "a", "c"):
        (tmp_path / f"{name}.txt").write_text(name, encoding="utf-8")
    assert [document.id for document in read_brat_folder(tmp_path)] == ["a", "b", "c"]


def test_a_folder_without_texts_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=f"{tmp_path} has no .txt files"):
        read_brat_folder(tmp_path)


# -------------------------------------------------------------------------------- malformed lines

# The line that is wrong, after three good ones; and what the message says of it.
MALFORMED = {
    "no tab": ("T4 PER 5 9 عنصر", "expected an id, a tab and its content, found 'T4 PER 5 9 عنصر'"),
    "an id alone": ("T4\t", "expected an id, a tab and its content"),
    "content without an id": ("\tPER 5 9\tعنصر", "expected an id, a tab and its content"),
    "an attribute without an id": ("\tDisputed E1", "expected an id, a tab and its content"),
    "an id that stands already": ("T2\tPER 5 9\tعنصر", "T2 stands already at {path}:2"),
    "an unknown kind of line": ("X1\tNear T2 T3", "X1 is none of the annotations that brat has"),
    "pieces in the wrong order": ("T4\tPER 8 9;5 7\tر عن", "must follow each other, but one begins at 5, before 9"),
    "pieces that overlap": ("T4\tPER 5 8;7 9\tعنص صر", "must follow each other, but one begins at 7, before 8"),
    "a piece beyond the text": ("T4\tPER 5 9;20 99\tعنصر", r"span 20\.\.99 does not lie in the text"),
    "a piece without an end": ("T4\tPER 5 9;20\tعنصر", "expected 'LABEL START END<tab>text'"),
    "another text in pieces": (
        "T4\tPER 5 9;13 17\tعنصر من داعش",
        r"at 5\.\.9;13\.\.17 is 'عنصر داعش', the line says 'عنصر من",
    ),
    "a span without an end": ("T4\tPER 5\tعنصر", "expected 'LABEL START END<tab>text'"),
    "a span without a label": ("T4\t5 9\tعنصر", "expected 'LABEL START END<tab>text'"),
    "a span without its text": ("T4\tPER 5 9", "expected 'LABEL START END<tab>text'"),
    "an offset that is no number": ("T4\tPER five 9\tعنصر", "expected 'LABEL START END<tab>text'"),
    "a negative offset": ("T4\tPER -5 9\tعنصر", "expected 'LABEL START END<tab>text'"),
    "a power as the end": ("T4\tPER 5 ²\tعنصر", "expected 'LABEL START END<tab>text'"),
    "a power as the start": ("T4\tPER ² 9\tعنصر", "expected 'LABEL START END<tab>text'"),
    "a span beyond the text": ("T4\tPER 20 99\tعنصر", r"span 20\.\.99 does not lie in the text of 27 characters"),
    "a span of no characters": ("T4\tPER 5 5\t", r"span 5\.\.5 does not lie in the text"),
    "a span that ends before it starts": ("T4\tPER 9 5\tعنصر", r"span 9\.\.5 does not lie in the text"),
    "another text": ("T4\tPER 5 9\tعنصرا", r"the text at 5\.\.9 is 'عنصر', the line says 'عنصرا'"),
    "a shifted span": ("T4\tPER 4 8\tعنصر", r"the text at 4\.\.8 is ' عنص', the line says 'عنصر'"),
    "an event without a trigger": ("E1\tKILL", "expected 'TYPE:TRIGGER ROLE:ID …', found 'KILL'"),
    "an event without a type": ("E1\t:T1", "expected 'TYPE:TRIGGER ROLE:ID …'"),
    "an argument without a filler": ("E1\tKILL:T1 AGENT:", "expected 'TYPE:TRIGGER ROLE:ID …'"),
    "an argument without a role": ("E1\tKILL:T1 T2", "expected 'TYPE:TRIGGER ROLE:ID …'"),
    "a trigger that does not exist": ("E1\tKILL:T9", "trigger T9 does not exist"),
    "a trigger of another type": ("E1\tCLASH:T1", "the event is CLASH, its trigger T1 is KILL"),
    "a filler that does not exist": ("E1\tKILL:T1 AGENT:T9", "AGENT points to T9, which does not exist"),
    "an attribute of nothing": ("A1\tDisputed E9", "attribute Disputed points to E9, which does not exist"),
    "an attribute without a target": ("A1\tDisputed", "expected 'Attribute EVENT-ID', found 'Disputed'"),
}


@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize(("line", "cause"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_line_is_named_by_file_line_and_cause(tmp_path: Path, line: str, cause: str, line_end: str) -> None:
    path = tmp_path / "a.ann"
    with pytest.raises(BratError, match=f"^{path}:4: .*{cause.format(path=path)}"):
        read(tmp_path, (SPANS + line + "\n# end\n").replace("\n", line_end))


# ------------------------------------------------------------------ what no document holds

# The line, well formed, after three good ones; and what is said of it.
FOREIGN = {
    "a relation": ("R1\tNear Arg1:T2 Arg2:T3", r"a relation \(Near Arg1:T2 Arg2:T3\)"),
    "a normalization": ("N1\tReference T2 Wikipedia:1", r"a normalisation \(Reference T2 Wikipedia:1\)"),
    "an equivalence": ("*\tEquiv T2 T3", r"an equivalence \(Equiv T2 T3\)"),
    "a span in pieces": ("T4\tPER 5 9;13 17\tعنصر داعش", "PER in 2 pieces with other words between them, 'عنصر داعش'"),
    "a span that leaves letters out": ("T4\tPER 5 6;8 9\tع ر", "PER in 2 pieces with other words between them"),
    "a filler that is a trigger": ("E1\tKILL:T1 AGENT:T1", "AGENT points to T1, which is no entity"),
    "a filler that is an event": ("E1\tKILL:T1 AGENT:E1", "AGENT points to E1, which is no entity"),
    "an attribute of an entity": ("A1\tDisputed T2", "attribute Disputed points to T2, which is no event"),
    "an attribute with a value": ("A1\tConfidence T1 High", "attribute Confidence with a value, High"),
}


class TestWhatNoDocumentHolds:
    @pytest.mark.parametrize(("line", "said"), FOREIGN.values(), ids=FOREIGN)
    def test_it_is_reported_with_file_and_line_and_everything_else_is_read(
        self, tmp_path: Path, line: str, said: str
    ) -> None:
        problems: list[str] = []
        document = read(tmp_path, f"{SPANS}{line}\n", problems=problems)
        (problem,) = problems
        assert re.match(rf"{tmp_path}/a\.ann:4: {said}.*left out$", problem)
        kept = line if line.startswith("E") else ""
        assert annotation(document) == annotation(read(tmp_path, SPANS + kept.partition(" ")[0]))

    @pytest.mark.parametrize(("line", "said"), FOREIGN.values(), ids=FOREIGN)
    def test_without_a_report_it_is_an_error_with_file_and_line(self, tmp_path: Path, line: str, said: str) -> None:
        with pytest.raises(BratError, match=rf"^{tmp_path}/a\.ann:4: {said}"):
            read(tmp_path, f"{SPANS}{line}\n")

    def test_what_needs_a_span_in_pieces_goes_with_it_and_is_reported_too(self, tmp_path: Path) -> None:
        lines = (
            "T4\tARMED 5 9;13 17\tعنصر داعش\nT5\tCLASH 0 4;18 20\tقُتل في\n"
            "E1\tKILL:T1 TARGET:T4 PLACE:T3\nE2\tCLASH:T5 PLACE:T3\nA1\tDisputed E2\nA2\tDisputed E1\n"
        )
        problems: list[str] = []
        document = read(tmp_path, SPANS + lines, problems=problems)
        assert [problem.removeprefix(f"{tmp_path}/a.ann:") for problem in problems] == [
            "4: ARMED in 2 pieces with other words between them, 'عنصر داعش'; it is left out",
            "5: CLASH in 2 pieces with other words between them, 'قُتل في'; it is left out",
            "6: TARGET points to T4, which is no entity of the document; it is left out",
            "7: event CLASH, whose trigger T5 is left out; it is left out, too",
            "8: attribute Disputed points to E2, which is no event of the document; it is left out",
        ]
        assert [entity.id for entity in document.entities] == ["T2", "T3"]
        (event,) = document.events
        assert (event.id, event.arguments, event.attributes) == ("E1", [Argument("PLACE", "T3")], ["Disputed"])

    def test_notes_are_reported_once_with_their_number(self, tmp_path: Path) -> None:
        problems: list[str] = []
        read(tmp_path, SPANS + "#1\tAnnotatorNotes T2\tمتأكد\n#2\tAnnotatorNotes T3\tربما\n", problems=problems)
        assert problems == [f"{tmp_path}/a.ann:4: a note; notes (2 in this file) are left out"]

    def test_several_equivalences_are_no_repeated_id(self, tmp_path: Path) -> None:
        problems: list[str] = []
        read(tmp_path, SPANS + "*\tEquiv T2 T3\n*\tEquiv T1 T3\n", problems=problems)
        assert [problem.partition(" (")[0] for problem in problems] == [
            f"{tmp_path}/a.ann:4: an equivalence",
            f"{tmp_path}/a.ann:5: an equivalence",
        ]

    def test_a_folder_reports_the_file_of_every_line(self, tmp_path: Path) -> None:
        problems: list[str] = []
        for name in ("a", "b"):
            (tmp_path / f"{name}.txt").write_text(TEXT, encoding="utf-8")
            (tmp_path / f"{name}.ann").write_text(SPANS + "R1\tNear Arg1:T2 Arg2:T3", encoding="utf-8")
        read_brat_folder(tmp_path, lambda place, problem: problems.append(place))
        assert problems == [f"{tmp_path}/a.ann:4", f"{tmp_path}/b.ann:4"]


class TestPiecesThatTouch:
    """brat cuts a span at a line break: ``0 6;7 12`` is one span, of which nothing is missing."""

    @pytest.mark.parametrize("between", [" ", "\n", "\r\n", " \t\u00a0", ""])
    def test_pieces_with_only_white_space_between_them_are_one_span(self, tmp_path: Path, between: str) -> None:
        text = f"تنظيم{between}داعش"
        line = f"T1\tARMED 0 5;{len(text) - 4} {len(text)}\tتنظيم داعش\n"
        document = read(tmp_path, line, text)
        assert [(e.start, e.end, e.text) for e in document.entities] == [(0, len(text), text)]

    def test_a_trigger_in_such_pieces_is_one_trigger(self, tmp_path: Path) -> None:
        document = read(tmp_path, "T1\tCLASH 0 3;4 9\tحرب شوارع\nE1\tCLASH:T1\n", "حرب\nشوارع")
        assert [event.trigger.text for event in document.events] == ["حرب\nشوارع"]

    def test_three_pieces_are_left_out_if_any_two_are_parted(self, tmp_path: Path) -> None:
        problems: list[str] = []
        document = read(tmp_path, "T1\tPER 0 4;5 9;13 17\tقُتل عنصر داعش\n", problems=problems)
        assert document.entities == []
        assert ["in 3 pieces" in problem for problem in problems] == [True]


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    with pytest.raises(BratError, match=rf"a\.ann: not UTF-8 \(byte {len(SPANS.encode())}\)"):
        read(tmp_path, SPANS.encode() + "عنصر".encode("cp1256"))
    (tmp_path / "a.txt").write_bytes("عنصر".encode("cp1256"))
    with pytest.raises(BratError, match=r"a\.txt: not UTF-8 \(byte 0\)"):
        read_brat_file(tmp_path / "a.txt")


# ---------------------------------------------------------------------------------- configuration


def test_the_annotation_conf_of_the_gold_folder_is_that_of_the_shipped_schema() -> None:
    assert annotation_conf(load_schema()) == (GOLD / "annotation.conf").read_text(encoding="utf-8")


def test_the_annotation_conf_lists_labels_roles_with_their_fillers_and_attributes(tmp_path: Path) -> None:
    path = tmp_path / "schema.yaml"
    path.write_text(
        "entities: [{name: PER}, {name: GPE}]\nevents: [{name: KILL}]\n"
        "roles: [{name: AGENT, fillers: [PER, GPE]}, {name: ANY}]\nattributes: [{name: Disputed}]",
        encoding="utf-8",
    )
    assert annotation_conf(load_schema(path)) == (
        "[entities]\nPER\nGPE\n\n[relations]\n\n[events]\nKILL\tAGENT*:PER|GPE, ANY*:<ENTITY>\n\n"
        "[attributes]\nDisputed\tArg:<EVENT>\n"
    )


def test_the_annotation_conf_of_a_schema_without_roles_lists_bare_events(tmp_path: Path) -> None:
    path = tmp_path / "schema.yaml"
    path.write_text("events: [{name: KILL}]", encoding="utf-8")
    assert "[events]\nKILL\n" in annotation_conf(load_schema(path))
