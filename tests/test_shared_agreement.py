"""A second annotation of some of a dataset's texts: what is compared, and what the page of the dataset says of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from conftest import marked_document
from page_samples import linked_corpus, page_of_corpus
from parsed_pages import parsed, rows, section

from trainer.data.corpus import Corpus, load_corpus
from trainer.data.labelled_files import schema_of
from trainer.documents import Document, Sentence
from trainer.evaluation.shared_agreement import shared_agreement


@pytest.fixture
def linked() -> Corpus:
    return linked_corpus()


class TestAgreement:
    def test_without_a_second_annotation_the_page_says_how_to_add_one(self, tiny_corpus: Path) -> None:
        told = section(parsed(page_of_corpus(load_corpus(tiny_corpus))), "agreement")
        assert "--second ANNOTATION" in told.text()
        assert told.all("table") == []

    def test_is_measured_on_the_documents_that_both_have(self, linked: Corpus) -> None:
        (first,) = linked.splits["train"]
        second = replace(first, entities=first.entities[:-1])  # the first one plays a role
        stranger = marked_document(["نص"], "z")
        scores = shared_agreement([first, *linked.splits["test"]], [second, stranger], linked.schema)
        assert (scores["documents"], scores["entities"]["strict"]["support"]) == (1, len(first.entities))
        assert scores["triggers"]["strict"]["f1"] == 1.0
        told = section(parsed(page_of_corpus(linked, scores)), "agreement")
        assert rows(told)[0] == ["الكل", "0.933", "0.933", "8", "7"]

    def test_a_layer_that_the_dataset_lacks_is_not_compared(self, linked: Corpus) -> None:
        (first,) = linked.splits["train"]
        names = replace(first, events=[], layers=("entities",))
        assert set(shared_agreement([names], [first], linked.schema)) == {"documents", "sentences", "entities"}

    def test_arguments_and_attributes_that_neither_has_are_left_out(self, tiny_corpus: Path) -> None:
        corpus = load_corpus(tiny_corpus)
        scores = shared_agreement(corpus.documents, corpus.documents, corpus.schema)
        assert set(scores) == {"documents", "sentences", "entities", "triggers", "attributes", "kappa"}
        assert scores["attributes"] == {}

    def test_a_table_of_sentences_is_compared_sentence_by_sentence(self) -> None:
        second = marked_document(["{قُتل|KILL} خمسة. سقطت قذائف."], "a")
        first = Document.from_text(second.text, id="a")
        first.sentences = [Sentence(0, len(first.text), {"KILL": 1.0})]
        first.layers = ("event_types",)
        scores = shared_agreement([first], [second], schema_of("x", [second]))
        assert scores["kappa"] == {"pooled": 1.0, "per_type": {"KILL": 1.0}}

    def test_of_other_documents_is_an_error_that_names_both(self, tiny_corpus: Path) -> None:
        corpus = load_corpus(tiny_corpus)
        with pytest.raises(ValueError, match="no document of the first: it has 'z', the first has 't1', 't2', 'v1'"):
            shared_agreement(corpus.documents, [marked_document(["نص"], "z")], corpus.schema)
