"""Sentences as points: what the encoder makes of them, wherever and with whatever they are asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import TRAINING, marked_document
from pool_sentences import SENTENCES, archive

from trainer.documents import Document
from trainer.modeling.model import MarsadModel
from trainer.selection.embeddings import sentence_embeddings
from trainer.selection.opened_model import OpenedModel, open_model

PLACES = [(document, index) for document in archive() for index in range(4)]


@pytest.fixture(scope="module")
def opened(tiny_model: Path) -> OpenedModel:
    # In 32 bits, so that what is computed together and alone is the same on every processor.
    return replace(open_model(tiny_model, "torch"), model=MarsadModel.from_pretrained(tiny_model).eval())


def embed(opened: OpenedModel, *places: tuple[Document, int]) -> np.ndarray:
    return sentence_embeddings(opened.model, opened.tokenizer, places)


def test_there_is_a_row_of_unit_length_for_each_sentence(opened: OpenedModel) -> None:
    found = embed(opened, *PLACES)
    assert found.shape == (16, 32)
    assert found.dtype == np.float32
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(16), abs=1e-5)


def test_a_row_is_the_mean_of_the_states_of_the_subwords(opened: OpenedModel) -> None:
    text = "وصل أحمد الخالد إلى دمشق."
    (row,) = embed(opened, (Document.from_text(text), 0))
    ids = opened.tokenizer.encode(text).ids
    with torch.inference_mode():
        states = opened.model.encoder(input_ids=torch.tensor([ids])).last_hidden_state[0, 1:-1]
    mean = states.mean(0).numpy()
    assert row == pytest.approx(mean / np.linalg.norm(mean), abs=1e-5)


def test_other_sentences_beside_it_change_nothing(opened: OpenedModel) -> None:
    together = embed(opened, *PLACES)
    alone = np.concatenate([embed(opened, place) for place in PLACES])
    assert together == pytest.approx(alone, abs=1e-5)


def test_neighbours_and_annotation_change_nothing(opened: OpenedModel) -> None:
    labelled = marked_document(TRAINING)
    alone = Document.from_text(labelled.text.split("\n")[2])
    assert embed(opened, (labelled, 2)) == pytest.approx(embed(opened, (alone, 0)), abs=1e-5)


def test_sentences_that_say_nearly_the_same_lie_closer_than_others(opened: OpenedModel) -> None:
    copy = Document.from_text(SENTENCES[0].replace("ثلاث", "أربع"))
    found = embed(opened, *PLACES, (copy, 0))
    assert np.argmax(found[:-1] @ found[-1]) == 0


def test_of_a_sentence_longer_than_the_window_all_of_it_counts(opened: OpenedModel) -> None:
    long = [Document.from_text(" ".join([*[SENTENCES[0][:-1]] * 9, end])) for end in ("انتهى", "الحسكة")]
    first, second = embed(opened, *((document, 0) for document in long))
    assert not np.array_equal(first, second)
    assert np.linalg.norm(first) == pytest.approx(1, abs=1e-5)


def test_there_may_be_none(opened: OpenedModel) -> None:
    assert embed(opened).shape == (0, 32)


def test_a_sentence_without_words_is_no_point_and_no_error(opened: OpenedModel) -> None:
    assert not embed(opened, (Document.from_text("\u200f"), 0)).any()
