"""A model that was trained in bfloat16 is scored as it will be used: in 32 bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from conftest import VALIDATION, marked_document, quick_settings

from trainer.data.storage import load_data
from trainer.modeling.model import MarsadModel
from trainer.modeling.tagger import Tagger
from trainer.modeling.torch_runtime import TorchRuntime
from trainer.training.run import fit


def test_scores_right_after_training_are_those_of_the_saved_model(
    tmp_path: Path, tiny_corpus: Path, tiny_checkpoint: Path
) -> None:
    settings, arguments = quick_settings(
        data=tiny_corpus, output_dir=tmp_path, encoder=tiny_checkpoint, precision="bf16", num_train_epochs=2
    )
    dataset, schema = load_data(tiny_corpus)
    validation = [marked_document(VALIDATION, "v1")]
    fitted = fit(dataset["train"], validation, schema, settings, arguments)
    fitted.model.save_pretrained(tmp_path / "model")
    loaded = Tagger(TorchRuntime(MarsadModel.from_pretrained(tmp_path / "model")), fitted.tokenizer.backend_tokenizer)
    for ours, theirs in zip(fitted.tagger.score(validation), loaded.score(validation), strict=True):
        assert ours is not None
        assert theirs is not None
        np.testing.assert_array_equal(ours.entity, theirs.entity)
        np.testing.assert_array_equal(ours.event_type, theirs.event_type)
