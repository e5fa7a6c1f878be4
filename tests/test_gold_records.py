"""Hand-made records are read as they stand; what is wrong in them is said with file and record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from gold_record_samples import TEXT, mention, offsets, write_gold, written

from trainer.evaluation.gold_records import GoldDocument, read_gold_folder
from trainer.evaluation.record_rules import RecordRules
from trainer.schema import load_schema

RULES = RecordRules.load()


def read(folder: Path) -> list[GoldDocument]:
    return read_gold_folder(folder, load_schema(), RULES.kinds, RULES.precisions)


def test_documents_come_in_order_of_their_files_and_subfolders_are_another_set(tmp_path: Path) -> None:
    write_gold(tmp_path, {"ب": [written("ب-01")], "ا": []})
    write_gold(tmp_path / "ood", {"ج": []})
    first, second = read(tmp_path)
    assert (first.document, first.records) == ("ا", [])
    (record,) = second.records
    assert record.place is not None
    assert TEXT[slice(*record.place.span)] == "مدينة الحسكة"
    assert [TEXT[slice(*one.span)] for one in record.mentions] == ["قُتل", "اشتباكات"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"colour": "red"}, "colour: Extra inputs are not permitted"),
        ({"disputed": "yes"}, "disputed: Input should be a valid boolean"),
        ({"mentions": []}, "mentions: List should have at least 1 item"),
        ({"mentions": [{"start": 5, "end": 5, "type": "CLASH"}]}, r"mentions.0: \[5, 5\] is no span"),
        ({"place": {"name": "حلب", "span": [9, 4], "within": None}}, r"place.span: \[9, 4\] is no span"),
        ({"place": {"name": "حلب", "span": [1.5, 4], "within": None}}, "place.span.0: Input should be a valid integer"),
        ({"type": "BATTLE"}, "no event type 'BATTLE'; it has ABDUCT"),
        ({"mentions": [mention("قُتل", "DEATH")]}, "no event type 'DEATH'"),
        ({"side_a": [{"name": "الجيش", "span": [0, 4], "kind": "army"}]}, "the kind 'army' is unknown; known are"),
        ({"id": "آخر-01"}, "record آخر-01: its id must begin with that of its document, خبر-"),
        ({"same_as": ["000-01"]}, "same_as names 000-01, which no file here has"),
    ],
)
def test_what_is_wrong_is_told_with_the_record_and_the_key(tmp_path: Path, changes: dict[str, Any], told: str) -> None:
    write_gold(tmp_path, {"خبر": [written(**changes)]})
    with pytest.raises(ValueError, match=told) as raised:
        read(tmp_path)
    assert changes.get("id", "خبر-01") in str(raised.value)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"start": "2015-07-17"}, "'start' 2015-07-17 is after 'end' 2015-07-16"),
        ({"start": None}, "both a day or both null"),
        ({"start": "16/7/2015"}, "'16/7/2015' is no day"),
        ({"precision": "hour"}, "the precision 'hour' is unknown"),
    ],
)
def test_a_date_has_both_days_in_order_or_none(tmp_path: Path, changes: dict[str, Any], told: str) -> None:
    write_gold(tmp_path, {"خبر": [written(date={**written()["date"], **changes})]})
    with pytest.raises(ValueError, match=told):
        read(tmp_path)


def test_bounds_of_a_count_are_in_order(tmp_path: Path) -> None:
    claim = {"low": 5, "high": 4, "approximate": False, "span": offsets("12"), "who": None, "source": None}
    write_gold(tmp_path, {"خبر": [written(injured=[claim])]})
    with pytest.raises(ValueError, match=r"injured\.0: 'low' 5 is more than 'high' 4"):
        read(tmp_path)


def test_links_go_both_ways(tmp_path: Path) -> None:
    write_gold(tmp_path, {"ا": [written("ا-01", same_as=["ب-01"])], "ب": [written("ب-01")]})
    with pytest.raises(ValueError, match="record ا-01: same_as names ب-01, but ب-01 does not name it"):
        read(tmp_path)


def test_ids_of_records_and_documents_stand_once(tmp_path: Path) -> None:
    write_gold(tmp_path / "records", {"خبر": [written(), written()]})
    with pytest.raises(ValueError, match="خبر-01: another record has this id"):
        read(tmp_path / "records")
    write_gold(tmp_path / "documents", {"ا": [], "ب": []}, document="ا")
    with pytest.raises(ValueError, match="two files have the records of document ا"):
        read(tmp_path / "documents")


def test_files_that_are_no_yaml_and_folders_without_any_are_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"has no \.yaml files"):
        read(tmp_path)
    with pytest.raises(ValueError, match=r"there is no folder .*elsewhere"):
        read(tmp_path / "elsewhere")
    (tmp_path / "خبر.yaml").write_text("records: [", encoding="utf-8")
    with pytest.raises(ValueError, match=r"خبر\.yaml is not valid YAML"):
        read(tmp_path)
    (tmp_path / "خبر.yaml").write_text("- 1\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"خبر\.yaml: Input should be"):
        read(tmp_path)


def test_offsets_count_in_the_text_that_was_read_and_no_other(tmp_path: Path) -> None:
    (document,) = read(write_gold(tmp_path, {"خبر": [written()]}))
    document.check_text(TEXT)
    with pytest.raises(ValueError, match="document خبر: this is not the text"):
        document.check_text(TEXT + " ")


def test_spans_lie_in_the_text(tmp_path: Path) -> None:
    outside = {"name": "دبابة", "span": [len(TEXT), len(TEXT) + 5]}
    (document,) = read(write_gold(tmp_path, {"خبر": [written(weapon=outside)]}))
    with pytest.raises(ValueError, match=rf"record خبر-01: \[{len(TEXT)}, {len(TEXT) + 5}\] lies outside the text"):
        document.check_text(TEXT)


def test_the_shipped_rules_name_kinds_of_the_shipped_actors() -> None:
    from trainer.resources import resource_path
    from trainer.values.actor_files import ActorFile

    known = ActorFile.read(resource_path("actors.yaml")).sections.kinds
    assert set(filter(None, RULES.kinds.values())) <= set(known)
    assert set(RULES.same_precision.values()) <= set(RULES.precisions)
    assert set(RULES.sides_change_places) <= set(load_schema().event_types)


def test_rules_that_are_wrong_are_told(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("kinds: {}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"rules\.yaml: precisions: Field required"):
        RecordRules.load(path)
