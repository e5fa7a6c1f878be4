"""Describe a trained model for people: the ``README.md`` of its folder, a model card as the model hub reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import regex
import yaml
from huggingface_hub import EvalResult, ModelCardData
from jinja2 import Environment, PackageLoader, StrictUndefined

from trainer.documents import LAYERS
from trainer.encoders.loading import BUNDLED
from trainer.evaluation.bootstrap import METHOD, Estimate
from trainer.schema import LabelType, Schema

CARD_FILE = "README.md"
_SPLIT = "validation"
# What the bundled encoder was made from (trainer/encoders/bundled.py).
_BUNDLED_FROM = "intfloat/multilingual-e5-small"
# Settings that name places on the machine of the run.
_PLACES = ("data", "output_dir", "encoder")
_TITLES = dict(zip(LAYERS, ("Entities", "Event triggers", "Event types of sentences"), strict=True))
_HUB_TASKS = dict(zip(LAYERS, ("token-classification", "token-classification", "text-classification"), strict=True))
_METRICS = {"f1": "F1", "precision": "precision", "recall": "recall"}
_BLANK_LINES = regex.compile(r"\n{3,}")
# What means something in Markdown; an underscore does not inside a word.
_MARKDOWN = regex.compile(r"[\\`*\[\]<>|~$&#]|(?<![^\W_])_|_(?![^\W_])")


class Source(NamedTuple):
    """How much of one source a model was trained on, and how much a sentence of it weighs in the loss."""

    documents: int
    sentences: int
    weight: float = 1.0


@dataclass(frozen=True)
class CardFacts:
    """What a model card tells.

    Parameters
    ----------
    name:
        What the model is called.
    schema:
        The labels.
    layers:
        The layers that the model predicts, of :data:`trainer.documents.LAYERS`.
    encoder:
        The encoder as the settings name it.
    settings:
        The settings of the run by key; the card leaves out those that name places on a machine.
    sources:
        What the model was trained on, by name.
    scores:
        Scores on the validation documents (:func:`trainer.evaluation.scores.score_documents`); empty where the
        run had none.
    intervals:
        By layer, the estimate of the micro F1 on the same documents.
    thresholds:
        The decision thresholds by name.
    version:
        The version of Marsad.
    notes:
        What else there is to say of the data, a sentence or two each, in Markdown.
    curve:
        The name of the picture of the training curve, which lies in the same folder.
    history:
        The name of the file with the losses and scores of the training, which lies there, too.
    license:
        An identifier that the hub knows, if the licence is known.
    roles:
        The roles of the arguments that the model predicts.
    """

    name: str
    schema: Schema
    layers: tuple[str, ...]
    encoder: str
    settings: Mapping[str, Any]
    sources: Mapping[str, Source]
    scores: Mapping[str, Any]
    intervals: Mapping[str, Estimate]
    thresholds: Mapping[str, float]
    version: str
    notes: Sequence[str] = ()
    curve: str | None = None
    history: str | None = None
    license: str | None = None
    roles: Sequence[str] = ()


def write_model_card(folder: Path, facts: CardFacts) -> None:
    """Write the card of the model in ``folder``; the same facts give the same file, wherever the folder is."""
    (folder / CARD_FILE).write_text(_card(facts), encoding="utf-8", newline="\n")


def _card(facts: CardFacts) -> str:
    environment = Environment(
        loader=PackageLoader("trainer.training"), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(text=_text, line=_line, score="{:.3f}".format)
    settings = {key: value for key, value in facts.settings.items() if key not in _PLACES and value is not None}
    page = environment.get_template("model_card.md.j2").render(
        facts=facts,
        front_matter=_front_matter(facts).to_yaml(),
        titles=_TITLES,
        labels={layer: _labels(facts.schema, layer) for layer in LAYERS},
        encoder=_encoder_phrase(facts.encoder),
        settings=yaml.safe_dump(settings, sort_keys=False, allow_unicode=True).strip(),
        sentences=sum(source.sentences for source in facts.sources.values()),
        weighted=len({source.weight for source in facts.sources.values()}) > 1,
        scored=_scored(facts),
        by_type={layer: _by_type(facts, layer) for layer in _scored(facts)},
        interval_method=METHOD,
        split=_SPLIT,
    )
    # Parts that a model lacks leave blank lines behind.
    return _BLANK_LINES.sub("\n\n", page) + "\n"


def _front_matter(facts: CardFacts) -> ModelCardData:
    results = [
        EvalResult(
            task_type=_HUB_TASKS[layer],
            # The hub puts together what has one type of task.
            task_name=" and ".join(
                _TITLES[other] for other in _scored(facts) if _HUB_TASKS[other] == _HUB_TASKS[layer]
            ),
            dataset_type=facts.schema.name,
            dataset_name=facts.schema.name,
            dataset_split=_SPLIT,
            metric_type=metric,
            metric_name=f"{_TITLES[layer]}: micro {metric_name}",
            metric_value=round(facts.scores[layer]["micro"][metric], 4),
        )
        for layer in _scored(facts)
        for metric, metric_name in _METRICS.items()
    ]
    entities, events = "entities" in facts.layers, {"triggers", "event_types"}.intersection(facts.layers)
    return ModelCardData(
        language="ar",
        license=facts.license,
        library_name="marsad",
        pipeline_tag=_HUB_TASKS[facts.layers[0]],
        tags=[
            "marsad",
            *(["named-entity-recognition"] if entities else []),
            *(["event-detection"] if events else []),
        ],
        base_model=_base_model(facts),
        metrics=list(_METRICS) if results else None,
        model_name=facts.name if results else None,
        eval_results=results or None,
    )


def _base_model(facts: CardFacts) -> str | None:
    """Return the name on the hub of the model whose weights were fine-tuned, if it has one."""
    if facts.settings.get("random_weights"):
        return None
    if facts.encoder == BUNDLED:
        return _BUNDLED_FROM
    return None if Path(facts.encoder).is_dir() else facts.encoder


def _encoder_phrase(encoder: str) -> str:
    """Return what the encoder is, in Markdown; of a folder only its name, which says nothing of the machine."""
    if encoder == BUNDLED:
        return f"Marsad's bundled encoder, which is made from {_link_to_hub(_BUNDLED_FROM)}"
    if Path(encoder).is_dir():
        return f"the encoder in a folder called {_text(Path(encoder).resolve().name)}"
    return f"the encoder {_link_to_hub(encoder)}"


def _link_to_hub(name: str) -> str:
    return f"[{_text(name)}](https://huggingface.co/{quote(name)})"


def _scored(facts: CardFacts) -> list[str]:
    return [layer for layer in facts.layers if layer in facts.scores]


def _by_type(facts: CardFacts, layer: str) -> list[tuple[LabelType, Mapping[str, float]]]:
    """Return the labels that were scored, the frequent ones first."""
    rows = facts.scores[layer]["per_type"]
    scored = [(label, rows[label.name]) for label in _labels(facts.schema, layer) if label.name in rows]
    return sorted(scored, key=lambda row: -row[1]["support"])


def _labels(schema: Schema, layer: str) -> tuple[LabelType, ...]:
    return schema.entities if layer == "entities" else schema.events


def _line(text: str) -> str:
    """Put text on one line, so that it ends neither a table's row nor an item of a list."""
    return " ".join(text.split())


def _text(value: object) -> str:
    """Return text that Markdown shows as it is, on one line."""
    return _MARKDOWN.sub(r"\\\g<0>", _line(str(value)))
