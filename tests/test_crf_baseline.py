"""Two CRFs over words: they know new words by spelling and neighbours, and their spans are always legal."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from conftest import marked_document
from hypothesis import given, settings
from strategies import ANY_TEXT, documents

from trainer.baselines.crf import CrfBaseline
from trainer.baselines.crf_features import sentence_features
from trainer.data.tags import entity_tags, spans_of_tags, trigger_tags
from trainer.documents import Document, Span

ARTICLE = (
    "وصل [أحمد|PER] إلى [دمشق|GPE] أمس.",
    "وصل [محمد العلي|PER] إلى [حلب|GPE] أمس.",
    "وصل [خالد|PER] إلى [الرقة|GPE] اليوم.",
    "{قصفت|SHELLING} [قوات النظام|ARMED] بلدة في ريف [حلب|GPE].",
    "{قُتل|KILL} مدني في {قصف|SHELLING} على [إدلب|GPE].",
    "هدوء في المدينة منذ أمس.",
    "{مقتل|KILL} عنصرين من [قوات النظام|ARMED] قرب [الحسكة|GPE].",
)


@pytest.fixture(scope="module")
def baseline() -> CrfBaseline:
    return CrfBaseline([marked_document(ARTICLE)])


def tagged(baseline: CrfBaseline, text: str) -> Document:
    (document,) = baseline.predict([Document.from_text(text)])
    return document


def entities(baseline: CrfBaseline, text: str) -> list[tuple[str, str]]:
    return [(entity.text, entity.label) for entity in tagged(baseline, text).entities]


def triggers(baseline: CrfBaseline, text: str) -> list[tuple[str, str]]:
    return [(event.trigger.text, event.type) for event in tagged(baseline, text).events]


def features_of(words: list[str], index: int) -> set[str]:
    return set(sentence_features(words)[index])


class TestFeatures:
    def test_a_word_is_told_by_its_form_its_affixes_its_shape_and_its_length(self) -> None:
        assert features_of(["والمدينة"], 0) >= {
            *("0:form=والمدينة", "0:bare=مدينة", "0:shape=arabic", "0:length=4"),
            *("0:prefix=و", "0:prefix=وا", "0:prefix=وال", "0:prefix=والم"),
            *("0:suffix=ة", "0:suffix=نة", "0:suffix=ينة", "0:suffix=دينة"),
        }

    def test_an_affix_is_shorter_than_its_word(self) -> None:
        affixes = {feature for feature in features_of(["قصف"], 0) if feature.startswith(("0:prefix", "0:suffix"))}
        assert affixes == {"0:prefix=ق", "0:prefix=قص", "0:suffix=ف", "0:suffix=صف"}

    @pytest.mark.parametrize(
        ("word", "shape"),
        [
            ("٣٠", "digits"),
            ("2015", "digits"),
            ("قُتِلَ", "arabic"),
            ("BBC", "latin"),
            ("“", "quote"),
            ("»", "quote"),
            ("،", "punctuation"),
            ("30mm", "mixed"),
        ],
    )
    def test_the_shape_says_what_a_word_is_made_of(self, word: str, shape: str) -> None:
        assert f"0:shape={shape}" in features_of([word], 0)

    def test_two_words_on_either_side_are_told_with_their_distance(self) -> None:
        features = features_of(["قتل", "خمسة", "مدنيين", "في", "قصف"], 2)
        assert {f"{d}:form={w}" for d, w in ((-2, "قتل"), (-1, "خمسة"), (1, "في"), (2, "قصف"))} <= features
        assert {"-2:pair=قتل خمسة", "-1:pair=خمسة مدنيين", "0:pair=مدنيين في", "1:pair=في قصف"} <= features
        assert not any(feature.startswith(("-3:", "3:")) for feature in features)
        assert not any("<edge>" in feature for feature in features)

    def test_the_ends_of_a_sentence_are_told(self) -> None:
        first, second, _ = sentence_features(["قتل", "خمسة", "مدنيين"])
        assert {"-1:<edge>", "-2:<edge>"} <= set(first)
        assert {"-2:<edge>", "2:<edge>"} <= set(second)
        assert not {"-1:<edge>", "1:<edge>"} & set(second)

    def test_spellings_of_the_same_letters_have_the_same_features(self) -> None:
        assert sentence_features(["قُتِلَ", "٣٠", "عنصـــراً"]) == sentence_features(["قتل", "30", "عنصرا"])

    def test_a_sentence_without_words_has_no_features(self) -> None:
        assert sentence_features([]) == []


def test_a_word_that_no_article_has_is_known_by_its_neighbours(baseline: CrfBaseline) -> None:
    assert entities(baseline, "وصل سالم إلى تدمر أمس.") == [("سالم", "PER"), ("تدمر", "GPE")]


def test_a_known_word_is_known_with_a_clitic(baseline: CrfBaseline) -> None:
    assert triggers(baseline, "وقُتل مدني في المدينة.") == [("وقُتل", "KILL")]


def test_what_looks_like_nothing_marked_is_not_marked(baseline: CrfBaseline) -> None:
    document = tagged(baseline, "هدوء في المدينة اليوم.")
    assert (document.entities, document.events) == ([], [])


def test_a_span_of_several_words_is_one_span(baseline: CrfBaseline) -> None:
    assert ("قوات النظام", "ARMED") in entities(baseline, "انسحبت قوات النظام من حلب.")


def test_a_sentence_has_the_types_of_its_triggers(baseline: CrfBaseline) -> None:
    document = tagged(baseline, "قُتل مدني في قصف على إدلب.\nهدوء في المدينة.")
    assert [event.type for event in document.events] == ["KILL", "SHELLING"]
    assert [sentence.event_types for sentence in document.sentences] == [{"KILL": 1.0, "SHELLING": 1.0}, {}]


def test_every_span_has_its_probability_and_a_known_sentence_a_higher_one(baseline: CrfBaseline) -> None:
    (known,) = tagged(baseline, "هدوء في المدينة منذ أمس.\nوصل خالد إلى الرقة اليوم.").entities[:1]
    (new,) = tagged(baseline, "وصل سالم إلى تدمر أمس.").entities[:1]
    (event,) = tagged(baseline, "وقُتل مدني في المدينة.").events
    assert (known.text, new.text) == ("خالد", "سالم")
    assert known.score is not None
    assert new.score is not None
    assert event.score is not None
    assert 0.0 < new.score < known.score <= 1.0
    assert 0.0 < event.score <= 1.0


def test_where_the_crf_prefers_an_inside_tag_that_continues_nothing_the_best_legal_tags_are_taken() -> None:
    baseline = CrfBaseline([marked_document(["دخلت [قوات النظام السوري|ARMED] إلى [مدينة حلب الشرقية|GPE] أمس."])])
    words = ["النظام", "النظام", "السوري"]
    # Without the constraint it would be this; if that were legal, the test would show nothing.
    preferred = baseline.entities._tagger.tag(sentence_features(words))
    with pytest.raises(ValueError, match="does not continue"):
        spans_of_tags(preferred)
    assert entities(baseline, " ".join(words)) == [("النظام", "ARMED")]


def test_a_layer_without_a_span_in_the_articles_stays_empty() -> None:
    only_entities = CrfBaseline([marked_document(ARTICLE[:3])])
    document = tagged(only_entities, "وصل خالد إلى الرقة في قصف.")
    assert [entity.text for entity in document.entities] == ["خالد", "الرقة"]
    assert document.events == []
    only_triggers = CrfBaseline([marked_document(["{قصف|SHELLING} عنيف.", "هدوء تام."])])
    document = tagged(only_triggers, "قصف عنيف.")
    assert document.entities == []
    assert [event.type for event in document.events] == ["SHELLING"]


@pytest.mark.parametrize(
    "training",
    [
        pytest.param([], id="no articles"),
        pytest.param([Document.from_text("")], id="an empty article"),
        pytest.param([Document.from_text("\x00 \ud800")], id="an article without words"),
        pytest.param([Document.from_text("هدوء في المدينة.")], id="an article without annotation"),
    ],
)
def test_from_articles_that_mark_nothing_nothing_is_learnt(training: list[Document]) -> None:
    document = tagged(CrfBaseline(training), "قُتل مدني في قصف على إدلب.")
    assert (document.entities, document.events) == ([], [])
    assert [sentence.event_types for sentence in document.sentences] == [{}]


def test_a_span_over_every_word_of_the_articles_can_be_learnt() -> None:
    baseline = CrfBaseline([marked_document(["[داعش|ARMED]", "[قسد|ARMED]"])])
    assert entities(baseline, "داعش") == [("داعش", "ARMED")]


def test_words_that_are_no_valid_unicode_are_taken_even_where_a_document_was_put_together_by_hand() -> None:
    article = marked_document(ARTICLE)
    article.words = [Span(w.start, w.end, f"{w.text}\ud800\x00") for w in article.words]
    document = article.without_annotations()
    (predicted,) = CrfBaseline([article]).predict([document])
    assert [entity.text for entity in predicted.entities] == [entity.text for entity in article.entities]


@given(ANY_TEXT)
def test_any_text_can_be_tagged_and_has_legal_spans(baseline: CrfBaseline, text: str) -> None:
    document = tagged(baseline, text + "\nوصل خالد إلى الرقة اليوم.")
    assert document.entities
    for sentence in document.sentences:
        spans_of_tags(entity_tags(document, sentence))
        spans_of_tags(trigger_tags(document, sentence))


@settings(max_examples=20)
@given(documents(ANY_TEXT))
def test_any_annotated_document_can_be_learnt_from(document: Document) -> None:
    baseline = CrfBaseline([document, marked_document(ARTICLE)])
    assert ("خالد", "PER") in entities(baseline, "وصل خالد إلى الرقة اليوم.")


def test_no_file_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made: list[str] = []
    mkdir = os.mkdir
    monkeypatch.setattr(os, "mkdir", lambda path, *rest: (made.append(str(path)), mkdir(path, *rest))[1])
    baseline = CrfBaseline([marked_document(ARTICLE)])
    assert len(made) == 2
    assert {Path(path).parent for path in made} == {tmp_path}
    assert list(tmp_path.iterdir()) == []
    assert entities(baseline, "وصل خالد إلى الرقة اليوم.") == [("خالد", "PER"), ("الرقة", "GPE")]
