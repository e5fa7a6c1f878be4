"""The ``marsad`` command from end to end: what it reads, writes and prints, and how it fails."""

from __future__ import annotations

import io
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
from trainer.documents import Document
from trainer.formats.jsonl import read_jsonl
from trainer.inference.api import load

CHECKOUT = Path(__file__).resolve().parents[1]
TEXT = marked_document(TRAINING).text
OTHER_TEXT = marked_document(VALIDATION).text


def give_stdin(monkeypatch: pytest.MonkeyPatch, content: str | bytes) -> None:
    data = content.encode("utf-8") if isinstance(content, str) else content
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def documents_in(path: Path) -> list[Document]:
    with path.open(encoding="utf-8") as lines:
        return list(read_jsonl(lines, str(path)))


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


class TestPredict:
    def test_a_text_file(self, marsad: Marsad, tiny_model: Path, tmp_path: Path) -> None:
        (tmp_path / "خبر.txt").write_text(TEXT, encoding="utf-8")
        output = tmp_path / "new" / "out.jsonl"
        result = marsad("predict", "--model", tiny_model, "--input", tmp_path / "خبر.txt", "--output", output)
        assert result.code == 0, result.err
        assert result.out == f"1 documents labelled: {output}\n"
        (document,) = documents_in(output)
        assert document.id == "خبر"
        assert document.text == TEXT
        assert document.entities == load(tiny_model).predict(TEXT).entities
        assert "قوات النظام" in output.read_text(encoding="utf-8")

    def test_a_folder(self, marsad: Marsad, tiny_model: Path, tmp_path: Path) -> None:
        folder = tmp_path / "texts"
        folder.mkdir()
        for name, text in (("b.txt", TEXT), ("a.txt", OTHER_TEXT), ("notes.md", "لا")):
            (folder / name).write_text(text, encoding="utf-8")
        assert marsad("predict", "--model", tiny_model, "--input", folder, "--output", tmp_path / "o.jsonl").code == 0
        assert [(d.id, d.text) for d in documents_in(tmp_path / "o.jsonl")] == [("a", OTHER_TEXT), ("b", TEXT)]

    def test_jsonl_keeps_ids_and_other_fields(self, marsad: Marsad, tiny_model: Path, tmp_path: Path) -> None:
        lines = [{"id": 7, "text": TEXT, "source": "وكالة"}, {"text": OTHER_TEXT}]
        source = tmp_path / "in.jsonl"
        source.write_text("\n\n".join(json.dumps(line) for line in lines), encoding="utf-8")
        assert marsad("predict", "--model", tiny_model, "--input", source, "--output", tmp_path / "o.jsonl").code == 0
        first, second = documents_in(tmp_path / "o.jsonl")
        assert (first.id, first.metadata, first.text) == ("7", {"source": "وكالة"}, TEXT)
        assert (second.id, second.text) == ("in:3", OTHER_TEXT)

    @pytest.mark.parametrize("kind", ["text", "jsonl"])
    def test_standard_input(
        self, marsad: Marsad, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
    ) -> None:
        give_stdin(monkeypatch, TEXT if kind == "text" else json.dumps({"id": "stdin", "text": TEXT}) + "\n")
        assert marsad("predict", "--model", tiny_model, "--input", "-", "--output", tmp_path / "o.jsonl").code == 0
        (document,) = documents_in(tmp_path / "o.jsonl")
        assert (document.id, document.text) == ("stdin", TEXT)
        assert document.entities

    def test_both_outputs_at_once(self, marsad: Marsad, tiny_model: Path, tmp_path: Path) -> None:
        (tmp_path / "in.txt").write_text(TEXT, encoding="utf-8")
        outputs = [tmp_path / "o.jsonl", tmp_path / "o.html"]
        arguments = [argument for output in outputs for argument in ("--output", output)]
        result = marsad("predict", "--model", tiny_model, "--input", tmp_path / "in.txt", *arguments)
        assert result.code == 0
        assert result.out == f"1 documents labelled: {outputs[0]}, {outputs[1]}\n"
        page = outputs[1].read_text(encoding="utf-8")
        (document,) = documents_in(outputs[0])
        assert 'dir="rtl"' in page
        assert document.entities
        assert all(entity.text in page for entity in document.entities)
        assert "قوة مسلحة" in page  # the schema's own name of ARMED

    def test_cleaning(self, marsad: Marsad, tiny_model: Path, tmp_path: Path) -> None:
        page = f"{TEXT}\nاقرأ أيضاً: قُتل أحمد الخالد في قصف على إدلب"
        (tmp_path / "in.txt").write_text(page, encoding="utf-8")
        ends = []
        for flag in ([], ["--clean"]):
            output = tmp_path / "o.jsonl"
            marsad("predict", "--model", tiny_model, "--input", tmp_path / "in.txt", "--output", output, *flag)
            (document,) = documents_in(output)
            assert document.text == page
            ends.append(document.sentences[-1].end)
        assert ends == [len(page), len(TEXT)]

    def test_rejected_lines_are_listed_and_the_others_labelled(
        self, marsad: Marsad, tiny_model: Path, tmp_path: Path
    ) -> None:
        source, output = tmp_path / "in.jsonl", tmp_path / "o.jsonl"
        lines = [json.dumps({"text": TEXT}), "{broken", json.dumps({"title": "بلا نص"}), json.dumps({"text": "قتل"})]
        source.write_text("\n".join(lines), encoding="utf-8")
        result = marsad("predict", "--model", tiny_model, "--input", source, "--output", output)
        assert result.code == 3
        assert f"rejected {source}:2: broken JSON" in result.err
        assert f"rejected {source}:3: the record has no 'text' string" in result.err
        assert result.err.splitlines()[-1] == "2 inputs rejected, listed above"
        assert [document.text for document in documents_in(output)] == [TEXT, "قتل"]

    def test_a_file_that_is_not_utf_8_is_rejected(self, marsad: Marsad, tiny_model: Path, tmp_path: Path) -> None:
        (tmp_path / "old.txt").write_bytes(TEXT.encode("cp1256", "ignore"))
        output = tmp_path / "o.jsonl"
        result = marsad("predict", "--model", tiny_model, "--input", tmp_path / "old.txt", "--output", output)
        assert result.code == 3
        assert "old.txt: cannot be read as UTF-8 text" in result.err
        assert output.read_bytes() == b""

    def test_a_text_with_lone_surrogates_is_written_and_read_back(
        self, marsad: Marsad, tiny_model: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "in.jsonl").write_text('{"text": "\\ud800 سيطرت قوات النظام"}\n', encoding="utf-8")
        outputs = ["--output", tmp_path / "o.jsonl", "--output", tmp_path / "o.html"]
        assert marsad("predict", "--model", tiny_model, "--input", tmp_path / "in.jsonl", *outputs).code == 0
        assert documents_in(tmp_path / "o.jsonl")[0].text == "\ud800 سيطرت قوات النظام"

    def test_a_wrong_input_leaves_earlier_results_as_they_are(
        self, marsad: Marsad, tiny_model: Path, tmp_path: Path
    ) -> None:
        output = tmp_path / "o.jsonl"
        output.write_text("earlier\n", encoding="utf-8")
        assert marsad("predict", "--model", tiny_model, "--input", tmp_path / "no.txt", "--output", output).code == 1
        assert output.read_text(encoding="utf-8") == "earlier\n"

    def test_the_input_is_never_overwritten(self, marsad: Marsad, tiny_model: Path, tmp_path: Path) -> None:
        source = tmp_path / "in.jsonl"
        source.write_text(json.dumps({"text": TEXT}), encoding="utf-8")
        same = tmp_path / "." / "in.jsonl"
        result = marsad("predict", "--model", tiny_model, "--input", source, "--output", same)
        assert result.code == 1
        assert "is the input; name another file" in result.err
        assert json.loads(source.read_text(encoding="utf-8")) == {"text": TEXT}


class TestErrors:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ("predict --input in.txt --output o.csv", "o.csv: the output's name must end in .jsonl or .html"),
            ("predict --model none --input in.txt --output o.jsonl", "none is no Marsad model"),
            ("predict --model {model} --input none.txt --output o.jsonl", "there is no file or folder none.txt"),
            ("predict --model {model} --input empty --output o.jsonl", "empty has no .txt files"),
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
