"""Plot how often each event type was found, by week and by source, from a table of 'marsad predict'.

    python scripts/plot_event_counts.py outputs/archive.event_types.csv docs/images/archive-events.png

Events of articles that repeat an earlier one (--dedupe) are left out. The left half gives counts, the right half the
share of each source's events, since sources differ in size.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

# A table of millions of rows is read a little at a time.
ROWS = 100_000
# Sources with fewer events have shares that mean nothing.
FEWEST_EVENTS = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("events", type=Path, help="the .event_types.csv or .events.csv of 'marsad predict'")
    parser.add_argument("picture", type=Path, help="a .png or .svg file")
    parser.add_argument("--date", default="date", help="the column with the date of the article")
    parser.add_argument("--source", default="source", help="the column with the newspaper")
    options = parser.parse_args()
    try:
        by_week, by_source, repeated, undated = count(options.events, options.date, options.source)
    except (OSError, ValueError) as error:
        sys.exit(f"error: {options.events}: {error}")
    if by_week.empty:
        sys.exit(f"error: {options.events} has no event to count: {repeated} are repeated, {undated} have no date")
    options.picture.parent.mkdir(parents=True, exist_ok=True)
    draw(by_week, by_source).savefig(options.picture, dpi=120)
    print(by_week.to_string())
    print(by_source.to_string())
    print(f"{int(by_week.to_numpy().sum())} events counted; {repeated} in articles that repeat others left out")
    if undated:
        print(f"{undated} without a date left out")


def count(events: Path, date: str, source: str) -> tuple[pd.DataFrame, pd.DataFrame, int, int]:
    """Return counts of event types (rows) by week and by source, and how many are left out as repeated and undated."""
    counted, repeated, undated = [], 0, 0
    for rows in pd.read_csv(events, usecols=["type", "duplicate_of", date, source], dtype=str, chunksize=ROWS):
        repeated += int(rows["duplicate_of"].notna().sum())
        rows = rows[rows["duplicate_of"].isna()]
        undated += int(rows[date].isna().sum())
        rows = rows[rows[date].notna()]
        week = pd.to_datetime(rows[date]).dt.to_period("W-SUN").dt.start_time.dt.date.rename("week of")
        counted.append(rows.groupby(["type", week, rows[source].rename("source")]).size())
    counts = pd.concat(counted).groupby(level=[0, 1, 2]).sum()
    by_week = counts.groupby(level=[0, 1]).sum().unstack(fill_value=0)
    by_source = counts.groupby(level=[0, 2]).sum().unstack(fill_value=0)
    order = by_week.sum(axis=1).sort_values(ascending=False).index
    enough = by_source.sum() >= FEWEST_EVENTS
    # Of a small archive all sources are shown.
    return by_week.loc[order], by_source.loc[order, enough if enough.any() else slice(None)], repeated, undated


def draw(by_week: pd.DataFrame, by_source: pd.DataFrame) -> Figure:
    """Return two heat maps with the event types as common rows."""
    figure = Figure(figsize=(13, 6.5), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[len(by_week.columns), len(by_source.columns)])
    shares = 100 * by_source / by_source.sum()
    for axes, table, title, form in (
        (left, by_week, "events by week, from Monday", "{:,.0f}"),
        (right, shares, "share of each source's events, %", "{:.0f}"),
    ):
        shade = table / table.max() if axes is left else table
        axes.imshow(shade.to_numpy(float), aspect="auto", cmap="Blues")
        axes.set_xticks(range(len(table.columns)), [str(column) for column in table.columns], rotation=60, ha="right")
        axes.set_yticks(range(len(table.index)), list(table.index))
        axes.set_title(title)
        dark = shade.to_numpy(float).max() * 0.6
        for row, values in enumerate(table.to_numpy(float)):
            for column, value in enumerate(values):
                color = "white" if shade.iat[row, column] > dark else "black"
                axes.text(column, row, form.format(value), ha="center", va="center", fontsize=8, color=color)
    return figure


if __name__ == "__main__":
    main()
