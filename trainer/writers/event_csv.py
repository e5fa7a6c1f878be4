"""Events as one CSV table: a row a record, the columns of :data:`trainer.records.columns.COLUMNS`."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from trainer.records.columns import COLUMNS
from trainer.writers.csv_cells import cell
from trainer.writers.event_rows import EventWriter
from trainer.writers.whole_outputs import replacing


class EventCsvWriter(EventWriter):
    """Writes one CSV file; columns with several values hold JSON."""

    def assemble(self, parts: Sequence[Path], target: Path) -> None:
        """Write a row for each record of all parts."""
        # Excel takes a file without the mark of UTF-8 for one in the code page of the machine.
        with replacing(target) as (path,), path.open("w", encoding="utf-8-sig", newline="") as file:
            rows = csv.writer(file)
            rows.writerow([column.name for column in COLUMNS])
            rows.writerows([cell(value) for value in values.values()] for _, values in self.rows(parts))
