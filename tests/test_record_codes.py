"""Codes of records: the shipped rules agree with the cross-walks of the schema, and nothing is given by force."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import yaml
from event_samples import any_records, event, sides, somewhere, told
from hypothesis import given, settings

from trainer.records.code_rules import CodeRules
from trainer.records.coding import Coder, Codes
from trainer.records.record import Mention, Side, Weapon
from trainer.resources import resource_path

CODER = Coder.load()
STATE, REBELS, MILITIA = "الجيش السوري", "تنظيم الدولة الإسلامية", "مسلحون مجهولون"


def code(type: str, trigger: str = "", **fields: Any) -> Codes:
    """Return the codes of a record; sides are names, one or several."""
    for side in ("side_a", "side_b"):
        if isinstance(fields.get(side), str):
            fields[side] = sides(fields[side])
    if isinstance(fields.get("weapon"), str):
        fields["weapon"] = Weapon(fields["weapon"], told(fields["weapon"]))
    return CODER.codes(event(type, trigger, **fields))


class TestTheShippedRules:
    # ACLED has these; the cross-walk of the schema, which knows the type alone, does not.
    BY_WEAPON = frozenset({"Explosions/Remote violence / Chemical weapon", "Explosions/Remote violence / Grenade"})

    @pytest.mark.parametrize("inventory", ["acled", "ace2005", "plover"])
    def test_they_give_each_type_what_the_cross_walks_of_the_schema_give_it(self, inventory: str) -> None:
        schema = yaml.safe_load(resource_path("schema.yaml").read_text(encoding="utf-8"))
        rules = CodeRules.read().types
        assert [event["name"] for event in schema["events"]] == list(rules)
        for described in schema["events"]:
            in_words = {row["label"] for row in described["crosswalks"][inventory]}
            applied = {rule.label for rule in getattr(rules[described["name"]], inventory)}
            assert in_words - {None} == applied - {None} - self.BY_WEAPON, described["name"]

    def test_every_kind_of_the_table_of_actors_has_a_type(self) -> None:
        kinds = yaml.safe_load(resource_path("actors.yaml").read_text(encoding="utf-8"))["kinds"]
        assert set(kinds) == set(CodeRules.read().actor_types)


class TestAcled:
    @pytest.mark.parametrize(
        ("record", "event_type", "sub_event_type", "disorder"),
        [
            (("CLASH",), "Battles", "Armed clash", "Political violence"),
            (("AIRSTRIKE",), "Explosions/Remote violence", "Air/drone strike", "Political violence"),
            (("BOMBING",), "Explosions/Remote violence", "Remote explosive/landmine/IED", "Political violence"),
            (("BOMBING", "تفجيرين انتحاريين"), "Explosions/Remote violence", "Suicide bomb", "Political violence"),
            (("DETAIN",), "Strategic developments", "Arrests", "Strategic developments"),
            (("DEPLOY", "حظر التجوال"), "Strategic developments", "Other", "Strategic developments"),
            (("DEPLOY", "تعزيزات"), "Strategic developments", "Change to group/activity", "Strategic developments"),
            (("KILL", "مقتل"), None, None, None),
            (("CLAIM",), None, None, None),
        ],
    )
    def test_a_type_has_an_event_type_a_sub_event_type_and_a_disorder_type(
        self, record: tuple[str, ...], event_type: str | None, sub_event_type: str | None, disorder: str | None
    ) -> None:
        codes = code(*record)
        assert (codes.event_type, codes.sub_event_type, codes.disorder_type) == (event_type, sub_event_type, disorder)

    def test_a_clash_with_people_who_are_no_armed_group_is_no_battle(self) -> None:
        assert code("CLASH", side_a="الشرطة", side_b="متظاهرين").event_type is None
        assert code("CLASH", side_a="الأهالي", side_b=REBELS).event_type is None
        assert code("CLASH", side_a=STATE, side_b=sides(REBELS, "مدنيين")).event_type == "Battles"

    @pytest.mark.parametrize(
        ("target", "sub_event_type"),
        [
            (sides("مدنيين", label="PEOPLE"), "Attack"),
            (sides(STATE), "Armed clash"),
            (sides("مدنيين", STATE), "Armed clash"),
            (sides("فصيل لا يعرفه أحد", label="ARMED"), "Armed clash"),
            (sides("سجن الصناعة", label="FAC"), "Armed clash"),
            (sides("المشفى الوطني", label="FAC"), None),
            (sides("حراس السجن", label="PEOPLE"), "Armed clash"),
            (sides("رجال", label="PEOPLE"), None),
            ((), None),
        ],
    )
    def test_an_attack_is_what_its_target_makes_it(self, target: tuple[Side, ...], sub_event_type: str | None) -> None:
        assert code("ATTACK", "هجوم", side_a=REBELS, side_b=target).sub_event_type == sub_event_type

    def test_an_attack_on_a_guarded_place_is_one_on_those_who_guard_it(self) -> None:
        assert code("ATTACK", "هجوم", where=somewhere("سجن الصناعة")).sub_event_type == "Armed clash"
        assert code("ATTACK", "هجوم", where=somewhere("مدينة حلب")).sub_event_type is None

    @pytest.mark.parametrize(
        ("taker", "holder", "sub_event_type"),
        [
            (STATE, REBELS, "Government regains territory"),
            (REBELS, STATE, "Non-state actor overtakes territory"),
            ("الجيش التركي", REBELS, "Non-state actor overtakes territory"),
            (MILITIA, STATE, "Non-state actor overtakes territory"),
            (MILITIA, REBELS, None),
            ("جماعة لا يعرفها أحد", STATE, None),
        ],
    )
    def test_a_capture_is_what_its_taker_makes_it(self, taker: str, holder: str, sub_event_type: str | None) -> None:
        assert code("CAPTURE", "سيطرت", side_a=taker, side_b=holder).sub_event_type == sub_event_type

    def test_a_suicide_bombing_is_known_by_the_weapon_and_by_who_does_it(self) -> None:
        assert code("BOMBING", "تفجير", weapon="بحزام ناسف").sub_event_type == "Suicide bomb"
        assert code("BOMBING", "فجّر", side_a=sides("انتحاريان", label="PEOPLE")).sub_event_type == "Suicide bomb"
        assert code("BOMBING", "تفجير", weapon="عربة مفخخة").sub_event_type == "Remote explosive/landmine/IED"

    def test_an_assassination_of_civilians_is_an_attack_on_them(self) -> None:
        assert code("KILL", "اغتيال", side_b="مدنيين").sub_event_type == "Attack"
        assert code("KILL", "مقتل", side_b="مدنيين").sub_event_type is None
        assert code("KILL", "باغتيال", side_b=STATE).sub_event_type is None

    def test_destruction_is_coded_where_an_armed_actor_loots(self) -> None:
        assert code("DAMAGE", "نهب", side_a=MILITIA).sub_event_type == "Looting/property destruction"
        assert code("DAMAGE", "انقطاع الكهرباء", side_a=MILITIA).event_type is None

    @pytest.mark.parametrize(
        ("type", "target", "targeting"),
        [
            ("AIRSTRIKE", "مدنيين", "Civilian targeting"),
            ("AIRSTRIKE", STATE, None),
            ("ABDUCT", "مدنيين", "Civilian targeting"),
            # Civilians of a battle are never its target to ACLED.
            ("CLASH", "مدنيين", None),
        ],
    )
    def test_civilian_targeting(self, type: str, target: str, targeting: str | None) -> None:
        assert code(type, side_b=target).civilian_targeting == targeting


class TestActorTypes:
    @pytest.mark.parametrize(
        ("a", "b", "inter1", "inter2", "interaction"),
        [
            (STATE, REBELS, "State forces", "Rebel group", "State forces-Rebel group"),
            (REBELS, STATE, "Rebel group", "State forces", "State forces-Rebel group"),
            ("الجيش التركي", "مدنيين", "External/Other forces", "Civilians", "External/Other forces-Civilians"),
            (REBELS, None, "Rebel group", None, "Rebel group only"),
            (None, REBELS, None, "Rebel group", None),
            (REBELS, "جماعة لا يعرفها أحد", "Rebel group", None, None),
            (None, None, None, None, None),
        ],
    )
    def test_they_are_written_as_in_acleds_table(
        self, a: str | None, b: str | None, inter1: str | None, inter2: str | None, interaction: str | None
    ) -> None:
        codes = code("CLASH", side_a=a or (), side_b=b or ())
        assert (codes.inter1, codes.inter2, codes.interaction) == (inter1, inter2, interaction)


class TestOtherInventories:
    @pytest.mark.parametrize(
        ("record", "ace", "plover", "mode"),
        [
            (code("CLASH"), "Conflict.Attack", "ASSAULT", None),
            (code("CLASH", weapon="بالمدفعية الثقيلة"), "Conflict.Attack", "ASSAULT", "heavy-weapons"),
            (code("ATTACK", "إطلاق النار"), "Conflict.Attack", "ASSAULT", "firearms"),
            (code("KILL", "اغتيالات"), "Life.Die", "ASSAULT", "assassinate"),
            (code("KILL", "قتل", side_a=STATE), "Life.Die", "ASSAULT", None),
            (code("KILL", "مقتل"), "Life.Die", None, None),
            (code("DETAIN", side_a=STATE), "Justice.Arrest-Jail", "COERCE", "arrest"),
            (code("DETAIN", side_a=REBELS), None, "COERCE", "arrest"),
            (code("WITHDRAW", where=somewhere("حلب")), "Movement.Transport", "RETREAT", "withdraw"),
            (code("WITHDRAW"), None, "RETREAT", "withdraw"),
            (code("DEPLOY", "دوريات", side_a="الشرطة العسكرية"), None, "MOBILIZE", "police"),
            (code("CLAIM"), None, None, None),
        ],
    )
    def test_ace_and_plover(self, record: Codes, ace: str | None, plover: str | None, mode: str | None) -> None:
        assert (record.ace, record.plover, record.plover_mode) == (ace, plover, mode)


class TestCountries:
    @pytest.mark.parametrize(
        ("places", "expected"),
        [
            (("حلب",), ("Syria", 760, "Ḩalab")),
            (("سوريا",), ("Syria", 760, None)),
            (("حي لا يعرفه أحد", "مدينة درعا"), ("Syria", 760, "Dar'ā")),
            (("قرية لا يعرفها أحد",), (None, None, None)),
        ],
    )
    def test_they_are_those_of_the_place(self, places: tuple[str, ...], expected: tuple[Any, ...]) -> None:
        codes = code("CLASH", where=somewhere(*places))
        assert (codes.country, codes.iso, codes.admin1) == expected


@settings(max_examples=80)
@given(any_records())
def test_any_record_has_codes_and_one_of_an_unknown_type_none(record: Any) -> None:
    codes = CODER.codes(record)
    assert (codes.sub_event_type is None) == (codes.event_type is None) == (codes.disorder_type is None)
    if record.type == "أخرى":
        assert (codes.event_type, codes.ace, codes.plover, codes.plover_mode) == (None,) * 4


def test_a_record_whose_triggers_are_of_several_types_is_coded_by_all_of_them() -> None:
    mentions = tuple(Mention(f"E{n}", type, told("انسحاب")) for n, type in enumerate(("WITHDRAW", "CAPTURE")))
    assert code("WITHDRAW", mentions=mentions).sub_event_type == "Non-violent transfer of territory"


class TestAFileOfOnesOwn:
    def load(self, tmp_path: Path, **sections: Any) -> Coder:
        shipped = yaml.safe_load(resource_path("event_codes.yaml").read_text(encoding="utf-8"))
        path = tmp_path / "codes.yaml"
        path.write_text(yaml.safe_dump({**shipped, **sections}, allow_unicode=True), encoding="utf-8")
        return Coder.load(path)

    def types(self, **rules: Any) -> dict[str, Any]:
        nothing = [{"label": None}]
        return {"RAID": {"acled": nothing, "ace2005": nothing, "plover": nothing, **rules}}

    def test_it_decides_alone(self, tmp_path: Path) -> None:
        coder = self.load(tmp_path, types=self.types(acled=[{"label": "Riots / Mob violence"}]))
        assert coder.codes(event("RAID")).event_type == "Riots"
        assert asdict(coder.codes(event("CLASH"))) == asdict(Codes())

    @pytest.mark.parametrize(
        ("rules", "message"),
        [
            ({"acled": [{"label": "Battles / Raid"}]}, "types.RAID.acled.0: 'Raid' is no sub-event type of Battles"),
            ({"acled": [{"label": "Raids / Raid"}]}, "types.RAID.acled.0: 'Raids' is no event type"),
            ({"acled": [{"label": "Battles"}]}, "types.RAID.acled.0: '' is no sub-event type of Battles"),
            ({"ace2005": [{"label": "Attack"}]}, "types.RAID.ace2005.0: 'Attack' is no type of inventories.ace2005"),
            ({"plover": [{"label": "RAID"}]}, "types.RAID.plover.0: 'RAID' is no type of inventories.plover"),
            ({"plover": [{"label": "ASSAULT", "mode": "raid"}]}, "types.RAID.plover.0: 'raid' is no mode of ASSAULT"),
            ({"plover": [{"label": None, "mode": "beat"}]}, "types.RAID.plover.0: only a type of plover has a mode"),
            ({"acled": [{"label": None}, {"label": None}]}, "types.RAID.acled.0: it has no 'when' and so always holds"),
            ({"acled": [{"label": None, "when": {}}]}, "types.RAID.acled.0.when: it has no condition"),
            ({"acled": [{"when": {"place": {}}}]}, "types.RAID.acled.0.label: Field required"),
            ({"acled": [{"label": None, "if": 1}]}, "types.RAID.acled.0.if: Extra inputs are not permitted"),
            (
                {"acled": [{"label": None, "when": {"side_a": {"kinds": ["Army"]}}}]},
                "types.RAID.acled.0.when.side_a.kinds: 'Army' is not in actor_types",
            ),
            (
                {"acled": [{"label": None, "when": {"weapon": {"words": ["…"]}}}]},
                "types.RAID.acled.0.when.weapon.words: '…' has neither letters nor digits",
            ),
        ],
    )
    def test_a_rule_that_cannot_work_is_told_with_file_and_key(
        self, tmp_path: Path, rules: dict[str, Any], message: str
    ) -> None:
        with pytest.raises(ValueError, match=r"codes\.yaml: ") as told_error:
            self.load(tmp_path, types=self.types(**rules))
        assert message in str(told_error.value)

    @pytest.mark.parametrize(
        ("content", "message"),
        [(b"types: [", "is no YAML"), (b"\xff", "is not UTF-8"), (b"", "the file: "), (b"version: 1", "inventories: ")],
    )
    def test_so_is_a_file_that_is_none(self, tmp_path: Path, content: bytes, message: str) -> None:
        (tmp_path / "codes.yaml").write_bytes(content)
        with pytest.raises(ValueError, match=r"codes\.yaml") as told_error:
            Coder.load(tmp_path / "codes.yaml")
        assert message in str(told_error.value)
