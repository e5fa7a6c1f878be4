"""Systems that are timed in processes of their own: rows that answer questions, and programs from start to end."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import SENTENCES, TEXT, Marsad

from trainer.benchmark.startup_times import PIPELINE_PROGRAM, measure_startup, programs
from trainer.benchmark.timed_processes import Child
from trainer.benchmark.timed_systems import FP32_ENVIRONMENT, REFERENCE, ROWS, Worker
from trainer.export.run import export_head


class TestAProcess:
    @pytest.fixture(scope="class")
    def child(self, tiny_model: Path) -> Iterator[Child]:
        child = Child(REFERENCE, str(tiny_model), "", "cpu")
        yield child
        child.close()

    def test_answers_as_a_worker_here_does(self, child: Child, tiny_model: Path) -> None:
        here = Worker(REFERENCE, str(tiny_model), "", "cpu")
        assert child.ask("documents", [TEXT, "نص\ud800"]) == here.ask("documents", [TEXT, "نص\ud800"])
        assert child.ask("seconds", SENTENCES) > 0
        assert len(child.ask("latencies", SENTENCES[:3])) == 3
        assert child.ask("facts")["runtime"] == "torch"

    def test_is_loaded_without_what_its_system_does_not_need(self) -> None:
        # The memory of a row without PyTorch would not be its own.
        program = (
            "import sys; import trainer.benchmark.timed_processes; print({'torch', 'datasets'} & set(sys.modules))"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "set()"

    def test_tells_in_a_sentence_why_it_cannot_run(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="no Marsad model"):
            Child(ROWS["auto"], str(tmp_path), "", "cpu")

    def test_that_has_ended_is_an_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        start = subprocess.Popen
        program = """print('{"result": "ready"}')"""
        monkeypatch.setattr(subprocess, "Popen", lambda _, **options: start([sys.executable, "-c", program], **options))
        child = Child(REFERENCE, "", "", "cpu")
        with pytest.raises(ValueError, match="the process of reference has ended"):
            child.ask("facts", SENTENCES * 1000)
        child.close()

    @pytest.mark.parametrize(("name", "own"), [("torch", {}), ("fp32-pipeline-1", FP32_ENVIRONMENT)])
    def test_of_a_row_in_fp32_has_no_bfloat16_instructions(
        self, name: str, own: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        environments = []

        def start(command: list[str], *, env: Mapping[str, str], **options: Any) -> None:
            environments.append(env)
            raise OSError("enough")

        monkeypatch.delenv("ONEDNN_MAX_CPU_ISA", raising=False)
        monkeypatch.setattr(subprocess, "Popen", start)
        with pytest.raises(OSError, match="enough"):
            Child(ROWS[name], "model", "entity", "cpu")
        assert {key: value for key, value in environments[0].items() if "ONEDNN_MAX" in key} == own


class TestStartUp:
    def test_programs_label_the_sentence_of_a_file(
        self, tiny_model: Path, tmp_path: Path, marsad: Marsad, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        export_head(tiny_model, tmp_path / "entity", "entity")
        source, target = tmp_path / "sentence.txt", tmp_path / "found.jsonl"
        source.write_text(TEXT, encoding="utf-8")
        commands = programs(source, target, tiny_model, str(tmp_path / "entity"), "cpu")
        python, module, name, *arguments = commands["marsad predict"]
        assert (python, module, name) == (sys.executable, "-m", "trainer")
        assert marsad(*arguments).code == 0
        assert json.loads(target.read_text(encoding="utf-8"))["entities"]
        assert commands["pipeline"][1:3] == ["-c", PIPELINE_PROGRAM]
        (tmp_path / "program.py").write_text(PIPELINE_PROGRAM, encoding="utf-8")
        monkeypatch.setattr(sys, "argv", commands["pipeline"][2:])
        runpy.run_path(str(tmp_path / "program.py"))
        assert {span["entity_group"] for span in json.loads(target.with_suffix(".json").read_text(encoding="utf-8"))}

    def test_are_timed_in_turns_without_the_first(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        started: list[str] = []

        def start(command: list[str], **options: Any) -> SimpleNamespace:
            started.append(command[1])
            return SimpleNamespace(returncode=0, stderr="")

        monkeypatch.setattr(subprocess, "run", start)
        found = measure_startup(TEXT, Path("model"), "entity", tmp_path, device="cpu", runs=2)
        assert started == ["-m", "-c"] * 3
        assert [len(row["runs"]) for row in found.values()] == [2, 2]
        assert list(found) == ["marsad predict", "pipeline"]

    def test_a_program_that_fails_is_an_error(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        failed = SimpleNamespace(returncode=1, stderr="error: no model\n")
        monkeypatch.setattr(subprocess, "run", lambda *args, **kwargs: failed)
        with pytest.raises(ValueError, match="marsad predict failed: error: no model"):
            measure_startup(TEXT, Path("model"), "", tmp_path, device="cpu", runs=1)
