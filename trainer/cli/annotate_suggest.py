"""``marsad annotate suggest``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

import typer

from trainer.cli.console import errors, output
from trainer.cli.predict_progress import shown_progress

if TYPE_CHECKING:
    from trainer.archive.progress import Progress
    from trainer.documents import Document
    from trainer.projects.project import Kind
    from trainer.readers.records import Item, Record, Reject
    from trainer.selection.choosing import Candidate
    from trainer.selection.pool import PoolCounts

REJECTS_FILE = "rejects.jsonl"
# Articles and rejects between two looks at the progress.
_STEP = 16


def suggest_command(
    archive: list[str] = typer.Argument(
        help="What to choose from: text files, folders, .jsonl, .csv, .tsv or .parquet files (also .gz, .zst), or -."
    ),
    project: Path = typer.Option(..., "--output", help="The folder of the project to write; new, or empty."),
    budget: int = typer.Option(100, min=1, help="How many sentences to choose."),
    kind: str = typer.Option("label-studio", help="label-studio or brat."),
    model: Path | None = typer.Option(None, help="A model folder; by default the one that the quickstart trained."),
    annotated: list[Path] = typer.Option(
        [],
        help="What is annotated already: a corpus, a labelled file or an earlier project; can be given several times.",
    ),
    articles: int | None = typer.Option(None, min=1, help="Look at so many articles only, drawn at random."),
    seed: int = typer.Option(1, min=0, help="With --articles: another seed draws others."),
    text_column: str = typer.Option("text", help="The column of tables and the key of JSON lines with the text."),
    id_column: str | None = typer.Option(
        None, help="The column with the ids; by default 'id' if there is one. '' numbers the documents."
    ),
    runtime: str = typer.Option(
        "auto", help="torch, openvino or onnx; auto takes the fastest that the model was exported for."
    ),
) -> None:
    """Choose the sentences of an archive that a model can learn most from, and write a project to annotate them.

    They are those that the model is least sure of, spread over what they say. Nothing is chosen that nearly repeats
    what the model was trained on, what --annotated names, or another chosen sentence.
    """
    from trainer.projects.project import KINDS

    if kind not in KINDS:
        raise ValueError(f"there are no projects of kind {kind!r}; give --kind {' or '.join(KINDS)}")
    _require_new(project)
    from trainer.archive.checked_items import checked_items
    from trainer.inference.api import default_model
    from trainer.modeling.temperatures import TEMPERATURES_FILE, Temperatures
    from trainer.process_memory import prepare_to_label_for_hours
    from trainer.projects.project import write_project
    from trainer.readers.reading import Columns, input_bytes, read_records
    from trainer.selection.annotated import annotated_sentences
    from trainer.selection.choosing import choose
    from trainer.selection.opened_model import open_model
    from trainer.selection.pool import PoolCounts
    from trainer.selection.suggesting import suggested_documents
    from trainer.writers.whole_outputs import replacing

    prepare_to_label_for_hours()
    total = input_bytes(archive)
    opened = open_model(model or default_model(), runtime)
    known = annotated_sentences(opened.folder, annotated)
    if opened.temperatures is None:
        _tell(
            f"{opened.folder} has no {TEMPERATURES_FILE}: its probabilities are taken as they are "
            "(temperatures of 1.0); a model that this Marsad trains has them"
        )
    counts = PoolCounts()
    items = read_records(archive, Columns(text_column, id_column), _tell)
    with replacing(project) as (folder,), closing(checked_items(items, dedupe=False)) as checked:
        folder.mkdir()
        rejects = Rejects(folder / REJECTS_FILE)
        chosen = choose(
            _pool(checked, rejects, total, articles, seed),
            tagger=opened.tagger,
            model=opened.model,
            tokenizer=opened.tokenizer,
            temperatures=opened.temperatures or Temperatures(),
            annotated=known,
            budget=budget,
            counts=counts,
        )
        _require_some(chosen, counts, rejects.count)
        # What the files of the tool cannot say, such as the fingerprint of the model, the project's own file does.
        write_project(
            suggested_documents(chosen, opened), folder, opened.schema, cast("Kind", kind), lambda place, loss: None
        )
    _print_outcome(chosen, counts, budget, rejects.count, project, kind)


@dataclass
class Rejects:
    """What cannot be read: counted, and listed in ``file``, which is made for the first; ``untold`` are the latest."""

    file: Path
    count: int = 0
    untold: list[Reject] = field(default_factory=list)

    def add(self, reject: Reject) -> None:
        """List ``reject``."""
        self.count += 1
        self.untold.append(reject)
        with self.file.open("ab") as file:
            file.write(reject.to_line())


def _pool(
    items: Iterable[Item], rejects: Rejects, total: int | None, articles: int | None, seed: int
) -> Iterator[Document]:
    """Yield the documents to choose from and show how far they are read: by bytes, or by articles of a sample."""
    from trainer.selection.article_sample import sample_articles

    def bytes_read(item: Item, documents: int) -> int:
        return item.done

    def articles_seen(item: Item, documents: int) -> int:
        return documents

    if articles is None:
        with shown_progress(total, quiet=False, json_log=False) as report:
            for record in followed(items, rejects, report, bytes_read):
                yield record.to_document()
        return
    with shown_progress(total, quiet=False, json_log=False) as report:
        sample = sample_articles(followed(items, rejects, report, bytes_read), articles, seed)
    with shown_progress(len(sample), quiet=False, json_log=False) as report:
        for record in followed(sample, rejects, report, articles_seen):
            yield record.to_document()


def followed(
    items: Iterable[Item], rejects: Rejects, report: Callable[[Progress], None], reached: Callable[[Item, int], int]
) -> Iterator[Record]:
    """Yield the records among ``items`` and report how far they are, every few items, so that no rejects pile up.

    Parameters
    ----------
    reached:
        Called with an item and the number of records so far: how much of the whole is done.
    """
    from trainer.archive.progress import Progress
    from trainer.readers.records import Record

    number = documents = done = 0

    def tell() -> None:
        untold, rejects.untold = rejects.untold, []
        report(Progress(number // _STEP, done, documents, rejects.count, untold))

    for number, item in enumerate(items, start=1):
        if isinstance(item, Record):
            documents += 1
            yield item
        else:
            rejects.add(item)
        done = reached(item, documents)
        if number % _STEP == 0:
            tell()
    tell()


def _tell(reason: str) -> None:
    errors.print(reason, markup=False, soft_wrap=True)


def _require_new(project: Path) -> None:
    if project.exists() and not project.is_dir():
        raise FileExistsError(f"{project} is a file; a project is a folder: give it another name")
    if project.is_dir() and any(project.iterdir()):
        raise FileExistsError(f"{project} is not empty, and may hold somebody's work; name another folder")


def _require_some(chosen: list[Candidate], counts: PoolCounts, rejected: int) -> None:
    if chosen:
        return
    if not counts.documents:
        found = f"all {rejected:,} inputs were rejected, for the reasons above" if rejected else "the archive is empty"
        raise ValueError(f"there is nothing to annotate: {found}")
    raise ValueError(
        f"there is nothing to annotate: of {counts.sentences:,} sentences in {counts.documents:,} articles, "
        f"{counts.known:,} repeat what is annotated; the others are too short, too long, or no text of an article"
    )


def _print_outcome(
    chosen: list[Candidate], counts: PoolCounts, budget: int, rejected: int, project: Path, kind: str
) -> None:
    mean = sum(candidate.uncertainty for candidate in chosen) / len(chosen)
    lines = [
        f"sentences looked at: {counts.sentences:,} in {counts.documents:,} articles",
        f"candidates: {counts.candidates:,}",
        f"left out as near-duplicates: {counts.known:,} of what is annotated, {counts.repeated:,} of other candidates",
        f"chosen: {len(chosen):,}"
        + ("" if len(chosen) == budget else f" of the {budget:,} asked for: there are no more"),
        f"mean uncertainty, from 0 to 1: {mean:.3f} chosen, {counts.mean_uncertainty:.3f} all candidates",
        f"{project}: {_how_to_open(kind)}",
    ]
    for line in lines:
        output.print(line, markup=False, soft_wrap=True)
    if rejected:
        _tell(f"{rejected} inputs rejected, listed in {project / REJECTS_FILE}")


def _how_to_open(kind: str) -> str:
    if kind == "brat":
        return "put the folder below brat's data folder and open it there; people correct the .ann files in place"
    return (
        "in Label Studio, create a project, paste config.xml under Settings, Labeling Interface, Code, and import "
        "tasks.json; export the corrected tasks as JSON"
    )
