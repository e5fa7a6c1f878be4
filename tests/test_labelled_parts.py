"""Two parts are labelled at once; what comes out is in the order of the input, and nothing that was read is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from trainer.archive import labelling
from trainer.archive.labelling import LabelOptions, labelled_parts


@pytest.fixture(autouse=True)
def slow_first_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first part takes longer than those after it; part 3 fails."""

    def label_part(predictor: Any, part: Any, options: Any) -> str:
        if part.number == 0:
            time.sleep(0.1)
        if part.number == 3:
            raise OSError("the model does not work any more")
        return f"labelled {part.number}"

    monkeypatch.setattr(labelling, "label_part", label_part)


def numbered(count: int, read: list[int] | None = None) -> Iterator[Any]:
    for number in range(count):
        if read is not None:
            read.append(number)
        yield SimpleNamespace(number=number)


def results(parts: Iterator[Any]) -> Iterator[tuple[int, Any]]:
    predictor: Any = None
    for part, labelled in labelled_parts(predictor, parts, LabelOptions()):
        yield part.number, labelled


def test_parts_come_in_the_order_of_the_input() -> None:
    assert list(results(numbered(3))) == [(0, "labelled 0"), (1, "labelled 1"), (2, "labelled 2")]
    assert list(results(numbered(1))) == [(0, "labelled 0")]
    assert list(results(numbered(0))) == []


def test_one_part_is_read_ahead_and_no_more() -> None:
    read: list[int] = []
    labelled = results(numbered(3, read))
    assert read == []
    next(labelled)
    assert read == [0, 1]
    next(labelled)
    assert read == [0, 1, 2]


def test_what_was_read_before_an_error_of_the_input_is_labelled() -> None:
    def broken() -> Iterator[Any]:
        yield from numbered(2)
        raise ValueError("line 7 is no JSON")

    labelled = []
    with pytest.raises(ValueError, match="line 7 is no JSON"):
        labelled.extend(results(broken()))
    assert labelled == [(0, "labelled 0"), (1, "labelled 1")]


def test_an_error_of_the_model_comes_where_its_part_would() -> None:
    labelled = []
    with pytest.raises(OSError, match="does not work any more"):
        labelled.extend(results(numbered(5)))
    assert [number for number, _ in labelled] == [0, 1, 2]
