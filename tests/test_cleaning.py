"""Which lines of a raw news page are article text, and how offsets lead back to the page."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import ANY_TEXT, assert_linear

from trainer.text.cleaning import CleanedText, load_cleaner

DATA = Path(__file__).parents[1] / "data"
ARTICLES = ["000", "001", "002", "003", "004"]
CLEANER = load_cleaner()

# Lines that the shipped rules know, and lines of an article around them.
_LINES = st.sampled_from(
    [
        *("المزيد", "اقرأ أيضاً : الاشتباكات على أشدها", "مقالات ذات صلة", "التعليقات", "Next Previous", "// انتهى //"),
        *("سقطت المدينة في يد التنظيم", "“سقطت” المدينة في يد التنظيم", "انتهى القتال.", "المزيد "),
        *("", " ", "\u00a0", "\r"),
    ]
)
PAGES = st.one_of(ANY_TEXT, st.lists(st.one_of(_LINES, ANY_TEXT), max_size=12).map("\n".join))
DOCUMENT_IDS = st.sampled_from(["", *ARTICLES])


def clean_lines(page: str, id: str = "") -> list[str]:
    return [line for line in CLEANER.clean(page, id).text.split("\n") if line.strip()]


def raw_page(id: str) -> str:
    return (DATA / "raw" / f"{id}.txt").read_bytes().decode("utf-8")


# ------------------------------------------------------------------------------------------ rules

DROPPED = {
    "javascript-notice": ["Sorry, you need to enable JavaScript to visit this website."],
    "read-also": [
        *("اقرأ أيضاً", "اقرأ المزيد", "إقرأ أيضا:", "طالع أيضاً", "شاهد كذلك", "* اقرأ أيضاً: مقتل قيادي في درعا"),
        *("اقرأ أيضاً : “داعش” يبثّ فيديو عن اقتحام سجن غويران", "«اقرأ أيضًا： عنوان آخر"),
    ],
    "more-link": ["المزيد", "المزيد...", "…المزيد"],
    "related-nodes": ["يحتوي هذا القسم على المقلات ذات صلة, الموضوعة في (Related Nodes field)"],
    "related-articles": ["مقالات ذات صلة", "مواضيع ذات الصلة:", "أخبار متعلقة", "مواد مرتبطة :"],
    "comments-heading": [
        "التعليقات",
        "التعليقات (12)",
        "تعليقات: 3",
        "أضف تعليقاً",
        "كلمات مفتاحية",
        "الكلمات الدلالية:",
    ],
    "back-to-top": ["زر الذهاب إلى الأعلى"],
    "share-buttons": [
        "شارك على فيسبوك",
        "شارك الخبر عبر واتساب",
        "مشاركة على البريد الإلكتروني",
        "انشر هذا الخبر على تويتر",
    ],
    "slider-buttons": ["Next", "Previous Next"],
    "permanent-link": ["رابط الخبر بصحيفة الوئام: سقوط المدينة"],
    "agency-sign-off": ["//انتهى//", "// يتبع //"],
    "byline-with-time": ["إعداد: أورينت نت 2022-01-22 06:41:00", "إعداد : فلان 2022-01-22 06:41"],
    "columnist-text-message": ["للتواصل ارسل SMS إلى الرقم", "للتواصل مع الكاتب أرسل رسالة SMS"],
    "columnist-short-number": ["88591 - Stc", "737701 -Zain"],
    "columnist-message-code": ["تبدأ بالرمز (130) ثم مسافة ثم نص الرسالة"],
}


@pytest.mark.parametrize(("rule", "line"), [(rule, line) for rule, lines in DROPPED.items() for line in lines])
def test_a_line_that_is_no_article_text_is_dropped_by_its_rule(rule: str, line: str) -> None:
    cleaned = CLEANER.clean(f"قُتل عنصر في الحسكة.\n  {line} \nانسحب التنظيم.")
    assert cleaned.text == "قُتل عنصر في الحسكة.\nانسحب التنظيم."
    assert [(dropped.rule, dropped.text) for dropped in cleaned.dropped] == [(rule, line)]
    assert cleaned.dropped[0].reason


def test_every_shipped_rule_has_an_example_above() -> None:
    assert {rule.name for rule in CLEANER.line_rules} == set(DROPPED)


KEPT = [
    "المزيد من المعاناة تنتظر سكان المدينة",
    "ومحاولة التنظيم التقدم والسيطرة على المزيد",
    "اقرأ كتابا",
    "اقرأ أيضاً كتاب الحرب قبل النوم",
    "طالع المزيد من الصحف صباح اليوم",
    "شاهد أيضاً مقاتلين في الشارع",
    "وقد شارك في الخبر",
    "شارك على الأقل ألف مقاتل في الهجوم",
    "شارك الخبر على نطاق واسع",
    "وكتب في التعليقات أن المدينة سقطت",
    "التعليقات على الهجوم كثيرة",
    "تعليقات 3 مسؤولين على الهجوم",
    "مقالات ذات قيمة عن الحرب",
    "أخبار متعلقة بالهجوم وصلت أمس",
    "انتهى // الهجوم",
    "إعداد: خطة للهجوم منذ 2022",
    "Next week the city fell",
    "قال إن زر الذهاب إلى الأعلى معطل",
    "88591 - مقاتلاً",
    "للتواصل مع الكاتب ذهب إلى المدينة",
    "الشأن السوري",
    "المزيد من متابعات",
]


@pytest.mark.parametrize("line", KEPT)
def test_an_article_line_that_only_holds_the_words_of_a_rule_is_kept(line: str) -> None:
    page = f"قُتل عنصر في الحسكة.\n{line}\nانسحب التنظيم."
    assert CLEANER.clean(page).text == page
    assert CLEANER.clean(page).dropped == ()


# -------------------------------------------------------------------------------------- headlines

HEADLINE = '"داعش" يواصل سيطرته بقلب الحسكة'


@pytest.mark.parametrize("again", [HEADLINE, "“داعش” يواصل سيطرته بقلب الحسكة", "«داعش»  يواصل سيطرته بقلب  الحسكة"])
@pytest.mark.parametrize("before", ["", "الشأن السوري\n"])
def test_a_headline_printed_again_is_dropped_whatever_its_quote_marks_and_spaces(before: str, again: str) -> None:
    cleaned = CLEANER.clean(f"{before}{HEADLINE}\nتواصلت الاشتباكات.\n{again}\nانسحب التنظيم.")
    assert cleaned.text == f"{before}{HEADLINE}\nتواصلت الاشتباكات.\nانسحب التنظيم."
    assert [(dropped.rule, dropped.text) for dropped in cleaned.dropped] == [("repeated-headline", again)]


def test_a_headline_may_be_a_question() -> None:
    headline = "سقطت المدينة أمس فمن يعود إليها؟"
    cleaned = CLEANER.clean(f"{headline}\nتواصلت الاشتباكات.\n{headline}")
    assert cleaned.text == f"{headline}\nتواصلت الاشتباكات."


@pytest.mark.parametrize("line", ["معركة سجن الصناعة", "يا دجلة الخير يا", f"{HEADLINE}."])
def test_a_subhead_a_refrain_and_a_paragraph_may_return(line: str) -> None:
    page = f"{line}\nتواصلت الاشتباكات.\n{line}\nانسحب التنظيم."
    assert CLEANER.clean(page).text == page


def test_a_later_line_may_return() -> None:
    page = "عنوان\nعنوان ثان\nقال إن المدينة سقطت أمس\nنعم\nقال إن المدينة سقطت أمس"
    assert CLEANER.clean(page).text == page


def test_a_dropped_line_is_no_headline() -> None:
    second = "عنوان ثان طويل للخبر نفسه"
    assert clean_lines(f"Next\nالمزيد\n{HEADLINE}\n{second}\n{second}") == [HEADLINE, second]


# ------------------------------------------------------------------------------------ white space


def test_one_empty_line_between_paragraphs_is_kept_and_surplus_ones_are_not() -> None:
    assert CLEANER.clean("\n\nأول\n\n\n \nثان\nثالث\n\n").text == "أول\n\nثان\nثالث"


def test_a_dropped_line_takes_its_empty_line_along() -> None:
    assert CLEANER.clean("أول\n\nالمزيد\n\nثان").text == "أول\n\nثان"


def test_windows_line_ends_stay_and_do_not_hide_a_line_from_its_rule() -> None:
    assert CLEANER.clean("أول\r\nالمزيد\r\nثان\r\n").text == "أول\r\nثان"


@pytest.mark.parametrize("page", ["", " ", "\n\r\n", "المزيد", "\nالمزيد\n\nالتعليقات\n"])
def test_a_page_without_article_text_becomes_the_empty_text(page: str) -> None:
    cleaned = CLEANER.clean(page)
    assert (cleaned.text, cleaned.kept, cleaned.offset_map()) == ("", (), [])


# ----------------------------------------------------------------------------- any string, offsets


@given(PAGES, DOCUMENT_IDS)
@settings(max_examples=200)
def test_kept_spans_and_dropped_lines_and_blanks_are_the_whole_of_any_page(page: str, id: str) -> None:
    cleaned = CLEANER.clean(page, id)
    spans = sorted([*cleaned.kept, *((dropped.start, dropped.end) for dropped in cleaned.dropped)])
    position = 0
    for start, end in spans:
        assert position <= start < end <= len(page)
        assert not page[position:start].strip()
        position = end
    assert not page[position:].strip()


@given(PAGES, DOCUMENT_IDS)
@settings(max_examples=200)
def test_kept_spans_of_any_page_reproduce_the_text_and_every_offset_leads_back(page: str, id: str) -> None:
    cleaned = CLEANER.clean(page, id)
    text = cleaned.text
    assert text == text.strip()
    assert [page[cleaned.raw_offset(offset)] for offset in range(len(text))] == list(text)
    raw_offsets = [cleaned.raw_offset(offset) for offset in range(len(text))]
    assert raw_offsets == sorted(set(raw_offsets))
    for text_start, raw_start, length in cleaned.offset_map():
        assert text[text_start : text_start + length] == page[raw_start : raw_start + length]
    assert sum(length for _, _, length in cleaned.offset_map()) == len(text)


@given(PAGES, DOCUMENT_IDS)
def test_every_dropped_line_of_any_page_is_listed_with_its_text_rule_and_reason(page: str, id: str) -> None:
    rules = {rule.name for rule in CLEANER.line_rules} | {"repeated-headline", "override"}
    for dropped in CLEANER.clean(page, id).dropped:
        assert dropped.text
        assert dropped.text == page[dropped.start : dropped.end].strip()
        assert dropped.rule in rules
        assert dropped.reason


@given(PAGES)
def test_cleaning_the_clean_text_again_changes_nothing(page: str) -> None:
    text = CLEANER.clean(page).text
    assert CLEANER.clean(text).text == text


@pytest.mark.parametrize("offset", [-1, 10, 99])
def test_an_offset_outside_the_article_text_is_an_error(offset: int) -> None:
    cleaned = CLEANER.clean("المزيد\nأول\nثاني ")
    assert len(cleaned.text) == 8
    with pytest.raises(IndexError, match=f"offset {offset} is outside"):
        cleaned.raw_offset(offset)


def test_the_end_of_the_article_text_is_no_offset_of_a_character() -> None:
    with pytest.raises(IndexError):
        CLEANER.clean("أول").raw_offset(3)
    with pytest.raises(IndexError):
        CLEANER.clean("").raw_offset(0)


def test_a_span_is_kept_only_if_all_of_it_lies_in_one_kept_stretch() -> None:
    page = "أول\nثان\nالمزيد\nثالث"
    cleaned = CLEANER.clean(page)
    assert cleaned.kept == ((0, 8), (15, 19))
    kept = {(start, end) for start in range(19) for end in range(start + 1, 20) if cleaned.keeps(start, end)}
    assert kept == {(s, e) for a, b in cleaned.kept for s in range(a, b) for e in range(s + 1, b + 1)}


# ------------------------------------------------------------------------------- the five articles


@pytest.mark.parametrize("id", ARTICLES)
def test_a_shipped_page_cleans_to_its_annotated_text(id: str) -> None:
    cleaned = CLEANER.clean(raw_page(id), id)
    assert cleaned.text == (DATA / "annotations" / "gold" / f"{id}.txt").read_bytes().decode("utf-8")


DROPPED_OF_PAGES = {
    "000": [],
    "001": ["override", "override"],
    "002": [
        *("override", "read-also", "repeated-headline", "repeated-headline", "read-also"),
        *("related-articles", "back-to-top"),
    ],
    "003": ["byline-with-time", "override", "override", "override"],
    "004": ["javascript-notice", "read-also", "related-nodes", "read-also", "override"],
}


@pytest.mark.parametrize(("id", "rules"), DROPPED_OF_PAGES.items())
def test_a_shipped_page_loses_these_lines(id: str, rules: list[str]) -> None:
    assert [dropped.rule for dropped in CLEANER.clean(raw_page(id), id).dropped] == rules


def test_links_in_the_middle_of_an_article_drop_only_themselves() -> None:
    page = raw_page("004")
    cleaned = CLEANER.clean(page, "004")
    link, notice = cleaned.dropped[1:3]
    assert (link.text, notice.rule) == ("اقرأ المزيد", "related-nodes")
    before, after = page[: link.start].rstrip(), page[notice.end :].lstrip()
    assert before.endswith("بحسب المتحدث ذاته.")
    assert after.startswith("وأمنت قوى الأمن الداخلي")
    assert f"{before[-30:]}\n\n{after[:30]}" in cleaned.text


def test_a_rule_for_one_document_leaves_the_others_alone() -> None:
    page = "الشأن السوري\nقُتل عنصر.\nالمزيد من متابعات"
    assert clean_lines(page, "002") == ["قُتل عنصر.", "المزيد من متابعات"]
    assert clean_lines(page, "004") == ["الشأن السوري", "قُتل عنصر."]
    assert clean_lines(page, "999") == clean_lines(page) == page.split("\n")


def test_a_from_rule_drops_the_rest_of_the_page() -> None:
    page = "قُتل عنصر.\nطبعاً هذه المرة دخلوا من خلال تركيا وغيرها\n\nالله يرحم الشهداء\nانسحب التنظيم."
    cleaned = CLEANER.clean(page, "001")
    assert cleaned.text == "قُتل عنصر."
    assert [dropped.text for dropped in cleaned.dropped] == [line for line in page.split("\n")[1:] if line]
    assert len({dropped.reason for dropped in cleaned.dropped}) == 1


# ---------------------------------------------------------------------------------- files of rules


def write(folder: Path, content: str) -> Path:
    path = folder / "rules.yaml"
    path.write_text(content, encoding="utf-8")
    return path


def test_a_cleaning_file_of_ones_own_replaces_the_shipped_rules(tmp_path: Path) -> None:
    rules = "line_rules: [{name: ad, pattern: 'إعلان.*', reason: advertisement}]"
    cleaned = load_cleaner(write(tmp_path, rules)).clean("المزيد\nإعلان مدفوع\nقال: إعلان")
    assert cleaned.text == "المزيد\nقال: إعلان"
    assert [(dropped.rule, dropped.reason) for dropped in cleaned.dropped] == [("ad", "advertisement")]


BROKEN = {
    "a rule without a reason": ("line_rules: [{name: ad, pattern: x}]", "line rule 'ad' lacks reason"),
    "a rule without a name": ("line_rules: [{pattern: x, reason: y}]", "lacks name"),
    "a pattern that is none": (
        "line_rules: [{name: ad, pattern: '(', reason: y}]",
        "pattern of line rule 'ad' is wrong",
    ),
    "a document rule without a reason": ("documents: {'001': [{line: x}]}", "document 001 needs a reason"),
    "a document rule for no line": ("documents: {'001': [{reason: x}]}", "'line' or 'from'"),
}


@pytest.mark.parametrize(("content", "cause"), BROKEN.values(), ids=BROKEN)
def test_a_broken_cleaning_file_is_refused_by_name_and_cause(tmp_path: Path, content: str, cause: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(ValueError, match=cause) as error:
        load_cleaner(path)
    assert str(error.value).startswith(str(path))


# ------------------------------------------------------------------------------------------- time


def clean_whole(text: str) -> CleanedText:
    return CLEANER.clean(text)


@pytest.mark.parametrize("pattern", ["قُتل عنصر ", "قُتل عنصر\n", "المزيد\n", "\n", "اقرأ أيضاً "])
def test_time_grows_with_the_length_of_the_page_and_not_faster(pattern: str) -> None:
    assert_linear(clean_whole, pattern, 20_000)


@pytest.mark.parametrize("line", [line for lines in DROPPED.values() for line in lines])
def test_no_rule_takes_long_over_a_line_that_almost_matches(line: str) -> None:
    for filler in (" ", ".", "1", "("):
        assert_linear(lambda text: CLEANER.clean(f"{line}{text}x\n{text}{line}x"), filler, 2_000)
