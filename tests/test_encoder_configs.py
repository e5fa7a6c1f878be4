"""The shipped configs: all can be run as they are, and say where their values come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from trainer.encoders.loading import BUNDLED
from trainer.training.settings import read_settings

CHECKOUT = Path(__file__).resolve().parents[1]
CONFIGS = sorted((CHECKOUT / "configs").rglob("*.yaml"))
ENCODERS = sorted((CHECKOUT / "configs" / "encoders").glob("*.yaml"))


def comment(path: Path) -> str:
    """The comment that a config begins with, as one line."""
    lines = path.read_text(encoding="utf-8").splitlines()
    end = next(number for number, line in enumerate(lines) if not line.startswith("#"))
    return " ".join(line.removeprefix("#").strip() for line in lines[:end])


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
class TestEveryConfig:
    def test_it_names_only_known_settings_and_the_shipped_corpus(self, path: Path) -> None:
        settings, _ = read_settings(path)
        for corpus in settings.corpora:
            assert (CHECKOUT / corpus).exists()

    def test_it_states_where_its_values_come_from(self, path: Path) -> None:
        assert "Source: " in comment(path) or "docs/decisions.md" in comment(path)


def test_no_two_configs_write_into_one_folder() -> None:
    folders = [read_settings(path)[0].output_dir for path in CONFIGS]
    assert len(set(folders)) == len(folders)


@pytest.mark.parametrize("path", ENCODERS, ids=lambda path: path.stem)
class TestConfigsOfEncoders:
    def test_it_names_a_model_of_the_hub_and_a_folder_of_its_own(self, path: Path) -> None:
        settings, _ = read_settings(path)
        assert settings.encoder != BUNDLED
        assert settings.encoder.count("/") == 1
        assert settings.output_dir == f"outputs/{path.stem}"

    def test_it_says_whether_the_encoder_needs_segmented_text(self, path: Path) -> None:
        assert "needs no segmentation" in comment(path) or "segmented" in comment(path)

    def test_the_table_of_encoders_has_its_name_and_values(self, path: Path) -> None:
        settings, arguments = read_settings(path)
        table = (CHECKOUT / "docs" / "encoders.md").read_text(encoding="utf-8")
        (row,) = [line for line in table.splitlines() if line.startswith(f"| `{path.stem}` |")]
        rate = f"{arguments.learning_rate:.0e}".replace("e-0", "e-")
        batch = arguments.per_device_train_batch_size * arguments.gradient_accumulation_steps
        assert f"`{settings.encoder}`" in row
        assert f"| {rate}" in row
        assert f" {arguments.num_train_epochs:g}" in row
        assert f", {batch} |" in row
