"""The picture of a training run: what it shows, that it is always the same, and that it is an extra."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trainer.training.curve import CURVE_FILE, training_curve

matplotlib = pytest.importorskip("matplotlib")
image = pytest.importorskip("matplotlib.image")

PNG = b"\x89PNG\r\n\x1a\n"
LAYERS = ("entities", "triggers", "event_types")
# The best of these means is that of the second and of the fourth epoch.
MEANS = (0.25, 0.5, 0.375, 0.5)
# Colours of the picture as 8-bit RGB.
BLUE, VERMILION, GREEN, PURPLE, BLACK = (
    (0, 114, 178),
    (213, 94, 0),
    (0, 158, 115),
    (204, 121, 167),
    (0, 0, 0),
)


def history(layers: Sequence[str] = LAYERS, means: Sequence[float] = MEANS, *, losses: bool = True) -> list[dict]:
    """Return the history of a run as ``transformers.Trainer`` logs it, five steps an epoch."""
    entries: list[dict[str, Any]] = []
    for epoch, mean in enumerate(means, start=1):
        if losses:
            entries.append({"loss": 2.0 / epoch, "grad_norm": 1.0, "learning_rate": 1e-4})
            entries[-1] |= {"epoch": float(epoch), "step": 5 * epoch}
        if layers:
            scores = {f"eval_{layer}": mean + 0.1 * place for place, layer in enumerate(layers)}
            entries.append({**scores, "eval_score": mean, "epoch": float(epoch), "step": 5 * epoch})
    return [*entries, {"train_runtime": 1.5, "train_loss": 1.0, "epoch": float(len(means)), "step": 5 * len(means)}]


def drawn(path: Path, entries: list[dict], **options: Any) -> np.ndarray:
    """Draw, and return the picture as (height, width, 3) of 8-bit numbers."""
    assert training_curve(entries, path, **options)
    return (image.imread(path)[..., :3] * 255).round().astype(int)


def colours(picture: np.ndarray) -> set[tuple[int, ...]]:
    return {tuple(int(part) for part in colour) for colour in np.unique(picture.reshape(-1, 3), axis=0)}


@pytest.fixture
def labels(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The labels of all lines that are drawn, in order."""
    from matplotlib.axes import Axes

    found: list[str] = []
    for method in ("plot", "axvline"):
        original = getattr(Axes, method)

        def noted(self: Any, *args: Any, original: Any = original, **kwargs: Any) -> Any:
            found.append(kwargs["label"])
            return original(self, *args, **kwargs)

        monkeypatch.setattr(Axes, method, noted)
    return found


class TestWhatItShows:
    def test_loss_and_the_f1_of_every_layer_and_their_mean(self, tmp_path: Path, labels: list[str]) -> None:
        picture = drawn(tmp_path / CURVE_FILE, history())
        assert labels[:5] == ["training loss", "entities", "event triggers", "event types of sentences", "mean"]
        assert {BLUE, VERMILION, GREEN, PURPLE, BLACK} <= colours(picture)

    def test_a_single_layer_is_drawn_without_a_mean(self, tmp_path: Path, labels: list[str]) -> None:
        picture = drawn(tmp_path / CURVE_FILE, history(("triggers",)))
        assert set(labels) == {"training loss", "event triggers", "weights kept: epoch 2"}
        assert not {VERMILION, PURPLE} & colours(picture)

    def test_a_run_without_evaluation_has_its_loss_and_no_mark(self, tmp_path: Path, labels: list[str]) -> None:
        drawn(tmp_path / CURVE_FILE, history(()))
        assert labels == ["training loss"]

    def test_a_run_without_logged_losses_has_its_scores(self, tmp_path: Path, labels: list[str]) -> None:
        drawn(tmp_path / CURVE_FILE, history(losses=False))
        assert "training loss" not in labels
        assert labels[0] == "entities"

    def test_losses_and_scores_may_be_logged_at_different_steps(self, tmp_path: Path, labels: list[str]) -> None:
        steps = [{"loss": 1 / step, "epoch": step / 50, "step": step} for step in range(1, 200)]
        scores = [{"eval_entities": 0.5, "eval_score": 0.5, "epoch": 2.5, "step": 125}]
        drawn(tmp_path / CURVE_FILE, [*steps, *scores])
        assert "weights kept: epoch 2.5" in labels

    def test_the_epoch_whose_weights_were_kept_is_the_first_of_the_best(
        self, tmp_path: Path, labels: list[str]
    ) -> None:
        drawn(tmp_path / CURVE_FILE, history())
        assert "weights kept: epoch 2" in labels

    def test_an_evaluation_before_training_cannot_be_kept(self, tmp_path: Path, labels: list[str]) -> None:
        before = {"eval_entities": 0.9, "eval_score": 0.9, "epoch": 0, "step": 0}
        drawn(tmp_path / CURVE_FILE, [before, *history()])
        assert "weights kept: epoch 2" in labels

    def test_nothing_is_marked_where_the_last_weights_were_kept(self, tmp_path: Path, labels: list[str]) -> None:
        drawn(tmp_path / CURVE_FILE, history(), best_kept=False)
        assert not any("kept" in label for label in labels)

    def test_a_history_with_nothing_to_draw_gives_no_picture(self, tmp_path: Path) -> None:
        for entries in ([], history((), ())):
            assert training_curve(entries, tmp_path / CURVE_FILE) is False
        assert list(tmp_path.iterdir()) == []


class TestTheFile:
    def test_it_is_a_small_png(self, tmp_path: Path) -> None:
        many = [{"loss": 1 / step + step % 7, "epoch": step / 50, "step": step} for step in range(1, 1000)]
        for entries in (history(), many):
            training_curve(entries, tmp_path / CURVE_FILE)
            content = (tmp_path / CURVE_FILE).read_bytes()
            assert content.startswith(PNG)
            assert len(content) < 100_000

    def test_the_same_history_gives_the_same_bytes_whatever_the_user_has_configured(self, tmp_path: Path) -> None:
        training_curve(history(), tmp_path / "a.png")
        with matplotlib.rc_context({"font.size": 20, "axes.grid": True, "figure.dpi": 30, "savefig.dpi": 30}):
            training_curve(history(), tmp_path / "b.png")
        assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()

    def test_it_says_nothing_of_when_and_with_what_it_was_made(self, tmp_path: Path) -> None:
        training_curve(history(), tmp_path / CURVE_FILE)
        content = (tmp_path / CURVE_FILE).read_bytes()
        assert not [chunk for chunk in (b"tEXt", b"iTXt", b"zTXt", b"tIME", b"eXIf") if chunk in content]

    def test_drawing_leaves_the_users_matplotlib_as_it_was(self, tmp_path: Path) -> None:
        before, loaded = dict(matplotlib.rcParams), "matplotlib.pyplot" in sys.modules
        training_curve(history(), tmp_path / CURVE_FILE)
        assert dict(matplotlib.rcParams) == before
        assert ("matplotlib.pyplot" in sys.modules) == loaded


def test_without_matplotlib_there_is_no_picture_and_a_sentence_that_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.setitem(sys.modules, name, None)
    with caplog.at_level(logging.WARNING):
        assert training_curve(history(), tmp_path / CURVE_FILE) is False
    assert list(tmp_path.iterdir()) == []
    (record,) = caplog.records
    assert 'pip install "marsad[plots]"' in record.getMessage()
