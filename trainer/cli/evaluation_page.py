"""The folder that ``--report`` writes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from trainer.cli.console import output

if TYPE_CHECKING:
    from trainer.pages.evaluation_section import Section
    from trainer.schema import Schema


def write_evaluation_page(title: str, sections: Sequence[Section], schema: Schema, folder: Path) -> None:
    """Draw the pictures, write page and plots into ``folder``, and say where the page is."""
    from trainer.pages.evaluation import evaluation_page
    from trainer.pages.evaluation_plots import section_pictures
    from trainer.writers.report_folder import write_report_folder

    names = schema.arabic_names()
    pictures = {section.key: section_pictures(section, names) for section in sections}
    page = evaluation_page(title, sections, pictures, names)
    drawn = [picture for of_section in pictures.values() for picture in of_section.values()]
    path = write_report_folder(folder, page, drawn)
    output.print(f"written: {path}", markup=False, soft_wrap=True)
