"""``marsad predict``: what it reads, writes and prints, and how it ends."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import sys
from pathlib import Path

import pytest
from conftest import TRAINING, VALIDATION, Marsad, marked_document

from trainer.documents import Document
from trainer.formats.jsonl import read_jsonl
from trainer.inference.api import load

TEXT = marked_document(TRAINING).text
OTHER_TEXT = marked_document(VALIDATION).text


def give_stdin(monkeypatch: pytest.MonkeyPatch, content: str | bytes) -> None:
    data = content.encode("utf-8") if isinstance(content, str) else content
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def documents_in(path: Path) -> list[Document]:
    with path.open(encoding="utf-8") as lines:
        return list(read_jsonl(lines, str(path)))


def rejects_in(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


class TestInputsAndOutputs:
    def test_a_text_file(self, marsad: Marsad, tiny_model: Path, tmp_path: Path) -> None:
        (tmp_path / "خبر.txt").write_text(TEXT, encoding="utf-8")
        output = tmp_path / "new" / "out.jsonl"
        result = marsad("predict", "--model", tiny_model, "--input", tmp_path / "خبر.txt", "--output", output)
        assert result.code == 0, result.err
        assert result.out == f"1 documents labelled: {output}\n"
        (document,) = documents_in(output)
        assert document.id == "خبر"
        assert document.text == TEXT
        assert document.entities == load(tiny_model).predict(TEXT).entities
        assert "قوات النظام" in output.read_text(encoding="utf-8")

    def test_a_folder(self, marsad: Marsad, tiny_model: Path, tmp_path: Path) -> None:
        folder = tmp_path / "texts"
        folder.mkdir()
        for name, text in (("b.txt", TEXT), ("a.txt", OTHER_TEXT), ("notes.md", "لا")):
            (folder / name).write_text(text, encoding="utf-8")
        assert marsad("predict", "--model", tiny_model, "--input", folder, "--output", tmp_path / "o.jsonl").code == 0
        assert [(d.id, d.text) for d in documents_in(tmp_path / "o.jsonl")] == [("a", OTHER_TEXT), ("b", TEXT)]

    def test_jsonl_keeps_ids_and_other_fields(self, marsad: Marsad, tiny_model: Path, tmp_path: Path) -> None:
        lines = [{"id": 7, "text": TEXT, "source": "وكالة"}, {"text": OTHER_TEXT}]
        source = tmp_path / "in.jsonl"
        source.write_text("\n\n".join(json.dumps(line) for line in lines), encoding="utf-8")
        assert marsad("predict", "--model", tiny_model, "--input", source, "--output", tmp_path / "o.jsonl").code == 0
        first, second = documents_in(tmp_path / "o.jsonl")
        assert (first.id, first.metadata, first.text) == ("7", {"source": "وكالة"}, TEXT)
        assert (second.id, second.text) == ("in:3", OTHER_TEXT)

    @pytest.mark.parametrize("kind", ["text", "jsonl"])
    def test_standard_input(
        self, marsad: Marsad, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
    ) -> None:
        give_stdin(monkeypatch, TEXT if kind == "text" else json.dumps({"id": "stdin", "text": TEXT}) + "\n")
        assert marsad("predict", "--model", tiny_model, "--input", "-", "--output", tmp_path / "o.jsonl").code == 0
        (document,) = documents_in(tmp_path / "o.jsonl")
        assert (document.id, document.text) == ("stdin", TEXT)
        assert document.entities

    def test_both_outputs_at_once(self, marsad: Marsad, tiny_model: Path, tmp_path: Path) -> None:
        (tmp_path / "in.txt").write_text(TEXT, encoding="utf-8")
        outputs = [tmp_path / "o.jsonl", tmp_path / "o.html"]
        arguments = [argument for output in outputs for argument in ("--output", output)]
        result = marsad("predict", "--model", tiny_model, "--input", tmp_path / "in.txt", *arguments)
        assert result.code == 0
        assert result.out == f"1 documents labelled: {outputs[0]}, {outputs[1]}\n"
        page = outputs[1].read_text(encoding="utf-8")
        (document,) = documents_in(outputs[0])
        assert 'dir="rtl"' in page
        assert document.entities
        assert all(entity.text in page for entity in document.entities)
        assert "قوة مسلحة" in page  # the schema's own name of ARMED

    def test_cleaning(self, marsad: Marsad, tiny_model: Path, tmp_path: Path) -> None:
        page = f"{TEXT}\nاقرأ أيضاً: قُتل أحمد الخالد في قصف على إدلب"
        (tmp_path / "in.txt").write_text(page, encoding="utf-8")
        ends = []
        for flag in ([], ["--clean"]):
            output = tmp_path / "o.jsonl"
            marsad("predict", "--model", tiny_model, "--input", tmp_path / "in.txt", "--output", output, *flag)
            (document,) = documents_in(output)
            assert document.text == page
            ends.append(document.sentences[-1].end)
        assert ends == [len(page), len(TEXT)]

    def test_rejected_lines_are_listed_and_the_others_labelled(
        self, marsad: Marsad, tiny_model: Path, tmp_path: Path
    ) -> None:
        source, output = tmp_path / "in.jsonl", tmp_path / "o.jsonl"
        lines = [json.dumps({"text": TEXT}), "{broken", json.dumps({"title": "بلا نص"}), json.dumps({"text": "قتل"})]
        source.write_text("\n".join(lines), encoding="utf-8")
        result = marsad("predict", "--model", tiny_model, "--input", source, "--output", output)
        assert result.code == 3
        assert f"rejected {source}:2 (character 2): broken JSON" in result.err
        assert f"rejected {source}:3: " in result.err
        assert result.err.splitlines()[-1] == f"2 inputs rejected, listed in {tmp_path / 'o.jsonl.rejects.jsonl'}"
        rejects = rejects_in(tmp_path / "o.jsonl.rejects.jsonl")
        assert [(reject["file"], reject["line"]) for reject in rejects] == [(str(source), 2), (str(source), 3)]
        assert [document.text for document in documents_in(output)] == [TEXT, "قتل"]

    def test_a_file_that_is_not_utf_8_is_rejected(self, marsad: Marsad, tiny_model: Path, tmp_path: Path) -> None:
        (tmp_path / "old.txt").write_bytes(TEXT.encode("cp1256", "ignore"))
        output = tmp_path / "o.jsonl"
        result = marsad("predict", "--model", tiny_model, "--input", tmp_path / "old.txt", "--output", output)
        assert result.code == 3
        assert "old.txt (byte 1): it is not UTF-8" in result.err
        assert output.read_bytes() == b""

    def test_a_text_with_lone_surrogates_is_written_and_read_back(
        self, marsad: Marsad, tiny_model: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "in.jsonl").write_text('{"text": "\\ud800 سيطرت قوات النظام"}\n', encoding="utf-8")
        outputs = ["--output", tmp_path / "o.jsonl", "--output", tmp_path / "o.html"]
        assert marsad("predict", "--model", tiny_model, "--input", tmp_path / "in.jsonl", *outputs).code == 0
        assert documents_in(tmp_path / "o.jsonl")[0].text == "\ud800 سيطرت قوات النظام"

    def test_a_wrong_input_leaves_earlier_results_as_they_are(
        self, marsad: Marsad, tiny_model: Path, tmp_path: Path
    ) -> None:
        output = tmp_path / "o.jsonl"
        output.write_text("earlier\n", encoding="utf-8")
        assert marsad("predict", "--model", tiny_model, "--input", tmp_path / "no.txt", "--output", output).code == 1
        assert output.read_text(encoding="utf-8") == "earlier\n"

    def test_the_input_is_never_overwritten(self, marsad: Marsad, tiny_model: Path, tmp_path: Path) -> None:
        source = tmp_path / "in.jsonl"
        source.write_text(json.dumps({"text": TEXT}), encoding="utf-8")
        same = tmp_path / "." / "in.jsonl"
        result = marsad("predict", "--model", tiny_model, "--input", source, "--output", same)
        assert result.code == 1
        assert "is the input; name another place" in result.err
        assert json.loads(source.read_text(encoding="utf-8")) == {"text": TEXT}


class TestColumns:
    @pytest.fixture
    def table(self, tmp_path: Path) -> Path:
        with (tmp_path / "news.csv").open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["nr", "body", "source"])
            rows.writerows([["7", TEXT, "وكالة"], ["8", OTHER_TEXT, "جريدة"], ["7", TEXT, "وكالة"]])
        return tmp_path / "news.csv"

    def test_text_and_ids_come_from_named_columns_and_the_others_are_carried_through(
        self, marsad: Marsad, tiny_model: Path, tmp_path: Path, table: Path
    ) -> None:
        columns = ("--text-column", "body", "--id-column", "nr")
        output = tmp_path / "o.csv"
        result = marsad("predict", "--model", tiny_model, "--input", table, "--output", output, *columns)
        assert result.code == 3
        with (tmp_path / "o.entities.csv").open(encoding="utf-8-sig", newline="") as file:
            entities = list(csv.DictReader(file))
        assert {(row["document_id"], row["source"]) for row in entities} == {("7", "وكالة"), ("8", "جريدة")}
        assert all(TEXT[int(r["start"]) : int(r["end"])] == r["text"] for r in entities if r["document_id"] == "7")
        with (tmp_path / "o.events.csv").open(encoding="utf-8-sig", newline="") as file:
            assert {row["type"] for row in csv.DictReader(file)} >= {"CAPTURE", "KILL"}

    def test_an_id_that_was_given_before_is_rejected_with_both_places(
        self, marsad: Marsad, tiny_model: Path, tmp_path: Path, table: Path
    ) -> None:
        columns = ("--text-column", "body", "--id-column", "nr")
        marsad("predict", "--model", tiny_model, "--input", table, "--output", tmp_path / "o.jsonl", *columns)
        (reject,) = rejects_in(tmp_path / "o.jsonl.rejects.jsonl")
        assert reject["id"] == "7"
        assert str(reject["location"]).startswith(f"{table}:")
        assert f"was given to {table}:2 before" in str(reject["reason"])

    def test_without_ids_the_documents_are_numbered(
        self, marsad: Marsad, tiny_model: Path, tmp_path: Path, table: Path
    ) -> None:
        columns = ("--text-column", "body", "--id-column", "")
        result = marsad("predict", "--model", tiny_model, "--input", table, "--output", tmp_path / "o.jsonl", *columns)
        assert result.code == 0, result.err
        assert len({document.id for document in documents_in(tmp_path / "o.jsonl")}) == 3

    def test_a_missing_column_is_one_reject_that_names_those_there_are(
        self, marsad: Marsad, tiny_model: Path, tmp_path: Path, table: Path
    ) -> None:
        result = marsad("predict", "--model", tiny_model, "--input", table, "--output", tmp_path / "o.jsonl")
        assert result.code == 3
        (reject,) = rejects_in(tmp_path / "o.jsonl.rejects.jsonl")
        assert all(name in str(reject["reason"]) for name in ("text", "nr", "body", "source"))


class TestManyFiles:
    def test_what_is_damaged_is_listed_and_everything_else_is_labelled(
        self, marsad: Marsad, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = tmp_path / "archive"
        (folder / "closed").mkdir(parents=True)
        (folder / "a.txt").write_text(TEXT, encoding="utf-8")
        (folder / "b.jsonl").write_bytes(b'{"text": "' + "قصف".encode("cp1256") + b'"}\n' + b'{"text": "x"}\n')
        lines = "".join(json.dumps({"text": f"{OTHER_TEXT} {number}"}) + "\n" for number in range(2000))
        (folder / "c.jsonl.gz").write_bytes(gzip.compress(lines.encode())[:-200])
        (folder / "d.csv").write_text("body\nx\n", encoding="utf-8")
        (folder / "e.jsonl").write_text('{"text": "y"}\n{"text": 5}\n', encoding="utf-8")
        (folder / "picture.png").write_bytes(b"")
        scandir = os.scandir

        def closed(path: str) -> object:
            if str(path).endswith("closed"):
                raise PermissionError(13, "Permission denied", str(path))
            return scandir(path)

        monkeypatch.setattr(os, "scandir", closed)
        # The many lines of the archive that is cut off are read, and need not all be labelled here.
        monkeypatch.setattr("trainer.inference.predictor.Predictor.predict", lambda self, texts, **options: texts)
        result = marsad("predict", "--model", tiny_model, "--input", folder, "--output", tmp_path / "o.jsonl")
        assert result.code == 3, result.err
        rejects = rejects_in(tmp_path / "o.jsonl.rejects.jsonl")
        assert {(Path(str(r["file"])).name, r["line"] is not None) for r in rejects} == {
            *(("b.jsonl", True), ("c.jsonl.gz", True), ("d.csv", True), ("e.jsonl", True), ("closed", False)),
        }
        documents = documents_in(tmp_path / "o.jsonl")
        assert [d.text for d in documents if len(d.text) == 1 or d.text == TEXT] == [TEXT, "x", "y"]
        assert len(documents) > 100
        assert ".png" in result.err

    def test_several_inputs_are_read_in_the_order_given(self, marsad: Marsad, tiny_model: Path, tmp_path: Path) -> None:
        for name in ("b.txt", "a.txt"):
            (tmp_path / name).write_text(TEXT, encoding="utf-8")
        inputs = ("--input", tmp_path / "b.txt", "--input", tmp_path / "a.txt")
        assert marsad("predict", "--model", tiny_model, *inputs, "--output", tmp_path / "o.jsonl").code == 0
        assert [document.id for document in documents_in(tmp_path / "o.jsonl")] == ["b", "a"]


class TestWhatIsShown:
    @pytest.fixture
    def source(self, tmp_path: Path) -> Path:
        path = tmp_path / "in.jsonl"
        path.write_text(json.dumps({"text": TEXT}) + "\n{broken\n", encoding="utf-8")
        return path

    def test_quiet_prints_only_that_something_was_rejected(
        self, marsad: Marsad, tiny_model: Path, tmp_path: Path, source: Path
    ) -> None:
        result = marsad(
            "predict", "--model", tiny_model, "--input", source, "--output", tmp_path / "o.jsonl", "--quiet"
        )
        assert result.code == 3
        assert result.out == ""
        assert result.err == f"1 inputs rejected, listed in {tmp_path / 'o.jsonl.rejects.jsonl'}\n"

    def test_the_json_log_is_json_line_by_line(
        self, marsad: Marsad, tiny_model: Path, tmp_path: Path, source: Path
    ) -> None:
        output = tmp_path / "o.jsonl"
        result = marsad("predict", "--model", tiny_model, "--input", source, "--output", output, "--json-log")
        assert result.out == ""
        lines = [json.loads(line) for line in result.err.splitlines()]
        assert [line["event"] for line in lines] == ["rejected", "part", "finished"]
        assert lines[0]["line"] == 2
        assert lines[1]["share"] == 1.0
        assert lines[1]["documents_per_second"] > 0
        assert (lines[2]["documents"], lines[2]["rejected"], lines[2]["outputs"]) == (1, 1, [str(output)])

    @pytest.mark.parametrize(("mode", "told"), [("--quiet", ""), ("--json-log", '"event": "skipped"')])
    def test_files_that_are_not_read_are_told_as_everything_is(
        self, marsad: Marsad, tiny_model: Path, tmp_path: Path, mode: str, told: str
    ) -> None:
        folder = tmp_path / "texts"
        folder.mkdir()
        (folder / "a.txt").write_text(TEXT, encoding="utf-8")
        (folder / "picture.png").touch()
        result = marsad("predict", "--model", tiny_model, "--input", folder, "--output", tmp_path / "o.jsonl", mode)
        assert result.code == 0
        assert told in result.err
        assert (".png" in result.err) == bool(told)
        assert all(line.startswith("{") for line in result.err.splitlines())


class TestDuplicates:
    def test_copies_of_an_earlier_article_are_marked(self, marsad: Marsad, tiny_model: Path, tmp_path: Path) -> None:
        source = tmp_path / "in.jsonl"
        texts = [TEXT, OTHER_TEXT, f"وكالات - {TEXT}"]
        source.write_text(
            "\n".join(json.dumps({"id": str(n), "text": t}) for n, t in enumerate(texts)), encoding="utf-8"
        )
        command = ("predict", "--model", tiny_model, "--input", source, "--output", tmp_path / "o.jsonl")
        assert marsad(*command, "--dedupe").code == 0
        marked = [document.duplicate_of for document in documents_in(tmp_path / "o.jsonl")]
        assert [mark and mark.id for mark in marked] == [None, None, "0"]
        assert marsad(*command).code == 0
        assert not any(document.duplicate_of for document in documents_in(tmp_path / "o.jsonl"))


class TestStrictness:
    def labelled(self, marsad: Marsad, model: Path, folder: Path, *options: str) -> Document:
        (folder / "in.txt").write_text(TEXT, encoding="utf-8")
        command = ("predict", "--model", model, "--input", folder / "in.txt", "--output", folder / "o.jsonl")
        result = marsad(*command, *options)
        assert result.code == 0, result.err
        return documents_in(folder / "o.jsonl")[0]

    def test_thresholds_and_dial_are_those_of_predict(self, marsad: Marsad, tiny_model: Path, tmp_path: Path) -> None:
        found = self.labelled(marsad, tiny_model, tmp_path, "--threshold", "GPE=1.0", "--dial", "0.3")
        expected = load(tiny_model).predict(TEXT, thresholds={"GPE": 1.0}, dial=0.3)
        assert (found.entities, found.events) == (expected.entities, expected.events)
        assert len(found.entities) < len(self.labelled(marsad, tiny_model, tmp_path).entities)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (["--threshold", "GPE"], "--threshold GPE: expected LABEL=SCORE"),
            (["--threshold", "GPE=high"], "--threshold GPE=high: expected LABEL=SCORE"),
            (["--threshold", "GPA=0.5"], "GPE"),
            (["--device", "tpu"], "tpu"),
            (["--precision", "int3"], "int3"),
            (["--engine", "spark"], "engine 'spark' is none of local, ray"),
            (["--engine", "ray"], "--engine ray writes one --output, a folder of Parquet files"),
            (["--quiet", "--json-log"], "give one of them"),
            (["--workers", "2"], "--workers is for --engine ray"),
        ],
    )
    def test_a_wrong_option_is_told_before_anything_is_labelled(
        self, marsad: Marsad, tiny_model: Path, tmp_path: Path, options: list[str], message: str
    ) -> None:
        (tmp_path / "in.txt").write_text(TEXT, encoding="utf-8")
        command = ("predict", "--model", tiny_model, "--input", tmp_path / "in.txt", "--output", tmp_path / "o.jsonl")
        result = marsad(*command, *options)
        assert result.code == 1
        assert message in result.err
        assert len(result.err.splitlines()) == 1
        assert not (tmp_path / "o.jsonl").exists()
        assert not (tmp_path / "o.jsonl.parts").exists()


class TestOutputsInTheWay:
    @pytest.mark.parametrize(
        ("outputs", "message"),
        [
            (["in/o.jsonl"], "lies in the input in and would be read the next time"),
            (["o.jsonl", "./o.jsonl"], "would be written to the same place"),
            (["s3://bucket/o.jsonl"], "--engine ray' writes to an object store"),
            (["mine"], "mine"),
        ],
    )
    def test_they_are_refused_before_the_work(
        self,
        marsad: Marsad,
        tiny_model: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        outputs: list[str],
        message: str,
    ) -> None:
        monkeypatch.chdir(tmp_path)
        for folder in ("in", "mine"):
            (tmp_path / folder).mkdir()
            (tmp_path / folder / "text.txt").write_text(TEXT, encoding="utf-8")
        given = [argument for output in outputs for argument in ("--output", output)]
        result = marsad("predict", "--model", tiny_model, "--input", "in", *given)
        assert (result.code, len(result.err.splitlines())) == (1, 1)
        assert message in result.err
        assert (tmp_path / "mine" / "text.txt").read_text(encoding="utf-8") == TEXT
        assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "mine"]
