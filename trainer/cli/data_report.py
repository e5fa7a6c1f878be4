"""``marsad data report``."""

from __future__ import annotations

from pathlib import Path

import typer

from trainer.cli.console import output

DEFAULT_CORPUS = Path("data/dataset.yaml")


def report_command(
    sources: list[Path] = typer.Argument(
        None,
        help="A corpus file (dataset.yaml), a labelled file (IOB2, sentence labels), or .marked files and folders.",
        show_default=str(DEFAULT_CORPUS),
    ),
    target: Path = typer.Option(..., "--output", help="The folder to write: index.html, and the plots in plots."),
    second: Path = typer.Option(
        None, "--second", help="Another annotation of some of the texts: a brat folder, .marked files. Shows agreement."
    ),
    schema: Path = typer.Option(
        None, "--schema", help="The schema of what is no corpus file; by default as 'marsad data check' takes it."
    ),
) -> None:
    """Write a page that shows a dataset: sizes, label counts, lengths, what occurs together, agreement, examples."""
    from trainer.writers.report_folder import check_report_folder, write_report_folder

    check_report_folder(target)
    from trainer.data.label_examples import label_examples, shown_documents
    from trainer.data.labelled_files import read_labelled_file
    from trainer.data.labelled_sources import load_labelled
    from trainer.data.statistics import parts_of, statistics
    from trainer.pages.dataset import dataset_page
    from trainer.pages.dataset_plots import dataset_plots

    corpus = load_labelled(sources or [DEFAULT_CORPUS], schema)
    parts = parts_of(corpus)
    everything = [document for documents in parts.values() for document in documents]
    agreement = None
    if second is not None:
        from trainer.evaluation.shared_agreement import shared_agreement

        agreement = shared_agreement(everything, read_labelled_file(second), corpus.schema)
    figures = statistics(corpus)
    pictures = dataset_plots(figures, agreement)
    examples = label_examples(shown_documents(parts))
    page = dataset_page(figures, pictures, examples, corpus.schema.arabic_names(), agreement)
    path = write_report_folder(target, page, pictures.values())
    output.print(f"written: {path}", markup=False, soft_wrap=True)
