"""A score on sentences that the model was made from is refused, or marked wherever it is shown."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import SPLITS, TEST, TRAINING, marked_document, write_tiny_corpus

from trainer.cli.app import main
from trainer.data.near_duplicates import FINGERPRINTS_FILE
from trainer.documents import Document
from trainer.evaluation.leaks import LeakError, check_leaks, leak_mark
from trainer.evaluation.report import evaluate_model
from trainer.inference.predictor import Predictor

MIXED = {"x1": [*TEST, TRAINING[3].replace("أ", "ا"), SPLITS["validation"]["v1"][1]], "x2": [TRAINING[0]]}


@pytest.fixture(scope="module")
def mixed_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus whose test split has sentences of the tiny model's training and validation."""
    return write_tiny_corpus(tmp_path_factory.mktemp("mixed"), {**SPLITS, "test": MIXED})


@pytest.fixture
def older_model(tiny_model: Path, tmp_path: Path) -> Path:
    """A copy of the tiny model without fingerprints, as older versions wrote it."""
    folder = Path(shutil.copytree(tiny_model, tmp_path / "older" / "model"))
    (folder / FINGERPRINTS_FILE).unlink()
    return folder


def marsad(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    printed = capsys.readouterr()
    return int(ended.value.code or 0), printed.out, printed.err


@pytest.fixture(autouse=True)
def _plain_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MARSAD_DEBUG", raising=False)
    monkeypatch.setenv("COLUMNS", "200")


class TestRefusal:
    def test_a_test_split_of_other_sentences_is_scored(self, tiny_model: Path, tiny_corpus: Path) -> None:
        report = evaluate_model(tiny_model, tiny_corpus)
        assert report["leaks"] == {"sentences": 0, "of": 2, "trained_on": 0, "chosen_on": 0, "examples": []}
        assert "leaks_note" not in report
        assert leak_mark(report) == ""

    @pytest.mark.parametrize(
        ("split", "count"),
        [
            ("train", "10 of 10 sentences were trained on when this model was made: "),
            ("validation", "3 of 3 sentences were chosen on (to choose its checkpoint and thresholds) when this"),
        ],
    )
    def test_what_the_model_was_made_from_is_not(
        self, tiny_model: Path, tiny_corpus: Path, split: str, count: str
    ) -> None:
        with pytest.raises(LeakError) as refused:
            evaluate_model(tiny_model, tiny_corpus, split)
        assert str(refused.value).startswith(count)

    def test_a_near_duplicate_is_refused_like_a_copy(self, tiny_model: Path) -> None:
        original = marked_document(TRAINING[3:4]).text
        edited = original.replace("بلدة", "قرية")
        assert edited != original
        with pytest.raises(LeakError, match=r"^1 of 2 .* sentence 1 of document x9 is .* t1 \(similarity 0\.62\)"):
            check_leaks(tiny_model, [Document.from_text(f"{edited}\nهدوء في المدينة اليوم.", "x9")])

    def test_nothing_is_predicted_before(
        self, tiny_model: Path, tiny_corpus: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Predictor, "predict", lambda *arguments: pytest.fail("it was scored"))
        with pytest.raises(LeakError):
            evaluate_model(tiny_model, tiny_corpus, "train")

    def test_the_command_says_which_sentences_and_what_to_do(
        self, tiny_model: Path, mixed_corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        scores = tmp_path / "scores.json"
        code, out, err = marsad(capsys, "evaluate", tiny_model, mixed_corpus, "--output", scores)
        assert (code, out) == (1, "")
        assert not scores.exists()
        assert err == (
            "error: 3 of 5 sentences were used, 2 trained on and 1 chosen on (to choose its checkpoint and "
            "thresholds) when this model was made: sentence 3 of document x1 is sentence 4 of t1 (the same words); "
            "sentence 4 of document x1 is sentence 2 of v1 (the same words); sentence 1 of document x2 is sentence 1 "
            "of t1 (the same words). Their score says nothing about new articles. Score other documents, or give "
            "--allow-leaks to have the score all the same, marked as leaked\n"
        )

    def test_of_many_sentences_the_first_are_named_and_the_others_counted(
        self, tiny_model: Path, tiny_corpus: Path
    ) -> None:
        with pytest.raises(LeakError, match=r"sentence 3 of t1 \(the same words\); and 7 more\. Their") as refused:
            evaluate_model(tiny_model, tiny_corpus, "train")
        assert "sentence 4" not in str(refused.value)


class TestAllowed:
    def test_the_report_counts_the_leaks_and_shows_some(self, tiny_model: Path, mixed_corpus: Path) -> None:
        leaks = evaluate_model(tiny_model, mixed_corpus, allow_leaks=True)["leaks"]
        examples = leaks.pop("examples")
        assert leaks == {"sentences": 3, "of": 5, "trained_on": 2, "chosen_on": 1}
        assert examples[0] == {
            "document": "x1",
            "sentence": 2,
            "training_document": "t1",
            "training_sentence": 3,
            "similarity": 1.0,
            "exact": True,
            "use": "trained_on",
        }
        assert [(e["document"], e["training_document"], e["use"]) for e in examples[1:]] == [
            ("x1", "v1", "chosen_on"),
            ("x2", "t1", "trained_on"),
        ]

    def test_every_printed_table_and_the_written_report_are_marked(
        self, tiny_model: Path, tiny_corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        scores = tmp_path / "scores.json"
        options = ("--split", "train", "--baselines", "--allow-leaks", "--output", scores)
        code, out, err = marsad(capsys, "evaluate", tiny_model, tiny_corpus, *options)
        assert (code, err) == (0, "")
        titles = [line for line in out.splitlines() if " on train" in line]
        assert len(titles) >= 2
        assert all("train (LEAKED: 10 of 10 sentences were trained on)" in title for title in titles)
        leaks = json.loads(scores.read_text(encoding="utf-8"))["leaks"]
        assert (leaks["sentences"], leaks["trained_on"], len(leaks["examples"])) == (10, 10, 10)

    def test_where_nothing_leaks_nothing_is_marked(
        self, tiny_model: Path, tiny_corpus: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        code, out, err = marsad(capsys, "evaluate", tiny_model, tiny_corpus, "--allow-leaks")
        assert (code, err) == (0, "")
        assert "on test" in out
        assert "LEAKED" not in out

    @pytest.mark.parametrize(
        ("counts", "mark"),
        [
            ((12, 17, 12, 0), " (LEAKED: 12 of 17 sentences were trained on)"),
            ((3, 17, 0, 3), " (LEAKED: 3 of 17 sentences were chosen on)"),
            ((12, 17, 9, 3), " (LEAKED: 12 of 17 sentences were used, 9 trained on and 3 chosen on)"),
            ((0, 17, 0, 0), ""),
        ],
    )
    def test_the_mark_says_how_many_and_what_for(self, counts: tuple[int, ...], mark: str) -> None:
        names = ("sentences", "of", "trained_on", "chosen_on")
        assert leak_mark({"leaks": dict(zip(names, counts, strict=True))}) == mark


class TestModelsThatCannotTell:
    def test_a_model_without_fingerprints_is_scored_with_a_warning(
        self, older_model: Path, tiny_corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        scores = tmp_path / "scores.json"
        code, out, err = marsad(capsys, "evaluate", older_model, tiny_corpus, "--split", "train", "--output", scores)
        assert code == 0
        assert "Scores: older on train" in out
        assert "LEAKED" not in out
        assert err.startswith("warning: the model has no training_sentences.npz, so nobody could check")
        assert len(err.splitlines()) == 1
        report: dict[str, Any] = json.loads(scores.read_text(encoding="utf-8"))
        assert report["leaks"] is None
        assert err == f"warning: {report['leaks_note']}\n"

    def test_damaged_fingerprints_stop_the_evaluation_even_if_leaks_are_allowed(
        self, older_model: Path, tiny_corpus: Path
    ) -> None:
        (older_model / FINGERPRINTS_FILE).write_bytes(b"\x00")
        with pytest.raises(ValueError, match=r"training_sentences\.npz is no file of sentence fingerprints"):
            evaluate_model(older_model, tiny_corpus, allow_leaks=True)

    def test_the_fingerprints_do_not_change_what_a_model_is(self, older_model: Path, tiny_model: Path) -> None:
        assert Predictor(older_model).info["fingerprint"] == Predictor(tiny_model).info["fingerprint"]

    def test_no_documents_leak_nothing(self, tiny_model: Path) -> None:
        assert check_leaks(tiny_model, [])["leaks"]["of"] == 0
