"""Label Studio's labelling config: made from a schema, and read for the text that a project labels."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from label_studio_files import TEXT, project_schema, read, region, task

from trainer.formats.label_studio_config import labelling_config, read_labelling_config
from trainer.schema import Schema, load_schema


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("label-studio")


@pytest.fixture(scope="module")
def schema(folder: Path) -> Schema:
    return project_schema(folder)


class TestTheLabellingConfig:
    def test_it_has_every_label_of_the_schema(self, schema: Schema) -> None:
        view = ElementTree.fromstring(labelling_config(schema))
        labels = {group.get("name"): [label.get("value") for label in group] for group in view.iter("Labels")}
        assert labels == {
            "entities": schema.entity_types,
            "triggers": schema.event_types,
            "sentences": ["sentence"],
        }
        assert [label.get("value") for label in view.iter("Relation")] == ["AGENT", "TARGET"]
        options = {group.get("name"): [label.get("value") for label in group] for group in view.iter("Choices")}
        assert options == {"event_types": schema.event_types, "attributes": ["Disputed"]}

    def test_no_two_labels_look_the_same(self) -> None:
        view = ElementTree.fromstring(labelling_config(load_schema()))
        colours = [label.get("background") for label in view.iter("Label")]
        assert len(set(colours)) == len(colours)
        assert all(len(colour or "") == 7 for colour in colours)

    def test_hints_are_the_arabic_names_and_definitions(self, schema: Schema) -> None:
        view = ElementTree.fromstring(labelling_config(schema))
        assert view.find(".//Label[@value='PER']").get("hint") == "شخص: A named person."  # type: ignore[union-attr]

    def test_text_runs_in_its_own_direction_and_keeps_its_spaces(self, schema: Schema) -> None:
        style = ElementTree.fromstring(labelling_config(schema)).findtext("Style") or ""
        assert "unicode-bidi: plaintext" in style
        assert "white-space: pre-wrap" in style

    def test_every_control_labels_the_text(self, schema: Schema) -> None:
        for whole_tasks in (False, True):
            view = ElementTree.fromstring(labelling_config(schema, whole_tasks=whole_tasks))
            controls = [tag for tag in view.iter() if tag.tag in ("Labels", "Choices")]
            assert controls
            assert {tag.get("toName") for tag in controls} == {tag.get("name") for tag in view.iter("Text")} == {"text"}

    def test_a_schema_without_events_has_only_entities(self, schema: Schema) -> None:
        view = ElementTree.fromstring(labelling_config(schema.only(["entities"])))
        assert [tag.get("name") for tag in view if tag.get("name")] == ["entities", "text"]

    def test_marks_of_xml_in_labels_are_escaped(self, folder: Path) -> None:
        path = folder / "marks.yaml"
        path.write_text("entities:\n  - {name: 'A&B<\"', definition: '<i>'}\n", encoding="utf-8")
        view = ElementTree.fromstring(labelling_config(load_schema(path)))
        assert view.find(".//Label").get("value") == 'A&B<"'  # type: ignore[union-attr]

    def test_its_own_config_is_read(self, folder: Path, schema: Schema) -> None:
        (folder / "own.xml").write_text(labelling_config(schema), encoding="utf-8")
        config = read_labelling_config(folder / "own.xml")
        assert config.fields == {"text": "text"}
        assert config.layers == {"entities", "triggers", "event_types"}

    def test_broken_xml_names_its_line(self, folder: Path) -> None:
        (folder / "broken.xml").write_text("<View>\n<Text name='a'>\n</View>", encoding="utf-8")
        with pytest.raises(ValueError, match=r"broken\.xml:3: no XML"):
            read_labelling_config(folder / "broken.xml")

    def test_a_project_of_pictures_is_no_project_of_text(self, folder: Path) -> None:
        (folder / "pictures.xml").write_text("<View><Image name='i' value='$i'/></View>", encoding="utf-8")
        with pytest.raises(ValueError, match="no labelling config of text"):
            read_labelling_config(folder / "pictures.xml")


class TestWhereTheTextIs:
    def test_the_config_beside_the_tasks_says_it(self, tmp_path: Path) -> None:
        config = (
            "<View><Text name='t' value='$body'/><Labels name='l' toName='t'><Label value='ARMED'/></Labels></View>"
        )
        (tmp_path / "config.xml").write_text(config)
        item = region(TEXT, "قسد", "ARMED") | {"to_name": "t"}
        tasks = [{"data": {"text": "عنوان", "body": TEXT}, "annotations": [{"result": [item]}]}]
        (document,), reports = read(tmp_path / "export.json", tasks)
        assert document.text == TEXT
        assert document.metadata == {"text": "عنوان"}
        assert reports == []

    def test_without_one_it_is_the_string_in_which_the_regions_lie(self, folder: Path) -> None:
        item = region(TEXT, "قسد", "ARMED") | {"to_name": "t"}
        data = {"title": TEXT[::-1] * 2, "body": TEXT}
        (document,), reports = read(folder / "a.json", [{"data": data, "annotations": [{"result": [item]}]}])
        assert document.text == TEXT
        assert reports.about("the text is taken from 'body'")

    def test_a_broken_config_beside_the_tasks_is_reported(self, tmp_path: Path) -> None:
        (tmp_path / "config.xml").write_text("<View>")
        documents, reports = read(tmp_path / "export.json", [task(TEXT, region(TEXT, "قسد", "ARMED"))])
        assert len(documents) == 1
        assert reports.about("no XML")

    def test_results_for_another_text_are_left_out(self, folder: Path) -> None:
        other = region(TEXT, "قسد", "ARMED", id="r2") | {"to_name": "title"}
        mine = [region(TEXT, "قسد", "ARMED"), region(TEXT, "الحسكة", "GPE", id="r3")]
        (document,), reports = read(folder / "a.json", [task(TEXT, *mine, other)])
        assert len(document.entities) == 2
        assert reports.about("a result for something else than 'text'")

    def test_an_address_is_no_text(self, folder: Path) -> None:
        config = folder / "url.xml"
        config.write_text("<View><Text name='text' value='$text' valueType='url'/></View>")
        documents, reports = read(folder / "a.json", [task("https://example.org/1.txt")], config=config)
        assert documents == []
        assert reports.about("'text' shows a text by its address; put the text itself into the task's data")
