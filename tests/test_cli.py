"""The ``marsad`` command from end to end: what it reads, writes and prints, and how it fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import QUICK_RUN, SPLITS, TRAINING, VALIDATION, Marsad, marked_document, write_tiny_corpus

from trainer import __version__
from trainer.cli.app import main
from trainer.inference.api import load

CHECKOUT = Path(__file__).resolve().parents[1]
TEXT = marked_document(TRAINING).text
OTHER_TEXT = marked_document(VALIDATION).text


@pytest.fixture
def config(tmp_path: Path, tiny_corpus: Path, tiny_checkpoint: Path) -> Path:
    """A config file for a run of a second."""
    values = {**QUICK_RUN, "num_train_epochs": 2, "encoder": str(tiny_checkpoint), "data": str(tiny_corpus)}
    path = tmp_path / "quick.yaml"
    path.write_text(yaml.safe_dump({**values, "output_dir": str(tmp_path / "run")}), encoding="utf-8")
    return path


class TestTheCommand:
    def test_help_names_the_subcommands_and_the_arabic_name(self, marsad: Marsad) -> None:
        result = marsad("--help")
        assert result.code == 0
        assert "مرصد" in result.out
        for name in ("train", "evaluate", "crossval", "compare", "predict", "data", "encoder"):
            assert name in result.out

    def test_version(self, marsad: Marsad) -> None:
        assert marsad("--version").out == f"marsad {__version__}\n"

    @pytest.mark.parametrize(
        "arguments",
        [
            *(["predict"], ["train"], ["evaluate", "a"], ["crossval"], ["crossval", "a", "--jobs", "0"]),
            *(["compare", "a"], ["nonsense"], ["data", "nonsense"]),
        ],
    )
    def test_a_wrong_command_line_is_a_usage_error(self, marsad: Marsad, arguments: list[str]) -> None:
        result = marsad(*arguments)
        assert result.code == 2
        assert "Traceback" not in result.err

    @pytest.mark.parametrize("name", ["train_model", "evaluate_model", "predict_files", "build_dataset"])
    def test_the_scripts_are_the_subcommands(self, name: str, tmp_path: Path) -> None:
        done = subprocess.run(
            [sys.executable, CHECKOUT / "scripts" / f"{name}.py", "--help"],
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=True,
        )
        command = {"build_dataset": "data build"}.get(name, name.partition("_")[0])
        assert f"{name}.py {command}" in done.stdout


class TestTrainAndEvaluate:
    def test_a_run_from_training_to_evaluation(
        self, marsad: Marsad, config: Path, tmp_path: Path, tiny_corpus: Path
    ) -> None:
        trained = marsad("train", config, "--num-train-epochs", "20", "--seed=3")
        assert trained.code == 0, trained.err
        assert "Scores: validation" in trained.out
        assert trained.out.splitlines()[-1] == f"model: {tmp_path / 'run' / 'model'}"
        assert [line.split()[0] for line in trained.err.splitlines()].count("epoch") == 20

        built = marsad("data", "build", tiny_corpus, "--output", tmp_path / "dataset")
        assert built.code == 0
        assert "train 10, validation 3, test 2" in built.out

        scores = tmp_path / "new" / "scores.json"
        evaluated = marsad(
            *("evaluate", tmp_path / "run" / "model", tmp_path / "dataset", "--baselines", "--output", scores)
        )
        assert evaluated.code == 0, evaluated.err
        for name in ("Scores: run on test", "majority", "lexicon", "macro", f"written: {scores}"):
            assert name in evaluated.out
        report = json.loads(scores.read_text(encoding="utf-8"))
        assert (report["split"], report["documents"]) == ("test", ["x1"])
        assert report["model"] == load(tmp_path / "run" / "model").info
        assert set(report["baselines"]) == {"majority", "lexicon", "crf", "tfidf"}
        assert 0.0 < report["scores"]["triggers"]["micro"]["f1"] <= 1.0
        for layer, value in report["intervals"].items():
            assert value["low"] <= value["mean"] <= value["high"]
            assert value["mean"] == pytest.approx(report["scores"][layer]["micro"]["f1"])
            assert len(report["counts"][layer]) == len(report["groups"]) == 2
        assert f"entities {report['intervals']['entities']['mean']:.3f} [" in evaluated.out

        compared = marsad("compare", scores, scores, "--system-b", "majority")
        assert compared.code == 0, compared.err
        rows = [line for line in compared.out.splitlines() if "split test" in line]
        assert [" entities " in row for row in rows] == [True, False, False]
        assert f" {report['scores']['entities']['micro']['f1']:.3f} " in rows[0]

    def test_evaluation_of_another_split(self, marsad: Marsad, tiny_model: Path, tiny_corpus: Path) -> None:
        result = marsad("evaluate", tiny_model, tiny_corpus, "--split", "validation", "--allow-leaks")
        metrics = json.loads((tiny_model / "metrics.json").read_text(encoding="utf-8"))
        assert result.code == 0
        assert f"{metrics['entities']['micro']['f1']:.3f}" in result.out

    def test_a_split_without_sentences_scores_nought(self, marsad: Marsad, tiny_model: Path, tmp_path: Path) -> None:
        corpus = write_tiny_corpus(tmp_path / "corpus", {**SPLITS, "test": {}})
        result = marsad("evaluate", tiny_model, corpus, "--output", tmp_path / "scores.json")
        assert result.code == 0, result.err
        report = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))
        assert {value["mean"] for value in report["intervals"].values()} == {0.0}
        assert report["counts"] == {"entities": [], "triggers": [], "event_types": []}

    def test_the_bundled_encoder_is_named(self, marsad: Marsad, bundled_encoder: Path) -> None:
        assert marsad("encoder", "build").out == f"encoder: {bundled_encoder}\n"


class TestErrors:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ("predict --model {model} --input in.txt --output o.doc", "o.doc: the name of an output must end in"),
            ("predict --model none --input in.txt --output o.jsonl", "none is no Marsad model"),
            ("predict --model {model} --input none.txt --output o.jsonl", "there is no file or folder none.txt"),
            ("predict --model {model} --input empty --output o.jsonl", "empty has nothing to read"),
            ("train none.yaml", "none.yaml"),
            ("train {config} --learning_rte 1", "unknown setting 'learning_rte'; did you mean 'learning_rate'?"),
            ("train {config} --seed many", "'seed' is 'many'"),
            ("train {config} --seed", "--seed has no value"),
            ("train {config} --encoder ./none", "encoder './none' is a path, and there is no such folder"),
            ("train {config} --encoder marsad-tests/none", "nor reachable on the model hub"),
            ("train {config} --window 500", "window 500 is too long"),
            ("train {config} --data none.yaml", "none.yaml is neither a dataset folder"),
            ("train {config} --data broken.yaml", "broken.yaml"),
            ("evaluate {model} none.yaml", "none.yaml is neither a dataset folder"),
            ("evaluate {model} {corpus} --split dev", "has no split 'dev'; it has train, validation, test"),
            ("evaluate none {corpus}", "none is no Marsad model"),
            ("crossval none.yaml", "none.yaml"),
            ("crossval {config} --seeds a", "--seeds is 'a'; give numbers with commas between them"),
            ("compare none none", "none has no results: give the output folder of a finished 'marsad crossval'"),
            ("evaluate {model} {checkout}/data/dataset.yaml", "have different labels"),
            ("data build none.yaml", "none.yaml"),
            ("data build {corpus} --output notes", "notes exists and is no dataset folder"),
            ("encoder build --source in.txt --output new", "in.txt has SHA-256"),
            ("encoder build --from {checkpoint} --output new", "only a SentencePiece unigram one can be pruned"),
        ],
    )
    def test_an_error_is_one_sentence_on_standard_error(
        self,
        marsad: Marsad,
        config: Path,
        tiny_model: Path,
        tiny_corpus: Path,
        tiny_checkpoint: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        arguments: str,
        message: str,
    ) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "in.txt").write_text(TEXT, encoding="utf-8")
        (tmp_path / "broken.yaml").write_text("name: [", encoding="utf-8")
        (tmp_path / "empty").mkdir()
        (tmp_path / "notes").mkdir()
        (tmp_path / "notes" / "mine.txt").write_text("لا تحذف", encoding="utf-8")
        paths = {
            **{"config": config, "model": tiny_model, "corpus": tiny_corpus},
            **{"checkpoint": tiny_checkpoint, "checkout": CHECKOUT},
        }
        result = marsad(*(part.format(**paths) for part in arguments.split()))
        assert result.code == 1
        assert result.out == ""
        lines = result.err.splitlines()
        assert len(lines) == 1
        assert lines[0].startswith("error: ")
        assert message in lines[0]
        assert (tmp_path / "notes" / "mine.txt").exists()

    def test_square_brackets_in_a_name_are_printed_as_they_are(self, marsad: Marsad, tmp_path: Path) -> None:
        assert "[bold]none[/].yaml" in marsad("train", "[bold]none[/].yaml").err

    def test_debug_shows_the_traceback(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MARSAD_DEBUG", "")
        with pytest.raises(FileNotFoundError):
            main(["--debug", "train", "none.yaml"])


class TestLocale:
    @pytest.mark.parametrize("locale", [{"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}, {"LANG": "C"}])
    @pytest.mark.parametrize(
        ("arguments", "code", "expected"),
        [
            (["--help"], 0, "Marsad (مرصد)"),
            (["data", "clean", "page", "cleaned"], 0, "dropped (read-also): اقرأ أيضاً: خبر آخر"),
            (["data", "clean", "مفقود", "cleaned"], 1, "is neither a .txt file"),
        ],
    )
    def test_arabic_is_printed_whatever_the_locale(
        self, tmp_path: Path, locale: dict[str, str], arguments: list[str], code: int, expected: str
    ) -> None:
        (tmp_path / "page").mkdir()
        (tmp_path / "page" / "1.txt").write_text("سيطرت قوات النظام\nاقرأ أيضاً: خبر آخر\n", encoding="utf-8")
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG", "PYTHON"))}
        done = subprocess.run(
            [sys.executable, "-m", "trainer", *arguments],
            cwd=tmp_path,
            env={**kept, **locale, "PYTHONPATH": str(CHECKOUT)},
            capture_output=True,
            timeout=60,
            check=False,
        )
        printed = (done.stdout + done.stderr).decode("utf-8")
        assert done.returncode == code, printed
        assert expected in printed
        assert "Traceback" not in printed
