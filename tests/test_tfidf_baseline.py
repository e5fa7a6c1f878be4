"""TF-IDF and logistic regression: the event types of a sentence from its words and their letters."""

from __future__ import annotations

import pytest
from conftest import marked_document
from hypothesis import given, settings
from strategies import ANY_TEXT, documents

from trainer.baselines.tfidf import TfidfBaseline
from trainer.documents import Document, Sentence

TYPES = ["KILL", "CAPTURE", "SHELLING", "CLASH"]
ARTICLE = (
    "{قُتل|KILL} خمسة مدنيين في ريف إدلب.",
    "{مقتل|KILL} عنصرين قرب الحسكة.",
    "{سيطرت|CAPTURE} قوات النظام على مدينة حلب.",
    "أعلنت قسد {السيطرة|CAPTURE} على قرية جديدة.",
    "{قصفت|SHELLING} المدفعية بلدة في ريف حلب.",
    "{قُتل|KILL} طفل في {قصف|SHELLING} على إدلب.",
    "الطقس بارد اليوم في دمشق.",
    "عقدت الحكومة اجتماعاً أمس.",
)


@pytest.fixture(scope="module")
def baseline() -> TfidfBaseline:
    return TfidfBaseline([marked_document(ARTICLE)], TYPES, seed=0)


def sentence_of(baseline: TfidfBaseline, text: str) -> Sentence:
    (document,) = baseline.predict([Document.from_text(text)])
    (sentence,) = document.sentences
    return sentence


@pytest.mark.parametrize(
    ("text", "types"),
    [
        ("قُتل ثلاثة مدنيين أمس.", {"KILL"}),
        ("سيطرت قسد على بلدة جديدة.", {"CAPTURE"}),
        ("قُتل مدني في قصف على حلب.", {"KILL", "SHELLING"}),
        ("اجتماع الحكومة اليوم في دمشق.", set()),
    ],
)
def test_a_sentence_has_the_types_that_its_words_speak_for(text: str, types: set[str], baseline: TfidfBaseline) -> None:
    assert set(sentence_of(baseline, text).event_types) == types


def test_every_sentence_has_a_score_of_every_type_and_those_types_that_reach_one_half(
    baseline: TfidfBaseline,
) -> None:
    (document,) = baseline.predict([marked_document(ARTICLE)])
    assert len(document.sentences) == len(ARTICLE)
    for sentence in document.sentences:
        assert list(sentence.type_scores) == TYPES
        assert all(0.0 <= score <= 1.0 for score in sentence.type_scores.values())
        assert sentence.event_types == {t: score for t, score in sentence.type_scores.items() if score >= 0.5}
    assert {type for sentence in document.sentences for type in sentence.event_types} == {"KILL", "CAPTURE", "SHELLING"}


def test_it_predicts_event_types_and_no_span(baseline: TfidfBaseline) -> None:
    (document,) = baseline.predict([marked_document(ARTICLE)])
    assert (baseline.name, baseline.layers) == ("tfidf", ("event_types",))
    assert (document.entities, document.events) == ([], [])


def test_spellings_of_the_same_letters_have_the_same_scores(baseline: TfidfBaseline) -> None:
    plain, decorated = (sentence_of(baseline, text) for text in ("قتل 30 عنصرا.", "قُتِلَ ٣٠ عنصـــراً."))
    assert plain.type_scores == decorated.type_scores


def test_another_form_of_a_word_is_known_by_its_letters(baseline: TfidfBaseline) -> None:
    assert not any(word in " ".join(ARTICLE) for word in ("سيطروا", "اختلفوا"))
    known, unknown = (sentence_of(baseline, f"{word}.").type_scores for word in ("سيطروا", "اختلفوا"))
    assert max(known, key=known.__getitem__) == "CAPTURE"
    assert known["CAPTURE"] > unknown["CAPTURE"] + 0.05


def test_a_type_of_one_sentence_among_many_can_still_be_reached() -> None:
    quiet = [f"عقدت الحكومة اجتماعاً في {city} أمس." for city in ("دمشق", "حلب", "حمص", "حماة", "إدلب", "درعا")]
    baseline = TfidfBaseline([marked_document([*quiet, *quiet, "{اندلعت|CLASH} اشتباكات عنيفة."])], TYPES, seed=0)
    assert set(sentence_of(baseline, "اندلعت اشتباكات في حمص.").event_types) == {"CLASH"}
    assert sentence_of(baseline, "اجتماع الحكومة في حمص.").event_types == {}


def test_a_type_that_no_or_every_sentence_of_the_articles_has_is_constant() -> None:
    article = ["{قصف|SHELLING} على حلب و{قُتل|KILL} مدني.", "{قصف|SHELLING} على إدلب."]
    baseline = TfidfBaseline([marked_document(article)], TYPES, seed=0)
    for text in ("قُتل مدني.", "هدوء."):
        scores = sentence_of(baseline, text).type_scores
        assert (scores["SHELLING"], scores["CAPTURE"], scores["CLASH"]) == (1.0, 0.0, 0.0)
        assert 0.0 < scores["KILL"] < 1.0


def test_a_schema_may_have_one_event_type_or_none() -> None:
    article = [marked_document(["{قُتل|KILL} مدني.", "هدوء تام."])]
    assert set(sentence_of(TfidfBaseline(article, ["KILL"], seed=0), "قُتل آخر.").event_types) == {"KILL"}
    sentence = sentence_of(TfidfBaseline([marked_document(["هدوء."])], [], seed=0), "قُتل آخر.")
    assert (sentence.event_types, sentence.type_scores) == ({}, {})


@pytest.mark.parametrize(
    "training",
    [
        pytest.param([], id="no articles"),
        pytest.param([Document.from_text("")], id="an empty article"),
        pytest.param([Document.from_text("\x00 \ud800")], id="an article without words"),
        pytest.param([Document.from_text("ـ ـ")], id="an article whose words are nothing but tatweel"),
        pytest.param([Document.from_text("هدوء في المدينة.")], id="an article without events"),
    ],
)
def test_from_articles_without_events_no_type_is_learnt(training: list[Document]) -> None:
    sentence = sentence_of(TfidfBaseline(training, TYPES, seed=0), "قُتل مدني.")
    assert sentence.type_scores == dict.fromkeys(TYPES, 0.0)
    assert sentence.event_types == {}


def test_where_the_articles_have_no_words_a_type_scores_its_share_of_the_sentences() -> None:
    document = Document.from_text("\x00\n\x01\n\x02\n\x03")
    document.sentences[0].event_types = {"KILL": 1.0}
    assert (len(document.sentences), document.words) == (4, [])
    sentence = sentence_of(TfidfBaseline([document], TYPES, seed=0), "قُتل مدني.")
    assert sentence.type_scores == {"KILL": 0.25, "CAPTURE": 0.0, "SHELLING": 0.0, "CLASH": 0.0}


@given(ANY_TEXT)
def test_any_text_can_be_scored(baseline: TfidfBaseline, text: str) -> None:
    document = Document.from_text(text)
    (predicted,) = baseline.predict([document])
    assert len(predicted.sentences) == len(document.sentences)
    assert all(list(sentence.type_scores) == TYPES for sentence in predicted.sentences)


@settings(max_examples=10)
@given(documents(ANY_TEXT))
def test_any_annotated_document_can_be_learnt_from(document: Document) -> None:
    alone, with_article = (TfidfBaseline([document, *more], TYPES, seed=0) for more in ([], [marked_document(ARTICLE)]))
    assert list(sentence_of(alone, "قُتل مدني.").type_scores) == TYPES
    assert "KILL" in sentence_of(with_article, "قُتل خمسة مدنيين في ريف إدلب.").event_types
