"""Who a mention means: names in every spelling, forces of states, groups and people without a name, tables of users."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import ANY_TEXT

from trainer.values.actors import Actor, ActorTable

STATE, REBELS, POLITICAL, IDENTITY = "State Forces", "Rebel Group", "Political Militia", "Identity Militia"
PROTESTERS, CIVILIANS, EXTERNAL = "Protesters", "Civilians", "External/Other Forces"

# Forms of the annotated articles and of the written corpus, as they stand there.
NAMED = {
    ("تنظيم الدولة الإسلامية", REBELS): (
        "داعش | وداعش | لداعش | بـ”داعش” | تنظيم داعش | تنظيم “داعش” | لتنظيم «داعش» | تنظيم “الدولة الإسلامية” | "
        "وتنظيم “الدولة الإسلامية” | وتنظيم الدولة الإسلامية | تنظيم الدولة | تنظيم الدولة الاسلامية | "
        "لعصابات داعش الإرهابية | دولة العراق الإسلامية | ولاية سيناء | تنظيم الدولة الإسلامية – ولاية خراسان"
    ),
    ("الجيش السوري", STATE): (
        "قوات النظام | لقوات النظام | قوات النظام السوري | ميليشيا أسد | الجيش السوري | القوات السورية | "
        "الجيش العربي السوري | سلاح الجو السوري"
    ),
    ("قوات سوريا الديمقراطية", REBELS): (
        "قسد | لقسد | لـ”قسد” | و”قسد” | قوات قسد | ميليشيا قسد | وميليشيا قسد | لميليشيا قسد | "
        "قوات سوريا الديمقراطية | لقوات سوريا الديمقراطية | مجلس منبج العسكري | قوات عملية «غضب الفرات»"
    ),
    ("وحدات حماية الشعب", REBELS): "وحدات حماية الشعب الكردي | وحدات حماية الشعب | الوحدات الكردية",
    ("قوات الدفاع الوطني", POLITICAL): "بقوات الدفاع الوطني | قوات الدفاع الوطني",
    ("كتائب البعث", POLITICAL): "وكتائب البعث | و”كتائب البعث”",
    ("حزب العمال الكردستاني", REBELS): 'لتنظيم "PKK" | لحزب العمال الكردستاني | بي كي كي',
    ("التحالف الدولي ضد تنظيم الدولة الإسلامية", EXTERNAL): (
        "التحالف الدولي | بقوات التحالف الدولي | لطيران التحالف الدولي"
    ),
    ("هيئة تحرير الشام", REBELS): "هيئة تحرير الشام",
    ("جماعة أنصار الله", REBELS): (
        "الحوثيين | الحوثيون | حوثيين | حوثياً | للحوثيين | وجماعة الحوثي | المسلحين الحوثيين | المتمردون الحوثيون | "
        "الميليشيا الحوثية | الميليشيات الحوثية"
    ),
    ("القوات الموالية لصالح", REBELS): "قوات صالح | وقوات المخلوع صالح | ميليشيات صالح",
    ("المقاومة الشعبية (اليمن)", POLITICAL): "المقاومة الشعبية اليمنية",
    ("قوات الدعم السريع", REBELS): "الدعم السريع | قوات الدعم السريع",
    ("الحركة الشعبية لتحرير السودان – شمال", REBELS): "الحركة الشعبية لتحرير السودان – شمال",
    ("حزب الله", POLITICAL): "حزب الله | حزب الله اللبناني",
    ("كتائب حزب الله", POLITICAL): "كتائب حزب الله",
    ("حركة حماس", POLITICAL): "حماس | حركة حماس | كتائب القسام | كتائب الشهيد عز الدين القسام | القسام",
    ("حركة الجهاد الإسلامي", POLITICAL): "سرايا القدس | حركة الجهاد الإسلامي",
    ("حركة طالبان", REBELS): "طالبان | حركة «طالبان»",
    ("حركة طالبان باكستان", REBELS): "حركة «طالبان باكستان»",
    ("حركة الشباب", REBELS): "حركة «الشباب» | حركة الشباب",
    ("بوكو حرام", REBELS): "بوكو حرام | جماعة «بوكو حرام»",
    ("تنظيم القاعدة", REBELS): "القاعدة | و«القاعدة» | تنظيم «القاعدة» | لتنظيم القاعدة",
    ("تنظيم القاعدة في جزيرة العرب", REBELS): "تنظيم القاعدة في جزيرة العرب",
    ("تنظيم القاعدة في بلاد المغرب الإسلامي", REBELS): "الجماعة السلفية للدعوة والقتال",
    ("جماعة نصرة الإسلام والمسلمين", REBELS): "جماعة «نصرة الإسلام والمسلمين»",
    ("جبهة البوليساريو", REBELS): "البوليساريو | لـ«البوليساريو» | جبهة البوليساريو",
    ("ألوية العمالقة", POLITICAL): "ألوية «العمالقة»",
    ("لواء فاطميون", POLITICAL): "ميليشيا «فاطميون» الأفغانية",
    ("دان نان أمباساغو", IDENTITY): "ميليشيا دان نا أمباساغو | ميليشيا «دان نان أمباساغو»",
    ("البيشمركة", STATE): "البيشمركة | للبيشمركة | قوات البيشمركة",
    ("هيئة الحشد الشعبي", STATE): "الحشد الشعبي | قوات الحشد الشعبي | والحشد العشائري",
    ("الجيش الإسرائيلي", STATE): (
        "الجيش الإسرائيلي | الجيش الاسرائيلي | القوات الإسرائيلية | قوات اسرائيلية | قوات الاحتلال | قوة إسرائيلية"
    ),
    ("الجيش الأميركي", STATE): "القوات الأمريكية | القوات الأميركية | قوات أميركية | أفريكوم | سنتكوم",
    ("الجيش التركي", STATE): "الجيش التركي | القوات التركية | القوات المسلحة التركية | القوات الخاصة التركية",
    ("الدرك التركي", STATE): "للدرك التركي",
    ("الحرس الثوري الإيراني", STATE): "الحرس الثوري | الحرس الثوري الإيراني | قوات الحرس الثوري",
    ("الجيش المالي", STATE): "الجيش المالي | القوات المالية",
    ("الجيش المغربي", STATE): "القوات المغربية | القوات المسلحة الملكية",
    ("اليونيفيل", EXTERNAL): "اليونيفيل | قوات اليونيفيل",
    ("مجموعة فاغنر", EXTERNAL): "مرتزقة «فاغنر»",
    ("مسلحون مجهولون", POLITICAL): "مسلحين مجهولين | مسلحين ملثّمين | مسلحون ملثمون | جهات مسلحة",
}
KIND_ALONE = {
    STATE: "الجيش | للجيش | الشرطة | للشرطه | قوات الأمن | القوات الامنية | حرس الحدود | الجنود | شرطيين | جندياً",
    POLITICAL: "مسلحون | المسلحين | مسلحاً | مجموعة مسلحة | والمسلحين الموالين لها | عصابة مسلحة",
    REBELS: "المتمردين | متمرداً",
    IDENTITY: "ميليشيات قبلية | مسلحين دروز",
}
UNNAMED_CIVILIANS = (
    "المدنيين | للمدنيين | مدنياً | المواطنين | مواطنين | عائلات | وعائلاتهم | أطفالاً | طفلين | السجناء | "
    "سجين | نزلاءه | ناشطون محليون | أهالي | والأهالي الدروز | سكانها | عاملاً إثيوبياً | مزارعو الزيتون | "
    "أسرته | جيرانه | ممرضتين | شبان | الصحافيين | رعاة إبل | عمال الإغاثة"
)
NOBODY = (
    "التنظيم | للتنظيم | الحركة | الميليشيا | قواتها | الفصائل | العدو | الإرهابيين | القوات الكردية | "
    "القيادة العامة | حراس السجن | المهاجمين | الخاطفين | عناصرها | انتحاري | أسراه المعتقلين | رجال | "
    "رجل أمن | شبان مسلحون | الجرحى | معارضون سوريون | مستوطنون | القوات الروسية والتركية | وزارة الصحة | "
    "نادي القوة الجوية | دمشق | منظمة الجهاد الإسلامي"
)


SHIPPED = ActorTable.load()


def _forms(text: str) -> list[str]:
    return text.split(" | ")


@pytest.fixture(scope="module")
def table() -> ActorTable:
    return SHIPPED


class TestNames:
    @pytest.mark.parametrize(
        ("form", "name", "kind"), [(form, *expected) for expected, forms in NAMED.items() for form in _forms(forms)]
    )
    def test_a_form_becomes_the_canonical_name_and_its_kind(
        self, table: ActorTable, form: str, name: str, kind: str
    ) -> None:
        actor = table.find(form)
        assert actor is not None
        assert (actor.name, actor.kind) == (name, kind)

    @pytest.mark.parametrize(
        ("kind", "form"), [(kind, form) for kind in KIND_ALONE for form in _forms(KIND_ALONE[kind])]
    )
    def test_groups_without_a_name_have_a_kind_alone(self, table: ActorTable, kind: str, form: str) -> None:
        actor = table.find(form)
        assert actor is not None
        assert (actor.name, actor.kind, actor.country) == (None, kind, None)

    @pytest.mark.parametrize("form", _forms(UNNAMED_CIVILIANS))
    def test_unnamed_people_are_civilians_by_their_noun(self, table: ActorTable, form: str) -> None:
        assert table.find(form) == Actor(CIVILIANS, 7, "مدنيون", "Civilians")

    @pytest.mark.parametrize("form", _forms(NOBODY))
    def test_what_no_table_knows_is_nobody(self, table: ActorTable, form: str) -> None:
        assert table.find(form) is None

    def test_an_actor_has_the_code_and_the_english_name_of_the_codebook(self, table: ActorTable) -> None:
        assert table.find("قسد") == Actor(REBELS, 2, "قوات سوريا الديمقراطية", "QSD: Syrian Democratic Forces", "SY")
        assert table.find("المتظاهرين") == Actor(PROTESTERS, 6, "متظاهرون", "Protesters")


class TestCountries:
    @pytest.mark.parametrize(
        ("form", "country", "name", "name_en"),
        [
            ("الجيش", "SY", "الجيش السوري", "Military Forces of Syria"),
            ("للجيش", "IQ", "الجيش العراقي", "Military Forces of Iraq"),
            ("الشرطة", "EG", "الشرطة المصرية", "Police Forces of Egypt"),
            ("رجال الأمن", "SA", "قوات الأمن السعودية", None),
            ("قوات الدرك", "NE", "الدرك النيجري", None),
            ("الجيش الوطني", "SY", "الجيش الوطني السوري", "Syrian National Army"),
            ("الجيش الوطني", "LY", "الجيش الوطني الليبي", "LNA"),
            ("الجيش الوطني", "YE", "الجيش اليمني", "Military Forces of Yemen"),
            ("الأسايش", "SY", "قوى الأمن الداخلي لشمال وشرق سوريا", "Asayish"),
            ("الأسايش", "IQ", "الأسايش (العراق)", "Asayish"),
            ("أنصار الشريعة", "LY", "أنصار الشريعة في ليبيا", "Ansar al Sharia"),
            ("القوات المشتركة", "SD", "القوة المشتركة للحركات المسلحة", "Joint Force of Armed Struggle Movements"),
            ("فصائل المعارضة", "SY", "المعارضة السورية المسلحة", "Opposition Rebels (Syria)"),
        ],
    )
    def test_words_of_every_country_mean_the_one_that_the_text_is_about(
        self, table: ActorTable, form: str, country: str, name: str, name_en: str | None
    ) -> None:
        actor = table.find(form, country)
        assert actor is not None
        assert (actor.name, actor.name_en, actor.country) == (name, name_en, country)

    @pytest.mark.parametrize("form", ["الجيش الوطني", "الأسايش", "أنصار الشريعة", "القوات المشتركة"])
    def test_names_of_several_groups_mean_none_unless_the_country_is_told(self, table: ActorTable, form: str) -> None:
        assert table.find(form) is None
        assert table.find(form, "SO") is None

    @pytest.mark.parametrize(("form", "country"), [("الجيش", "LY"), ("الشرطة", "YE"), ("القوات الأمنية", "SY")])
    def test_where_several_governments_have_such_forces_they_are_nobody(
        self, table: ActorTable, form: str, country: str
    ) -> None:
        assert table.find(form) == Actor(STATE, 1)
        assert table.find(form, country) is None

    def test_a_country_that_no_table_knows_leaves_the_kind_alone(self, table: ActorTable) -> None:
        assert table.find("الشرطة", "NO") == Actor(STATE, 1)

    @pytest.mark.parametrize(
        ("form", "country"), [("الجيش التركي", "SY"), ("جنود أتراك", "SY"), ("القوات الأميركية", "IQ")]
    )
    def test_state_forces_outside_their_country_are_external(self, table: ActorTable, form: str, country: str) -> None:
        here, abroad = table.find(form), table.find(form, country)
        assert here is not None
        assert abroad is not None
        assert (here.kind, here.code, abroad.kind, abroad.code) == (STATE, 1, EXTERNAL, 8)
        assert (here.name, here.country) == (abroad.name, abroad.country)

    def test_other_groups_stay_what_they_are_everywhere(self, table: ActorTable) -> None:
        assert table.find("حزب العمال الكردستاني", "SY") == table.find("حزب العمال الكردستاني")

    def test_soldiers_have_the_country_of_their_adjective(self, table: ActorTable) -> None:
        assert table.find("جنديين أميركيين") == Actor(STATE, 1, country="US")
        assert table.find("جنودها الروانديين") == Actor(STATE, 1, country="RW")


class TestTablesOfUsers:
    def _table(self, folder: Path, text: str) -> ActorTable:
        path = folder / "mine.yaml"
        path.write_text(text, encoding="utf-8")
        return ActorTable.load(path)

    def test_add_actors(self, tmp_path: Path) -> None:
        table = self._table(
            tmp_path, "actors:\n  Political Militia:\n    - {name: لواء الباقر, country: SY, aliases: [فوج الباقر]}\n"
        )
        assert table.find("ميليشيا «لواء الباقر»") == Actor(POLITICAL, 3, "لواء الباقر", None, "SY")
        assert table.find("فوج الباقر") == table.find("لواء الباقر")
        assert table.find("داعش") is not None

    def test_add_names_to_actors_of_any_table(self, tmp_path: Path) -> None:
        table = self._table(tmp_path, "aliases:\n  تنظيم الدولة الإسلامية: [تنظيم البغدادي]\n")
        assert table.find("لتنظيم البغدادي") == table.find("داعش")

    def test_go_before_the_shipped_one(self, tmp_path: Path) -> None:
        table = self._table(tmp_path, "actors:\n  State Forces:\n    - {name: الحوثيون, country: YE}\n")
        assert table.find("الحوثيين") == ActorTable.load().find("الحوثيين")
        assert table.find("الحوثيون") == Actor(STATE, 1, "الحوثيون", None, "YE")

    def test_add_a_state_to_the_forces_of_all(self, tmp_path: Path) -> None:
        table = self._table(tmp_path, "states:\n  BI: {en: Burundi, adjectives: [بوروندي, بوروندية]}\n")
        expected = Actor(STATE, 1, "الجيش البوروندي", "Military Forces of Burundi", "BI")
        assert table.find("القوات البوروندية") == table.find("الجيش", "BI") == expected

    def test_an_empty_table_adds_nothing(self, tmp_path: Path) -> None:
        assert self._table(tmp_path, "").find("قسد") == ActorTable.load().find("قسد")

    @pytest.mark.parametrize(
        ("text", "line", "cause"),
        [
            ("actors:\n  Rebels:\n    - {name: لواء}\n", 2, "the kind 'Rebels' is unknown"),
            ("actors:\n  Rebel Group:\n    - {name: لواء}\n    - {nam: لواء}\n", 4, "name: Field required"),
            ("actors:\n  Rebel Group:\n    - name: لواء\n      country: Syria\n", 4, "country"),
            ("actors:\n  Rebel Group:\n    - {name: 15}\n", 3, "valid string"),
            ("actors:\n  Rebel Group:\n    - {name: لواء, local: [اللواء]}\n", 3, "no country"),
            (
                "actors:\n  Rebel Group:\n    - {name: أ, aliases: [لواء]}\n    - {name: ب, aliases: [لواء]}\n",
                4,
                "already means أ",
            ),
            ("actors:\n  Rebel Group:\n    - {name: '«»'}\n", 3, "is no name"),
            ("kinds: {}\n\ngroups: []\n", 3, "Extra inputs"),
            ("aliases:\n  لا أحد: [فلان]\n", 2, "no table has an actor of that name"),
            ("forces:\n  - {name: 'جيش {x}', kind: State Forces, forms: []}\n", 2, "no other braces"),
            ("generic:\n  - {kind: Nobody, forms: [هم]}\n", 2, "the kind 'Nobody' is unknown"),
        ],
    )
    def test_a_malformed_table_names_file_line_and_cause(
        self, tmp_path: Path, text: str, line: int, cause: str
    ) -> None:
        with pytest.raises(ValueError, match=rf"mine\.yaml, line {line}: .*{cause}"):
            self._table(tmp_path, text)

    @pytest.mark.parametrize("text", ["actors: [", "actors: 2022-13-45"])
    def test_what_is_no_yaml_names_the_file(self, tmp_path: Path, text: str) -> None:
        with pytest.raises(ValueError, match=r"mine\.yaml is no YAML"):
            self._table(tmp_path, text)

    def test_what_is_no_utf8_names_the_file(self, tmp_path: Path) -> None:
        path = tmp_path / "mine.yaml"
        path.write_bytes("aliases: {}  # قسد".encode("cp1256"))
        with pytest.raises(ValueError, match=r"mine\.yaml is not UTF-8"):
            ActorTable.load(path)


class TestAnyText:
    @given(text=ANY_TEXT, country=st.sampled_from([None, "SY", "", "x"]))
    def test_has_an_actor_or_none(self, text: str, country: str | None) -> None:
        actor = SHIPPED.find(text, country)
        assert actor is None or actor.kind
