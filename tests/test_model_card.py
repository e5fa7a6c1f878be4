"""The ``README.md`` of a model folder: what the hub reads of it, what people read of it, and that its commands work."""

from __future__ import annotations

import json
import runpy
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import regex
import yaml
from conftest import SCHEMA, TRAINING, marked_document
from huggingface_hub import ModelCard
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from trainer import __version__
from trainer.cli.app import main
from trainer.documents import LAYERS
from trainer.evaluation.bootstrap import METHOD, Estimate
from trainer.schema import Schema, load_schema
from trainer.training.model_card import CardFacts, Source, write_model_card


def schema_of(folder: Path, text: str = SCHEMA) -> Schema:
    (folder / "schema.yaml").write_text(text, encoding="utf-8")
    return load_schema(folder / "schema.yaml")


def scores_of(f1: float, per_type: Mapping[str, int]) -> dict[str, Any]:
    """Return the scores of a layer: ``f1`` throughout, and ``per_type`` gold items."""
    row = {"precision": f1 + 0.1, "recall": f1 - 0.1, "f1": f1}
    average = {**row, "support": sum(per_type.values())}
    return {
        "per_type": {name: {**row, "support": support} for name, support in per_type.items()},
        "micro": average,
        "macro": {**average, "f1": f1 - 0.2},
    }


@pytest.fixture
def facts(tmp_path: Path) -> CardFacts:
    return CardFacts(
        name="tiny-conflict",
        schema=schema_of(tmp_path),
        layers=LAYERS,
        encoder="aubmindlab/bert-base-arabertv02",
        settings={
            "data": "/home/someone/dataset.yaml",
            "output_dir": "runs",
            "window": 48,
            "seed": 3,
            "batch_tokens": None,
        },
        sources={"train": Source(2, 10), "training_only": Source(1, 1700)},
        scores={
            "entities": scores_of(0.75, {"PER": 3, "GPE": 9, "ARMED": 5}),
            "triggers": scores_of(0.5, {"KILL": 2, "CAPTURE": 1}),
            "event_types": scores_of(0.625, {"KILL": 2, "CAPTURE": 1, "SHELLING": 0}),
        },
        intervals={
            layer: Estimate(mean=f1, low=f1 - 0.0625, high=f1 + 0.125, deviation=0.0, per_seed=[f1])
            for layer, f1 in (("entities", 0.75), ("triggers", 0.5), ("event_types", 0.625))
        },
        thresholds={"event_type": 0.35},
        version=__version__,
    )


def write(facts: CardFacts, folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    write_model_card(folder, facts)
    return (folder / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "model"


def one_layer(facts: CardFacts, layer: str) -> CardFacts:
    return replace(facts, layers=(layer,), scores={layer: facts.scores[layer]})


def tables(card: str) -> list[list[list[str]]]:
    """Return the tables as a Markdown reader sees them: rows of cells, as text."""
    found: list[list[list[str]]] = []
    tokens = MarkdownIt("commonmark").enable("table").parse(ModelCard(card).text)
    for position, token in enumerate(tokens):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type in ("th_open", "td_open"):
            pieces = tokens[position + 1].children or []
            found[-1][-1].append("".join(piece.content for piece in pieces))
    return found


def table_of(card: str, heading: str) -> list[list[str]]:
    """Return the rows below the header of the first table after ``heading``."""
    _before, found, after = card.partition(f"\n{heading}\n")
    assert found, heading
    return tables(after)[0][1:]


def blocks(card: str, language: str) -> list[str]:
    return regex.findall(rf"^ *```{language}\n(.*?)^ *```$", card, regex.MULTILINE | regex.DOTALL)


class TestWhatTheHubReads:
    def test_language_library_task_tags_and_base_model(self, facts: CardFacts, folder: Path) -> None:
        data = ModelCard(write(facts, folder)).data.to_dict()
        assert {key: data[key] for key in ("language", "library_name", "pipeline_tag", "base_model", "tags")} == {
            "language": "ar",
            "library_name": "marsad",
            "pipeline_tag": "token-classification",
            "base_model": "aubmindlab/bert-base-arabertv02",
            "tags": ["marsad", "named-entity-recognition", "event-detection"],
        }

    def test_every_score_with_its_split_and_its_layer(self, facts: CardFacts, folder: Path) -> None:
        card = ModelCard(write(facts, folder))
        assert card.data.model_name == "tiny-conflict"
        results = {result.metric_name: result for result in card.data.eval_results}
        assert {name: result.metric_value for name, result in results.items() if result.metric_type == "f1"} == {
            "Entities: micro F1": 0.75,
            "Event triggers: micro F1": 0.5,
            "Event types of sentences: micro F1": 0.625,
        }
        assert results["Entities: micro recall"].metric_value == pytest.approx(0.65)
        assert {result.dataset_split for result in results.values()} == {"validation"}
        assert {name.split(":")[0]: result.task_type for name, result in results.items()} == {
            "Entities": "token-classification",
            "Event triggers": "token-classification",
            "Event types of sentences": "text-classification",
        }

    def test_it_stays_the_same_when_the_hubs_own_library_reads_and_writes_it(
        self, facts: CardFacts, folder: Path
    ) -> None:
        card = write(replace(facts, license="apache-2.0"), folder)
        assert str(ModelCard(card)) == card

    def test_a_licence_only_if_it_is_known(self, facts: CardFacts, folder: Path) -> None:
        assert "license" not in ModelCard(write(facts, folder)).data.to_dict()
        assert ModelCard(write(replace(facts, license="apache-2.0"), folder)).data.license == "apache-2.0"

    def test_a_model_of_one_layer_has_the_task_tags_and_scores_of_that_layer(
        self, facts: CardFacts, folder: Path
    ) -> None:
        entities = ModelCard(write(one_layer(facts, "entities"), folder)).data
        assert entities.tags == ["marsad", "named-entity-recognition"]
        assert {result.metric_name.split(":")[0] for result in entities.eval_results} == {"Entities"}
        sentences = ModelCard(write(one_layer(facts, "event_types"), folder)).data
        assert (sentences.pipeline_tag, sentences.tags) == ("text-classification", ["marsad", "event-detection"])

    def test_an_encoder_in_a_folder_is_no_model_of_the_hub_and_only_its_name_is_told(
        self, facts: CardFacts, folder: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "encoders" / "my-bert").mkdir(parents=True)
        card = write(replace(facts, encoder=str(tmp_path / "encoders" / "my-bert")), folder)
        assert "base_model" not in ModelCard(card).data.to_dict()
        assert "the encoder in a folder called my-bert" in card
        assert str(tmp_path) not in card

    def test_the_bundled_encoder_is_told_by_the_model_it_comes_from(self, facts: CardFacts, folder: Path) -> None:
        card = write(replace(facts, encoder="bundled"), folder)
        assert ModelCard(card).data.base_model == "intfloat/multilingual-e5-small"

    def test_random_weights_come_from_no_model(self, facts: CardFacts, folder: Path) -> None:
        card = write(replace(facts, settings={"random_weights": True}), folder)
        assert "base_model" not in ModelCard(card).data.to_dict()
        assert "from random weights, with the architecture and the vocabulary of" in card


class TestLabels:
    def test_every_type_has_its_name_its_arabic_name_and_its_definition(self, facts: CardFacts, folder: Path) -> None:
        card = write(facts, folder)
        assert table_of(card, "Types of entities:") == [
            ["PER", "شخص", "A named person."],
            ["GPE", "مدينة أو دولة", "A named place with a government."],
            ["ARMED", "قوة مسلحة", "An armed force or group."],
        ]
        assert [row[0] for row in table_of(card, "Types of events:")] == ["KILL", "CAPTURE", "SHELLING"]

    def test_only_the_layers_of_the_model_are_told(self, facts: CardFacts, folder: Path) -> None:
        card = write(one_layer(facts, "entities"), folder)
        assert "Types of entities" in card
        assert "event" not in ModelCard(card).text.lower()
        card = write(one_layer(facts, "event_types"), folder)
        assert "Types of events" in card
        assert "trigger" not in card
        assert "entit" not in ModelCard(card).text.lower()

    @settings(max_examples=30)
    @given(text=st.text(alphabet="ab1 ع|\\`*_[]<>&;~$#!-+.()\n\t", max_size=12))
    def test_text_of_the_schema_is_shown_as_it_is_whatever_it_holds(
        self, text: str, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        folder = tmp_path_factory.mktemp("card")
        definition = f"x{text}x"
        schema = yaml.safe_dump(
            {"name": "s", "entities": [{"name": "A", "arabic": definition, "definition": definition}]}
        )
        facts = CardFacts("s", schema_of(folder, schema), ("entities",), "e", {}, {}, {}, {}, {}, "1")
        shown = " ".join(definition.split())
        assert table_of(write(facts, folder), "Types of entities:") == [["A", shown, shown]]

    def test_labels_in_capitals_keep_their_underscores_in_the_file_itself(
        self, facts: CardFacts, folder: Path, tmp_path: Path
    ) -> None:
        schema = schema_of(tmp_path, "name: s\nevents:\n  - {name: AIR_STRIKE, arabic: غارة}\n")
        facts = replace(facts, schema=schema, layers=("triggers",), scores={})
        assert "| AIR_STRIKE | غارة |  |" in write(facts, folder)


class TestTrainingData:
    def test_every_source_is_told_with_its_documents_and_sentences(self, facts: CardFacts, folder: Path) -> None:
        card = write(facts, folder)
        assert table_of(card, "## What it was trained on") == [["train", "2", "10"], ["training_only", "1", "1700"]]
        assert "It learnt from 1710 sentences" in card

    def test_weights_are_told_where_they_differ(self, facts: CardFacts, folder: Path) -> None:
        sources = {"ours": Source(2, 10), "theirs": Source(1, 1700, weight=0.25)}
        assert table_of(write(replace(facts, sources=sources), folder), "## What it was trained on") == [
            ["ours", "2", "10", "1"],
            ["theirs", "1", "1700", "0.25"],
        ]

    def test_notes_are_told_one_a_line(self, facts: CardFacts, folder: Path) -> None:
        notes = ["Language models wrote the corpus\nand annotated it.", "See [the datasheet](https://example.org)."]
        card = write(replace(facts, notes=notes), folder)
        assert "\n* Language models wrote the corpus and annotated it.\n" in card
        assert "\n* See [the datasheet](https://example.org).\n" in card

    def test_settings_are_told_without_places_on_the_machine_and_without_what_is_not_set(
        self, facts: CardFacts, folder: Path
    ) -> None:
        card = write(facts, folder)
        assert yaml.safe_load(blocks(card, "yaml")[0]) == {"window": 48, "seed": 3}
        assert "someone" not in card
        assert "reads at most 48 subwords" in card


class TestScores:
    def test_each_layer_has_its_micro_scores_its_interval_its_macro_f1_and_its_number_of_items(
        self, facts: CardFacts, folder: Path
    ) -> None:
        card = write(facts, folder)
        assert table_of(card, "## Scores on validation data") == [
            ["Entities", "0.750", "0.688 to 0.875", "0.850", "0.650", "0.550", "17"],
            ["Event triggers", "0.500", "0.438 to 0.625", "0.600", "0.400", "0.300", "3"],
            ["Event types of sentences", "0.625", "0.562 to 0.750", "0.725", "0.525", "0.425", "3"],
        ]
        assert METHOD in card

    def test_types_are_in_a_table_of_their_own_the_frequent_ones_first(self, facts: CardFacts, folder: Path) -> None:
        card = write(facts, folder)
        rows = table_of(card, "### Entities by type")
        assert [(name, arabic, items) for name, arabic, *_, items in rows] == [
            ("GPE", "مدينة أو دولة", "9"),
            ("ARMED", "قوة مسلحة", "5"),
            ("PER", "شخص", "3"),
        ]
        assert rows[0][2:5] == ["0.750", "0.850", "0.650"]
        assert [row[0] for row in table_of(card, "### Event triggers by type")] == ["KILL", "CAPTURE"]
        assert len(table_of(card, "### Event types of sentences by type")) == 3

    def test_it_says_that_they_are_optimistic_and_what_was_chosen_on_the_data(
        self, facts: CardFacts, folder: Path
    ) -> None:
        card = " ".join(write(facts, folder).split())
        assert "These scores are optimistic" in card
        assert "on which the checkpoint and the decision threshold were chosen." in card
        assert "from a score of 0.35 on" in card
        card = " ".join(write(one_layer(facts, "entities"), folder).split())
        assert "on which the checkpoint was chosen." in card
        assert "0.35" not in card

    def test_a_layer_that_the_validation_data_lack_has_none(self, facts: CardFacts, folder: Path) -> None:
        card = write(replace(facts, scores={"entities": facts.scores["entities"]}), folder)
        assert [row[0] for row in table_of(card, "## Scores on validation data")] == ["Entities"]
        assert "Event triggers by type" not in card
        assert "Types of events" in card

    def test_a_run_without_validation_data_says_so(self, facts: CardFacts, folder: Path) -> None:
        card = write(replace(facts, scores={}, intervals={}), folder)
        assert "The run had no validation data" in card
        assert "optimistic" not in card
        assert "model-index" not in ModelCard(card).data.to_dict()

    def test_the_training_curve_is_shown_if_there_is_one(self, facts: CardFacts, folder: Path) -> None:
        assert "](training_curve.png)" in write(replace(facts, curve="training_curve.png"), folder)
        assert "![" not in write(facts, folder)


class TestTheFile:
    def test_the_same_facts_give_the_same_file_in_any_folder(self, facts: CardFacts, tmp_path: Path) -> None:
        assert write(facts, tmp_path / "a" / "model") == write(facts, tmp_path / ".unfinished")

    def test_it_is_tidy(self, facts: CardFacts, folder: Path) -> None:
        card = write(replace(facts, notes=["One.", "Two."], curve="training_curve.png"), folder)
        assert card.endswith(".\n")
        assert "\n\n\n" not in card
        assert all(line == line.rstrip() for line in card.splitlines())
        assert not regex.search(r"\{[%{#]|None|Undefined", card)


class TestItsCommands:
    """They are run as they stand, where the folder ``model`` is."""

    @pytest.fixture
    def card(
        self, facts: CardFacts, tmp_path: Path, tiny_model: Path, tiny_corpus: Path, monkeypatch: pytest.MonkeyPatch
    ) -> str:
        shutil.copytree(tiny_corpus.parent, tmp_path / "work")
        shutil.copytree(tiny_model, tmp_path / "work" / "model")
        monkeypatch.chdir(tmp_path / "work")
        return write(facts, tmp_path / "work" / "model")

    def test_the_python_lines_run_and_print_what_the_model_finds(
        self, card: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (lines,) = blocks(card, "python")
        Path("use.py").write_text(lines, encoding="utf-8")
        document = runpy.run_path("use.py")["document"]
        printed = capsys.readouterr().out.splitlines()
        assert len(printed) == len(document.entities) + len(document.events) + len(document.sentences)
        assert document.entities
        assert document.events

    def test_the_commands_run_and_write_their_files(self, card: str) -> None:
        Path("text.txt").write_text(marked_document(TRAINING).text, encoding="utf-8")
        for block in blocks(card, "bash"):
            name, *arguments = shlex.split(block)
            assert name == "marsad"
            with pytest.raises(SystemExit) as ended:
                main(arguments)
            assert not ended.value.code
        assert json.loads(Path("labelled.jsonl").read_text(encoding="utf-8"))["entities"]
        assert Path("labelled.html").is_file()
        assert json.loads(Path("evaluation.json").read_text(encoding="utf-8"))["split"] == "test"
