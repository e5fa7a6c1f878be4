"""Counts: numerals, bounds, vague plurals and duals, and what is no count.

Where the forms are from: marks of CARDINAL and PEOPLE in ``data/synthetic`` and in articles 000 to 003 ("corpus"), a
news archive of 2015 ("news"), or made up for a rule that neither shows ("invented").
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import ANY_TEXT

from trainer.values.numerals import NUMERAL_WORDS
from trainer.values.quantities import Quantity, parse_quantity

# corpus
DIGITS = {
    **{"21": 21, "و220": 220, "و(11)": 11, "بـ31": 31, "٣": 3, "٢٨": 28, "٣٤٠": 340, "1500": 1500, "و1200": 1200},
    **{"17 ألفاً": 17_000, "87 ألف": 87_000, "1,8 مليون": 1_800_000, "مليونين و300 ألف": 2_300_000, "412": 412},
}
# news
GROUPED_DIGITS = {
    **{"12000": 12_000, "77189": 77_189, "154,6 مليون": 154_600_000, "29.5 مليون": 29_500_000},
    **{"120مليار": 120_000_000_000, "4.5 مليارات": 4_500_000_000, "1842.2 مليون": 1_842_200_000, "(1300)": 1300},
    **{"10 ملايين": 10_000_000, "٨ مليارات": 8_000_000_000},
}
# invented: what writers of other countries set between thousands
SEPARATED_DIGITS = {
    **{"1,200": 1200, "1.200": 1200, "١٬٢٠٠": 1200, "1،200": 1200, "12 500": 12_500, "12\u00a0500": 12_500},
    **{"1,200,300": 1_200_300, "۱۲۳": 123, "٦٫٥ ملايين": 6_500_000},
}
# corpus
WORDS = {
    **{"واحد": 1, "واحداً": 1, "واحدة": 1, "اثنان": 2, "واثنين": 2, "اثنتان": 2, "ثلاثة": 3, "بثلاث": 3, "الثلاث": 3},
    **{"وأربعة": 4, "الأربع": 4, "لخمسة": 5, "خمس": 5, "ست": 6, "الستة": 6, "السبعة": 7, "ثماني": 8, "وثمانية": 8},
    **{"تسع": 9, "وتسعة": 9, "عشر": 10, "بعشر": 10, "عشرة": 10, "أحد عشر": 11, "احد عشر": 11, "وأحد عشر": 11},
    **{"إحدى عشرة": 11, "بإحدى عشرة": 11, "اثني عشر": 12, "اثنتا عشرة": 12, "الاثنتي عشرة": 12, "أربع عشرة": 14},
    **{"بأربعة عشر": 14, "ثمانية عشر": 18, "عشرون": 20, "عشرين": 20, "خمسة وعشرين": 25, "واحد وثلاثون": 31},
    **{"أربعة وثلاثين": 34, "أربعون": 40, "الخمسة والخمسين": 55, "سبعين": 70, "مئة": 100, "مئتي": 200, "مئتا": 200},
    **{"ثلاثمئة": 300, "ستمئة": 600, "ألف": 1000, "وألفي": 2000, "ثلاثة آلاف": 3000, "عشرة آلاف": 10_000},
    **{"ثلاثون ألف": 30_000, "لعشرين ألف": 20_000, "الأربعون ألفاً": 40_000, "مليون": 10**6, "مليوني": 2 * 10**6},
    **{"خمسة ملايين": 5 * 10**6},
}
# invented: the rest of the grammar, and what writers make of it
MORE_WORDS = {
    **{
        "مئة وخمسة وعشرون": 125,
        "خمسمائة": 500,
        "خمسمائة ألف": 500_000,
        "ثلاثة عشر": 13,
        "احدى عشرة": 11,
        "إثني عشر": 12,
    },
    **{"ماية": 100, "مائة وواحد": 101, "مئة واحد عشر": 111, "ثلاث مئة وخمسين ألفا": 350_000, "3 مئات": 300},
    **{"ألف وتسعمائة وست وسبعين": 1976, "ألفان": 2000, "ألفاً": 1000, "ألف ومئتين وخمسين": 1250, "ثمانمائة": 800},
    **{"نصف مليون": 500_000, "ربع مليون": 250_000, "مليون ونصف": 1_500_000, "مليونين ونصف المليون": 2_500_000},
    **{"سبعة ملايين و300 ألف": 7_300_000, "مليون ومئة ألف": 1_100_000, "ثلاثَةٌ": 3, "ثــلاثة": 3},
    "تسعمئة وتسعة وتسعون ألفا وتسعمئة وتسعة وتسعون": 999_999,
}
BOUNDED = {
    # corpus
    "ما لا يقل عن 20": (20, None, False),
    "ما لا يقل عن خمسين": (50, None, False),
    "أكثر من 50": (51, None, False),
    "وأكثر من خمسين": (51, None, False),
    "اكثر من عشرين": (21, None, False),
    "واكثر من مئة": (101, None, False),
    "أكثر من ١٥٠": (151, None, False),
    "لأكثر من أربعة ملايين": (4_000_001, None, False),
    "بأكثر من 11 ألفاً": (11_001, None, False),
    "أكثر من مئتي": (201, None, False),
    "أكثر من ثمانية آلاف": (8001, None, False),
    "ما يزيد على خمسين": (51, None, False),
    "ما يزيد على 60 ألف": (60_001, None, False),
    "أقل من خمسين": (None, 49, False),
    "نحو 50": (50, 50, True),
    "ونحو ثمانين": (80, 80, True),
    "بنحو 35 ألفاً": (35_000, 35_000, True),
    "لنحو ألفي": (2000, 2000, True),
    "نحو نصف مليون": (500_000, 500_000, True),
    "نحو مئة وعشرين": (120, 120, True),
    "قرابة 20 ألف": (20_000, 20_000, True),
    "زهاء 240": (240, 240, True),
    "ما يقارب 200": (200, 200, True),
    "وما يقارب 70": (70, 70, True),
    "مايقارب 20": (20, 20, True),
    "ما بين 30 و45": (30, 45, False),
    "ما بين 60 و80 ألف": (60_000, 80_000, False),
    # news
    "حوالى 15": (15, 15, True),
    "حوالي 53 مليون": (53_000_000, 53_000_000, True),
    "أقل من مليوني": (None, 1_999_999, False),
    "ما يزيد عن 6 مليون": (6_000_001, None, False),
    "بين مليارين و2.5 مليار": (2_000_000_000, 2_500_000_000, False),
    "بين 4 إلى 6": (4, 6, False),
    "لأكثر من (1300)": (1301, None, False),
    # invented
    "20 على الأقل": (20, None, False),
    "على الأقل 20": (20, None, False),
    "20 أو أكثر": (20, None, False),
    "لا تقل عن عشرين": (20, None, False),
    "مالا يقل عن 7": (7, None, False),
    "ما لا يزيد على 50": (None, 50, False),
    "لا يتجاوز 10": (None, 10, False),
    "20 تقريباً": (20, 20, True),
    "20-30": (20, 30, False),
    "٢٠ – ٣٠": (20, 30, False),
    "20 إلى 30": (20, 30, False),
    "من 20 إلى 30": (20, 30, False),
    "نحو 20 إلى 30": (20, 30, True),
    "ثلاثة أو أربعة": (3, 4, False),
    "بين عشرين وثلاثين": (20, 30, False),
    "بين خمسة وعشرين": (5, 20, False),
    "بين مئة وخمسين ومئتين": (150, 200, False),
    "بين 900 وألف": (900, 1000, False),
    "بين 5 و10 آلاف": (5000, 10_000, False),
}
# corpus
VAGUE = {
    **{"عشرات": (20, 99), "بعشرات": (20, 99), "العشرات": (20, 99), "مئات": (200, 999), "فمئات": (200, 999)},
    **{"آلاف": (2000, 9999), "بالآلاف": (2000, 9999), "الالاف": (2000, 9999), "ألوفاً": (2000, 9999)},
    **{"عشرات الآلاف": (20_000, 99_999), "مئات الآلاف": (200_000, 999_999), "ملايين": (2_000_000, 9_999_999)},
    # invented
    **{"عدة مئات": (200, 999), "بضع عشرات": (20, 99), "للمئات": (200, 999)},
}
# corpus, marks of PEOPLE
TWO = [
    *("شخصان", "وشخصان", "طفلين", "وطفليه", "طفليها", "شقيقيه", "شقيقتيها", "ابنيها", "شابان", "شابين", "جنديان"),
    *("الجنديين", "جنديين أميركيين", "رهينتان إيطاليتان", "فتاتين", "امرأتان", "عسكريان", "المهاجمان", "سجينين"),
    # A vowel sign tells these from the plural.
    *("متهمَين", "مستوطنَين", "موظفَي إغاثة", "فرنسيَّين", "منقّبَيْن موريتانيين"),
    # invented
    *("مدنيين اثنين", "مدنيان", "طبيبتين"),
]
NO_COUNT = [
    # corpus, marks of PEOPLE: plurals that look like duals, plurals that may be duals, names of one
    *("سكان", "شبان", "جيران", "رهبان", "أعيان", "مدنيين", "انتحاريين", "عاملين", "شرطيين", "جندي", "السجان المناوب"),
    # corpus: ألفا may be "two thousand of" and a misspelt "a thousand"
    "ألفا",
    # news: a million's share in digits, which is a thousand's separator elsewhere; the reversed ر of agencies; percents
    *("6.935 مليون", "(000ر22)", "نحو 11.8%", "أربعة في المئة", "13 بالمئة", "4 أضعاف", "نحو ثماني سنوات ونصف"),
    # invented
    *("عدة", "بعض", "بضعة", "كل", "نصف", "أحد", "الثالث", "الخامس عشر", "الاثنين", "الأحد", "الخميس", "48 ساعة"),
    *("0933123456", "933123456", "+963933123", "007", "رقم هاتف 5551234", "3.5", "10,5", "1.2.3", "1,200.300"),
    *("20 و30", "30-20", "20 - 20", "خمسة ومئة", "مئة وألف", "ألف ألف", "مليون مليون", "أكثر من عشرات"),
    *("طفلين وامرأة", "مدنيين 3", "ولديه", "حُسَيْن", "بين خمسة", "أكثر من", "و", "ال", "-", "", " ", "٢²", "½"),
]


class TestExactCounts:
    @pytest.mark.parametrize(("text", "value"), {**DIGITS, **GROUPED_DIGITS, **SEPARATED_DIGITS}.items())
    def test_digits_of_every_script_are_read_with_their_separators(self, text: str, value: int) -> None:
        assert parse_quantity(text) == Quantity(value, value)

    @pytest.mark.parametrize(("text", "value"), {**WORDS, **MORE_WORDS}.items())
    def test_numerals_are_read_in_every_gender_case_and_spelling(self, text: str, value: int) -> None:
        assert parse_quantity(text) == Quantity(value, value)

    @pytest.mark.parametrize("text", TWO)
    def test_a_noun_in_the_dual_is_two(self, text: str) -> None:
        assert parse_quantity(text) == Quantity(2, 2)

    @pytest.mark.parametrize("text", ["قتيل واحد", "امرأة واحدة", "وجندياً واحداً"])
    def test_a_noun_with_one_is_one(self, text: str) -> None:
        assert parse_quantity(text) == Quantity(1, 1)


class TestBounds:
    @pytest.mark.parametrize(("text", "bounds"), BOUNDED.items())
    def test_words_of_bounds_and_of_ranges_set_them(
        self, text: str, bounds: tuple[int | None, int | None, bool]
    ) -> None:
        assert parse_quantity(text) == Quantity(*bounds)

    @pytest.mark.parametrize(("text", "bounds"), VAGUE.items())
    def test_a_plural_without_a_number_is_approximate(self, text: str, bounds: tuple[int, int]) -> None:
        assert parse_quantity(text) == Quantity(*bounds, approximate=True)

    def test_a_dual_can_be_bounded(self) -> None:
        assert parse_quantity("أكثر من شخصين") == Quantity(3, None)


class TestNoGuess:
    @pytest.mark.parametrize("text", NO_COUNT)
    def test_what_is_not_sure_has_no_value(self, text: str) -> None:
        assert parse_quantity(text) is None

    def test_a_long_text_has_no_value(self) -> None:
        assert parse_quantity("1 - " * 100_000) is None


_COUNT_WORDS = st.sampled_from(
    [*sorted(NUMERAL_WORDS), "و", "20", "1,200", "أكثر من", "بين", "إلى", "-", "عشرات", "نحو"]
)


class TestAnyText:
    @given(st.one_of(ANY_TEXT, st.lists(_COUNT_WORDS, max_size=7).map(" ".join)))
    def test_any_text_has_ordered_bounds_or_no_value(self, text: str) -> None:
        found = parse_quantity(text)
        if found is not None:
            assert (found.low, found.high) != (None, None)
            assert found.low is None or found.high is None or 0 <= found.low <= found.high

    @given(st.integers(0, 9_999_999))
    def test_every_number_in_digits_is_itself(self, number: int) -> None:
        assert parse_quantity(str(number)) == parse_quantity(f"{number:,}") == Quantity(number, number)
