"""Chosen sentences as tasks: cut out of their articles with every offset right, labelled as in the whole article."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import TEXT
from hypothesis import given
from hypothesis import strategies as st
from pool_sentences import SENTENCES
from strategies import documents

from trainer.documents import Document
from trainer.projects.project import write_project
from trainer.selection.choosing import Candidate
from trainer.selection.opened_model import OpenedModel, open_model
from trainer.selection.sentence_documents import sentence_document
from trainer.selection.suggesting import suggested_documents


@pytest.fixture(scope="module")
def opened(tiny_model: Path) -> OpenedModel:
    return open_model(tiny_model, "torch")


def suggest(opened: OpenedModel, *chosen: tuple[Document, int]) -> list[Document]:
    return suggested_documents([Candidate(document, index, 0.123456) for document, index in chosen], opened)


class TestCuttingOut:
    @given(documents())
    def test_offsets_point_to_the_same_words_as_before(self, document: Document) -> None:
        for index, sentence in enumerate(document.sentences):
            cut = sentence_document(document, index)
            assert cut.text == document.text[sentence.start : sentence.end]
            assert [(s.start, s.end) for s in cut.sentences] == [(0, len(cut.text))]
            assert [word.text for word in cut.words] == [word.text for word in document.words_of(sentence)]
            found = [*cut.words, *cut.entities, *(event.trigger for event in cut.events)]
            assert all(span.text == cut.text[span.start : span.end] for span in found)

    @given(documents())
    def test_what_lies_in_the_sentence_is_there_and_nothing_else(self, document: Document) -> None:
        for index, sentence in enumerate(document.sentences):
            cut = sentence_document(document, index)
            moved = [(entity.id, entity.label, entity.start + sentence.start) for entity in cut.entities]
            assert moved == [
                (entity.id, entity.label, entity.start)
                for entity in document.entities
                if sentence.start <= entity.start and entity.end <= sentence.end
            ]
            fillers = {entity.id for entity in cut.entities}
            assert all(argument.entity in fillers for event in cut.events for argument in event.arguments)
            assert cut.sentences[0].event_types == sentence.event_types

    @given(documents(), st.data())
    def test_the_article_stays_as_it_was(self, document: Document, data: Any) -> None:
        before = repr(document.to_dict())
        if document.sentences:
            cut = sentence_document(document, data.draw(st.integers(0, len(document.sentences) - 1)))
            cut.metadata["new"] = True
            cut.sentences[0].event_types["KILL"] = 0.1
            assert repr(document.to_dict()) == before


class TestTasks:
    ARTICLE = Document.from_text(
        f"{TEXT}\nاقرأ أيضاً: مقتل عشرة عناصر في كمين\n{SENTENCES[0]}", "سانا/7", {"source": "سانا", "start": "أمس"}
    )

    def test_a_task_says_where_its_sentence_stands(self, opened: OpenedModel) -> None:
        (task,) = suggest(opened, (self.ARTICLE, 1))
        assert task.text == "قُتل خمسة مدنيين في قصف على إدلب."
        assert task.id == "سانا_7-1"
        start = self.ARTICLE.text.index(task.text)
        assert task.metadata == {
            "source": "سانا",
            "article": "سانا/7",
            "start": start,
            "before": "سيطرت قوات النظام على مدينة حلب أمس.",
            "after": "وصل أحمد الخالد إلى دمشق.",
            "uncertainty": 0.1235,
        }
        assert self.ARTICLE.text[start : start + len(task.text)] == task.text

    def test_the_neighbours_are_of_the_article_and_the_number_is_of_the_page(self, opened: OpenedModel) -> None:
        last, first = suggest(opened, (self.ARTICLE, 4), (self.ARTICLE, 0))
        assert (last.id, last.text) == ("سانا_7-4", SENTENCES[0])
        assert (last.metadata["before"], last.metadata["after"]) == ("وصل أحمد الخالد إلى دمشق.", "")
        assert (first.id, first.metadata["before"]) == ("سانا_7-0", "")

    def test_neighbours_can_be_shown_whatever_the_article_holds(self, opened: OpenedModel) -> None:
        (task,) = suggest(opened, (Document.from_text(f"قصف\ud800\n{SENTENCES[0]}\nسقط\udfff"), 1))
        assert (task.metadata["before"], task.metadata["after"]) == ("قصف\ufffd", "سقط\ufffd")

    def test_suggestions_are_what_the_model_finds_in_the_article(self, opened: OpenedModel, predictor: Any) -> None:
        whole = predictor.predict(self.ARTICLE, clean=True)
        tasks = suggest(opened, *((self.ARTICLE, index) for index in (0, 1, 2)))
        found = [(task.metadata["start"] + entity.start, entity.label) for task in tasks for entity in task.entities]
        assert found == [(entity.start, entity.label) for entity in whole.entities if entity.start < len(TEXT)]
        assert len(found) >= 3
        types = [set(task.sentences[0].event_types) for task in tasks]
        assert types == [set(sentence.event_types) for sentence in whole.sentences[:3]]

    def test_they_have_scores_and_say_which_model_found_them(self, opened: OpenedModel, predictor: Any) -> None:
        (task,) = suggest(opened, (self.ARTICLE, 0))
        assert task.model == predictor.info
        assert all(0 < (entity.score or 0) <= 1 for entity in task.entities)
        assert task.layers == ("entities", "triggers", "event_types")

    def test_ids_that_would_be_the_same_file_are_told_apart(self, opened: OpenedModel) -> None:
        same = [Document.from_text(SENTENCES[0], id=id) for id in ("a/1", "a:1", "A/1")]
        names = [task.id for task in suggest(opened, *((document, 0) for document in same))]
        assert names[0] == "a_1-0"
        assert len({name.casefold() for name in names}) == 3

    @pytest.mark.parametrize("id", ["https://example.net/" + "%D8%AE%D8%A8%D8%B1" * 20, "خبر " * 60, "\ud800" * 300])
    def test_a_long_id_of_an_article_gives_the_same_ids_whatever_else_is_chosen(
        self, opened: OpenedModel, tmp_path: Path, id: str
    ) -> None:
        long, longer = (Document.from_text(TEXT, id=name) for name in (id, f"{id}/2"))
        tasks = suggest(opened, *((article, index) for article in (long, longer) for index in (0, 1, 2)))
        alone = suggest(opened, (longer, 2))
        assert alone[0].id == tasks[5].id
        assert [task.id.rpartition("-")[2] for task in tasks] == ["0", "1", "2"] * 2
        assert tasks[5].metadata["article"] == longer.id
        write_project(tasks, tmp_path, opened.schema, "brat", lambda place, loss: None)
        assert len(list(tmp_path.glob("*.ann"))) == 6
