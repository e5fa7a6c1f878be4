"""Dates: calendar days of two calendars, days counted from the day of publication, and what has no sure days.

Where the forms are from: marks of DATE in ``data/synthetic`` and in articles 000 to 003 ("corpus"), a news archive of
2015 ("news"), or made up for a rule that neither shows ("invented"). The anchor is Wednesday, 22 July 2015.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import ANY_TEXT

from trainer.values.calendars import HIJRI_MONTHS, MONTHS, WEEKDAYS
from trainer.values.date_phrases import DIRECTIONS
from trainer.values.dates import DateValue, parse_date

ANCHOR = date(2015, 7, 22)

# Start, end where it is another day, precision.
Expected = tuple[str, str] | tuple[str, str, str]

ABSOLUTE: dict[str, Expected] = {
    # corpus
    "مساء يوم 14 فبراير 2018": ("2018-02-14", "part-of-day"),
    "صباح الخميس 14 آذار 2013": ("2013-03-14", "part-of-day"),
    "الثاني من شباط 1982": ("1982-02-02", "day"),
    "كانون الأول 2013": ("2013-12-01", "2013-12-31", "month"),
    "آب/أغسطس 2011": ("2011-08-01", "2011-08-31", "month"),
    "تموز/يوليو 2016": ("2016-07-01", "2016-07-31", "month"),
    "مطلع آب 2014": ("2014-08-01", "2014-08-31", "month"),
    "عام 2018": ("2018-01-01", "2018-12-31", "year"),
    "سنة 1981": ("1981-01-01", "1981-12-31", "year"),
    "2003": ("2003-01-01", "2003-12-31", "year"),
    "مطلع العام 2021": ("2021-01-01", "2021-12-31", "year"),
    "صيف عام 2020": ("2020-06-01", "2020-08-31", "season"),
    "السبعينات": ("1970-01-01", "1979-12-31", "range"),
    "منتصف سبعينيات القرن الماضي": ("1970-01-01", "1979-12-31", "range"),
    "عشرينيات القرن العشرين": ("1920-01-01", "1929-12-31", "range"),
    "القرن التاسع عشر": ("1801-01-01", "1900-12-31", "range"),
    # news
    "26 فبراير (شباط) 2016": ("2016-02-26", "day"),
    "السادس والعشرين من فبراير 2016": ("2016-02-26", "day"),
    "الحادي عشر من نوفمبر 2004": ("2004-11-11", "day"),
    "11 ايلول/سبتمبر 2001": ("2001-09-11", "day"),
    "5 أكتوبر عام 1976": ("1976-10-05", "day"),
    "4 يوليو (تموز) 1862": ("1862-07-04", "day"),
    "19 / 07 / 2015": ("2015-07-19", "day"),
    "22/07/2015م": ("2015-07-22", "day"),
    "30-1- 2015": ("2015-01-30", "day"),
    "٢٠-٧-٢٠١٥م": ("2015-07-20", "day"),
    "نهاية شهر مايو 2015": ("2015-05-01", "2015-05-31", "month"),
    "27 / 8 / 1412هـ": ("1992-03-01", "day"),
    "1436/10/30 هـ": ("2015-08-15", "day"),
    "٤-١٠-١٤٣٦": ("2015-07-20", "day"),
    "22/9/1436ه": ("2015-07-09", "day"),
    "الثالث من شوال 1436": ("2015-07-19", "day"),
    "17 رجب 1434هـ": ("2013-05-27", "day"),
    "21 ربيع الآخر 1437هـ": ("2016-01-31", "day"),
    "الخميس 10 شعبان 1436 هـ": ("2015-05-28", "day"),
    # invented
    "20 يناير (كانون الثاني) 2022": ("2022-01-20", "day"),
    "ليل الخميس، 20 يناير (كانون الثاني) 2022": ("2022-01-20", "2022-01-21", "part-of-day"),
    "2022-01-20": ("2022-01-20", "day"),
    "20.1.2022": ("2022-01-20", "day"),
    "15 جانفي 2014": ("2014-01-15", "day"),
    "3 جويلية 2015": ("2015-07-03", "day"),
    "14 غشت 2014": ("2014-08-14", "day"),
    "شتنبر 2013": ("2013-09-01", "2013-09-30", "month"),
    "رمضان 1443": ("2022-04-02", "2022-05-01", "month"),
    "عام 1436هـ": ("2014-10-25", "2015-10-13", "year"),
    "17 رمضان 1433هـ الموافق 5 أغسطس 2012": ("2012-08-05", "day"),
    "5 أغسطس 2012، الموافق 17 رمضان": ("2012-08-05", "day"),
    "بين عامي 2015 و2018": ("2015-01-01", "2018-12-31", "range"),
    "2013-2015": ("2013-01-01", "2015-12-31", "range"),
    "من يناير حتى مايو 2015": ("2015-01-01", "2015-05-31", "range"),
    "بين ديسمبر 2015 وفبراير 2016": ("2015-12-01", "2016-02-29", "range"),
    "25-27 يناير 2014": ("2014-01-25", "2014-01-27", "range"),
    "النصف الأول من 2014": ("2014-01-01", "2014-06-30", "range"),
    "21 يوليو 2015 الساعة 10:15 مساء": ("2015-07-21T22:15", "minute"),
}
RELATIVE: dict[str, Expected] = {
    # corpus
    "أمس": ("2015-07-21", "day"),
    "امس": ("2015-07-21", "day"),
    "أول من أمس": ("2015-07-20", "day"),
    "أمس الأول": ("2015-07-20", "day"),
    "واليوم": ("2015-07-22", "day"),
    "غداً": ("2015-07-23", "day"),
    "يوم غد": ("2015-07-23", "day"),
    "وقت متأخر يوم أمس": ("2015-07-21", "day"),
    "صباح اليوم": ("2015-07-22", "part-of-day"),
    "فجر هذا اليوم": ("2015-07-22", "part-of-day"),
    "مساء أمس": ("2015-07-21", "part-of-day"),
    "عصر امس": ("2015-07-21", "part-of-day"),
    "صباح الغد": ("2015-07-23", "part-of-day"),
    "ليلة أمس": ("2015-07-21", "2015-07-22", "part-of-day"),
    "الليلة الماضية": ("2015-07-21", "2015-07-22", "part-of-day"),
    "الليلة": ("2015-07-22", "2015-07-23", "part-of-day"),
    "الخميس": ("2015-07-16", "day"),
    "الأربعاء": ("2015-07-22", "day"),
    "الاربعاء": ("2015-07-22", "day"),
    "يوم الاثنين": ("2015-07-20", "day"),
    "الخميس الماضي": ("2015-07-16", "day"),
    "الخميس الفائت": ("2015-07-16", "day"),
    "يوم الاثنين الماضي": ("2015-07-20", "day"),
    "الخميس المقبل": ("2015-07-23", "day"),
    "يوم الأحد المقبل": ("2015-07-26", "day"),
    "فجر السبت": ("2015-07-18", "part-of-day"),
    "ظهر الأحد الماضي": ("2015-07-19", "part-of-day"),
    "الساعات الأولى من صباح الأحد": ("2015-07-19", "part-of-day"),
    "ليل الخميس": ("2015-07-16", "2015-07-17", "part-of-day"),
    "منتصف ليل الثلاثاء": ("2015-07-21", "2015-07-22", "part-of-day"),
    "ساعة متأخرة من ليل الجمعة": ("2015-07-17", "2015-07-18", "part-of-day"),
    "ليل الأحد – الاثنين": ("2015-07-19", "2015-07-20", "part-of-day"),
    "منتصف ليل الأربعاء – الخميس": ("2015-07-22", "2015-07-23", "part-of-day"),
    "يومي الجمعة والسبت": ("2015-07-17", "2015-07-18", "range"),
    "اليوم الثلاثاء": ("2015-07-21", "day"),
    "أمس الأحد": ("2015-07-19", "day"),
    "فجر أمس الثلاثاء": ("2015-07-21", "part-of-day"),
    "الساعة السابعة من صباح اليوم": ("2015-07-22T07:00", "minute"),
    "الساعة الثانية عشرة والنصف من ظهر اليوم": ("2015-07-22T12:30", "minute"),
    "الساعة الثامنة وعشر دقائق من مساء اليوم الأربعاء": ("2015-07-22T20:10", "minute"),
    "قرابة السادسة والربع من مساء اليوم": ("2015-07-22", "part-of-day"),
    "الأسبوع الماضي": ("2015-07-11", "2015-07-19", "week"),
    "الاسبوع الماضي": ("2015-07-11", "2015-07-19", "week"),
    "الأسبوع المقبل": ("2015-07-25", "2015-08-02", "week"),
    "الشهر الفائت": ("2015-06-01", "2015-06-30", "month"),
    "أواخر الشهر الماضي": ("2015-06-01", "2015-06-30", "month"),
    "مطلع الشهر الجاري": ("2015-07-01", "2015-07-31", "month"),
    "العام الماضي": ("2014-01-01", "2014-12-31", "year"),
    "اواخر العام الفائت": ("2014-01-01", "2014-12-31", "year"),
    "آب الماضي": ("2014-08-01", "2014-08-31", "month"),
    "شهر تموز المقبل": ("2016-07-01", "2016-07-31", "month"),
    "نهاية أيار / مايو الفائت": ("2015-05-01", "2015-05-31", "month"),
    "الـ 30 من شهر أيار / مايو الفائت من العام الجاري": ("2015-05-30", "day"),
    "الأول من آذار/مارس المقبل": ("2016-03-01", "day"),
    "نيسان/أبريل": ("2015-04-01", "2015-04-30", "month"),
    "شهر رمضان": ("2015-06-18", "2015-07-16", "month"),
    "20 مارس/آذار": ("2015-03-20", "day"),
    "الثامن من أيار": ("2015-05-08", "day"),
    "ليل 27 نيسان": ("2015-04-27", "2015-04-28", "part-of-day"),
    "الشتاء الماضي": ("2014-12-01", "2015-02-28", "season"),
    "الساعات الأربع والعشرين الماضية": ("2015-07-21", "2015-07-22", "range"),
    "اليومين الماضيين": ("2015-07-20", "2015-07-22", "range"),
    "الأيام الستة الماضية": ("2015-07-16", "2015-07-22", "range"),
    "الأسابيع الثلاثة الماضية": ("2015-07-01", "2015-07-22", "range"),
    # corpus, with the word before the mark
    "منذ أسبوعين": ("2015-07-04", "2015-07-22", "range"),
    "قبل ثلاثة أيام": ("2015-07-19", "day"),
    "قبل شهر": ("2015-06-01", "2015-06-30", "month"),
    "قبل أربع سنوات": ("2011-01-01", "2011-12-31", "year"),
    "منذ عام 2011": ("2011-01-01", "2015-07-22", "range"),
    # news
    "يوم الأحد 19 يوليو": ("2015-07-19", "day"),
    "يوم الأربعاء 12 أغسطس": ("2015-08-12", "day"),
    "الثاني من يونيو الماضي": ("2015-06-02", "day"),
    "العاشر من شهر أغسطس (آب) المقبل": ("2015-08-10", "day"),
    "12 سبتمبر (أيلول) الماضي": ("2014-09-12", "day"),
    "الثالث من يوليو (تموز) الحالي": ("2015-07-03", "day"),
    "العاشر من شهر شوال الجاري": ("2015-07-26", "day"),
    "العاشر من رمضان": ("2015-06-27", "day"),
    "أوائل مايو (أيار) من العام الماضي": ("2014-05-01", "2014-05-31", "month"),
    "الأشهر ال 12 الماضية": ("2014-07-22", "2015-07-22", "range"),
    "الساعة 1:50 من صباح يوم أمس": ("2015-07-21", "part-of-day"),
    "الساعة ٤:٢٠ من عصر اليوم": ("2015-07-22T16:20", "minute"),
    "الساعة 18:44 مساء أمس": ("2015-07-21T18:44", "minute"),
    # invented
    "خلال الـ24 ساعة الماضية": ("2015-07-21", "2015-07-22", "range"),
    "منذ ثلاثة أيام": ("2015-07-19", "2015-07-22", "range"),
    "قبل أسبوعين": ("2015-07-04", "2015-07-12", "week"),
    "الأسبوع ما قبل الماضي": ("2015-07-04", "2015-07-12", "week"),
    "بعد غد الجمعة": ("2015-07-24", "day"),
    "الثالث من الشهر الجاري": ("2015-07-03", "day"),
    "هذا الصباح": ("2015-07-22", "part-of-day"),
    "السادسة إلا ربعاً من مساء أمس": ("2015-07-21T17:45", "minute"),
    "الساعة الثامنة أمس": ("2015-07-21", "day"),
    "الأسبوع الأول من يوليو": ("2015-07-01", "2015-07-07", "week"),
    "الربع الثاني من العام الجاري": ("2015-04-01", "2015-06-30", "range"),
    "من 3 إلى 7 آذار": ("2015-03-03", "2015-03-07", "range"),
    "صيف العام الماضي": ("2014-06-01", "2014-08-31", "season"),
    "للعام الماضي": ("2014-01-01", "2014-12-31", "year"),
}
NO_DATE = [
    # corpus: durations, times of an unnamed day, ordinal days, units that point at what was told before
    *("ثلاثة أيام", "يومين", "ساعات", "أسبوع", "48 ساعة", "نحو شهرين", "أقل من ساعة", "سنوات", "عقود", "نصف ساعة"),
    *("ليلاً", "الفجر", "منتصف الليل", "الثامنة صباحاً", "الساعة 14:20", "مطلع الفجر", "ساعات الصباح الأولى"),
    *("لليوم الثالث", "لليوم للرابع", "يومها السادس", "اليوم التالي", "اليوم نفسه", "اليوم الأول"),
    *("العام", "مطلع العام", "نهاية الشهر", "النصف الأول من السنة", "الأيام القليلة الماضية", "مطلع العشرينيات"),
    # corpus: two dates; a night that is before its day or after it; a winter of two years; half a name
    *("السبت والاثنين", "5 و28 آب (أغسطس)", "الثالث والسابع من آذار/مارس", "عامي 1996 و1998", "مارس ويونيو"),
    *("ليلة الخميس", "شتاء عام 1997", "تشرين", "بعيد نوروز", "موسم الحج", "الدقيقة 88", "أربعاء"),
    # news: names of two months, digits that are no date, an era that the year is not of, days to come
    *("تشرين الثاني/يناير", "7/ 5 - 7", "32/64/128", "14/10/1436 م", "1 /12 /143هـ", "11 صفر 309هـ", "12 أغسطس"),
    *("منذ سنوات", "قبل عدة أيام", "قبل نحو شهر", "قبل 150 سنة", "نهاية الأسبوع", "أحد أيام شهر رمضان"),
    # invented
    *("30 شباط 2014", "29 فبراير 2015", "1/20/2022", "20/1/22", "0/0/2015", "99 مايو 2014", "0 مايو", "عام 1436"),
    *(
        "الجمعة 22 يوليو 2015",
        "أمس السبت",
        "5 أغسطس 2011 الموافق 17 رمضان 1433",
        "5 أغسطس 2011 الموافق 17 رمضان",
        "يومي السبت والاثنين",
        "الاثنين مايو",
    ),
    *("ليلة 27 رمضان 1436", "2015-2013", "أمس غدا", "صباح مساء", "منذ غد", "قبل 3 ساعات", "الـ36 ساعة الماضية"),
    *("25 ديسمبر", "مايو الحالي", "نهاية الخميس", "20", "في", "و", "من", "-", "", " ", "هذا", "مرحبا"),
]


def value(expected: Expected, anchor: date | None) -> DateValue:
    start, *end, precision = expected
    return DateValue(start, *(end or [start]), precision, anchor.isoformat() if anchor else None)


class TestCalendarDates:
    @pytest.mark.parametrize(("text", "expected"), ABSOLUTE.items())
    def test_a_date_with_its_year_needs_no_anchor(self, text: str, expected: Expected) -> None:
        assert parse_date(text) == parse_date(text, ANCHOR) == value(expected, anchor=None)

    @pytest.mark.parametrize(("name", "month"), MONTHS.items())
    def test_every_name_of_a_month_is_read(self, name: str, month: int) -> None:
        assert parse_date(f"2 {name} 2014") == value((f"2014-{month:02}-02", "day"), anchor=None)

    @pytest.mark.parametrize(("name", "month"), HIJRI_MONTHS.items())
    def test_every_name_of_a_hijri_month_is_read(self, name: str, month: int) -> None:
        in_digits = parse_date(f"2/{month}/1436هـ")
        assert in_digits is not None
        assert parse_date(f"2 {name} 1436") == in_digits

    def test_hijri_days_follow_umm_al_qura(self) -> None:
        assert parse_date("1 محرم 1437") == DateValue("2015-10-14", "2015-10-14", "day", None)


class TestDatesFromTheAnchor:
    @pytest.mark.parametrize(("text", "expected"), RELATIVE.items())
    def test_a_relative_date_is_counted_from_the_anchor_and_names_it(self, text: str, expected: Expected) -> None:
        assert parse_date(text, ANCHOR) == value(expected, ANCHOR)

    @pytest.mark.parametrize("text", RELATIVE)
    def test_without_an_anchor_it_has_no_value(self, text: str) -> None:
        assert parse_date(text) is None

    @pytest.mark.parametrize("name", WEEKDAYS)
    def test_a_weekday_alone_is_the_last_one_up_to_the_anchor(self, name: str) -> None:
        found = parse_date(name, ANCHOR)
        assert found is not None
        day = date.fromisoformat(found.start)
        assert (day.weekday(), ANCHOR - timedelta(days=6) <= day <= ANCHOR) == (WEEKDAYS[name], True)

    def test_a_weekday_beside_yesterday_corrects_an_anchor_that_is_two_days_late_and_no_later_one(self) -> None:
        assert parse_date("أمس الأحد", ANCHOR) == DateValue("2015-07-19", "2015-07-19", "day", "2015-07-22")
        assert parse_date("أمس السبت", ANCHOR) is None

    def test_a_day_without_a_year_is_of_the_last_half_year(self) -> None:
        assert parse_date("20 يناير", date(2015, 7, 22)) is not None
        assert parse_date("20 يناير", date(2015, 7, 23)) is None

    def test_an_anchor_with_a_time_is_its_day(self) -> None:
        assert parse_date("أمس", datetime(2015, 7, 22, 23, 59)) == parse_date("أمس", ANCHOR)

    @pytest.mark.parametrize(("text", "anchor"), [("أمس", date.min), ("غدا", date.max), ("العام الماضي", date.min)])
    def test_no_day_lies_outside_the_calendar(self, text: str, anchor: date) -> None:
        assert parse_date(text, anchor) is None


class TestNoGuess:
    @pytest.mark.parametrize("text", NO_DATE)
    def test_what_is_not_sure_has_no_value(self, text: str) -> None:
        assert parse_date(text, ANCHOR) is None

    def test_a_long_text_has_no_value(self) -> None:
        assert parse_date("من 3 إلى " * 100_000, ANCHOR) is None


_NAMES = [*MONTHS, *HIJRI_MONTHS, *WEEKDAYS, *DIRECTIONS, "صيف", "شتاء", "ليل", "ليلة", "مساء", "الساعة الثامنة"]
_OTHERS = ["أمس", "اليوم", "منذ", "قبل", "بين", "و", "-", "/", "من", "إلى", "يومي", "29", "31", "2015", "1436", "14:20"]
_DATE_WORDS = st.sampled_from([*_NAMES, *_OTHERS, "شهر", "العام", "الأسبوع", "ثلاثة أيام", "القرن", "الثمانينيات"])


class TestAnyText:
    @given(
        st.one_of(ANY_TEXT, st.lists(_DATE_WORDS, max_size=5).map(" ".join)),
        st.one_of(st.none(), st.dates()),
    )
    def test_any_text_has_valid_ordered_days_or_no_value(self, text: str, anchor: date | None) -> None:
        found = parse_date(text, anchor)
        if found is not None:
            start, end = datetime.fromisoformat(found.start), datetime.fromisoformat(found.end)
            assert start <= end
            assert ("T" in found.start) == (found.precision == "minute")
            assert found.anchor in (None, anchor and anchor.isoformat())

    @given(st.dates(date(1800, 1, 1), date(2100, 12, 31)))
    def test_every_day_in_digits_is_itself(self, day: date) -> None:
        expected = DateValue(day.isoformat(), day.isoformat(), "day", None)
        assert parse_date(day.isoformat()) == parse_date(f"{day.day}/{day.month}/{day.year}") == expected
