"""A model that learns arguments: from labelled text to a folder, and from that, on every runtime, to documents."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from conftest import Marsad, marked_document, quick_settings

from trainer.data.storage import load_data
from trainer.documents import Argument, Document
from trainer.export.fast_run import export_fast
from trainer.formats.jsonl import write_jsonl
from trainer.inference.api import load
from trainer.inference.predictor import Predictor
from trainer.modeling.tagger import Thresholds
from trainer.training.run import train

SCHEMA = """\
name: who-where
entities: [{name: ARMED}, {name: GPE}]
events: [{name: SHELLING}, {name: CAPTURE}]
roles: [{name: AGENT}, {name: PLACE}, {name: TARGET}]
"""
FORCES = ("قوات النظام", "تنظيم داعش", "قسد", "الجيش")
PLACES = ("حلب", "إدلب", "الرقة", "الحسكة", "دمشق")
ROLE_OF = {("ARMED", "SHELLING"): "AGENT", ("ARMED", "CAPTURE"): "AGENT", ("GPE", "SHELLING"): "PLACE"}
ROLE_OF["GPE", "CAPTURE"] = "TARGET"


def article(number: int) -> Document:
    """An article of two sentences; in the second, who acts is told in the sentence before."""
    force, place, other = (names[number % len(names)] for names in (FORCES, PLACES, PLACES[1:]))
    made = marked_document(
        (f"{{قصفت|SHELLING}} [{force}|ARMED] [{place}|GPE].", f"ثم {{سيطرت|CAPTURE}} على [{other}|GPE]."), f"م{number}"
    )
    for event in made.events:
        own = [e for e in made.entities if made.sentence_index(e.start) == made.sentence_index(event.trigger.start)]
        fillers = own if any(e.label == "ARMED" for e in own) else [made.entities[0], *own]
        event.arguments = [Argument(ROLE_OF[e.label, event.type], e.id) for e in fillers]
    return made


def told(document: Document) -> list[tuple[str, str, str]]:
    names = {entity.id: entity.name for entity in document.entities}
    return [(e.trigger.text, a.role, names[a.entity]) for e in document.events for a in e.arguments]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("arguments")
    (folder / "schema.yaml").write_text(SCHEMA, encoding="utf-8")
    splits = {"train": range(12), "validation": range(12, 16), "test": range(16, 20)}
    for split, numbers in splits.items():
        with (folder / f"{split}.jsonl").open("w", encoding="utf-8") as file:
            write_jsonl([article(number) for number in numbers], file)
    files = {split: f"{split}.jsonl" for split in splits}
    path = folder / "dataset.yaml"
    path.write_text(yaml.safe_dump({"name": "w", "schema": "schema.yaml", "splits": files}), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def model(corpus: Path, tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings, arguments = quick_settings(
        data=corpus, output_dir=tmp_path_factory.mktemp("run"), encoder=tiny_checkpoint, num_train_epochs=40
    )
    train(settings, arguments)
    return settings.model_folder


@pytest.fixture(scope="module")
def predictor(model: Path) -> Predictor:
    return load(model, device="cpu", precision="fp32")


def test_it_learns_who_acts_and_where_also_from_the_sentence_before(predictor: Predictor) -> None:
    gold = [article(number) for number in range(16, 20)]
    for expected, filled in zip(gold, predictor.fill_arguments(gold), strict=True):
        assert sorted(told(filled)) == sorted(told(expected))


def test_predictions_have_arguments_with_scores_above_the_threshold(predictor: Predictor, model: Path) -> None:
    bar = Thresholds.load(model / "thresholds.json").argument
    document = predictor.predict(article(3).text)
    found = [argument for event in document.events for argument in event.arguments]
    assert found
    entities = {entity.id for entity in document.entities}
    assert all(argument.entity in entities and bar <= argument.score <= 1 for argument in found)
    assert Document.from_dict(document.to_dict()) == document


def test_a_role_has_a_threshold_and_the_dial_moves_it(predictor: Predictor) -> None:
    text = article(3).text
    all_places = predictor.predict(text, thresholds={"PLACE": 0.0})
    # The first trigger has the entities of its sentence, the second also those of the one before.
    assert sum(role == "PLACE" for _, role, _ in told(all_places)) == 2 + 3
    most, least = (len(told(predictor.predict(text, dial=dial))) for dial in (-1.0, 1.0))
    assert most >= len(told(predictor.predict(text))) >= least


@pytest.mark.parametrize("runtime", ["openvino", "onnx"])
def test_an_export_finds_the_same(runtime: str, model: Path, predictor: Predictor, tmp_path: Path) -> None:
    export_fast(model, tmp_path / "export", runtime)
    exported = load(tmp_path / "export", precision="fp32" if runtime == "openvino" else "auto")
    gold = [article(number) for number in range(16, 20)]
    assert exported.roles == predictor.roles == ["AGENT", "PLACE", "TARGET"]
    for ours, theirs in zip(predictor.fill_arguments(gold), exported.fill_arguments(gold), strict=True):
        assert told(ours) == told(theirs)
        scores = [[a.score for e in found.events for a in e.arguments] for found in (ours, theirs)]
        assert scores[0] == pytest.approx(scores[1], abs=1e-3)


def test_the_card_names_the_roles(model: Path) -> None:
    assert "Roles: AGENT, PLACE, TARGET." in (model / "README.md").read_text(encoding="utf-8")


def test_the_head_cannot_be_exported_alone(model: Path, tmp_path: Path, marsad: Marsad) -> None:
    result = marsad("export", model, tmp_path / "plain", "--head", "argument")
    assert result.code == 1
    assert "scores pairs of words" in result.err
    assert not (tmp_path / "plain").exists()


def test_a_dataset_folder_keeps_the_arguments(corpus: Path, tmp_path: Path, marsad: Marsad) -> None:
    from trainer.data.dataset import dataset_to_documents

    assert marsad("data", "build", corpus, "--output", tmp_path / "built").code == 0
    rows, _ = load_data(tmp_path / "built")
    assert [told(document) for document in dataset_to_documents(rows["test"])] == [
        told(article(n)) for n in range(16, 20)
    ]


def test_a_model_without_the_head_says_so(predictor: Predictor, tiny_model: Path) -> None:
    without = load(tiny_model, device="cpu", precision="fp32")
    assert without.roles == []
    with pytest.raises(ValueError, match="no head for arguments"):
        without.fill_arguments([article(1)])
