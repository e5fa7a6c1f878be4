"""Pages of an archive: one a part, an index with their counts, and time that grows with the spans alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hostile_texts import ATTACKS
from parsed_pages import Element, parsed
from strategies import assert_linear
from test_writers import articles, output, schema

from trainer.documents import Document, Entity
from trainer.pages import predictions_index
from trainer.pages.predictions import predictions_page
from trainer.schema import Schema
from trainer.writers.writer import writer_for

__all__ = ["schema"]


def rows(index: Path) -> list[list[str]]:
    """Return the cells of the index, without its head."""
    (body,) = page_of(index).all("tbody")
    return [[cell.text() for cell in row.all("td")] for row in body.all("tr")]


def page_of(path: Path) -> Element:
    return parsed(path.read_text(encoding="utf-8"))


def searchable(index: Path) -> list[dict[str, Any]]:
    """Return what the index has for the search, a page each."""
    (data,) = [script for script in page_of(index).all("script") if script.attributes.get("type") == "application/json"]
    return json.loads(data.text())


class TestOnePart:
    def test_it_is_the_page_itself(self, schema: Schema, tmp_path: Path) -> None:
        page = output([articles(3)], tmp_path / "x.html", schema)
        assert page.read_text(encoding="utf-8") == predictions_page(articles(3), schema.arabic_names())
        assert list(tmp_path.iterdir()) == [page]

    def test_parts_without_documents_do_not_count(self, schema: Schema, tmp_path: Path) -> None:
        page = output([[], articles(3), []], tmp_path / "x.html", schema)
        assert page.read_text(encoding="utf-8") == predictions_page(articles(3), schema.arabic_names())

    def test_pages_of_an_earlier_run_are_gone(self, schema: Schema, tmp_path: Path) -> None:
        output([articles(3), articles(3)], tmp_path / "x.html", schema)
        output([articles(3)], tmp_path / "x.html", schema)
        assert [path.name for path in tmp_path.iterdir()] == ["x.html"]


class TestSeveralParts:
    def test_each_is_a_page_and_the_index_links_to_it_with_its_counts(self, schema: Schema, tmp_path: Path) -> None:
        parts = [articles(3)[:1], [], articles(3)[1:]]
        index = output(parts, tmp_path / "أخبار 100%#.html", schema)
        pages = tmp_path / "أخبار 100%#.pages"
        assert [path.name for path in sorted(pages.iterdir())] == ["0001.html", "0002.html"]
        assert (pages / "0002.html").read_text(encoding="utf-8") == predictions_page(parts[2], schema.arabic_names())
        assert rows(index) == [["1", "1", "1", "1", "2", "1"], ["2", "2", "2", "3", "3", "2"]]
        links = [link.attributes["href"] for link in page_of(index).all("tbody")[0].all("a")]
        assert [tmp_path / unquote(link) for link in links] == sorted(pages.iterdir())
        assert not set("".join(links)) & set(' #"')

    def test_the_index_counts_everything_in_a_legend_without_buttons(self, schema: Schema, tmp_path: Path) -> None:
        root = page_of(output([articles(3)[:1], articles(3)[1:]], tmp_path / "x.html", schema))
        assert root.all("p", "totals")[0].text() == "3 نصوص · صفحتان · 5 كيانات · 3 أحداث"
        legends = root.all("ul", "legend")
        assert [[" ".join(item.text().split()) for item in legend.all("li")] for legend in legends] == [
            ["شخص PER 1", "مدينة أو دولة GPE 3", "قوة مسلحة ARMED 1"],
            ["قتل KILL 1", "سيطرة CAPTURE 1", "قصف SHELLING 1"],
        ]
        assert root.all("button") == []

    def test_a_label_looks_the_same_on_every_page(self, schema: Schema, tmp_path: Path) -> None:
        output([articles(1), articles(3)[2:]], tmp_path / "x.html", schema)
        keys: dict[str, set[str]] = {}
        for page in [tmp_path / "x.html", *(tmp_path / "x.pages").iterdir()]:
            for item in (item for legend in page_of(page).all("ul", "legend") for item in legend.all("li")):
                keys.setdefault(item.all("span", "tag")[0].text(), set()).add(item.all("mark")[0].attributes["class"])
        assert len(keys) > 3
        assert [len(found) for found in keys.values()] == [1] * len(keys)
        assert len(set.union(*keys.values())) == len(keys)

    @pytest.mark.parametrize("attack", ATTACKS)
    def test_markup_in_ids_is_text_in_the_index(self, schema: Schema, tmp_path: Path, attack: str) -> None:
        index = output([[Document.from_text("نص", id=attack)], articles(1)], tmp_path / "x.html", schema)
        assert rows(index)[0][2:4] == [attack, attack]

    def test_ids_that_html_cannot_show_are_replaced(self, schema: Schema, tmp_path: Path) -> None:
        index = output([[Document.from_text("نص", id="\ud800\u202e")], articles(1)], tmp_path / "x.html", schema)
        assert rows(index)[0][2:4] == ["\ufffd\u2423"] * 2

    def test_types_that_only_sentences_have_are_in_the_legend_of_the_index(
        self, schema: Schema, tmp_path: Path
    ) -> None:
        document = Document.from_text("نص")
        document.sentences[0].event_types = {"KILL": 0.5}
        root = page_of(output([[document], [document]], tmp_path / "x.html", schema))
        assert [" ".join(item.text().split()) for item in root.all("ul", "legend")[0].all("li")] == ["قتل KILL 0"]

    def test_a_folder_with_other_files_in_the_place_of_the_pages_is_refused_and_they_stay(
        self, schema: Schema, tmp_path: Path
    ) -> None:
        mine = tmp_path / "x.pages" / "mine.html"
        mine.parent.mkdir()
        mine.touch()
        with pytest.raises(FileExistsError, match=rf"^{mine.parent} is no folder of pages alone; name another output"):
            writer_for(tmp_path / "x.html", schema).check(tmp_path / "x.html")
        with pytest.raises(FileExistsError):
            output([articles(1), articles(1)], tmp_path / "x.html", schema)
        assert mine.exists()


class TestTheSearch:
    """The index lists every document for its script, page by page: id, headline, numbers of entities and events."""

    def test_has_every_document_in_its_place(self, schema: Schema, tmp_path: Path) -> None:
        documents = articles(3)
        documents[2].metadata["title"] = "خبر </script> 3"
        index = output([documents[:1], [], documents[1:]], tmp_path / "x y.html", schema)
        assert searchable(index) == [
            {"address": "x%20y.pages/0001.html", "documents": [["1", documents[0].text, 2, 1]]},
            {
                "address": "x%20y.pages/0002.html",
                "documents": [["2", documents[1].text, 1, 2], ["3", "خبر </script> 3", 2, 0]],
            },
        ]
        anchors = [article.attributes["id"] for article in page_of(tmp_path / "x y.pages" / "0002.html").all("article")]
        assert anchors == ["d1", "d2"]  # what the script takes the place for

    def test_has_a_field_with_a_label_that_is_hidden_without_the_script(self, schema: Schema, tmp_path: Path) -> None:
        root = page_of(output([articles(1), articles(1)], tmp_path / "x.html", schema))
        (controls,) = root.all("div", "controls")
        assert "hidden" in controls.attributes
        assert [field.attributes["id"] for field in controls.all("input")] == ["search"]
        assert [label.attributes["for"] for label in controls.all("label")] == ["search"]

    def test_is_left_out_of_a_larger_archive_which_says_so(
        self, schema: Schema, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        parts = [articles(2), articles(2), articles(1)]
        monkeypatch.setattr(predictions_index, "MOST_SEARCHED", 5)
        assert len(searchable(output(parts, tmp_path / "x.html", schema))) == 3
        monkeypatch.setattr(predictions_index, "MOST_SEARCHED", 4)
        index = output(parts, tmp_path / "x.html", schema)
        root = page_of(index)
        assert (root.all("script"), root.all("input")) == ([], [])
        assert "أكثر من 4 نص" in root.all("section")[0].text()
        assert [row[1] for row in rows(index)] == ["2", "2", "1"]


def all_marked(text: str) -> Document:
    """Return a document in which every word is an entity and a trigger."""
    document = Document.from_text(text)
    for word in document.words:
        document.add_entity(word.start, word.end, "GPE")
        document.add_event(word.start, word.end, "KILL")
    return document


class TestTime:
    @pytest.mark.parametrize("pattern", ["حلب ", "حلب.\n"], ids=["in one sentence", "in many sentences"])
    def test_it_grows_with_the_number_of_spans(self, pattern: str) -> None:
        assert_linear(lambda text: predictions_page([all_marked(text)]), pattern, 2_000)

    def test_spans_that_lie_in_each_other_do_not_multiply(self) -> None:
        def render(text: str) -> None:
            document = Document.from_text(text)
            spans = reversed(range(len(text) // 2 - 1))
            # Without their text: together they are as long as the square of their number.
            document.entities = [Entity(f"T{index}", index, len(text) - index - 1, "GPE", "", "") for index in spans]
            predictions_page([document])

        assert_linear(render, "حلب ", 1_000)

    def test_a_span_over_the_whole_text_is_not_repeated_with_every_other(self) -> None:
        def render(text: str) -> None:
            document = all_marked(text)
            document.add_entity(0, len(text), "ORG")
            document.add_event(0, len(text), "KILL")
            predictions_page([document])

        assert_linear(render, "حلب ", 1_000)
