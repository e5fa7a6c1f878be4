"""Events as HTML from the parts of a run: one page, or pages in the order of dates with an index over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from event_samples import any_records
from events_page_samples import TEXT, bare, battle, day
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parsed_pages import Element, parsed

from trainer.documents import Document
from trainer.records.coding import Coder
from trainer.records.record import EventRecord
from trainer.schema import load_schema
from trainer.writers import event_html
from trainer.writers.event_html import EventHtmlWriter

CODER, SCHEMA = Coder.load(), load_schema()


class Maker:
    """Has the records of documents ready, by the documents' ids."""

    def __init__(self, records: Sequence[EventRecord]) -> None:
        self._records = records

    def records(self, document: Document) -> list[EventRecord]:
        return [record for record in self._records if record.document == document.id]


def documents(records: Sequence[EventRecord]) -> list[Document]:
    return [Document.from_text(TEXT, id=id) for id in dict.fromkeys(record.document for record in records)]


def output(records: Sequence[EventRecord], target: Path, cuts: Sequence[int] = (1,)) -> Path:
    """Write ``records`` as a run does whose parts end at ``cuts``."""
    writer = EventHtmlWriter(Maker(records), CODER, SCHEMA)
    all_documents = documents(records)
    parts = []
    edges = [0, *sorted({min(cut, len(all_documents)) for cut in cuts}), len(all_documents)]
    for number, (start, end) in enumerate(pairwise(edges)):
        part = target.with_name(f"{target.name}.{len(edges)}.{number}")
        part.mkdir(exist_ok=True)
        writer.write_part(all_documents[start:end], part)
        parts.append(part)
    writer.assemble(parts, target)
    return target


def page_at(path: Path) -> Element:
    return parsed(path.read_text(encoding="utf-8"))


def dates(path: Path) -> list[str]:
    return [record.all("td")[0].text() for record in page_at(path).all("tbody") if "data-bar" in record.attributes]


@pytest.fixture
def two_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_html, "MOST_RECORDS", 2)


# Of five documents in the order of the input; the first and the fourth tell of the same battle.
RECORDS = [
    battle(1, "ا"),
    battle(1, "ب", when=day("2015-08-01"), side_a=(), side_b=()),
    bare(1, "ج"),
    battle(1, "د"),
    bare(1, "ه", when=day("2015-07-30", "2015-08-30", "range")),
]


class TestOnePage:
    def test_has_all_records_in_the_order_of_their_dates_and_those_without_one_last(self, tmp_path: Path) -> None:
        page = output(RECORDS, tmp_path / "x.html")
        assert dates(page) == ["2015-07-30 – 2015-08-30", "2015-08-01", "2015-08-06", "2015-08-06", ""]
        assert not (tmp_path / "x.pages").exists()

    def test_links_the_records_of_one_happening(self, tmp_path: Path) -> None:
        records = page_at(output(RECORDS, tmp_path / "x.html")).all("tbody")
        told = {record.attributes["id"]: record for record in records if "id" in record.attributes}
        assert [link.attributes["href"] for link in told["r3"].all("a")] == ["#r4"]
        assert [link.attributes["href"] for link in told["r4"].all("a")] == ["#r3"]
        assert [told[id].all("td")[9].text() for id in told] == ["1", "1", "2", "2", "1"]

    def test_says_how_the_documents_were_labelled(self, tmp_path: Path) -> None:
        page = output(RECORDS, tmp_path / "x.html")
        assert "صُنعت من 5 من النصوص. وفي 5 منها توسيم لا يذكر نموذجًا." in page.read_text(encoding="utf-8")

    @given(cuts=st.lists(st.integers(0, 5), max_size=3))
    @settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_does_not_depend_on_the_parts(self, cuts: list[int], tmp_path: Path) -> None:
        whole = output(RECORDS, tmp_path / "x.html", ()).read_bytes()
        assert output(RECORDS, tmp_path / "x.html", cuts).read_bytes() == whole

    @given(st.lists(any_records(), max_size=3))
    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_is_made_of_any_records(self, tmp_path: Path, records: list[EventRecord]) -> None:
        page = output(records, tmp_path / "x.html")
        assert len(dates(page)) == len(records)


@pytest.mark.usefixtures("two_a_page")
class TestManyRecords:
    def test_are_on_pages_in_the_order_of_their_dates(self, tmp_path: Path) -> None:
        output(RECORDS, tmp_path / "x.html")
        pages = sorted((tmp_path / "x.pages").iterdir())
        assert [page.name for page in pages] == ["0001.html", "0002.html", "0003.html"]
        assert [dates(page) for page in pages] == [
            ["2015-07-30 – 2015-08-30", "2015-08-01"],
            ["2015-08-06", "2015-08-06"],
            [""],
        ]

    def test_have_an_index_that_leads_to_each_page_and_bar(self, tmp_path: Path) -> None:
        index = page_at(output(RECORDS, tmp_path / "أخبار 1.html"))
        folder = "%D8%A3%D8%AE%D8%A8%D8%A7%D8%B1%201.pages"
        rows = [[cell.text() for cell in row.all("td")] for row in index.all("nav")[0].all("tr")[1:]]
        assert rows == [
            ["1", "2015-07-30", "2015-08-01", "2"],
            ["2", "2015-08-06", "2015-08-06", "2"],
            ["3", "بلا تاريخ", "بلا تاريخ", "1"],
        ]
        links = [link.attributes["href"] for link in index.all("section")[0].all("a")]
        assert links == [f"{folder}/0001.html#r2", f"{folder}/0002.html#r3", f"{folder}/0003.html#r5"]
        assert index.all("p", "totals")[0].text() == (
            "5 سجلات · النصوص: 5 · لها تاريخ: 4 · يرويها أكثر من نص: واقعة واحدة · متنازع عليها: 0 · 3 صفحات"
        )

    def test_link_to_each_other_across_pages(self, tmp_path: Path) -> None:
        copies = [battle(1, name) for name in "ابج"]
        output(copies, tmp_path / "x.html")
        first, second = sorted((tmp_path / "x.pages").iterdir())
        assert [link.attributes["href"] for link in page_at(first).all("tbody")[1].all("a")] == ["#r2", "0002.html#r3"]
        around = [link.attributes["href"] for link in page_at(second).all("nav")[0].all("a")]
        assert around == ["../x.html", "0001.html"]

    def test_have_one_colour_for_a_type_on_all_pages(self, tmp_path: Path) -> None:
        records = [battle(1, "ا"), battle(1, "ب", type="SHELLING"), replace(battle(1, "ج"), type="SHELLING")]
        output(records, tmp_path / "x.html")
        keys: dict[str, set[str]] = {}
        for page in [tmp_path / "x.html", *(tmp_path / "x.pages").iterdir()]:
            for item in page_at(page).all("section", "timeline")[0].all("li"):
                swatch = item.all("span", "swatch")[0].attributes["class"].split()[1]
                keys.setdefault(item.all("bdi")[0].text(), set()).add(swatch)
        assert keys == {"Battles": {"a0"}, "Explosions/Remote violence": {"a1"}}

    def test_leave_no_pages_where_a_smaller_output_takes_their_place(self, tmp_path: Path) -> None:
        output(RECORDS, tmp_path / "x.html")
        output(RECORDS[:2], tmp_path / "x.html")
        assert not (tmp_path / "x.pages").exists()


def test_a_folder_with_other_files_in_the_place_of_the_pages_is_refused(tmp_path: Path) -> None:
    mine = tmp_path / "x.pages" / "mine.html"
    mine.parent.mkdir()
    mine.touch()
    with pytest.raises(FileExistsError, match="is no folder of pages alone"):
        output(RECORDS, tmp_path / "x.html")
    assert mine.exists()
