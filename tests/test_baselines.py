"""What a model must beat: the majority, a lexicon of the training articles, and what all baselines promise."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from conftest import SCHEMA, TEST, TRAINING, marked_document
from rich.console import Console

from trainer.baselines.baseline import Baseline, fit_baselines
from trainer.baselines.lexicon import LexiconBaseline
from trainer.baselines.majority import MajorityBaseline
from trainer.cli.tables import comparison_table
from trainer.data.corpus import read_corpus_file
from trainer.documents import Document
from trainer.evaluation.report import evaluate_model
from trainer.evaluation.scores import LAYERS, score_documents
from trainer.formats.brat import read_brat_file
from trainer.schema import Schema, load_schema

SHIPPED = Path(__file__).resolve().parents[1] / "data" / "dataset.yaml"
EVENTS = ("KILL", "CLASH", "SHELLING")
NAMES = ["majority", "lexicon", "crf", "tfidf"]


@pytest.fixture(scope="module")
def tiny_schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    path = tmp_path_factory.mktemp("schema") / "schema.yaml"
    path.write_text(SCHEMA, encoding="utf-8")
    return load_schema(path)


@pytest.fixture(scope="module")
def fitted(tiny_schema: Schema) -> dict[str, Baseline]:
    baselines = fit_baselines([marked_document(TRAINING)], tiny_schema, seed=0)
    return {baseline.name: baseline for baseline in baselines}


def shipped(split: str) -> list[Document]:
    """Read the articles of one split and no others: the test article is no one's business here."""
    corpus = read_corpus_file(SHIPPED)
    return [read_brat_file(SHIPPED.parent / corpus["annotations"] / f"{id}.txt") for id in corpus["splits"][split]]


def article(text: str, *marked: tuple[str, str]) -> Document:
    """Mark the first place of each part of ``text`` that is still free: a trigger for ``EVENTS``, else an entity."""
    document = Document.from_text(text, id="مثال")
    taken: Counter[str] = Counter()
    for part, label in marked:
        start = -1
        for _ in range(taken[part] + 1):
            start = text.index(part, start + 1)
        taken[part] += 1
        (document.add_event if label in EVENTS else document.add_entity)(start, start + len(part), label)
    document.set_event_types_from_triggers()
    return document


def found(training: list[Document], text: str) -> list[tuple[str, str]]:
    """Return the entities that a lexicon of ``training`` finds in ``text``."""
    (document,) = LexiconBaseline(training).predict([Document.from_text(text)])
    for entity in document.entities:
        assert document.text[entity.start : entity.end] == entity.text
    return [(entity.text, entity.label) for entity in document.entities]


def test_the_majority_marks_no_span_and_gives_every_sentence_the_most_frequent_set_of_types() -> None:
    training = [
        article("قُتل مدني في قصف على حلب.\nقُتل آخر.", ("قُتل", "KILL"), ("قصف", "SHELLING"), ("قُتل", "KILL")),
        # The same set with its types in another order; KILL alone is more frequent as a type, not as a set.
        article("قصف وقُتل مدني.\nهدوء.", ("قصف", "SHELLING"), ("وقُتل", "KILL"), ("مدني", "PEOPLE")),
    ]
    baseline = MajorityBaseline(training)
    (predicted,) = baseline.predict([article("اشتباكات في حلب.\nهدوء في دمشق.", ("حلب", "GPE"))])
    assert baseline.name == "majority"
    assert [sentence.event_types for sentence in predicted.sentences] == [{"KILL": 1.0, "SHELLING": 1.0}] * 2
    assert predicted.entities == []
    assert predicted.events == []


@pytest.mark.parametrize(
    ("texts", "types"),
    [
        pytest.param(["هدوء.\nهدوء.\nقُتل مدني."], {}, id="mostly nothing happens"),
        pytest.param(["قُتل مدني.\nهدوء."], {}, id="a tie goes to the first set in order"),
        pytest.param(["هدوء.", "قُتل مدني.\nقُتل آخر."], {"KILL": 1.0}, id="sentences count, not documents"),
        pytest.param([], {}, id="no training articles"),
    ],
)
def test_the_majority_is_counted_over_sentences(texts: list[str], types: dict[str, float]) -> None:
    training = [article(text, *[("قُتل", "KILL")] * text.count("قُتل")) for text in texts]
    (predicted,) = MajorityBaseline(training).predict([Document.from_text("قصف.")])
    assert [sentence.event_types for sentence in predicted.sentences] == [types]


def test_the_lexicon_marks_what_the_training_articles_mark_and_nothing_else() -> None:
    training = [article("هاجم داعش مدينة الرقة.", ("داعش", "ARMED"), ("مدينة الرقة", "GPE"))]
    assert found(training, "تقدم داعش نحو مدينة الرقة ومدينة حلب.") == [("داعش", "ARMED"), ("مدينة الرقة", "GPE")]
    assert found(training, "مدينة كبيرة اسمها الرقة.") == []
    assert found([], "تقدم داعش.") == []


@pytest.mark.parametrize(
    ("trained", "variant"),
    [
        pytest.param("قسد", "قَسَد", id="diacritics in the text"),
        pytest.param("قُسُد", "قسد", id="diacritics in training"),
        pytest.param("داعش", "داعـــش", id="tatweel in the text"),
        pytest.param("داعـش", "داعش", id="tatweel in training"),
        pytest.param("الفرقة 30", "الفرقة ٣٠", id="arabic digits"),
        pytest.param("داعش", "ﺩﺍﻋﺶ", id="presentation forms"),
    ],
)
def test_the_lexicon_finds_other_spellings_of_the_same_letters(trained: str, variant: str) -> None:
    assert found([article(f"هاجم {trained} القرية.", (trained, "ARMED"))], f"انسحب {variant} ليلاً.") == [
        (variant, "ARMED")
    ]


@pytest.mark.parametrize("other", ["داعشي", "وداعش", "دواعش"])
def test_the_lexicon_does_not_find_other_words(other: str) -> None:
    assert found([article("هاجم داعش القرية.", ("داعش", "ARMED"))], f"انسحب {other} ليلاً.") == []


def test_a_longer_sequence_goes_before_a_shorter_one_that_begins_it_or_lies_in_it() -> None:
    training = [
        article("قوات النظام في حلب.", ("قوات النظام", "ARMED"), ("حلب", "GPE")),
        article("قوات في ريف حلب الغربي.", ("قوات", "PEOPLE"), ("ريف حلب الغربي", "LOC")),
    ]
    assert found(training, "قوات النظام قرب ريف حلب الغربي وقرب حلب، قوات.") == [
        ("قوات النظام", "ARMED"),
        ("ريف حلب الغربي", "LOC"),
        ("حلب", "GPE"),
        ("قوات", "PEOPLE"),
    ]


def test_a_long_sequence_that_does_not_fit_gives_way_to_the_short_one() -> None:
    training = [
        article("داعش في الرقة.", ("داعش", "ARMED")),
        article("تنظيم داعش الإرهابي.", ("داعش الإرهابي", "ORG")),
    ]
    assert found(training, "انسحب داعش.") == [("داعش", "ARMED")]


def test_a_sequence_does_not_run_over_the_end_of_a_sentence() -> None:
    training = [article("قوات النظام في حلب.", ("قوات النظام", "ARMED"))]
    assert found(training, "وصلت قوات\nالنظام الجديد.") == []


@pytest.mark.parametrize(
    ("marked", "unmarked", "is_found"),
    [(1, 0, True), (2, 1, True), (1, 1, True), (1, 2, False), (2, 3, False)],
)
def test_a_sequence_that_is_mostly_unmarked_is_ignored(marked: int, unmarked: int, is_found: bool) -> None:
    text = "\n".join(["هدوء في المدينة."] * (marked + unmarked))
    training = [article(text, *[("المدينة", "GPE")] * marked)]
    assert found(training, "قصف على المدينة.") == ([("المدينة", "GPE")] if is_found else [])


def test_unmarked_places_count_across_articles_and_spellings() -> None:
    training = [
        article("قصف على المدينة.", ("المدينة", "GPE")),
        article("هدوء في المَدينة."),
        article("هدوء في المدينـة."),
    ]
    assert found(training, "قصف على المدينة.") == []


@pytest.mark.parametrize(
    ("labels", "label"),
    [(["ARMED", "ORG", "ORG"], "ORG"), (["ORG", "ARMED", "ARMED"], "ARMED"), (["ORG", "ARMED"], "ARMED")],
)
def test_a_sequence_has_its_most_frequent_label_and_in_a_tie_the_first_by_name(labels: list[str], label: str) -> None:
    training = [article("بيان الحزب.", ("الحزب", name)) for name in labels]
    assert found(training, "نفى الحزب ذلك.") == [("الحزب", label)]


def test_the_lexicon_has_its_own_entries_for_triggers_and_sentences_have_their_types() -> None:
    training = [article("قُتل خمسة في قصف على حلب.", ("قُتل", "KILL"), ("قصف", "SHELLING"), ("حلب", "GPE"))]
    baseline = LexiconBaseline(training)
    (predicted,) = baseline.predict([Document.from_text("قتل وقصف.\nقصف على حلب.\nهدوء.")])
    assert baseline.name == "lexicon"
    assert [(e.type, e.trigger.text) for e in predicted.events] == [("KILL", "قتل"), ("SHELLING", "قصف")]
    assert [s.event_types for s in predicted.sentences] == [{"KILL": 1.0}, {"SHELLING": 1.0}, {}]
    assert [e.text for e in predicted.entities] == ["حلب"]


def as_data(documents: list[Document]) -> list[object]:
    return [document.to_dict(type_scores=True) for document in documents]


def test_the_baselines_come_from_the_simplest_to_the_strongest_and_say_what_they_predict(
    fitted: dict[str, Baseline],
) -> None:
    assert list(fitted) == NAMES
    assert {name: baseline.layers for name, baseline in fitted.items()} == {
        "majority": LAYERS,
        "lexicon": LAYERS,
        "crf": LAYERS,
        "tfidf": ("event_types",),
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_baseline_leaves_a_layer_empty_that_it_does_not_predict(name: str, fitted: dict[str, Baseline]) -> None:
    (predicted,) = fitted[name].predict([marked_document(TRAINING)])
    filled = {
        "entities": bool(predicted.entities),
        "triggers": bool(predicted.events),
        "event_types": any(sentence.event_types for sentence in predicted.sentences),
    }
    # The majority is the exception that marks nothing: its answer to every word is that it is outside.
    expected = () if name == "majority" else fitted[name].layers
    assert {layer for layer in LAYERS if filled[layer]} == set(expected)


@pytest.mark.parametrize("name", NAMES)
def test_the_annotation_of_the_test_articles_is_never_looked_at_and_never_changed(
    name: str, fitted: dict[str, Baseline]
) -> None:
    test = [marked_document(TEST, "x1"), marked_document(TRAINING[:3], "t1")]
    before = as_data(test)
    predicted = as_data(fitted[name].predict(test))
    assert as_data(test) == before
    wrong = [document.without_annotations() for document in test]
    for document in wrong:
        for word in document.words:
            document.add_entity(word.start, word.end, "PER")
            document.add_event(word.start, word.end, "CAPTURE")
        document.set_event_types_from_triggers()
    assert as_data(wrong) != predicted
    assert as_data(fitted[name].predict(wrong)) == predicted
    assert as_data(fitted[name].predict([document.without_annotations() for document in test])) == predicted


def test_the_same_articles_and_seed_give_the_same_predictions(fitted: dict[str, Baseline], tiny_schema: Schema) -> None:
    test = [marked_document(TEST)]
    for again in fit_baselines([marked_document(TRAINING)], tiny_schema, seed=0):
        assert as_data(again.predict(test)) == as_data(fitted[again.name].predict(test))


def test_on_the_shipped_articles_every_baseline_is_better_than_the_majority_and_far_from_perfect() -> None:
    held_out, schema = shipped("validation"), load_schema(SHIPPED.parent / "schema.yaml")
    baselines = fit_baselines(shipped("train"), schema, seed=0)
    scores = {baseline.name: score_documents(held_out, baseline.predict(held_out), schema) for baseline in baselines}
    majority = {layer: scores["majority"][layer]["micro"]["f1"] for layer in LAYERS}
    assert majority["entities"] == majority["triggers"] == 0.0 < majority["event_types"]
    for baseline in baselines[1:]:
        for layer in baseline.layers:
            assert majority[layer] < scores[baseline.name][layer]["micro"]["f1"] < 0.9
    assert scores["crf"]["entities"]["micro"]["f1"] > scores["lexicon"]["entities"]["micro"]["f1"]


def test_a_report_has_the_scores_of_a_baseline_only_for_the_layers_that_it_predicts(
    tiny_model: Path, tiny_corpus: Path, fitted: dict[str, Baseline]
) -> None:
    report = evaluate_model(tiny_model, tiny_corpus, baselines=True)
    for part in ("scores", "counts"):
        layers = {name: tuple(baseline[part]) for name, baseline in report["baselines"].items()}
        assert layers == {name: baseline.layers for name, baseline in fitted.items()}


def test_a_table_has_a_dash_for_a_layer_that_a_system_does_not_predict() -> None:
    average = {"micro": {"f1": 0.5}, "macro": {"f1": 0.25}}
    systems = {"model": dict.fromkeys(LAYERS, average), "tfidf": {"event_types": average}}
    console = Console(width=200)
    with console.capture() as printed:
        console.print(comparison_table(systems, "on test"))
    rows = [line.strip("│ ").split("│") for line in printed.get().splitlines()]
    cells = {row[0].strip(): [cell.strip() for cell in row[1:]] for row in rows}
    assert cells["model"] == ["0.500", "0.250"] * 3
    assert cells["tfidf"] == ["–"] * 4 + ["0.500", "0.250"]
