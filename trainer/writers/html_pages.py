"""HTML: one page, or for more than a part of documents a page a part and an index of the pages."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from urllib.parse import quote

import regex

from trainer.documents import Document
from trainer.pages.predictions import predictions_page
from trainer.pages.predictions_index import PageSummary, PredictionsIndex
from trainer.schema import Schema
from trainer.writers.whole_outputs import remove, replacing, require_no_folder

_PART = "page.html"
_SUMMARY = "page.json"
_PAGE = regex.compile(r"[0-9]{4,}\.html")


class HtmlWriter:
    """Writes ``x.html``, and ``x.pages/0001.html`` … where there is more than one part with documents."""

    def __init__(self, schema: Schema) -> None:
        self._names = schema.arabic_names()

    def write_part(self, documents: Sequence[Document], folder: Path) -> None:
        """Write the page of the part, and what the index says of it."""
        (folder / _PART).write_text(predictions_page(documents, self._names), encoding="utf-8", newline="\n")
        (folder / _SUMMARY).write_text(json.dumps(asdict(PageSummary.of(documents))), encoding="utf-8")

    def assemble(self, parts: Sequence[Path], target: Path) -> None:
        """Copy the pages of all parts and write the index; a single page is the output itself."""
        self.check(target)
        pages = self._pages(target)
        index = PredictionsIndex(self._names)
        # One summary at a time: an archive has thousands of parts.
        filled: list[Path] = []
        for part in parts:
            summary = PageSummary.from_dict(json.loads((part / _SUMMARY).read_text(encoding="utf-8")))
            if summary.documents:
                filled.append(part)
                index.add(f"{quote(pages.name)}/{_page_name(len(filled))}", summary)
        if len(filled) < 2:
            with replacing(target) as (path,):
                if filled:
                    shutil.copyfile(filled[0] / _PART, path)
                else:
                    path.write_text(predictions_page([], self._names), encoding="utf-8", newline="\n")
            remove(pages)
            return
        with replacing(pages, target) as (folder, path):
            folder.mkdir()
            for number, part in enumerate(filled, start=1):
                shutil.copyfile(part / _PART, folder / _page_name(number))
            path.write_text(index.page(title=target.stem), encoding="utf-8", newline="\n")

    def files(self, target: Path) -> list[Path]:
        """Return the page and the folder of pages."""
        return [target, self._pages(target)]

    def check(self, target: Path) -> None:
        """Refuse a folder in the place of the page, and in that of the pages anything but pages."""
        require_no_folder(target)
        pages = self._pages(target)
        if pages.exists() and not (pages.is_dir() and all(_PAGE.fullmatch(file.name) for file in pages.iterdir())):
            raise FileExistsError(f"{pages} is no folder of pages alone; name another output, or move it away")

    def _pages(self, target: Path) -> Path:
        return target.with_suffix(".pages")


def _page_name(number: int) -> str:
    return f"{number:04}.html"
