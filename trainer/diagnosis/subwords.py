"""The tokenizer by which sentences are measured, where one can be had without building or downloading anything."""

from __future__ import annotations

from tokenizers import Tokenizer

from trainer.encoders.cache import bundled_encoder_folder
from trainer.extras import how_to_install, installed


def tokenizer_of(encoder: str | None) -> tuple[Tokenizer | None, str]:
    """Return the tokenizer of ``encoder``, or ``None`` and why there is none.

    Without a name it is that of the bundled encoder, if that was built before; a name is loaded as for training.

    Raises
    ------
    OSError, ValueError
        If an encoder that is named cannot be loaded.
    """
    if encoder is not None:
        if not installed("torch"):
            return None, f"reading a tokenizer needs more packages; run '{how_to_install(['torch'])}'"
        from trainer.encoders.loading import load_encoder

        return load_encoder(encoder)[1].backend_tokenizer, ""
    file = bundled_encoder_folder() / "tokenizer.json"
    if not file.is_file():
        return None, "the bundled encoder is not built yet; 'marsad encoder build' builds it, --encoder names another"
    return Tokenizer.from_file(str(file)), ""
