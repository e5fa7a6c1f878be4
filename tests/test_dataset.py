"""The dataset that training reads: its rows, the way back to documents, and its folder on disk."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from datasets import ClassLabel, DatasetDict, Value

from trainer.data.corpus import Corpus, load_corpus
from trainer.data.dataset import (
    dataset_features,
    dataset_to_documents,
    documents_to_dataset,
    documents_to_dataset_dict,
)
from trainer.data.storage import build_dataset, data_fingerprint, load_data
from trainer.data.tags import bio_tags
from trainer.documents import Document
from trainer.formats.brat import write_brat_file
from trainer.schema import Schema, load_schema

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ROOT / "data" / "dataset.yaml"
ARTICLES = ("000", "001", "002", "003", "004")
SMALL_SCHEMA = """\
name: صغير
entities: [{name: GPE}, {name: ARMED}]
events: [{name: KILL}, {name: CAPTURE}]
"""


@pytest.fixture(scope="module")
def gold() -> Corpus:
    return load_corpus(SHIPPED)


@pytest.fixture(scope="module")
def articles(gold: Corpus) -> dict[str, Document]:
    return {document.id: document for document in gold.documents}


@pytest.fixture(scope="module")
def dataset(gold: Corpus) -> DatasetDict:
    return documents_to_dataset_dict(gold.splits, gold.schema)


@pytest.fixture(scope="module")
def small_schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    path = tmp_path_factory.mktemp("schema") / "schema.yaml"
    path.write_text(SMALL_SCHEMA, encoding="utf-8")
    return load_schema(path)


def write_small_corpus(folder: Path, *, label: str = "GPE") -> Path:
    """Write a corpus with one document a split, of which the last has no sentence."""
    (folder / "gold").mkdir(parents=True)
    for id, text in {"1": "سيطر داعش على الرقة.", "2": "قُتل خمسة في حلب.\nهدوء في دمشق."}.items():
        document = Document.from_text(text, id=id)
        place = text.index("في حلب") + 3 if id == "2" else text.index("الرقة")
        document.add_entity(place, place + (3 if id == "2" else 5), label)
        document.add_event(0, 4, "KILL" if id == "2" else "CAPTURE")
        write_brat_file(document, folder / "gold" / f"{id}.txt")
    write_brat_file(Document.from_text("", id="3"), folder / "gold" / "3.txt")
    (folder / "schema.yaml").write_text(SMALL_SCHEMA, encoding="utf-8")
    (folder / "metadata.yaml").write_text("documents: {}\n", encoding="utf-8")
    path = folder / "dataset.yaml"
    path.write_text(
        "name: صغير\nschema: schema.yaml\nannotations: gold\nmetadata: metadata.yaml\n"
        "splits: {train: ['1'], validation: ['2'], test: ['3']}\n",
        encoding="utf-8",
    )
    return path


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def annotation(document: Document) -> dict[str, object]:
    """What rows must keep of a document: spans with types, and the types of its sentences."""
    return {
        "words": [(w.start, w.end, w.text) for w in document.words],
        "sentences": [(s.start, s.end, s.event_types) for s in document.sentences],
        "entities": [(e.start, e.end, e.label, e.text, e.name) for e in document.entities],
        "triggers": [(e.trigger.start, e.trigger.end, e.type, e.trigger.text) for e in document.events],
    }


def test_the_columns_are_named_labels_and_code_point_offsets(gold: Corpus) -> None:
    features = dataset_features(gold.schema)
    assert list(features) == [
        *("document_id", "sentence", "start", "end", "text", "words", "word_starts", "word_ends"),
        *("entity_tags", "trigger_tags", "event_types", "arguments"),
    ]
    labels = {name: features[name].feature for name in ("entity_tags", "trigger_tags", "event_types")}
    assert all(isinstance(feature, ClassLabel) for feature in labels.values())
    assert labels["entity_tags"].names == bio_tags(gold.schema.entity_types)
    assert labels["trigger_tags"].names == bio_tags(gold.schema.event_types)
    assert labels["event_types"].names == gold.schema.event_types
    assert features["document_id"] == features["text"] == features["words"].feature == Value("string")
    assert features["start"] == features["end"] == features["sentence"] == Value("int32")
    assert features["word_starts"].feature == features["word_ends"].feature == Value("int32")


def test_rows_are_the_sentences_of_the_documents_in_order(gold: Corpus, dataset: DatasetDict) -> None:
    for split, documents in gold.splits.items():
        expected = [
            (document.id, index, sentence.start, sentence.end)
            for document in documents
            for index, sentence in enumerate(document.sentences)
        ]
        rows = [(row["document_id"], row["sentence"], row["start"], row["end"]) for row in dataset[split]]
        assert rows == expected


def test_every_offset_of_a_row_cuts_its_text_out_of_the_document(
    articles: dict[str, Document], dataset: DatasetDict
) -> None:
    seen = set()
    for rows in dataset.values():
        for row in rows:
            text = articles[row["document_id"]].text
            assert text[row["start"] : row["end"]] == row["text"]
            assert [text[s:e] for s, e in zip(row["word_starts"], row["word_ends"], strict=True)] == row["words"]
            assert len(row["entity_tags"]) == len(row["trigger_tags"]) == len(row["words"]) > 0
            seen.add(row["document_id"])
    assert seen == set(ARTICLES)


def test_a_row_reads_as_the_sentence_it_was_made_of(small_schema: Schema) -> None:
    document = Document.from_text("هدوء.\nسيطر «داعش» على مدينة الرقة، وقُتل خمسة.", id="مثال")
    for part, label in (("داعش", "ARMED"), ("مدينة الرقة", "GPE")):
        document.add_entity(document.text.index(part), document.text.index(part) + len(part), label)
    for part, type in (("وقُتل", "KILL"), ("سيطر", "CAPTURE")):
        document.add_event(document.text.index(part), document.text.index(part) + len(part), type)
    document.set_event_types_from_triggers()
    rows = documents_to_dataset([document], small_schema)
    names = {name: rows.features[name].feature.names for name in ("entity_tags", "trigger_tags", "event_types")}
    quiet, row = rows
    assert (row["document_id"], row["sentence"], row["start"]) == ("مثال", 1, 6)
    assert row["words"] == ["سيطر", "«", "داعش", "»", "على", "مدينة", "الرقة", "،", "وقُتل", "خمسة", "."]
    assert [names["entity_tags"][tag] for tag in row["entity_tags"]] == [
        *("O", "O", "B-ARMED", "O", "O", "B-GPE", "I-GPE", "O", "O", "O", "O")
    ]
    assert [names["trigger_tags"][tag] for tag in row["trigger_tags"]] == ["B-CAPTURE", *"OOOOOOO", "B-KILL", *"OO"]
    assert [names["event_types"][type] for type in row["event_types"]] == ["KILL", "CAPTURE"], "in the schema's order"
    assert quiet["event_types"] == []
    assert set(quiet["entity_tags"]) == set(quiet["trigger_tags"]) == {0}


@pytest.mark.parametrize("id", ARTICLES)
def test_a_gold_article_comes_back_from_its_rows_with_spans_types_and_offsets(
    id: str, articles: dict[str, Document], gold: Corpus
) -> None:
    article = articles[id]
    (rebuilt,) = dataset_to_documents(documents_to_dataset([article], gold.schema))
    assert rebuilt.id == id
    assert annotation(rebuilt) == annotation(article)
    assert len(rebuilt.entities) > 50
    assert len(rebuilt.events) > 10
    # White space between sentences comes back as spaces: everything else is in its place.
    end = article.sentences[-1].end
    assert len(rebuilt.text) == end
    assert not article.text[end:].strip()
    changed = {(a, b) for a, b in zip(article.text, rebuilt.text, strict=False) if a != b}
    assert all(before.isspace() and after == " " for before, after in changed)


def test_documents_of_a_split_come_back_apart_and_in_order(gold: Corpus, dataset: DatasetDict) -> None:
    rebuilt = dataset_to_documents(dataset["train"])
    assert [annotation(document) for document in rebuilt] == [annotation(d) for d in gold.splits["train"]]


@pytest.mark.parametrize("layer", ["entity", "event", "sentence"])
def test_a_label_that_the_schema_has_not_is_refused_with_document_and_label(layer: str, small_schema: Schema) -> None:
    document = Document.from_text("قصف على حلب.", id="017")
    if layer == "entity":
        document.add_entity(8, 11, "WEAPON")
    elif layer == "event":
        document.add_event(0, 3, "WEAPON")
    else:
        document.sentences[0].event_types = {"WEAPON": 1.0}
    with pytest.raises(ValueError, match="document 017 has labels that schema 'صغير' has not: WEAPON"):
        documents_to_dataset([document], small_schema)


def test_a_split_without_sentences_is_an_empty_dataset_with_the_same_columns(small_schema: Schema) -> None:
    rows = documents_to_dataset([Document.from_text(" \n", id="فارغ")], small_schema)
    assert len(rows) == 0
    assert rows.features == dataset_features(small_schema)
    assert dataset_to_documents(rows) == []


def test_the_dataset_folder_is_the_same_byte_for_byte_wherever_and_whenever_it_is_built(tmp_path: Path) -> None:
    first, second, third = tmp_path / "أول", tmp_path / "deeper" / "second", tmp_path / "third"
    build_dataset(SHIPPED, first)
    build_dataset(SHIPPED, second)
    # A fresh process, with other hashes of strings, through the command.
    subprocess.run(
        [sys.executable, "-m", "trainer", "data", "build", str(SHIPPED), "--output", str(third)],
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "1234", "HF_HOME": str(tmp_path / "home")},
        capture_output=True,
    )
    files = files_of(first)
    assert {"dataset_dict.json", "schema.yaml"} < set(files)
    assert {name.split("/")[0] for name in files if name.endswith(".arrow")} == {
        *("train", "validation", "test"),
        "training_only",
    }
    assert files_of(second) == files
    assert files_of(third) == files
    build_dataset(SHIPPED, first)
    assert files_of(first) == files, "built again over itself"


def test_a_built_folder_loads_as_what_the_corpus_file_gives(tmp_path: Path) -> None:
    corpus_file = write_small_corpus(tmp_path / "corpus")
    build_dataset(corpus_file, tmp_path / "built")
    built, built_schema = load_data(tmp_path / "built")
    direct, schema = load_data(corpus_file)
    assert {split: list(rows) for split, rows in built.items()} == {s: list(rows) for s, rows in direct.items()}
    assert {split: len(rows) for split, rows in built.items()} == {"train": 1, "validation": 2, "test": 0}
    assert built["train"].features == direct["train"].features
    assert built_schema == schema
    assert (tmp_path / "built" / "schema.yaml").read_bytes() == (tmp_path / "corpus" / "schema.yaml").read_bytes()
    assert data_fingerprint(built) == data_fingerprint(direct)


def test_a_folder_that_is_no_dataset_is_never_overwritten(tmp_path: Path) -> None:
    corpus_file = write_small_corpus(tmp_path / "corpus")
    foreign = tmp_path / "رسائل"
    foreign.mkdir()
    (foreign / "خطاب.txt").write_text("لا تحذف هذا الملف", encoding="utf-8")
    with pytest.raises(FileExistsError, match="رسائل exists and is no dataset folder"):
        build_dataset(corpus_file, foreign)
    assert files_of(foreign) == {"خطاب.txt": "لا تحذف هذا الملف".encode()}


def test_a_file_in_the_place_of_the_folder_stays(tmp_path: Path) -> None:
    corpus_file = write_small_corpus(tmp_path / "corpus")
    (tmp_path / "built").write_text("ملف", encoding="utf-8")
    with pytest.raises(OSError, match="built"):
        build_dataset(corpus_file, tmp_path / "built")
    assert (tmp_path / "built").read_text(encoding="utf-8") == "ملف"


def test_an_empty_folder_may_be_filled(tmp_path: Path) -> None:
    (tmp_path / "built").mkdir()
    build_dataset(write_small_corpus(tmp_path / "corpus"), tmp_path / "built")
    assert (tmp_path / "built" / "dataset_dict.json").is_file()


def test_building_anew_leaves_nothing_of_the_dataset_before(tmp_path: Path) -> None:
    corpus_file = write_small_corpus(tmp_path / "corpus")
    build_dataset(corpus_file, tmp_path / "built")
    corpus_file.write_text(corpus_file.read_text(encoding="utf-8").replace("validation:", "dev:"), encoding="utf-8")
    build_dataset(corpus_file, tmp_path / "built")
    assert {path.name for path in (tmp_path / "built").iterdir() if path.is_dir()} == {"train", "dev", "test"}


def test_a_corpus_that_cannot_be_built_leaves_the_dataset_of_before_alone(tmp_path: Path) -> None:
    build_dataset(write_small_corpus(tmp_path / "good"), tmp_path / "built")
    before = files_of(tmp_path / "built")
    with pytest.raises(ValueError, match="WEAPON"):
        build_dataset(write_small_corpus(tmp_path / "bad", label="WEAPON"), tmp_path / "built")
    assert files_of(tmp_path / "built") == before


@pytest.mark.parametrize("name", ["لا شيء", "corpus", "corpus/gold/1.txt"])
def test_what_is_neither_a_dataset_nor_a_corpus_is_refused(tmp_path: Path, name: str) -> None:
    write_small_corpus(tmp_path / "corpus")
    with pytest.raises(FileNotFoundError, match=f"{name} is neither a dataset folder .* nor a corpus file"):
        load_data(tmp_path / name)


def test_the_fingerprint_tells_which_document_changed(gold: Corpus) -> None:
    documents = [d for split in ("train", "test") for d in gold.splits[split]]
    before = data_fingerprint(DatasetDict({"all": documents_to_dataset(documents, gold.schema)}))["all"]
    changed = [d if d.id != "001" else Document.from_text(d.text, id=d.id) for d in documents]
    after = data_fingerprint(DatasetDict({"all": documents_to_dataset(changed, gold.schema)}))["all"]
    assert before["sha256"] != after["sha256"]
    assert {id for id in before["documents"] if before["documents"][id] != after["documents"][id]} == {"001"}
    assert set(before["documents"]) == {"000", "001", "002", "004"}
