"""فجّر نفسه is a suicide bombing, فجّر عبوة في اليوم نفسه is none."""

from __future__ import annotations

import pytest

from tests.record_articles import article, record_of, records_of, shipped_maker
from trainer.documents import Event
from trainer.records.coding import Coder
from trainer.records.record import EventRecord

CODER = Coder.load()


@pytest.mark.parametrize(
    ("marked", "reflexive"),
    [
        ("{فجّر|BOMBING} [رجل|PEOPLE] نفسه في [سوق|FAC] مزدحمة.", True),
        ("{فجر|BOMBING} [إرهابي|PEOPLE] نفسه في المسجد.", True),
        ("{فجّر|BOMBING} أحد مسلحي [التنظيم|ARMED] [أمس|DATE] نفسه وسط المصلين.", True),
        ("{فجرت|BOMBING} [امرأة|PEOPLE] ترتدي البرقع نفسها عند [الحاجز|FAC].", True),
        ("حاول [الرشيد|PER] {تفجير|BOMBING} نفسه أمام [نقطة تفتيش|FAC].", True),
        ("{فجّروا|BOMBING} أنفسهم عند مدخل [السجن|FAC].", True),
        ("{تفجير|BOMBING} عناصر من [التنظيم|ARMED] لأنفسهم.", True),
        ("{تفجير|BOMBING} عنصرين من [التنظيم|ARMED] لنفسيهما بعربة مفخخة.", True),
        ("وفي {التفجير|BOMBING} نفسه أصيب شخص.", False),
        ("أصيب {بالانفجار|BOMBING} نفسه شخص.", False),
        ("{فجّر|BOMBING} [مسلحون|ARMED] جسراً آخر بالطريقة نفسها.", False),
        ("{فجّر|BOMBING} [مسلحون|ARMED] جسراً في «[الرقة|GPE]» نفسها.", False),
        ("{فجّر|BOMBING} قنبلة كان يحملها لحماية نفسه.", False),
        ("{فجّر|BOMBING} أحد مسلحي (داعش) «[أمس|DATE]» نفسه.", True),
        ("{فجّر|BOMBING} واحد اثنان ثلاثة أربعة خمسة ستة سبعة نفسه.", True),
        ("{فجّر|BOMBING} واحد اثنان ثلاثة أربعة خمسة ستة سبعة ثمانية نفسه.", False),
        ("{فجّر|BOMBING} [مسلحون|ARMED] عبوة في [اليوم|DATE] نفسه.", False),
        ("{فجّر|BOMBING} [مسلحون|ARMED] عبوة في اليوم نفسه.", False),
        ("{فجّر|BOMBING} [مسلحون|ARMED] جسراً في [البلدة|GPE] نفسها.", False),
        ("{فجّر|BOMBING} [مسلحون|ARMED] جسراً في [البلدة نفسها|GPE].", False),
        ("{فجّر|BOMBING} [الجيش|ARMED] [النفق|FAC] نفسه.", False),
        ("{فجّر|BOMBING} [مسلح|ARMED] عبوة دفاعاً عن نفسه.", False),
        ("{فجّر|BOMBING} [مسلح|ARMED] عبوة ناسفة. قال الشاهد نفسه إنه هرب.", False),
        ("{فجّر|BOMBING} [مسلح|ARMED] عبوة وأسفر ذلك عن {مقتل|KILL} الرجل نفسه.", False),
        ("{فجّر|BOMBING} [مسلح|ARMED] عبوة.", False),
    ],
)
def test_it_is_read_from_the_words_behind_the_trigger(marked: str, reflexive: bool) -> None:
    record = next(record for record in records_of(marked) if record.type == "BOMBING")
    assert record.mentions[0].reflexive is reflexive
    codes = CODER.codes(record)
    assert codes.sub_event_type == ("Suicide bomb" if reflexive else "Remote explosive/landmine/IED")
    assert codes.plover_mode == ("suicide-attack" if reflexive else "explosives")


def test_triggers_of_one_word_do_not_stop_each_other() -> None:
    document = article("{فجّر|BOMBING} [رجل|PEOPLE] نفسه.")
    twin = Event("E2", "KILL", document.events[0].trigger)
    for events in ([document.events[0], twin], [twin, document.events[0]]):
        document.events[:] = events
        (record,) = shipped_maker().records(document)
        assert all(mention.reflexive for mention in record.mentions)


def test_it_is_kept_in_the_record() -> None:
    record = record_of("{فجّر|BOMBING} [رجل|PEOPLE] نفسه.")
    assert EventRecord.from_dict(record.to_dict()) == record
    written = record.to_dict()
    for mention in written["mentions"]:
        del mention["reflexive"]  # As records of an earlier version are.
    assert not EventRecord.from_dict(written).mentions[0].reflexive
