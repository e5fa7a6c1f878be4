"""Nouns that say how many by their form: شخصان is two people, and قتيل واحد one.

Which words are duals cannot be told from ان and ين: سكان and شبان are plurals, مدنيين is two civilians or many. So the
nouns are listed by what their plural is, and a form that may be a plural says nothing.
"""

from __future__ import annotations

from functools import cache

import regex

from trainer.values.numerals import NUMERAL_WORDS
from trainer.values.spelling import folded, without_clitics

# Their plural is another word, so that -ين is two as well as -ان: طفلين beside أطفال. Not صبي and فتى: صبيان and فتيان
# are plurals, too.
_BROKEN_PLURAL = """
    شخص فرد عنصر طفل رضيع رجل شاب شيخ ابن شقيق صديق رفيق زميل قريب جار جندي ضابط عريف رقيب ملازم عقيد عميد قائد حارس
    قتيل جريح شهيد غريق سجين أسير طالب طبيب خبير تاجر راكب سائح راعي قاضي محامي نائب عضو وزير رئيس زعيم أمير كاهن راهب
    إمام خطيب داعية أجنبي
    """
# Their plural ends in -ين too: مدنيين may be two or many, مدنيان is two. Also words that have both plurals (عامل), and
# ولد, as ولديه is "and he has", too.
_SOUND_PLURAL = """
    مدني عسكري مسلح مقاتل مجند شرطي دركي مظلي بحار طيار قناص انتحاري إرهابي متمرد مهاجم مصاب مسن مجهول مرافق ولد عامل
    مواطن مقيم لاجئ نازح مهاجر مستوطن قروي مزارع فلاح صياد سائق مسعف ممرض معلم مدرس مدير موظف مهندس مدرب لاعب متطوع
    صحفي صحافي إعلامي مراسل مصور ناشط متظاهر محتج سياسي نقابي مسؤول قيادي مندوب مبعوث مستشار مراقب معتقل موقوف محتجز
    مخطوف مختطف مفقود متهم مطلوب محكوم فلسطيني سوري عراقي لبناني أردني مصري سوداني ليبي يمني سعودي إسرائيلي أميركي
    أمريكي فرنسي بريطاني ألماني إيطالي إسباني روسي تركي إيراني هندي باكستاني صيني ياباني كوري كندي أوروبي
    """
# Their plural ends in -ات or is another word: شابتين is two.
_FEMININE = """
    طفلة امرأة شابة فتاة سيدة زوجة ابنة شقيقة عائلة أسرة مدنية مواطنة مسنة طالبة معلمة طبيبة ممرضة مسعفة موظفة مذيعة
    صحفية صحافية ناشطة جندية شرطية مصابة نازحة لاجئة سائحة سجينة معتقلة رهينة رضيعة ضحية جثة أجنبية فلسطينية سورية
    """
_PRONOUNS = ("ه", "ها", "هم", "هما", "هن")
_ONE = frozenset(folded(word) for word in ("واحد", "واحدة", "واحدا"))
_TWO = frozenset(folded(word) for word in ("اثنان", "اثنين", "اثنتان", "اثنتين"))
# The vowel sign before ي tells the dual from the plural: متهمَين، موظفَي إغاثة. Shorter words are names (حُسَين) and بَين.
_VOWELLED_DUAL = regex.compile(r"(?:\p{L}\p{M}*){3,}\p{L}\u0651?\u064e\u0651?ي\u0652?(?:ن\p{M}?)?")


def number_of(text: str) -> int | None:
    """Return 2 for a noun in the dual, 1 for a noun with واحد, and ``None`` for all else.

    Adjectives may follow the noun; other numerals, and a second noun after و, may not.

    >>> [number_of(text) for text in ("وشخصان", "طفليه", "مدنيين اثنين", "قتيل واحد", "مدنيين", "شبان")]
    [2, 2, 2, 1, None, None]
    """
    words, raw_words = folded(text).split(), text.split()
    if not words or not raw_words:
        return None
    noun, following = words[0], words[1:]
    if len(following) == 1 and following[0] in _TWO and noun.endswith(("ان", "ين")) and noun not in NUMERAL_WORDS:
        return 2
    if len(following) == 1 and following[0] in _ONE:
        return 1 if without_clitics(noun, _singulars()) else None
    if any(word.startswith("و") or word in NUMERAL_WORDS or not word.isalpha() for word in following):
        return None
    dual = _VOWELLED_DUAL.fullmatch(raw_words[0]) or without_clitics(noun, _duals())
    return 2 if dual else None


@cache
def _singulars() -> frozenset[str]:
    return frozenset(folded(noun) for nouns in (_BROKEN_PLURAL, _SOUND_PLURAL, _FEMININE) for noun in nouns.split())


@cache
def _duals() -> frozenset[str]:
    forms: set[str] = set()
    for noun in map(folded, _BROKEN_PLURAL.split()):
        forms |= {noun + "ان", noun + "ين"}
        # جنديه may be "his soldier".
        forms |= set() if noun.endswith("ي") else _with_pronouns(noun)
    forms |= {noun + "ان" for noun in map(folded, _SOUND_PLURAL.split())}
    for noun in map(folded, _FEMININE.split()):
        stem = noun.removesuffix("ه") + "ت"
        forms |= {stem + "ان", stem + "ين"} | _with_pronouns(stem)
    return frozenset(forms)


def _with_pronouns(stem: str) -> set[str]:
    return {stem + ending + pronoun for ending in ("ا", "ي") for pronoun in _PRONOUNS}
