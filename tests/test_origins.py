"""Where documents come from: every reader of labelled files says on which line a person finds each word."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, DatasetDict
from hypothesis import given
from hypothesis import strategies as st

from trainer.data.corpus import load_corpus
from trainer.data.division import divided, without_repeats
from trainer.data.label_mapping import LabelMapping, map_labels
from trainer.data.mention_replacement import replace_mentions
from trainer.documents import Document, Origin
from trainer.formats.brat import read_brat_folder, write_brat_file
from trainer.formats.doccano import read_doccano
from trainer.formats.hub_dataset import read_hub_splits
from trainer.formats.inline import read_inline
from trainer.formats.iob2 import read_iob2
from trainer.formats.jsonl import document_to_json, read_jsonl
from trainer.formats.label_studio import read_label_studio
from trainer.formats.sentence_labels import read_sentence_labels
from trainer.schema import load_schema


def unheard(place: str, problem: str) -> None:
    """Take the reports of files that are broken on purpose."""


def write(path: Path, *lines: str, end: str = "\n") -> Path:
    path.write_bytes("".join(line + end for line in lines).encode("utf-8"))
    return path


def origin(document: Document) -> Origin:
    assert document.origin is not None
    return document.origin


def places(documents: list[Document]) -> list[tuple[str, str]]:
    """Return each entity's text with the file's name and the line, task or row that it is said to stand in."""
    return [
        (entity.text, origin(document).place(entity.start).rpartition("/")[2])
        for document in documents
        for entity in document.entities
    ]


def line_at(place: str) -> str:
    """Return the line that a place ``file:line`` names, as an editor shows it."""
    file, _, number = place.rpartition(":")
    return Path(file).read_bytes().decode("utf-8-sig").split("\n")[int(number) - 1].rstrip("\r")


class TestBrat:
    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    def test_an_entity_stands_on_its_line_of_the_text_file(self, tmp_path: Path, end: str) -> None:
        for id, word in (("001", "حلب"), ("002", "إدلب")):
            document = Document.from_text(f"عاجل{end}{end}قصف على {word}.{end}{word} هادئة.{end}", id)
            for position in (document.text.index(word), document.text.rindex(word)):
                document.add_entity(position, position + len(word), "GPE")
            write_brat_file(document, tmp_path / f"{id}.txt")
        documents = read_brat_folder(tmp_path)
        assert [origin(document).file for document in documents] == [
            str(tmp_path / "001.txt"),
            str(tmp_path / "002.txt"),
        ]
        assert places(documents) == [
            ("حلب", "001.txt:3"),
            ("حلب", "001.txt:4"),
            ("إدلب", "002.txt:3"),
            ("إدلب", "002.txt:4"),
        ]

    def test_a_text_without_annotation_and_an_empty_one_have_an_origin_too(self, tmp_path: Path) -> None:
        (tmp_path / "001.txt").write_bytes(b"")
        (document,) = read_brat_folder(tmp_path)
        assert document.origin == Origin(str(tmp_path / "001.txt"), ((0, 1),))


class TestMarked:
    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    def test_comments_blank_lines_and_event_lines_count(self, tmp_path: Path, end: str) -> None:
        lines = (
            *("# ملاحظة", "", "## أ", "", "{قُتل|KILL} [أحمد|PER]", "= قُتل: TARGET أحمد", "# ملاحظة", "في [حلب|GPE]"),
            *("## ب source=وكالة", r"عنوان\nو[إدلب|GPE]", "[حماة|GPE]"),
        )
        write(tmp_path / "gold.marked", *lines, end=end)
        documents = read_inline(tmp_path)
        assert places(documents) == [
            ("أحمد", "gold.marked:5"),
            ("حلب", "gold.marked:8"),
            ("إدلب", "gold.marked:10"),  # the line break in the text is none of the file
            ("حماة", "gold.marked:11"),
        ]
        assert origin(documents[0]).place(0) == f"{tmp_path / 'gold.marked'}:5"

    def test_a_document_without_text_stands_on_the_line_of_its_header(self, tmp_path: Path) -> None:
        (empty,) = read_inline(write(tmp_path / "gold.marked", "# ملاحظة", "## أ"))
        assert empty.origin == Origin(str(tmp_path / "gold.marked"), ((0, 2),))

    @given(st.data())
    def test_the_named_line_holds_the_word_whatever_stands_between(
        self, tmp_path_factory: pytest.TempPathFactory, data: Any
    ) -> None:
        between = st.sampled_from(["", "# ملاحظة", "#", "هدوء حذر.", r"سطر\nآخر", "\\", "{قُتل|KILL}", "😀"])
        lines = ["## 0"]
        for number in range(data.draw(st.integers(1, 6))):
            lines += data.draw(st.lists(between, max_size=3))
            lines.append(f"قال [متحدث{number}|PER] إن [مدينة{number}|GPE] آمنة")
            if data.draw(st.booleans()):
                lines.append(f"## {number + 1}")
        path = tmp_path_factory.getbasetemp() / "any.marked"
        for document in read_inline(write(path, *lines, end=data.draw(st.sampled_from(["\n", "\r\n"])))):
            for entity in document.entities:
                assert f"[{entity.text}|{entity.label}]" in line_at(origin(document).place(entity.start))


class TestColumns:
    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    def test_every_word_stands_on_its_own_line(self, tmp_path: Path, end: str) -> None:
        lines = (
            *("\ufeff# id = 1", "في\tO", "B-GPE", "حلب\tB-GPE", "", "", "-DOCSTART-\tO", ""),
            *("أبو\tB-GPE", "ظبي\tI-GPE", "", "$#$\tO", "إدلب\tB-GPE"),
        )
        documents = read_iob2(write(tmp_path / "names.iob2", *lines, end=end), unheard)
        assert places(documents) == [("حلب", "names.iob2:4"), ("أبو ظبي", "names.iob2:9"), ("إدلب", "names.iob2:13")]
        for document in documents:
            for word in document.words:
                assert line_at(origin(document).place(word.start)).startswith(word.text)

    def test_so_do_words_in_nested_spans_of_all_documents_of_a_file(self, tmp_path: Path) -> None:
        lines = ("جامعة B-ORG", "حلب B-GPE I-ORG", "")
        documents = read_iob2(write(tmp_path / "nested.txt", *lines * 60), unheard)
        assert len(documents) > 1
        assert places(documents) == [("جامعة حلب", f"nested.txt:{number}") for number in range(1, 180, 3)]


class TestRowsOfSentences:
    def test_a_cell_of_several_lines_stands_on_the_first_of_its_record(self, tmp_path: Path) -> None:
        rows = ("text,labels", '"قُتل خمسة', 'مدنيين",KILL', "", "الطقس بارد,", "خطأ,,,", "قصف,SHELLING")
        documents = read_sentence_labels(write(tmp_path / "rows.csv", *rows, end="\r\n"), unheard)
        assert [origin(document).line(0) for document in documents] == [2, 5, 7]
        assert origin(documents[0]).place(15) == f"{tmp_path / 'rows.csv'}:2"

    def test_lines_of_json_count_with_the_blank_and_broken_ones(self, tmp_path: Path) -> None:
        good = json.dumps({"text": "قُتل خمسة", "labels": ["KILL"]})
        documents = read_sentence_labels(write(tmp_path / "rows.jsonl", good, "", "{", good), unheard)
        assert [document.origin for document in documents] == [
            Origin(str(tmp_path / "rows.jsonl"), ((0, 1),)),
            Origin(str(tmp_path / "rows.jsonl"), ((0, 4),)),
        ]


class TestJsonLines:
    def test_doccano_counts_blank_and_broken_lines(self, tmp_path: Path) -> None:
        line = json.dumps({"text": "قصف على حلب", "label": [[8, 11, "GPE"]]}, ensure_ascii=False)
        documents = read_doccano(write(tmp_path / "all.jsonl", line, "", "{", line, end="\r\n"), unheard)
        assert places(documents) == [("حلب", "all.jsonl:1"), ("حلب", "all.jsonl:4")]

    def test_so_do_marsads_own(self, tmp_path: Path) -> None:
        document = Document.from_text("قصف على حلب\u2028وإدلب", id="أ")
        document.add_entity(8, 11, "GPE")
        document.add_entity(13, 17, "GPE")
        line = document_to_json(document)
        path = write(tmp_path / "own.jsonl", line, "", line)
        with path.open(encoding="utf-8") as lines:
            documents = list(read_jsonl(lines, str(path)))
        assert places(documents) == [
            ("حلب", "own.jsonl:1"),
            ("إدلب", "own.jsonl:1"),
            ("حلب", "own.jsonl:3"),
            ("إدلب", "own.jsonl:3"),
        ]


class TestLabelStudio:
    def task(self) -> dict[str, Any]:
        value = {"start": 8, "end": 11, "text": "حلب", "labels": ["GPE"]}
        result = {"id": "r", "from_name": "label", "to_name": "text", "type": "labels", "value": value}
        return {"data": {"text": "قصف على حلب"}, "annotations": [{"result": [result]}]}

    def test_tasks_count_also_those_that_are_left_out(self, tmp_path: Path) -> None:
        tasks = [5, self.task(), {"data": {"text": "هدوء"}, "annotations": []}, self.task()]
        documents = read_label_studio(write(tmp_path / "tasks.json", json.dumps(tasks, indent=1)), unheard)
        assert places(documents) == [("حلب", "tasks.json, task 2"), ("حلب", "tasks.json, task 4")]

    def test_the_origin_is_the_place_that_messages_name(self, tmp_path: Path) -> None:
        told: list[str] = []
        path = write(tmp_path / "tasks.json", json.dumps([{"data": {}, "annotations": []}, self.task()]))
        (document,) = read_label_studio(path, lambda place, problem: told.append(place))
        assert origin(document).place() == told[-1] == f"{path}, task 2"

    def test_a_task_a_line_stands_on_that_line(self, tmp_path: Path) -> None:
        line = json.dumps(self.task())
        documents = read_label_studio(write(tmp_path / "tasks.jsonl", line, "", "{", line), unheard)
        assert places(documents) == [("حلب", "tasks.jsonl:1"), ("حلب", "tasks.jsonl:4")]


HUB_ROWS: list[dict[str, Any]] = [
    {"tokens": ["حلب"], "tags": ["B-GPE"]},
    {"tokens": [], "tags": []},
    {"tokens": ["إدلب"], "tags": ["B-GPE"]},
]


class TestHubDatasets:
    def dataset(self, *ids: str) -> Dataset:
        return Dataset.from_list([{**row, "document_id": id} for row, id in zip(HUB_ROWS, ids, strict=True)])

    def test_saved_splits_count_their_rows_also_those_that_are_left_out(self, tmp_path: Path) -> None:
        saved = {"train": self.dataset("أ", "أ", "أ"), "test": self.dataset("ب", "ج", "د")}
        DatasetDict(saved).save_to_disk(tmp_path / "names")
        splits = read_hub_splits(tmp_path / "names", unheard)
        assert places(splits["train"]) == [("حلب", "names, split train, row 1"), ("إدلب", "names, split train, row 3")]
        assert places(splits["test"]) == [("حلب", "names, split test, row 1"), ("إدلب", "names, split test, row 3")]

    def test_rows_of_a_document_need_not_be_neighbours(self, tmp_path: Path) -> None:
        self.dataset("أ", "ب", "أ").to_parquet(tmp_path / "train.parquet")
        (document,) = read_hub_splits(tmp_path, unheard)["train"]
        assert document.origin == Origin(str(tmp_path / "train.parquet"), ((0, 1), (4, 3)), "row")

    def test_json_lines_count_their_lines(self, tmp_path: Path) -> None:
        lines = [json.dumps(row) for row in HUB_ROWS]
        write(tmp_path / "train.jsonl", "", *lines)
        (documents,) = read_hub_splits(tmp_path, unheard).values()
        assert places(documents) == [("حلب", "train.jsonl:2"), ("إدلب", "train.jsonl:4")]

    def test_a_document_out_of_several_files_only_names_the_split(self, tmp_path: Path) -> None:
        for part in range(2):
            self.dataset("أ", "أ", f"ب{part}").to_parquet(tmp_path / f"train-0000{part}-of-00002.parquet")
        (torn, first, second) = read_hub_splits(tmp_path, unheard)["train"]
        assert torn.origin == Origin(f"{tmp_path}, split train")
        assert places([first, second]) == [
            ("إدلب", "train-00000-of-00002.parquet, row 3"),
            ("إدلب", "train-00001-of-00002.parquet, row 3"),
        ]


class TestCopiesOfDocuments:
    @pytest.fixture
    def documents(self, tmp_path: Path) -> list[Document]:
        sentences = [f"وصل [أحمد|PER] إلى [مدينة{number}|GPE] يوم {number}." for number in range(12)]
        return read_inline(write(tmp_path / "gold.marked", "## أ", *sentences[:6], "## ب", *sentences[6:]))

    def test_parts_stand_on_the_lines_of_their_sentences(self, documents: list[Document]) -> None:
        parts = divided(documents, 0.3)
        assert len(parts["train"]) + len(parts["validation"]) > len(documents)
        for part in (*parts["train"], *parts["validation"]):
            for sentence in part.sentences:
                line = line_at(origin(part).place(sentence.start))
                assert part.text[sentence.start : sentence.end].endswith(line.rpartition(" ")[2])

    def test_documents_without_what_repeats_keep_it(self, documents: list[Document]) -> None:
        repeated = replace(documents[0], sentences=documents[0].sentences[:1])
        (kept,) = without_repeats([documents[0]], [repeated])
        assert len(kept.sentences) == 5
        assert kept.origin == documents[0].origin

    def test_so_do_mapped_ones(self, documents: list[Document]) -> None:
        mapping = LabelMapping("test", "Test", {"entities": {"PER": "PER", "GPE": None}})
        mapped, _ = map_labels(documents, mapping, load_schema())
        assert places(mapped) == [place for place in places(documents) if place[0] == "أحمد"]

    def test_copies_with_other_names_know_their_file_and_no_lines(self, documents: list[Document]) -> None:
        changed = [copy for copy in replace_mentions(documents, 1.0, 1) if copy.text not in {d.text for d in documents}]
        assert changed
        assert {origin(copy).place(40) for copy in changed} == {origin(documents[0]).file}

    def test_the_documents_of_a_corpus_have_the_origins_that_its_reader_gave(self, tiny_corpus: Path) -> None:
        documents = load_corpus(tiny_corpus).documents
        assert {origin(document).file for document in documents} == {
            str(tiny_corpus.parent / "gold" / f"{id}.txt") for id in ("t1", "t2", "v1", "x1")
        }

    def test_it_is_no_part_of_what_a_document_says(self, documents: list[Document]) -> None:
        nowhere = replace(documents[0], origin=None)
        assert nowhere == documents[0]
        assert nowhere.to_dict() == documents[0].to_dict()
