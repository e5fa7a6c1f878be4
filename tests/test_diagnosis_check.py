"""``marsad data check`` as a diagnosis: what it prints, its JSON, and what makes it fail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Marsad, marked_document
from hypothesis import given
from strategies import documents, read_strictly

from trainer.data.check import check_sources
from trainer.data.reader_notes import is_note
from trainer.diagnosis.corpus import by_kind, diagnose
from trainer.diagnosis.findings import KINDS, Finding
from trainer.diagnosis.record import check_record, write_record
from trainer.documents import Document
from trainer.formats.jsonl import document_to_json
from trainer.schema import schema_of_labels

MARKED = """\
## أ
دخلت [قوات النظام|ARMED] [مدينة حلب|GPE] أمس.
انسحبت [قوات النظام|ARMED] من [حمص،|GPE] ليلاً.
وقالت قوات النظام إنها باقية.
"""


@pytest.fixture
def marked(tmp_path: Path) -> Path:
    """A file with a comma in a span and a mention that is not marked."""
    path = tmp_path / "news.marked"
    path.write_text(MARKED, encoding="utf-8")
    return path


class TestDiagnosis:
    @given(documents())
    def test_of_any_document_says_what_stands_at_its_offsets(self, document: Document) -> None:
        schema = schema_of_labels("any", [*{entity.label for entity in document.entities}, "ARMED"], ["KILL"])
        for finding in diagnose({"train": [document], "test": [document]}, schema):
            assert finding.kind in KINDS
            assert finding.text == document.text[finding.start : finding.end]
            assert finding.score is None or 0 <= finding.score <= 1
            assert "\n" not in finding.message

    def test_shows_the_kinds_in_their_order_and_the_surest_of_a_kind_first(self) -> None:
        sentences = [*["دخلت [قوات النظام|ARMED] [حلب|GPE]."] * 2, "وصلت قوات النظام.", "ضبطوا [حلب،|GPE]."]
        schema = schema_of_labels("صغير", ["ARMED", "GPE"], [])
        groups = by_kind(list(diagnose({"train": [marked_document(sentences)]}, schema)))
        assert list(groups) == [kind for kind in KINDS if kind in groups]
        for found in groups.values():
            scores = [finding.score or 0 for finding in found]
            assert scores == sorted(scores, reverse=True)


class TestCommand:
    def test_tells_findings_with_file_and_line_and_does_not_fail_for_them(self, marsad: Marsad, marked: Path) -> None:
        done = marsad("data", "check", marked)
        assert done.code == 0, done.err
        assert f"  {marked}:4: 'قوات النظام' is not marked here; the same words are ARMED twice" in done.out
        assert f"  {marked}:3: 'حمص،' ends with white space or with punctuation" in done.out
        assert "hints, not errors" in done.out
        assert "no problems" in done.out

    def test_fails_for_broken_annotation_and_tells_findings_all_the_same(self, marsad: Marsad, marked: Path) -> None:
        marked.write_text(MARKED.replace("[مدينة حلب|GPE]", "[مدينة حلب|CITY]"), encoding="utf-8")
        done = marsad("data", "check", marked)
        assert done.code == 1
        assert f"{marked}:2: CITY 'مدينة حلب'" in done.err
        assert f"{marked}:4: 'قوات النظام' is not marked here" in done.out

    def test_shows_ten_of_a_kind_and_says_where_the_rest_is(self, marsad: Marsad, tmp_path: Path) -> None:
        path = tmp_path / "many.marked"
        path.write_text("## أ\n" + "".join(f"دخلوا [بلدة{n}،|GPE] أمس.\n" for n in range(13)), encoding="utf-8")
        assert "… and 3 more; --json FILE writes all of them" in marsad("data", "check", path).out
        record = tmp_path / "check.json"
        assert f"… and 3 more; all are in {record}" in marsad("data", "check", path, "--json", record).out

    def test_writes_everything_as_strict_json_of_real_unicode(
        self, marsad: Marsad, marked: Path, tmp_path: Path
    ) -> None:
        file = tmp_path / "new" / "check.json"
        assert marsad("data", "check", marked, "--json", file).code == 0
        text = file.read_text(encoding="utf-8")
        assert "قوات النظام" in text
        record = read_strictly(text)
        assert set(record) == {"version", "sources", "schema", "counts", "problems", "notes", "findings"}
        assert (record["version"], record["sources"], record["problems"]) == (1, [str(marked)], [])
        assert record["counts"]["all"]["entities"] == {"ARMED": 2, "GPE": 2}
        (missed,) = [finding for finding in record["findings"] if finding["kind"] == "missed-mention"]
        assert (missed["file"], missed["line"], missed["document"]) == (str(marked), 4, "أ")
        assert (missed["label"], missed["suggested"], missed["text"]) == ("", "ARMED", "قوات النظام")

    def test_measures_sentences_by_the_encoder_that_is_named(
        self, marsad: Marsad, marked: Path, tiny_checkpoint: Path
    ) -> None:
        long = marsad("data", "check", marked, "--encoder", tiny_checkpoint, "--window", "4").out
        assert f"{marked}:2: a sentence of" in long
        assert "more than the window of 4" in long
        assert "(long-sentence)" not in marsad("data", "check", marked, "--encoder", tiny_checkpoint).out

    def test_without_a_built_encoder_says_that_long_sentences_were_not_looked_for(
        self, marsad: Marsad, marked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MARSAD_CACHE", str(tmp_path / "cache"))
        done = marsad("data", "check", marked)
        assert done.code == 0
        assert "note: long sentences were not looked for: the bundled encoder is not built yet" in done.out

    def test_tells_likely_label_errors_among_the_findings_if_asked(
        self, marsad: Marsad, marked: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def found(splits: dict[str, list[Document]], **_: object) -> Iterator[Finding]:
            (document,) = splits["all"]
            yield Finding.at("label-error", document, 5, 16, "cross-validation says ORG (0.97)", suggested="ORG")

        monkeypatch.setattr("trainer.diagnosis.label_errors.find_label_errors", found)
        assert (
            f"  {marked}:2: cross-validation says ORG (0.97)" in marsad("data", "check", marked, "--label-errors").out
        )
        assert "label-error" not in marsad("data", "check", marked).out

    def test_says_why_label_errors_cannot_be_looked_for_and_tells_the_rest(self, marsad: Marsad, marked: Path) -> None:
        done = marsad("data", "check", marked, "--label-errors")
        assert done.code == 0
        assert "note: no label errors can be looked for" in done.out
        assert "'قوات النظام' is not marked here" in done.out

    def test_says_how_a_sound_file_was_read_and_does_not_fail_for_it(self, marsad: Marsad, tmp_path: Path) -> None:
        path = tmp_path / "names.bioes"
        path.write_text("دخل O\nحلب S-GPE\n. O\n\nدخل O\nدير B-GPE\nالزور E-GPE\n. O\n", encoding="utf-8")
        done = marsad("data", "check", path)
        assert (done.code, done.err) == (0, "")
        assert f"note: {path}:" in done.out
        assert "read as such" in done.out

    def test_finds_event_types_of_sentences_that_the_schema_has_not_beside_triggers(self, tmp_path: Path) -> None:
        document = marked_document(["{قُتل|KILL} عنصر.", "عاد الهدوء."], "خبر")
        document.sentences[0].event_types["VISIT"] = 1.0
        (tmp_path / "a.jsonl").write_text(document_to_json(document), encoding="utf-8")
        (tmp_path / "schema.yaml").write_text("events: [{name: SHELLING}]\n", encoding="utf-8")
        problems = check_sources([tmp_path / "a.jsonl"], tmp_path / "schema.yaml").problems
        assert [problem.partition("document خبر: ")[2] for problem in problems] == [
            "E1 KILL 'قُتل' (0..4): the schema has no label KILL",
            "the schema has no event type VISIT",
        ]

    def test_reads_a_folder_of_another_tool(self, marsad: Marsad, tmp_path: Path) -> None:
        from trainer.formats.brat import write_brat_file

        write_brat_file(marked_document(["دخلوا [حلب،|GPE] أمس."], "010"), tmp_path / "010.txt")
        done = marsad("data", "check", tmp_path)
        assert done.code == 0, done.err
        assert f"{tmp_path / '010.txt'}:1: 'حلب،' ends with white space or with punctuation" in done.out


class TestRecord:
    def test_holds_a_text_that_no_utf8_file_can(self, tmp_path: Path) -> None:
        document = Document.from_text("حلب\ud800، أمس", "010")
        document.add_entity(0, 5, "GPE")
        schema = schema_of_labels("صغير", ["GPE"], [])
        report = check_sources([_written(tmp_path)])
        findings = list(diagnose({"all": [document]}, schema))
        write_record(check_record(["x"], report, findings), tmp_path / "check.json")
        record = json.loads((tmp_path / "check.json").read_bytes())
        assert record["findings"][0]["text"] == document.text[record["findings"][0]["start"] : 5]


def _written(folder: Path) -> Path:
    path = folder / "a.marked"
    path.write_text("## أ\nهدوء في [حلب|GPE].\n", encoding="utf-8")
    return path


class TestNotes:
    @pytest.mark.parametrize(
        "report",
        [
            "the tags of this file are BIOES; read as such",
            "a note; notes (3 in this file) are left out",
            "a row $#$, which is no word; such rows (1 in this file) are left out",
            "a comment; comments (2 in this file) are left out",
            "a task with no annotations is left out (3 times in this file)",
            "a task with only cancelled annotations is left out; it has predictions alone",
            "a relation that joins no trigger with an entity; it is left out. If one of its labels is an event",
        ],
    )
    def test_are_what_a_reader_says_of_a_sound_file(self, report: str) -> None:
        assert is_note(report)

    @pytest.mark.parametrize(
        "report",
        [
            "word 'أحمد' without a tag; read as O",
            "I-GPE continues no GPE; read as B-GPE",
            "broken JSON (Expecting value); the line is left out",
            "a relation of a region that is not there; it is left out",
        ],
    )
    def test_are_not_what_is_wrong_with_a_line(self, report: str) -> None:
        assert not is_note(report)
