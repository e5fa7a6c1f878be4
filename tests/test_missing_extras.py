"""Installations without all extras: a command that lacks a package names the extra that brings it."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest
from conftest import TEXT

from trainer.extras import EXTRAS

CHECKOUT = Path(__file__).resolve().parents[1]
TRAINING_PACKAGES = [package for package, extra in EXTRAS.items() if extra == "train"]
# The name that is imported, where it is not the name that is installed.
INSTALLED_AS = {"pycrfsuite": "python-crfsuite", "sklearn": "scikit-learn"}


def marsad_without(packages: Sequence[str], *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command in a new process in which ``packages`` cannot be imported."""
    program = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({list(packages)}))\n"
        "from trainer.cli.app import main\n"
        "main(sys.argv[1:])\n"
    )
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), "MARSAD_DEBUG": ""},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


class TestAMissingPackage:
    @pytest.mark.parametrize("missing", [TRAINING_PACKAGES, ["transformers", "torch"]])
    @pytest.mark.parametrize("arguments", [["train", "quickstart.yaml"], ["evaluate", "model", "dataset"]])
    def test_is_one_sentence_that_names_the_extra(self, missing: list[str], arguments: list[str]) -> None:
        ended = marsad_without(missing, *arguments)
        sentence = 'error: this needs {}, which is not installed: pip install "marsad[train]"\n'
        assert ended.returncode == 1
        assert ended.stdout == ""
        assert ended.stderr in {sentence.format(package) for package in missing}

    def test_that_no_extra_brings_is_a_traceback(self) -> None:
        ended = marsad_without(["torch", "yaml"], "predict", "--input", "-", "--output", "o.jsonl")
        assert ended.returncode == 1
        assert "ModuleNotFoundError: import of yaml halted" in ended.stderr

    def test_is_a_traceback_too_with_debug(self) -> None:
        ended = marsad_without(["torch"], "--debug", "train", "quickstart.yaml")
        assert ended.returncode == 1
        assert "ModuleNotFoundError: import of torch halted" in ended.stderr


class TestTheExtras:
    def test_hold_the_packages_that_the_messages_say_they_bring(self) -> None:
        project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        for package, extra in EXTRAS.items():
            lines = project["optional-dependencies"][extra]
            assert any(line.startswith(INSTALLED_AS.get(package, package)) for line in lines), package
            assert not any(line.startswith(INSTALLED_AS.get(package, package)) for line in project["dependencies"])


class TestWithoutTheTrainingPackages:
    @pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["predict", "--help"], ["train", "--help"]])
    def test_help_and_version_are_there(self, arguments: list[str]) -> None:
        ended = marsad_without(TRAINING_PACKAGES, *arguments)
        assert (ended.returncode, ended.stderr) == (0, "")

    def test_pages_can_be_cleaned(self, tmp_path: Path) -> None:
        (tmp_path / "pages").mkdir()
        (tmp_path / "pages" / "1.txt").write_text(TEXT, encoding="utf-8")
        ended = marsad_without(TRAINING_PACKAGES, "data", "clean", tmp_path / "pages", tmp_path / "cleaned")
        assert ended.returncode == 0, ended.stderr


def test_a_corpus_is_checked_without_torch() -> None:
    ended = marsad_without(["torch"], "data", "check", CHECKOUT / "data" / "dataset.yaml")
    assert ended.returncode == 0, ended.stderr
    assert "no problems" in ended.stdout
