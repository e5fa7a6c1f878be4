"""Draw excerpts of consecutive sentences from a news archive, ready to be annotated by hand.

    python scripts/sample_archive.py ARCHIVE.parquet OUT.marked --conflict 50 --other 34 --sentences 3 --seed 1

An article reports conflict if its title and text have at least four different words of the list below, and is another
page if they have none. Articles about al-Hasakah are left out, as are those in a file given with --not-in.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import regex

from trainer.documents import Document
from trainer.formats.inline import read_inline
from trainer.formats.inline_writer import write_inline_file

CONFLICT_WORDS = regex.compile(
    "اشتباك|غارات|غارة|قصف|مسلح|ميليش|داعش|الحوثي|تفجير|مقتل|قتلى|عبوة ناسفة|معارك|هجوم|انتحاري|القاعدة"
)
LEFT_OUT = regex.compile("الحسكة|غويران")
# Shorter than a clause is no sentence to learn from; longer ones are tables and lists of names.
SHORTEST, LONGEST = 4, 90


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--conflict", type=int, required=True, help="excerpts of conflict reports")
    parser.add_argument("--other", type=int, default=0, help="excerpts of other pages")
    parser.add_argument("--sentences", type=int, default=3, help="sentences of an excerpt")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--not-in", type=Path, action="append", default=[], help=".marked files of earlier samples")
    options = parser.parse_args()
    used = {document.id for file in options.not_in for document in read_inline(file)}
    articles = [row for row in pq.read_table(options.archive).to_pylist() if str(row["id"]) not in used]
    random.Random(options.seed).shuffle(articles)
    drawn = _excerpts(articles, options.conflict, options.other, options.sentences, random.Random(options.seed))
    write_inline_file(drawn, options.output)


def _excerpts(
    articles: list[dict[str, Any]], conflict: int, other: int, sentences: int, chance: random.Random
) -> Iterator[Document]:
    wanted = {"conflict": conflict, "other": other}
    for article in articles:
        kind = kind_of(f"{article['title']}\n{article['text']}")
        if not kind or not wanted[kind]:
            continue
        excerpt = _excerpt(article, sentences, chance)
        if excerpt is not None:
            wanted[kind] -= 1
            excerpt.metadata = {"kind": kind, "start": excerpt.metadata["start"]}
            yield excerpt
    if any(wanted.values()):
        raise SystemExit(f"the archive has too few articles: {wanted} are missing")


def kind_of(text: str) -> str | None:
    """Return whether an article reports ``conflict`` or is an ``other`` page; nothing for what lies between."""
    if LEFT_OUT.search(text):
        return None
    found = len(set(CONFLICT_WORDS.findall(text)))
    return "conflict" if found >= 4 else None if found else "other"


def _excerpt(article: dict[str, Any], count: int, chance: random.Random) -> Document | None:
    """Return ``count`` consecutive sentences, or nothing where the article has none that are whole and fit."""
    text = article["text"]
    whole = Document.from_text(text)
    starts = list(range(len(whole.sentences) - count + 1))
    chance.shuffle(starts)
    for first in starts:
        sentences = whole.sentences[first : first + count]
        if not all(SHORTEST <= len(whole.words_of(sentence)) <= LONGEST for sentence in sentences):
            continue
        start, end = sentences[0].start, sentences[-1].end
        excerpt = Document.from_text(text[start:end], str(article["id"]), {"start": start})
        # The excerpt must fall into the same sentences as the article.
        if [(s.start + start, s.end + start) for s in excerpt.sentences] == [(s.start, s.end) for s in sentences]:
            return excerpt
    return None


if __name__ == "__main__":
    main()
