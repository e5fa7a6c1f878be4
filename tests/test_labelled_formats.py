"""Training, corpus files and reports take labelled text of every format, each with its own splits or none."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
import yaml
from conftest import SPLITS, TRAINING, Marsad, marked_document

from trainer.data.conversion import convert, plan
from trainer.data.corpus import load_corpus
from trainer.data.labelled_files import has_splits, is_labelled_file, read_labelled_file, schema_of
from trainer.data.labelled_sources import load_labelled
from trainer.data.storage import build_dataset, load_data
from trainer.documents import Argument, Document
from trainer.formats.catalogue import format_named
from trainer.formats.hub_dataset import write_hub_dataset
from trainer.formats.tag_schemes import IOB2
from trainer.schema import load_schema

OUTPUTS = ["gold", "label-studio", "news.doccano.jsonl", "news.jsonl", "news.iob2", "news.csv", "news.marked"]


# Without the one whose trigger begins inside a word, which 'marsad data check' finds.
SENTENCES = [sentence for sentence in TRAINING if "و{" not in sentence]


def news() -> list[Document]:
    return [marked_document([sentence], f"خبر-{number}") for number, sentence in enumerate(SENTENCES)]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Marsad's JSON Lines with nine documents of a sentence each."""
    path = tmp_path / "source.jsonl"
    format_named("marsad").write(news(), path, load_schema(), lambda place, problem: None, IOB2)
    return path


def in_format(source: Path, name: str) -> Path:
    """Return the same documents in the format that ``name`` says."""
    target = source.parent / name
    convert(plan(source, target), lambda place, problem: None)
    return target


def hub(folder: Path, *splits: str) -> Path:
    made = {split: [marked_document(sentences, id) for id, sentences in SPLITS[split].items()] for split in splits}
    write_hub_dataset(made, folder, report=lambda place, problem: None)
    return folder


class TestTraining:
    @pytest.mark.parametrize("name", OUTPUTS)
    def test_takes_every_format_and_keeps_some_back_to_choose_on(self, source: Path, name: str) -> None:
        dataset, schema = load_data(in_format(source, name))
        assert {split: len(rows) for split, rows in dataset.items()} == {"train": 8, "validation": 1}
        assert set(schema.entity_types) | set(schema.event_types) <= {
            *("PER", "GPE", "ARMED"),
            *("KILL", "CAPTURE", "SHELLING"),
        }

    def test_keeps_the_splits_of_a_hugging_face_folder(self, tmp_path: Path) -> None:
        dataset, schema = load_data(hub(tmp_path / "names", "train", "validation", "test"))
        assert {split: len(rows) for split, rows in dataset.items()} == {"train": 10, "validation": 3, "test": 2}
        assert (schema.name, schema.entity_types) == ("names", ["ARMED", "GPE", "PER"])

    def test_keeps_some_of_its_training_split_back_where_it_has_none_to_choose_on(self, tmp_path: Path) -> None:
        dataset, _ = load_data(hub(tmp_path / "names", "train", "test"))
        assert {split: len(rows) for split, rows in dataset.items()} == {"train": 9, "validation": 1, "test": 2}

    def test_still_takes_a_dataset_folder_of_its_own(self, tiny_corpus: Path, tmp_path: Path) -> None:
        build_dataset(tiny_corpus, tmp_path / "built")
        assert not has_splits(tmp_path / "built")
        assert set(load_data(tmp_path / "built")[0]) == {"train", "validation", "test"}


class TestACorpusFile:
    def test_may_name_files_and_folders_of_any_format_as_splits(self, source: Path) -> None:
        folder = source.parent
        held_out = [marked_document(sentences, id) for id, sentences in SPLITS["test"].items()]
        schema = load_schema()
        format_named("brat").write(held_out, folder / "gold", schema, lambda place, problem: None, IOB2)
        content = {"name": "mine", "splits": {"train": source.name, "test": "gold"}}
        (folder / "dataset.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
        corpus = load_corpus(folder / "dataset.yaml")
        assert corpus.splits == {"train": news(), "test": held_out}

    def test_says_by_its_schema_which_labels_are_of_events(self, tmp_path: Path) -> None:
        (tmp_path / "a.jsonl").write_text('{"text": "وقع هجوم", "label": [[4, 8, "ATTACK"]]}\n', encoding="utf-8")
        (tmp_path / "schema.yaml").write_text("events: [{name: ATTACK}]\n", encoding="utf-8")
        content = {"name": "mine", "schema": "schema.yaml", "splits": {"train": "a.jsonl"}}
        (tmp_path / "dataset.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
        (document,) = load_corpus(tmp_path / "dataset.yaml").documents
        assert [event.type for event in document.events] == ["ATTACK"]


class TestASourceWithoutACorpusFile:
    @pytest.mark.parametrize("name", OUTPUTS[:-1])
    def test_is_one_split_with_the_labels_that_occur(self, source: Path, name: str) -> None:
        path = in_format(source, name)
        assert is_labelled_file(path)
        corpus = load_labelled([path])
        assert (corpus.name, list(corpus.splits), len(corpus.documents)) == (name, ["all"], 9)
        assert set(corpus.schema.entity_types) <= {"PER", "GPE", "ARMED"}

    def test_keeps_its_splits_if_it_is_a_hugging_face_folder(self, tmp_path: Path) -> None:
        folder = hub(tmp_path / "names", "train", "test")
        assert (has_splits(folder), is_labelled_file(folder)) == (True, False)
        assert {split: [d.id for d in found] for split, found in load_labelled([folder]).splits.items()} == {
            "train": ["t1", "t2"],
            "test": ["x1"],
        }

    def test_has_the_roles_and_attributes_that_occur_in_its_schema(self) -> None:
        document = marked_document(TRAINING[:1])
        document.events[0].arguments = [Argument("AGENT", document.entities[0].id)]
        document.events[0].attributes = ["Disputed"]
        schema = schema_of("news", [document])
        assert (schema.role_names, schema.attribute_names) == (["AGENT"], ["Disputed"])

    def test_saves_a_schema_that_is_read_back_as_it_is(self, tmp_path: Path) -> None:
        document = marked_document(TRAINING[:1])
        document.events[0].attributes = ["Disputed"]
        schema = schema_of("news", [document])
        schema.save(tmp_path / "schema.yaml")
        assert load_schema(tmp_path / "schema.yaml") == schema

    def test_tells_its_report_of_what_is_wrong(self, tmp_path: Path) -> None:
        (tmp_path / "a.iob2").write_text("حلب I-GPE\n", encoding="utf-8")
        told: list[str] = []
        load_labelled([tmp_path / "a.iob2"], report=lambda place, problem: told.append(f"{place}: {problem}"))
        assert told == [f"{tmp_path / 'a.iob2'}:1: I-GPE continues no GPE; read as B-GPE"]

    def test_is_read_without_the_documents_that_nobody_annotated(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        for name, content in (("a.txt", "وصل إلى حلب"), ("a.ann", "T1\tGPE 8 11\tحلب\n"), ("b.txt", "عاد")):
            (tmp_path / name).write_text(content, encoding="utf-8")
        with caplog.at_level(logging.WARNING, logger="trainer"):
            assert [document.id for document in read_labelled_file(tmp_path)] == ["a"]
        assert [record.message for record in caplog.records] == [
            f"{tmp_path / 'b.txt'}: no b.ann beside it; taken as not annotated",
            f"{tmp_path}: 1 of 2 documents are not annotated; they are left out",
        ]

    def test_in_which_nothing_is_annotated_is_refused(self, tmp_path: Path) -> None:
        document = marked_document(TRAINING[:1])
        document.layers = ()
        document.keep_layers(())
        path = tmp_path / "a.jsonl"
        format_named("marsad").write([document], path, load_schema(), lambda place, problem: None, IOB2)
        with pytest.raises(ValueError, match=r"a\.jsonl has no labelled sentences$"):
            read_labelled_file(path, lambda place, problem: None)

    def test_of_which_nothing_can_be_read_is_refused_with_the_first_reason(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_bytes("text,labels\nقُتل عنصر,KILL\nهدوء,\n".encode("cp1256"))
        message = r"a\.csv has no labelled sentences; .*a\.csv:2: not UTF-8; the row is left out$"
        with pytest.raises(ValueError, match=message):
            load_labelled([path], report=lambda place, problem: None)


class TestTheCommands:
    @pytest.mark.parametrize("name", ["gold", "news.jsonl", "label-studio"])
    def test_check_counts_it(self, marsad: Marsad, source: Path, tiny_checkpoint: Path, name: str) -> None:
        done = marsad("data", "check", in_format(source, name), "--encoder", tiny_checkpoint)
        assert (done.code, done.err) == (0, "")
        assert "SHELLING" in done.out

    def test_agreement_compares_two_formats(self, marsad: Marsad, source: Path) -> None:
        scores = source.parent / "scores.json"
        two = (in_format(source, "gold"), in_format(source, "news.marked"))
        done = marsad("data", "agreement", *two, "--output", scores)
        assert done.code == 0, done.err
        found = json.loads(scores.read_text(encoding="utf-8"))
        assert {layer: found[layer]["strict"]["f1"] for layer in ("entities", "triggers")} == {
            "entities": 1.0,
            "triggers": 1.0,
        }
