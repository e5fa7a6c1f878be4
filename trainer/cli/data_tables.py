"""Tables of label counts for ``marsad data``."""

from __future__ import annotations

from rich.markup import escape
from rich.table import Table

from trainer.data.check import CorpusReport
from trainer.data.check_inline import InlineReport, label_table


def corpus_counts(title: str, report: CorpusReport) -> Table:
    """Return the counts per label and split of a corpus."""
    splits = list(report.sentences)
    table = Table(title=escape(title), title_justify="left")
    table.add_column("label")
    for name in [*splits, "all"]:
        table.add_column(escape(name), justify="right")
    for name, sizes in (("sentences", report.sentences), ("words and punctuation", report.words)):
        table.add_row(name, *(str(sizes[split]) for split in splits), str(sum(sizes.values())))
    layers = {"entities": report.entities, "event triggers": report.events}
    if any(report.event_types.values()):
        layers["event types of sentences"] = report.event_types
    for name, counts in layers.items():
        table.add_section()
        totals = {split: sum(counts[split].values()) for split in splits}
        table.add_row(f"[bold]{name}[/]", *(str(totals[split]) for split in splits), str(sum(totals.values())))
        labels = sorted({label for counter in counts.values() for label in counter})
        for label in sorted(labels, key=lambda name: -sum(counts[split][name] for split in splits)):
            row = [counts[split][label] for split in splits]
            table.add_row(f"  {escape(label)}", *map(str, row), str(sum(row)))
    return table


def inline_counts(title: str, report: InlineReport) -> Table:
    """Return the counts per label of marked files, and how many different strings each label has."""
    documents = report.documents
    table = Table(title=escape(title), title_justify="left")
    for name in ("", "number", "different"):
        table.add_column(name, justify="right" if name else "left")
    sentences = [sentence for document in documents for sentence in document.sentences]
    table.add_row("documents", str(len(documents)))
    table.add_row("lines of text", str(report.lines))
    table.add_row("sentences", str(len(sentences)))
    table.add_row("  without an event", str(sum(not sentence.event_types for sentence in sentences)))
    table.add_row("words and punctuation", str(sum(len(document.words) for document in documents)))
    for layer, labels in label_table(documents).items():
        table.add_section()
        table.add_row(f"[bold]{layer}[/]", str(sum(number for number, _ in labels.values())))
        for label, (number, different) in sorted(labels.items(), key=lambda row: -row[1][0]):
            table.add_row(f"  {escape(label)}", str(number), str(different))
    return table
