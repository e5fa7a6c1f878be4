"""Offsets of Label Studio's regions: code points or UTF-16 code units, told apart by the texts of the regions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from label_studio_files import TEXT, Reports, entities, in_utf16, project_schema, read, region, task, write
from strategies import ANY_TEXT, JSON_TEXT, assert_linear, documents

from trainer.formats.label_studio import read_label_studio
from trainer.formats.label_studio_regions import Claim, places_of
from trainer.schema import Schema

EMOJI = "😀😀 سيطرت قسد على الحسكة قسد 😀 قرب قسد"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("label-studio")


@pytest.fixture(scope="module")
def schema(folder: Path) -> Schema:
    return project_schema(folder)


class TestOffsets:
    def test_code_points_are_read_as_they_are(self, folder: Path) -> None:
        (document,), reports = read(folder / "a.json", [task(EMOJI, region(EMOJI, "الحسكة", "GPE"))])
        assert entities(document) == [("GPE", "الحسكة")]
        assert not reports.about("UTF-16")

    def test_utf16_code_units_are_known_by_the_text_of_the_region(self, folder: Path) -> None:
        item = region(EMOJI, "الحسكة", "GPE")
        item["value"] = in_utf16(EMOJI, item["value"])
        (document,), reports = read(folder / "a.json", [task(EMOJI, item)])
        assert entities(document) == [("GPE", "الحسكة")]
        assert reports.about("a region counts UTF-16 code units, as Label Studio once did; read so")

    @given(ANY_TEXT.filter(bool), st.data(), st.booleans())
    def test_both_countings_are_found_in_any_text(self, text: str, data: Any, utf16: bool) -> None:
        start = data.draw(st.integers(0, len(text) - 1))
        end = data.draw(st.integers(start + 1, len(text)))
        value = {"start": start, "end": end, "text": text[start:end]}
        counted = in_utf16(text, value) if utf16 else value
        (place,) = places_of(text, [Claim(counted["start"], counted["end"], text[start:end])])
        assert place is not None
        found = text[place.start : place.end]
        # Spaces at the ends alone are not told apart, and a word that stands twice may be either.
        assert "".join(found.split()) == "".join(text[start:end].split())

    def test_what_fits_in_both_is_read_as_the_others_are(self) -> None:
        text = "😀" + 10 * "ه" + " قسد"
        claims = [Claim(3, 5, "هه"), Claim(13, 16, "قسد")]  # the second is right in code units alone
        places = places_of(text, claims)
        assert [(place.start, place.end, place.utf16) for place in places if place] == [(2, 4, True), (12, 15, True)]
        assert [place and place.utf16 for place in places_of(text, claims[:1])] == [False]

    def test_what_stands_before_the_first_emoji_is_no_evidence(self) -> None:
        text = "قسد حلب 😀 ههههه قسد"
        claims = [Claim(0, 3, "قسد"), Claim(4, 7, "حلب"), Claim(12, 14, "هه"), Claim(17, 20, "قسد")]
        places = places_of(text, claims)
        assert [place and (place.start, place.end) for place in places] == [(0, 3), (4, 7), (11, 13), (16, 19)]

    def test_regions_that_do_not_tell_their_text_are_read_as_the_others_are(self) -> None:
        text = "😀 قسد حلب"
        places = places_of(text, [Claim(3, 6, None), Claim(7, 10, "حلب")])
        assert [text[place.start : place.end] for place in places if place] == ["قسد", "حلب"]
        (alone,) = places_of(text, [Claim(2, 5, None)])
        assert alone is not None
        assert text[alone.start : alone.end] == "قسد"

    def test_an_offset_inside_a_surrogate_pair_is_no_code_unit_offset(self) -> None:
        assert places_of("قس 😀 د", [Claim(4, 7, "😀 د")]) == [None]

    @pytest.mark.parametrize(
        ("text", "word", "said"),
        [
            ("سقطت\r\nقذائف على\r\nحلب", "قذائف على\r\nحلب", "قذائف على\n\nحلب"),  # as browsers show it
            ("سقطت\nقذائف\nعلى", "قذائف\nعلى", "قذائفعلى"),  # as version 1.4 wrote it
            ("سقطت\nقذائف\nعلى", "قذائف\nعلى", "قذائف\\nعلى"),  # escaped twice
            ("سقطت\tقذائف\tعلى", "قذائف\tعلى", "قذائف على"),
            ("قال \u202bقسد\u202c أمس", "\u202bقسد\u202c", "\u202bقسد\u202c"),
        ],
    )
    def test_line_breaks_tabs_and_bidi_controls_count_as_they_are(
        self, folder: Path, text: str, word: str, said: str
    ) -> None:
        item = region(text, word, "X")
        item["value"]["text"] = said
        (document,), _ = read(folder / "a.json", [task(text, item)])
        assert entities(document) == [("X", word)]

    def test_a_region_whose_text_is_elsewhere_is_left_out(self, folder: Path) -> None:
        item = region(TEXT, "قسد", "ARMED")
        item["value"]["start"] += 1
        (document,), reports = read(folder / "a.json", [task(TEXT, item)])
        assert document.entities == []
        assert reports.about("the text at 7..9 is 'سد', the region says 'قسد'; it is left out")

    @pytest.mark.parametrize(("start", "end"), [(5, 999), (-1, 3), (4, 4), (6, 2)])
    def test_a_region_outside_the_text_is_left_out(self, folder: Path, start: int, end: int) -> None:
        item = region(TEXT, "قسد", "ARMED")
        item["value"] = {"start": start, "end": end, "labels": ["ARMED"]}
        (document,), reports = read(folder / "a.json", [task(TEXT, item)])
        assert document.entities == []
        assert reports.about("does not lie in the text of 40 characters")

    def test_global_offsets_are_read_where_the_others_are_paths(self, folder: Path) -> None:
        item = region(TEXT, "قسد", "ARMED") | {"type": "hypertextlabels"}
        where = {key: item["value"].pop(key) for key in ("start", "end")}
        item["value"] |= {"start": "/text()[1]", "end": "/text()[1]", "startOffset": 0, "globalOffsets": where}
        item["value"]["hypertextlabels"] = item["value"].pop("labels")
        (document,), _ = read(folder / "a.json", [task(TEXT, item)])
        assert entities(document) == [("ARMED", "قسد")]

    def test_a_region_of_a_picture_has_no_offsets(self, folder: Path) -> None:
        box = {"type": "rectanglelabels", "to_name": "text", "value": {"x": 1, "y": 2, "rectanglelabels": ["A"]}}
        _, reports = read(folder / "a.json", [task(TEXT, box)])
        assert reports.about("a region without offsets in a text")

    @given(text=JSON_TEXT, data=st.data())
    def test_a_project_with_offsets_in_code_units_is_read_the_same(
        self, folder: Path, schema: Schema, text: str, data: Any
    ) -> None:
        document = data.draw(documents(st.just("😀" + text)))
        document.model = None
        tasks, _ = write(folder / "units", [document], schema)
        path = folder / "units" / "tasks.json"
        (expected,) = read_label_studio(path, Reports())
        for item in tasks[0]["annotations"][0]["result"]:
            if "start" in item.get("value", {}):
                item["value"] = in_utf16(tasks[0]["data"]["text"], item["value"])
        path.write_text(json.dumps(tasks), encoding="utf-8")
        (found,) = read_label_studio(path, Reports())
        # The texts of the spans: which of two equal words is meant, two countings of one number cannot tell.
        for one, other in zip(found.entities, expected.entities, strict=True):
            assert (one.label, one.text.split()) == (other.label, other.text.split())
        for one, other in zip(found.events, expected.events, strict=True):
            assert (one.type, one.trigger.text.split()) == (other.type, other.trigger.text.split())
            assert (one.arguments, one.attributes) == (other.arguments, other.attributes)

    @pytest.mark.parametrize("pattern", ["😀 قسد ", "قسد "])
    def test_long_texts_take_linear_time(self, pattern: str) -> None:
        def places(text: str) -> object:
            starts = range(0, len(text) - len(pattern), len(pattern))
            return places_of(text, [Claim(start, start + len(pattern), pattern) for start in starts])

        assert_linear(places, pattern, 20_000)
