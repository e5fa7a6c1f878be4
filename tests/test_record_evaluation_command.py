"""``marsad evaluate-records``: files in, tables and JSON out, and what has to be run before it."""

from __future__ import annotations

import json
import runpy
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typer
from gold_record_samples import TEXT, found, write_gold, written
from typer.testing import CliRunner

from trainer.cli.evaluate_records import evaluate_records_command
from trainer.crossval.predictions import write_predictions
from trainer.documents import Document
from trainer.formats.jsonl import read_jsonl
from trainer.records.columns import EVENTS_VERSION
from trainer.records.record import EventRecord
from trainer.resources import resource_path

SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "record_articles.py"
# The same words with a line end inside a name.
BROKEN = TEXT.replace("مدينة الحسكة", "مدينة\nالحسكة")
app = typer.Typer()
app.command()(evaluate_records_command)


def write_events(path: Path, records: Sequence[EventRecord]) -> Path:
    lines = ({"version": EVENTS_VERSION, "event_id": record.id, "record": record.to_dict()} for record in records)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def evaluate(*arguments: str | Path) -> str:
    """Run the command and return what it printed; its errors are raised."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "250"})
    if result.exception:
        raise result.exception
    return result.output


def test_every_folder_of_gold_is_scored_by_itself(tmp_path: Path) -> None:
    five = write_gold(tmp_path / "five", {"ا": [written("ا-01")]})
    twenty = write_gold(tmp_path / "twenty", {"ب": [written("ب-01")], "ج": [written("ج-01")]})
    events = write_events(tmp_path / "events.jsonl", [found("ا-01"), found("ب-01")])
    scores = tmp_path / "new" / "scores.json"
    printed = evaluate(events, "--gold", five, "--gold", twenty, "--json", scores)
    sets = json.loads(scores.read_text(encoding="utf-8"))["sets"]
    assert {name: one["records"]["found"]["counts"] for name, one in sets.items()} == {
        str(five): [[1, 1, 1]],
        str(twenty): [[1, 1, 2]],
    }
    assert f"Records: {twenty}" in printed
    assert f"{events}: no record of ج; if they were not run, name the others with --document" in printed
    assert f"{events}: no record has a happening" in printed


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("events.csv", "events.csv:1: no event of Marsad: .* 'marsad events' writes such lines where --output ends in"),
        ("folder", "folder is a folder; name a .jsonl file that 'marsad events' wrote"),
    ],
)
def test_what_has_no_lines_of_records_is_refused_with_what_has(tmp_path: Path, name: str, problem: str) -> None:
    gold = write_gold(tmp_path / "gold", {"ا": [written("ا-01")]})
    (tmp_path / "events.csv").write_text("event_id,happening_id\n", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ValueError, match=problem):
        evaluate(tmp_path / name, "--gold", gold)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    gold = write_gold(tmp_path / "gold", {"ا": [written("ا-01")]})
    with pytest.raises(FileNotFoundError) as told:
        evaluate(tmp_path / "no.jsonl", "--gold", gold)
    # The command line says both in a sentence.
    assert (told.value.filename, told.value.strerror) == (str(tmp_path / "no.jsonl"), "No such file or directory")


def test_two_runs_in_one_file_are_refused(tmp_path: Path) -> None:
    gold = write_gold(tmp_path / "gold", {"ا": [written("ا-01")]})
    events = write_events(tmp_path / "events.jsonl", [found("ا-01"), found("ا-01")])
    with pytest.raises(ValueError, match=r"events\.jsonl: record ا-01 is there twice; give every run a file"):
        evaluate(events, "--gold", gold)


def test_only_the_named_documents_are_scored(tmp_path: Path) -> None:
    gold = write_gold(tmp_path / "gold", {"ا": [written("ا-01")], "ب": [written("ب-01")]})
    events = write_events(tmp_path / "events.jsonl", [found("ا-01", happening="ا-01")])
    printed = evaluate(events, "--gold", gold, "--document", "ا")
    assert "documents: 1;" in printed
    assert "no record" not in printed
    with pytest.raises(ValueError, match=r"--document د: .* has ا, ب"):
        evaluate(events, "--gold", gold, "--document", "د")


def test_groups_of_a_corpus_and_runs_are_named(tmp_path: Path) -> None:
    gold = write_gold(tmp_path / "gold", {id: [written(f"{id}-01")] for id in ("ا", "ب", "ج")})
    corpus = tmp_path / "dataset.yaml"
    corpus.write_text("name: x\nsplits: {train: news.conll}\ngroups: [[ا, ب]]\n", encoding="utf-8")
    runs = [write_events(tmp_path / f"{seed}.jsonl", [found("ا-01"), found("ج-01")]) for seed in (1, 2)]
    printed = evaluate(*runs, "--gold", gold, "--groups", corpus)
    assert "of 2 units (ا and ب: copies, drawn together); means over 2 runs" in printed


def fold(path: Path, *documents: Document) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"systems": {"model": {"documents": [document.to_dict(type_scores=True) for document in documents]}}}
    path.write_text(json.dumps(content), encoding="utf-8")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Two articles of the same words, dated in the file of metadata."""
    for id in ("000", "001"):
        (tmp_path / f"{id}.txt").write_text(BROKEN, encoding="utf-8")
        (tmp_path / f"{id}.ann").write_text("", encoding="utf-8")
    (tmp_path / "schema.yaml").write_text(resource_path("schema.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "metadata.yaml").write_text("documents: {'000': {date: '2015-07-22'}, '001': {}}", encoding="utf-8")
    path = tmp_path / "dataset.yaml"
    path.write_text(
        "{name: x, schema: schema.yaml, annotations: ., metadata: metadata.yaml, splits: {train: ['000', '001']}}",
        encoding="utf-8",
    )
    return path


def test_predictions_of_one_seed_become_labelled_documents(tmp_path: Path, corpus: Path) -> None:
    first, second, other = (Document.from_text(TEXT, id=id) for id in ("001", "000", "000"))
    start = TEXT.index("مدينة الحسكة")
    first.add_entity(start, start + len("مدينة الحسكة"), "GPE", score=0.5)
    first.add_event(0, 4, "KILL", score=0.75)
    folds = tmp_path / "folds" / "stories" / "model"
    fold(folds / "1-001.json", first)
    fold(folds / "1-000.json", second)
    fold(folds / "2-000.json", other)
    target = tmp_path / "predicted.jsonl"
    assert write_predictions(tmp_path, "stories", 1, corpus, target) == ["000", "001"]
    read = list(read_jsonl(target.read_text(encoding="utf-8").splitlines(), "predicted.jsonl"))
    assert [document.id for document in read] == ["000", "001"]
    assert [document.metadata for document in read] == [{"date": "2015-07-22"}, {}]
    assert read[1].events == first.events
    # Folds have words with spaces between them; the corpus has the text as it is.
    assert {document.text for document in read} == {BROKEN}
    assert [entity.text for entity in read[1].entities] == ["مدينة\nالحسكة"]


def test_folds_of_another_text_are_refused(tmp_path: Path, corpus: Path) -> None:
    fold(tmp_path / "folds" / "stories" / "model" / "1-000.json", Document.from_text(TEXT[5:], id="000"))
    with pytest.raises(ValueError, match="document 000 was predicted from another text than the corpus has"):
        write_predictions(tmp_path, "stories", 1, corpus, tmp_path / "predicted.jsonl")


def test_folds_that_are_missing_damaged_or_double_are_told(tmp_path: Path, corpus: Path) -> None:
    folds, target = tmp_path / "folds" / "stories" / "model", tmp_path / "predicted.jsonl"
    with pytest.raises(ValueError, match=r"model has no folds of seed 1; let 'marsad crossval' run"):
        write_predictions(tmp_path, "stories", 1, corpus, target)
    for name in ("ا", "ب"):
        fold(folds / f"1-{name}.json", Document.from_text(TEXT, id="000"))
    with pytest.raises(ValueError, match=r"1-ب\.json: another fold of seed 1 has the document 000, too"):
        write_predictions(tmp_path, "stories", 1, corpus, target)
    (folds / "1-ا.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ValueError, match=r"1-ا\.json has no predictions of 'model'"):
        write_predictions(tmp_path, "stories", 1, corpus, target)
    assert not target.exists()


def test_the_script_writes_the_articles_that_the_records_were_written_from(tmp_path: Path) -> None:
    write_articles = runpy.run_path(str(SCRIPT))["write_articles"]
    gold = write_gold(tmp_path / "gold", {"2015-07-22-00001": []})
    archive, output = tmp_path / "archive.parquet", tmp_path / "articles.jsonl"
    row = {"id": "2015-07-22-00001", "source": "بوابة", "date": "2015-07-22", "title": "عنوان", "text": TEXT}
    pq.write_table(pa.Table.from_pylist([{**row, "id": "2015-07-21-00009"}, row]), archive)
    assert write_articles(archive, output, gold) == 1
    (written_line,) = output.read_text(encoding="utf-8").splitlines()
    assert json.loads(written_line) == {key: row[key] for key in ("id", "text", "date", "source")}

    pq.write_table(pa.Table.from_pylist([{**row, "text": TEXT + "."}]), archive)
    with pytest.raises(ValueError, match="this is not the text that its records were written from"):
        write_articles(archive, output, gold)
    pq.write_table(pa.Table.from_pylist([{**row, "id": "x"}]), archive)
    with pytest.raises(ValueError, match="has no article 2015-07-22-00001; 1 of 1 are missing"):
        write_articles(archive, output, gold)
