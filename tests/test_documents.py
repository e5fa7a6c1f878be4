"""The document: segmentation that never fails, offsets that always hold, and a dictionary that keeps everything."""

from __future__ import annotations

import copy
from dataclasses import replace
from html.parser import HTMLParser
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from strategies import ANY_TEXT, documents

from trainer.documents import LAYERS, Argument, Document, Entity, Sentence, Span, in_order
from trainer.formats.brat import brat_annotations
from trainer.pages.predictions import predictions_page

TEXT = "قُتِل 😀 عنصر من «داعش» في الحسكة.\r\nوسيطرت قسد على الرقة."


def annotated() -> Document:
    document = Document.from_text(TEXT, id="001", metadata={"title": "عنوان", "tags": ["حرب", 1, None]})
    killed = document.add_event(0, 5, "KILL", score=0.75)
    document.add_entity(17, 21, "ARMED", score=0.5)
    document.add_entity(26, 32, "GPE")
    killed.arguments = [Argument("TARGET", "T1"), Argument("PLACE", "T2", 0.25)]
    killed.attributes = ["Disputed"]
    document.add_event(35, 41, "CAPTURE")
    document.model = {"name": "marsad", "fingerprint": "abc"}
    document.set_event_types_from_triggers()
    return document


# ------------------------------------------------------------------------------------ segmentation


@given(ANY_TEXT)
@settings(max_examples=200)
def test_any_string_makes_a_document_that_keeps_it_unchanged(text: str) -> None:
    document = Document.from_text(text)
    assert document.text == text
    assert all(text[word.start : word.end] == word.text for word in document.words)


@given(ANY_TEXT)
@settings(max_examples=200)
def test_every_word_of_any_string_lies_in_one_sentence_and_the_sentences_give_all_words(text: str) -> None:
    document = Document.from_text(text)
    by_sentence = [document.words_of(sentence) for sentence in document.sentences]
    assert [word for words in by_sentence for word in words] == document.words
    for sentence, words in zip(document.sentences, by_sentence, strict=True):
        assert all(sentence.start <= word.start and word.end <= sentence.end for word in words)


@given(ANY_TEXT)
def test_an_offset_belongs_to_the_sentence_around_it_or_to_none(text: str) -> None:
    document = Document.from_text(text)
    for offset in range(-1, len(text) + 2):
        around = [i for i, sentence in enumerate(document.sentences) if sentence.start <= offset < sentence.end]
        assert document.sentence_index(offset) == (around[0] if around else None)


@pytest.mark.parametrize("value", [None, 5, b"text", ["text"]])
def test_only_a_string_makes_a_document(value: Any) -> None:
    with pytest.raises(TypeError, match=f"must be a str, not {type(value).__name__}"):
        Document.from_text(value)


def test_the_document_keeps_its_own_copy_of_the_metadata() -> None:
    metadata = {"title": "عنوان"}
    document = Document.from_text("نص", metadata=metadata)
    metadata["title"] = "آخر"
    assert document.metadata == {"title": "عنوان"}


# -------------------------------------------------------------------------------------- annotation


def test_an_entity_gets_its_text_its_name_without_clitics_and_an_id() -> None:
    document = Document.from_text("هاجم داعش قسد وبالحسكة اشتباكات")
    assert document.add_entity(5, 9, "ARMED", score=0.5) == Entity("T1", 5, 9, "ARMED", "داعش", "داعش", 0.5)
    assert document.add_entity(14, 22, "GPE") == Entity("T2", 14, 22, "GPE", "وبالحسكة", "الحسكة", None)
    assert [entity.id for entity in document.entities] == ["T1", "T2"]


def test_an_event_gets_its_trigger_and_an_id() -> None:
    document = Document.from_text("قُتل عنصر")
    event = document.add_event(0, 4, "KILL")
    assert (event.id, event.type, event.trigger, event.score) == ("E1", "KILL", Span(0, 4, "قُتل"), None)
    assert document.events == [event]


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (0, 0), (3, 2), (0, 5), (4, 5), (9, 12)])
def test_a_span_outside_the_text_or_without_characters_is_an_error_and_adds_nothing(start: int, end: int) -> None:
    document = Document.from_text("قتلى")
    with pytest.raises(ValueError, match=rf"span {start}\.\.{end} does not lie in the text of 4 characters"):
        document.add_entity(start, end, "PER")
    with pytest.raises(ValueError, match=rf"span {start}\.\.{end} "):
        document.add_event(start, end, "KILL")
    assert document.entities == document.events == []


def test_a_sentence_has_the_types_of_the_triggers_in_it_and_no_others() -> None:
    document = Document.from_text("قُتل عنصر وجرح آخر.\nسيطرت قسد على الرقة.\nالطقس بارد.")
    document.sentences[2].event_types = {"KILL": 0.9}
    document.add_event(0, 4, "KILL")
    document.add_event(11, 14, "INJURE")
    document.add_event(20, 25, "CAPTURE")
    document.add_event(26, 29, "CAPTURE")
    document.set_event_types_from_triggers()
    assert [s.event_types for s in document.sentences] == [{"KILL": 1.0, "INJURE": 1.0}, {"CAPTURE": 1.0}, {}]


def test_a_copy_without_annotations_has_the_text_and_its_segments_only() -> None:
    document = annotated()
    before = copy.deepcopy(document)
    bare = document.without_annotations()
    assert bare == Document.from_text(TEXT, id="001", metadata=document.metadata)
    bare.metadata["title"] = "آخر"
    bare.sentences[0].event_types["KILL"] = 1.0
    bare.add_entity(0, 5, "PER")
    bare.words.clear()
    assert document == before


def test_entities_in_order_stand_by_position_the_longer_first() -> None:
    document = Document.from_text("قوات سوريا الديمقراطية")
    spans = [(5, 10), (0, 4), (5, 22), (0, 10)]
    for start, end in spans:
        document.add_entity(start, end, "ARMED")
    assert [(e.start, e.end) for e in in_order(document.entities)] == [(0, 10), (0, 4), (5, 22), (5, 10)]


# -------------------------------------------------------------------------------------- dictionary


@given(documents(ANY_TEXT))
@settings(max_examples=150)
def test_the_dictionary_of_any_document_gives_the_document_again(document: Document) -> None:
    assert Document.from_dict(document.to_dict()) == document


def test_the_dictionary_has_this_shape() -> None:
    assert annotated().to_dict() == {
        "version": 1,
        "model": {"name": "marsad", "fingerprint": "abc"},
        "id": "001",
        "text": TEXT,
        "metadata": {"title": "عنوان", "tags": ["حرب", 1, None]},
        "entities": [
            {"id": "T1", "start": 17, "end": 21, "label": "ARMED", "text": "داعش", "name": "داعش", "score": 0.5},
            {"id": "T2", "start": 26, "end": 32, "label": "GPE", "text": "الحسكة", "name": "الحسكة", "score": None},
        ],
        "events": [
            {
                "id": "E1",
                "type": "KILL",
                "score": 0.75,
                "trigger": {"start": 0, "end": 5, "text": "قُتِل"},
                "arguments": [
                    {"role": "TARGET", "entity": "T1", "score": None},
                    {"role": "PLACE", "entity": "T2", "score": 0.25},
                ],
                "attributes": ["Disputed"],
            },
            {
                "id": "E2",
                "type": "CAPTURE",
                "score": None,
                "trigger": {"start": 35, "end": 41, "text": "وسيطرت"},
                "arguments": [],
            },
        ],
        "sentences": [
            {"start": 0, "end": 33, "event_types": {"KILL": 1.0}},
            {"start": 35, "end": 56, "event_types": {"CAPTURE": 1.0}},
        ],
    }


def test_a_name_that_differs_from_the_rules_survives_the_dictionary() -> None:
    document = annotated()
    document.entities[0].name = "تنظيم الدولة"
    assert Document.from_dict(document.to_dict()).entities[0].name == "تنظيم الدولة"


def test_sentences_that_the_splitter_would_not_make_survive_the_dictionary() -> None:
    document = annotated()
    document.sentences = [Sentence(0, 56, {"KILL": 0.5})]
    assert Document.from_dict(document.to_dict()).sentences == document.sentences


@pytest.mark.parametrize("layers", [found for size in (1, 2, 3) for found in combinations(LAYERS, size)], ids="+".join)
@pytest.mark.parametrize("text", ["", " \n", "قُتل عنصر."])
def test_the_layers_survive_the_dictionary_also_where_there_is_nothing_to_label(
    text: str, layers: tuple[str, ...]
) -> None:
    document = replace(Document.from_text(text), layers=layers)
    assert Document.from_dict(document.to_dict()) == document
    nothing_kept = replace(document, sentences=[])
    assert Document.from_dict(nothing_kept.to_dict()) == nothing_kept


def test_only_a_document_without_sentences_names_its_layers() -> None:
    assert "layers" not in annotated().to_dict()
    assert Document.from_text("").to_dict()["layers"] == list(LAYERS)


def test_a_dictionary_without_sentences_that_names_no_layers_has_those_of_its_keys() -> None:
    data = Document.from_text("").to_dict()
    del data["layers"]
    assert Document.from_dict(data).layers == LAYERS


def change(path: str, value: Any) -> dict[str, Any]:
    data = annotated().to_dict()
    *parents, last = (int(key) if key.isdigit() else key for key in path.split("/"))
    place: Any = data
    for key in parents:
        place = place[key]
    place[last] = value
    return data


DISAGREEMENTS = {
    "another version": ("version", 2, "version is 2; this Marsad reads 1"),
    "another text of an entity": ("entities/0/text", "قسد", "T1: the text at its offsets is 'داعش', not 'قسد'"),
    "a shifted entity": ("entities/1/start", 25, "T2: the text at its offsets is ' الحسكة'"),
    "another text of a trigger": ("events/0/trigger/text", "مقتل", "E1: the text at its offsets is 'قُتِل', not 'مقتل'"),
    "an entity outside the text": ("entities/0/end", 99, r"span 17\.\.99 does not lie in the text"),
    "a trigger outside the text": ("events/1/trigger/start", -1, r"span -1\.\.41 does not lie in the text"),
    "a sentence outside the text": ("sentences/1/end", 57, r"span 35\.\.57 does not lie in the text"),
    "a sentence of no characters": ("sentences/0/end", 0, r"span 0\.\.0 does not lie in the text"),
    "a text that was normalized": ("text", TEXT.replace("\r\n", "\n"), "does not lie in the text|the text at its"),
}


@pytest.mark.parametrize(("path", "value", "cause"), DISAGREEMENTS.values(), ids=DISAGREEMENTS)
def test_a_dictionary_whose_parts_disagree_is_refused(path: str, value: Any, cause: str) -> None:
    with pytest.raises(ValueError, match=cause):
        Document.from_dict(change(path, value))


@pytest.mark.parametrize("data", [[], "نص", None, 3])
def test_what_is_no_dictionary_is_refused(data: Any) -> None:
    with pytest.raises(ValueError, match=f"expected a JSON object, found {type(data).__name__}"):
        Document.from_dict(data)


def test_scores_of_types_that_do_not_count_are_written_on_request_and_do_not_decide_equality() -> None:
    document = annotated()
    document.sentences[0].type_scores = {"KILL": 0.9, "CAPTURE": 0.2}
    assert "type_scores" not in document.to_dict()["sentences"][0]
    again = Document.from_dict(document.to_dict(type_scores=True))
    assert again.sentences[0].type_scores == {"KILL": 0.9, "CAPTURE": 0.2}
    assert again == Document.from_dict(document.to_dict())


# -------------------------------------------------------------------------------- notebooks and logs


class Frames(HTMLParser):
    """Collects the tags of a page and the attributes of its frames."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.frames: list[dict[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "iframe":
            self.frames.append(dict(attrs))


def test_brat_annotation_is_that_of_the_brat_format() -> None:
    document = annotated()
    assert document.to_brat() == brat_annotations(document)
    assert document.to_brat().splitlines()[0] == "T1\tARMED 17 21\tداعش"


def test_a_notebook_shows_the_page_in_a_frame_that_runs_nothing_and_styles_nothing_around_it() -> None:
    document = Document.from_text('"></iframe><style>*{}</style><script>x()</script> قُتل عنصر')
    document.add_event(50, 54, "KILL")
    shown = Frames(document._repr_html_())
    assert shown.tags == ["iframe"]
    (frame,) = shown.frames
    assert frame["sandbox"] == ""
    assert frame["srcdoc"] == predictions_page([document])


@given(documents(ANY_TEXT))
def test_every_document_can_be_shown_in_a_notebook(document: Document) -> None:
    page = document._repr_html_()
    page.encode("utf-8")
    assert Frames(page).tags == ["iframe"]


def test_a_log_shows_the_beginning_and_how_much_there_is() -> None:
    shown = repr(annotated())
    assert shown == f"Document(id='001', text={TEXT!r}, 2 sentences, 2 entities, 2 events)"


def test_a_long_document_is_a_short_line_in_a_log() -> None:
    shown = repr(Document.from_text("قُتل عنصر من داعش\n" * 10_000, id="17"))
    assert shown.startswith("Document(id='17', text='قُتل عنصر من داعش\\n")
    assert shown.endswith("…', 10000 sentences, 0 entities, 0 events)")
    assert len(shown) < 160
    assert "\n" not in shown


@given(ANY_TEXT)
def test_the_line_of_any_document_can_be_printed(text: str) -> None:
    repr(Document.from_text(text)).encode("utf-8")
