"""Tables and JSON Lines of labelled sentences: a row is a sentence as it stands, and bad rows are named."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import ANY_TEXT, ENCODABLE_TEXT, assert_linear

from trainer.data.dataset import dataset_to_documents, documents_to_dataset
from trainer.documents import Document, Sentence
from trainer.formats.sentence_labels import is_sentence_labels, read_sentence_labels
from trainer.schema import load_schema
from trainer.text.words import word_offsets

SHELLING = "قُتل خمسة مدنيين. وسقطت قذائف على حلب."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sentences")


class Reports(list[tuple[str, str]]):
    def __call__(self, place: str, problem: str) -> None:
        self.append((place, problem))


def read(folder: Path, name: str, content: str | bytes) -> tuple[list[Document], list[tuple[int, str]]]:
    """Return the documents of a file with this content, and the reports with the numbers of their lines."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    reports = Reports()
    found = read_sentence_labels(path, reports)
    return found, [(int(place.removeprefix(f"{path}:")), problem) for place, problem in reports]


def labels(found: list[Document]) -> list[dict[str, float]]:
    return [document.sentences[0].event_types for document in found]


def texts(found: list[Document]) -> list[str]:
    return [document.text for document in found]


def table(rows: list[list[str]], delimiter: str) -> str:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter).writerows(rows)
    return file.getvalue()


def assert_sound(document: Document) -> None:
    """Check everything that holds for any document that the reader makes."""
    (sentence,) = document.sentences
    assert all(document.text[word.start : word.end] == word.text for word in document.words)
    assert [(word.start, word.end) for word in document.words] == word_offsets(document.text)
    assert (sentence.start, sentence.end) == (document.words[0].start, document.words[-1].end)
    assert document.layers == ("event_types",)
    assert document.entities == []
    assert document.events == []


class TestRows:
    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("news.csv", f"text,labels\n{SHELLING},KILL|SHELLING\nالطقس بارد,\n"),
            ("news.csv", f'\ufefftext , labels\r\n"{SHELLING}",KILL; SHELLING;\r\n\r\nالطقس بارد,""\r\n'),
            ("news.tsv", f"labels\ttext\nKILL|SHELLING|KILL\t{SHELLING}\n \tالطقس بارد"),
            ("news.csv", f"text,label\n{SHELLING},\u200fKILL\u200f|SHELLING\nالطقس بارد,|\n"),
            ("news.csv", f"text,event_types\n{SHELLING},KILL|SHELLING\nالطقس بارد,\n"),
            (
                "news.jsonl",
                f'{{"text": "{SHELLING}", "labels": ["KILL", "SHELLING"]}}\n\n{{"text": "الطقس بارد", "labels": []}}',
            ),
            (
                "news.jsonl",
                f'{{"text": "{SHELLING}", "label": "KILL|SHELLING"}}\n{{"text": "الطقس بارد", "label": ""}}\n',
            ),
            (
                "news.jsonl",
                f'\ufeff{{"event_types": "KILL;SHELLING", "text": "{SHELLING}"}}\r\n'
                '{"event_types": null, "text": "الطقس بارد"}\r\n',
            ),
        ],
    )
    def test_each_is_a_document_of_one_sentence(self, folder: Path, name: str, content: str) -> None:
        found, reports = read(folder, name, content)
        assert reports == []
        assert texts(found) == [SHELLING, "الطقس بارد"]
        assert [document.id for document in found] == ["news-1", "news-2"]
        assert found[0].sentences == [Sentence(0, len(SHELLING), {"KILL": 1.0, "SHELLING": 1.0})]
        assert labels(found)[1] == {}
        assert is_sentence_labels(folder / name)
        for document in found:
            assert document.metadata == {}
            assert_sound(document)

    def test_the_sentence_runs_from_the_first_word_to_the_last(self, folder: Path) -> None:
        (document,), _ = read(folder, "a.csv", 'text,labels\n" \u200f\nقصف. ثم\n\nهدوء! \u200f ",SHELLING\n')
        (sentence,) = document.sentences
        assert document.text == " \u200f\nقصف. ثم\n\nهدوء! \u200f "
        assert document.text[sentence.start : sentence.end] == "قصف. ثم\n\nهدوء!"
        assert_sound(document)

    def test_other_columns_are_metadata_and_a_column_id_is_the_id(self, folder: Path) -> None:
        (one, two), reports = read(folder, "a.csv", "id,text,source,labels\n17,قصف,وكالة,SHELLING\n,هدوء,,\n")
        assert (one.id, one.metadata) == ("17", {"source": "وكالة"})
        assert (two.id, two.metadata) == ("a-2", {"source": ""})
        (three, four), _ = read(
            folder,
            "a.jsonl",
            '{"id": 7, "text": "قصف", "labels": [], "n": [1]}\n{"id": null, "text": "ب", "labels": ""}\n',
        )
        assert (three.id, three.metadata, four.id) == ("7", {"n": [1]}, "a-2")
        assert reports == []

    def test_an_id_that_is_taken_gets_the_row_behind_it(self, folder: Path) -> None:
        found, reports = read(folder, "a.csv", "id,text,labels\nx,أول,\nx,ثان,\nx-2,ثالث,\n")
        assert [document.id for document in found] == ["x", "x-2", "x-2-3"]
        assert [document.metadata for document in found] == [{}, {"id": "x"}, {"id": "x-2"}]
        assert reports == [
            (3, "id 'x' stands in line 2 already; read as 'x-2'"),
            (4, "id 'x-2' stands in line 3 already; read as 'x-2-3'"),
        ]

    def test_a_sentence_over_lines_goes_into_a_dataset_and_comes_back(self, folder: Path) -> None:
        schema = folder / "schema.yaml"
        schema.write_text("name: t\nevents: [{name: KILL}, {name: SHELLING}]\n", encoding="utf-8")
        before, _ = read(folder, "a.csv", 'text,labels\n"قصف.\nثم قتل.",SHELLING|KILL\nهدوء,\n')
        after = dataset_to_documents(documents_to_dataset(before, load_schema(schema)))
        assert [(document.text, document.words) for document in after] == [(d.text, d.words) for d in before]
        assert [document.sentences for document in after] == [document.sentences for document in before]
        assert {document.layers for document in after} == {("event_types",)}


class TestAnyText:
    rows = st.lists(
        st.tuples(ENCODABLE_TEXT.filter(lambda text: word_offsets(text) != []), st.sets(st.sampled_from(["A", "B C"]))),
        min_size=1,
        max_size=4,
    )

    @given(rows)
    def test_of_a_csv_comes_back_as_it_was(self, folder: Path, rows: list[tuple[str, set[str]]]) -> None:
        content = table([["text", "labels"], *([text, "|".join(types)] for text, types in rows)], ",")
        found, reports = read(folder, "any.csv", content)
        assert reports == []
        assert texts(found) == [text for text, _ in rows]
        assert [set(types) for types in labels(found)] == [types for _, types in rows]
        for document in found:
            assert_sound(document)

    @given(st.lists(ANY_TEXT.filter(lambda text: word_offsets(text) != []), min_size=1, max_size=4), st.booleans())
    def test_of_json_lines_comes_back_as_it_was(self, folder: Path, rows: list[str], escaped: bool) -> None:
        lines = [json.dumps({"text": text, "labels": ["A|B"]}, ensure_ascii=True) for text in rows]
        if not escaped and not any("\ud800" <= character <= "\udfff" for text in rows for character in text):
            lines = [json.dumps({"text": text, "labels": ["A|B"]}, ensure_ascii=False) for text in rows]
        found, reports = read(folder, "any.jsonl", "\n".join(lines))
        assert reports == []
        assert texts(found) == [json.loads(line)["text"] for line in lines]
        assert labels(found) == [{"A|B": 1.0}] * len(rows)
        for document in found:
            assert_sound(document)

    @given(ENCODABLE_TEXT, st.sampled_from([".csv", ".tsv", ".jsonl"]))
    def test_below_a_header_gives_rows_or_reports(self, folder: Path, content: str, suffix: str) -> None:
        header = {".csv": "text,labels\n", ".tsv": "text\tlabels\n", ".jsonl": ""}[suffix]
        found, reports = read(folder, f"wild{suffix}", header + content)
        for document in found:
            assert_sound(document)
        assert found or reports or not content.strip()


class TestBadRows:
    @pytest.mark.parametrize(
        ("row", "problem"),
        [
            ("قصف", "1 columns where the header has 2; the row is left out"),
            ("قصف,A,B", "3 columns where the header has 2; the row is left out"),
            (",A", "no word in the text; the row is left out"),
            (" \u200f ,A", "no word in the text; the row is left out"),
            ('"قصف" على حلب,A', "broken quotes (',' expected after '\"')"),
            ('"قصف,A', "broken quotes ("),
        ],
    )
    def test_of_a_table_are_reported_and_the_rest_is_read(self, folder: Path, row: str, problem: str) -> None:
        found, reports = read(folder, "a.csv", f'text,labels\nأول,A\n{row}\nثالث,B\n"رابع\nأيضا",C\n')
        assert texts(found) == ["أول", "ثالث", "رابع\nأيضا"]
        assert labels(found) == [{"A": 1.0}, {"B": 1.0}, {"C": 1.0}]
        assert [document.id for document in found][-2:] in (["a-3", "a-4"], ["a-2", "a-3"])
        assert [line for line, _ in reports] == [3]
        assert reports[0][1].startswith(problem)

    @pytest.mark.parametrize(
        ("row", "problem"),
        [
            ('{"text": "قصف"', "broken JSON (Expecting ',' delimiter at character 15); the row is left out"),
            ("[" * 100_000, "JSON nested too deeply; the row is left out"),
            ('["قصف"]', "expected a JSON object with 'text', found list; the row is left out"),
            ('{"labels": []}', "no 'text' string; the row is left out"),
            ('{"text": 5, "labels": []}', "no 'text' string; the row is left out"),
            ('{"text": "\\u200f", "labels": []}', "no word in the text; the row is left out"),
            ('{"text": "ب"}', "the row has no labels; it needs one of labels, label, event_types; the row is left out"),
            ('{"text": "ب", "label": "", "labels": ""}', "the row has labels and label; it needs one of"),
            ('{"text": "ب", "label": 3}', "'label' is neither a string nor a list of strings; the row is left out"),
            ('{"text": "ب", "labels": ["A", null]}', "'labels' is neither a string nor a list of strings"),
            ('{"text": "ب", "labels": {"A": 1.0}}', "'labels' is neither a string nor a list of strings"),
        ],
    )
    def test_of_json_lines_are_reported_and_the_rest_is_read(self, folder: Path, row: str, problem: str) -> None:
        good = '{"text": "قصف", "labels": "A"}'
        found, reports = read(folder, "a.jsonl", f"{good}\n\n{row}\n{good}\n")
        assert [document.id for document in found] == ["a-1", "a-3"]
        assert [line for line, _ in reports] == [3]
        assert reports[0][1].startswith(problem)

    @pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl"])
    def test_a_row_that_is_no_utf8_is_reported_and_the_rest_is_read(self, folder: Path, name: str) -> None:
        rows = {
            "a.csv": ["text,labels", "قصف,A", "%,A"],
            "a.tsv": ["text\tlabels", "قصف\tA", "%\tA"],
            "a.jsonl": ["", '{"text": "قصف", "labels": "A"}', '{"text": "%", "labels": "A"}'],
        }[name]
        content = "\n".join([*rows, rows[1]]).encode().replace(b"%", "قصف".encode("cp1256"))
        found, reports = read(folder, name, content)
        assert texts(found) == ["قصف", "قصف"]
        assert reports == [(3, "not UTF-8; the row is left out")]

    def test_a_stray_quote_of_a_tsv_does_not_swallow_the_rows_up_to_the_next(self, folder: Path) -> None:
        content = 'text\tlabels\n"قصف\tA\nهدوء\tB\nقال "نعم"\tC\n"سطر\nآخر"\tD\n"ثم"\tE\n'
        found, reports = read(folder, "a.tsv", content)
        assert texts(found) == ["هدوء", 'قال "نعم"', "سطر\nآخر", "ثم"]
        assert [line for line, _ in reports] == [2]
        found, reports = read(folder, "a.tsv", 'text\tlabels\n"قصف\tA\nهدوء\tB\nانتهى"\tC\n')
        assert texts(found) == ["هدوء", 'انتهى"']
        assert reports[0][1].startswith("broken quotes (a quoted cell runs over tabs and line ends)")


class TestHeaders:
    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            ("", r"a\.csv has no header; its first line should name the columns 'text' and 'labels'"),
            ("sentence,labels\nقصف,A\n", r"a\.csv:1: the header has no column 'text', only 'sentence', 'labels'"),
            ("\ntext;labels\nقصف;A\n", r"a\.csv:2: the header has no column 'text', only 'text;labels'"),
            ("text,type\nقصف,A\n", r"a\.csv:1: the header has no labels; it needs one of labels, label, event_types"),
            ("text,label,labels\nقصف,A,B\n", r"a\.csv:1: the header has labels and label; it needs one of"),
            ("text,labels,text\nقصف,A,B\n", r"a\.csv:1: the header names column 'text' twice"),
        ],
    )
    def test_a_wrong_one_is_an_error_with_its_place(self, folder: Path, content: str, problem: str) -> None:
        with pytest.raises(ValueError, match=problem):
            read(folder, "a.csv", content)

    def test_another_kind_of_file_is_an_error(self, folder: Path) -> None:
        with pytest.raises(
            ValueError, match=r"a\.xlsx is no file of labelled sentences; these end in \.jsonl, \.csv or"
        ):
            read(folder, "a.xlsx", "")


class TestRecognition:
    @pytest.mark.parametrize(
        ("name", "content", "expected"),
        [
            ("a.csv", "id,text,labels\n", True),
            ("A.CSV", '\ufeff"text","label"\r\n', True),
            ("a.tsv", "\n text\tevent_types\n", True),
            ("a.csv", "text,other\nlabels\n", False),
            ("a.csv", "text;labels\n", False),
            ("a.tsv", "قال\tO\nأحمد\tB-PERS\n", False),
            ("a.csv", "", False),
            ("a.jsonl", '{"text": "قصف", "labels": []}\nbroken', True),
            ("a.jsonl", '{"text": "قصف"}\n', False),
            ("a.jsonl", '"text labels"\n', False),
            ("a.jsonl", "broken\n", False),
            ("a.jsonl", "[" * 100_000, False),
            ("a.txt", "text,labels\n", False),
        ],
    )
    def test_the_header_or_the_first_line_decides(
        self, tmp_path: Path, name: str, content: str, expected: bool
    ) -> None:
        (tmp_path / name).write_text(content, encoding="utf-8", newline="")
        assert is_sentence_labels(tmp_path / name) is expected

    def test_documents_of_marsad_are_no_such_file(self, tmp_path: Path) -> None:
        document = Document.from_text(SHELLING, id="a")
        (tmp_path / "a.jsonl").write_text(json.dumps(document.to_dict()), encoding="utf-8")
        assert not is_sentence_labels(tmp_path / "a.jsonl")

    def test_what_is_not_there_is_none(self, tmp_path: Path) -> None:
        assert not is_sentence_labels(tmp_path / "a.csv")


class TestTime:
    @pytest.mark.parametrize(
        ("name", "pattern"),
        [
            ("a.csv", "قصف على حلب,SHELLING\n"),
            ("a.csv", '"قصف\nعلى حلب",SHELLING\n'),
            ("a.csv", '"قصف" حلب,SHELLING\n'),
            ("a.csv", "\n"),
            ("a.jsonl", '{"id": "x", "text": "قصف", "labels": "A"}\n'),
        ],
    )
    def test_it_grows_with_the_file(self, folder: Path, name: str, pattern: str) -> None:
        header = "text,labels\n" if name == "a.csv" else ""
        assert_linear(lambda content: read(folder, name, header + content), pattern, 20_000)
