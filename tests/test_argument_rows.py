"""Training rows with pairs: every pair of the text is in them once, with its roles, counted from its window."""

from __future__ import annotations

import pytest
from conftest import marked_document
from test_argument_column import SCHEMA, SENTENCES
from tokenizers import Tokenizer

from trainer.data.dataset import documents_to_dataset
from trainer.documents import Argument, Document
from trainer.encoders.loading import load_encoder
from trainer.modeling.argument_pairs import COLUMN
from trainer.modeling.features import SentenceEncoder
from trainer.modeling.layout import ARGUMENT
from trainer.modeling.pair_batches import PAIRS
from trainer.schema import Schema, load_schema
from trainer.training.rows import heads_for_rows, training_rows

ROLES = slice(len(COLUMN), None)


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    path = tmp_path_factory.mktemp("schema") / "schema.yaml"
    path.write_text(SCHEMA, encoding="utf-8")
    return load_schema(path)


@pytest.fixture(scope="module")
def tokenizer(tiny_checkpoint: object) -> Tokenizer:
    return load_encoder(str(tiny_checkpoint))[1].backend_tokenizer


def annotated(*sentences: str, id: str = "001") -> Document:
    document = marked_document(sentences or SENTENCES, id)
    document.events[0].arguments = [Argument("AGENT", document.entities[0].id)]
    return document


def rows_of(document: Document, schema: Schema, tokenizer: Tokenizer, window: int = 64) -> list[dict]:
    encoder = SentenceEncoder(tokenizer, window)
    return list(training_rows(documents_to_dataset([document], schema), encoder))


def test_every_trigger_is_paired_with_the_entities_of_its_sentence_and_the_one_before(
    schema: Schema, tokenizer: Tokenizer
) -> None:
    first, second = rows_of(annotated(), schema, tokenizer)
    assert first[PAIRS] == []
    assert len(second[PAIRS]) == 2 * 4
    assert (first["earlier_row"], second["earlier_row"]) == (-1, 0)
    positive = [pair for pair in second[PAIRS] if any(pair[ROLES])]
    assert [pair[ROLES] for pair in positive] == [[1, 0, 0, 0]]
    # دخلت | قوات | النظام | مدينة | الحسكة | . : the agent is the second and third of six.
    assert positive[0][COLUMN.filler_first : COLUMN.filler_type] == [-5, -3]


def test_a_sentence_before_that_fits_into_no_window_is_not_reached(schema: Schema, tokenizer: Tokenizer) -> None:
    filling = " ".join(["الطقس بارد اليوم في المدينة"] * 12)
    document = annotated(f"[قوات النظام|ARMED] {filling}.", "ثم {قتلت|KILL} [شخصان|PEOPLE].")
    *_, last = rows_of(document, schema, tokenizer, window=32)
    assert last["earlier_row"] == -1
    assert len(last[PAIRS]) == 1


def test_the_row_of_the_sentence_before_is_counted_over_all_rows(schema: Schema, tokenizer: Tokenizer) -> None:
    """Windows of long sentences are rows, too, and the last sentence of another document is not the one before."""
    filling = " ".join(["الطقس بارد اليوم في المدينة"] * 12)
    sentences = ("[قوات النظام|ARMED] {قتلت|KILL} [شخصين|PEOPLE].", "ثم {انسحبت|KILL}.")
    documents = [annotated(sentences[0], f"{filling}.", *sentences), annotated(*sentences, id="002")]
    encoder = SentenceEncoder(tokenizer, 32)
    rows = training_rows(documents_to_dataset(documents, schema), encoder)["earlier_row"][:]
    windows = len(rows) - 5
    assert windows > 2
    # The long sentence reaches back to the first by none of its windows: it has no trigger.
    assert rows == [-1, *[-1] * windows, -1, windows + 1, -1, windows + 3]


def test_a_window_has_the_pairs_that_it_shows_counted_from_its_first_word(schema: Schema, tokenizer: Tokenizer) -> None:
    filling = " ".join(["الطقس بارد اليوم في المدينة"] * 12)
    document = annotated(f"[قوات النظام|ARMED] {filling} {{قتلت|KILL}} [شخصان|PEOPLE] في [حلب|GPE].")
    rows = rows_of(document, schema, tokenizer, window=32)
    assert len(rows) > 2
    assert [len(row[PAIRS]) for row in rows[:-1]] == [0] * (len(rows) - 1)
    for pair in rows[-1][PAIRS]:
        assert 0 <= pair[COLUMN.trigger_first] < len(rows[-1]["word_tokens"])
        assert pair[COLUMN.filler_last] <= len(rows[-1]["word_tokens"])
    assert len(rows[-1][PAIRS]) == 2


def test_there_is_a_head_for_roles_where_the_rows_teach_some(schema: Schema, tokenizer: Tokenizer) -> None:
    dataset = documents_to_dataset([annotated()], schema)
    rows = training_rows(dataset, SentenceEncoder(tokenizer, 64))
    names = [head["name"] for head in heads_for_rows(rows, schema, {}, 0.0)]
    assert names[-1] == ARGUMENT
    (head,) = [head for head in heads_for_rows(rows, schema, {}, 0.5) if head["name"] == ARGUMENT]
    assert head["labels"] == schema.role_names
    for weights in ({ARGUMENT: 0.0}, {"entity": 0.0}, {"trigger": 0.0}):
        assert ARGUMENT not in {head["name"] for head in heads_for_rows(rows, schema, weights, 0.0)}


def test_without_arguments_in_the_text_there_is_none(schema: Schema, tokenizer: Tokenizer) -> None:
    document = marked_document(SENTENCES, "001")
    rows = training_rows(documents_to_dataset([document], schema), SentenceEncoder(tokenizer, 64))
    assert ARGUMENT not in {head["name"] for head in heads_for_rows(rows, schema, {}, 0.0)}
