"""``marsad data``: build, check and clean, and what the command says when something is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from datasets import load_from_disk
from typer.testing import CliRunner, Result

from trainer.cli.app import main
from trainer.data.storage import build_dataset

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ROOT / "data" / "dataset.yaml"
TEXT = "قتل تنظيم «داعش» خمسة مدنيين في الحسكة."
PAGE = f"قتلى في الحسكة\n\nSorry, you need to enable JavaScript to visit this website.\n\n{TEXT}\n\nالتعليقات\n"

# ``main`` is what the installed command calls; the runner wants an app, so this one hands everything through.
command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@command.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "allow_interspersed_args": False},
    add_help_option=False,
)
def everything(context: typer.Context) -> None:
    main(context.args)


def marsad(*arguments: str | Path) -> Result:
    return CliRunner(env={"MARSAD_DEBUG": None}).invoke(command, [str(argument) for argument in arguments])


def write_corpus(
    folder: Path, annotation: str = "T1\tGPE 32 38\tالحسكة\n", *, splits: str = "{train: ['010']}"
) -> Path:
    (folder / "gold").mkdir(parents=True)
    (folder / "gold" / "010.txt").write_text(TEXT, encoding="utf-8")
    (folder / "gold" / "010.ann").write_text(annotation, encoding="utf-8")
    (folder / "schema.yaml").write_text(
        "name: صغير\nentities: [{name: GPE}]\nevents: [{name: KILL}]\n", encoding="utf-8"
    )
    (folder / "metadata.yaml").write_text("documents: {}\n", encoding="utf-8")
    path = folder / "dataset.yaml"
    path.write_text(
        f"name: صغير\nschema: schema.yaml\nannotations: gold\nmetadata: metadata.yaml\nsplits: {splits}\n",
        encoding="utf-8",
    )
    return path


def counts(table: str) -> dict[str, list[int]]:
    """Read the rows of a printed table: the label, and its numbers."""
    rows = [[cell.strip() for cell in line.strip("│┃ ").split("│")] for line in table.splitlines() if "│" in line]
    return {label: [int(number) for number in numbers] for label, *numbers in rows}


def test_build_writes_the_dataset_and_says_how_many_sentences_each_split_has(tmp_path: Path) -> None:
    target = tmp_path / "بيانات"
    result = marsad("data", "build", SHIPPED, "--output", target)
    assert result.exit_code == 0, result.output
    sizes = {split: len(rows) for split, rows in load_from_disk(str(target)).items()}
    assert set(sizes) == {"train", "validation", "test", "training_only"}
    told = ", ".join(f"{split} {size}" for split, size in sizes.items())
    assert result.stdout == f"{target}: sentences in {told}\n"
    assert (target / "schema.yaml").read_bytes() == (ROOT / "data" / "schema.yaml").read_bytes()


def test_build_writes_into_outputs_and_reads_the_shipped_corpus_unless_told_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_corpus(tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    result = marsad("data", "build")
    assert result.exit_code == 0, result.output
    assert result.stdout == "outputs/dataset: sentences in train 1\n"
    assert (tmp_path / "outputs" / "dataset" / "dataset_dict.json").is_file()


def test_a_name_in_brackets_is_printed_as_it_is(tmp_path: Path) -> None:
    target = tmp_path / "[bold]dataset[/]"
    result = marsad("data", "build", write_corpus(tmp_path / "corpus"), "--output", target)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"{target}: ")


def test_check_counts_labels_by_split_and_finds_no_problems_in_the_shipped_corpus() -> None:
    result = marsad("data", "check", SHIPPED)
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    assert "no problems (schema marsad-conflict)" in result.stdout
    header = next(line for line in result.stdout.splitlines() if "label" in line)
    assert header.replace("┃", " ").split() == ["label", "train", "validation", "test", "training", "only", "all"]
    rows = counts(result.stdout)
    assert {"sentences", "words and punctuation", "entities", "event triggers", "ARMED", "GPE", "CLASH"} <= set(rows)
    for label, (*splits, total) in rows.items():
        assert sum(splits) == total, label
    assert rows["GPE"][-1] > 10


def test_check_prints_every_problem_to_standard_error_and_fails(tmp_path: Path) -> None:
    annotation = "T1\tTANK 4 9\tتنظيم\nT2\tGPE 34 38\tحسكة\nT3\tKILL 0 3\tقتل\nE1\tKILL:T3\n"
    result = marsad("data", "check", write_corpus(tmp_path, annotation))
    assert result.exit_code == 1
    place = tmp_path / "gold" / "010.ann"
    assert result.stderr.splitlines() == [
        f"{place}: T1 TANK 'تنظيم' (4..9): the schema has no label TANK",
        f"{place}: T2 GPE 'حسكة' (34..38): cuts a word in two at 34",
        "2 problems",
    ]
    assert "no problems" not in result.stdout
    rows = counts(result.stdout)
    assert (rows["sentences"], rows["TANK"], rows["GPE"], rows["KILL"]) == ([1, 1], [1, 1], [1, 1], [1, 1])


def test_check_prints_labels_and_texts_in_brackets_as_they_are(tmp_path: Path) -> None:
    result = marsad("data", "check", write_corpus(tmp_path, "T1\t[/red] 4 9\tتنظيم\n"))
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert "the schema has no label [/red]" in result.stderr
    assert counts(result.stdout)["[/red]"] == [1, 1]


def test_clean_writes_texts_and_maps_and_prints_every_dropped_line_with_its_rule(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "010.txt").write_text(PAGE, encoding="utf-8")
    (tmp_path / "raw" / "011.txt").write_text(TEXT, encoding="utf-8")
    result = marsad("data", "clean", tmp_path / "raw", tmp_path / "نصوص")
    assert result.exit_code == 0, result.output
    text = (tmp_path / "نصوص" / "010.txt").read_text(encoding="utf-8")
    assert text == f"قتلى في الحسكة\n\n{TEXT}"
    assert result.stdout.splitlines() == [
        f"010: kept {len(text)} of {len(PAGE)} characters",
        "  dropped (javascript-notice): Sorry, you need to enable JavaScript to visit this website.",
        "  dropped (comments-heading): التعليقات",
        f"011: kept {len(TEXT)} of {len(TEXT)} characters",
    ]
    record = json.loads((tmp_path / "نصوص" / "010.offsets.json").read_text(encoding="utf-8"))
    rebuilt = [PAGE[kept["raw_start"] : kept["raw_start"] + kept["length"]] for kept in record["kept"]]
    assert "".join(rebuilt) == text
    assert [PAGE[line["raw_start"] : line["raw_end"]].strip() for line in record["dropped"]] == [
        line["text"] for line in record["dropped"]
    ]


def test_clean_takes_a_single_page_too(tmp_path: Path) -> None:
    page = tmp_path / "صفحة.txt"
    page.write_text(PAGE, encoding="utf-8")
    assert marsad("data", "clean", page, tmp_path / "out").exit_code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["صفحة.offsets.json", "صفحة.txt"]


@pytest.mark.parametrize("source", ["", "010.txt"])
def test_clean_never_overwrites_the_raw_pages(tmp_path: Path, source: str) -> None:
    (tmp_path / "010.txt").write_text(PAGE, encoding="utf-8")
    result = marsad("data", "clean", tmp_path / source, tmp_path)
    assert result.exit_code == 1
    assert "holds the raw pages, which cleaning would overwrite" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["010.txt"]
    assert (tmp_path / "010.txt").read_text(encoding="utf-8") == PAGE


def prepare(folder: Path) -> None:
    write_corpus(folder / "good")
    write_corpus(folder / "unknown-label", "T1\tTANK 4 9\tتنظيم\n")
    write_corpus(folder / "off", "T1\tGPE 0 3\tحلب\n")
    write_corpus(folder / "twice", splits="{train: ['010'], test: ['010']}")
    write_corpus(folder / "no-text", splits="{train: ['999']}")
    write_corpus(folder / "no-yaml").write_text("name: [صغير\n  splits: }", encoding="utf-8")
    write_corpus(folder / "no-keys").write_text("name: صغير\n", encoding="utf-8")
    (write_corpus(folder / "no-documents").parent / "metadata.yaml").write_text("{}", encoding="utf-8")
    (folder / "foreign").mkdir()
    (folder / "foreign" / "مهم.txt").write_text("لا تحذف", encoding="utf-8")
    (folder / "empty").mkdir()
    (folder / "windows").mkdir()
    (folder / "windows" / "010.txt").write_bytes("الحسكة".encode("windows-1256"))


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ("build {}/absent.yaml", "{}/absent.yaml: No such file or directory"),
        ("build {}/good/dataset.yaml --output {}/foreign", "{}/foreign exists and is no dataset folder"),
        (
            "build {}/unknown-label/dataset.yaml --output {}/out",
            "document 010 has labels that schema 'صغير' has not: TANK",
        ),
        ("build {}/off/dataset.yaml --output {}/out", "{}/off/gold/010.ann:1: the text at 0..3 is 'قتل'"),
        (
            "build {}/twice/dataset.yaml --output {}/out",
            "{}/twice/dataset.yaml: document 010 stands in train and in test",
        ),
        (
            "build {}/no-text/dataset.yaml --output {}/out",
            "document 999 has no text: {}/no-text/gold/999.txt is missing",
        ),
        ("build {}/no-documents/dataset.yaml --output {}/out", "{}/no-documents/metadata.yaml lacks 'documents'"),
        ("build {}/no-yaml/dataset.yaml --output {}/out", "{}/no-yaml/dataset.yaml is not valid YAML"),
        ("check {}/absent.yaml", "{}/absent.yaml: No such file or directory"),
        ("check {}/no-yaml/dataset.yaml", "{}/no-yaml/dataset.yaml is not valid YAML"),
        ("check {}/no-keys/dataset.yaml", "{}/no-keys/dataset.yaml lacks schema, annotations, splits"),
        ("check {}/no-documents/dataset.yaml", "{}/no-documents/metadata.yaml lacks 'documents'"),
        ("clean {}/absent {}/out", "{}/absent is neither a .txt file nor a folder of them"),
        ("clean {}/empty {}/out", "{}/empty is neither a .txt file nor a folder of them"),
        ("clean {}/windows {}/out", "{}/windows/010.txt: not UTF-8 (byte 0)"),
    ],
)
def test_an_expected_error_is_one_sentence_on_standard_error_and_exit_code_1(
    tmp_path: Path, arguments: str, reason: str
) -> None:
    prepare(tmp_path)
    result = marsad("data", *arguments.replace("{}", str(tmp_path)).split())
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit), "the command ends by itself, not by the error"
    assert result.stdout == ""
    assert result.stderr.startswith("error: " + reason.replace("{}", str(tmp_path)))
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "out" / "dataset_dict.json").exists()
    assert (tmp_path / "foreign" / "مهم.txt").read_text(encoding="utf-8") == "لا تحذف"


def test_debug_lets_the_error_through_with_its_traceback(tmp_path: Path) -> None:
    result = marsad("--debug", "data", "check", tmp_path / "absent.yaml")
    assert isinstance(result.exception, FileNotFoundError)


def test_a_wrong_command_line_is_exit_code_2_and_touches_nothing(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus")
    build_dataset(corpus, tmp_path / "out")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    for arguments in (["data", "clean", corpus], ["data", "build", corpus, "--outptu", "x"], ["data", "absent"]):
        result = marsad(*arguments)
        assert result.exit_code == 2
        assert "Usage" in result.stderr
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_help_names_the_three_subcommands() -> None:
    result = marsad("data", "--help")
    assert result.exit_code == 0
    for name in ("build", "check", "clean"):
        assert name in result.stdout


def test_check_of_a_marked_file_without_documents_fails(tmp_path: Path) -> None:
    (tmp_path / "empty.marked").write_text("# nothing yet\n", encoding="utf-8")
    result = marsad("data", "check", tmp_path / "empty.marked")
    assert result.exit_code == 1
    assert f"{tmp_path / 'empty.marked'}: no documents; begin one with '## ID'" in result.stderr
