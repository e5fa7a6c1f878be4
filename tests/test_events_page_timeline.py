"""The timeline: every record is in one bar or beside the bars, and the bars are of the unit that shows most of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from events_page_samples import bare, battle, day, several
from hypothesis import given
from hypothesis import strategies as st
from parsed_pages import parsed

from trainer.pages.events_timeline import MOST_BARS, Counted, Days, Timeline, days_of
from trainer.pages.events_timeline_drawing import HEIGHT, WIDTH, drawing


def timeline(*days: str | tuple[str, str] | None, group: str = "") -> Timeline:
    """Return the timeline of records with these days, each a day, a first and a last one, or none."""
    found = []
    for place, one in enumerate(days, start=1):
        first, last = (one, one) if isinstance(one, str) else one or (None, None)
        both = Days(date.fromisoformat(first), date.fromisoformat(last)) if first and last else None
        found.append(Counted(both, group, 1, place))
    return Timeline(found)


def bars(found: Timeline) -> dict[str, int]:
    return {bar.name: bar.total for bar in (*found.bars, *found.beside)}


class TestTheUnit:
    @pytest.mark.parametrize(
        ("days", "expected"),
        [
            (["2015-07-31", "2015-08-02", "2015-08-02"], {"2015-07-31": 1, "2015-08-01": 0, "2015-08-02": 2}),
            (["2015-01-01", "2015-03-04"], {"أسبوع 2014-12-29": 1, "أسبوع 2015-03-02": 1}),
            (["2011-03-15", "2015-08-02"], {"2011-03": 1, "2015-08": 1}),
            (["1982-02-02", "2015-08-02"], {"1982": 1, "2015": 1}),
        ],
        ids=["days", "weeks", "months", "years"],
    )
    def test_is_the_finest_that_shows_them_all(self, days: Sequence[str], expected: dict[str, int]) -> None:
        found = bars(timeline(*days))
        assert {name: found[name] for name in expected} == expected
        assert sum(found.values()) == len(days)
        assert (min(found), max(found)) == (min(expected), max(expected))  # no bars around them

    def test_is_not_coarser_for_a_few_records_of_other_times_which_have_bars_of_their_own(self) -> None:
        found = timeline("1982-02-02", *["2015-08-01"] * 10, *["2015-08-02"] * 10, "2030-01-01")
        assert bars(found) == {"قبل ذلك": 1, "2015-08-01": 10, "2015-08-02": 10, "بعد ذلك": 1}

    def test_does_not_follow_dates_that_are_wider_than_it(self) -> None:
        found = timeline("2015-08-01", "2015-08-02", ("2012-01-01", "2014-12-31"))
        assert bars(found) == {"2015-08-01": 1, "2015-08-02": 1, "تاريخ أوسع من عمود": 1}

    def test_is_that_of_most_dates(self) -> None:
        found = timeline("2015-08-01", ("2015-07-01", "2015-07-31"), ("2015-08-01", "2015-08-31"))
        assert bars(found) == {"2015-07": 1, "2015-08": 2}


class TestARecord:
    def test_of_a_night_is_in_the_first_of_its_days(self) -> None:
        assert bars(timeline(("2015-08-01", "2015-08-02"))) == {"2015-08-01": 1}

    def test_without_a_date_is_beside_the_bars(self) -> None:
        assert bars(timeline(None, None)) == {"بلا تاريخ": 2}

    def test_is_named_by_the_key_of_the_bar_that_counts_it(self) -> None:
        records = [battle(when=day("2015-08-01")), battle(when=day("2015-08-03", "2015-09-30", "range")), bare(1)]
        found = Timeline(Counted(days_of(record), "", 1, place) for place, record in enumerate(records, start=1))
        keyed = {bar.key: bar for bar in (*found.bars, *found.beside)}
        assert [keyed[found.key(days_of(record))].place for record in records] == [1, 2, 3]

    @given(st.lists(st.none() | st.tuples(st.dates(), st.integers(0, 500)), max_size=30))
    def test_is_counted_once_whatever_the_dates(self, given: list[tuple[date, int] | None]) -> None:
        days = []
        for one in given:
            length = timedelta(days=min(one[1], (date.max - one[0]).days)) if one else timedelta()
            days.append(Days(one[0], one[0] + length) if one else None)
        found = Timeline(Counted(both, "", 1, place) for place, both in enumerate(days, start=1))
        assert sum(bars(found).values()) == len(days)
        assert len(found.bars) <= MOST_BARS + 2
        keys = {bar.key for bar in (*found.bars, *found.beside)}
        assert {found.key(both) for both in days} <= keys
        drawn = drawing(found, [])
        for bar in drawn.bars:
            assert bar.left >= -0.01
            assert bar.left + bar.width <= WIDTH + 0.01
            assert all(0 <= part.top <= HEIGHT for part in bar.parts)


class TestTheDrawing:
    def test_runs_from_right_to_left(self) -> None:
        lefts = [bar.left for bar in drawing(timeline("2015-08-01", "2015-08-02", "2015-08-03"), []).bars]
        assert lefts == sorted(lefts, reverse=True)

    def test_stacks_the_groups_in_their_order_on_the_line(self) -> None:
        days = Days(date(2015, 8, 1), date(2015, 8, 1))
        counted = [Counted(days, "Battles", 3, 1), Counted(days, "", 1, 4), Counted(days, "Riots", 4, 5)]
        (bar,) = drawing(Timeline(counted), ["Battles", "Protests", "Riots"]).bars
        assert [part.key for part in bar.parts] == ["a0", "a2", "none"]
        assert bar.parts[0].top + bar.parts[0].height == HEIGHT
        assert [round(part.height / bar.parts[2].height) for part in bar.parts] == [3, 4, 1]
        assert bar.told == "2015-08-01: 8 (Battles 3، Riots 4، لا نوع في ACLED 1)"

    def test_has_its_numbers_in_a_table_with_the_records_beside_it(self) -> None:
        (section,) = parsed(several()).all("section", "timeline")
        rows = [[cell.text() for cell in row.everything() if cell.tag in ("th", "td")] for row in section.all("tr")]
        assert rows == [
            ["اليوم", "الكل", "Battles", "Explosions/Remote violence", "لا نوع في ACLED"],
            ["2015-08-01", "2", "2", "", ""],
            ["2015-08-03", "1", "1", "", ""],
            ["2015-08-05", "3", "3", "", ""],
            ["2015-08-09", "1", "", "1", ""],
            ["تاريخ أوسع من عمود", "1", "", "", "1"],
            ["بلا تاريخ", "2", "1", "", "1"],
        ]
