"""A folder of brat files: opens in brat, reads back the same, and its names are good on every system."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import ANY_TEXT, documents
from test_writers import articles, fresh, output, schema

from trainer.documents import Argument, Document
from trainer.formats.brat import annotation_conf, brat_annotations, read_brat_file, read_brat_folder
from trainer.schema import Schema
from trainer.writers.file_names import UniqueNames, safe_name
from trainer.writers.writer import writer_for

__all__ = ["fresh", "schema"]


def names_of_ids(folder: Path) -> list[tuple[str, str]]:
    with (folder / "documents.csv").open(encoding="utf-8-sig", newline="") as file:
        return [(row["file"], row["document_id"]) for row in csv.DictReader(file)]


class TestTheFolder:
    def test_it_has_two_files_a_document_the_labels_and_the_ids(self, schema: Schema, tmp_path: Path) -> None:
        folder = output([articles(1), articles(2)[1:]], tmp_path / "brat", schema)
        names = ["1.ann", "1.txt", "2.ann", "2.txt", "annotation.conf", "documents.csv"]
        assert sorted(path.name for path in folder.iterdir()) == names
        assert (folder / "annotation.conf").read_text(encoding="utf-8") == annotation_conf(schema)
        assert names_of_ids(folder) == [("1", "1"), ("2", "2")]

    def test_the_files_are_those_of_the_format(self, schema: Schema, tmp_path: Path) -> None:
        document = articles(1)[0]
        folder = output([[document]], tmp_path / "brat", schema)
        assert (folder / "1.ann").read_text(encoding="utf-8") == brat_annotations(document)
        (found,) = read_brat_folder(folder)
        assert (found.id, found.text, found.entities) == ("1", document.text, document.entities)

    @given(written=st.lists(documents(ANY_TEXT), max_size=4))
    @settings(max_examples=30)
    def test_any_documents_can_be_read_again_with_the_same_spans(
        self, schema: Schema, fresh: Callable[[], Path], written: list[Document]
    ) -> None:
        folder = output([written[:1], written[1:]], fresh() / "brat", schema)
        for document, (name, _) in zip(written, names_of_ids(folder), strict=True):
            found = read_brat_file(folder / f"{name}.txt")
            assert len(found.text) == len(document.text)
            spans = sorted((e.start, e.end, e.label) for e in document.entities)
            assert sorted((e.start, e.end, e.label) for e in found.entities) == spans
            triggers = sorted((e.trigger.start, e.trigger.end, e.type) for e in document.events)
            assert sorted((e.trigger.start, e.trigger.end, e.type) for e in found.events) == triggers

    def test_a_lone_surrogate_becomes_the_replacement_character_and_roles_and_attributes_stay(
        self, schema: Schema, tmp_path: Path
    ) -> None:
        document = Document.from_text("قُتل قائد\ud800", id="1")
        document.add_entity(5, 10, "PER")
        event = document.add_event(0, 4, "KILL")
        event.arguments, event.attributes = [Argument("TARGET", "T1")], ["Disputed"]
        (found,) = read_brat_folder(output([[document]], tmp_path / "brat", schema))
        assert (found.text, found.entities[0].text) == ("قُتل قائد\ufffd", "قائد\ufffd")
        assert found.events[0].arguments == [Argument("TARGET", "T1")]
        assert found.events[0].attributes == ["Disputed"]

    def test_surrogates_of_an_id_are_replaced_one_for_one(self, schema: Schema, tmp_path: Path) -> None:
        written = [Document.from_text("نص", id=id) for id in ("\ud83d\ude00", "\udc00", "خبر")]
        folder = output([written], tmp_path / "brat", schema)
        assert [id for _, id in names_of_ids(folder)] == ["\ufffd\ufffd", "\ufffd", "خبر"]

    def test_line_ends_are_not_translated(self, schema: Schema, tmp_path: Path) -> None:
        document = Document.from_text("قسد\r\nحلب\rدمشق\n", id="1")
        folder = output([[document]], tmp_path / "brat", schema)
        assert (folder / "1.txt").read_bytes() == document.text.encode("utf-8")

    def test_an_argument_that_points_to_no_entity_is_named_with_its_event(self, schema: Schema, tmp_path: Path) -> None:
        document = articles(1)[0]
        document.events[0].arguments = [Argument("AGENT", "T9")]
        message = r"^document '1': AGENT of event E1 \(CAPTURE, 'سيطرت'\) points to T9, which is no entity"
        with pytest.raises(ValueError, match=message):
            brat_annotations(document)
        with pytest.raises(ValueError, match=message):
            writer_for(tmp_path / "brat", schema).write_part([document], tmp_path)


class TestAFolderThatIsThere:
    def test_with_files_in_it_it_is_refused_and_they_stay(self, schema: Schema, tmp_path: Path) -> None:
        folder = tmp_path / "brat"
        folder.mkdir()
        (folder / "mine.txt").write_text("ملاحظات", encoding="utf-8")
        writer = writer_for(folder, schema)
        for refuses in (lambda: writer.check(folder), lambda: writer.assemble([], folder)):
            with pytest.raises(FileExistsError, match=rf"^{folder} is not empty; name another folder"):
                refuses()
        assert [path.name for path in folder.iterdir()] == ["mine.txt"]
        assert list(tmp_path.iterdir()) == [folder]

    def test_empty_it_is_used(self, schema: Schema, tmp_path: Path) -> None:
        (tmp_path / "brat").mkdir()
        writer_for(tmp_path / "brat", schema).check(tmp_path / "brat")
        assert len(read_brat_folder(output([articles(2)], tmp_path / "brat", schema))) == 2
        assert [path.name for path in tmp_path.iterdir()] == ["brat"]

    def test_a_file_in_its_place_is_refused(self, schema: Schema, tmp_path: Path) -> None:
        (tmp_path / "brat").touch()
        with pytest.raises(FileExistsError, match=rf"^{tmp_path / 'brat'} is a file"):
            writer_for(tmp_path / "brat", schema).check(tmp_path / "brat")


class TestNamesOfFiles:
    @pytest.mark.parametrize("id", ["001", "خبر-12", "لا\u200cیزال", "a.b", "تقرير (2) عن حلب", "قُتِل", "😀"])
    def test_an_id_that_can_name_a_file_does(self, id: str) -> None:
        assert safe_name(id) == id

    @pytest.mark.parametrize(
        ("id", "expected"),
        [
            *(("https://example.com/a?b=1", "https___example.com_a_b=1"), ("a\\b", "a_b"), ("a\nb\0", "a_b_")),
            *(("../../etc/passwd", "_.._etc_passwd"), (".hidden", "hidden"), ("x. ", "x"), ("  ", "document")),
            *(("CON", "_CON"), ("nul.txt", "_nul.txt"), ("com1", "_com1"), ("console", "console"), ("..", "document")),
            *(("\u202eabc", "_abc"), ("\ud800", "_"), ("أ\u2028ب", "أ_ب")),
        ],
    )
    def test_another_is_made_safe(self, id: str, expected: str) -> None:
        assert safe_name(id) == expected

    @given(ANY_TEXT)
    def test_any_id_gives_a_name_that_every_system_takes(self, id: str) -> None:
        name = safe_name(id)
        assert 0 < len(name.encode("utf-8")) <= 181
        assert not set(name) & set('/\\:*?"<>|\0\n\r\t')
        assert name.strip(". ") == name

    @pytest.mark.parametrize("letter", ["a", "ع", "😀"])
    def test_a_long_id_is_cut_at_a_character(self, letter: str) -> None:
        name = safe_name(letter * 500)
        assert set(name) == {letter}
        assert 176 < len(name.encode("utf-8")) <= 180

    def test_names_that_some_system_takes_for_the_same_get_a_digest(self) -> None:
        names = UniqueNames()
        ids = ["a/b", "a:b", "A_B", "é", unicodedata.normalize("NFD", "é"), "ع" * 200, "ع" * 201]
        found = [names.name(id) for id in ids]
        assert [name for name, id in zip(found, ids, strict=True) if name == safe_name(id)] == ["a_b", "é", "ع" * 90]
        assert len({unicodedata.normalize("NFC", name).casefold() for name in found}) == len(ids)

    @given(st.lists(st.sampled_from(["a", "A", "a-1", "a/", "a_", "", "document"]), max_size=12))
    def test_no_two_are_alike_even_of_the_same_id(self, ids: list[str]) -> None:
        names = UniqueNames()
        assert len({names.name(id).casefold() for id in ids}) == len(ids)

    def test_they_are_unique_over_all_parts(self, schema: Schema, tmp_path: Path) -> None:
        parts = [[Document.from_text("حلب", id=id)] for id in ("أ/ب", "أ:ب", "أ_ب")]
        folder = output(parts, tmp_path / "brat", schema)
        assert [id for _, id in names_of_ids(folder)] == ["أ/ب", "أ:ب", "أ_ب"]
        assert len(list(folder.glob("*.txt"))) == 3
