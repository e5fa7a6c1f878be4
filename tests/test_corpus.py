"""The corpus file: what it names, what it must not do, and what the shipped one says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from trainer.data.corpus import Corpus, load_corpus

SHIPPED = Path(__file__).resolve().parents[1] / "data" / "dataset.yaml"
SCHEMA = {"name": "صغير", "entities": [{"name": "GPE"}], "events": [{"name": "KILL"}]}


def write_corpus(folder: Path, **changes: Any) -> Path:
    """Write a corpus of four one-line articles; ``changes`` replace keys of its file, ``None`` drops one."""
    (folder / "gold").mkdir()
    for id, text in {"a": "قصف على حلب.", "b": "قصف على حلب!", "c": "هدوء في دمشق.", "d": "لا جديد."}.items():
        (folder / "gold" / f"{id}.txt").write_text(text, encoding="utf-8")
    (folder / "gold" / "a.ann").write_text("T1\tGPE 8 11\tحلب\n", encoding="utf-8")
    (folder / "schema.yaml").write_text(yaml.safe_dump(SCHEMA, allow_unicode=True), encoding="utf-8")
    metadata = {"documents": {"a": {"outlet": "وكالة سانا"}, "b": None}}
    (folder / "metadata.yaml").write_text(yaml.safe_dump(metadata, allow_unicode=True), encoding="utf-8")
    content: dict[str, Any] = {
        "name": "صغير",
        "schema": "schema.yaml",
        "annotations": "gold",
        "metadata": "metadata.yaml",
        "groups": [["a", "b"]],
        "splits": {"train": ["a", "b"], "validation": ["c"], "test": ["d"]},
        **changes,
    }
    path = folder / "dataset.yaml"
    kept = {key: value for key, value in content.items() if value is not None}
    path.write_text(yaml.safe_dump(kept, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def shipped() -> Corpus:
    return load_corpus(SHIPPED)


def test_a_corpus_has_its_documents_by_split_with_annotation_and_metadata(tmp_path: Path) -> None:
    corpus = load_corpus(write_corpus(tmp_path))
    assert corpus.name == "صغير"
    assert {split: [d.id for d in documents] for split, documents in corpus.splits.items()} == {
        "train": ["a", "b"],
        "validation": ["c"],
        "test": ["d"],
    }
    first, second, *_ = corpus.documents
    assert [(e.id, e.label, e.text) for e in first.entities] == [("T1", "GPE", "حلب")]
    assert first.metadata == {"outlet": "وكالة سانا"}
    assert second.metadata == {}
    assert corpus.schema.entity_types == ["GPE"]


def test_ids_that_yaml_reads_as_numbers_are_names_of_files_all_the_same(tmp_path: Path) -> None:
    path = write_corpus(tmp_path, splits={"train": [7]}, groups=[[7]])
    (tmp_path / "gold" / "7.txt").write_text("قصف.", encoding="utf-8")
    corpus = load_corpus(path)
    assert [document.id for document in corpus.documents] == ["7"]
    assert corpus.groups == [["7"]]


def test_groups_and_stories_may_be_left_out(tmp_path: Path) -> None:
    corpus = load_corpus(write_corpus(tmp_path, groups=None))
    assert corpus.groups == []
    assert corpus.stories == []


def test_stories_may_lie_across_splits_and_hold_whole_groups(tmp_path: Path) -> None:
    corpus = load_corpus(write_corpus(tmp_path, stories=[["d", "a", "b"], ["c"]]))
    assert corpus.stories == [["d", "a", "b"], ["c"]]


def test_stories_that_yaml_reads_as_numbers_name_documents_all_the_same(tmp_path: Path) -> None:
    path = write_corpus(tmp_path, splits={"train": [7]}, groups=None, stories=[[7]])
    (tmp_path / "gold" / "7.txt").write_text("قصف.", encoding="utf-8")
    assert load_corpus(path).stories == [["7"]]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param(
            {"splits": {"train": ["a", "c"], "test": ["b", "d"]}},
            r"dataset\.yaml: the near-duplicates a, b lie in test and train; a group must sit together",
            id="a group torn between splits",
        ),
        pytest.param(
            {"splits": {"train": ["c"], "test": ["d", "c"]}},
            r"dataset\.yaml: document c stands in train and in test",
            id="a document in two splits",
        ),
        pytest.param(
            {"splits": {"train": ["c", "c"]}}, "document c stands in train and in train", id="a document twice in one"
        ),
        *(
            pytest.param({key: None}, rf"dataset\.yaml lacks {key}", id=f"no {key}")
            for key in ("name", "schema", "annotations", "splits")
        ),
        pytest.param({"name": None, "splits": None}, r"dataset\.yaml lacks name, splits", id="two keys missing"),
        pytest.param({"splits": ["a", "b"]}, "'splits' must map each split to a list", id="splits as a list"),
        pytest.param({"splits": {"train": 1}}, "'splits' must map each split to a list", id="a split as a number"),
        pytest.param({"groups": ["a", "b"]}, "'groups' must be a list of lists", id="groups as a flat list"),
        pytest.param({"stories": ["a", "b"]}, "'stories' must be a list of lists", id="stories as a flat list"),
        pytest.param({"stories": {"حرب": ["a"]}}, "'stories' must be a list of lists", id="stories with names"),
        pytest.param(
            {"groups": [["a", "b"], ["b", "c"]], "splits": {"train": ["a", "b", "c"]}},
            r"dataset\.yaml: document b stands more than once in 'groups'",
            id="a document in two groups",
        ),
        pytest.param(
            {"stories": [["a", "b", "d"], ["c", "d"]]},
            r"dataset\.yaml: document d stands more than once in 'stories'",
            id="a document in two stories",
        ),
        pytest.param({"stories": [["c", "c"]]}, "document c stands more than once in 'stories'", id="twice in one"),
        *(
            pytest.param(
                {"stories": stories},
                r"dataset\.yaml: the near-duplicates a, b lie in different stories; copies tell the same story",
                id=name,
            )
            for name, stories in {
                "copies in two stories": [["a", "c"], ["b", "d"]],
                "one copy in no story": [["a", "c"]],
            }.items()
        ),
    ],
)
def test_a_wrong_corpus_file_is_refused_with_the_reason(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load_corpus(write_corpus(tmp_path, **changes))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "must be a mapping, not NoneType"),
        ("- حلب\n", "must be a mapping, not list"),
        ("name: [حلب\nschema: }", "is not valid YAML"),
        (b"name: \xe3\xd1\xd5\xcf", "is not valid YAML"),  # مرصد in Windows-1256
    ],
)
def test_a_file_that_is_no_mapping_is_refused_by_its_name(tmp_path: Path, content: str | bytes, message: str) -> None:
    path = tmp_path / "dataset.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ValueError, match=rf"dataset\.yaml {message}") as caught:
        load_corpus(path)
    assert "\n" not in str(caught.value)


def test_a_document_without_text_is_named_with_the_file_that_is_missing(tmp_path: Path) -> None:
    path = write_corpus(tmp_path)
    (tmp_path / "gold" / "c.txt").unlink()
    with pytest.raises(FileNotFoundError, match=r"document c has no text: .*c\.txt is missing"):
        load_corpus(path)


def test_a_metadata_file_without_documents_is_refused_by_its_name(tmp_path: Path) -> None:
    path = write_corpus(tmp_path)
    (tmp_path / "metadata.yaml").write_text("a: {outlet: سانا}", encoding="utf-8")
    with pytest.raises(ValueError, match=r"metadata\.yaml lacks 'documents'"):
        load_corpus(path)


def test_the_shipped_corpus_keeps_its_near_duplicates_together(shipped: Corpus) -> None:
    assert {split: [d.id for d in documents] for split, documents in shipped.splits.items()} == {
        "train": ["000", "001", "002"],
        "validation": ["003"],
        "test": ["004"],
    }
    assert shipped.groups == [["000", "001"]]


def test_every_shipped_article_belongs_to_one_of_two_stories(shipped: Corpus) -> None:
    assert shipped.stories == [["000", "001"], ["002", "003", "004"]]


def test_every_shipped_article_is_annotated_and_says_where_it_comes_from(shipped: Corpus) -> None:
    for document in shipped.documents:
        assert document.entities, document.id
        assert document.events, document.id
        assert {"title", "outlet", "date"} <= set(document.metadata), document.id


def test_the_types_of_a_shipped_sentence_are_those_of_its_triggers(shipped: Corpus) -> None:
    for document in shipped.documents:
        for sentence in document.sentences:
            triggers = {e.type for e in document.events if sentence.start <= e.trigger.start < sentence.end}
            assert set(sentence.event_types) == triggers
            assert set(sentence.event_types.values()) <= {1.0}
