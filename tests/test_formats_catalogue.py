"""The catalogue of formats: each is told by name and content, and reads what it wrote."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from conftest import SCHEMA, TRAINING, VALIDATION, marked_document

from trainer.documents import Document
from trainer.formats.catalogue import FORMATS, format_named, recognise, recognised
from trainer.formats.notes import Note
from trainer.formats.tag_schemes import BIOES, IOB2
from trainer.formats.target_names import scheme_of_target, target_format
from trainer.schema import Schema, load_schema

DOCUMENTS = {"خبر-1": TRAINING[:5], "خبر-2": VALIDATION}
# The name of what is written of each format.
NAMES = {
    "marked": "news.marked",
    "marsad": "news.jsonl",
    "label-studio": "label-studio",
    "doccano": "news.doccano.jsonl",
    "conll": "news.iob2",
    "sentence-labels": "news.csv",
    "hub": "hub",
    "brat": "news",
}
REGION = {"start": 0, "end": 4, "text": "قُتل", "labels": ["KILL"]}


class Told(list[tuple[str, str]]):
    """A report that keeps what it is told."""

    def __call__(self, place: str, message: str) -> None:
        self.append((place, message))

    @property
    def messages(self) -> list[str]:
        return [message for _, message in self]


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    path = tmp_path_factory.mktemp("schema") / "schema.yaml"
    path.write_text(SCHEMA, encoding="utf-8")
    return load_schema(path)


def documents() -> list[Document]:
    return [marked_document(sentences, id) for id, sentences in DOCUMENTS.items()]


def spans(found: Sequence[Document], layers: Sequence[str]) -> list[tuple[str, str]]:
    """Return the labels and texts of the layers, in the order of the text."""
    of_layer = {
        "entities": [(e.label, e.text) for d in found for e in d.entities],
        "triggers": [(e.type, e.trigger.text) for d in found for e in d.events],
        "event_types": [(type, "") for d in found for s in d.sentences for type in s.event_types],
    }
    return [span for layer in layers for span in of_layer[layer]]


def written(path: Path, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


class TestEachFormat:
    @pytest.mark.parametrize("name", NAMES)
    def test_is_recognised_and_read_back_after_it_was_written(self, tmp_path: Path, schema: Schema, name: str) -> None:
        format, path = format_named(name), tmp_path / NAMES[name]
        format.write(documents(), path, schema, Told(), IOB2)
        found = recognised(path)
        assert (found.format.name, bool(found.reason)) == (name, True)
        read = found.format.read(path, Told(), schema)
        assert spans(read, format.layers) == spans(documents(), format.layers)
        assert {set(document.layers) >= set(format.layers) for document in read} == {True}

    @pytest.mark.parametrize("name", NAMES)
    def test_is_what_the_name_of_its_output_asks_for(self, tmp_path: Path, name: str) -> None:
        assert target_format(tmp_path / NAMES[name]).format.name == name

    def test_has_a_name_and_a_title_of_its_own(self) -> None:
        assert [format.name for format in FORMATS] == list(NAMES)
        assert len({format.title for format in FORMATS}) == len(FORMATS)

    def test_of_another_name_is_refused_with_all_names(self) -> None:
        with pytest.raises(ValueError, match="there is no format 'xml'; formats are marked, marsad, label-studio, doc"):
            format_named("xml")


class TestRecognition:
    @pytest.mark.parametrize(
        ("name", "content", "format"),
        [
            ("a.txt", "وصل O\nأحمد B-PER\n", "conll"),
            ("a.bioes", "حلب S-GPE\n", "conll"),
            ("a.tsv", "text\tlabels\nقُتل عنصر\tKILL\n", "sentence-labels"),
            ("a.jsonl", '{"text": "قُتل عنصر", "label": [[0, 4, "KILL"]]}\n', "doccano"),
            ("a.jsonl", '{"text": "هدوء"}\n{"text": "قُتل عنصر", "entities": []}\n', "doccano"),
            ("a.jsonl", '{"text": "قُتل عنصر", "label": ["KILL"]}\n', "sentence-labels"),
            ("a.jsonl", json.dumps({"text": "قُتل عنصر", "label": [REGION], "annotation_id": 3}), "label-studio"),
            ("a.json", json.dumps([{"data": {"text": "قُتل"}, "annotations": []}]), "label-studio"),
        ],
    )
    def test_looks_into_files_whose_ending_does_not_tell(
        self, tmp_path: Path, name: str, content: str, format: str
    ) -> None:
        assert recognised(written(tmp_path / name, content)).format.name == format

    def test_takes_the_output_of_predict_for_marsads_own_and_not_for_doccanos(self, tmp_path: Path) -> None:
        format = format_named("marsad")
        format.write(documents(), tmp_path / "out.jsonl", load_schema(), Told(), IOB2)
        assert recognised(tmp_path / "out.jsonl").format is format
        assert format.read(tmp_path / "out.jsonl", Told(), None) == documents()

    @pytest.mark.parametrize(
        ("name", "content"), [("a.txt", "مجرد نص بلا وسوم\n"), ("a.jsonl", ""), ("a.csv", "x,y\n")]
    )
    def test_knows_no_format_of_other_files(self, tmp_path: Path, name: str, content: str) -> None:
        path = written(tmp_path / name, content)
        assert recognise(path) is None
        with pytest.raises(
            ValueError, match=r"is of no format that Marsad knows \(.+\); formats are inline markup \(marked\)"
        ):
            recognised(path)

    @pytest.mark.parametrize(
        ("name", "content", "why"),
        [
            ("a.csv", b"\xef\xbb\xbf", "it is empty"),
            (
                "a.csv",
                "الجملة,الصنف\n".encode(),
                "line 1, 'الجملة,الصنف', does not name the columns 'text' and 'labels'",
            ),
            ("a.csv", "text,labels\n".encode("utf-16"), "it is not UTF-8 from byte 0 on; save it as UTF-8"),
            ("a.json", b'[{"data": {"text": "a"},\n', "broken JSON in line 2, column 1: Expecting property name"),
            ("a.json", b"[]", "it has no tasks"),
            ("a.jsonl", b'\n{"text": "a", label: []}\n', "line 2 is broken JSON, column 15: Expecting property name"),
            ("a.jsonl", b'{"sentence": "a", "tag": "b"}\n', "line 1 has 'sentence', 'tag', not a text with labels"),
            ("a.jsonl", b"[" * 100_000, "line 1 is JSON nested too deeply"),
            ("a.txt", "مجرد نص بلا وسوم\n".encode(), "its lines are not words with a tag each"),
        ],
    )
    def test_says_why_a_file_may_be_of_none(self, tmp_path: Path, name: str, content: bytes, why: str) -> None:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match=rf"of no format that Marsad knows \({re.escape(why)}"):
            recognised(tmp_path / name)

    def test_says_that_a_folder_is_empty(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match=r"of no format that Marsad knows \(it is empty\); formats are"):
            recognised(tmp_path)

    def test_has_nothing_to_say_of_a_picture(self, tmp_path: Path) -> None:
        (tmp_path / "a.png").write_bytes(b"\x89PNG")
        with pytest.raises(ValueError, match="of no format that Marsad knows; formats are"):
            recognised(tmp_path / "a.png")

    def test_says_that_texts_alone_are_not_annotated(self, tmp_path: Path) -> None:
        written(tmp_path / "خبر.txt", "قُتل عنصر")
        with pytest.raises(ValueError, match=r"\(\.txt files without \.ann files are text that nobody has annotated\)"):
            recognised(tmp_path)

    def test_says_what_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match=r"there is no .*none"):
            recognised(tmp_path / "none")


class TestABratFolder:
    def test_tells_of_texts_without_annotation_and_does_not_take_them_as_annotated(self, tmp_path: Path) -> None:
        written(tmp_path / "a.txt", "وصل إلى حلب")
        written(tmp_path / "a.ann", "T1\tGPE 8 11\tحلب\n")
        written(tmp_path / "b.txt", "عاد")
        written(tmp_path / "c.ann", "")
        told = Told()
        first, second = format_named("brat").read(tmp_path, told, None)
        assert (first.layers, second.layers) == (("entities", "triggers", "event_types"), ())
        assert told == [
            (str(tmp_path / "b.txt"), "no b.ann beside it; taken as not annotated"),
            (str(tmp_path / "c.ann"), "no c.txt beside it; it is left out"),
        ]

    def test_is_written_with_what_is_lost_told(self, tmp_path: Path, schema: Schema) -> None:
        document = marked_document(TRAINING[:1], "خبر")
        document.metadata, document.layers = {"المصدر": "سانا"}, ("entities",)
        document.keep_layers(("entities",))
        told = Told()
        format_named("brat").write([document], tmp_path / "gold", schema, told, IOB2)
        assert told.messages == [
            "not written: that documents were not annotated for triggers, event_types; read back, they count as "
            "annotated without any (1)",
            "not written: metadata 'المصدر' (1)",
        ]

    @pytest.mark.parametrize(
        ("ids", "label", "message"),
        [
            (["أ", "أ"], "GPE", "document 'أ' can be no file of a brat folder: ids must be different"),
            (["أ/ب"], "GPE", "document 'أ/ب' can be no file of a brat folder"),
            (["أ" * 116], "GPE", "can be no file of a brat folder: .* and of at most 230 bytes"),
            (["أ\0"], "GPE", "can be no file of a brat folder"),
            (["أ\ud800"], "GPE", "can be no file of a brat folder"),
            (["أ"], "Population Center", "has the label 'Population Center', which cannot be written: labels are with"),
        ],
    )
    def test_that_would_not_be_read_back_is_refused(
        self, tmp_path: Path, schema: Schema, ids: list[str], label: str, message: str
    ) -> None:
        made = [Document.from_text("حلب", id) for id in ids]
        made[0].add_entity(0, 3, label)
        with pytest.raises(ValueError, match=message):
            format_named("brat").write(made, tmp_path / "gold", schema, Told(), IOB2)
        assert not (tmp_path / "gold").exists()

    def test_tells_labels_that_its_settings_do_not_offer(self, tmp_path: Path, schema: Schema) -> None:
        document = Document.from_text("وصل الوفد إلى حلب", "خبر")
        document.add_entity(4, 9, "DELEGATION")
        document.add_entity(14, 17, "GPE")
        told = Told()
        format_named("brat").write([document], tmp_path / "gold", schema, told, IOB2)
        assert told.messages == ["label 'DELEGATION' is not in the schema, so brat does not offer it (1)"]

    def test_is_asked_for_where_there_is_a_file(self, tmp_path: Path) -> None:
        with pytest.raises(
            ValueError, match=r"a\.txt is no folder; brat keeps a \.txt and an \.ann file of each docum"
        ):
            format_named("brat").read(written(tmp_path / "a.txt", "حلب"), Told(), None)


class TestMarsadsJsonLines:
    def test_with_an_id_twice_are_refused_with_both_lines(self, tmp_path: Path) -> None:
        format = format_named("marsad")
        format.write([*documents(), *documents()], tmp_path / "a.jsonl", load_schema(), Told(), IOB2)
        with pytest.raises(ValueError, match=r"a\.jsonl:3: document 'خبر-1' stands at .*a\.jsonl:1 already"):
            format.read(tmp_path / "a.jsonl", Told(), None)

    def test_tell_that_words_are_found_anew(self, tmp_path: Path) -> None:
        (document,) = format_named("conll").read(written(tmp_path / "a.iob2", "و O\nB.B.C- B-ORG\n"), Told(), None)
        told = Told()
        format_named("marsad").write([document], tmp_path / "a.jsonl", load_schema(), told, IOB2)
        assert told.messages == ["not written: words that are not those that Marsad's rules find (in 1 documents)"]


class TestTriggersAreTold:
    """doccano does not say which labels are of events; neither does a Label Studio control of any name."""

    TEXT = "قُتل عنصر من قسد"

    def doccano(self, folder: Path, *labels: tuple[int, int, str]) -> Path:
        line = {"text": self.TEXT, "label": labels}
        return written(folder / "a.jsonl", json.dumps(line, ensure_ascii=False) + "\n")

    def test_by_a_schema(self, tmp_path: Path, schema: Schema) -> None:
        told = Told()
        (document,) = format_named("doccano").read(self.doccano(tmp_path, (0, 4, "KILL"), (13, 16, "X")), told, schema)
        assert ([e.type for e in document.events], [e.label for e in document.entities]) == (["KILL"], ["X"])
        assert told == []

    def test_by_marsads_own_schema_if_most_labels_are_of_it(self, tmp_path: Path) -> None:
        path = self.doccano(tmp_path, (0, 4, "KILL"), (13, 16, "ARMED"), (5, 9, "X"))
        told = Told()
        (document,) = format_named("doccano").read(path, told, None)
        assert ([e.type for e in document.events], len(document.entities)) == (["KILL"], 2)
        message = "2 of 3 labels are of Marsad's own schema; spans of KILL are read as triggers of events"
        assert told == [(str(path), message)]
        assert isinstance(told.messages[0], Note)

    def test_not_to_be_there_otherwise(self, tmp_path: Path) -> None:
        path = self.doccano(tmp_path, (0, 4, "KILL"), (13, 16, "X"))
        told = Told()
        (document,) = format_named("doccano").read(path, told, None)
        assert ([e.label for e in document.entities], document.events) == (["KILL", "X"], [])
        assert told.messages == [
            "spans of KILL, X are read as entities; a schema with event types says which are triggers of events"
        ]

    def test_in_label_studio_too(self, tmp_path: Path) -> None:
        result = [{"from_name": "label", "to_name": "text", "type": "labels", "id": "r", "value": REGION}]
        task = {"data": {"text": self.TEXT}, "annotations": [{"result": result}]}
        path = written(tmp_path / "a.json", json.dumps([task]))
        (document,) = format_named("label-studio").read(path, Told(), None)
        assert [e.type for e in document.events] == ["KILL"]


class TestALabelStudioProject:
    def test_that_nobody_annotated_is_read_with_what_a_model_suggested(self, tmp_path: Path, schema: Schema) -> None:
        predicted = documents()
        for document in predicted:
            document.model = {"name": "m"}
        format = format_named("label-studio")
        format.write(predicted, tmp_path / "p", schema, Told(), IOB2)
        told = Told()
        read = format.read(tmp_path / "p", told, schema)
        assert [document.model for document in read] == [{"name": "m"}] * 2
        assert told.messages == ["nobody has annotated a task; what models predicted is read"]

    def test_may_be_a_file_with_its_config_beside_it(self, tmp_path: Path, schema: Schema) -> None:
        format_named("label-studio").write(documents(), tmp_path / "news.json", schema, Told(), IOB2)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["news.config.xml", "news.json"]


class TestAHubFolder:
    def test_has_the_splits_that_metadata_name(self, tmp_path: Path, schema: Schema) -> None:
        made = documents()
        for document, split in zip(made, ("train", "test"), strict=True):
            document.metadata["split"] = split
        format = format_named("hub")
        format.write(made, tmp_path / "hub", schema, Told(), BIOES)
        assert {path.name for path in (tmp_path / "hub").iterdir()} == {"train", "test", "dataset_dict.json"}
        read = format.read(tmp_path / "hub", Told(), None)
        assert [(document.id, document.metadata["split"]) for document in read] == [
            ("خبر-1", "train"),
            ("خبر-2", "test"),
        ]


class TestTheNameOfAnOutput:
    @pytest.mark.parametrize(
        ("name", "format"),
        [
            ("news.conll", "conll"),
            ("NEWS.JSONL", "marsad"),
            ("doccano-news.jsonl", "doccano"),
            ("my_hf", "hub"),
            ("news.tsv", "sentence-labels"),
            ("v1.2", "brat"),
            ("مشروع LabelStudio", "label-studio"),
            ("github", "brat"),
        ],
    )
    def test_says_the_format(self, name: str, format: str) -> None:
        assert target_format(name).format.name == format

    def test_does_not_count_where_a_folder_is_there_already(self, tmp_path: Path) -> None:
        written(tmp_path / "hub" / "a.txt", "حلب")
        written(tmp_path / "hub" / "a.ann", "")
        assert target_format(tmp_path / "hub").format.name == "brat"

    def test_with_another_ending_is_refused(self) -> None:
        with pytest.raises(ValueError, match=r"news\.xlsx: no format is written with the ending \.xlsx; give another"):
            target_format("news.xlsx")

    def test_may_name_the_scheme_of_tags(self) -> None:
        assert [scheme_of_target(name) for name in ("a.bioes", "a.iob2", "hub")] == [BIOES, IOB2, IOB2]
