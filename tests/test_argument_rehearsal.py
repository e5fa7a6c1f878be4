"""The argument head learns on alone: nothing else of the model moves, and neither does chance."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from argument_samples import with_arguments
from conftest import marked_document, quick_settings
from datasets import Dataset
from test_argument_column import SCHEMA as SCHEMA_WITH_ROLES
from torch import Tensor

from trainer.data.dataset import documents_to_dataset
from trainer.documents import Argument, Document
from trainer.schema import load_schema
from trainer.training import argument_rehearsal
from trainer.training.argument_rehearsal import rehearse_arguments
from trainer.training.run import build_trainer
from trainer.training.trainer import MarsadTrainer

HEAD = "heads.argument."


def article(number: int) -> Document:
    place = ("حلب", "إدلب", "الرقة")[number % 3]
    text = f"{{اشتباكات|CLASH}} بين [قوات النظام|ARMED] و[داعش|ARMED] في [{place}|GPE]."
    return with_arguments(marked_document((text,), f"م{number}"))


def made_trainer(
    schema: str, encoder: Path, folder: Path, documents: Sequence[Document] | None = None
) -> MarsadTrainer:
    (folder / "schema.yaml").write_text(schema, encoding="utf-8")
    read = load_schema(folder / "schema.yaml")
    documents = list(documents or (article(number) for number in range(12)))
    settings, arguments = quick_settings(data=folder, output_dir=folder / "run", encoder=encoder)
    return build_trainer(documents_to_dataset(documents, read), documents[:1], read, settings, arguments)


@pytest.fixture
def trainer(tiny_checkpoint: Path, tmp_path: Path) -> MarsadTrainer:
    return made_trainer(SCHEMA_WITH_ROLES, tiny_checkpoint, tmp_path)


def weights(trainer: MarsadTrainer) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in trainer.model.state_dict().items()}


def moved(trainer: MarsadTrainer, before: dict[str, Tensor]) -> set[str]:
    return {name for name, tensor in trainer.model.state_dict().items() if not torch.equal(tensor, before[name])}


def test_the_head_moves_and_nothing_else(trainer: MarsadTrainer) -> None:
    before, chance = weights(trainer), torch.random.get_rng_state()
    rehearse_arguments(trainer.model, trainer, 2)
    assert {name for name in before if name.startswith(f"{HEAD}output")} <= moved(trainer, before)
    assert all(name.startswith(HEAD) for name in moved(trainer, before))
    assert torch.equal(torch.random.get_rng_state(), chance)
    assert not trainer.model.training


def test_the_same_seed_gives_the_same_head(trainer: MarsadTrainer) -> None:
    before = weights(trainer)
    rehearse_arguments(trainer.model, trainer, 1)
    first = weights(trainer)
    trainer.model.load_state_dict(before)
    rehearse_arguments(trainer.model, trainer, 1)
    assert not moved(trainer, first)


def test_without_a_bound_of_gradients_it_learns_as_well(trainer: MarsadTrainer) -> None:
    """As for Transformers: 0 means no bound, and not that nothing may move."""
    trainer.args.max_grad_norm = 0.0
    trainer.args.weight_decay = 0.0
    before = weights(trainer)
    rehearse_arguments(trainer.model, trainer, 1)
    assert moved(trainer, before)


def test_without_the_head_nothing_happens(tiny_checkpoint: Path, tmp_path: Path) -> None:
    trainer = made_trainer(SCHEMA_WITH_ROLES.partition("\nroles")[0], tiny_checkpoint, tmp_path)
    assert "argument" not in trainer.model.heads
    before = weights(trainer)
    rehearse_arguments(trainer.model, trainer, 2)
    assert not moved(trainer, before)


def test_fillers_of_the_sentence_before_are_learnt_too(tiny_checkpoint: Path, tmp_path: Path) -> None:
    """The first sentences have no trigger: whatever moves, moves by pairs that reach back to them."""
    documents = [
        marked_document(("وصلت [قوات النظام|ARMED].", "ثم {اشتباكات|CLASH} عنيفة."), f"م{number}")
        for number in range(12)
    ]
    for document in documents:
        document.events[0].arguments = [Argument("AGENT", document.entities[0].id)]
    trainer = made_trainer(SCHEMA_WITH_ROLES, tiny_checkpoint, tmp_path, documents)
    trainer.args.weight_decay = 0.0
    before = weights(trainer)
    rehearse_arguments(trainer.model, trainer, 1)
    assert f"{HEAD}output.weight" in moved(trainer, before)


def test_pairs_point_to_the_words_that_they_are_of() -> None:
    """A pair of the own sentence, one of the sentence before, and one whose sentence before was not kept."""

    def pair(first: int, last: int) -> list[int]:
        return [0, 1, 0, first, last, *[0] * 4, 1, 0]

    rows = Dataset.from_list(
        [
            {"argument_pairs": [], "earlier_row": -1},
            {"argument_pairs": [pair(1, 2), pair(-2, -1)], "earlier_row": 0},
            {"argument_pairs": [pair(-1, 0), pair(0, 1)], "earlier_row": 7},
        ]
    )
    states = {0: torch.zeros(5, 2), 1: torch.zeros(3, 2), 2: torch.zeros(4, 2)}
    batch = argument_rehearsal._pair_batch(rows, [0.5, 1.0, 2.0], [2, 1, 0], states)
    assert batch.rows == [2, 1, 0]
    assert batch.weights.tolist() == [2.0, 1.0, 0.5]
    # Row of the trigger, row of the filler, and where the filler is: -2 of five words is the fourth.
    assert [[*found[:2], *found[5:7]] for found in batch.pairs.tolist()] == [[0, 0, 0, 1], [1, 1, 1, 2], [1, 2, 3, 4]]


def test_what_does_not_fit_into_the_memory_is_told(
    trainer: MarsadTrainer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(argument_rehearsal, "_MOST_NUMBERS", 0)
    monkeypatch.setattr(argument_rehearsal, "_BATCH_TOKENS", 40)
    before = weights(trainer)
    with caplog.at_level(logging.WARNING):
        rehearse_arguments(trainer.model, trainer, 1)
    assert "of 12 sentences alone" in caplog.text
    assert moved(trainer, before)
