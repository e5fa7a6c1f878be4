"""The evaluation page: how good a model is, how sure that is, and every sentence that it got wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from trainer.pages import evaluation_tables as tables
from trainer.pages.evaluation_section import KIND_NAMES, Section
from trainer.pages.layer_names import LAYER_NAMES
from trainer.pages.rendering import render
from trainer.pages.wrong_sentences import Looks, wrong_sentences

if TYPE_CHECKING:
    from trainer.plots.picture import Picture

_SCRIPTS = ("wrong_sentences.js",)


def evaluation_page(
    title: str,
    sections: Sequence[Section],
    pictures: Mapping[str, Mapping[str, Picture]],
    arabic_names: Mapping[str, str] | None = None,
) -> str:
    """Return one self-contained page.

    Parameters
    ----------
    title:
        The page's title.
    sections:
        What the page shows.
    pictures:
        By the key of a section, its pictures (see :func:`trainer.pages.evaluation_plots.section_pictures`); beside
        each stands a table with the same numbers, which stays where there is no picture.
    arabic_names:
        Display names of labels in the schema's order; a label without one is shown by its own name.
    """
    names = arabic_names or {}
    looks = Looks.of(sections, names)
    return render(
        "evaluation.html.j2",
        scripts=_SCRIPTS,
        title=title,
        names=names,
        entity_looks=looks.entities,
        event_looks=looks.events,
        kind_names=KIND_NAMES,
        layer_names=LAYER_NAMES,
        views=[_view(section, pictures.get(section.key, {}), names, looks) for section in sections],
    )


def _view(section: Section, pictures: Mapping[str, Picture], names: Mapping[str, str], looks: Looks) -> dict[str, Any]:
    of_layers = {
        layer: {
            "types": tables.types_table(section, layer, names),
            "breakdowns": [
                table
                for key in ("by_length", "by_article")
                if (table := tables.breakdown_table(section, layer, key)) is not None
            ],
        }
        for layer in section.layers
    }
    return {
        "section": section,
        "pictures": pictures,
        "summary": tables.summary_table(section),
        "folds": tables.folds_table(section),
        "systems": tables.systems_table(section),
        "layers": of_layers,
        "span_scores": tables.span_scores_table(section),
        "ranking": tables.ranking_table(section),
        "confusions": {
            layer: tables.confusion_table(section, layer, names)
            for layer, confusions in section.inspection.confusions.items()
            if confusions.labels
        },
        "calibration": tables.calibration_table(section),
        "reliability": [
            tables.reliability_table(section, layer) for layer, of in section.inspection.reliability.items() if of.bins
        ],
        "curve": tables.curve_table(section) if section.curve else None,
        "history": tables.history_table(section) if section.history else None,
        "seen": tables.seen_table(section),
        "errors": tables.errors_table(section),
        "wrong": wrong_sentences(section, looks),
    }
