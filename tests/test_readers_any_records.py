"""Whatever the records are, they are read as they were written: JSON Lines, CSV, Parquet, compressed or not."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from strategies import ENCODABLE_TEXT, JSON_TEXT

from trainer.readers.reading import read_records
from trainer.readers.records import Record


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tables")


def rows(texts: st.SearchStrategy[str]) -> st.SearchStrategy[list[dict[str, str]]]:
    row = st.fixed_dictionaries({"id": st.uuids().map(str), "text": texts, "العنوان": texts})
    return st.lists(row, max_size=4)


class TestAnyRecords:
    def assert_same(self, path: Path, expected: list[dict[str, str]]) -> None:
        found = [{"id": i.id, "text": i.text, **i.metadata} for i in read_records([str(path)]) if isinstance(i, Record)]
        assert found == expected

    @given(rows(JSON_TEXT), st.booleans(), st.sampled_from(["", ".gz", ".zst"]))
    def test_come_back_from_json_lines(
        self, folder: Path, expected: list[dict[str, str]], escaped: bool, compression: str
    ) -> None:
        lines = [json.dumps(row, ensure_ascii=escaped or "\\ud" in json.dumps(row)) for row in expected]
        content = "\n".join(lines).encode() or b"\n"
        compress = {"": bytes, ".gz": gzip.compress, ".zst": lambda data: pa.compress(data, "zstd", asbytes=True)}
        path = folder / f"a.jsonl{compression}"
        path.write_bytes(compress[compression](content))
        self.assert_same(path, expected)

    @given(rows(ENCODABLE_TEXT), st.sampled_from([",", ";", "\t"]))
    def test_come_back_from_csv(self, folder: Path, expected: list[dict[str, str]], delimiter: str) -> None:
        file = io.StringIO(newline="")
        writer = csv.DictWriter(file, ["id", "text", "العنوان"], delimiter=delimiter)
        writer.writeheader()
        writer.writerows(expected)
        (folder / "a.csv").write_text(file.getvalue(), encoding="utf-8", newline="")
        self.assert_same(folder / "a.csv", expected)

    @given(rows(ENCODABLE_TEXT))
    @settings(max_examples=30)
    def test_come_back_from_parquet(self, folder: Path, expected: list[dict[str, str]]) -> None:
        schema = pa.schema({name: pa.string() for name in ("id", "text", "العنوان")})
        parquet.write_table(pa.Table.from_pylist(expected, schema), folder / "a.parquet")
        self.assert_same(folder / "a.parquet", expected)

    @pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet", "txt"])
    def test_may_be_megabytes_long(self, tmp_path: Path, ending: str) -> None:
        text = 'قُتل عنصر "من" التنظيم\n' * 100_000
        path = tmp_path / f"a.{ending}"
        if ending == "parquet":
            parquet.write_table(pa.table({"text": [text]}), path)
        elif ending == "csv":
            path.write_text('text\n"' + text.replace('"', '""') + '"\n', encoding="utf-8")
        else:
            line = json.dumps({"text": text}, ensure_ascii=False)
            path.write_text(line if ending == "jsonl" else text, encoding="utf-8")
        (record,) = read_records([str(path)])
        assert isinstance(record, Record)
        assert record.text == text
