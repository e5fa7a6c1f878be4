"""``marsad crossval --report``: a section a grouping, the errors of every seed, and learning curves of several runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import test_crossval
from conftest import SCHEMA, Marsad, marked_document
from evaluation_samples import tables
from parsed_pages import parsed

from trainer import side_by_side
from trainer.crossval import fold_run
from trainer.data.dataset import dataset_to_documents, documents_to_dataset
from trainer.documents import Document
from trainer.modeling.tagger import Thresholds
from trainer.pages import evaluation_plots
from trainer.pages.layer_names import LAYER_NAMES
from trainer.schema import Schema

QUICK = ("--no-random-weights", "--no-baselines")


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw nothing: that takes longer than everything else."""
    monkeypatch.setattr(evaluation_plots, "section_pictures", lambda section, names: {})


@pytest.fixture
def mistaken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run cross-validations in this process, with a model that knows everything but the first entity of a document.

    With seed 2 it does not know the first event of the document either.
    """

    def fit(training: Any, validation: Any, schema: Schema, settings: Any, arguments: Any) -> Any:
        def tag(documents: Sequence[Document]) -> list[Document]:
            known = [marked_document(test_crossval.ARTICLES[document.id], document.id) for document in documents]
            for document in known:
                document.keep_layers(schema.layers)
            # By way of rows of words, as the documents are that a fold tests.
            found = dataset_to_documents(documents_to_dataset(known, schema))
            for document in found:
                del document.entities[:1]
                if arguments.seed == 2:
                    del document.events[:1]
                if "event_types" in schema.layers:
                    document.set_event_types_from_triggers()
            return found

        return SimpleNamespace(tagger=SimpleNamespace(tag=tag, thresholds=Thresholds(), roles=[]))

    monkeypatch.setattr(side_by_side, "ProcessPoolExecutor", test_crossval.PoolOfThisProcess)
    monkeypatch.setattr(fold_run, "fit", fit)


@pytest.fixture
def config(tmp_path: Path, tiny_checkpoint: Path) -> Path:
    corpus = test_crossval.write_corpus(
        tmp_path / "corpus", groups=[test_crossval.COPIES], stories=test_crossval.GROUPS["stories"]
    )
    return test_crossval.write_config(tmp_path / "config.yaml", corpus, tiny_checkpoint)


@pytest.mark.usefixtures("mistaken", "undrawn")
class TestCrossvalReport:
    def test_every_grouping_is_a_section_with_the_errors_of_every_seed(
        self, marsad: Marsad, config: Path, tmp_path: Path
    ) -> None:
        folder = tmp_path / "report"
        result = marsad(
            *("crossval", config, "--output", tmp_path / "out", "--seeds", "1,2", "--no-random-weights"),
            *("--report", folder),
        )
        assert result.code == 0, result.err
        assert result.out.splitlines()[-1] == f"written: {folder / 'index.html'}"
        root = parsed((folder / "index.html").read_text(encoding="utf-8"))
        for key in ("near-duplicates", "stories"):
            (items,) = [items for items in root.all("ul", "wrongs") if items.attributes["id"] == f"{key}-list"]
            told = [item.all("p")[0].text() for item in items.all("li", "wrong")]
            assert len(set(told)) == len(told)
            assert sum("seed 1" in one for one in told) == 5
            # The first event of an article is in the sentence of its first entity, but for ب and ج.
            assert sum("seed 2" in one for one in told) == 7
        results = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
        value = results["groupings"]["stories"]["systems"]["model"]["summary"]["triggers"]
        cell = f"{value['mean']:.3f} [{value['low']:.3f} {value['high']:.3f}] ±{value['deviation']:.3f}"
        assert cell in root.text()
        assert root.text().count("معجم lexicon") == 2

    def test_its_folds_are_told(self, marsad: Marsad, config: Path, tmp_path: Path) -> None:
        folder = tmp_path / "report"
        marsad(
            *("crossval", config, "--output", tmp_path / "out", "--seeds", "1", *QUICK),
            *("--grouping", "stories", "--report", folder),
        )
        found = tables(parsed((folder / "index.html").read_text(encoding="utf-8")))
        assert found["الأقسام folds"][1:] == [["ا1, ا2, د", "ب, ج", "–"], ["ب, ج", "ا1, ا2, د", "–"]]

    def test_a_corpus_of_one_layer_has_a_page_of_that_layer(self, marsad: Marsad, config: Path, tmp_path: Path) -> None:
        schema = tmp_path / "corpus" / "schema.yaml"
        schema.write_text(SCHEMA.partition("events:")[0], encoding="utf-8")
        for path in (tmp_path / "corpus" / "gold").glob("*.ann"):
            lines = path.read_text(encoding="utf-8").splitlines()
            entities = [line for line in lines if line.split("\t")[1].split()[0] in ("PER", "GPE", "ARMED")]
            path.write_text("\n".join(entities) + "\n", encoding="utf-8")
        folder = tmp_path / "report"
        result = marsad(*("crossval", config, "--output", tmp_path / "out", "--seeds", "1", *QUICK, "--report", folder))
        assert result.code == 0, result.err
        text = parsed((folder / "index.html").read_text(encoding="utf-8")).text()
        assert LAYER_NAMES["entities"] in text
        assert LAYER_NAMES["triggers"] not in text

    def test_a_finished_run_gets_its_page_without_training(self, marsad: Marsad, config: Path, tmp_path: Path) -> None:
        command = ("crossval", config, "--output", tmp_path / "out", "--seeds", "1", *QUICK)
        assert marsad(*command).code == 0
        result = marsad(*command, "--report", tmp_path / "report")
        assert "6 of 6 folds are finished already" in result.err
        assert (tmp_path / "report" / "index.html").is_file()


@pytest.mark.usefixtures("mistaken", "undrawn")
class TestLearningCurve:
    @pytest.fixture
    def run(self, marsad: Marsad, config: Path, tmp_path: Path) -> Callable[..., Any]:
        """Run a cross-validation of one seed into a folder of some name."""

        def run(name: str, *options: Any) -> Any:
            basic = () if "--seeds" in options else ("--seeds", "1")
            return marsad("crossval", config, "--output", tmp_path / name, *basic, *QUICK, *options)

        return run

    def test_runs_with_other_shares_are_its_points_in_order(self, run: Callable[..., Any], tmp_path: Path) -> None:
        for share in ("0.5", "0"):
            assert run(f"share-{share}", "--grouping", "stories", "--training_only_share", share).code == 0
        result = run(
            *("all", "--grouping", "stories"),
            *("--curve", tmp_path / "share-0.5", "--curve", tmp_path / "share-0", "--report", tmp_path / "report"),
        )
        assert result.code == 0, result.err
        root = parsed((tmp_path / "report" / "index.html").read_text(encoding="utf-8"))
        curves = [table for table in root.all("table") if table.all("caption")[0].text() == "منحنى التعلّم: F1 micro"]
        assert [[row.all("th")[0].text() for row in table.all("tr")[1:]] for table in curves] == [["0", "0.5", "1"]]

    @pytest.mark.parametrize(
        ("options", "reason"),
        [
            (("--dropout", "0.25"), "--dropout is 0.25 there and not given here"),
            (("--seeds", "1,2"), "--seeds is 1,2 there and 1 here"),
            (("--without", "ب"), "--without is ب there and not given here"),
            (("--folds", "2"), "its folds by near-duplicates are others"),
            (("--grouping", "stories"), "it has no folds by near-duplicates"),
            ((), "has the training_only_share 1, as has this run"),
        ],
    )
    def test_other_runs_are_refused_and_it_is_said_why(
        self, run: Callable[..., Any], tmp_path: Path, options: Iterable[str], reason: str
    ) -> None:
        assert run("other", *options).code == 0
        result = run("all", "--curve", tmp_path / "other", "--report", tmp_path / "report")
        assert result.code == 1
        assert reason in " ".join(result.err.split())
        assert not (tmp_path / "all").exists(), "it was refused before any work"

    def test_so_are_results_of_other_data(self, run: Callable[..., Any], tmp_path: Path) -> None:
        assert run("other", "--training_only_share", "0").code == 0
        path = tmp_path / "other" / "results.json"
        results = json.loads(path.read_text(encoding="utf-8"))
        results["groupings"]["stories"]["sha256"] = "0" * 64
        path.write_text(json.dumps(results), encoding="utf-8")
        result = run("all", "--curve", tmp_path / "other", "--report", tmp_path / "report")
        assert "it was tested on other data" in " ".join(result.err.split())

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (None, "has no results.json: --curve takes output folders of finished"),
            ("{", "holds no results of this version"),
            ('{"version": 1, "groupings": {"stories": {}}}', "holds no results of this version"),
            ('{"version": 0}', "holds no results of this version"),
        ],
    )
    def test_so_is_a_folder_without_results(
        self, run: Callable[..., Any], tmp_path: Path, content: str | None, reason: str
    ) -> None:
        (tmp_path / "other").mkdir()
        if content is not None:
            (tmp_path / "other" / "results.json").write_text(content, encoding="utf-8")
        result = run("all", "--curve", tmp_path / "other", "--report", tmp_path / "report")
        assert result.code == 1
        assert reason in " ".join(result.err.split())

    def test_without_a_report_there_is_nowhere_to_show_it(self, run: Callable[..., Any], tmp_path: Path) -> None:
        result = run("all", "--curve", tmp_path)
        assert result.code == 1
        assert "--curve is for the page of --report" in result.err
