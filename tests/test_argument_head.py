"""The argument head: what PyTorch learns and what NumPy computes behind every runtime is the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

from tests.strategies import assert_linear
from trainer.modeling.argument_head import ROLES, ArgumentHead
from trainer.modeling.argument_pairs import pairs_of_trigger
from trainer.modeling.heads import EncodedBatch
from trainer.modeling.layout import ModelLayout
from trainer.modeling.pair_batches import batched_pairs
from trainer.modeling.pair_scorer import PAIR_SCORER_FILE, PairScorer, SummedWords

LABELS = ["AGENT", "PLACE"]
HIDDEN, SIZE, WORDS = 8, 4, 7
SPEC = {"labels": LABELS, "size": SIZE, "trigger_types": ["KILL", "CLASH"], "filler_types": ["ARMED", "GPE", "DATE"]}
LAYOUT = ModelLayout([{"name": "argument", **SPEC}], 64, 0, 0)


@pytest.fixture
def head() -> ArgumentHead:
    torch.manual_seed(0)
    made = ArgumentHead.of(SPEC, HIDDEN, 0.0).eval()
    assert isinstance(made, ArgumentHead)
    return made


def states(rows: int) -> EncodedBatch:
    words = torch.randn(rows, WORDS, HIDDEN, generator=torch.Generator().manual_seed(1))
    return EncodedBatch(words, torch.ones(rows, WORDS), words)


def row(pairs: np.ndarray, roles: list[list[int]]) -> dict:
    return {"argument_pairs": [[*pair, *own] for pair, own in zip(pairs.tolist(), roles, strict=True)]}


TRIGGERS = np.array([[2, 3, 0]])
FILLERS = np.array([[-3, -1, 0], [0, 2, 1], [4, 6, 2]])
PAIRS = pairs_of_trigger((2, 3, 0), FILLERS, TRIGGERS)
ROLES_OF_PAIRS = [[1, 0], [0, 1], [0, 0]]


def test_numpy_scores_pairs_as_pytorch_does_also_across_sentences(head: ArgumentHead) -> None:
    labels = batched_pairs([row(PAIRS, ROLES_OF_PAIRS)], [(1, WORDS)])
    projections = head(states(2))
    expected = torch.sigmoid(head.pair_logits(projections, labels)).detach().numpy()
    own, earlier = projections.detach().numpy()
    assert np.allclose(head.pair_scorer().score(PAIRS, SummedWords(own, earlier)), expected, atol=1e-6)


@pytest.mark.parametrize("filler", [(-3, -1), (0, 1), (1, 3), (2, 4), (3, 4), (4, 5), (6, 7)])
def test_numpy_scores_every_position_as_pytorch_does(head: ArgumentHead, filler: tuple[int, int]) -> None:
    """Before and behind the trigger, beside it, around it, at both ends of the sentence, in the one before."""
    triggers = np.array([[0, 1, 1], [2, 4, 0]])
    pairs = np.concatenate([pairs_of_trigger(own, np.array([(*filler, 1)]), triggers) for own in triggers])
    labels = batched_pairs([row(pairs, [[0, 0]] * 2)], [(1, WORDS)])
    projections = head(states(2))
    expected = torch.sigmoid(head.pair_logits(projections, labels)).detach().numpy()
    own, earlier = projections.detach().numpy()
    assert np.allclose(head.pair_scorer().score(pairs, SummedWords(own, earlier)), expected, atol=1e-6)
    if filler[0] >= 0:
        assert np.allclose(head.pair_scorer().score(pairs, SummedWords(own)), expected, atol=1e-6)


def test_long_sentences_take_the_time_of_their_pairs(head: ArgumentHead) -> None:
    """Whatever stands between the two of a pair: pages without full stops are one sentence."""
    scorer = head.pair_scorer()

    def score(text: str) -> None:
        words = np.zeros((len(text), 4 * SIZE), dtype=np.float32)
        fillers = np.array([(word, word + 1, 0) for word in range(1, len(text), 50)])
        triggers = np.array([(len(text) - number, len(text) - number + 1, 0) for number in range(1, 9)])
        pairs = np.concatenate([pairs_of_trigger(own, fillers, triggers) for own in triggers])
        scorer.score(pairs, SummedWords(words))

    assert_linear(score, "ا", 10_000)


def test_weights_that_are_spread_over_processes_are_put_together(head: ArgumentHead, tmp_path: Path) -> None:
    whole = head.pair_scorer().weights
    torch.distributed.init_process_group("gloo", init_method=f"file://{tmp_path}/store", rank=0, world_size=1)
    try:
        fully_shard(head, mesh=init_device_mesh("cpu", (1,)))
        spread = head.pair_scorer().weights
    finally:
        torch.distributed.destroy_process_group()
    assert all(np.array_equal(spread[name], whole[name]) for name in whole)


def test_the_same_scores_come_from_a_file(head: ArgumentHead, tmp_path: Path) -> None:
    own, earlier = head(states(2)).detach().numpy()
    scorer = head.pair_scorer()
    scorer.save(tmp_path)
    loaded = PairScorer.of_export(tmp_path, LAYOUT)
    assert loaded is not None
    assert np.array_equal(
        loaded.score(PAIRS, SummedWords(own, earlier)), scorer.score(PAIRS, SummedWords(own, earlier))
    )


def test_an_export_without_the_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=rf"{PAIR_SCORER_FILE} cannot be loaded, export the model again"):
        PairScorer.of_export(tmp_path, LAYOUT)
    (tmp_path / PAIR_SCORER_FILE).write_bytes(b"no weights")
    with pytest.raises(ValueError, match="export the model again"):
        PairScorer.of_export(tmp_path, LAYOUT)


def test_a_model_without_the_head_needs_no_file(tmp_path: Path) -> None:
    assert PairScorer.of_export(tmp_path, ModelLayout([], 64, 0, 0)) is None


def test_pairs_with_the_sentence_before_point_to_its_row() -> None:
    rows = [row(PAIRS[1:], ROLES_OF_PAIRS[1:]), row(PAIRS, ROLES_OF_PAIRS)]
    pairs = batched_pairs(rows, [None, (2, 5)])
    assert pairs[:, :2].tolist() == [[0, 0], [0, 0], [1, 2], [1, 1], [1, 1]]
    assert pairs[2, 5:7].tolist() == [2, 4], "words -3 to -1 of five are 2 to 4"


def test_without_the_sentence_before_they_are_left_out() -> None:
    pairs = batched_pairs([row(PAIRS, ROLES_OF_PAIRS)])
    assert pairs[:, :2].tolist() == [[0, 0], [0, 0]]


def test_the_loss_is_that_of_the_pairs_by_the_weight_of_their_row(head: ArgumentHead) -> None:
    rows = [row(PAIRS[1:], ROLES_OF_PAIRS[1:]), row(PAIRS[1:], ROLES_OF_PAIRS[1:])]
    labels = batched_pairs(rows)
    projections = head(states(2))
    logits = head.pair_logits(projections, labels)
    by_pair = torch.nn.functional.binary_cross_entropy_with_logits(
        logits, labels[:, ROLES:].float(), reduction="none"
    ).sum(1)
    assert torch.allclose(head.loss(projections, labels), by_pair.sum() / 4)
    halved = (by_pair[:2].sum() + by_pair[2:].sum() / 2) / 4
    assert torch.allclose(head.loss(projections, labels, row_weights=torch.tensor([1.0, 0.5])), halved)


def test_a_batch_without_pairs_costs_nothing_and_still_has_gradients(head: ArgumentHead) -> None:
    labels = batched_pairs([row(PAIRS[:0], [])])
    loss = head.loss(head(states(1)), labels)
    assert loss == 0
    assert labels.shape[0] == 0
    loss.backward()
    assert all(parameter.grad is not None for parameter in head.output.parameters())


def test_several_threads_give_the_same_gradients_every_time() -> None:
    """With indexing instead of looking up, every run had other ones."""
    rows, words, pairs, size = 12, 60, 700, 96
    drawn = torch.Generator().manual_seed(1)
    head = ArgumentHead.of({**SPEC, "size": size}, HIDDEN, 0.0)
    assert isinstance(head, ArgumentHead)
    labels = torch.zeros(pairs, ROLES + len(LABELS), dtype=torch.long)
    labels[:, 0] = labels[:, 1] = torch.randint(0, rows, (pairs,), generator=drawn)
    labels[:, 2] = torch.randint(0, words - 2, (pairs,), generator=drawn)
    labels[:, 5] = torch.randint(0, words - 2, (pairs,), generator=drawn)
    labels[:, 3], labels[:, 6] = labels[:, 2] + 1, labels[:, 5] + 2
    projections = torch.randn(rows, words, 4 * size, generator=drawn)
    found = set()
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        for _ in range(8):
            inputs = projections.clone().requires_grad_()
            head.pair_logits(inputs, labels).square().sum().backward()
            assert inputs.grad is not None
            found.add(inputs.grad.numpy().tobytes())
    finally:
        torch.set_num_threads(threads)
    assert len(found) == 1


def test_it_learns_who_acts_and_where() -> None:
    torch.manual_seed(0)
    head = ArgumentHead.of(SPEC, HIDDEN, 0.0)
    labels, batch = batched_pairs([row(PAIRS, ROLES_OF_PAIRS)], [(1, WORDS)]), states(2)
    optimiser = torch.optim.Adam(head.parameters(), lr=0.05)
    for _ in range(60):
        optimiser.zero_grad()
        head.loss(head(batch), labels).backward()
        optimiser.step()
    assert isinstance(head, ArgumentHead)
    found = torch.sigmoid(head.pair_logits(head(batch), labels)) > 0.5
    assert found.long().tolist() == ROLES_OF_PAIRS
