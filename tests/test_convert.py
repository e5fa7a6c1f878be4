"""``marsad data convert``: what it guesses, what it says, what it maps, and that it never leaves half an output."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import TRAINING, Marsad, marked_document

from trainer.data.conversion import convert, plan
from trainer.data.storage import build_dataset
from trainer.documents import Document
from trainer.formats.brat import write_brat_file
from trainer.formats.catalogue import recognised

COLUMNS = "وصل O\nأحمد B-PERS\nالخالد I-PERS\nإلى O\nحلب B-LOC\n\nكأس B-MISC\nآسيا I-MISC\n"
DOCCANO = '{"id": "خبر", "text": "قُتل عنصر من قسد", "label": [[0, 4, "KILL"], [13, 16, "ARMED"]], "source": "سانا"}\n'


def columns(folder: Path, content: str = COLUMNS) -> Path:
    (folder / "news.conll").write_text(content, encoding="utf-8")
    return folder / "news.conll"


def doccano(folder: Path) -> Path:
    (folder / "export.jsonl").write_text(DOCCANO, encoding="utf-8")
    return folder / "export.jsonl"


def gold(folder: Path) -> Path:
    """Write a brat folder of one document."""
    (folder / "gold").mkdir()
    write_brat_file(marked_document(TRAINING[:2], "خبر"), folder / "gold" / "خبر.txt")
    return folder / "gold"


def read(path: Path) -> list[Document]:
    return recognised(path).format.read(path, lambda place, problem: None, None)


def labels(path: Path) -> list[str]:
    return [span for d in read(path) for span in [*(e.label for e in d.entities), *(e.type for e in d.events)]]


class TestTheCommand:
    def test_says_what_it_guessed_what_was_lost_and_how_much_it_wrote(self, marsad: Marsad, tmp_path: Path) -> None:
        source, target = doccano(tmp_path), tmp_path / "out"
        done = marsad("data", "convert", source, target)
        assert done.code == 0
        assert done.out.splitlines() == [
            f"{source}: read as doccano (JSON Lines whose labels are spans); "
            f"{target}: written as brat standoff (a folder)",
            f"{target}: made of 1 document, 1 sentence, 1 entity, 1 event",
        ]
        assert done.err.splitlines() == [
            f"{source}: 2 of 2 labels are of Marsad's own schema; spans of KILL are read as triggers of events",
            f"{target}: not written: metadata 'source' (1)",
            "2 reports above: what was guessed, wrong or left out",
        ]
        assert sorted(path.name for path in target.iterdir()) == ["annotation.conf", "خبر.ann", "خبر.txt"]

    def test_counts_event_types_that_no_trigger_says(self, marsad: Marsad, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("text,labels\nقُتل عنصر,KILL|CLASH\nهدوء,\n", encoding="utf-8")
        done = marsad("data", "convert", tmp_path / "a.csv", tmp_path / "a.jsonl")
        assert done.out.endswith("made of 2 documents, 2 sentences, 0 entities, 0 events, 2 event types\n")

    def test_takes_formats_by_name(self, marsad: Marsad, tmp_path: Path) -> None:
        source = columns(tmp_path).rename(tmp_path / "news.dat")
        done = marsad("data", "convert", source, tmp_path / "x.dat", "--from", "conll", "--to", "marked")
        assert done.code == 0
        assert "(as --from says)" in done.out
        assert "(as --to says)" in done.out
        assert "[حلب|LOC]" in (tmp_path / "x.dat").read_text(encoding="utf-8")

    def test_writes_other_schemes_of_tags(self, marsad: Marsad, tmp_path: Path) -> None:
        source = columns(tmp_path)
        for target, scheme, tag in (("a.iob2", ["--scheme", "BIOES"], "S-LOC"), ("a.bilou", [], "U-LOC")):
            assert marsad("data", "convert", source, tmp_path / target, *scheme).code == 0
            assert f"حلب\t{tag}" in (tmp_path / target).read_text(encoding="utf-8")

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["none.conll", "out"], "there is no none.conll"),
            (
                ["notes.txt", "out"],
                "notes.txt is of no format that Marsad knows (its lines are not words with a tag each); formats are ",
            ),
            (["news.conll", "out.pdf"], "out.pdf: no format is written with the ending .pdf; give another (.marked, "),
            (["news.conll", "out", "--to", "xml"], "there is no format 'xml'; formats are marked, marsad, "),
            (["news.conll", "out", "--from", "dataset"], "news.conll is no folder that 'marsad data build' made"),
            (["news.conll", "out", "--to", "dataset"], "out: a dataset folder is written by 'marsad data build'"),
            (["news.conll", "out.iob2", "--scheme", "iobes"], "--scheme iobes is none of iob2, iob1, bioes, bilou"),
            (
                ["news.conll", "out.csv"],
                "news.conll is annotated for entities; labelled sentences can only say event_ty",
            ),
            (["news.conll", "out", "--map", "nobody"], "there is no label mapping nobody; Marsad ships ace2005, "),
            (["news.conll", "./news.conll"], "news.conll would be overwritten by what is made of it"),
        ],
    )
    def test_ends_with_a_sentence_where_it_cannot_go_on(
        self, marsad: Marsad, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
    ) -> None:
        columns(tmp_path)
        (tmp_path / "notes.txt").write_text("مجرد نص", encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        done = marsad("data", "convert", *arguments)
        assert done.code == 1
        assert done.err.startswith(f"error: {message}")
        assert done.err.count("\n") == 1
        assert sorted(path.name for path in tmp_path.iterdir()) == ["news.conll", "notes.txt"]


class TestALabelMapping:
    def test_is_told_as_a_table_with_what_was_dropped_and_is_not_marked(self, marsad: Marsad, tmp_path: Path) -> None:
        done = marsad("data", "convert", columns(tmp_path), tmp_path / "news.jsonl", "--map", "anercorp")
        assert done.code == 0, done.err
        rows = [[cell.strip() for cell in row.strip("│").split("│")] for row in done.out.splitlines() if "│" in row]
        assert rows == [
            ["entities", "LOC", "GPE", "1"],
            ["entities", "MISC", "dropped", "1"],
            ["entities", "PERS", "PER", "1"],
        ]
        assert "never marked in what was mapped (entities): ARMED, PEOPLE, LOC, FAC, NORP, OCC, WEAPON" in done.out
        assert labels(tmp_path / "news.jsonl") == ["PER", "GPE"]

    def test_says_which_labels_are_of_events(self, marsad: Marsad, tmp_path: Path) -> None:
        mapping = tmp_path / "mine.yaml"
        mapping.write_text("entities: {ARMED: ORG}\nevents: {KILL: CLASH}\n", encoding="utf-8")
        done = marsad("data", "convert", doccano(tmp_path), tmp_path / "news.jsonl", "--map", mapping)
        assert done.code == 0, done.err
        assert labels(tmp_path / "news.jsonl") == ["ORG", "CLASH"]
        assert "read as triggers" not in done.err

    def test_that_lacks_a_label_writes_nothing(self, marsad: Marsad, tmp_path: Path) -> None:
        source = columns(tmp_path, "حلب B-CITY\n")
        done = marsad("data", "convert", source, tmp_path / "out", "--map", "anercorp")
        assert done.code == 1
        assert "does not name these labels of the documents: entities: CITY" in done.err
        assert list(tmp_path.iterdir()) == [source]


class TestTheSchema:
    def test_is_marsads_own_where_most_labels_are_of_it(self, marsad: Marsad, tmp_path: Path) -> None:
        assert marsad("data", "convert", doccano(tmp_path), tmp_path / "out").code == 0
        assert "AGENT" in (tmp_path / "out" / "annotation.conf").read_text(encoding="utf-8")

    def test_is_what_occurs_where_they_are_not(self, marsad: Marsad, tmp_path: Path) -> None:
        assert marsad("data", "convert", columns(tmp_path), tmp_path / "out").code == 0
        conf = (tmp_path / "out" / "annotation.conf").read_text(encoding="utf-8")
        assert conf == "[entities]\nLOC\nMISC\nPERS\n\n[relations]\n\n[events]\n\n[attributes]\n"

    def test_may_be_given(self, marsad: Marsad, tmp_path: Path) -> None:
        (tmp_path / "schema.yaml").write_text("entities: [{name: KILL}, {name: ARMED}]\n", encoding="utf-8")
        done = marsad("data", "convert", doccano(tmp_path), tmp_path / "o.jsonl", "--schema", tmp_path / "schema.yaml")
        assert done.code == 0, done.err
        assert [entity.label for entity in read(tmp_path / "o.jsonl")[0].entities] == ["KILL", "ARMED"]


class TestTheOutput:
    def test_may_be_a_brat_folder_that_other_documents_are_in(self, marsad: Marsad, tmp_path: Path) -> None:
        folder = gold(tmp_path)
        assert marsad("data", "convert", columns(tmp_path), folder, "--map", "anercorp").code == 0
        assert [document.id for document in read(folder)] == ["news-0001", "خبر"]

    @pytest.mark.parametrize(
        ("target", "message"),
        [
            ("gold/new.marked", "one of .* and .* lies in the other; name an output somewhere else"),
            ("", "one of .* and .* lies in the other"),
            ("full", "full is not empty; name another folder for brat standoff, or empty it"),
            ("hub", "hub is not empty; name another folder for a Hugging Face dataset, or empty it"),
            ("folder.jsonl", "folder.jsonl is a folder, and Marsad's JSON Lines is written as a file; name another"),
        ],
    )
    def test_never_takes_the_place_of_other_files(self, tmp_path: Path, target: str, message: str) -> None:
        source = gold(tmp_path)
        for name in ("full", "hub", "folder.jsonl"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "مهم.pdf").write_bytes(b"")
        with pytest.raises((ValueError, FileExistsError), match=message):
            plan(source, tmp_path / target, write_as="marsad" if target == "folder.jsonl" else None)

    def test_is_no_folder_in_the_place_of_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "tasks.json").write_text("[]", encoding="utf-8")
        message = r"tasks\.json is a file, and brat standoff is written as a folder; name another"
        with pytest.raises(FileExistsError, match=message):
            plan(gold(tmp_path), tmp_path / "tasks.json", write_as="brat")

    def test_stays_as_it_was_where_writing_fails(self, tmp_path: Path) -> None:
        source, target = tmp_path / "a.conll", tmp_path / "out.marked"
        source.write_text("حلب B-[x]\n", encoding="utf-8")
        target.write_text("## قديم\n", encoding="utf-8")
        with pytest.raises(ValueError, match=r"has the label '\[x\]', which cannot be written"):
            convert(plan(source, target), lambda place, problem: None)
        assert target.read_text(encoding="utf-8") == "## قديم\n"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a.conll", "out.marked"]


class TestADatasetFolder:
    def test_is_a_source_whose_documents_name_their_split(
        self, marsad: Marsad, tiny_corpus: Path, tmp_path: Path
    ) -> None:
        build_dataset(tiny_corpus, tmp_path / "built")
        done = marsad("data", "convert", tmp_path / "built", tmp_path / "hub")
        assert done.code == 0, done.err
        assert f"{tmp_path / 'built'}: read as a dataset folder (a folder that 'marsad data build' made)" in done.out
        assert {document.metadata["split"] for document in read(tmp_path / "hub")} == {"train", "validation", "test"}
