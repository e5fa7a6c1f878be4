"""Which place a name means: nouns, countries, namesakes, sizes, and gazetteers in GeoNames's format."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import ANY_TEXT

from trainer.values.places import Gazetteer, Place, distance_km

SHIPPED = Gazetteer.load()

# Forms of the annotated articles and of the written corpus, in texts about the country, and GeoNames's ids.
IN_COUNTRY = {
    "SY": {
        "الحسكة | بالحسكة | مدينة الحسكة | الحسَكة": 173811,
        "محافظة الحسكة | بريف الحسكة الجنوبي": 173813,
        "دير الزور": 170794,
        "بريف دير الزور | بريف دير الزور الشرقي": 170792,
        "مدينة كوباني | وكوباني | عين العرب | ريف كوباني الغربي": 172256,
        "مدينة الشدادي | الشدادي": 172837,
        "بمدينة الرقة": 172955,
        "ريف الرقة الجنوبي": 172957,
        "محافظة درعا | بريف درعا الشمالي": 170903,
        "درعا": 170905,
        "بلدة المزيريب": 166503,
        "ذيبان": 170691,
        "والبصيرة": 173927,
        "لمدينة الأتارب": 174030,
        "حلب": 170063,
        "بريف حلب الشرقي | بريف حلب الغربي | ريف حلب": 170062,
        "إدلب": 169389,
        "محافظة إدلب | ريف إدلب الجنوبي": 169387,
        "مدينة عفرين | بريف عفرين": 174186,
        "وحمص": 169577,
        "ريف حمص الشرقي": 169575,
        "ريف حماة | بريف حماة | ريف حماة الشمالي": 170015,
        "بريف دمشق": 170652,
        "منبج | ريف منبج": 167357,
        "والباب": 174018,
    },
    "IQ": {"الرطبة": 98677, "بيجي": 97783, "تلعفر | تل عفر": 90393, "سنجار": 448149, "الموصل": 99072},
    "YE": {"عدن | وعدن": 415189, "شبوة | محافظة شبوة": 70935, "ومأرب | مأرب": 72968, "تعز": 70225},
    "LY": {"طرابلس | بطرابلس": 2210247, "سرت": 2210554, "ترهونة": 2210221, "مصراتة": 2214846},
    "LB": {"طرابلس": 266826, "صور | وصور": 267008, "صيدا": 268064, "جبل لبنان": 273607},
    "SD": {"الفاشر": 379555, "نيالا": 369004, "بابنوسة": 377962, "ولاية سنار": 408669, "الخرطوم": 379252},
    "PS": {"مدينة غزة | غزة": 281133, "ونابلس": 282615, "رام الله": 282239, "وقطاع غزة": 281132, "بالضفة": 285153},
    "EG": {"رفح": 350350, "والعريش": 361546},
    "SO": {"هرجيسا": 57289, "بوصاصو": 64013},
    "JO": {"عمان": 250441},
    "OM": {"عمان": 286963},
}
# Names that news uses without the country.
ANYWHERE = {
    "لندن | ولندن": 2643743,
    "دمشق | بدمشق": 170654,
    "بغداد | ببغداد": 98182,
    "صنعاء | بصنعاء": 71137,
    "الموصل": 99072,
    "القاهرة | والقاهرة": 360630,
    "طهران | بطهران": 112931,
    "أنقرة | لأنقرة": 323786,
    "سوريا | سورية": 163843,
    "العراق | والعراق": 99237,
    "اليمن": 69543,
    "ليبيا": 2215636,
    "السودان": 366755,
    "لبنان | للبنان": 272103,
    "تونس | وتونس": 2464461,
    "الجزائر": 2589581,
    "الكويت": 285570,
    "بجنوب السودان": 7909807,
    "أفريقيا الوسطى": 239880,
    "وبريطانيا": 2635167,
    "عُمان": 286963,
    "عمّان | وعمّان": 250441,
    "محافظة درعا": 170903,
    "الأنبار": 99592,
    "الدوحة": 290030,
}
NOWHERE = (
    "المدينة | البلدة | السجن | سجن الصناعة | شارع المدينة الرياضية | غويران | حي غويران | قرية الدوادية | "
    "معبر مرشد بينار | طريق المزيريب تل شهاب | محافظة كوباني | مدينة سوريا | داعش | 48"
)


def _cases(table: dict[str, int]) -> list[tuple[str, int]]:
    return [(form, id) for forms, id in table.items() for form in forms.split(" | ")]


def _row(
    id: int, name: str, names: str, feature: str, country: str, admin1: str, population: int, at: str = "35 40"
) -> str:
    latitude, longitude = at.split()
    kind, code = feature.split(".")
    columns = [str(id), name, name, names, latitude, longitude, kind, code, country, "", admin1, "", "", ""]
    return "\t".join([*columns, str(population), "", "", "", ""]) + "\n"


def _gazetteer(folder: Path, *rows: str) -> Gazetteer:
    path = folder / "mine.txt"
    path.write_text("".join(rows), encoding="utf-8")
    return Gazetteer.load(path)


class TestNames:
    @pytest.mark.parametrize(
        ("country", "form", "id"), [(country, *case) for country, table in IN_COUNTRY.items() for case in _cases(table)]
    )
    def test_a_form_means_the_place_in_the_country_of_the_text(self, country: str, form: str, id: int) -> None:
        place = SHIPPED.find(form, country)
        assert place is not None
        assert (place.geonameid, place.country) == (id, country)

    @pytest.mark.parametrize(("form", "id"), _cases(ANYWHERE))
    def test_countries_provinces_capitals_and_large_cities_need_no_country(self, form: str, id: int) -> None:
        place = SHIPPED.find(form)
        assert place is not None
        assert place.geonameid == id

    @pytest.mark.parametrize("form", NOWHERE.split(" | "))
    @pytest.mark.parametrize("country", [None, "SY"])
    def test_what_the_gazetteer_does_not_know_is_nowhere(self, form: str, country: str | None) -> None:
        assert SHIPPED.find(form, country) is None

    def test_a_place_has_coordinates_in_degrees_its_country_and_its_source(self) -> None:
        place = SHIPPED.find("محافظة الحسكة")
        assert place == Place(173813, "Al Ḩasakah", 36.3536, 40.9092, "SY", "01", "A", "ADM1", 0, "places.tsv")
        assert place.source == "places.tsv"


class TestNamesakes:
    def test_the_noun_tells_the_province_from_the_town(self) -> None:
        found = [SHIPPED.find(f"{noun} الحسكة", "SY") for noun in ("محافظة", "مدينة")]
        assert [place.feature_code for place in found if place] == ["ADM1", "PPL"]

    def test_a_noun_that_fits_no_place_of_the_name_finds_none(self, tmp_path: Path) -> None:
        gazetteer = _gazetteer(tmp_path, _row(1, "Tall al Ward", "تل الورد", "P.PPL", "SY", "01", 0))
        assert gazetteer.find("بلدة تل الورد", "SY") is not None
        assert gazetteer.find("محافظة تل الورد", "SY") is None
        assert gazetteer.find("حي تل الورد", "SY") is None

    def test_a_quarter_is_found_by_its_noun(self, tmp_path: Path) -> None:
        rows = [
            _row(1, "Ghuwayran", "غويران", "P.PPLX", "SY", "01", 0),
            _row(2, "Ghuwayran", "غويران", "P.PPL", "SY", "09", 0),
        ]
        gazetteer = _gazetteer(tmp_path, *rows)
        assert gazetteer.find("غويران", "SY") is None
        assert gazetteer.find("بحي غويران", "SY") == gazetteer.candidates("حي غويران", "SY")[0]
        assert [place.geonameid for place in gazetteer.candidates("غويران", "SY")] == [1, 2]

    def test_namesakes_without_a_country_mean_none_and_are_kept(self) -> None:
        assert SHIPPED.find("طرابلس") is None
        assert {place.country for place in SHIPPED.candidates("طرابلس")} == {"LB", "LY"}

    def test_a_small_place_is_no_match_in_texts_about_another_country(self) -> None:
        assert SHIPPED.find("القصر", "SY") is None
        assert SHIPPED.find("المزيريب") is None
        assert SHIPPED.find("المزيريب", "IQ") is None

    def test_a_village_does_not_hide_a_capital_of_its_name(self) -> None:
        riyadh = SHIPPED.find("الرياض", "SD")
        assert riyadh is not None
        assert riyadh.country == "SA"

    def test_the_larger_counts_only_if_it_is_plainly_larger(self, tmp_path: Path) -> None:
        rows = [
            _row(1, "A", "الزهراء", "P.PPL", "XA", "1", 900_000),
            _row(2, "B", "الزهراء", "P.PPL", "XB", "1", 90_000),
        ]
        found = _gazetteer(tmp_path, *rows).find("الزهراء")
        assert found is not None
        assert found.geonameid == 1
        rows[1] = _row(2, "B", "الزهراء", "P.PPL", "XB", "1", 90_001)
        assert _gazetteer(tmp_path, *rows).find("الزهراء") is None

    def test_the_only_one_near_a_known_place_is_meant(self, tmp_path: Path) -> None:
        rows = [
            _row(1, "Zahra", "الزهراء", "P.PPL", "SY", "11", 0, "34.7 36.7"),
            _row(2, "Zahra", "الزهراء", "P.PPL", "SY", "09", 0, "36.3 37.0"),
        ]
        gazetteer = _gazetteer(tmp_path, *rows)
        found = gazetteer.find("الزهراء", "SY", near=gazetteer.find("حلب", "SY"))
        assert found is not None
        assert found.geonameid == 2
        assert gazetteer.find("الزهراء", "SY", near=gazetteer.find("بغداد")) is None

    def test_distances_are_in_km(self) -> None:
        damascus, aleppo = SHIPPED.find("دمشق"), SHIPPED.find("حلب", "SY")
        assert damascus is not None
        assert aleppo is not None
        assert distance_km(damascus, aleppo) == pytest.approx(310, abs=5)
        assert distance_km(aleppo, aleppo) == 0


class TestCountryOfAText:
    @pytest.mark.parametrize(
        ("names", "country"),
        [
            (["مدينة الحسكة", "الحسكة"], "SY"),
            (["الأتارب", "كوباني"], "SY"),
            (["عين العرب", "المزيريب", "لندن"], "SY"),
            (["الخرطوم", "الفاشر", "نيالا"], "SD"),
            (["دمشق", "بغداد"], None),
            (["طرابلس"], None),
            (["العامرية"], None),
            (["مكان لا يعرفه أحد"], None),
            ([], None),
        ],
    )
    def test_is_where_more_than_half_of_its_places_lie(self, names: list[str], country: str | None) -> None:
        assert SHIPPED.country_of(names) == country


class TestGazetteersOfUsers:
    def test_go_before_the_shipped_one_and_share_its_ids(self, tmp_path: Path) -> None:
        gazetteer = _gazetteer(tmp_path, _row(173811, "Hasaka", "الحسكة", "P.PPLA", "SY", "01", 1, "36.5 40.7"))
        place = gazetteer.find("مدينة الحسكة", "SY")
        assert place is not None
        assert (place.name, place.feature_code, place.source) == ("Hasaka", "PPLA", "mine.txt")

    def test_know_a_place_of_both_by_the_names_of_both(self, tmp_path: Path) -> None:
        gazetteer = _gazetteer(tmp_path, _row(172256, "Ayn al Arab", "عين العرب", "P.PPL", "SY", "09", 1, "36.9 38.4"))
        found = [gazetteer.find(name, "SY") for name in ("عين العرب", "كوباني")]
        assert [place.source for place in found if place] == ["mine.txt", "mine.txt"]

    def test_hills_and_streams_are_found_only_if_nothing_inhabited_has_the_name(self, tmp_path: Path) -> None:
        rows = [
            _row(1, "Sinjar", "سنجار", "T.MTS", "XA", "1", 0),
            _row(2, "Abd al Aziz", "جبل عبد العزيز", "T.MTS", "XA", "1", 0),
            _row(3, "Sinjar", "سنجار", "P.PPL", "XA", "1", 0),
        ]
        gazetteer = _gazetteer(tmp_path, *rows)
        found = [gazetteer.find(name, "XA") for name in ("سنجار", "جبل عبدالعزيز")]
        assert [place.geonameid for place in found if place] == [3, 2]

    def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(self, tmp_path: Path) -> None:
        path = tmp_path / "mine.txt"
        path.write_bytes(("\ufeff" + _row(7, "X", "تل الورد", "P.PPL", "SY", "1", 0)).replace("\n", "\r\n").encode())
        assert Gazetteer.load(path).find("تل الورد", "SY") is not None

    @pytest.mark.parametrize(
        ("row", "cause"),
        [
            ("1,Aleppo,36.2\n", "1 columns instead of 19"),
            (_row(1, "X", "", "P.PPL", "SY", "1", 0).replace("\t", ";"), "1 columns instead of 19"),
            (_row(1, " ", "", "P.PPL", "SY", "1", 0), "the place has no name"),
            (_row(1, "X", "", "P.PPL", "SY", "1", 0, "north 40"), "the latitude 'north' is no number"),
            (_row(1, "X", "", "P.PPL", "SY", "1", 0, "35 400"), "the longitude '400' is not between -180 and 180"),
            (_row(1, "X", "", "P.PPL", "SY", "1", 0, "nan 40"), "the latitude 'nan' is not between -90 and 90"),
            (_row(1, "X", "", "P.PPL", "SY", "1", -5), "the population '-5' is no whole number from 0 on"),
            ("id" + _row(1, "X", "", "P.PPL", "SY", "1", 0), "the geonameid 'id1' is no whole number"),
            ("1.5" + _row(1, "X", "", "P.PPL", "SY", "1", 0)[1:], "the geonameid '1.5' is no whole number"),
        ],
    )
    def test_a_malformed_row_names_file_line_and_cause(self, tmp_path: Path, row: str, cause: str) -> None:
        with pytest.raises(ValueError, match=rf"mine\.txt, line 2: {cause}"):
            _gazetteer(tmp_path, _row(1, "Y", "", "P.PPL", "SY", "1", 0), row)

    def test_a_row_that_is_no_utf8_names_file_and_line(self, tmp_path: Path) -> None:
        path = tmp_path / "mine.txt"
        path.write_bytes(_row(1, "X", "حلب", "P.PPL", "SY", "1", 0).encode("cp1256"))
        with pytest.raises(ValueError, match=r"mine\.txt, line 1: it is not UTF-8"):
            Gazetteer.load(path)

    def test_a_missing_file_is_an_error_of_the_system(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            Gazetteer.load(tmp_path / "none.txt")


class TestAnyText:
    @given(text=ANY_TEXT, country=st.sampled_from([None, "SY", "", "x"]))
    def test_has_a_place_or_none(self, text: str, country: str | None) -> None:
        place = SHIPPED.find(text, country)
        assert place is None or place in SHIPPED.candidates(text, country)

    @given(names=st.lists(ANY_TEXT, max_size=5))
    def test_names_have_a_country_or_none(self, names: list[str]) -> None:
        country = SHIPPED.country_of(names)
        assert country is None or len(country) == 2
