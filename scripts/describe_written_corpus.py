"""Describe the corpus written for training, as the tables of its data card.

    python scripts/describe_written_corpus.py data/synthetic --archive ARCHIVE.parquet \\
        --annotated outputs/ood/dataset.yaml

Floors: triggers and lemmas by event type, mentions by entity type, sentences without an event. Likeness: lengths,
punctuation, repetition and density of labels, beside conflict articles of the archive (as scripts/sample_archive.py
tells them apart) and, for labels, annotated excerpts of it. Lemmas come from lemmas.yaml beside the .marked files.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow.parquet as pq
import yaml
from sample_archive import kind_of

from trainer.data.check_inline import label_table
from trainer.data.corpus import load_corpus
from trainer.data.near_duplicates import folded_words
from trainer.data.text_profile import (
    TextProfile,
    distinct_grams,
    equal_sample,
    profile,
    repeated_openings,
    sentence_words,
)
from trainer.documents import Document
from trainer.formats.inline import read_inline

ARTICLES, SEED = 400, 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--archive", type=Path, help="a Parquet file with id, title and text")
    parser.add_argument("--annotated", type=Path, help="the corpus file of annotated excerpts of the archive")
    options = parser.parse_args()
    written = read_inline(options.corpus)
    print(f"{len(written)} documents, {sum(len(d.sentences) for d in written)} sentences\n")
    _print_kinds(written)
    _print_labels(written, _lemmas(options.corpus / "lemmas.yaml"))
    columns = {"written": profile([document for document in written if _kind(document) == "event"])}
    if options.annotated:
        excerpts = [d for d in load_corpus(options.annotated).documents if d.metadata.get("kind") == "conflict"]
        columns["annotated excerpts"] = profile(excerpts)
    if options.archive:
        articles = _conflict_articles(options.archive)
        columns["archive"] = profile(articles)
    _print_profiles(columns)
    ours = sentence_words(written)
    line = f"Runs of four words that differ: {distinct_grams(ours):.4f}"
    if options.archive:
        sample = equal_sample(sentence_words(articles), sum(map(len, ours)), SEED)
        line += f", {distinct_grams(sample):.4f} in as many words of the archive"
        line += f", ratio {distinct_grams(ours) / distinct_grams(sample):.3f}"
    print(line)
    print(f"Openings of five words that stand more than three times: {repeated_openings(written) or 'none'}")


def _kind(document: Document) -> str:
    return str(document.metadata.get("kind", "event"))


def _print_kinds(written: Iterable[Document]) -> None:
    for fact in ("kind", "register", "decade"):
        counts: Counter[str] = Counter()
        for document in written:
            counts[str(document.metadata.get(fact, "?"))] += len(document.sentences)
        print(f"Sentences by {fact}: " + ", ".join(f"{name} {count}" for name, count in counts.most_common()))
    empty = sum(not sentence.event_types for document in written for sentence in document.sentences)
    print(f"Sentences without an event: {empty}\n")


def _lemmas(path: Path) -> dict[str, dict[str, str]]:
    """Return for every event type the lemma of each trigger form, forms folded."""
    if not path.is_file():
        return {}
    table = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {
        type: {" ".join(folded_words(form)): lemma for lemma, forms in lemmas.items() for form in (lemma, *forms)}
        for type, lemmas in table.items()
    }


def _print_labels(written: Sequence[Document], lemmas: dict[str, dict[str, str]]) -> None:
    forms: dict[str, set[str]] = defaultdict(set)
    for document in written:
        for event in document.events:
            forms[event.type].add(" ".join(folded_words(event.trigger.text)))
    counts = label_table(written)
    print("| event type | triggers | lemmas | forms |\n|---|---|---|---|")
    unknown: list[str] = []
    for type, (number, _) in sorted(counts["event triggers"].items(), key=lambda row: -row[1][0]):
        known = lemmas.get(type, {})
        unknown += [f"{type} {form}" for form in sorted(forms[type]) if form not in known]
        found = {known[form] for form in forms[type] if form in known}
        print(f"| {type} | {number} | {len(found)} | {len(forms[type])} |")
    if unknown:
        print(f"\nForms without a lemma: {len(unknown)}: {'; '.join(unknown)}")
    for layer, title in (("entities", "entity type"), ("arguments", "role"), ("attributes", "attribute")):
        print(f"\n| {title} | number | different |\n|---|---|---|")
        for label, (number, different) in sorted(counts[layer].items(), key=lambda row: -row[1][0]):
            print(f"| {label} | {number} | {different} |")
    print()


def _conflict_articles(archive: Path) -> list[Document]:
    rows = pq.read_table(archive, columns=["id", "title", "text"]).to_pylist()
    conflict = [row for row in rows if kind_of(f"{row['title']}\n{row['text']}") == "conflict"]
    step = max(1, len(conflict) // ARTICLES)
    return [Document.from_text(row["text"], str(row["id"])) for row in conflict[::step][:ARTICLES]]


def _print_profiles(columns: dict[str, TextProfile]) -> None:
    print("| | " + " | ".join(columns) + " |\n|---|" + "---|" * len(columns))
    rows: dict[str, list[str]] = {
        "sentences": [str(found.sentences) for found in columns.values()],
        "words": [str(found.words) for found in columns.values()],
        "words a sentence, mean": [f"{found.mean_length:.1f}" for found in columns.values()],
    }
    for percent in (5, 25, 50, 75, 90, 95):
        rows[f"{percent}% have at most"] = [f"{found.length_quantiles[percent]:.0f}" for found in columns.values()]
    for mark in next(iter(columns.values())).punctuation:
        rows[f"`{mark}` per 1,000 words"] = [f"{found.punctuation[mark]:.1f}" for found in columns.values()]
    for name, value in (("entities", "entities"), ("triggers", "triggers")):
        rows[f"{name} per 1,000 words"] = [
            f"{getattr(found, value):.0f}" if found.entities else "–" for found in columns.values()
        ]
    rows["sentences without an event"] = [
        f"{found.without_event:.2f}" if found.entities else "–" for found in columns.values()
    ]
    for name, cells in rows.items():
        print(f"| {name} | " + " | ".join(cells) + " |")
    print()


if __name__ == "__main__":
    main()
