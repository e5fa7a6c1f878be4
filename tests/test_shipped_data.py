"""What the data cards promise of the shipped data: floors of the written corpus, gold and passes that fit together."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import regex
import yaml

from trainer.data.check_inline import check_inline, label_table
from trainer.data.near_duplicates import folded_words
from trainer.data.text_profile import distinct_grams, repeated_openings, sentence_words
from trainer.documents import Document
from trainer.evaluation.agreement import agreement
from trainer.formats.brat import read_brat_folder
from trainer.formats.inline import read_inline
from trainer.formats.standoff import read_standoff
from trainer.schema import Schema, load_schema

DATA = Path(__file__).resolve().parents[1] / "data"
BROAD = ("CLASH", "ATTACK", "KILL", "DISPLACE", "DEPLOY", "CAPTURE", "DAMAGE", "BOMBING")
ARABIC = regex.compile(r"\p{Arabic}")


@pytest.fixture(scope="module")
def schema() -> Schema:
    return load_schema()


@pytest.fixture(scope="module")
def written(schema: Schema) -> list[Document]:
    report = check_inline([DATA / "synthetic"], schema)
    assert report.problems == []
    return report.documents


def test_every_label_stands_often_enough_and_in_many_forms(written: list[Document], schema: Schema) -> None:
    counts = label_table(written)
    assert {type for type in schema.event_types if counts["event triggers"][type][0] < 80} == set()
    assert {type for type in schema.entity_types if counts["entities"][type][0] < 150} == set()
    assert {type for type in schema.entity_types if counts["entities"][type][1] < 60} == set()
    assert set(counts["arguments"]) == set(schema.role_names)


def test_broad_types_have_many_lemmas_and_every_form_has_one(written: list[Document]) -> None:
    table = yaml.safe_load((DATA / "synthetic" / "lemmas.yaml").read_text(encoding="utf-8"))
    forms = {
        type: {" ".join(folded_words(form)): lemma for lemma, known in lemmas.items() for form in (lemma, *known)}
        for type, lemmas in table.items()
    }
    used: dict[str, set[str]] = {}
    for document in written:
        for event in document.events:
            form = " ".join(folded_words(event.trigger.text))
            assert form in forms[event.type], f"{document.id}: {event.trigger.text} has no lemma under {event.type}"
            used.setdefault(event.type, set()).add(forms[event.type][form])
    assert {type for type in BROAD if len(used[type]) < 12} == set()


def test_many_sentences_have_no_event_and_many_of_them_look_as_if(written: list[Document]) -> None:
    sentences = Counter(d.metadata["kind"] for d in written for _ in d.sentences)
    assert sum(sentences.values()) >= 1200
    assert sum(not s.event_types for d in written for s in d.sentences) >= 350
    assert sentences["hard-negative"] >= 150
    assert [d.id for d in written if d.metadata["kind"] != "event" and d.events] == []


def test_the_text_does_not_repeat_itself(written: list[Document]) -> None:
    assert repeated_openings(written) == {}
    assert distinct_grams(sentence_words(written)) > 0.95


def test_the_gold_has_arguments_and_both_passes_are_of_its_texts(schema: Schema) -> None:
    gold = read_brat_folder(DATA / "annotations" / "gold")
    events = [event for document in gold for event in document.events]
    assert sum(bool(event.arguments) for event in events) > 0.9 * len(events)
    assert sum("Disputed" in event.attributes for event in events) == 4
    for name in ("round1-first", "round1-second"):
        result = agreement(gold, read_inline(DATA / "annotations" / "passes" / name), schema)
        assert result["entities"]["strict"]["f1"] == result["triggers"]["strict"]["f1"] == 1.0
        assert 0.85 < result["arguments"]["strict"]["f1"] < 1.0


@pytest.mark.parametrize(
    "name",
    ["ood/sentences.jsonl", *(f"annotations/passes/round{n}-{p}.jsonl" for n in (2, 3) for p in ("first", "second"))],
)
def test_annotation_of_texts_that_are_not_ours_has_no_text(name: str, schema: Schema) -> None:
    content = (DATA / name).read_text(encoding="utf-8")
    assert not ARABIC.search(content)
    for rows in read_standoff(DATA / name).values():
        for row in rows:
            assert {entity["label"] for entity in row["entities"]} <= set(schema.entity_types)
            assert {event["type"] for event in row["events"]} <= set(schema.event_types)


def test_the_out_of_domain_gold_has_both_kinds_of_pages_and_two_passes() -> None:
    gold = read_standoff(DATA / "ood" / "sentences.jsonl")
    kinds = Counter(row["facts"]["kind"] for rows in gold.values() for row in rows)
    assert kinds["conflict"] >= 150
    assert kinds["other"] >= 100
    places = [(row["article"], row["start"], row["sha256"]) for rows in gold.values() for row in rows]
    for name in ("first", "second"):
        rows = read_standoff(DATA / "annotations" / "passes" / f"round3-{name}.jsonl")
        assert [(r["article"], r["start"], r["sha256"]) for group in rows.values() for r in group] == places
