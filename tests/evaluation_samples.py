"""Sections of the evaluation page without a model: gold, what was predicted for it, and pages of that read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from conftest import marked_document
from parsed_pages import Element, parsed

from trainer.documents import Document
from trainer.evaluation.compared_sentences import compared_sentences
from trainer.evaluation.detailed import detailed_scores, sentence_groups
from trainer.evaluation.inspection import inspect_predictions
from trainer.pages.evaluation import evaluation_page
from trainer.pages.evaluation_section import Score, Section
from trainer.schema import Schema, schema_of_labels

KINDS = {"missed": "فائت", "invented": "زائد", "boundary": "حدود", "type": "نوع"}
NAMES = {"PER": "شخص", "GPE": "مدينة أو دولة", "ARMED": "قوة مسلحة", "KILL": "قتل", "CAPTURE": "سيطرة"}
LABELS = schema_of_labels("tiny", ["PER", "GPE", "ARMED"], ["KILL", "CAPTURE", "SHELLING"])
SEEN = {
    "entities": {
        "seen": {"precision": 0.9, "recall": 0.8, "f1": 0.847, "support": 10},
        "unseen": {"precision": 0.5, "recall": 0.4, "f1": 0.444, "support": 5},
    }
}
# The second sentence is right; of the others the first one has three errors of entities.
GOLD = (
    "{سيطرت|CAPTURE} [قوات النظام|ARMED] على [مدينة حلب|GPE] قرب [الرقة|GPE].",
    "وصل [أحمد الخالد|PER] إلى [دمشق|GPE].",
    "{قُتل|KILL} خمسة مدنيين في [إدلب|GPE].",
)
PREDICTED = (
    "{سيطرت|CAPTURE} [قوات النظام|GPE] على مدينة [حلب|GPE] قرب الرقة.",
    "وصل [أحمد الخالد|PER] إلى [دمشق|GPE].",
    "قُتل خمسة [مدنيين|ARMED] في [إدلب|GPE].",
)


def section_of(
    gold: Sequence[Document], runs: Mapping[str, Sequence[Document]], labels: Schema = LABELS, **changes: Any
) -> Section:
    """Make a section of gold documents and of what each run predicted for them."""
    layers = [layer for layer in labels.layers if all(layer in document.layers for document in gold)]
    inspection = inspect_predictions("model", gold, runs, layers, sentence_groups(gold), labels, SEEN)
    section = Section(
        key="test",
        title="نموذج على test",
        facts=[("البيانات data", "corpus")],
        method=["هكذا قيس."],
        layers=layers,
        systems={"model": {layer: Score(0.5, 0.25, 0.75, macro=0.4) for layer in layers}},
        scores=[detailed_scores(gold, documents, labels) for documents in runs.values()],
        inspection=inspection,
        sentences=compared_sentences(inspection),
    )
    return replace(section, **changes)


def small_section() -> Section:
    """One article of the three sentences, one run."""
    return section_of([marked_document(GOLD, "ا1")], {"": [marked_document(PREDICTED, "ا1")]})


def page_of(*sections: Section, names: Mapping[str, str] = NAMES) -> Element:
    return parsed(evaluation_page("تقييم", sections, {}, names))


def wrong(root: Element) -> list[Element]:
    return root.all("li", "wrong")


def sides(sentence: Element) -> tuple[Element, Element]:
    gold, predicted = sentence.all("dd")
    return gold, predicted


def marks(side: Element, of_class: str) -> list[tuple[str, bool]]:
    """Return the text of each mark of a side, and whether it is outlined as wrong."""
    return [(mark.text(), "wrong" in mark.classes()) for mark in side.all("mark", of_class)]


def tables(root: Element) -> dict[str, list[list[str]]]:
    """Return the rows of every table by its caption, the header first."""
    return {
        table.all("caption")[0].text(): [
            [cell.text() for cell in row.children if isinstance(cell, Element)] for row in table.all("tr")
        ]
        for table in root.all("table")
    }


def images(root: Element) -> list[str]:
    """Return the alternative texts of the pictures, each of which must be inside the page."""
    for image in root.all("img"):
        assert image.attributes["src"].startswith("data:image/svg+xml;base64,")
    return [image.attributes["alt"] for image in root.all("img")]
