"""Where the errors are: by length of span, by article, and by whether the training articles have the span."""

from __future__ import annotations

import pytest
from conftest import marked_document

from trainer.documents import Document
from trainer.evaluation.breakdowns import LENGTHS, by_article, by_length
from trainer.evaluation.seen_spans import SeenSpans
from trainer.evaluation.span_counts import ITEM_LAYERS, Counts, pooled, span_counts

NOTHING = Counts()
GOLD = [
    marked_document(
        [
            "{سيطر|CAPTURE} [تنظيم داعش|ARMED] على [الرقة|GPE].",
            "وصل [قائد الجيش الوطني أحمد الخالد|PER] إلى [حلب|GPE].",
        ],
        "أولى",
    ),
    marked_document(["{قُتل|KILL} [محمد العلي|PER] في {قصف عنيف|SHELLING} على [إدلب|GPE]."], "ثانية"),
]
FOUND = [
    marked_document(
        [
            "{سيطر|CAPTURE} تنظيم [داعش|ARMED] على [الرقة|GPE].",
            "وصل [قائد الجيش الوطني|PER] أحمد الخالد إلى [حلب|PER].",
        ],
        "أولى",
    ),
    marked_document(["{قُتل|KILL} [محمد العلي|PER] في {قصف|SHELLING} عنيف على [إدلب|GPE]."], "ثانية"),
]


def test_gold_and_predicted_spans_count_each_in_the_bucket_of_its_own_length() -> None:
    assert by_length(GOLD, FOUND, "entities") == {
        # داعش is predicted with one word where gold has two; حلب has the wrong type.
        "1": Counts(hits=2, predicted=4, gold=3),
        "2": Counts(hits=1, predicted=1, gold=2),
        # Three of the five words of the commander.
        "3": Counts(hits=0, predicted=1, gold=0),
        "4+": Counts(hits=0, predicted=0, gold=1),
    }


def test_every_length_is_listed_in_order_also_without_spans() -> None:
    counts = by_length(GOLD, FOUND, "triggers")
    assert list(counts) == list(LENGTHS) == ["1", "2", "3", "4+"]
    assert counts == {"1": Counts(2, 3, 2), "2": Counts(0, 0, 1), "3": NOTHING, "4+": NOTHING}
    assert by_length([], [], "entities") == dict.fromkeys(LENGTHS, NOTHING)


@pytest.mark.parametrize(("words", "bucket"), [(1, "1"), (2, "2"), (3, "3"), (4, "4+"), (5, "4+"), (30, "4+")])
def test_lengths_are_words(words: int, bucket: str) -> None:
    document = marked_document(["[" + " ".join(["قوات"] * words) + "|ARMED] هنا"])
    counts = by_length([document], [document], "entities")
    assert {name: row for name, row in counts.items() if row != NOTHING} == {bucket: Counts(1, 1, 1)}


@pytest.mark.parametrize("layer", ["entities", "triggers"])
def test_the_lengths_together_are_all_spans_and_folds_can_be_pooled(layer: str) -> None:
    whole = by_length(GOLD, FOUND, layer)
    folds = [by_length([gold], [found], layer) for gold, found in zip(GOLD, FOUND, strict=True)]
    assert pooled(folds) == whole
    every = [row for gold, found in zip(GOLD, FOUND, strict=True) for row in span_counts(gold, found, layer).values()]
    assert sum(whole.values(), Counts()) == sum(every, Counts()) != NOTHING


def test_a_layer_without_spans_has_no_lengths() -> None:
    with pytest.raises(ValueError, match="'event_types' is none of the layers entities, triggers"):
        by_length([], [], "event_types")


def test_an_article_has_the_counts_of_every_layer() -> None:
    assert by_article(GOLD, FOUND) == {
        "أولى": {"entities": Counts(1, 4, 4), "triggers": Counts(1, 1, 1), "event_types": Counts(1, 1, 1)},
        "ثانية": {"entities": Counts(2, 2, 2), "triggers": Counts(1, 2, 2), "event_types": Counts(2, 2, 2)},
    }


def test_an_article_without_sentences_counts_nothing() -> None:
    empty = Document.from_text("", id="فارغة")
    assert by_article([empty], [empty]) == {"فارغة": dict.fromkeys(ITEM_LAYERS, NOTHING)}


def test_two_articles_of_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match="two documents have the id 'أولى'"):
        by_article([GOLD[0], GOLD[0]], [FOUND[0], FOUND[0]])


TRAINING = marked_document(
    [
        "{قُتل|KILL} عنصر من [داعش|ARMED] في [الحسكة|GPE].",
        "{وقصف|SHELLING} الطيران مقر [وزارة الدفاع|ARMED].",
        "قال [كريم|PER] إن الطقس بارد.",
    ]
)


def seen_entity(marked: str) -> bool:
    """Whether the one entity of ``marked`` counts as seen, as gold span, as predicted span and as hit."""
    return _seen(marked, "entities")


def seen_trigger(marked: str) -> bool:
    return _seen(marked, "triggers")


def _seen(marked: str, layer: str) -> bool:
    document = marked_document([marked])
    empty = document.without_annotations()
    seen = SeenSpans.of([TRAINING])
    answers = []
    for gold, found, one in (
        (document, document, Counts(1, 1, 1)),
        (document, empty, Counts(0, 0, 1)),
        (empty, document, Counts(0, 1, 0)),
    ):
        counts = seen.counts([gold], [found])[layer]
        assert sorted(counts) == ["seen", "unseen"]
        assert sorted(counts.values(), key=lambda row: row.hits + row.predicted + row.gold) == [NOTHING, one]
        answers.append(counts["seen"] == one)
    assert len(set(answers)) == 1
    return answers[0]


def test_an_entity_of_the_training_articles_is_seen_and_another_is_not() -> None:
    assert seen_entity("هاجم [داعش|ARMED] قرية.")
    assert not seen_entity("وصل إلى [دمشق|GPE].")
    assert not seen_entity("هاجم [تنظيم داعش|ARMED] قرية.")


def test_an_entity_with_another_type_is_seen_all_the_same() -> None:
    assert seen_entity("هاجم [داعش|PER] قرية.")


@pytest.mark.parametrize(
    "marked",
    ["هاجم [وداعش|ARMED] قرية.", "معارك [بالحسكة|GPE] أمس.", "هاجم و[داعش|ARMED] قرية.", "هاجم [دَاعِـش|ARMED] قرية."],
)
def test_attached_clitics_diacritics_and_tatweel_make_no_other_entity(marked: str) -> None:
    assert seen_entity(marked)


def test_a_letter_of_the_word_itself_is_no_clitic() -> None:
    assert seen_entity("وصل [كريم|PER] أمس.")
    assert not seen_entity("وصلت [ريم|PER] أمس.")


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        ("قُتل", True),
        ("قتل", True),  # without its vowel
        ("وقتل", True),  # with "and"
        ("فقُتل", True),
        ("قصف", True),  # training has it with "and"
        ("فقصف", False),  # differs from وقصف in a letter, not by one more
        ("مقتل", False),
        ("بقصف", False),  # other clitics are not looked through
    ],
)
def test_triggers_are_the_same_up_to_one_conjunction(trigger: str, expected: bool) -> None:
    assert seen_trigger("{" + trigger + "|KILL} عنصر.") is expected


def test_what_is_an_entity_in_training_is_no_seen_trigger() -> None:
    assert not seen_trigger("{داعش|KILL} هنا.")
    assert not seen_entity("كان [قصف|ARMED] أمس.")


def test_hits_predictions_and_gold_spans_are_split_as_by_hand() -> None:
    gold = marked_document(["{قتل|KILL} [داعش|ARMED] و[قسد|ARMED] في [الحسكة|GPE] ثم {انسحب|CAPTURE} إلى [حلب|GPE]."])
    found = marked_document(["{قتل|KILL} [داعش|ARMED] و[قسد|ARMED] في [الحسكة|ARMED] ثم انسحب إلى حلب."])
    assert SeenSpans.of([TRAINING]).counts([gold], [found]) == {
        "entities": {"seen": Counts(1, 2, 2), "unseen": Counts(1, 1, 2)},
        "triggers": {"seen": Counts(1, 1, 1), "unseen": Counts(0, 0, 1)},
    }


def test_without_training_articles_everything_is_unseen_and_together_they_are_all_spans() -> None:
    counts = SeenSpans.of([]).counts(GOLD, FOUND)
    assert counts["entities"] == {"seen": NOTHING, "unseen": Counts(3, 6, 6)}
    own = SeenSpans.of(GOLD).counts(GOLD, FOUND)
    assert sum(own["entities"].values(), Counts()) == Counts(3, 6, 6)
    assert own["entities"]["seen"].gold == 6


def test_a_lone_surrogate_inside_a_span_is_no_error() -> None:
    document = marked_document(["هاجمت [قوات \ud800 النظام|ARMED] قرية."])
    assert SeenSpans.of([document]).counts([document], [document])["entities"]["seen"] == Counts(1, 1, 1)


@pytest.mark.parametrize("breakdown", [by_article, SeenSpans.of([]).counts, lambda g, f: by_length(g, f, "entities")])
def test_documents_that_are_missing_or_of_another_text_are_refused(breakdown: object) -> None:
    assert callable(breakdown)
    with pytest.raises(ValueError, match="shorter"):
        breakdown(GOLD, FOUND[:1])
    with pytest.raises(ValueError, match="differ in their text or sentences"):
        breakdown(GOLD, FOUND[::-1])
