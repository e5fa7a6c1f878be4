"""Corpora of one file: five lines of settings train on IOB2 text or on a table of sentences."""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import QUICK_RUN, TEST, TRAINING, VALIDATION, Marsad, marked_document, quick_settings, write_tiny_corpus
from tokenizers import Tokenizer

from trainer.cli.app import main
from trainer.data.check import check_corpus, check_labelled_files
from trainer.data.corpus import load_corpus
from trainer.data.division import divided, share_of, without_repeats
from trainer.data.labelled_files import is_labelled_file, read_labelled_file, schema_of
from trainer.data.mixing import load_training_data
from trainer.data.storage import build_dataset, load_data
from trainer.documents import Document
from trainer.evaluation.report import evaluate_model
from trainer.formats.iob2 import write_iob2
from trainer.formats.jsonl import read_jsonl
from trainer.inference.predictor import Predictor
from trainer.modeling.features import SentenceEncoder
from trainer.modeling.layout import ENTITY, EVENT_TYPE
from trainer.schema import load_schema
from trainer.training.rows import training_rows
from trainer.training.run import train

SENTENCES = (*TRAINING, *VALIDATION)
NAMES = ["ARMED", "GPE", "PER"]
TYPES = ["CAPTURE", "KILL", "SHELLING"]


def write_names(path: Path, sentences: Sequence[str] = SENTENCES) -> Path:
    """Write the entities of marked sentences as IOB2 text of one document."""
    write_iob2([marked_document(sentences)], path)
    return path


def write_types(path: Path, sentences: Sequence[str] = SENTENCES) -> Path:
    """Write the event types of marked sentences as a table."""
    documents = [marked_document([sentence]) for sentence in sentences]
    rows = [(document.text, "|".join(document.sentences[0].event_types)) for document in documents]
    path.write_text("text,labels\n" + "".join(f'"{text}",{types}\n' for text, types in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_names(tmp_path_factory.mktemp("names") / "names.iob2")


@pytest.fixture(scope="module")
def types(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_types(tmp_path_factory.mktemp("types") / "types.csv")


@pytest.fixture(scope="module")
def model_of_names(tmp_path_factory: pytest.TempPathFactory, names: Path, tiny_checkpoint: Path) -> Path:
    """A model that five lines of settings made from an IOB2 file."""
    folder = tmp_path_factory.mktemp("five-lines")
    lines = [
        f"data: {names}",
        f"output_dir: {folder / 'run'}",
        f"encoder: {tiny_checkpoint}",
        "window: 48",
        "num_train_epochs: 16",
    ]
    (folder / "five.yaml").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        # The tiny encoder was never pretrained, and has much to learn.
        main(["train", str(folder / "five.yaml"), "--learning_rate", "3e-3"])
    assert not ended.value.code
    return folder / "run" / "model"


@pytest.fixture(scope="module")
def model_of_types(tmp_path_factory: pytest.TempPathFactory, types: Path, tiny_checkpoint: Path) -> Path:
    folder = tmp_path_factory.mktemp("of-types")
    settings, arguments = quick_settings(data=types, output_dir=folder, encoder=tiny_checkpoint, num_train_epochs=8)
    train(settings, arguments)
    return settings.model_folder


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


class TestFiveLinesAndAnIob2File:
    def test_give_a_model_with_an_entity_head_alone(self, model_of_names: Path) -> None:
        assert [head["name"] for head in read_json(model_of_names / "config.json")["heads"]] == [ENTITY]
        assert Predictor(model_of_names).layers == ("entities",)

    def test_take_the_labels_from_the_file(self, model_of_names: Path) -> None:
        schema = load_schema(model_of_names / "schema.yaml")
        assert (schema.name, schema.entity_types, schema.event_types) == ("names", NAMES, [])

    def test_choose_on_a_tenth_of_the_file(self, model_of_names: Path) -> None:
        fingerprint = read_json(model_of_names / "data_fingerprint.json")
        parts = {split: list(of["documents"]) for split, of in fingerprint.items()}
        assert (len(parts["train"]), len(parts["validation"])) == (12, 1)
        metrics = read_json(model_of_names / "metrics.json")
        assert set(metrics) == {"split", "headline", "entities"}
        assert set(metrics["headline"]) == {"entities", "score"}

    def test_teach_it_something(self, model_of_names: Path) -> None:
        gold = marked_document(TRAINING)
        found = Predictor(model_of_names).predict(gold.text)
        spans = [{(e.start, e.end, e.label) for e in document.entities} for document in (gold, found)]
        assert len(spans[0] & spans[1]) > len(spans[0]) / 2

    def test_make_it_write_entities_and_nothing_else(
        self, model_of_names: Path, marsad: Marsad, tmp_path: Path
    ) -> None:
        (tmp_path / "text.txt").write_text(marked_document(TEST).text, encoding="utf-8")
        outputs = (tmp_path / "out.jsonl", tmp_path / "out.html")
        done = marsad(
            *("predict", "--model", model_of_names, "--input", tmp_path / "text.txt"),
            *("--output", outputs[0], "--output", outputs[1]),
        )
        assert done.code == 0, done.err
        (line,) = outputs[0].read_text(encoding="utf-8").splitlines()
        written = json.loads(line)
        assert written["entities"]
        assert "events" not in written
        assert [set(sentence) for sentence in written["sentences"]] == [{"start", "end"}] * len(TEST)
        (document,) = read_jsonl([line], "out.jsonl")
        assert document.layers == ("entities",)
        page = outputs[1].read_text(encoding="utf-8")
        assert '<mark class="entity ' in page
        assert '<mark class="trigger ' not in page

    def test_make_a_card_that_tells_of_entities_alone(self, model_of_names: Path) -> None:
        card = (model_of_names / "README.md").read_text(encoding="utf-8")
        assert "**entities**" in card
        assert "**event" not in card
        assert "Types of events" not in card
        assert "threshold" not in card

    def test_say_so_where_the_weight_of_the_only_head_is_0(
        self, marsad: Marsad, names: Path, tiny_checkpoint: Path, tmp_path: Path
    ) -> None:
        config = {**QUICK_RUN, "data": str(names), "output_dir": str(tmp_path / "run"), "encoder": str(tiny_checkpoint)}
        (tmp_path / "c.yaml").write_text(yaml.safe_dump({**config, "entity_weight": 0}), encoding="utf-8")
        done = marsad("train", tmp_path / "c.yaml")
        assert done.code == 1
        assert (
            "error: there is nothing to learn: the training data is annotated for entities, and the weight of every "
            "head for that is 0"
        ) in done.err


class TestATableOfSentences:
    def test_gives_a_model_of_event_types_alone(self, model_of_types: Path) -> None:
        assert [head["name"] for head in read_json(model_of_types / "config.json")["heads"]] == [EVENT_TYPE]
        schema = load_schema(model_of_types / "schema.yaml")
        assert (schema.entity_types, schema.event_types) == ([], TYPES)

    def test_makes_it_predict_types_of_sentences_and_no_spans(self, model_of_types: Path) -> None:
        document = Predictor(model_of_types).predict(marked_document(TEST).text)
        data = document.to_dict()
        assert "entities" not in data
        assert "events" not in data
        assert all("event_types" in sentence for sentence in data["sentences"])
        assert [list(sentence.type_scores) for sentence in document.sentences] == [TYPES] * len(TEST)

    def test_scores_no_other_layer(self, model_of_types: Path, tmp_path: Path) -> None:
        assert set(read_json(model_of_types / "metrics.json")) == {"split", "headline", "event_types"}
        report = evaluate_model(model_of_types, write_types(tmp_path / "new.csv", TEST))
        assert set(report["scores"]) == set(report["intervals"]) == {"event_types"}
        assert report["in_training"] == {"train": {}}
        # Each row is a document of its own; they are resampled together.
        assert report["groups"] == [0, 0]


class TestEvaluationOfAFile:
    def test_scores_all_of_it(self, marsad: Marsad, model_of_names: Path, tmp_path: Path) -> None:
        file = write_names(tmp_path / "new.iob2", TEST)
        done = marsad("evaluate", model_of_names, file, "--output", tmp_path / "scores.json")
        assert done.code == 0, done.err
        assert "entities" in done.out
        assert "trigger" not in done.out
        report = read_json(tmp_path / "scores.json")
        assert set(report["scores"]) == {"entities"}
        assert report["documents"] == ["new-0001"]
        # Its labels are those of the model, though not all of them stand in the file.
        assert report["scores"]["entities"]["micro"]["support"] == 3
        assert "PER" not in report["scores"]["entities"]["per_type"]

    def test_refuses_sentences_that_the_model_learnt_from(
        self, marsad: Marsad, model_of_names: Path, names: Path
    ) -> None:
        refused = marsad("evaluate", model_of_names, names)
        assert refused.code == 1
        assert "sentences were" in refused.err
        assert marsad("evaluate", model_of_names, names, "--allow-leaks").code == 0

    @pytest.mark.parametrize(
        ("name", "content", "message"),
        [
            ("places.iob2", "في O\nالبادية B-LOC\n. O\n", "places-0001 has labels that schema 'names' has not: LOC"),
            ("types.csv", "text,labels\nقُتل عنصر,KILL\n", "types-1 has labels that schema 'names' has not: KILL"),
            ("notes.txt", "مجرد نص بلا وسوم\n", "is neither a dataset folder"),
        ],
    )
    def test_says_what_the_model_does_not_know(
        self,
        marsad: Marsad,
        model_of_names: Path,
        tmp_path: Path,
        name: str,
        content: str,
        message: str,
    ) -> None:
        (tmp_path / name).write_text(content, encoding="utf-8")
        done = marsad("evaluate", model_of_names, tmp_path / name)
        assert done.code == 1
        assert message in done.err
        assert len(done.err.strip().splitlines()) == 1

    def test_has_no_training_split_for_baselines(self, marsad: Marsad, model_of_names: Path, tmp_path: Path) -> None:
        done = marsad("evaluate", model_of_names, write_names(tmp_path / "new.iob2", TEST), "--baselines")
        assert done.code == 1
        assert "new.iob2 has no split 'train'; it has test" in done.err


class TestReading:
    @pytest.mark.parametrize("name", ["a.iob2", "a.conll", "a.csv", "a.jsonl"])
    def test_tells_labelled_files_from_others(self, tmp_path: Path, name: str) -> None:
        contents = {
            ".iob2": "حلب B-GPE\n",
            ".conll": "حلب B-GPE\n",
            ".csv": "text,labels\nقُتل عنصر,KILL\n",
            ".jsonl": '{"text": "قُتل عنصر", "labels": ["KILL"]}\n',
        }
        path = tmp_path / name
        assert not is_labelled_file(path)
        path.write_text(contents[path.suffix], encoding="utf-8")
        assert is_labelled_file(path)
        assert load_data_or_refusal(path) == "one sentence is too little to train on and to keep some back"

    def test_logs_the_first_problems_and_how_many_there_are(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        lines = [f"كلمة{number}" for number in range(9)]
        (tmp_path / "a.iob2").write_text("حلب B-GPE\n" * 10 + "\n".join(lines) + "\n", encoding="utf-8")
        with caplog.at_level(logging.WARNING, logger="trainer"):
            read_labelled_file(tmp_path / "a.iob2")
        assert [record.message.split(": ")[-1] for record in caplog.records[:5]] == [
            f"word 'كلمة{number}' without a tag; read as O" for number in range(5)
        ]
        assert [record.message.split(": ")[-1] for record in caplog.records[5:]] == [
            "4 more lines like these; 'marsad data check' lists all"
        ]

    def test_of_a_file_without_sentences_or_without_labels_says_so(self, tmp_path: Path) -> None:
        (tmp_path / "empty.iob2").write_text("\n\n", encoding="utf-8")
        with pytest.raises(ValueError, match=r"empty\.iob2 has no labelled sentences"):
            load_data(tmp_path / "empty.iob2")
        (tmp_path / "plain.iob2").write_text("كتب O\n\nنص O\n", encoding="utf-8")
        with pytest.raises(ValueError, match="plain has no label: no word has a tag but O"):
            load_data(tmp_path / "plain.iob2")

    def test_of_a_marked_file_gives_all_layers(self, tmp_path: Path) -> None:
        (tmp_path / "a.marked").write_text("## أ\n{قُتل|KILL} [سامر|PER] في [درعا|GPE].\n", encoding="utf-8")
        (document,) = read_labelled_file(tmp_path / "a.marked")
        assert schema_of("أ", [document]).layers == ("entities", "triggers", "event_types")


def load_data_or_refusal(path: Path) -> str:
    with pytest.raises(ValueError, match=path.stem) as error:
        load_data(path)
    return str(error.value).partition(": ")[2]


class TestCheck:
    def test_counts_the_labels_of_an_iob2_file(self, marsad: Marsad, names: Path) -> None:
        done = marsad("data", "check", names)
        assert done.code == 0, done.err
        counts = counted(done.out)
        gold = marked_document(SENTENCES)
        assert {name: counts[name] for name in NAMES} == {
            name: sum(entity.label == name for entity in gold.entities) for name in NAMES
        }
        assert counts["sentences"] == len(SENTENCES)
        assert "event types of sentences" not in counts

    def test_counts_the_labels_of_a_table(self, marsad: Marsad, types: Path) -> None:
        done = marsad("data", "check", types)
        assert done.code == 0, done.err
        counts = counted(done.out)
        gold = marked_document(SENTENCES)
        assert {name: counts[name] for name in TYPES} == {
            name: sum(name in sentence.event_types for sentence in gold.sentences) for name in TYPES
        }
        assert counts["event types of sentences"] == sum(counts[name] for name in TYPES)

    def test_names_every_line_that_is_wrong(self, marsad: Marsad, tmp_path: Path) -> None:
        path = tmp_path / "a.iob2"
        path.write_text("وصل O\nأحمد\nحلب I-GPE\n. X\n", encoding="utf-8")
        done = marsad("data", "check", path)
        assert done.code == 1
        assert done.err.splitlines() == [
            f"{path}:2: word 'أحمد' without a tag; read as O",
            f"{path}:3: I-GPE continues no GPE; read as B-GPE",
            f"{path}:4: tag 'X' is neither O nor B-LABEL nor I-LABEL; read as O",
            "3 problems",
        ]

    def test_names_labels_that_a_schema_has_not(self, marsad: Marsad, tiny_corpus: Path, tmp_path: Path) -> None:
        schema = tiny_corpus.parent / "schema.yaml"
        (tmp_path / "a.iob2").write_text("البادية B-LOC\nحلب B-GPE\n", encoding="utf-8")
        (tmp_path / "b.csv").write_text("text,labels\nوصل الوفد,VISIT\nقُتل عنصر,KILL\n", encoding="utf-8")
        done = marsad("data", "check", tmp_path / "a.iob2", "--schema", schema)
        assert done.code == 1
        assert "document a-0001: T1 LOC 'البادية' (0..7): the schema has no label LOC" in done.err
        done = marsad("data", "check", tmp_path / "b.csv", "--schema", schema)
        assert done.code == 1
        assert "document b-1: the schema has no event type VISIT" in done.err
        assert "KILL" not in done.err

    def test_takes_one_labelled_file_at_a_time(self, marsad: Marsad, names: Path, types: Path) -> None:
        done = marsad("data", "check", names, types)
        message = f"error: {names} is read alone; give it, or .marked files and folders of them"
        assert (done.code, done.err.strip()) == (1, message)

    def test_of_a_corpus_of_files_finds_what_training_would_refuse(self, tmp_path: Path) -> None:
        corpus = write_corpus_of_files(tmp_path, layers=["event_types"])
        with pytest.raises(ValueError, match="'layers' names event_types, but document train-0001 has only entities"):
            check_corpus(corpus)

    def test_reads_several_splits_into_one_report(self, tmp_path: Path) -> None:
        write_corpus_of_files(tmp_path)
        report = check_labelled_files({split: tmp_path / f"{split}.iob2" for split in ("train", "test")})
        assert report.sentences == {"train": len(TRAINING), "test": len(TEST)}
        assert report.schema.entity_types == NAMES
        assert not report.problems


def counted(table: str) -> dict[str, int]:
    """Return the last number of every row of a printed table, by its first cell."""
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in table.splitlines() if "│" in line]
    return {row[0]: int(row[-1]) for row in rows if row[-1].isdigit()}


def write_corpus_of_files(folder: Path, **keys: Any) -> Path:
    """Write a corpus file whose splits are three IOB2 files."""
    splits = {"train": TRAINING, "validation": VALIDATION, "test": TEST}
    for split, sentences in splits.items():
        write_names(folder / f"{split}.iob2", sentences)
    content = {"name": "أسماء", "splits": {split: f"{split}.iob2" for split in splits}, **keys}
    (folder / "dataset.yaml").write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return folder / "dataset.yaml"


class TestACorpusWhoseSplitsAreFiles:
    def test_needs_no_schema(self, tmp_path: Path) -> None:
        corpus = load_corpus(write_corpus_of_files(tmp_path))
        assert (corpus.schema.name, corpus.schema.entity_types, corpus.schema.layers) == ("أسماء", NAMES, ("entities",))
        sizes = {split: sum(len(d.sentences) for d in documents) for split, documents in corpus.splits.items()}
        assert sizes == {"train": 10, "validation": 3, "test": 2}

    def test_takes_its_labels_from_its_schema_where_it_has_one(self, tmp_path: Path) -> None:
        named = "name: أوسع\nentities: [{name: LOC, arabic: مكان}, {name: PER}, {name: GPE}, {name: ARMED}]\n"
        (tmp_path / "schema.yaml").write_text(named, encoding="utf-8")
        corpus = write_corpus_of_files(tmp_path, schema="schema.yaml")
        dataset, schema = load_data(corpus)
        assert schema.entity_types == ["LOC", "PER", "GPE", "ARMED"]
        assert dataset["train"].features["entity_tags"].feature.names[:3] == ["O", "B-LOC", "I-LOC"]
        assert not check_corpus(corpus).problems

    def test_is_refused_with_a_label_that_its_schema_has_not(self, tmp_path: Path) -> None:
        (tmp_path / "schema.yaml").write_text("entities: [{name: PER}, {name: GPE}]\n", encoding="utf-8")
        corpus = write_corpus_of_files(tmp_path, schema="schema.yaml")
        with pytest.raises(ValueError, match=r"document train-0001 has labels that schema 'schema' has not: ARMED"):
            load_data(corpus)
        assert any("the schema has no label ARMED" in problem for problem in check_corpus(corpus).problems)

    def test_builds_into_a_folder_that_trains_the_same(self, tmp_path: Path) -> None:
        corpus = write_corpus_of_files(tmp_path, notes=["Of newspapers."])
        build_dataset(corpus, tmp_path / "built")
        one, other = (load_training_data({str(path): 1.0}) for path in (corpus, tmp_path / "built"))
        assert one.rows().to_list() == other.rows().to_list()
        assert one.notes == other.notes == ["Of newspapers."]
        assert one.fingerprint == other.fingerprint

    def test_may_mix_files_with_ids_of_documents(self, tmp_path: Path) -> None:
        path = write_tiny_corpus(tmp_path / "c")
        write_names(tmp_path / "c" / "more.iob2", TEST)
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        content["splits"]["test"] = "more.iob2"
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
        corpus = load_corpus(path)
        assert {split: {d.layers for d in documents} for split, documents in corpus.splits.items()} == {
            "train": {("entities", "triggers", "event_types")},
            "validation": {("entities", "triggers", "event_types")},
            "test": {("entities",)},
        }
        report = check_corpus(path)
        assert report.sentences["test"] == len(TEST)
        assert not any("more.iob2" in problem for problem in report.problems)
        (tmp_path / "c" / "more.iob2").write_text("البادية B-LOC\n", encoding="utf-8")
        assert [problem for problem in check_corpus(path).problems if "more.iob2" in problem] == [
            f"{tmp_path / 'c' / 'more.iob2'}:1: document more-0001: "
            "T1 LOC 'البادية' (0..7): the schema has no label LOC"
        ]

    @pytest.mark.parametrize(
        ("splits", "message"),
        [
            ({"train": "missing.iob2"}, r"there is no labelled file .*missing\.iob2"),
            (
                {"train": "train.iob2", "test": "train.iob2"},
                "document train-0001 stands in train and in test; documents of lab",
            ),
            (5, "'splits' must map each split to a list of document ids, or to a labelled file"),
            ({"train": 5}, "'splits' must map each split to a list of document ids, or to a labelled file"),
            ({"train": ["a"]}, "lacks schema, annotations"),
        ],
    )
    def test_says_what_is_wrong_with_its_splits(self, tmp_path: Path, splits: Any, message: str) -> None:
        corpus = write_corpus_of_files(tmp_path)
        content = {"name": "أسماء", "splits": splits}
        corpus.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
        with pytest.raises((ValueError, FileNotFoundError), match=message):
            load_corpus(corpus)

    @pytest.mark.parametrize("notes", ["a sentence", [1], {"a": "b"}])
    def test_has_notes_in_a_list_or_none(self, tmp_path: Path, notes: Any) -> None:
        with pytest.raises(ValueError, match="'notes' must be a list of sentences for model cards"):
            load_corpus(write_corpus_of_files(tmp_path, notes=notes))


class TestDivision:
    """A file without splits is divided, by the ids of its documents alone."""

    MANY = tuple(Document.from_text(f"الخبر رقم {number} من الصحيفة.", f"خ{number}") for number in range(200))
    # One document of sentences that share nothing.
    ONE = Document.from_text(" ".join(f"كلمة{n} نص{n} خبر{n} يوم{n} عام{n}." for n in range(40)), "م")

    @pytest.mark.parametrize("share", [0.05, 0.1, 0.5])
    def test_keeps_the_share_back_that_was_asked_for_and_nothing_stands_on_both_sides(self, share: float) -> None:
        parts = divided(self.MANY, share)
        ids = {split: {document.id for document in documents} for split, documents in parts.items()}
        assert len(ids["validation"]) == share * len(self.MANY)
        assert not ids["train"] & ids["validation"]
        assert ids["train"] | ids["validation"] == {document.id for document in self.MANY}

    def test_is_the_same_every_time_whatever_the_order(self) -> None:
        first, again = divided(self.MANY, 0.1), divided(tuple(reversed(self.MANY)), 0.1)
        assert [d.id for d in first["validation"]] == [d.id for d in reversed(again["validation"])]

    def test_depends_on_ids_alone_and_is_the_same_on_every_machine(self) -> None:
        assert [document.id for document in share_of(self.MANY, 0.02)] == ["خ47", "خ109", "خ127", "خ133"]
        others = [replace(document, text="نص آخر") for document in self.MANY]
        assert [document.id for document in share_of(others, 0.02)] == ["خ47", "خ109", "خ127", "خ133"]

    def test_of_a_larger_share_holds_every_smaller_one(self) -> None:
        shares = [{document.id for document in share_of(self.MANY, share)} for share in (0.0, 0.1, 0.25, 1.0)]
        assert [len(ids) for ids in shares] == [0, 20, 50, 200]
        assert shares[1] < shares[2] < shares[3]

    def test_cuts_few_documents_into_stretches_of_neighbouring_sentences(self) -> None:
        parts = divided([self.ONE], 0.2)
        assert sorted(len(d.sentences) for documents in parts.values() for d in documents) == [4] * 10
        assert len(parts["validation"]) == 2
        starts = sorted(s.start for documents in parts.values() for d in documents for s in d.sentences)
        assert starts == [sentence.start for sentence in self.ONE.sentences]
        assert all(d.text == self.ONE.text for documents in parts.values() for d in documents)

    @pytest.mark.parametrize("share", [0.001, 0.999])
    def test_always_leaves_something_on_either_side(self, share: float) -> None:
        parts = divided(self.MANY[:2], share)
        assert (len(parts["train"]), len(parts["validation"])) == (1, 1)

    def test_of_one_sentence_is_refused(self) -> None:
        with pytest.raises(ValueError, match="خ0: one sentence is too little to train on and to keep some back"):
            divided(self.MANY[:1], 0.1)

    def test_leaves_out_what_repeats_training_sentences_and_counts_it(self, caplog: pytest.LogCaptureFixture) -> None:
        copied = replace(self.ONE, id="نسخة", sentences=self.ONE.sentences[:3])
        fresh = Document.from_text("وصل الوفد إلى العاصمة مساء الخميس الماضي.", "جديد")
        with caplog.at_level(logging.WARNING, logger="trainer"):
            kept = without_repeats([copied, fresh], [self.ONE])
        assert [document.id for document in kept] == ["جديد"]
        assert [record.message for record in caplog.records] == [
            "3 validation sentences repeat training sentences and are left out"
        ]

    def test_keeps_the_other_sentences_of_a_document_with_a_repeated_one(self) -> None:
        text = self.ONE.text[self.ONE.sentences[5].start : self.ONE.sentences[5].end]
        mixed = Document.from_text(f"وصل الوفد إلى العاصمة مساء الخميس.\n{text}\nالطقس بارد.", "خليط")
        (kept,) = without_repeats([mixed], [self.ONE])
        assert [kept.text[s.start : s.end][:4] for s in kept.sentences] == ["وصل ", "الطق"]
        assert len(mixed.sentences) == 3

    def test_of_a_file_that_only_repeats_itself_is_refused(self) -> None:
        same = [Document.from_text("قصفت قوات النظام بلدة في ريف حلب أمس.", f"م{number}") for number in range(20)]
        with pytest.raises(ValueError, match="م0: every sentence that was kept back to choose on repeats one to train"):
            divided(same, 0.1)

    def test_share_comes_from_the_settings(self, names: Path) -> None:
        few, many = (load_training_data({str(names): 1.0}, validation_share=share) for share in (0.1, 0.5))
        assert len(few.validation) < len(many.validation)


def test_time_grows_with_the_number_of_words_even_in_one_long_document(tmp_path: Path, tiny_checkpoint: Path) -> None:
    # A hundred thousand words are no exception. Ten times as many words take ten times as long to read, divide and
    # encode; where time is quadratic it is a hundred times.
    encoder = SentenceEncoder(Tokenizer.from_file(str(tiny_checkpoint / "tokenizer.json")), 48)
    small, large = (seconds_of(write_words(tmp_path / f"{words}.iob2", words), encoder) for words in (6_000, 60_000))
    assert large < 20 * small


_LETTERS = "بتثجحخدذرزسشصضطظعغفقكلمنهي"


def write_words(path: Path, words: int) -> Path:
    """Write a document of sentences of ten words, with two entities each, that do not repeat each other."""
    draw = random.Random(words)
    tags = ["O", "O", "B-PER", "O", "O", "O", "B-GPE", "I-GPE", "O"]
    sentences = [
        "".join(f"{''.join(draw.choices(_LETTERS, k=3))} {tag}\n" for tag in tags) + ". O\n" for _ in range(words // 10)
    ]
    path.write_text("-DOCSTART- O\n\n" + "\n".join(sentences), encoding="utf-8")
    return path


def seconds_of(file: Path, encoder: SentenceEncoder) -> float:
    """Return the processor's time that it takes to get training rows from a file."""
    before = time.process_time()
    data = load_training_data({str(file): 1.0})
    rows = training_rows(data.rows(), encoder)
    assert len(rows) >= len(data.training)
    return time.process_time() - before
