"""The benchmark of inference: the same sentences for all rows, turns, ratios within a round, honest comparisons."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from conftest import SENTENCES, TEXT, marked_document

from trainer.benchmark.measures import PACKAGES, agreement, count_words, draw_sentences, summarise
from trainer.benchmark.timed_systems import ROWS, Row, Worker
from trainer.documents import LAYERS, Document
from trainer.inference.processors import FLAGS

TORCH_ROWS = ["pipeline-32", "pipeline-1", "auto", "torch"]
NOT_EXPORTED = ["openvino", "onnx", "fp32-openvino", "fp32-onnx"]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    path = Path(__file__).resolve().parents[1] / "scripts" / "benchmark_inference.py"
    spec = importlib.util.spec_from_file_location("benchmark_inference", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Articles of one sentence each, and a line that is none."""
    file = tmp_path_factory.mktemp("archive") / "articles.jsonl"
    lines = [json.dumps({"text": text}, ensure_ascii=False) for text in SENTENCES]
    file.write_text("\n".join([*lines, "{"]) + "\n", encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def asked() -> list[tuple[str, str, int]]:
    """What was asked of the rows, in order: the row, the question and how many texts."""
    return []


@pytest.fixture(scope="module")
def run(
    script: ModuleType,
    archive: Path,
    asked: list[tuple[str, str, int]],
    tiny_model: Path,
    tiny_corpus: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Mapping[str, Any]:
    """The report of one round of all rows in this process."""
    output = tmp_path_factory.mktemp("benchmark") / "new" / "report.json"

    class Noted(Worker):
        def __init__(self, row: Row, *places: str) -> None:
            super().__init__(row, *places)
            self._name = row.name

        def ask(self, name: str, texts: Any = ()) -> Any:
            asked.append((self._name, name, len(texts)))
            return super().ask(name, texts)

    script.main(
        [
            *(
                str(tiny_model),
                "--input",
                str(archive),
                "--json",
                str(output),
                "--gold",
                str(tiny_corpus.parent / "gold"),
            ),
            *("--rounds", "1", "--sentences", "6", "--latency-sentences", "2", "--agreement-sentences", "12"),
            *("--startup-runs", "0"),
        ],
        start=Noted,
    )
    report: Mapping[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    return report


class TestARun:
    def test_has_a_row_for_all_that_can_run_and_the_reason_for_what_cannot(self, run: Mapping[str, Any]) -> None:
        assert list(run["rows"]) == [*TORCH_ROWS, *(f"fp32-{name}" for name in TORCH_ROWS)]
        assert list(run["left_out"]) == NOT_EXPORTED
        assert all("marsad export" in reason for reason in run["left_out"].values())

    def test_gives_every_field_of_every_row(self, run: Mapping[str, Any]) -> None:
        for name, row in run["rows"].items():
            for measured in ("words_per_second", "ratio", "latency_ms", "latency_ratio"):
                assert 0 < row[measured]["min"] <= row[measured]["max"], (name, measured)
            assert row["latency_ms"]["median"] <= row["latency_ms"]["p90"]
            assert row["peak_memory_mib"] > 10
            assert row["f1"]

    def test_compares_rows_without_bfloat16_with_the_pipeline_without_bfloat16(self, run: Mapping[str, Any]) -> None:
        for name, row in run["rows"].items():
            prefix = "fp32-" if name.startswith("fp32-") else ""
            assert row["ratio"]["to"] == f"{prefix}pipeline-32"
            assert row["latency_ratio"]["to"] == f"{prefix}pipeline-1"
        assert run["rows"]["fp32-pipeline-32"]["ratio"]["median"] == 1

    def test_tells_what_each_row_ran_with(self, run: Mapping[str, Any]) -> None:
        found = {name: (row["runtime"], row["precision"]) for name, row in run["rows"].items()}
        assert found["pipeline-1"] == ("transformers", "fp32")
        assert found["torch"] == found["auto"]
        assert found["fp32-torch"] == ("torch", "fp32")

    def test_tells_the_settings_and_the_machine(self, run: Mapping[str, Any], archive: Path) -> None:
        sentences = draw_sentences([str(archive)], 6, seed=7)
        assert run["settings"] == {
            "sentences": 6,
            "words": count_words(sentences),
            "latency_sentences": 2,
            "agreement_sentences": 12,
            "rounds": 1,
            "seed": 7,
            "device": "cpu",
        }
        assert run["machine"]["processor"]
        assert set(run["machine"]["packages"]) == set(PACKAGES)
        assert run["machine"]["flags"] is None or set(run["machine"]["flags"]) == set(FLAGS)

    def test_agrees_in_everything_where_a_row_is_the_reference(self, run: Mapping[str, Any]) -> None:
        found = run["rows"]["fp32-torch"]["agreement"]
        assert list(found) == list(LAYERS)
        for layer in found.values():
            assert layer["identical"] == layer["reference"] == layer["found"] > 0
            assert layer["of_reference"] == layer["of_either"] == 1
        distances = [score["points_from_reference"] for score in run["rows"]["fp32-torch"]["f1"].values()]
        assert distances == [0, 0, 0]

    def test_scores_the_pipeline_on_the_entities_alone(self, run: Mapping[str, Any]) -> None:
        row, reference = run["rows"]["pipeline-32"], run["reference_f1"]["entities"]
        assert "agreement" not in row
        assert list(row["f1"]) == ["entities"]
        assert row["f1"]["entities"]["f1"] > 0
        distance = 100 * (row["f1"]["entities"]["f1"] - reference)
        assert row["f1"]["entities"]["points_from_reference"] == pytest.approx(distance)

    def test_lets_the_rows_take_turns_after_a_warm_up(
        self, run: Mapping[str, Any], asked: list[tuple[str, str, int]]
    ) -> None:
        one_round = [(name, "seconds", 6) for name in run["rows"]] + [(name, "latencies", 2) for name in run["rows"]]
        assert asked[: 2 * len(one_round)] == 2 * one_round
        assert [list(found) for found in (run["warm_up"], *run["rounds"])] == 2 * [list(run["rows"])]

    def test_asks_for_memory_before_documents(self, run: Mapping[str, Any], asked: list[tuple[str, str, int]]) -> None:
        questions = [name for _, name, _ in asked]
        assert len(questions) - questions[::-1].index("facts") <= questions.index("documents")

    def test_prints_all_tables_on_110_columns(
        self, script: ModuleType, run: Mapping[str, Any], capsys: pytest.CaptureFixture[str]
    ) -> None:
        seconds = {"median": 2.5, "min": 2.25, "max": 3, "runs": [2.25, 2.5, 3]}
        script.print_report({**run, "startup_seconds": {"marsad predict": seconds}})
        printed = capsys.readouterr().out
        tables = [line for line in printed.splitlines() if not line.startswith("left out")][:-1]
        assert max(map(len, tables)) <= 110
        for text in ("Speed", "fp32-torch", "2.25–3.00", "12 sentences: identical", "(+0.00)", "left out: onnx"):
            assert text in printed


class TestTheCommandLine:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (["--rows", "torch,pipelin-1"], "there is no row 'pipelin-1'; give pipeline-32"),
            (["--rows", "fp32-torch", "--device", "cuda"], "leave them out with --device cuda"),
            (["--rounds", "0"], "at least 1"),
        ],
    )
    def test_says_what_it_does_not_know(
        self, script: ModuleType, options: list[str], message: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit) as ended:
            script.main(["model", "--input", "articles.jsonl", *options])
        assert ended.value.code == 2
        assert message in " ".join(capsys.readouterr().err.split())

    def test_takes_the_pipelines_and_auto_on_a_gpu(self, script: ModuleType) -> None:
        options = script.parse(["model", "--input", "a.jsonl", "--device", "cuda"])
        assert [row.name for row in options.systems] == ["pipeline-32", "pipeline-1", "auto"]

    def test_a_row_that_was_asked_for_and_cannot_run_is_an_error(
        self, script: ModuleType, archive: Path, tiny_model: Path
    ) -> None:
        with pytest.raises(SystemExit, match=r"^error: row onnx: .* has no model for onnx"):
            script.main([str(tiny_model), "--input", str(archive), "--rows", "onnx"], start=Worker)

    def test_an_archive_that_is_not_there_is_an_error(self, script: ModuleType, tmp_path: Path) -> None:
        with pytest.raises(SystemExit, match=r"^error: .*missing\.jsonl"):
            script.main([str(tmp_path), "--input", str(tmp_path / "missing.jsonl")])


class TestTheSentences:
    def test_are_drawn_by_the_seed_from_whole_articles(self, tmp_path: Path) -> None:
        (tmp_path / "articles.jsonl").write_text(
            "".join(json.dumps({"text": text}) + "\n" for text in (TEXT, *SENTENCES)), encoding="utf-8"
        )
        sources = [str(tmp_path / "articles.jsonl")]
        everything = draw_sentences(sources, 1000, seed=7)
        whole = Document.from_text(TEXT)
        assert sorted(everything) == sorted([*(TEXT[s.start : s.end] for s in whole.sentences), *SENTENCES])
        assert draw_sentences(sources, 5, seed=7) == everything[:5]
        assert draw_sentences(sources, 5, seed=8) != everything[:5]

    def test_must_be_there(self, tmp_path: Path) -> None:
        (tmp_path / "empty.jsonl").write_text('{"text": " "}\n', encoding="utf-8")
        with pytest.raises(ValueError, match="there is no sentence in"):
            draw_sentences([str(tmp_path / "empty.jsonl")], 5, seed=7)


class TestTheSummary:
    def test_takes_ratios_within_a_round(self) -> None:
        # The machine is twice as fast in the second round; the median speeds alone would say 3.
        rows = [ROWS["pipeline-32"], ROWS["pipeline-1"], ROWS["torch"]]
        rounds = [
            {
                "pipeline-32": {"seconds": 8 / speed, "latencies": [0.1]},
                "pipeline-1": {"seconds": 9 / speed, "latencies": [0.03 / speed] * 3},
                "torch": {"seconds": 2 / speed, "latencies": [0.01 / speed, 0.01 / speed, 0.04 / speed]},
            }
            for speed in (1, 2)
        ]
        found = summarise(rows, rounds, words=16)["torch"]
        assert found["words_per_second"] == {"median": 12, "min": 8, "max": 16}
        assert found["ratio"] == {"to": "pipeline-32", "median": 4, "min": 4, "max": 4}
        assert found["latency_ratio"] == pytest.approx({"to": "pipeline-1", "median": 3, "min": 3, "max": 3})
        assert found["latency_ms"] == pytest.approx({"median": 10, "p90": 30, "min": 5, "max": 10})

    def test_has_no_ratio_without_the_baseline(self) -> None:
        found = summarise([ROWS["torch"]], [{"torch": {"seconds": 1, "latencies": [1]}}], words=10)["torch"]
        assert (found["ratio"], found["latency_ratio"]) == (None, None)


class TestAgreement:
    def test_counts_identical_items_of_both_sides(self) -> None:
        reference = marked_document(["{سيطرت|CAPTURE} [قسد|ARMED] على [الرقة|GPE]."])
        found = marked_document(["سيطرت [قسد|ARMED] على [الرقة|PER] [أمس|GPE]."])
        compared = agreement([reference], [found])
        counts = {"identical": 1, "reference": 2, "found": 3, "of_reference": 1 / 2, "of_either": 1 / 4}
        assert compared["entities"] == counts
        assert compared["triggers"] == {
            "identical": 0,
            "reference": 1,
            "found": 0,
            "of_reference": 0,
            "of_either": 0,
        }

    def test_is_no_share_where_there_was_nothing_to_find(self) -> None:
        compared = agreement([marked_document(["الطقس بارد."])], [marked_document(["الطقس بارد."])])
        assert compared["entities"]["of_reference"] is None
        assert compared["event_types"]["of_either"] is None
