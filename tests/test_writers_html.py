"""Pages of an archive: one a part, an index with their counts, and time that grows with the spans alone."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest
from strategies import assert_linear
from test_html import ATTACKS, parsed
from test_writers import articles, output, schema

from trainer.documents import Document, Entity
from trainer.formats.html import render_html
from trainer.schema import Schema
from trainer.writers.writer import writer_for

__all__ = ["schema"]


def rows(index: Path) -> list[list[str]]:
    """Return the cells of the index, without its head."""
    (body,) = parsed(index.read_text(encoding="utf-8")).all("tbody")
    return [[cell.text() for cell in row.all("td")] for row in body.all("tr")]


class TestOnePart:
    def test_it_is_the_page_itself(self, schema: Schema, tmp_path: Path) -> None:
        page = output([articles(3)], tmp_path / "x.html", schema)
        assert page.read_text(encoding="utf-8") == render_html(articles(3), schema.arabic_names())
        assert list(tmp_path.iterdir()) == [page]

    def test_parts_without_documents_do_not_count(self, schema: Schema, tmp_path: Path) -> None:
        page = output([[], articles(3), []], tmp_path / "x.html", schema)
        assert page.read_text(encoding="utf-8") == render_html(articles(3), schema.arabic_names())

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
        assert (pages / "0002.html").read_text(encoding="utf-8") == render_html(parts[2], schema.arabic_names())
        assert rows(index) == [["1", "1", "1", "1", "2", "1"], ["2", "2", "2", "3", "3", "2"]]
        links = [link.attributes["href"] for link in parsed(index.read_text(encoding="utf-8")).all("a")]
        assert [tmp_path / unquote(link) for link in links] == sorted(pages.iterdir())
        assert not set("".join(links)) & set(' #"')

    def test_the_legend_of_the_index_counts_all_labels(self, schema: Schema, tmp_path: Path) -> None:
        index = output([articles(3)[:1], articles(3)[1:]], tmp_path / "x.html", schema)
        (legend,) = parsed(index.read_text(encoding="utf-8")).all("ul", "legend")
        assert [" ".join(item.text().split()) for item in legend.all("li")] == [
            *("شخصPER 1", "مدينة أو دولةGPE 3", "قوة مسلحةARMED 1"),
            *("سيطرة CAPTURE 1", "قتل KILL 1", "قصف SHELLING 1"),
        ]

    def test_a_label_has_the_same_colour_on_every_page(self, schema: Schema, tmp_path: Path) -> None:
        output([articles(1), articles(3)[2:]], tmp_path / "x.html", schema)
        styles: dict[str, set[str]] = {}
        for page in [tmp_path / "x.html", *(tmp_path / "x.pages").iterdir()]:
            for item in parsed(page.read_text(encoding="utf-8")).all("ul", "legend")[0].all("li"):
                if "style" in item.attributes:
                    styles.setdefault(item.all("span", "tag")[0].text(), set()).add(item.attributes["style"])
        assert [len(found) for found in styles.values()] == [1, 1, 1]
        assert len(set.union(*styles.values())) == 3

    @pytest.mark.parametrize("attack", ATTACKS)
    def test_markup_in_ids_is_text_in_the_index(self, schema: Schema, tmp_path: Path, attack: str) -> None:
        index = output([[Document.from_text("نص", id=attack)], articles(1)], tmp_path / "x.html", schema)
        assert rows(index)[0][2:4] == [attack, attack]

    def test_ids_that_html_cannot_show_are_replaced(self, schema: Schema, tmp_path: Path) -> None:
        index = output([[Document.from_text("نص", id="\ud800\u202e")], articles(1)], tmp_path / "x.html", schema)
        assert rows(index)[0][2:4] == ["\ufffd\u2423"] * 2

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
        assert_linear(lambda text: render_html([all_marked(text)]), pattern, 4_000)

    def test_spans_that_lie_in_each_other_do_not_multiply(self) -> None:
        def render(text: str) -> None:
            document = Document.from_text(text)
            spans = reversed(range(len(text) // 2 - 1))
            # Without their text: together they are as long as the square of their number.
            document.entities = [Entity(f"T{index}", index, len(text) - index - 1, "GPE", "", "") for index in spans]
            render_html([document])

        assert_linear(render, "حلب ", 3_000)
