"""Write the newspaper articles of data/records/ood from your copy of the archive, ready for 'marsad events'.

    python scripts/record_articles.py ARCHIVE.parquet OUT.jsonl

An article whose text is not the one that its records were written from is an error: offsets would mean other words.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from trainer.evaluation.gold_records import read_gold_folder
from trainer.evaluation.record_rules import RecordRules
from trainer.formats.jsonl import strict_json
from trainer.schema import load_schema
from trainer.writers.whole_outputs import replacing

COLUMNS = ["id", "text", "date", "source"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", type=Path, help="the archive in Parquet, with the columns id, text, date and source")
    parser.add_argument("output", type=Path, help="JSON Lines, an article a line in order of the ids")
    parser.add_argument("--records", type=Path, default=Path("data/records/ood"), help="a folder of records")
    options = parser.parse_args()
    try:
        count = write_articles(options.archive, options.output, options.records)
    except (OSError, ValueError) as error:
        raise SystemExit(f"error: {error}") from error
    print(f"written: {options.output}, {count} articles")


def write_articles(archive: Path, output: Path, records: Path) -> int:
    rules = RecordRules.load()
    gold = read_gold_folder(records, load_schema(), rules.kinds, rules.precisions)
    ids = [document.document for document in gold]
    table = pq.read_table(archive, columns=COLUMNS, filters=pc.field("id").isin(ids))
    articles = {row["id"]: row for row in table.to_pylist()}
    if missing := [id for id in ids if id not in articles]:
        raise ValueError(f"{archive} has no article {missing[0]}; {len(missing)} of {len(ids)} are missing")
    for document in gold:
        document.check_text(articles[document.document]["text"])
    with replacing(output) as (unfinished,), unfinished.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(strict_json(articles[id]) + "\n" for id in ids)
    return len(ids)


if __name__ == "__main__":
    main()
