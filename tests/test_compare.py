"""``marsad compare``: two runs on the same sentences, or a sentence about why they cannot be compared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from trainer.cli.app import main
from trainer.crossval.compare import compare_runs
from trainer.crossval.results import RESULTS_FILE, RESULTS_VERSION
from trainer.evaluation.bootstrap import METHOD

GROUPS = [0] * 10 + [1] * 10
# Hits, predicted and gold items of twenty sentences.
GOOD = [[2, 2, 2]] * 16 + [[1, 2, 2]] * 4
POOR = [[1, 2, 2]] * 16 + [[0, 1, 2]] * 4
MODEL = {"entities": GOOD, "triggers": GOOD, "event_types": POOR}
LEXICON = {"entities": POOR, "triggers": GOOD, "event_types": POOR}
TFIDF = {"event_types": GOOD}
Counts = Mapping[str, list[list[int]]]


def system(*seeds: Counts) -> dict[str, Any]:
    return {"layers": list(seeds[0]), "counts": {str(seed): counts for seed, counts in enumerate(seeds, start=1)}}


def crossval(folder: Path, digest: str = "abc", groupings: tuple[str, ...] = ("stories",), **systems: Any) -> Path:
    """Write what a cross-validation leaves, as far as it is compared; return its folder."""
    grouping = {"groups": GROUPS, "systems": systems or {"model": system(MODEL)}}
    results = {
        "version": RESULTS_VERSION,
        "data": {"name": "صغير", "sha256": digest},
        "groupings": dict.fromkeys(groupings, grouping),
    }
    folder.mkdir()
    (folder / RESULTS_FILE).write_text(json.dumps(results), encoding="utf-8")
    return folder


def evaluation(path: Path, counts: Counts, split: str = "test", digest: str = "abc", **baselines: Counts) -> Path:
    """Write an evaluation report, as far as it is compared."""
    report: dict[str, Any] = {"split": split, "fingerprint": digest, "groups": GROUPS, "counts": counts}
    if baselines:
        report["baselines"] = {name: {"scores": {}, "counts": layers} for name, layers in baselines.items()}
    path.write_text(json.dumps(report), encoding="utf-8")
    return path


def test_two_cross_validations_are_compared_by_grouping_and_layer(tmp_path: Path) -> None:
    a = crossval(tmp_path / "a", groupings=("stories", "near-duplicates"), model=system(MODEL, MODEL))
    b = crossval(tmp_path / "b", groupings=("near-duplicates", "stories"), model=system(LEXICON))
    compared = compare_runs(a, b)
    assert list(compared) == ["near-duplicates", "stories"]
    for layers in compared.values():
        assert list(layers) == ["entities", "triggers", "event_types"]
        ours, theirs, difference = layers["entities"]
        assert (ours, theirs) == pytest.approx((2 * 36 / 80, 2 * 16 / 76))
        assert difference.mean == pytest.approx(ours - theirs)
        assert 0 < difference.low < difference.high
        assert difference.p == 0.0
        same = layers["triggers"][2]
        assert (same.mean, same.low, same.high, same.p) == (0.0, 0.0, 0.0, 1.0)


def test_seeds_are_averaged(tmp_path: Path) -> None:
    a = crossval(tmp_path / "a", model=system(MODEL, LEXICON))
    ours, theirs, difference = compare_runs(a, crossval(tmp_path / "b"))["stories"]["entities"]
    assert ours == pytest.approx((0.9 + 32 / 76) / 2)
    assert theirs == pytest.approx(0.9)
    assert difference.mean == pytest.approx(ours - theirs)


def test_only_groupings_and_layers_that_both_have_are_compared(tmp_path: Path) -> None:
    a = crossval(tmp_path / "a", groupings=("near-duplicates", "stories"))
    b = crossval(tmp_path / "b", model=system(MODEL), tfidf=system(TFIDF))
    compared = compare_runs(a, b, system_b="tfidf")
    assert {name: list(layers) for name, layers in compared.items()} == {"stories": ["event_types"]}


def test_two_systems_of_one_run_are_compared(tmp_path: Path) -> None:
    systems = {"model": system(MODEL), "random weights": system(LEXICON)}
    run = crossval(tmp_path / "run", **systems)
    there = compare_runs(run, run, system_b="random weights")["stories"]["entities"]
    back = compare_runs(run, run, "random weights", "model")["stories"]["entities"]
    assert there[:2] == back[1::-1]
    assert there[2].mean == -back[2].mean > 0


def test_two_evaluations_are_compared_by_their_split(tmp_path: Path) -> None:
    a, b = evaluation(tmp_path / "a.json", MODEL), evaluation(tmp_path / "b.json", LEXICON)
    compared = compare_runs(a, b)
    assert list(compared) == ["split test"]
    assert compared["split test"]["entities"][:2] == pytest.approx((0.9, 32 / 76))
    assert compared["split test"]["event_types"][2].p == 1.0


def test_a_model_is_compared_with_a_baseline_of_its_own_evaluation(tmp_path: Path) -> None:
    report = evaluation(tmp_path / "a.json", MODEL, lexicon=LEXICON, tfidf=TFIDF)
    assert compare_runs(report, report, system_b="lexicon")["split test"]["entities"][2].mean > 0
    compared = compare_runs(report, report, system_b="tfidf")["split test"]
    assert list(compared) == ["event_types"]
    assert compared["event_types"][2].mean < 0


def test_evaluations_of_no_sentences_do_not_differ(tmp_path: Path) -> None:
    report = tmp_path / "a.json"
    empty = {"split": "test", "fingerprint": "abc", "groups": [], "counts": {"entities": []}}
    report.write_text(json.dumps(empty), encoding="utf-8")
    ours, theirs, difference = compare_runs(report, report)["split test"]["entities"]
    assert (ours, theirs, difference.mean, difference.p) == (0.0, 0.0, 0.0, 1.0)


class TestRefusal:
    @pytest.fixture
    def run(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.chdir(tmp_path)
        return crossval(Path("run"), model=system(MODEL), tfidf=system(TFIDF), majority=system(LEXICON))

    def test_of_other_data(self, run: Path) -> None:
        other = crossval(Path("other"), digest="def")
        with pytest.raises(ValueError, match=r"^run and other were scored on different data \(corpus or annotation"):
            compare_runs(run, other)

    def test_of_evaluations_of_different_splits(self, tmp_path: Path) -> None:
        a, b = evaluation(tmp_path / "a.json", MODEL), evaluation(tmp_path / "b.json", MODEL, "validation", "def")
        with pytest.raises(ValueError, match="were scored on different data"):
            compare_runs(a, b)

    def test_of_a_cross_validation_with_an_evaluation(self, run: Path, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="were scored on different data"):
            compare_runs(run, evaluation(tmp_path / "a.json", MODEL, digest="of the split"))

    def test_of_runs_without_a_common_grouping(self, run: Path) -> None:
        other = crossval(Path("other"), groupings=("near-duplicates",))
        with pytest.raises(ValueError, match=r"^run and other have no grouping in common$"):
            compare_runs(run, other)

    @pytest.mark.parametrize("systems", [("crf", "model"), ("model", "crf")])
    def test_of_a_system_that_a_run_lacks(self, run: Path, systems: tuple[str, str]) -> None:
        with pytest.raises(ValueError, match=r"^run has no system 'crf'; it has model, tfidf, majority$"):
            compare_runs(run, run, *systems)

    def test_of_systems_without_a_common_layer(self, tmp_path: Path) -> None:
        run = crossval(tmp_path / "run", tfidf=system(TFIDF), spans=system({"entities": GOOD}))
        with pytest.raises(ValueError, match="'tfidf' and 'spans' predict nothing that both could be compared on"):
            compare_runs(run, run, "tfidf", "spans")

    @pytest.mark.parametrize("name", ["empty", "none", "none.json"])
    def test_of_what_is_no_run(self, run: Path, tmp_path: Path, name: str) -> None:
        (tmp_path / "empty").mkdir()
        for arguments in ((run, tmp_path / name), (tmp_path / name, run)):
            with pytest.raises(FileNotFoundError, match=rf"{name} has no results: give the output folder of a finish"):
                compare_runs(*arguments)

    @pytest.mark.parametrize(
        "content",
        [
            pytest.param('{"version": 1, "groupings": {"stories"', id="cut off"),
            pytest.param("", id="empty"),
            pytest.param("[]", id="a list"),
            pytest.param("3", id="a number"),
            pytest.param("{}", id="nothing in it"),
            pytest.param('{"groupings": {}}', id="no version"),
            pytest.param('{"version": 0, "groupings": {}, "data": {"sha256": "abc"}}', id="an older version"),
            pytest.param('{"split": "test", "scores": {}, "fingerprint": "abc"}', id="an evaluation without counts"),
            pytest.param("\ud800", id="not UTF-8"),
        ],
    )
    def test_of_a_damaged_file(self, run: Path, tmp_path: Path, content: str) -> None:
        damaged = tmp_path / "damaged.json"
        damaged.write_bytes(content.encode("utf-8", "surrogatepass"))
        for arguments in ((run, damaged), (damaged, run)):
            with pytest.raises(
                ValueError, match=r"damaged\.json holds no results of this version \(.*\); make it anew$"
            ):
                compare_runs(*arguments)


class TestTheCommand:
    @pytest.fixture(autouse=True)
    def _plain_output(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("MARSAD_DEBUG", raising=False)
        monkeypatch.setenv("COLUMNS", "400")

    def marsad(self, capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    def test_it_prints_one_row_for_each_grouping_and_layer(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        crossval(Path("حلب"), model=system(MODEL))
        crossval(Path("[bold]"), model=system(MODEL), **{"random weights": system(LEXICON)})
        code, out, err = self.marsad(capsys, "compare", "حلب", "[bold]", "--system-b", "random weights")
        assert (code, err) == (0, "")
        lines = out.splitlines()
        assert [line.rstrip() for line in lines[:2]] == ["A: حلب, model", "B: [bold], random weights"]
        rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in lines if line.startswith("│ stories")]
        assert [row[1] for row in rows] == ["entities", "triggers", "event types"]
        assert rows[0][2:5] == ["0.900", "0.421", "+0.479"]
        low, high = map(float, rows[0][5].split())
        assert 0.3 < low < 0.479 < high < 0.6
        assert rows[0][6] == "<0.001"
        assert rows[1][2:] == ["0.900", "0.900", "+0.000", "+0.000 +0.000", "1.000"]
        assert lines[-1] == f"{METHOD}, paired; p is two-sided"

    def test_an_error_is_one_sentence(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        a, b = crossval(tmp_path / "a"), crossval(tmp_path / "b", digest="def")
        code, out, err = self.marsad(capsys, "compare", a, b)
        assert (code, out) == (1, "")
        assert err.startswith(f"error: {a} and {b} were scored on different data")
        assert len(err.splitlines()) == 1
