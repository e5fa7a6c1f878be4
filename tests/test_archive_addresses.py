"""Addresses on disks and in object stores, and outputs that would lie where the input is."""

from __future__ import annotations

from pathlib import Path

import pytest

from trainer.archive.addresses import inside, require_apart


class TestAddresses:
    @pytest.mark.parametrize(
        ("output", "address"),
        [
            ("x.parquet", "x.parquet/_rejects.jsonl"),
            ("what?.parquet", "what?.parquet/_rejects.jsonl"),
            ("s3://b/x.parquet", "s3://b/x.parquet/_rejects.jsonl"),
            ("s3://b/x.parquet?region=eu", "s3://b/x.parquet/_rejects.jsonl?region=eu"),
        ],
    )
    def test_a_file_of_the_output_is_named_before_what_tells_how_to_reach_it(self, output: str, address: str) -> None:
        assert inside(output, "_rejects.jsonl") == address

    @pytest.mark.parametrize(
        ("source", "output", "message"),
        [
            ("s3://b/archive/", "s3://b/archive/x.parquet", "s3://b/archive/x.parquet lies in the input"),
            ("s3://b", "s3://key:secret@b/a/x.parquet?region=eu", "lies in the input s3://b and"),
            ("gs://b/a%20b", "gcs://b/a b/x.parquet", "lies in the input"),
            ("s3://b/x.parquet/", "s3://b/x.parquet?region=eu", "is the input"),
            ("s3://b/x.parquet/part-00000.parquet", "s3://b/x.parquet", "lies in the output s3://b/x.parquet"),
            ("file:///d/archive", "/d/archive/x.parquet", "lies in the input file:///d/archive"),
            ("/d/archive", "file:///d/archive/x.parquet", "lies in the input /d/archive"),
            ("file:///d/%D8%A3", "/d/أ/x.parquet", "lies in the input"),
            ("news", "./news/2015/../x.parquet", "lies in the input news"),
        ],
    )
    def test_an_output_is_apart_from_the_input_however_both_are_written(
        self, source: str, output: str, message: str
    ) -> None:
        with pytest.raises(ValueError, match=message):
            require_apart(output, ["-", "/elsewhere", source])

    @pytest.mark.parametrize(
        ("source", "output"),
        [
            ("s3://b/archive", "s3://b/archive-2.parquet"),
            ("s3://b/archive", "gs://b/archive/x.parquet"),
            ("abfs://one@account/archive", "abfs://two@account/archive/x.parquet"),
            ("file:///b/archive", "s3://b/archive/x.parquet"),
            ("news", "news.parquet"),
        ],
    )
    def test_places_that_only_look_alike_are_apart(self, source: str, output: str) -> None:
        require_apart(output, [source])

    def test_a_link_is_followed(self, tmp_path: Path) -> None:
        (tmp_path / "archive").mkdir()
        (tmp_path / "link").symlink_to(tmp_path / "archive")
        with pytest.raises(ValueError, match="lies in the input"):
            require_apart(str(tmp_path / "link" / "x.parquet"), [str(tmp_path / "archive")])
