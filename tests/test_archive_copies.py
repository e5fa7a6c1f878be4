"""Which articles of an archive count as copies of earlier ones, and where that is remembered."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from strategies import ANY_TEXT

from trainer import temporary_database
from trainer.archive.copies import FULL_SIMILARITY, MINIMUM_WORDS, SHORT_WORDS, SIMILARITY, ArticleCopies
from trainer.data.near_duplicates import folded_words
from trainer.documents import DuplicateOf

# 52 words.
REPORT = (
    "أعلنت «قوات سوريا الديمقراطية» السيطرة على مدينة الشدادي جنوبي الحسكة بعد معارك عنيفة مع تنظيم داعش "
    "استمرت 12 يوماً وأسفرت عن مقتل 30 عنصراً من التنظيم. وقال ناشطون إن عشرات العائلات نزحت إلى القرى "
    "المجاورة خوفاً من القصف، فيما انسحب من بقي من عناصر التنظيم باتجاه ريف دير الزور الشمالي ليلاً."
)
OTHER_REPORT = (
    "قال المرصد السوري لحقوق الإنسان إن قوات سوريا الديمقراطية تقدمت أمس نحو مدينة الشدادي وسيطرت على ثلاث قرى "
    "قرب الحسكة بعد معارك عنيفة مع تنظيم داعش، بينما شنت طائرات التحالف غارات على مواقع التنظيم في المنطقة "
    "وقتلت قيادياً فيه مع اثنين من مرافقيه."
)


def words(start: int, end: int, of: str = "قرية") -> str:
    """Return words that are all different, as a text; two such texts share the words of the numbers that both have."""
    return " ".join(f"{of}{number}" for number in range(start, end))


@pytest.fixture
def copies() -> Iterator[ArticleCopies]:
    with ArticleCopies() as copies:
        yield copies


class TestCopies:
    def test_a_copy_names_the_earlier_article(self, copies: ArticleCopies) -> None:
        assert copies.check("أ", REPORT) is None
        assert copies.check("ب", OTHER_REPORT) is None
        assert copies.check("ج", REPORT) == DuplicateOf("أ", 1.0)

    @pytest.mark.parametrize(
        "copy",
        [
            pytest.param(REPORT.replace("«", "“ ").replace("»", " ”"), id="quotes"),
            pytest.param(REPORT.replace("أعلنت", "أَعْلَنَت").replace("مقتل", "مقتـــل"), id="diacritics and tatweel"),
            pytest.param(REPORT.replace("12", "١٢").replace("أ", "ا").replace("ي ", "ى "), id="digits and letters"),
            pytest.param(REPORT.replace(". ", ".\n\n").replace("،", " -"), id="paragraphs and punctuation"),
        ],
    )
    def test_spelling_and_layout_do_not_hide_a_copy(self, copies: ArticleCopies, copy: str) -> None:
        assert copy != REPORT
        copies.check("أ", REPORT)
        assert copies.check("ب", copy) == DuplicateOf("أ", 1.0)

    def test_an_edited_copy_has_a_lower_similarity(self, copies: ArticleCopies) -> None:
        copies.check("أ", REPORT)
        edited = REPORT.replace("عشرات العائلات", "أكثر من مئتي عائلة").replace("عنيفة", "ضارية")
        found = copies.check("ب", f"وكالات - {edited}")
        assert found is not None
        assert SIMILARITY < found.similarity < 0.9

    def test_the_same_fight_in_other_words_is_no_copy(self, copies: ArticleCopies) -> None:
        assert copies.check("أ", REPORT) is None
        assert copies.check("ب", OTHER_REPORT) is None

    def test_what_counts_is_how_much_of_the_later_article_stands_in_the_earlier_one(self) -> None:
        with ArticleCopies() as copies:
            assert copies.check("خبر مطول", words(0, 400)) is None
            assert copies.check("مقتطف", words(100, 160)) == DuplicateOf("خبر مطول", 1.0)
        with ArticleCopies() as copies:
            assert copies.check("عاجل", words(100, 160)) is None
            assert copies.check("خبر مطول", words(0, 400)) is None

    def test_half_of_an_article_makes_a_copy_and_less_does_not(self, copies: ArticleCopies) -> None:
        copies.check("أ", words(0, 100))
        # 100 runs of three words each, of which 50 and 49 stand in the first article.
        assert copies.check("نصف", words(48, 100) + " " + words(0, 50, "مدينة")) == DuplicateOf("أ", 0.5)
        assert copies.check("أقل", words(0, 51) + " " + words(50, 101, "بلدة")) is None

    def test_parts_of_several_articles_put_together_are_no_copy(self, copies: ArticleCopies) -> None:
        for part in range(4):
            copies.check(f"خبر{part}", words(part * 100, part * 100 + 100))
        assert copies.check("تقرير", " ".join(words(part * 100, part * 100 + 40) for part in range(4))) is None

    def test_of_several_the_closest_is_named_and_of_equals_the_first(self, copies: ArticleCopies) -> None:
        copies.check("نصف", words(0, 60) + " " + words(0, 60, "مدينة"))
        copies.check("أول", words(0, 90) + " " + words(0, 60, "بلدة"))
        copies.check("ثان", words(0, 90) + " " + words(0, 60, "حي"))
        found = copies.check("نسخة", words(0, 100))
        assert found is not None
        assert found.id == "أول"

    def test_a_copy_of_a_statement_in_set_phrases_names_that_statement(self, copies: ArticleCopies) -> None:
        phrases = words(0, 60, "عبارة")
        for number in range(70):
            found = copies.check(str(number), f"{phrases} {words(number * 100, number * 100 + 40)}")
            assert (found is None) == (number == 0)
        assert copies.check("نسخة", f"{phrases} {words(6500, 6540)}") == DuplicateOf("65", 1.0)


class TestCopiesOfCopies:
    def test_point_to_the_first_article_where_the_copies_are_full(self, copies: ArticleCopies) -> None:
        copies.check("أ", words(0, 100))
        for start in (3, 6, 9):
            found = copies.check(str(start), words(start, 100 + start))
            assert found is not None
            assert (found.id, found.similarity > FULL_SIMILARITY) == ("أ", True)

    def test_point_to_the_copy_where_that_has_much_of_its_own(self, copies: ArticleCopies) -> None:
        copies.check("أ", words(0, 100))
        with_more = words(30, 100) + " " + words(0, 50, "مدينة")
        second = copies.check("ب", with_more)
        assert second is not None
        assert (second.id, SIMILARITY < second.similarity < FULL_SIMILARITY) == ("أ", True)
        assert copies.check("ج", with_more) == DuplicateOf("ب", 1.0)


class TestShortTexts:
    NAME = "خادم الحرمين الشريفين الملك سلمان بن عبدالعزيز آل سعود"

    def test_very_short_ones_are_copies_only_if_they_are_the_same(self, copies: ArticleCopies) -> None:
        assert len(folded_words(self.NAME)) < MINIMUM_WORDS
        assert copies.check("أ", f"استقبل {self.NAME} أمس في قصر السلام بجدة وزير الخارجية المصري") is None
        assert copies.check("صورة", self.NAME) is None
        assert copies.check("صورة أخرى", f"{self.NAME} أمس") is None
        assert copies.check("الصورة نفسها", f"«{self.NAME}»") == DuplicateOf("صورة", 1.0)

    def test_a_caption_of_three_words_is_no_copy_of_the_article_that_has_them(self, copies: ArticleCopies) -> None:
        copies.check("أ", REPORT)
        assert copies.check("صورة", "قوات سوريا الديمقراطية") is None

    def test_short_ones_must_have_more_in_common(self, copies: ArticleCopies) -> None:
        copies.check("أ", words(0, 100))
        # 30 runs of three words, of which 20 and 26 stand in the first article.
        assert SHORT_WORDS > 32
        assert copies.check("ب", words(0, 22) + " " + words(0, 10, "مدينة")) is None
        found = copies.check("ج", words(0, 28) + " " + words(0, 4, "بلدة"))
        assert found is not None
        assert found.similarity == pytest.approx(26 / 30, abs=0.001)

    def test_texts_without_words_are_never_copies(self, copies: ArticleCopies) -> None:
        for number, text in enumerate(["", "", " \n", "؟!", "؟!", "😀", "😀", "\ud800", "\ud800", "\0"]):
            assert copies.check(str(number), text) is None


class TestAnyInput:
    @given(ANY_TEXT, ANY_TEXT)
    def test_any_text_that_has_words_is_a_copy_of_itself_and_any_id_comes_back(self, id: str, text: str) -> None:
        with ArticleCopies() as copies:
            assert copies.check(id, text) is None
            assert copies.check("ب", text) == (DuplicateOf(id, 1.0) if folded_words(text) else None)

    def test_the_same_articles_give_the_same_answers(self) -> None:
        texts = [words(step, step + 60 + step % 40) for step in range(0, 400, 7)]
        answers = []
        for _ in range(2):
            with ArticleCopies() as copies:
                answers.append([copies.check(str(number), text) for number, text in enumerate(texts)])
        assert answers[0] == answers[1]
        assert {None} < set(answers[0])


class TestTheTemporaryFile:
    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        return tmp_path

    def test_has_no_name_while_it_is_used_so_that_nothing_stays_after_a_kill(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(temporary_database, "_CACHE_KIB", 16)
        with ArticleCopies() as copies:
            for number in range(100):
                copies.check(str(number), words(number * 1000, number * 1000 + 300))
            ((pages,),) = copies.connection.execute("PRAGMA page_count")
            assert pages * 4096 > 10 * 16 * 1024
            assert list(folder.iterdir()) == []
            assert copies.check("نسخة", words(5000, 5300)) == DuplicateOf("5", 1.0)

    def test_no_room_for_it_is_said_in_one_sentence(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(folder / "غائب"))
        with pytest.raises(OSError, match=r"looking for duplicates needs a temporary file in .*غائب, which"):
            ArticleCopies()
