"""The two baselines that a model must beat: the majority, and a lexicon of the training articles."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from trainer.data.corpus import Corpus, load_corpus
from trainer.documents import Document
from trainer.evaluation.baselines import LexiconBaseline, MajorityBaseline
from trainer.evaluation.scores import score_documents

SHIPPED = Path(__file__).resolve().parents[1] / "data" / "dataset.yaml"
EVENTS = ("KILL", "CLASH", "SHELLING")


@pytest.fixture(scope="module")
def gold() -> Corpus:
    return load_corpus(SHIPPED)


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
    return [document.to_dict() for document in documents]


@pytest.mark.parametrize("kind", [MajorityBaseline, LexiconBaseline])
def test_the_annotation_of_the_test_articles_is_never_looked_at_and_never_changed(
    kind: type[MajorityBaseline | LexiconBaseline], gold: Corpus
) -> None:
    baseline = kind(gold.splits["train"])
    test = gold.splits["test"]
    before = as_data(test)
    predicted = as_data(baseline.predict(test))
    assert as_data(test) == before
    wrong = [document.without_annotations() for document in test]
    for document in wrong:
        for word in document.words:
            document.add_entity(word.start, word.end, "DATE")
            document.add_event(word.start, word.end, "CLAIM")
        document.set_event_types_from_triggers()
    assert as_data(baseline.predict(wrong)) == predicted
    assert as_data(baseline.predict([document.without_annotations() for document in test])) == predicted


def test_on_the_shipped_articles_the_lexicon_is_better_than_the_majority_and_far_from_perfect(gold: Corpus) -> None:
    train, test = gold.splits["train"], gold.splits["test"]
    majority, lexicon = (
        score_documents(test, kind(train).predict(test), gold.schema) for kind in (MajorityBaseline, LexiconBaseline)
    )
    for layer in ("entities", "triggers"):
        assert majority[layer]["micro"]["f1"] == 0.0
        assert 0.2 < lexicon[layer]["micro"]["f1"] < 0.9
    assert lexicon["event_types"]["micro"]["f1"] > majority["event_types"]["micro"]["f1"]
