"""``report_to: tensorboard``: a run writes its losses and validation scores where TensorBoard reads them."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import SPLITS, marked_document, quick_settings, write_tiny_corpus

from trainer.data.dataset import documents_to_dataset
from trainer.schema import load_schema
from trainer.training.run import fit, train

pytest.importorskip("tensorboard")


@pytest.fixture(scope="module")
def scalars(tmp_path_factory: pytest.TempPathFactory, tiny_checkpoint: Path) -> dict[str, list[tuple[int, float]]]:
    """What a run of two epochs wrote: by name, the values with their steps."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    folder = tmp_path_factory.mktemp("run")
    corpus = write_tiny_corpus(tmp_path_factory.mktemp("data") / "corpus")
    schema = load_schema(corpus.parent / "schema.yaml")
    documents = {split: [marked_document(s, id) for id, s in SPLITS[split].items()] for split in SPLITS}
    settings, arguments = quick_settings(
        data=corpus, output_dir=folder, encoder=tiny_checkpoint, num_train_epochs=2, report_to="tensorboard"
    )
    fit(documents_to_dataset(documents["train"], schema), documents["validation"], schema, settings, arguments)
    (file,) = folder.rglob("events.out.tfevents.*")
    events = EventAccumulator(str(file)).Reload()
    return {name: [(event.step, event.value) for event in events.Scalars(name)] for name in events.Tags()["scalars"]}


def test_every_epoch_has_its_loss_and_learning_rate(scalars: dict[str, list[tuple[int, float]]]) -> None:
    losses, rates = scalars["train/loss"], scalars["train/learning_rate"]
    steps = [step for step, _ in losses]
    assert len(steps) == 2
    assert steps[1] == 2 * steps[0] > 0
    assert losses[1][1] < losses[0][1]
    assert [step for step, _ in rates] == steps


def test_every_evaluation_has_the_f1_of_every_layer_and_their_mean(
    scalars: dict[str, list[tuple[int, float]]],
) -> None:
    layers = ("entities", "triggers", "event_types")
    for position, (step, mean) in enumerate(scalars["eval/score"]):
        values = [scalars[f"eval/{layer}"][position] for layer in layers]
        assert {found for found, _ in values} == {step}
        assert sum(value for _, value in values) / len(layers) == pytest.approx(mean)
    assert len(scalars["eval/score"]) == 2


def test_they_outlive_the_run_and_lie_beside_the_model(
    tmp_path: Path, tiny_corpus: Path, tiny_checkpoint: Path
) -> None:
    settings, arguments = quick_settings(
        data=tiny_corpus, output_dir=tmp_path, encoder=tiny_checkpoint, num_train_epochs=1, report_to="tensorboard"
    )
    train(settings, arguments)
    assert len(list((tmp_path / "runs").rglob("events.out.tfevents.*"))) == 1
