"""Text for training only: learnt from in every run and fold, never tested or chosen on, and kept apart from gold."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from conftest import QUICK_RUN, TRAINING, write_tiny_corpus

from trainer.crossval.fold_run import run_task
from trainer.crossval.plan import CrossvalOptions, crossval_corpus, folds_of, leaks_of, tasks_of
from trainer.crossval.results import collect_results
from trainer.crossval.tables import headline_tables
from trainer.data.check import check_corpus
from trainer.data.corpus import load_corpus
from trainer.data.division import share_of
from trainer.data.storage import build_dataset, load_data, training_sources
from trainer.documents import Document
from trainer.evaluation.leaks import LeakError
from trainer.evaluation.report import evaluate_model
from trainer.evaluation.seen_spans import SEEN_SPANS_FILE, load_seen_spans
from trainer.training.run import train
from trainer.training.settings import SettingsError, check_settings

WRITTEN = """\
## w1 register=wire
{سيطرت|CAPTURE} [فصائل محلية|ARMED] على [بلدة سرمين|GPE] ليلاً.
## w2
{قُتل|KILL} [سامر الحمصي|PER] في {قصف|SHELLING} على [دمشق|GPE].
## w3
تحدث [سامر الحمصي|PER] عن الأسواق.
## w4
{قصفت|SHELLING} [قوات النظام|ARMED] [بلدة كفرنبل|GPE] فجراً.
"""


def corpus_with(folder: Path, written: str = WRITTEN, **changes: object) -> Path:
    path = write_tiny_corpus(folder)
    (folder / "written").mkdir()
    (folder / "written" / "one.marked").write_text(written, encoding="utf-8")
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump({**content, "training_only": "written", **changes}), encoding="utf-8")
    return path


def test_the_corpus_has_it_beside_its_splits(tmp_path: Path) -> None:
    corpus = load_corpus(corpus_with(tmp_path / "c"))
    assert [document.id for document in corpus.training_only] == ["w1", "w2", "w3", "w4"]
    assert not {"w1", "w2"} & {document.id for document in corpus.documents}


def test_a_document_cannot_be_tested_and_written(tmp_path: Path) -> None:
    path = corpus_with(tmp_path / "c", "## x1\nخبر.\n")
    with pytest.raises(ValueError, match="document x1 stands in a split and in what is for training only"):
        load_corpus(path)


def test_a_split_cannot_have_its_name(tmp_path: Path) -> None:
    path = corpus_with(tmp_path / "c", splits={"training_only": ["t1"]})
    with pytest.raises(ValueError, match="no split can be called 'training_only'"):
        load_corpus(path)


def test_the_dataset_folder_keeps_it_as_a_split_of_its_own(tmp_path: Path) -> None:
    path = corpus_with(tmp_path / "c")
    build_dataset(path, tmp_path / "built")
    built, direct = load_data(tmp_path / "built")[0], load_data(path)[0]
    assert sorted(built) == ["test", "train", "training_only", "validation"]
    assert built["training_only"].to_dict() == direct["training_only"].to_dict()


def test_shares_are_nested_and_whole_documents() -> None:
    documents = [Document.from_text("خبر", id=f"w{number}") for number in range(40)]
    shares = [{d.id for d in share_of(documents, share)} for share in (0, 0.25, 0.5, 1)]
    assert [len(share) for share in shares] == [0, 10, 20, 40]
    assert all(small <= large for small, large in pairwise(shares))


def test_a_run_is_trained_on_it_and_says_so(tmp_path: Path) -> None:
    path = corpus_with(tmp_path / "c")
    values = {
        **QUICK_RUN,
        "num_train_epochs": 2,
        "data": str(path),
        "output_dir": str(tmp_path / "out"),
        "encoder": "bundled",
    }
    settings, arguments = check_settings({**values, "training_only_share": 0.5}, "test")
    train(settings, arguments)
    sources = training_sources(load_data(path)[0], 0.5)
    kept = [document.id for document in sources["training_only"]]
    assert len(kept) == 2
    seen = load_seen_spans(settings.model_folder)
    assert list(seen) == ["train", "training_only"]
    assert "سامر" not in (settings.model_folder / SEEN_SPANS_FILE).read_text(encoding="utf-8")
    report = evaluate_model(settings.model_folder, path, "test")
    shares = report["in_training"]
    assert shares["train"]["entities"]["of"] == 3
    assert 0 < shares["train"]["entities"]["share"] <= 1
    # A sentence that was written for training cannot be tested on.
    (tmp_path / "c" / "gold" / "x1.txt").write_text(
        next(d for d in sources["training_only"] if d.id == kept[0]).text + " مرة أخرى", encoding="utf-8"
    )
    (tmp_path / "c" / "gold" / "x1.ann").write_text("", encoding="utf-8")
    with pytest.raises(LeakError):
        evaluate_model(settings.model_folder, path, "test")


@pytest.mark.parametrize(("key", "value"), [("training_only_share", "1.5"), ("training_only_share", "-1")])
def test_shares_and_repeats_out_of_range_are_refused(key: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"'{key}' is '{value}': input should be"):
        check_settings({"data": "a", "output_dir": "b", key: value}, "test")


def test_six_words_that_stand_in_an_article_are_a_problem(tmp_path: Path) -> None:
    quoted = "## w1\nقال مراسلنا: قصفت قوات النظام بلدةً في ريف حلب.\n"
    report = check_corpus(corpus_with(tmp_path / "c", quoted))
    assert report.problems[-1] == (
        "w1: the words 'قوات النظام بلده في ريف حلب' stand in t1; write what is not in an article"
    )
    other = check_corpus(corpus_with(tmp_path / "d", quoted.replace("ريف", "محيط")))
    assert not any(problem.startswith("w1") for problem in other.problems)


def test_mistakes_in_it_are_found_with_their_line(tmp_path: Path) -> None:
    path = corpus_with(tmp_path / "c", "## w1\n[حلب|CITY]\n")
    assert check_corpus(path).problems[-1:] == [
        f"{tmp_path / 'c' / 'written' / 'one.marked'}:2: CITY 'حلب' (0..3): the schema has no label CITY"
    ]


# ------------------------------------------------------------------------------------- cross-validation


@pytest.fixture(scope="module")
def crossval(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """Results of two folds and of an outside corpus, with written text, baselines only (they train fast)."""
    folder = tmp_path_factory.mktemp("crossval")
    path = corpus_with(folder / "c")
    outside = write_tiny_corpus(
        folder / "o", {"test": {"o1": ("{قُتل|KILL} [عمر الحلبي|PER] في [دمشق|GPE].",), "o2": TRAINING[4:5]}}
    )
    config = folder / "run.yaml"
    values = {
        **QUICK_RUN,
        "num_train_epochs": 1,
        "data": str(path),
        "output_dir": str(folder / "out"),
        "encoder": "bundled",
    }
    config.write_text(yaml.safe_dump(values), encoding="utf-8")
    options = CrossvalOptions(
        str(config), seeds=(1,), outside=str(outside), random_weights=False, folds=2, allow_leaks=True
    )
    corpus = crossval_corpus(options)
    folds = folds_of(corpus, options)
    tasks = tasks_of(folds, options, corpus)
    for task in tasks:
        run_task(task, folder / "results")
    results = collect_results(tasks, folder / "results", corpus, leaks_of(folds, corpus, options))
    return {"results": results, "options": options, "corpus": corpus, "tasks": tasks, "folder": folder}


def test_the_outside_corpus_is_a_grouping_tested_once_by_models_of_all_articles(crossval: dict) -> None:
    outside = crossval["results"]["groupings"]["outside"]
    assert [fold["test"] for fold in outside["folds"]] == [("o1", "o2")]
    assert set(outside["folds"][0]["training"]) == {"t1", "t2", "v1", "x1"}
    assert outside["documents"] == ["o1", "o2"]
    assert outside["groups"] == [0, 0]
    assert set(outside["systems"]) == {"model", "majority", "lexicon", "crf", "tfidf"}


def test_written_text_is_learnt_from_in_every_fold_and_its_share_is_told(crossval: dict) -> None:
    for task in crossval["tasks"]:
        stored = json.loads(task.path(crossval["folder"] / "results").read_text(encoding="utf-8"))
        assert stored["training_only"]["documents"] == 4
    grouping = crossval["results"]["groupings"]["outside"]
    # Of عمر الحلبي and دمشق, the written text has the second.
    assert grouping["training_only_shares"]["entities"] == {"seen": 1, "of": 2, "share": 0.5}
    assert grouping["training_only_shares"]["triggers"]["share"] == 1.0
    assert grouping["systems"]["lexicon"]["seen"]["0"]["entities"]["seen"]["support"] == 1
    titles = [table.title for table in headline_tables(crossval["results"])]
    told = "share of the tested spans that stand in the text for training only, too; folds by "
    assert len([title for title in titles if title.startswith(told)]) == 2


def test_the_share_of_a_run_decides_what_folds_learn_from(crossval: dict) -> None:
    options = crossval["options"]
    less = crossval_corpus(CrossvalOptions(options.config, {"training_only_share": "0"}, outside=options.outside))
    assert less.training_only == []
    keys = {task.key for task in tasks_of(folds_of(less, options), options, less)}
    assert not keys & {task.key for task in crossval["tasks"]}


def test_a_leak_from_written_text_into_a_tested_sentence_is_refused(tmp_path: Path) -> None:
    path = corpus_with(tmp_path / "c", "## w1\nقصفت قوات النظام بلدة في ريف حلب، وقُتل محمد العلي!\n")
    config = tmp_path / "run.yaml"
    config.write_text(yaml.safe_dump({"data": str(path), "output_dir": "out"}), encoding="utf-8")
    options = CrossvalOptions(str(config))
    corpus = crossval_corpus(options)
    with pytest.raises(LeakError, match="is sentence 1 of w1"):
        leaks_of(folds_of(corpus, options), corpus, options)


def test_an_outside_corpus_that_the_groupings_leave_out_is_refused(crossval: dict) -> None:
    options = crossval["options"]
    with pytest.raises(SettingsError, match="would not be tested on: add --grouping outside"):
        crossval_corpus(replace(options, groupings=("stories",)))


@pytest.mark.parametrize(
    ("documents", "schema", "problem"),
    [({"t1": ("خبر.",)}, None, "document t1 stands in the corpus"), ({"o": ("خبر.",)}, "GPE", "have different labels")],
)
def test_an_outside_corpus_must_be_another_with_the_same_labels(
    tmp_path: Path, documents: dict, schema: str | None, problem: str
) -> None:
    path, outside = write_tiny_corpus(tmp_path / "c"), write_tiny_corpus(tmp_path / "o", {"test": documents})
    if schema:
        text = (tmp_path / "o" / "schema.yaml").read_text(encoding="utf-8")
        (tmp_path / "o" / "schema.yaml").write_text(text.replace("name: GPE", "name: CITY"), encoding="utf-8")
    config = tmp_path / "run.yaml"
    config.write_text(yaml.safe_dump({"data": str(path), "output_dir": "out"}), encoding="utf-8")
    with pytest.raises(ValueError, match=problem):
        crossval_corpus(CrossvalOptions(str(config), outside=str(outside)))
