"""What a model can be scored on: labelled text of any format, with the model's labels."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import TEST, TRAINING, marked_document

from trainer.documents import Document
from trainer.evaluation.report import evaluate_model
from trainer.formats.doccano_writer import write_doccano
from trainer.formats.hub_dataset import write_hub_dataset
from trainer.formats.inline_writer import write_inline_file


@pytest.fixture
def tested() -> list[Document]:
    """Text in which not all labels of the model occur."""
    return [marked_document(TEST, "x1")]


def ignored(place: str, problem: str) -> None:
    """Losses of the writers are none of the entities and triggers that are scored here."""


class TestLabelledTextWithoutACorpusFile:
    def test_marked_text_is_scored_as_a_whole(self, tiny_model: Path, tmp_path: Path, tested: list[Document]) -> None:
        write_inline_file(tested, tmp_path / "test.marked")
        report = evaluate_model(tiny_model, tmp_path / "test.marked")
        assert report["documents"] == ["x1"]
        assert report["scores"].keys() == {"entities", "triggers", "event_types"}

    def test_of_a_format_that_does_not_say_which_labels_are_triggers_the_models_event_types_are(
        self, tiny_model: Path, tmp_path: Path, tested: list[Document]
    ) -> None:
        write_doccano(tested, tmp_path / "test.jsonl", report=ignored)
        report = evaluate_model(tiny_model, tmp_path / "test.jsonl")
        assert report["scores"]["triggers"]["micro"]["support"] == 2

    def test_of_a_hugging_face_folder_the_split_is_scored(
        self, tiny_model: Path, tmp_path: Path, tested: list[Document]
    ) -> None:
        splits = {"train": [marked_document(TRAINING, "t1")], "test": tested}
        write_hub_dataset(splits, tmp_path / "hub", report=ignored)
        report = evaluate_model(tiny_model, tmp_path / "hub")
        assert report["documents"] == ["x1"]
        assert report["scores"].keys() == {"entities"}
        with pytest.raises(ValueError, match="no split 'dev'; it has train, test"):
            evaluate_model(tiny_model, tmp_path / "hub", "dev")
