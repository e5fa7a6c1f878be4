"""What ``mention_name`` takes off an entity mention, and what it must leave."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from trainer.text.mentions import mention_name


def _words(text: str) -> list[str]:
    return text.split()


CLITIC_AND_ARTICLE = {
    "بالحسكة": "الحسكة",
    "والمدنيين": "المدنيين",
    "والخميس": "الخميس",
    "والجيش اللبناني": "الجيش اللبناني",
    "كالتنظيم": "التنظيم",
    "فالتحالف الدولي": "التحالف الدولي",
    "وبالرقة": "الرقة",
    "فبالموصل": "الموصل",
    "بالبصرة": "البصرة",
    "والولايات المتحدة": "الولايات المتحدة",
    "واليمن": "اليمن",
    "واليهود": "اليهود",
    "والله": "الله",
    "بالحي": "الحي",
}

LAM_AND_ARTICLE = {
    # لل before a word is ل + ال + the word.
    "للمدينة": "المدينة",
    "للتنظيم": "التنظيم",
    "لليوم الثالث": "اليوم الثالث",
    "للأكراد": "الأكراد",
    "للاتحاد الأوروبي": "الاتحاد الأوروبي",
    "للحي": "الحي",
    "وللمدنيين": "المدنيين",
    "فللجيش": "الجيش",
    "لليمن": "اليمن",
    "لليونان": "اليونان",
    "للوزارة": "الوزارة",
    "للجنود": "الجنود",
    "للجاني": "الجاني",
    "للقاعدة": "القاعدة",
    "للبنات": "البنات",
    "للحج": "الحج",
    # One of three lams goes unwritten when the word begins with ل itself ...
    "للواء": "اللواء",
    "للجنة": "اللجنة",
    "للجان": "اللجان",
    "للاجئين": "اللاجئين",
    "للاذقية": "اللاذقية",
    "للبنانيين": "اللبنانيين",
    "ولليبيين": "الليبيين",
    "لله": "الله",
    # ... although some write all three.
    "ولللاجئين": "اللاجئين",
    # Proper names in ل have no article to restore.
    "للبنان": "لبنان",
    "لليبيا": "ليبيا",
    "للندن": "لندن",
    "وللافروف": "لافروف",
}

BARE_WORD_AFTER_CLITIC = {
    "وداعش": "داعش",
    "لداعش": "داعش",
    "بداعش": "داعش",
    "كداعش": "داعش",
    "وقسد": "قسد",
    "لقسد": "قسد",
    "وبدمشق": "دمشق",
    "بحلب": "حلب",
    "بدرعا": "درعا",
    "لحماة": "حماة",
    "لغزة": "غزة",
    "وعدن": "عدن",
    "وجدة": "جدة",
    "ولقوات النظام": "قوات النظام",
    "وقوات النظام": "قوات النظام",
    "بقواتها": "قواتها",
    "ومقاتلي داعش": "مقاتلي داعش",
    "لتنظيم داعش": "تنظيم داعش",
    "كتنظيم القاعدة": "تنظيم القاعدة",
    "بمدينة الحسكة": "مدينة الحسكة",
    "بمحافظة درعا": "محافظة درعا",
    "بقرية تل تمر": "قرية تل تمر",
    "بريف دمشق": "ريف دمشق",
    "بحي غويران": "حي غويران",
    "وحي غويران": "حي غويران",
    "لسجن الصناعة": "سجن الصناعة",
    "بقطاع غزة": "قطاع غزة",
    "لجبهة النصرة": "جبهة النصرة",
    "وجبهة النصرة": "جبهة النصرة",
    "وميليشيات موالية": "ميليشيات موالية",
    "لميليشيات موالية": "ميليشيات موالية",
    "لرئيس الوزراء": "رئيس الوزراء",
    "ومدنيين": "مدنيين",
    "وأطفال": "أطفال",
    "وسني": "سني",
    "ويوسف": "يوسف",
    "ويهود": "يهود",
    "ومحمد": "محمد",
    "لعبدالله": "عبدالله",
    "بسيارة مفخخة": "سيارة مفخخة",
    "وصواريخ": "صواريخ",
    "برصاص": "رصاص",
    "وطائرات": "طائرات",
}

OWN_LETTER_AFTER_CLITIC = {
    "ووزارة الدفاع": "وزارة الدفاع",
    "لوزير الدفاع": "وزير الدفاع",
    "لواشنطن": "واشنطن",
    "ووحدات حماية الشعب": "وحدات حماية الشعب",
    "بوادي بردى": "وادي بردى",
    "بلبنان": "لبنان",
    "ولبنان": "لبنان",
    "لبيروت": "بيروت",
    "ببغداد": "بغداد",
    "ببني وليد": "بني وليد",
    "ببلدة المزيريب": "بلدة المزيريب",
    "وبريطانيا": "بريطانيا",
    "لبشار الأسد": "بشار الأسد",
    "وكتائب": "كتائب",
    "لكتائب القسام": "كتائب القسام",
    "بكركوك": "كركوك",
    "لكوباني": "كوباني",
    "بكفرنبل": "كفرنبل",
    "بفلسطين": "فلسطين",
    "وفرنسا": "فرنسا",
    "لفصائل المعارضة": "فصائل المعارضة",
    "ولواء القدس": "لواء القدس",
    "وليبيا": "ليبيا",
    "وبالون": "بالون",
}

HAMZA_AFTER_CLITIC = {
    # A written أ or إ second in the word shows that the first letter is no part of it, known word or not.
    "لأبي بكر": "أبي بكر",
    "وأحمد": "أحمد",
    "بإدلب": "إدلب",
    "لإيران": "إيران",
    "وأسايش": "أسايش",
    "لآل الأسد": "آل الأسد",
    "وأحد": "أحد",
}

NUMBERS_AND_DATES = {
    "وعشرات": "عشرات",
    "وخمسة": "خمسة",
    "وست نساء": "ست نساء",
    "لثلاثة أيام": "ثلاثة أيام",
    "وأكثر من 50": "أكثر من 50",
    "بما لا يقل عن 20": "ما لا يقل عن 20",
    "و30": "30",
    "ل30 يوماً": "30 يوماً",
    "بـ43": "43",
    "بـ 43": "43",
    "ولـ٤٣": "٤٣",
    "ويناير": "يناير",
    "لفجر الأحد": "فجر الأحد",
    "وليل الخميس": "ليل الخميس",
}

QUOTES_AND_TATWEEL = {
    'لـ"قسد"': "قسد",
    "بـ”داعش”": "داعش",
    "و«قسد»": "قسد",
    'ولـ"حزب الله"': "حزب الله",
    "بـ(داعش)": "داعش",
    'لـ"قسد" الكردية': '"قسد" الكردية',
    "ب‍ـداعش": "داعش",
    "بــدمشق": "دمشق",
    "لـ داعش": "داعش",
    "و حلب": "حلب",
    "بـسنقول الشرقية": "بـسنقول الشرقية",
    "بـخربشة": "خربشة",
    "لـPKK": "PKK",
    "وYPG": "YPG",
    "بالـPKK": "الـPKK",
    "للـPKK": "الـPKK",
    "“الدولة الإسلامية”": "الدولة الإسلامية",
    "((داعش))": "داعش",
    "«حزب الله»": "حزب الله",
    "[الأسايش]": "الأسايش",
    "«“قسد”»": "قسد",
    '"لداعش"': "داعش",
    " \u200fداعش\u200f ": "داعش",
}

DIACRITICS = {
    "وَداعِش": "داعِش",
    "بِالحَسَكة": "الحَسَكة",
    "لِلمَدينة": "المَدينة",
    "لِبَيروت": "بَيروت",
}

UNKNOWN_WORDS = {
    # و joins any word, so it goes even before a word that no list has.
    "وخربشة": "خربشة",
    "وقشطان": "قشطان",
}

STRIPPED = {
    form: name
    for table in (
        CLITIC_AND_ARTICLE,
        LAM_AND_ARTICLE,
        BARE_WORD_AFTER_CLITIC,
        OWN_LETTER_AFTER_CLITIC,
        HAMZA_AFTER_CLITIC,
        NUMBERS_AND_DATES,
        QUOTES_AND_TATWEEL,
        DIACRITICS,
        UNKNOWN_WORDS,
    )
    for form, name in table.items()
}

KEPT = [
    # The first letter belongs to the word ...
    *_words("وزارة وزير وزراء وكالة وحدات ولاية واشنطن وادي وسط وفد وكيل وليد وسام وائل وهران والي والد والدة"),
    *_words("بغداد بيروت بشار باسل بلدة بريطانيا بنغازي بعقوبة بانياس بصرى برلين باكستان بوتين بندقية بيشمركة"),
    *_words("لبنان ليبيا لندن لواء لجنة لاجئين لؤي ليلى لافروف ليلة لحج"),
    *_words("كتائب كوباني كركوك كابول كتيبة كمين كنيسة كردستان كمال كلاشينكوف كانون كفرنبل"),
    *_words("فرنسا فلسطين فرع فصائل فيلق فيصل فرقة فندق فبراير فاطمة فؤاد"),
    # ... with endings ...
    *_words("وزارته وحداتها وكالات واشنطن بغدادي بلداتهم بريطانيين لبنانيين ليبية كتائبها كردية فرنسيين فصائلهم"),
    # ... also where it seems to stand before the article ...
    *_words("بالون بالونات باليستي بالغين كالي كاليفورنيا كالاس فالح فالنسيا والدته واللا"),
    # ... or before a hamza.
    *_words("بأس كأس فأس"),
    # Other first letters, the bare article and pronouns at the end are no concern.
    *_words("داعش الحسكة قواتهم مدينتهم الـPKK"),
    "وزارة الدفاع التركية",
    "وحدات حماية الشعب",
    "كتائب البعث",
    "لواء ثوار الرقة",
    # Only the first word is looked at.
    "قوات النظام وداعش",
    "معارك بالحسكة",
    # Quotes inside a name, or around a part of it.
    "تنظيم “الدولة الإسلامية”",
    "“داعش” و“قسد”",
    "داعش (الدولة الإسلامية)",
    "“داعش",
    # An initial is no clitic.
    "ب. حداد",
    "1442 هـ",
    # Before a word that no list has, ب ل ك ف are more often root letters than clitics,
    *_words("بخشتان لقشطان كخربوش فخشتان"),
    # and so is و before ي and bare ا, where foreign names abound.
    *_words("ويتشيتا واكاسو"),
    # Nothing would remain.
    *["و", "بـ", "لل", "بال", '"', '""', "«»", "()", "", " ", "ـ", "…"],
]


@pytest.mark.parametrize(("form", "name"), STRIPPED.items())
def test_strips_clitics_and_enclosing_marks(form: str, name: str) -> None:
    assert mention_name(form) == name


@pytest.mark.parametrize("name", KEPT)
def test_keeps(name: str) -> None:
    assert mention_name(name) == name


@pytest.mark.parametrize("name", [*STRIPPED.values(), *KEPT])
def test_a_name_stays_itself(name: str) -> None:
    assert mention_name(name) == name


@pytest.mark.parametrize(
    ("one", "other"),
    [("بإدلب", "بادلب"), ("لحماة", "لحماه"), ("وسوريا", "وسوريه"), ("بمستشفى", "بمستشفي"), ("لأربيل", "لاربيل")],
)
def test_spelling_variants_decide_alike(one: str, other: str) -> None:
    assert mention_name(one) == one[1:]
    assert mention_name(other) == other[1:]


ARABIC_MENTIONS = st.text(alphabet='وفبلكايأإدعشمةىـَّ\u200d\u200f "”«»()3P.', max_size=20)
MENTIONS = st.one_of(st.text(), ARABIC_MENTIONS, st.text(st.characters(), max_size=30))


@given(MENTIONS)
def test_any_text_gives_a_name_no_longer_than_it(text: str) -> None:
    name = mention_name(text)
    assert len(name) <= len(text) + 2
    if regex.search(r"[\p{L}\p{N}]", text):
        assert regex.search(r"[\p{L}\p{N}]", name)
    else:
        assert name == text


@given(MENTIONS)
def test_only_the_beginning_and_the_edges_change(text: str) -> None:
    # What lies behind the first letters is never rewritten, so a name can be found again in its mention.
    name = mention_name(text)
    article = "ال" if name.startswith("ال") else ""
    assert name in text or name.removeprefix(article) in text


@given(st.sampled_from(sorted(STRIPPED)), st.sampled_from(["", " ", "\u200f", "\u00a0"]))
def test_white_space_and_direction_marks_around_do_not_matter(form: str, edge: str) -> None:
    assert mention_name(edge + form + edge) == STRIPPED[form]
