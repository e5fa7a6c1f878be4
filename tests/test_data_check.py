"""What ``check_corpus`` finds wrong with annotation, texts and offset maps, and where it says it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from difflib import SequenceMatcher
from pathlib import Path

import pytest
import yaml

from trainer.data.check import check_corpus, document_problems
from trainer.data.cleaned_files import clean_files
from trainer.data.corpus import load_corpus
from trainer.documents import Argument, Document
from trainer.formats.brat import write_brat_file
from trainer.schema import Schema, load_schema

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ROOT / "data" / "dataset.yaml"
SCHEMA = """\
name: صغير
entities: [{name: ARMED}, {name: GPE}, {name: PEOPLE}]
events: [{name: KILL}, {name: WITHDRAW}]
roles: [{name: AGENT}, {name: PLACE}]
attributes: [{name: Disputed}]
"""
TEXT = "قتل تنظيم «داعش» خمسة مدنيين في الحسكة.\nفرّ عناصر التنظيم ليلاً."
GOOD = [
    ("T1", "ARMED", "تنظيم «داعش»"),
    ("T2", "GPE", "الحسكة"),
    ("T3", "KILL", "قتل"),
    ("E1", "KILL:T3 AGENT:T1 PLACE:T2"),
    ("A1", "Disputed E1"),
]
Row = tuple[str, ...]


def ann(rows: list[Row]) -> str:
    """Write brat lines: a span is ``(id, label, part of TEXT)``, anything else ``(id, content)``."""
    lines = []
    for id, content, *part in rows:
        if part:
            start = TEXT.index(part[0])
            covered = part[0].replace("\n", " ")
            content = f"{content} {start} {start + len(part[0])}\t{covered}"
        lines.append(f"{id}\t{content}\n")
    return "".join(lines)


def write_corpus(folder: Path, annotation: str, *, raw: str | None = None, **splits: list[str]) -> Path:
    """Write a corpus with the one document 010; ``raw`` is its page, which is cleaned into it."""
    gold = folder / "gold"
    gold.mkdir(parents=True)
    (gold / "010.txt").write_text(TEXT, encoding="utf-8")
    (gold / "010.ann").write_text(annotation, encoding="utf-8")
    (folder / "schema.yaml").write_text(SCHEMA, encoding="utf-8")
    (folder / "metadata.yaml").write_text("documents: {}\n", encoding="utf-8")
    content = {
        "name": "صغير",
        "schema": "schema.yaml",
        "annotations": "gold",
        "metadata": "metadata.yaml",
        "splits": splits or {"train": ["010"]},
    }
    if raw is not None:
        content["raw"] = "raw"
        (folder / "raw").mkdir()
        (folder / "raw" / "010.txt").write_text(raw, encoding="utf-8")
        clean_files(folder / "raw", gold)
    (folder / "dataset.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return folder / "dataset.yaml"


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    path = tmp_path_factory.mktemp("schema") / "schema.yaml"
    path.write_text(SCHEMA, encoding="utf-8")
    return load_schema(path)


@pytest.fixture(scope="module")
def shipped() -> dict[str, Document]:
    return {document.id: document for document in load_corpus(SHIPPED).documents}


def test_sound_annotation_has_no_problems_and_is_counted_by_split(tmp_path: Path) -> None:
    report = check_corpus(write_corpus(tmp_path, ann(GOOD)))
    assert report.problems == []
    assert report.entities == {"train": {"ARMED": 1, "GPE": 1}}
    assert report.events == {"train": {"KILL": 1}}
    assert report.sentences == {"train": 2}
    assert report.words == {"train": 15}


def test_a_trigger_may_lie_inside_an_entity(tmp_path: Path) -> None:
    rows = [("T1", "PEOPLE", "خمسة مدنيين"), ("T2", "KILL", "مدنيين"), ("E1", "KILL:T2")]
    assert check_corpus(write_corpus(tmp_path, ann(rows))).problems == []


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        pytest.param(
            [("T7", "TANK", "الحسكة")], "T7 TANK 'الحسكة' (32..38): the schema has no label TANK", id="unknown entity"
        ),
        pytest.param(
            [("T1", "FLOOD", "قتل"), ("E7", "FLOOD:T1")],
            "E7 FLOOD 'قتل' (0..3): the schema has no label FLOOD",
            id="unknown event",
        ),
        pytest.param(
            [("T7", "KILL", "الحسكة")],
            "T7 KILL 'الحسكة' (32..38): the schema has no label KILL",
            id="event label on an entity",
        ),
        pytest.param(
            [("T7", "GPE", "حسكة")], "T7 GPE 'حسكة' (34..38): cuts a word in two at 34", id="half word at the start"
        ),
        pytest.param(
            [("T7", "PEOPLE", "مدني")], "T7 PEOPLE 'مدني' (22..26): cuts a word in two at 26", id="half word at the end"
        ),
        pytest.param(
            # The shadda is a character of its own: a word ends behind its marks.
            [("T1", "WITHDRAW", "فر"), ("E7", "WITHDRAW:T1")],
            "E7 WITHDRAW 'فر' (40..42): cuts a word in two at 42",
            id="a diacritic cut off",
        ),
        pytest.param(
            [("T7", "ARMED", "داعش» خمسة"), ("T8", "PEOPLE", "خمسة مدنيين")],
            "T8 PEOPLE 'خمسة مدنيين' (17..28): overlaps T7 ARMED 'داعش» خمسة' (11..21)",
            id="overlapping entities",
        ),
        pytest.param(
            [("T1", "KILL", "قتل"), ("T2", "KILL", "قتل"), ("E7", "KILL:T1"), ("E8", "KILL:T2")],
            "E8 KILL 'قتل' (0..3): overlaps E7 KILL 'قتل' (0..3)",
            id="two triggers on one word",
        ),
        pytest.param(
            [("T7", "GPE", "الحسكة.\nفرّ")],
            "T7 GPE 'الحسكة.\\nفرّ' (32..43): runs over the end of its sentence",
            id="a span over the end of a sentence",
        ),
        pytest.param(
            [("T7", "GPE", "الحسكة.\n")],
            "T7 GPE 'الحسكة.\\n' (32..40): begins or ends with white space",
            id="white space at the end",
        ),
        pytest.param(
            [("T7", "GPE", " الحسكة")],
            "T7 GPE ' الحسكة' (31..38): begins or ends with white space",
            id="white space at the start",
        ),
        pytest.param(
            [("T1", "KILL", "قتل"), ("T2", "GPE", "الحسكة"), ("E7", "KILL:T1 VICTIM:T2")],
            "E7 KILL 'قتل': the schema has no role VICTIM",
            id="unknown role",
        ),
        pytest.param(
            [("T1", "KILL", "قتل"), ("E7", "KILL:T1"), ("A1", "Rumour E7")],
            "E7 KILL 'قتل': the schema has no attribute Rumour",
            id="unknown attribute",
        ),
    ],
)
def test_a_fault_is_reported_with_the_file_and_the_id(tmp_path: Path, rows: list[Row], problem: str) -> None:
    report = check_corpus(write_corpus(tmp_path, ann(rows)))
    # A span that begins or ends with a line break also leaves its sentence.
    mine = [p for p in report.problems if not ("white space" in problem and p.endswith("the end of its sentence"))]
    assert mine == [f"{tmp_path / 'gold' / '010.ann'}: {problem}"]


@pytest.mark.parametrize(
    ("rows", "line", "problem"),
    [
        pytest.param(
            [("T1", "KILL", "قتل"), ("E1", "KILL:T1 AGENT:T9")], 2, "AGENT points to T9", id="dangling argument"
        ),
        pytest.param(
            [("T1", "KILL", "قتل"), ("E1", "KILL:T1 AGENT:T1")],
            2,
            "AGENT points to T1",
            id="argument that is a trigger",
        ),
        pytest.param([("E1", "KILL:T9")], 1, "trigger T9 does not exist", id="event without its trigger"),
        pytest.param(
            [("T1", "KILL", "قتل"), ("E1", "KILL:T1"), ("A1", "Disputed E9")],
            3,
            "attribute Disputed points to E9",
            id="attribute of no event",
        ),
        pytest.param([("T1", "GPE 0 3\tحلب")], 1, "the text at 0..3 is 'قتل'", id="offsets that are off"),
        pytest.param(
            [("T1", "GPE 60 999\tحلب")], 1, "span 60..999 does not lie in the text", id="span beyond the text"
        ),
        pytest.param([("T1", "GPE", "الحسكة"), ("T1", "GPE", "الحسكة")], 2, "T1 stands already at", id="an id twice"),
    ],
)
def test_a_line_that_cannot_be_read_is_reported_with_file_line_and_id(
    tmp_path: Path, rows: list[Row], line: int, problem: str
) -> None:
    report = check_corpus(write_corpus(tmp_path, ann(rows)))
    (found,) = report.problems
    assert found.startswith(f"{tmp_path / 'gold' / '010.ann'}:{line}: ")
    assert problem in found


def test_an_argument_of_a_document_in_memory_must_point_to_an_entity_of_it(schema: Schema) -> None:
    document = Document.from_text(TEXT)
    document.add_event(0, 3, "KILL").arguments.append(Argument("AGENT", "T4"))
    assert list(document_problems(document, schema)) == ["E1 KILL 'قتل': AGENT points to T4, which does not exist"]


def test_every_fault_is_reported_not_just_the_first(tmp_path: Path) -> None:
    rows = [("T1", "TANK", "حسكة"), ("T2", "ARMED", "تنظيم"), ("T3", "KILL", "قتل"), ("E1", "KILL:T3 VICTIM:T2")]
    problems = "\n".join(check_corpus(write_corpus(tmp_path, ann(rows))).problems)
    for fault in ("no label TANK", "cuts a word in two", "no role VICTIM"):
        assert problems.count(fault) == 1


def test_a_long_span_overlaps_all_that_lie_in_it_not_just_its_neighbour(schema: Schema) -> None:
    document = Document.from_text(TEXT)
    for part in ("تنظيم «داعش» خمسة مدنيين في الحسكة", "تنظيم", "مدنيين", "الحسكة"):
        start = TEXT.index(part)
        document.add_entity(start, start + len(part), "GPE")
    found = [p.split(": overlaps ") for p in document_problems(document, schema) if "overlaps" in p]
    assert [(inner.split()[0], outer.split()[0]) for inner, outer in found] == [
        ("T1", "T2"),
        ("T3", "T1"),
        ("T4", "T1"),
    ]


@pytest.mark.parametrize(
    ("splits", "problem"),
    [
        ({"train": ["010"], "test": ["010"]}, "document 010 stands in train and in test"),
        ({"train": ["010", "011"]}, "document 011 has no text"),
    ],
)
def test_splits_are_checked_with_the_annotation(tmp_path: Path, splits: dict[str, list[str]], problem: str) -> None:
    report = check_corpus(write_corpus(tmp_path, ann(GOOD), **splits))
    (found,) = report.problems
    assert found.startswith(str(tmp_path))
    assert problem in found


def test_a_torn_group_is_reported_beside_faults_of_the_annotation(tmp_path: Path) -> None:
    path = write_corpus(tmp_path, ann([("T1", "TANK", "الحسكة")]), train=["010"], test=["011"])
    write_brat_file(Document.from_text("هدوء."), tmp_path / "gold" / "011.txt")
    path.write_text(path.read_text(encoding="utf-8") + "groups: [['010', '011']]\n", encoding="utf-8")
    first, second = check_corpus(path).problems
    assert first.startswith(f"{path}: the near-duplicates 010, 011 lie in test and train")
    assert "no label TANK" in second


def test_a_document_that_nobody_annotated_is_reported(tmp_path: Path) -> None:
    path = write_corpus(tmp_path, "")
    assert check_corpus(path).problems == [], "an empty file says that there is nothing to mark"
    (tmp_path / "gold" / "010.ann").unlink()
    assert check_corpus(path).problems == [f"{tmp_path / 'gold' / '010.ann'}: document 010 has no annotation"]


def test_a_corpus_file_without_its_keys_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "dataset.yaml"
    path.write_text("name: صغير\nsplits: {}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"dataset\.yaml lacks schema, annotations"):
        check_corpus(path)


PAGE = "قتلى في الحسكة\n\nSorry, you need to enable JavaScript to visit this website.\n\n" + TEXT + "\n\nالتعليقات\n"


def append_to_text(folder: Path) -> None:
    (folder / "gold" / "010.txt").write_bytes((folder / "gold" / "010.txt").read_bytes() + b"!")


def shift_map(folder: Path) -> None:
    path = folder / "gold" / "010.offsets.json"
    record = json.loads(path.read_bytes())
    record["kept"][-1]["raw_start"] += 1
    path.write_text(json.dumps(record), encoding="utf-8")


def damage_map(folder: Path) -> None:
    (folder / "gold" / "010.offsets.json").write_text('{"kept": [', encoding="utf-8")


def drop_map(folder: Path) -> None:
    (folder / "gold" / "010.offsets.json").unlink()


def drop_page(folder: Path) -> None:
    (folder / "raw" / "010.txt").unlink()


def recode_page(folder: Path) -> None:
    (folder / "raw" / "010.txt").write_bytes("الحسكة".encode("windows-1256"))


def test_a_text_that_is_the_cleaned_page_has_no_problems(tmp_path: Path) -> None:
    path = write_corpus(tmp_path, "", raw=PAGE)
    assert check_corpus(path).problems == []
    text = (tmp_path / "gold" / "010.txt").read_text(encoding="utf-8")
    assert "JavaScript" not in text
    assert "التعليقات" not in text
    assert TEXT in text


@pytest.mark.parametrize(
    ("spoil", "file", "problem"),
    [
        (append_to_text, "gold/010.txt", "the text is not what cleaning makes of"),
        (shift_map, "gold/010.offsets.json", "the offset map is out of date; 'marsad data clean' writes it"),
        (damage_map, "gold/010.offsets.json", "the offset map is out of date; 'marsad data clean' writes it"),
        (drop_map, "gold/010.offsets.json", "the offset map is missing; 'marsad data clean' writes it"),
        (drop_page, "raw/010.txt", "the raw page is missing"),
        (recode_page, "raw/010.txt", "not UTF-8 (byte 0)"),
    ],
)
def test_text_and_map_must_be_what_cleaning_makes_of_the_page(
    tmp_path: Path, spoil: Callable[[Path], None], file: str, problem: str
) -> None:
    path = write_corpus(tmp_path, "", raw=PAGE)
    spoil(tmp_path)
    (found,) = check_corpus(path).problems
    assert found.startswith(f"{tmp_path / file}: {problem}")


def test_the_shipped_corpus_has_no_problems() -> None:
    report = check_corpus(SHIPPED)
    assert report.problems == []
    assert set(report.entities) == {"train", "validation", "test", "training only"}
    assert all(counts.total() > 100 for counts in report.entities.values())
    assert all(counts.total() > 30 for counts in report.events.values())


def test_cleaning_the_shipped_pages_gives_the_shipped_texts_and_maps_byte_for_byte(tmp_path: Path) -> None:
    clean_files(ROOT / "data" / "raw", tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert len(made) == 10
    for name, content in made.items():
        assert content == (ROOT / "data" / "annotations" / "gold" / name).read_bytes(), name


def test_what_000_and_001_share_word_for_word_is_annotated_alike(shipped: dict[str, Document]) -> None:
    one, other = shipped["000"], shipped["001"]
    matcher = SequenceMatcher(None, [w.text for w in one.words], [w.text for w in other.words], autojunk=False)
    compared = words = 0
    for first, second, size in matcher.get_matching_blocks():
        if size < 4:
            continue
        passage = " ".join(word.text for word in one.words[first : first + size])
        marked = marked_in(one, first, size)
        assert marked == marked_in(other, second, size), passage
        compared += len(marked)
        words += size
    assert words > 150, "the two articles retell each other"
    assert compared > 40


def marked_in(document: Document, first: int, size: int) -> set[tuple[object, ...]]:
    """Return what is marked wholly inside a passage, by the positions of its words."""
    words = document.words[first : first + size]
    starts = {word.start: index for index, word in enumerate(words)}
    ends = {word.end: index for index, word in enumerate(words)}
    spans = [(e.start, e.end, "entity", e.label) for e in document.entities]
    spans += [(e.trigger.start, e.trigger.end, "event", e.type, *e.attributes) for e in document.events]
    return {
        (starts[start], ends[end], *what)
        for start, end, *what in spans
        if words[0].start <= start and end <= words[-1].end
    }
