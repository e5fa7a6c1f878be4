"""Outputs: named by their ending, independent of how a run was cut into parts, whole or not there."""

from __future__ import annotations

import errno
import os
import shutil
import signal
from collections.abc import Callable, Sequence
from itertools import count, pairwise
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
from conftest import SCHEMA, TRAINING, marked_document
from hypothesis import given, settings
from hypothesis import strategies as st
from killed_processes import kill_before_change
from strategies import ANY_TEXT, documents

from trainer.documents import Document, DuplicateOf
from trainer.formats.jsonl import document_to_json
from trainer.schema import Schema, load_schema
from trainer.writers import whole_outputs
from trainer.writers.named_outputs import FORMATS, named_for
from trainer.writers.writer import writer_for

NAMES = ("x.jsonl", "x.jsonl.gz", "x.jsonl.zst", "x.parquet", "x.csv", "x.html", "x")


@pytest.fixture(scope="session")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    path = tmp_path_factory.mktemp("schema") / "schema.yaml"
    path.write_text(SCHEMA, encoding="utf-8")
    return load_schema(path)


def articles(number: int) -> list[Document]:
    """Return documents of one sentence each, numbered from 1, every third a copy of the first."""
    found = []
    for index in range(number):
        document = marked_document([TRAINING[index % len(TRAINING)]], id=str(index + 1))
        document.metadata = {"date": f"2015-08-{index + 1:02}"}
        if index and index % 3 == 0:
            document.duplicate_of = DuplicateOf("1", 0.75)
        found.append(document)
    return found


def written_parts(parts: Sequence[Sequence[Document]], folder: Path, name: str, schema: Schema) -> list[Path]:
    """Write ``parts`` for an output of the given name, each into a folder below ``folder``."""
    folders = [folder / f"{number:05}" for number in range(len(parts))]
    for part, path in zip(parts, folders, strict=True):
        path.mkdir(parents=True)
        writer_for(Path(name), schema).write_part(part, path)
    return folders


def output(parts: Sequence[Sequence[Document]], target: Path, schema: Schema) -> Path:
    """Write ``parts`` and put them together as ``target``, as a run does."""
    work = target.with_name(f"{target.name}.parts")
    writer_for(target, schema).assemble(written_parts(parts, work, target.name, schema), target)
    shutil.rmtree(work, ignore_errors=True)
    return target


def contents(folder: Path) -> dict[str, object]:
    """Return what every file below ``folder`` says; compression and row groups say nothing."""
    return {str(path.relative_to(folder)): _content(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def _content(path: Path) -> object:
    if path.suffix == ".parquet":
        return pyarrow.parquet.read_table(path).to_pylist()
    with pyarrow.input_stream(str(path), compression="detect") as file:
        return file.read()


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Return a function that makes an empty folder."""
    base, numbers = tmp_path_factory.mktemp("outputs"), count()

    def make() -> Path:
        folder = base / str(next(numbers))
        folder.mkdir()
        return folder

    return make


class TestTheNameOfAnOutput:
    @pytest.mark.parametrize("name", ["x.txt", "x.json", "x.csv.gz", "x.parquet.zst", "x.2015", "خبر.xlsx"])
    def test_an_unknown_ending_is_refused_with_those_that_there_are(self, schema: Schema, name: str) -> None:
        with pytest.raises(
            ValueError, match=rf"^{name}: .*\.jsonl, \.jsonl\.gz, \.jsonl\.zst, \.parquet, \.csv, \.html; .* brat"
        ):
            writer_for(Path(name), schema)

    @pytest.mark.parametrize(
        ("target", "format", "name"),
        [
            ("labelled", "html", "labelled.html"),
            ("labelled.2015", "html", "labelled.2015.html"),
            ("x.HTML", "html", "x.HTML"),
            ("x.jsonl.gz", "jsonl", "x.jsonl.gz"),
            ("folder/", "brat", "folder"),
            ("folder/", "parquet", "folder.parquet"),
        ],
    )
    def test_a_format_gives_a_name_its_ending(self, target: str, format: str, name: str) -> None:
        assert named_for(target, format) == name

    @pytest.mark.parametrize("format", FORMATS)
    def test_every_format_has_a_writer_of_its_own(self, schema: Schema, format: str) -> None:
        kinds = {name: type(writer_for(Path(named_for("x", name)), schema)) for name in FORMATS}
        assert [name for name, kind in kinds.items() if kind is kinds[format]] == [format]

    def test_standard_output_is_no_name_to_be_completed(self) -> None:
        assert named_for("-", "html") == "-"

    def test_a_format_against_the_ending_and_one_that_there_is_not_are_refused(self) -> None:
        with pytest.raises(ValueError, match=r"^--output x.csv ends in .csv, which is not --format html"):
            named_for("x.csv", "html")
        with pytest.raises(ValueError, match=r"^--output x.csv ends in .csv, which is not --format brat"):
            named_for("x.csv", "brat")
        with pytest.raises(ValueError, match=r"^--format docx is none of jsonl, parquet, csv, html, brat"):
            named_for("x", "docx")

    @pytest.mark.parametrize("name", ["X.JSONL", "x.Csv", "x.HTML", "x.JSONL.GZ"])
    def test_capital_letters_in_the_ending_do_not_count(self, schema: Schema, tmp_path: Path, name: str) -> None:
        writer = writer_for(tmp_path / name, schema)
        assert type(writer) is type(writer_for(tmp_path / name.lower(), schema))

    @pytest.mark.parametrize("name", NAMES)
    def test_the_files_that_are_announced_are_those_that_are_made(
        self, schema: Schema, tmp_path: Path, name: str
    ) -> None:
        target = output([articles(2), articles(2)], tmp_path / "new folder" / name, schema)
        assert sorted(target.parent.iterdir()) == sorted(writer_for(target, schema).files(target))

    def test_the_tables_of_csv_and_the_pages_of_html_are_named_after_the_output(self, schema: Schema) -> None:
        files = [path for name in ("a.b.csv", "a.b.html") for path in writer_for(Path(name), schema).files(Path(name))]
        names = ["a.b.entities.csv", "a.b.events.csv", "a.b.event_types.csv", "a.b.html", "a.b.pages"]
        assert [path.name for path in files] == names


class TestParts:
    @pytest.mark.parametrize("name", [name for name in NAMES if name != "x.html"])
    @given(written=st.lists(documents(ANY_TEXT), max_size=5), cuts=st.lists(st.integers(0, 5), max_size=3))
    @settings(max_examples=15)
    def test_any_documents_written_in_parts_are_those_written_at_once(
        self, schema: Schema, fresh: Callable[[], Path], name: str, written: list[Document], cuts: list[int]
    ) -> None:
        edges = sorted([0, len(written), *(min(cut, len(written)) for cut in cuts)])
        in_parts, at_once = fresh(), fresh()
        output([written[first:last] for first, last in pairwise(edges)], in_parts / name, schema)
        output([written], at_once / name, schema)
        assert contents(in_parts) == contents(at_once)

    @pytest.mark.parametrize("name", NAMES)
    def test_a_run_without_a_document_gives_an_output_without_one(
        self, schema: Schema, fresh: Callable[[], Path], name: str
    ) -> None:
        without_parts, empty_parts = fresh(), fresh()
        output([], without_parts / name, schema)
        output([[], []], empty_parts / name, schema)
        assert contents(without_parts) == contents(empty_parts) != {}

    def test_all_kinds_of_output_can_be_written_into_one_folder(
        self, schema: Schema, fresh: Callable[[], Path], tmp_path: Path
    ) -> None:
        alone, together = fresh(), fresh()
        for name in NAMES:
            writer_for(Path(name), schema).write_part(articles(3), tmp_path)
        for name in NAMES:
            writer_for(Path(name), schema).assemble([tmp_path, tmp_path], together / name)
            output([articles(3), articles(3)], alone / name, schema)
        assert contents(together) == contents(alone)

    @pytest.mark.parametrize("name", ["x.jsonl", "x.jsonl.gz", "x.jsonl.zst"])
    def test_json_lines_are_the_lines_of_the_documents_in_order(
        self, schema: Schema, tmp_path: Path, name: str
    ) -> None:
        found = articles(5)
        path = output([found[:2], found[2:]], tmp_path / name, schema)
        assert _content(path) == "".join(document_to_json(document) + "\n" for document in found).encode("utf-8")

    def test_the_endings_of_compressed_lines_are_true(self, schema: Schema, tmp_path: Path) -> None:
        begins = {name: output([articles(1)], tmp_path / name, schema).read_bytes()[:4] for name in NAMES[:3]}
        assert begins == {"x.jsonl": b'{"ve', "x.jsonl.gz": b"\x1f\x8b\x08\0", "x.jsonl.zst": b"\x28\xb5\x2f\xfd"}


def was_killed_before(change: int, folder: Path, work: Callable[[], object]) -> bool:
    """Do ``work`` in a process that is killed before it changes something in ``folder`` for the given time, from 0.

    Forked from this one, which takes no time; the writers start no threads.
    """
    process = os.fork()
    if process == 0:
        try:
            kill_before_change(change, folder)
            work()
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(process, 0)
    assert status == 0 or os.WTERMSIG(status) == signal.SIGKILL, "the process failed"
    return status != 0


# Outputs and how many parts they are made of: HTML is a page and a folder of pages, or a page alone.
KILLED = {
    "lines": ("x.jsonl", 2),
    "tables": ("x.csv", 2),
    "pages": ("x.html", 2),
    "a page": ("x.html", 1),
    "x": ("x", 2),
}


class TestAnOutputAppearsWhenItIsWhole:
    @pytest.mark.parametrize(("name", "size"), KILLED.values(), ids=KILLED)
    def test_killed_at_any_moment_every_file_is_the_old_or_the_new_one_and_the_next_run_completes_it(
        self, schema: Schema, tmp_path: Path, name: str, size: int
    ) -> None:
        writer = writer_for(Path(name), schema)
        parts = written_parts([articles(2)] * size, tmp_path / "parts", name, schema)
        writer.assemble(parts, tmp_path / "new" / name)
        new = contents(tmp_path / "new")
        (tmp_path / "old").mkdir()
        # A folder of brat files replaces none.
        old = {} if name == "x" else contents(output([articles(3)] * 2, tmp_path / "old" / name, schema).parent)
        for change in count():
            folder = tmp_path / "outputs" / str(change)
            shutil.copytree(tmp_path / "old", folder)
            killed = was_killed_before(change, folder, lambda folder=folder: writer.assemble(parts, folder / name))
            visible = {path: text for path, text in contents(folder).items() if not path.startswith(".")}
            assert all(text in (old.get(path), new.get(path)) for path, text in visible.items())
            if name == "x":
                assert visible in ({}, new)
            writer.assemble(parts, folder / name)
            assert contents(folder) == new
            if not killed:
                break
        assert change > 2

    @pytest.mark.parametrize("name", [name for name in NAMES if name != "x"])
    def test_a_failure_leaves_what_was_there_and_nothing_else(self, schema: Schema, tmp_path: Path, name: str) -> None:
        output([articles(3), articles(3)], tmp_path / name, schema)
        before = contents(tmp_path)
        with pytest.raises(FileNotFoundError):
            writer_for(Path(name), schema).assemble([tmp_path / "no such part"], tmp_path / name)
        assert contents(tmp_path) == before

    def test_a_folder_that_cannot_take_its_place_leaves_the_old_one_there(
        self, schema: Schema, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        target = output([articles(1), articles(2)], tmp_path / "outputs" / "x.html", schema)
        before = contents(target.parent)
        parts = written_parts([articles(3), articles(3)], tmp_path / "parts", "x.html", schema)
        rename = Path.rename

        def fail(path: Path, place: Path) -> Path:
            if path.name == ".x.pages.partial":
                raise OSError(errno.EBUSY, "Device or resource busy")
            return rename(path, place)

        monkeypatch.setattr(Path, "rename", fail)
        with pytest.raises(OSError, match="Device or resource busy"):
            writer_for(target, schema).assemble(parts, target)
        assert contents(target.parent) == before
        assert sorted(path.name for path in target.parent.iterdir()) == ["x.html", "x.pages"]

    def test_all_of_it_is_on_the_disk_before_anything_is_renamed_and_then_the_names(
        self, schema: Schema, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        done = []
        replace = Path.replace
        monkeypatch.setattr(whole_outputs, "flush", lambda path: done.append(f"flush {path.name}"))
        monkeypatch.setattr(Path, "replace", lambda old, new: (done.append("rename"), replace(old, new))[1])
        output([articles(1), articles(2)], tmp_path / "outputs" / "x.html", schema)
        first = done.index("rename")
        files = ["0001.html", "0002.html", ".x.pages.partial", ".x.html.partial"]
        assert sorted(done[:first]) == sorted(f"flush {name}" for name in files)
        assert done[first:] == ["rename", "rename", "flush outputs"]

    def test_a_link_to_a_file_stays_a_link(self, schema: Schema, tmp_path: Path) -> None:
        (tmp_path / "large disk").mkdir()
        (tmp_path / "x.jsonl").symlink_to(tmp_path / "large disk" / "x.jsonl")
        output([articles(1)], tmp_path / "x.jsonl", schema)
        assert (tmp_path / "x.jsonl").is_symlink()
        assert [path.name for path in (tmp_path / "large disk").iterdir()] == ["x.jsonl"]


class TestWhatStandsInTheWay:
    @pytest.mark.parametrize("name", NAMES[:-1])
    def test_a_folder_in_the_place_of_a_file_is_named(self, schema: Schema, tmp_path: Path, name: str) -> None:
        writer = writer_for(tmp_path / name, schema)
        writer.check(tmp_path / name)
        place = writer.files(tmp_path / name)[0]
        place.mkdir()
        with pytest.raises(IsADirectoryError, match=rf"^{place} is a folder; name another output"):
            writer.check(tmp_path / name)

    @pytest.mark.parametrize("name", NAMES[:-1])
    def test_an_older_output_does_not(self, schema: Schema, tmp_path: Path, name: str) -> None:
        output([articles(3), articles(3)], tmp_path / name, schema)
        writer_for(tmp_path / name, schema).check(tmp_path / name)
        output([articles(1)], tmp_path / name, schema)
        output([articles(1)], tmp_path / "expected" / name, schema)
        assert contents(tmp_path / "expected") == {
            path: text for path, text in contents(tmp_path).items() if not path.startswith("expected")
        }
