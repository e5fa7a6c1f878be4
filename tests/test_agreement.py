"""Agreement of two annotations: known cases, and that each figure means what its name says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from trainer.documents import Argument, Document
from trainer.evaluation.agreement import agreement
from trainer.evaluation.disagreements import disagreements
from trainer.schema import Schema, load_schema

TEXT = "قُتل خمسة مدنيين في قصف على مدينة تعز.\nواندلعت اشتباكات في محيط مدينة عدن."
Annotate = Callable[[Document], None]


@pytest.fixture(scope="module")
def schema() -> Schema:
    return load_schema()


def document(*spans: tuple[str, str], events: tuple[tuple[str, str], ...] = (), id: str = "a") -> Document:
    """Annotate ``TEXT``: (words, label) each at its first place."""
    found = Document.from_text(TEXT, id=id)
    for words, label in spans:
        start = TEXT.index(words)
        found.add_entity(start, start + len(words), label)
    for words, type in events:
        start = TEXT.index(words)
        found.add_event(start, start + len(words), type)
    found.set_event_types_from_triggers()
    return found


def test_the_same_annotation_agrees_in_everything(schema: Schema) -> None:
    one, other = (document(("مدنيين", "PEOPLE"), events=(("قُتل", "KILL"),)) for _ in "ab")
    for side in (one, other):
        side.events[0].arguments.append(Argument("TARGET", "T1"))
        side.events[0].attributes.append("Disputed")
    result = agreement([one], [other], schema)
    for layer in ("entities", "triggers", "arguments"):
        assert result[layer]["strict"]["f1"] == result[layer]["overlap"]["f1"] == 1.0
    assert result["attributes"]["Disputed"]["f1"] == 1.0
    assert result["kappa"] == {"pooled": 1.0, "per_type": {t: 1.0 if t == "KILL" else None for t in schema.event_types}}
    assert list(disagreements([one], [other])) == []


def test_strict_wants_the_same_ends_and_overlap_the_same_label(schema: Schema) -> None:
    one = document(("مدينة تعز", "GPE"), ("خمسة", "CARDINAL"), ("مدينة عدن", "GPE"))
    other = document(("تعز", "GPE"), ("خمسة", "PEOPLE"), ("مدينة عدن", "GPE"))
    result = agreement([one], [other], schema)["entities"]
    assert result["strict"] == {"precision": 1 / 3, "recall": 1 / 3, "f1": 1 / 3, "support": 3, "predicted": 3}
    assert result["overlap"]["f1"] == pytest.approx(2 / 3)
    assert result["confusion"] == {"CARDINAL": {"PEOPLE": 1}, "GPE": {"GPE": 2}}
    assert result["per_type"]["GPE"]["f1"] == 0.5


def test_each_span_is_paired_at_most_once(schema: Schema) -> None:
    one = document(("خمسة مدنيين", "PEOPLE"))
    other = document(("خمسة", "PEOPLE"), ("مدنيين", "PEOPLE"))
    result = agreement([one], [other], schema)["entities"]
    assert result["overlap"]["precision"] == 0.5
    assert result["confusion"] == {"PEOPLE": {"PEOPLE": 1}, "–": {"PEOPLE": 1}}


def test_arguments_agree_by_trigger_role_and_filler(schema: Schema) -> None:
    one, other = (
        document(("مدنيين", "PEOPLE"), (name, "GPE"), events=(("قُتل", "KILL"),)) for name in ("مدينة تعز", "تعز")
    )
    one.events[0].arguments = [Argument("TARGET", "T1"), Argument("PLACE", "T2")]
    other.events[0].arguments = [Argument("AGENT", "T1"), Argument("PLACE", "T2")]
    result = agreement([one], [other], schema)
    assert result["arguments"]["strict"]["f1"] == 0.0
    assert result["arguments"]["overlap"]["f1"] == 0.5
    assert result["arguments_of_shared_triggers"]["support"] == 2
    (arguments, place) = disagreements([one], [other])
    assert (arguments.layer, arguments.first, arguments.second) == (
        *("arguments of قُتل|KILL", "PLACE مدينة تعز|GPE (28); TARGET مدنيين|PEOPLE (10)"),
        "AGENT مدنيين|PEOPLE (10); PLACE تعز|GPE (34)",
    )
    assert (place.layer, place.first, place.second) == ("entities", "مدينة تعز|GPE", "تعز|GPE")


def test_arguments_of_a_trigger_that_only_one_has_count_against_it_once(schema: Schema) -> None:
    one = document(("مدنيين", "PEOPLE"), events=(("قُتل", "KILL"),))
    one.events[0].arguments = [Argument("TARGET", "T1")]
    result = agreement([one], [document(("مدنيين", "PEOPLE"))], schema)
    assert result["arguments"]["strict"]["support"] == 1
    assert result["arguments_of_shared_triggers"]["support"] == 0


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=12))
def test_kappa_is_that_of_scikit_learn_over_sentences(decisions: list[tuple[bool, bool]]) -> None:
    schema = load_schema()
    text = "\n".join(["اشتباكات"] * len(decisions))
    one, other = Document.from_text(text, id="a"), Document.from_text(text, id="a")
    for number, marked in enumerate(decisions):
        for side, has in zip((one, other), marked, strict=True):
            if has:
                side.add_event(number * 9, number * 9 + 8, "CLASH")
    for side in (one, other):
        side.set_event_types_from_triggers()
    found = agreement([one], [other], schema)["kappa"]["per_type"]["CLASH"]
    ours, theirs = zip(*decisions, strict=True)
    if not any(ours) and not any(theirs):
        assert found is None
    elif ours == theirs:
        assert found == 1.0
    else:
        assert found == cohen_kappa_score(ours, theirs)


def test_other_texts_are_refused_with_the_place(schema: Schema) -> None:
    with pytest.raises(ValueError, match="the texts of document a differ from character 5 on: 'خمسة"):
        agreement([document()], [Document.from_text(TEXT.replace("خمسة", "ستة"), id="a")], schema)


def test_a_document_on_one_side_only_is_refused(schema: Schema) -> None:
    with pytest.raises(ValueError, match="the second annotation lacks document b"):
        agreement([document(), document(id="b")], [document()], schema)


def test_of_many_missing_documents_a_few_are_named(schema: Schema) -> None:
    first = [document(), *(document(id=f"b{number}") for number in range(8))]
    with pytest.raises(ValueError, match=r"lacks document b0, b1, b2, b3, b4 and 3 more$"):
        agreement(first, [document()], schema)
