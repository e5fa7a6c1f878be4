"""Layers of annotation: a layer that was not looked for is no empty layer, in files, rows, models and scores."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from conftest import QUICK_RUN, SPLITS, TEST, TRAINING, VALIDATION, marked_document, quick_settings, write_tiny_corpus

from trainer.crossval.fold_run import run_task
from trainer.crossval.markdown import results_page
from trainer.crossval.plan import CrossvalOptions, crossval_corpus, folds_of, leaks_of, tasks_of
from trainer.crossval.results import collect_results
from trainer.data.corpus import load_corpus
from trainer.data.dataset import COLUMN_OF_LAYER, dataset_to_documents, documents_to_dataset
from trainer.data.mixing import load_training_data
from trainer.documents import LAYERS, Argument, Document
from trainer.encoders.loading import load_encoder
from trainer.evaluation.bootstrap import estimate
from trainer.evaluation.detailed import counts_by_sentence, detailed_scores, sentence_groups
from trainer.evaluation.report import evaluate_model
from trainer.evaluation.scores import headline, score_documents
from trainer.formats.brat import brat_annotations
from trainer.formats.inline_writer import marked_text
from trainer.formats.iob2 import write_iob2
from trainer.formats.jsonl import read_jsonl, write_jsonl
from trainer.inference.predictor import Predictor
from trainer.modeling.configuration import heads_for_schema
from trainer.modeling.layout import ENTITY, EVENT_TYPE, HEAD_OF_LAYER, TRIGGER
from trainer.modeling.model import MarsadModel
from trainer.modeling.tagger import Tagger, Thresholds
from trainer.modeling.torch_runtime import TorchRuntime
from trainer.pages.predictions import predictions_page
from trainer.schema import Schema, load_schema, merged_schema, schema_of_labels
from trainer.training.run import train
from trainer.training.thresholds import choose_thresholds

COMBINATIONS = [layers for size in (1, 2, 3) for layers in combinations(LAYERS, size)]
KEY_OF_LAYER = {"entities": "entities", "triggers": "events"}


def only(layers: Sequence[str], sentences: Sequence[str] = VALIDATION, id: str = "د") -> Document:
    """Return marked sentences as a document that was annotated for ``layers`` alone."""
    document = marked_document(sentences, id)
    document.keep_layers(layers)
    return document


def bare(layers: Sequence[str], sentences: Sequence[str] = VALIDATION, id: str = "د") -> Document:
    """Return a document in which nothing was found, though ``layers`` were looked for."""
    return replace(marked_document(sentences, id).without_annotations(), layers=tuple(layers))


@pytest.fixture(scope="module")
def schema(tiny_corpus: Path) -> Schema:
    return load_schema(tiny_corpus.parent / "schema.yaml")


class TestDocuments:
    def test_have_all_layers_unless_something_else_is_said(self) -> None:
        assert Document.from_text("قُتل عنصر في حلب.").layers == LAYERS

    @pytest.mark.parametrize("layers", COMBINATIONS, ids="+".join)
    def test_keep_the_layers_that_are_named_and_forget_the_rest(self, layers: Sequence[str]) -> None:
        document = only(layers)
        assert document.layers == tuple(layers)
        assert bool(document.entities) == ("entities" in layers)
        assert bool(document.events) == ("triggers" in layers)
        assert any(sentence.event_types for sentence in document.sentences) == ("event_types" in layers)

    def test_never_gain_a_layer_by_keeping_it(self) -> None:
        document = only(["entities"])
        document.keep_layers(LAYERS)
        assert document.layers == ("entities",)

    def test_lose_the_arguments_of_their_events_with_the_entities(self) -> None:
        document = marked_document(VALIDATION)
        document.events[0].arguments.append(Argument("AGENT", document.entities[0].id))
        document.keep_layers(["triggers"])
        assert [event.arguments for event in document.events] == [[] for _ in document.events]

    @pytest.mark.parametrize("layers", COMBINATIONS, ids="+".join)
    def test_have_no_key_for_a_layer_that_they_lack_and_come_back_without_it(self, layers: Sequence[str]) -> None:
        document = only(layers)
        data = document.to_dict(type_scores=True)
        assert {layer for layer, key in KEY_OF_LAYER.items() if key in data} == set(layers) & set(KEY_OF_LAYER)
        for sentence in data["sentences"]:
            assert ("event_types" in sentence) == ("type_scores" in sentence) == ("event_types" in layers)
        assert Document.from_dict(json.loads(json.dumps(data))) == document

    def test_tell_an_empty_layer_from_a_missing_one(self) -> None:
        looked_for, not_looked_for = bare(["entities"]), bare(["event_types"])
        assert looked_for.to_dict()["entities"] == []
        assert Document.from_dict(looked_for.to_dict()).layers == ("entities",)
        assert Document.from_dict(not_looked_for.to_dict()).layers == ("event_types",)

    def test_keep_their_layers_when_their_annotation_is_taken_away(self) -> None:
        assert only(["triggers"]).without_annotations().layers == ("triggers",)


@pytest.mark.parametrize("layers", COMBINATIONS, ids="+".join)
class TestWriters:
    """A file shows what there is of a document, and nothing in place of what there is not."""

    def test_json_lines_come_back_with_the_layers_that_were_written(self, layers: Sequence[str]) -> None:
        file = io.StringIO()
        write_jsonl([only(layers), bare(layers)], file)
        assert list(read_jsonl(file.getvalue().splitlines(), "test")) == [only(layers), bare(layers)]

    def test_html_marks_the_layers_that_there_are(self, layers: Sequence[str]) -> None:
        # After the legend, which shows a sample of every label.
        page = predictions_page([only(layers)]).partition("<article")[2]
        assert ('<mark class="entity ' in page) == ("entities" in layers)
        assert ('<mark class="trigger ' in page) == ('<aside class="events"' in page) == ("triggers" in layers)
        assert ('<span class="type ' in page) == ("event_types" in layers)
        assert "الطقس بارد" in page

    def test_brat_has_a_line_for_every_span_of_the_layers_that_there_are(self, layers: Sequence[str]) -> None:
        document = only(layers)
        kinds = [line[0] for line in brat_annotations(document).splitlines()]
        assert kinds.count("T") == len(document.entities) + len(document.events)
        assert kinds.count("E") == len(document.events)

    def test_inline_markup_has_the_marks_of_the_layers_that_there_are(self, layers: Sequence[str]) -> None:
        text = marked_text(only(layers))
        assert ("[قسد|ARMED]" in text, "{سيطرت|CAPTURE}" in text) == ("entities" in layers, "triggers" in layers)

    def test_iob2_is_of_entities_and_refuses_a_document_without_them(
        self, layers: Sequence[str], tmp_path: Path
    ) -> None:
        if "entities" in layers:
            write_iob2([only(layers)], tmp_path / "a.iob2")
            assert "قسد\tB-ARMED" in (tmp_path / "a.iob2").read_text(encoding="utf-8")
        else:
            with pytest.raises(ValueError, match="document 'د' was not annotated for entities"):
                write_iob2([only(layers)], tmp_path / "a.iob2")


class TestRows:
    @pytest.mark.parametrize("layers", COMBINATIONS, ids="+".join)
    def test_a_layer_that_a_document_lacks_is_null_in_its_rows(self, schema: Schema, layers: Sequence[str]) -> None:
        rows = documents_to_dataset([only(layers, id="أ"), only(LAYERS, id="ب")], schema)
        for layer, column in COLUMN_OF_LAYER.items():
            known = [row[column] is not None for row in rows]
            assert known == [layer in layers] * len(VALIDATION) + [True] * len(VALIDATION)
        back = dataset_to_documents(rows)
        assert [document.layers for document in back] == [tuple(layers), LAYERS]
        assert [e.label for e in back[0].entities] == [e.label for e in only(layers).entities]
        assert [s.event_types for s in back[0].sentences] == [s.event_types for s in only(layers).sentences]

    def test_a_layer_for_which_the_schema_has_no_labels_has_no_column(self) -> None:
        names = schema_of_labels("أسماء", ["ARMED", "GPE", "PER"], [])
        rows = documents_to_dataset([only(["entities"])], names)
        assert "entity_tags" in rows.features
        assert not {"trigger_tags", "event_types"} & set(rows.features)
        assert dataset_to_documents(rows)[0].layers == ("entities",)


def corpus_with(folder: Path, splits: Mapping[str, Any] = SPLITS, **keys: Any) -> Path:
    """Write the tiny corpus with further keys in its file."""
    path = write_tiny_corpus(folder, splits)
    content = {**yaml.safe_load(path.read_text(encoding="utf-8")), **keys}
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


class TestLayersOfACorpusFile:
    def test_are_all_that_training_sees_of_it(self, tmp_path: Path) -> None:
        corpus = corpus_with(tmp_path / "c", layers=["entities"])
        assert {document.layers for document in load_corpus(corpus).documents} == {("entities",)}
        data = load_training_data({str(corpus): 1.0})
        assert data.layers == data.schema.layers == ("entities",)
        assert set(data.rows().features) & set(COLUMN_OF_LAYER.values()) == {"entity_tags"}
        assert not any(document.events for document in (*data.training, *data.validation))

    def test_may_leave_annotation_aside_for_which_the_schema_has_no_labels(self, tmp_path: Path) -> None:
        corpus = corpus_with(tmp_path / "c", layers=["entities"])
        named = yaml.safe_load((corpus.parent / "schema.yaml").read_text(encoding="utf-8"))
        (corpus.parent / "schema.yaml").write_text(yaml.safe_dump({**named, "events": []}), encoding="utf-8")
        assert load_training_data({str(corpus): 1.0}).layers == ("entities",)

    def test_hold_for_what_is_for_training_only_as_well(self, tmp_path: Path) -> None:
        corpus = corpus_with(tmp_path / "c", layers=["event_types"], training_only="written.marked")
        (tmp_path / "c" / "written.marked").write_text("## كتب\n{قُتل|KILL} [سامر|PER] في [درعا|GPE].\n", "utf-8")
        (written,) = load_corpus(corpus).training_only
        assert (written.layers, written.entities, written.events) == (("event_types",), [], [])
        assert [list(sentence.event_types) for sentence in written.sentences] == [["KILL"]]

    @pytest.mark.parametrize("named", [["names"], [], "entities", [["entities"]], {"entities": True}, [None]])
    def test_are_a_list_of_names_that_there_are(self, tmp_path: Path, named: Any) -> None:
        corpus = corpus_with(tmp_path / "c", layers=named)
        with pytest.raises(ValueError, match="'layers' must be a list with some of entities, triggers, event_types"):
            load_corpus(corpus)


class TestSchemas:
    ENTITIES = "name: أ\nentities:\n- {name: PER, arabic: شخص, definition: A person.}\n- {name: GPE, arabic: مدينة}\n"
    EVENTS = "name: ب\nevents: [{name: KILL, arabic: قتل, definition: Deaths.}]\nroles: [{name: AGENT}]\n"

    @pytest.fixture
    def named(self, tmp_path: Path) -> dict[str, Schema]:
        for name, source in (("entities", self.ENTITIES), ("events", self.EVENTS)):
            (tmp_path / f"{name}.yaml").write_text(source, encoding="utf-8")
        return {name: load_schema(tmp_path / f"{name}.yaml") for name in ("entities", "events")}

    def test_have_the_layers_for_which_they_have_labels(self, named: dict[str, Schema], schema: Schema) -> None:
        assert (named["entities"].layers, named["events"].layers) == (("entities",), ("triggers", "event_types"))
        assert schema.layers == LAYERS

    def test_can_be_cut_down_to_some_layers(self, schema: Schema, named: dict[str, Schema]) -> None:
        assert schema.only(["entities"]).layers == ("entities",)
        assert schema.only(["entities"]).entities == schema.entities
        # Triggers and types of sentences have the same labels.
        assert schema.only(["event_types"]).event_types == schema.event_types
        assert named["events"].only(["event_types"]).role_names == []
        assert schema.only(LAYERS) is schema

    def test_of_corpora_with_different_layers_are_put_together_with_all_they_say(
        self, named: dict[str, Schema]
    ) -> None:
        merged = merged_schema(named)
        assert (merged.entities, merged.events, merged.roles) == (
            named["entities"].entities,
            named["events"].events,
            named["events"].roles,
        )

    def test_of_the_same_labels_in_another_order_are_one(self, named: dict[str, Schema]) -> None:
        gathered = schema_of_labels("ملف", ["GPE", "PER"], [])
        assert merged_schema({"أ": named["entities"], "ملف": gathered}).entity_types == ["PER", "GPE"]

    def test_that_define_their_labels_come_before_those_that_only_name_them(self, named: dict[str, Schema]) -> None:
        gathered = schema_of_labels("ملف", ["GPE", "PER"], ["KILL"])
        assert merged_schema({"ملف": gathered, **named}).arabic_names() == {
            **named["entities"].arabic_names(),
            **named["events"].arabic_names(),
        }

    def test_with_different_labels_for_one_layer_are_refused_with_both_inventories(
        self, named: dict[str, Schema]
    ) -> None:
        other = schema_of_labels("ملف", ["LOC", "PER"], [])
        with pytest.raises(ValueError, match="one and two have different labels for entities: PER, GPE and LOC, PER;"):
            merged_schema({"one": named["entities"], "two": other})

    def test_of_no_label_at_all_are_refused(self) -> None:
        with pytest.raises(ValueError, match="ملف has no label: no word has a tag but O, and no sentence a type"):
            schema_of_labels("ملف", [], [])


class TestScores:
    """Only what both sides know is scored."""

    GOLD = tuple(marked_document([sentence], f"س{number}") for number, sentence in enumerate(TRAINING[:4]))

    def test_a_layer_that_the_gold_lacks_is_not_scored(self, schema: Schema) -> None:
        gold = [only(["entities"])]
        scores = score_documents(gold, [only(LAYERS)], schema)
        assert list(scores) == ["entities"]
        assert scores["entities"]["micro"]["f1"] == 1.0

    def test_a_layer_that_the_predictions_lack_is_not_scored(self, schema: Schema) -> None:
        assert list(score_documents([only(LAYERS)], [only(["event_types"])], schema)) == ["event_types"]

    def test_documents_without_a_layer_do_not_count_in_it(self, schema: Schema) -> None:
        gold = [only(LAYERS, TRAINING[:3], "أ"), only(["entities"], TRAINING[3:6], "ب")]
        # The second has triggers and types that nobody looked for in the gold, and lacks the entities.
        wrong_there = [only(LAYERS, TRAINING[:3], "أ"), replace(only(LAYERS, TRAINING[3:6], "ب"), entities=[])]
        scores = detailed_scores(gold, wrong_there, schema)
        assert scores["triggers"]["micro"]["f1"] == scores["event_types"]["micro"]["f1"] == 1.0
        assert 0 < scores["entities"]["micro"]["recall"] < 1
        assert set(scores["triggers"]["by_article"]) == {"أ"}
        assert set(scores["entities"]["by_article"]) == {"أ", "ب"}
        counts = counts_by_sentence(gold, wrong_there)
        assert counts["triggers"][3:] == counts["event_types"][3:] == [[0, 0, 0]] * 3
        assert sum(row[2] for row in counts["entities"][3:]) == len(gold[1].entities)

    def test_the_headline_is_the_mean_of_what_there_is(self, schema: Schema) -> None:
        gold = list(self.GOLD)
        found = [replace(document, events=[]) for document in gold]
        assert headline(score_documents(gold, found, schema)) == {
            "entities": 1.0,
            "triggers": 0.0,
            "event_types": 1.0,
            "score": pytest.approx(2 / 3),
        }
        some = [replace(document, layers=("entities", "triggers")) for document in found]
        assert headline(score_documents(gold, some, schema)) == {"entities": 1.0, "triggers": 0.0, "score": 0.5}
        assert headline({}) == {"score": 0.0}

    def test_a_span_of_a_layer_that_is_not_annotated_is_no_false_positive(self, schema: Schema) -> None:
        gold, found = only(["triggers"]), only(["triggers"])
        found.layers = LAYERS
        found.add_entity(0, 5, "PER")
        assert headline(score_documents([gold], [found], schema)) == {"triggers": 1.0, "score": 1.0}


class TestGroupsOfSentences:
    """Intervals resample within articles; an article of one sentence alone has nothing to resample."""

    def test_are_documents(self) -> None:
        documents = [marked_document(TRAINING[:2]), marked_document(TRAINING[2:5])]
        assert sentence_groups(documents) == [0, 0, 1, 1, 1]

    def test_of_single_sentences_are_one(self) -> None:
        documents = [marked_document([sentence]) for sentence in TRAINING[:3]]
        assert sentence_groups(documents) == [0, 0, 0]
        assert sentence_groups([documents[0], marked_document(TRAINING[3:5]), documents[1]]) == [0, 1, 1, 0]

    def test_give_an_interval_of_some_width_to_a_table_of_sentences(self) -> None:
        gold = [marked_document([sentence], str(number)) for number, sentence in enumerate(TRAINING)]
        found = [replace(d, entities=d.entities[:1]) for d in gold]
        counts = np.array(counts_by_sentence(gold, found, ["entities"])["entities"]).reshape(1, -1, 3)
        interval = estimate(counts, sentence_groups(gold))
        assert interval.low < interval.mean < interval.high


@pytest.fixture(scope="module")
def taggers(tiny_checkpoint: Path, schema: Schema) -> dict[tuple[str, ...], Tagger]:
    """Untrained models by the layers that they have heads for."""
    made = {}
    for layers in COMBINATIONS:
        torch.manual_seed(1)
        encoder, tokenizer = load_encoder(str(tiny_checkpoint))
        heads = heads_for_schema(schema, layers=layers)
        model = MarsadModel.with_encoder(encoder, heads, dropout=0.0, window=48, pad_token_id=0).eval()
        made[layers] = Tagger(TorchRuntime(model), tokenizer.backend_tokenizer, Thresholds(0.0))
    return made


class TestModels:
    @pytest.mark.parametrize("layers", COMBINATIONS, ids="+".join)
    def test_have_a_head_for_every_layer_and_predict_what_the_heads_say(
        self, taggers: dict[tuple[str, ...], Tagger], layers: tuple[str, ...]
    ) -> None:
        tagger = taggers[layers]
        assert list(tagger.scorer.runtime.model.heads) == [HEAD_OF_LAYER[layer] for layer in layers]
        # A model of triggers knows the types of a sentence: those of its triggers.
        says = [layer for layer in LAYERS if layer in layers or (layer == "event_types" and "triggers" in layers)]
        (document,) = tagger.tag([bare(LAYERS)])
        assert document.layers == tuple(says)
        assert bool(document.entities) <= ("entities" in layers)
        assert bool(document.events) <= ("triggers" in layers)
        assert {bool(sentence.type_scores) for sentence in document.sentences} == {"event_types" in says}
        assert Document.from_dict(document.to_dict(type_scores=True)) == document

    def test_of_triggers_alone_take_the_types_of_a_sentence_from_its_triggers(
        self, taggers: dict[tuple[str, ...], Tagger], schema: Schema
    ) -> None:
        tagger = taggers["triggers",]
        (document,) = tagger.tag([bare(LAYERS)])
        scores = [found for found in tagger.score([bare(LAYERS)]) if found is not None]
        for sentence, found in zip(document.sentences, scores, strict=True):
            assert found.trigger is not None
            probabilities = np.exp(found.trigger)
            for index, name in enumerate(schema.event_types):
                best = probabilities[:, 1 + 2 * index : 3 + 2 * index].sum(1).max()
                assert sentence.type_scores[name] == pytest.approx(float(best), abs=1e-4)

    def test_are_saved_with_the_heads_that_they_have_and_no_others(
        self, taggers: dict[tuple[str, ...], Tagger], tmp_path: Path
    ) -> None:
        taggers["entities",].scorer.runtime.model.save_pretrained(tmp_path)
        loaded = MarsadModel.from_pretrained(tmp_path).eval()
        assert [head["name"] for head in loaded.config.heads] == [ENTITY]
        assert loaded.config.layout.layers == ("entities",)
        assert loaded.config.layout.labels_of(TRIGGER) == loaded.config.layout.labels_of(EVENT_TYPE) == []


class TestThresholds:
    """A document that was not annotated for event types is no example of a sentence without one."""

    GOLD = marked_document(("{قُتل|KILL} خمسة مدنيين.", "{قُتل|KILL} عنصر في حلب.", "الطقس بارد اليوم."))

    @pytest.fixture
    def tagger(self, taggers: dict[tuple[str, ...], Tagger], monkeypatch: pytest.MonkeyPatch) -> Tagger:
        tagger = taggers["event_types",]
        values = {"قُتل خمسة مدنيين.": 0.8, "قُتل عنصر في حلب.": 0.3, "الطقس بارد اليوم.": 0.2}

        def score(documents: Sequence[Document]) -> list[float]:
            texts = [document.text[s.start : s.end] for document in documents for s in document.sentences]
            return [values.get(text, 0.7) for text in texts]

        monkeypatch.setattr(tagger, "score", score)
        monkeypatch.setattr(
            tagger,
            "event_type_scores",
            lambda value: np.array([value if name == "KILL" else 0.0 for name in tagger.event_types]),
        )
        return tagger

    def test_is_chosen_on_what_was_annotated_for_types(self, tagger: Tagger) -> None:
        # These would have a score of 0.7 each: as sentences without events they would drive the threshold up.
        others = [bare(["entities"], TRAINING, f"س{number}") for number in range(4)]
        assert choose_thresholds(tagger, [self.GOLD, *others]) == choose_thresholds(tagger, [self.GOLD])
        assert 0.2 < choose_thresholds(tagger, [self.GOLD]).event_type <= 0.3

    def test_stays_the_default_where_no_document_was(self, tagger: Tagger) -> None:
        assert choose_thresholds(tagger, [bare(["entities"])]) == Thresholds()

    def test_stays_the_default_for_a_model_without_types(
        self, taggers: dict[tuple[str, ...], Tagger], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tagger = taggers["entities",]
        monkeypatch.setattr(tagger, "score", lambda documents: pytest.fail("there is nothing to score"))
        assert choose_thresholds(tagger, [marked_document(VALIDATION)]) == Thresholds()


@pytest.fixture(scope="module")
def entities_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return corpus_with(tmp_path_factory.mktemp("names") / "c", layers=["entities"])


@pytest.fixture(scope="module")
def model_of_entities(tmp_path_factory: pytest.TempPathFactory, entities_alone: Path, tiny_checkpoint: Path) -> Path:
    """A model trained on the entities of the tiny corpus alone."""
    folder = tmp_path_factory.mktemp("run")
    settings, arguments = quick_settings(data=entities_alone, output_dir=folder, encoder=tiny_checkpoint)
    train(settings, arguments)
    return settings.model_folder


class TestTrainingOnOneLayerOfACorpus:
    def test_gives_a_model_of_that_layer_alone(self, model_of_entities: Path) -> None:
        config = json.loads((model_of_entities / "config.json").read_text(encoding="utf-8"))
        assert [head["name"] for head in config["heads"]] == [ENTITY]
        assert load_schema(model_of_entities / "schema.yaml").layers == ("entities",)
        metrics = json.loads((model_of_entities / "metrics.json").read_text(encoding="utf-8"))
        assert set(metrics) == {"split", "headline", "entities"}
        assert metrics["headline"]["score"] == metrics["headline"]["entities"]

    def test_predicts_it_and_says_nothing_of_the_others(self, model_of_entities: Path) -> None:
        data = Predictor(model_of_entities).predict(marked_document(TRAINING).text).to_dict()
        assert {entity["label"] for entity in data["entities"]} == {"ARMED", "GPE", "PER"}
        assert "events" not in data
        assert not any("event_types" in sentence for sentence in data["sentences"])

    def test_is_scored_on_a_corpus_of_all_layers_by_that_layer(
        self, model_of_entities: Path, tiny_corpus: Path
    ) -> None:
        report = evaluate_model(model_of_entities, tiny_corpus, baselines=True)
        assert set(report["scores"]) == set(report["intervals"]) == set(report["counts"]) == {"entities"}
        assert {name: set(of["scores"]) for name, of in report["baselines"].items()} == {
            **{name: {"entities"} for name in ("majority", "lexicon", "crf")},
            "tfidf": set(),
        }
        assert set(report["in_training"]["train"]) == {"entities"}

    def test_is_not_scored_where_there_is_nothing_that_it_predicts(
        self, model_of_entities: Path, tmp_path: Path
    ) -> None:
        corpus = corpus_with(tmp_path / "c", layers=["event_types"])
        with pytest.raises(ValueError, match=r"the model predicts entities, and .* is annotated for event_types: noth"):
            evaluate_model(model_of_entities, corpus)

    def test_is_scored_whatever_the_order_of_the_labels_in_the_schema_of_the_data(
        self, model_of_entities: Path, tmp_path: Path
    ) -> None:
        corpus = corpus_with(tmp_path / "c", layers=["entities"])
        named = yaml.safe_load((corpus.parent / "schema.yaml").read_text(encoding="utf-8"))
        named["entities"].reverse()
        (corpus.parent / "schema.yaml").write_text(yaml.safe_dump(named), encoding="utf-8")
        assert set(evaluate_model(model_of_entities, corpus)["scores"]) == {"entities"}
        named["entities"].append({"name": "LOC"})
        (corpus.parent / "schema.yaml").write_text(yaml.safe_dump(named), encoding="utf-8")
        with pytest.raises(ValueError, match=r"the model's schema 'tiny-conflict' and the data's .* have different"):
            evaluate_model(model_of_entities, corpus)


def test_a_corpus_of_one_layer_can_be_cross_validated(tmp_path: Path, tiny_checkpoint: Path) -> None:
    articles = {"أ": (*TRAINING[:3], *VALIDATION[:1]), "ب": TRAINING[3:6], "ج": (*TRAINING[7:9], *TEST)}
    splits = {"train": {"أ": articles["أ"]}, "validation": {"ب": articles["ب"]}, "test": {"ج": articles["ج"]}}
    corpus_file = corpus_with(tmp_path / "c", splits, layers=["triggers"])
    quick = {key: value for key, value in QUICK_RUN.items() if key not in ("seed", "disable_tqdm")}
    config = {**quick, "num_train_epochs": 2, "data": str(corpus_file), "encoder": str(tiny_checkpoint)}
    (tmp_path / "c.yaml").write_text(yaml.safe_dump({**config, "output_dir": str(tmp_path / "unused")}), "utf-8")
    options = CrossvalOptions(str(tmp_path / "c.yaml"), seeds=(1,), folds=2, random_weights=False)
    corpus = crossval_corpus(options)
    plan = folds_of(corpus, options)
    tasks = tasks_of(plan, options, corpus)
    for task in tasks:
        run_task(task, tmp_path / "out")
    results = collect_results(tasks, tmp_path / "out", corpus, leaks_of(plan, corpus, options))
    systems = results["groupings"]["near-duplicates"]["systems"]
    assert {name: system["layers"] for name, system in systems.items()} == {
        **{name: ["triggers"] for name in ("majority", "lexicon", "crf", "model")},
        "tfidf": [],
    }
    assert set(systems["model"]["summary"]) == set(systems["model"]["seeds"]["1"]) == {"triggers"}
    page = results_page({**results, "options": {"config": "c.yaml", "overrides": {}, "seeds": [1], "without": []}})
    assert "| model | – | " in page
    assert "entities by type" not in page
