"""Events as HTML: one page, or for many records pages in the order of their dates and an index with a timeline."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from trainer.documents import Document
from trainer.pages.events import MOST_RECORDS, Made, PageRow, events_index, events_page
from trainer.pages.events_passages import Passage, passages
from trainer.pages.events_record import Retelling, ShownRecord
from trainer.pages.events_timeline import days_of
from trainer.records.coding import Coder
from trainer.records.linking import HappeningLinks
from trainer.records.record import EventRecord
from trainer.schema import Schema
from trainer.writers.event_order import EventOrder
from trainer.writers.event_rows import MakesRecords, as_json_says_it, first_sentence, json_line
from trainer.writers.html_pages import HtmlWriter
from trainer.writers.whole_outputs import remove, replacing

_PART = "events.html.jsonl"
_MADE = "events.html.json"


class EventHtmlWriter:
    """Writes ``x.html``, and ``x.pages/0001.html`` … where there are more records than a page can show at once.

    A part holds a line for each record: the record, the sentence of its first mention, which tells copies, and all its
    sentences; and beside them what the documents of the part were labelled by.

    Parameters
    ----------
    maker:
        Makes the records of each document.
    coder:
        Gives them the codes of other inventories.
    schema:
        Has the display names of the event types.
    """

    def __init__(self, maker: MakesRecords, coder: Coder, schema: Schema) -> None:
        self.maker = maker
        self.coder = coder
        self._names = schema.arabic_names()
        # The files have the names that those of the pages of predictions have.
        self._places = HtmlWriter(schema)

    def write_part(self, documents: Sequence[Document], folder: Path) -> None:
        """Write a line for each record of each document, and how the documents were made."""
        with (folder / _PART).open("w", encoding="utf-8", newline="\n") as file:
            for document in map(as_json_says_it, documents):
                for record in self.maker.records(document):
                    sentence, start = first_sentence(document, record)
                    line = {
                        "record": record.to_dict(),
                        "sentence": sentence,
                        "sentence_start": start,
                        "passages": [asdict(passage) for passage in passages(document, record)],
                    }
                    file.write(json_line(line))
        models = Counter(f"{d.model.get('name')} {d.model.get('fingerprint')}" for d in documents if d.model)
        made = Made(len(documents), len(documents) - models.total(), dict(models))
        (folder / _MADE).write_text(json.dumps(asdict(made)), encoding="utf-8")

    def assemble(self, parts: Sequence[Path], target: Path) -> None:
        """Write the page, or the pages and the index; memory grows with one page and the number of pages alone."""
        self.check(target)
        made = _made(parts)
        with EventOrder() as order:
            self._put_in_order(parts, order)
            if len(order) > MOST_RECORDS:
                self._write_pages(order, parts, made, target)
                return
            page = events_page(self._shown(order, parts, 1), made, self._names, title=target.stem)
            with replacing(target) as (path,):
                path.write_text(page, encoding="utf-8", newline="\n")
            remove(self.files(target)[1])

    def _write_pages(self, order: EventOrder, parts: Sequence[Path], made: Made, target: Path) -> None:
        folder = self.files(target)[1]
        kinds = order.kinds()
        last = _page_of(len(order))
        rows = []
        with replacing(folder, target) as (pages, index):
            pages.mkdir()
            for number in range(1, last + 1):
                shown = list(self._shown(order, parts, number))
                around = (
                    f"../{quote(target.name)}",
                    _page_name(number - 1) if number > 1 else "",
                    _page_name(number + 1) if number < last else "",
                )
                page = events_page(
                    shown, Made(), self._names, title=f"{target.stem} {number}", groups=kinds, pages=around
                )
                (pages / _page_name(number)).write_text(page, encoding="utf-8", newline="\n")
                address = f"{quote(folder.name)}/{_page_name(number)}"
                rows.append(PageRow(address, len(shown), _day(shown[0]), _day(shown[-1])))
            page = events_index(order.counted(), order.totals(), made, rows, title=target.stem, groups=kinds)
            index.write_text(page, encoding="utf-8", newline="\n")

    def files(self, target: Path) -> list[Path]:
        """Return the page and the folder of pages."""
        return self._places.files(target)

    def check(self, target: Path) -> None:
        """Refuse a folder in the place of the page, and in that of the pages anything but pages."""
        self._places.check(target)

    def _put_in_order(self, parts: Sequence[Path], order: EventOrder) -> None:
        with HappeningLinks() as links:
            for number, part in enumerate(parts):
                for offset, line in _lines(part):
                    record = EventRecord.from_dict(line["record"])
                    links.add(record, line["sentence"], line["sentence_start"])
                    order.add(record, self.coder.codes(record).event_type or "", number, offset)
            order.place(links.happenings())

    def _shown(self, order: EventOrder, parts: Sequence[Path], page: int) -> Iterator[ShownRecord]:
        """Yield the records of a page, which are counted from 1."""
        for placed in order.records((page - 1) * MOST_RECORDS + 1, page * MOST_RECORDS):
            line = _line(parts[placed.part], placed.offset)
            record = replace(EventRecord.from_dict(line["record"]), happening=placed.happening)
            siblings = order.siblings(placed)
            yield ShownRecord(
                record,
                self.coder.codes(record),
                [Passage(**passage) for passage in line["passages"]],
                placed.place,
                placed.articles,
                [Retelling(sibling.id, sibling.document, _address(sibling.place, page)) for sibling in siblings],
                placed.retellings - len(siblings),
            )


def _address(place: int, page: int) -> str:
    """Return what leads from a page to the record at ``place``."""
    other = _page_of(place)
    return f"#r{place}" if other == page else f"{_page_name(other)}#r{place}"


def _page_of(place: int) -> int:
    return (place - 1) // MOST_RECORDS + 1


def _page_name(number: int) -> str:
    return f"{number:04}.html"


def _day(shown: ShownRecord) -> str:
    days = days_of(shown.record)
    return days.first.isoformat() if days else ""


def _lines(part: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield every line of a part with its offset in bytes."""
    offset = 0
    with (part / _PART).open("rb") as file:
        for line in file:
            yield offset, json.loads(line)
            offset += len(line)


def _line(part: Path, offset: int) -> dict[str, Any]:
    with (part / _PART).open("rb") as file:
        file.seek(offset)
        line: dict[str, Any] = json.loads(file.readline())
    return line


def _made(parts: Sequence[Path]) -> Made:
    """Return what all parts together were made from."""
    documents = unlabelled = 0
    models: Counter[str] = Counter()
    for part in parts:
        found = json.loads((part / _MADE).read_text(encoding="utf-8"))
        documents += found["documents"]
        unlabelled += found["unlabelled"]
        models.update(found["models"])
    return Made(documents, unlabelled, models)
