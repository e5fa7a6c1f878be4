"""Several corpora with different layers in one run, each with its weight."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from conftest import TEST, TRAINING, VALIDATION, marked_document, quick_settings, write_tiny_corpus
from datasets import Dataset
from torch import Tensor

from trainer.data.dataset import COLUMN_OF_LAYER
from trainer.data.mixing import WEIGHT, TrainingData, load_training_data
from trainer.documents import LAYERS
from trainer.encoders.loading import load_encoder
from trainer.formats.iob2 import write_iob2
from trainer.inference.predictor import Predictor
from trainer.modeling.batches import BatchCollator
from trainer.modeling.features import SentenceEncoder
from trainer.modeling.heads import IGNORED
from trainer.modeling.layout import ENTITY, EVENT_TYPE, TRIGGER
from trainer.modeling.model import MarsadModel
from trainer.schema import load_schema
from trainer.training.rows import heads_for_rows, training_rows
from trainer.training.run import _augmented, train
from trainer.training.settings import SettingsError, check_settings, read_settings

# Sentences that stand in no other corpus here.
NAMED = (
    "زار [سامر الحسن|PER] بلدة [سرمدا|GPE] صباح الأحد برفقة وفد صغير.",
    "انتشر [الجيش الحر|ARMED] في أحياء [درعا|GPE] القديمة بعد الظهر.",
    "نفى [خالد العمر|PER] ما نشرته الصحف عن سفره إلى [حمص|GPE].",
    "عاد أهالي [تدمر|GPE] إلى بيوتهم بعد غياب طويل.",
    "طالب [وليد جابر|PER] بفتح الطريق بين [السويداء|GPE] والعاصمة.",
    "أعادت [قوات النظام|ARMED] فتح معبر [نصيب|GPE] أمام الشاحنات.",
    "تسلم [فراس سعيد|PER] إدارة المشفى الوطني في [الباب|GPE].",
    "دخلت قافلة مساعدات إلى [الغوطة|GPE] للمرة الأولى منذ أشهر.",
    "غادر [عمر يوسف|PER] مدينة [منبج|GPE] مع أسرته ليلاً.",
    "أقام [تنظيم داعش|ARMED] حاجزاً على مدخل [البوكمال|GPE] الشرقي.",
    "اجتمع وجهاء [عفرين|GPE] لبحث عودة الكهرباء والماء.",
    "سلّم [حسن نجم|PER] سلاحه إلى [قسد|ARMED] في الريف الشمالي.",
)
TYPED = (
    ("لقي ثلاثة عمال حتفهم إثر غارة ليلية", "KILL"),
    ("دخل المقاتلون القرية بعد انسحاب الحامية منها", "CAPTURE"),
    ("سقطت عشرات القذائف على السوق الشعبي ظهراً", "SHELLING"),
    ("استعادت الفصائل التل المطل على الطريق الدولي", "CAPTURE"),
    ("دوّت انفجارات متتالية جراء رشقات صاروخية كثيفة", "SHELLING"),
    ("عُثر على جثث سبعة أشخاص قضوا بالرصاص", "KILL"),
    ("افتُتح معرض الكتاب السنوي بحضور لافت", ""),
    ("تراجعت أسعار الخضار في الأسواق هذا الأسبوع", ""),
    ("راح ضحية القصف المدفعي طفلان وامرأة", "KILL;SHELLING"),
    ("أجّلت الوزارة امتحانات الفصل الأول أسبوعين", ""),
    ("بسطت القوات نفوذها على المطار العسكري المهجور", "CAPTURE"),
    ("استهدفت المدافع الثقيلة أطراف المخيم طوال الليل", "SHELLING"),
)


def write_names(path: Path, sentences: Sequence[str] = NAMED) -> Path:
    documents = [marked_document([sentence], f"{number}") for number, sentence in enumerate(sentences)]
    for document in documents:
        document.keep_layers(["entities"])
    write_iob2(documents, path)
    return path


def write_types(path: Path, rows: Sequence[tuple[str, str]] = TYPED) -> Path:
    path.write_text("text,labels\n" + "".join(f"{text},{labels}\n" for text, labels in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An IOB2 file: entities alone."""
    return write_names(tmp_path_factory.mktemp("names") / "names.iob2")


@pytest.fixture(scope="module")
def types(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table: event types of sentences alone."""
    return write_types(tmp_path_factory.mktemp("types") / "types.csv")


def load(*corpora: Path, weights: Sequence[float] = (), **options: Any) -> TrainingData:
    paths = [str(path) for path in corpora]
    return load_training_data(dict(zip(paths, weights or [1.0] * len(paths), strict=True)), **options)


@pytest.fixture(scope="module")
def mixed(names: Path, types: Path, tiny_corpus: Path) -> TrainingData:
    return load(names, types, tiny_corpus)


class TestWhatIsTrainedOn:
    def test_are_the_sources_of_all_corpora_by_the_name_of_their_file(self, mixed: TrainingData) -> None:
        assert {name: len(documents) for name, documents in mixed.sources.items()} == {
            "names: train": 11,
            "types: train": 11,
            "dataset: train": 2,
        }
        assert len({document.id for document in mixed.training}) == len(mixed.training)
        assert len(mixed.validation) == 3
        assert set(mixed.fingerprint) == {"names", "types", "dataset"}

    def test_keeps_the_layers_that_each_corpus_has(self, mixed: TrainingData) -> None:
        assert {name: {d.layers for d in documents} for name, documents in mixed.sources.items()} == {
            "names: train": {("entities",)},
            "types: train": {("event_types",)},
            "dataset: train": {LAYERS},
        }
        assert mixed.layers == LAYERS

    def test_has_one_schema_with_all_that_is_known_of_the_labels(
        self, mixed: TrainingData, tiny_corpus: Path, names: Path, types: Path
    ) -> None:
        # The labels of the files are the same in another order, and only the corpus file defines them.
        defined = load_schema(tiny_corpus.parent / "schema.yaml")
        assert (mixed.schema.entities, mixed.schema.events) == (defined.entities, defined.events)
        two = load(names, types).schema
        assert (two.entity_types, two.event_types) == (sorted(defined.entity_types), sorted(defined.event_types))

    def test_has_null_for_what_a_row_was_not_annotated_for(self, mixed: TrainingData) -> None:
        known = {tuple(layer for layer in LAYERS if row[COLUMN_OF_LAYER[layer]] is not None) for row in mixed.rows()}
        assert known == {("entities",), ("event_types",), LAYERS}

    def test_of_one_corpus_has_the_names_that_it_has_alone(self, tiny_corpus: Path) -> None:
        data = load(tiny_corpus)
        assert list(data.sources) == ["train"]
        assert [document.id for document in data.training] == ["t1", "t2"]
        assert set(data.fingerprint) == {"train", "validation", "test"}

    def test_tells_files_of_one_name_apart_by_their_folders(self, tmp_path: Path) -> None:
        folders = [tmp_path / name / "gold" for name in ("أول", "ثان")]
        for folder, sentences in zip(folders, (NAMED[:6], NAMED[6:]), strict=True):
            folder.mkdir(parents=True)
            write_names(folder / "names.iob2", sentences)
        other = write_names(tmp_path / "others.iob2", TRAINING[:1] + TRAINING[2:4])
        data = load(folders[0] / "names.iob2", folders[1] / "names.iob2", other)
        assert list(data.sources) == [
            "أول/gold/names.iob2: train",
            "ثان/gold/names.iob2: train",
            "others: train",
        ]
        assert sum(len(d.sentences) for d in (*data.training, *data.validation)) == len(NAMED) + 3

    def test_refuses_a_corpus_that_is_named_twice(self, names: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(names.parent)
        with pytest.raises(ValueError, match=r"names\.iob2 is named twice; give it one weight"):
            load(names, Path("names.iob2"))

    def test_refuses_no_corpus(self) -> None:
        with pytest.raises(ValueError, match="'data' names no corpus"):
            load()

    def test_refuses_different_labels_for_one_layer_and_names_both(self, tmp_path: Path, names: Path) -> None:
        other = write_names(tmp_path / "places.iob2", ["وصل الوفد إلى [البادية|LOC] أمس.", "في [حلب|GPE] برد شديد."])
        with pytest.raises(
            ValueError,
            match="names and places have different labels for entities: ARMED, GPE, PER and GPE, LOC; to train on both",
        ):
            load(names, other)

    def test_may_give_the_labels_that_happen_not_to_occur_by_a_schema(self, tmp_path: Path, tiny_corpus: Path) -> None:
        write_names(tmp_path / "train.iob2", NAMED[3:4] + NAMED[7:8])
        write_names(tmp_path / "dev.iob2", NAMED[10:11])
        content = {
            "name": "مدن",
            "schema": str(tiny_corpus.parent / "schema.yaml"),
            "splits": {"train": "train.iob2", "validation": "dev.iob2"},
        }
        (tmp_path / "cities.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
        with pytest.raises(ValueError, match="name one schema in the corpus file of each"):
            load(tiny_corpus, tmp_path / "train.iob2")
        assert load(tiny_corpus, tmp_path / "cities.yaml").schema.entity_types == ["PER", "GPE", "ARMED"]


class TestRepeatedSentences:
    """What one corpus is trained on cannot be chosen on in another."""

    def test_are_left_out_of_validation_and_counted(
        self, tmp_path: Path, tiny_corpus: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        copies = write_names(tmp_path / "copies.iob2", (*NAMED, *VALIDATION[:2]))
        (tmp_path / "c.yaml").write_text(
            yaml.safe_dump({"name": "نسخ", "splits": {"train": "copies.iob2", "validation": "dev.iob2"}}), "utf-8"
        )
        write_names(tmp_path / "dev.iob2", ["وصل [قاسم|PER] إلى [الشدادي|GPE] قبيل الفجر بساعة.", TRAINING[3]])
        assert copies.is_file()
        with caplog.at_level(logging.WARNING, logger="trainer"):
            data = load(tiny_corpus, tmp_path / "c.yaml")
        texts = [d.text[s.start : s.end] for d in data.validation for s in d.sentences]
        gold = [marked_document([sentence]).text for sentence in VALIDATION]
        # VALIDATION[1] is as long as a sentence must be to be told again.
        assert gold[1] not in texts
        assert gold[2] in texts
        assert any(text.startswith("وصل قاسم") for text in texts)
        left_out = [record.message for record in caplog.records if "are left out" in record.message]
        assert sum(int(message.split()[0]) for message in left_out) == len(VALIDATION) + 2 - len(texts)

    def test_that_leave_nothing_to_choose_on_are_an_error(self, tmp_path: Path) -> None:
        for name, learnt, chosen_on in (("a", NAMED[:2], NAMED[2:4]), ("b", NAMED[2:4], NAMED[:2])):
            write_names(tmp_path / f"{name}-train.iob2", learnt)
            write_names(tmp_path / f"{name}-dev.iob2", chosen_on)
            splits = {"train": f"{name}-train.iob2", "validation": f"{name}-dev.iob2"}
            (tmp_path / "schema.yaml").write_text("entities: [{name: PER}, {name: GPE}, {name: ARMED}]\n", "utf-8")
            content = {"name": name, "schema": "schema.yaml", "splits": splits}
            (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
        with pytest.raises(ValueError, match="every validation sentence repeats a training sentence"):
            load(tmp_path / "a.yaml", tmp_path / "b.yaml")


@pytest.fixture(scope="module")
def encoder(tiny_checkpoint: Path) -> SentenceEncoder:
    return SentenceEncoder(load_encoder(str(tiny_checkpoint))[1].backend_tokenizer, 48)


@pytest.fixture(scope="module")
def rows(mixed: TrainingData, encoder: SentenceEncoder) -> Dataset:
    return training_rows(mixed.rows(), encoder)


@pytest.fixture
def model(tiny_checkpoint: Path, rows: Dataset, mixed: TrainingData) -> MarsadModel:
    torch.manual_seed(5)
    heads = heads_for_rows(rows, mixed.schema, {}, 0.0)
    return MarsadModel.with_encoder(load_encoder(str(tiny_checkpoint))[0], heads, dropout=0.0, pad_token_id=0).eval()


def rows_by_layer(rows: Dataset) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of the names, the table and the corpus."""

    def known(row: dict[str, Any], column: str) -> bool:
        return any(value != IGNORED for value in row[column])

    found: dict[str, list[dict[str, Any]]] = {"names": [], "types": [], "all": []}
    for row in rows:
        which = "all" if known(row, "trigger_tags") else "names" if known(row, "entity_tags") else "types"
        found[which].append(row)
    return found


def loss_of(model: MarsadModel, rows: list[dict[str, Any]], *heads: str) -> Tensor:
    """Return the loss of a batch by all heads, or by some."""
    batch = BatchCollator(0)(rows)
    if heads:
        batch["labels"] = {name: batch["labels"][name] for name in heads}
    loss = model(**batch).loss
    assert loss is not None
    return loss


class TestMaskedLayers:
    """What a row was not annotated for does not reach the head that would learn from it."""

    def test_every_layer_that_some_corpus_has_gets_a_head(self, model: MarsadModel) -> None:
        assert list(model.heads) == [ENTITY, TRIGGER, EVENT_TYPE]

    def test_unknown_labels_are_marked_and_known_ones_are_not(self, rows: Dataset) -> None:
        found = rows_by_layer(rows)
        assert {name: len(group) for name, group in found.items()} == {"names": 11, "types": 11, "all": 10}
        for row in found["names"]:
            assert set(row["trigger_tags"]) == set(row["event_types"]) == {IGNORED}
            assert IGNORED not in row["entity_tags"]
        for row in found["types"]:
            assert set(row["trigger_tags"]) == set(row["entity_tags"]) == {IGNORED}
            assert set(row["event_types"]) <= {0, 1}

    @pytest.mark.parametrize(
        ("group", "taught", "not_taught"),
        [("names", ENTITY, (TRIGGER, EVENT_TYPE)), ("types", EVENT_TYPE, (ENTITY, TRIGGER))],
    )
    def test_the_gradient_of_a_head_is_exactly_0_from_rows_without_its_layer(
        self, model: MarsadModel, rows: Dataset, group: str, taught: str, not_taught: Sequence[str]
    ) -> None:
        loss_of(model, rows_by_layer(rows)[group]).backward()
        for head in not_taught:
            # Zero, not missing: where several processes train together, each must have a gradient to give.
            assert all(p.grad is not None and not p.grad.any() for p in model.heads[head].parameters()), head
        assert all(p.grad is not None and p.grad.any() for p in model.heads[taught].parameters())

    @pytest.mark.parametrize(
        ("head", "group", "others"),
        [(ENTITY, "names", "types"), (EVENT_TYPE, "types", "names"), (TRIGGER, "all", "types")],
    )
    def test_rows_without_a_layer_do_not_change_the_loss_of_its_head(
        self, model: MarsadModel, rows: Dataset, head: str, group: str, others: str
    ) -> None:
        found = rows_by_layer(rows)
        alone = loss_of(model, found[group], head)
        assert alone > 0
        assert loss_of(model, [*found[group], *found[others]], head).item() == pytest.approx(alone.item(), rel=1e-5)

    def test_the_loss_of_a_batch_is_the_sum_of_what_each_head_knows(self, model: MarsadModel, rows: Dataset) -> None:
        found = rows_by_layer(rows)
        batch = [*found["names"], *found["types"]]
        parts = loss_of(model, found["names"], ENTITY) + loss_of(model, found["types"], EVENT_TYPE)
        assert loss_of(model, batch).item() == pytest.approx(parts.item(), rel=1e-5)


class TestWeights:
    def test_go_to_the_rows_of_their_corpus(self, names: Path, types: Path, encoder: SentenceEncoder) -> None:
        data = load(names, types, weights=[1.0, 0.5])
        assert data.weights == {"names: train": 1.0, "types: train": 0.5}
        found = rows_by_layer(training_rows(data.rows(), encoder))
        assert {row[WEIGHT] for row in found["names"]} == {1.0}
        assert {row[WEIGHT] for row in found["types"]} == {0.5}

    @pytest.mark.parametrize("weight", [1.0, 0.25, 3.0])
    def test_that_are_equal_change_nothing(
        self, names: Path, types: Path, encoder: SentenceEncoder, weight: float
    ) -> None:
        rows = load(names, types, weights=[weight, weight]).rows()
        assert WEIGHT not in rows.features
        assert rows.to_list() == load(names, types).rows().to_list()
        assert "row_weights" not in BatchCollator(0)(list(training_rows(rows, encoder)))

    def test_of_a_half_halve_what_a_row_adds_to_the_loss(self, model: MarsadModel, rows: Dataset) -> None:
        found = rows_by_layer(rows)["all"]
        halved = [{**row, WEIGHT: 0.5} for row in found]
        assert loss_of(model, halved).item() == pytest.approx(loss_of(model, found).item() / 2, rel=1e-5)

    def test_do_not_change_what_the_other_rows_add(self, model: MarsadModel, rows: Dataset) -> None:
        first, second = rows_by_layer(rows)["names"][:2]
        losses = [loss_of(model, [{**first, WEIGHT: weight}, second], ENTITY).item() for weight in (1.0, 0.5, 1e-6)]
        # The divisor is the number of labelled words, whatever they weigh.
        assert losses[1] == pytest.approx((losses[0] + losses[2]) / 2, rel=1e-4)
        words = [len(row["entity_tags"]) for row in (first, second)]
        alone = loss_of(model, [second], ENTITY).item()
        assert losses[2] == pytest.approx(alone * words[1] / sum(words), rel=1e-4)

    def test_are_carried_by_copies_with_other_names(
        self, names: Path, types: Path, tiny_checkpoint: Path, tmp_path: Path
    ) -> None:
        data = load(names, types, weights=[2.0, 0.5])
        settings, _ = quick_settings(data=names, output_dir=tmp_path, encoder=tiny_checkpoint, replaced_mentions=1.0)
        plain = data.rows()
        more = _augmented(plain, data.schema, settings, seed=1)
        assert more.features == plain.features
        added = more.select(range(len(plain), len(more)))
        # Only what was annotated for entities has mentions to replace.
        assert all(id.startswith("names: ") and id.endswith("~1") for id in added["document_id"])
        assert {(row[WEIGHT], row["event_types"]) for row in added} == {(2.0, None)}
        assert len({row["text"] for row in added} - {row["text"] for row in plain}) == len(added) > 5


class TestTheSetting:
    def test_is_one_corpus_or_a_weight_for_each(self, tmp_path: Path) -> None:
        path = tmp_path / "c.yaml"
        path.write_text("data:\n  أ.iob2: 1\n  ب/dataset.yaml: 0.25\noutput_dir: o\n", encoding="utf-8")
        assert read_settings(path)[0].corpora == {"أ.iob2": 1.0, "ب/dataset.yaml": 0.25}
        path.write_text("data: أ.iob2\noutput_dir: o\n", encoding="utf-8")
        assert read_settings(path)[0].corpora == {"أ.iob2": 1.0}
        assert read_settings(path, {"data": "ب.csv"})[0].corpora == {"ب.csv": 1.0}

    @pytest.mark.parametrize(
        ("data", "problem"),
        [
            ({"a": 0}, "input should be greater than 0"),
            ({"a": -1, "b": 1}, "input should be greater than 0"),
            ({"a": "much"}, "input should be a valid number"),
        ],
    )
    def test_says_what_is_wrong_with_a_weight(self, data: Any, problem: str) -> None:
        with pytest.raises(SettingsError) as error:
            check_settings({"output_dir": "outputs/run", "data": data}, "c.yaml")
        assert str(error.value).startswith(f"c.yaml: 'data' is {data}: {problem}")


class TestARunOnThreeCorpora:
    @pytest.fixture(scope="class")
    @staticmethod
    def model_folder(
        tmp_path_factory: pytest.TempPathFactory,
        names: Path,
        types: Path,
        tiny_corpus: Path,
        tiny_checkpoint: Path,
    ) -> Path:
        weights = {str(names): 1.0, str(types): 0.5, str(tiny_corpus): 2.0}
        settings, arguments = quick_settings(
            data=weights,
            output_dir=tmp_path_factory.mktemp("mixed"),
            encoder=tiny_checkpoint,
            num_train_epochs=10,
        )
        train(settings, arguments)
        return settings.model_folder

    def test_gives_one_model_of_all_layers(self, model_folder: Path) -> None:
        document = Predictor(model_folder).predict(marked_document((*TRAINING, *TEST)).text)
        assert document.layers == LAYERS
        assert document.entities
        assert document.events
        assert any(sentence.event_types for sentence in document.sentences)

    def test_scores_every_layer_on_what_was_annotated_for_it(self, model_folder: Path) -> None:
        metrics = json.loads((model_folder / "metrics.json").read_text(encoding="utf-8"))
        support = {layer: metrics[layer]["micro"]["support"] for layer in LAYERS}
        gold = marked_document(VALIDATION)
        # The three documents of the corpus file and of the two files that are kept back.
        assert support["triggers"] == len(gold.events)
        assert support["entities"] > len(gold.entities)
        assert metrics["headline"]["score"] == pytest.approx(sum(metrics["headline"][layer] for layer in LAYERS) / 3)

    def test_tells_in_its_card_what_it_learnt_from_and_with_what_weight(self, model_folder: Path) -> None:
        card = (model_folder / "README.md").read_text(encoding="utf-8")
        for row in (
            "| names: train | 11 | 11 | 1 |",
            "| types: train | 11 | 11 | 0.5 |",
            "| dataset: train | 2 | 10 | 2 |",
        ):
            assert row in card

    def test_keeps_the_spans_of_each_source_apart(self, model_folder: Path) -> None:
        spans = json.loads((model_folder / "training_spans.json").read_text(encoding="utf-8"))["sources"]
        assert {name: sorted(layer for layer, found in of.items() if found) for name, of in spans.items()} == {
            "names: train": ["entities"],
            "types: train": [],
            "dataset: train": ["entities", "triggers"],
        }


def write_corpus_of_names(folder: Path, *splits: str, sentences: Sequence[str] = NAMED[:3]) -> Path:
    """Write a corpus file whose ``splits`` all hold the same sentences."""
    folder.mkdir()
    write_names(folder / "names.iob2", sentences)
    corpus = folder / "small.yaml"
    corpus.write_text(yaml.safe_dump({"name": "صغير", "splits": dict.fromkeys(splits, "names.iob2")}), encoding="utf-8")
    return corpus


class TestACorpusWithoutASplit:
    def test_may_train_beside_one_that_has_sentences_to_choose_on(self, tmp_path: Path, names: Path) -> None:
        data = load(names, write_corpus_of_names(tmp_path / "grown", "train", sentences=TRAINING[:4]))
        assert len(data.sources["small: train"]) == 4
        assert {document.id.partition(":")[0] for document in data.validation} == {"names"}

    def test_is_named_where_no_corpus_has_sentences_to_choose_on(self, tmp_path: Path) -> None:
        one = write_corpus_of_names(tmp_path / "a", "train")
        other = write_corpus_of_names(tmp_path / "b", "train", sentences=NAMED[3:8])
        with pytest.raises(ValueError, match=r"small\.yaml has no sentences in its 'validation' split.*name a corpus"):
            load(one)
        with pytest.raises(ValueError, match=r"small\.yaml and .*small\.yaml have no sentences in their 'validation'"):
            load(one, other)

    def test_is_named_where_it_has_none_to_train_on(self, tmp_path: Path, names: Path) -> None:
        with pytest.raises(ValueError, match=r"small\.yaml has no sentences in its 'train' split"):
            load(names, write_corpus_of_names(tmp_path / "a", "validation"))


def test_validation_documents_must_be_annotated_for_something_that_is_learnt(tmp_path: Path) -> None:
    write_names(tmp_path / "train.iob2")
    write_types(tmp_path / "dev.csv")
    content = {"name": "مختلف", "splits": {"train": "train.iob2", "validation": "dev.csv"}}
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(ValueError, match="annotated for entities and those to choose on for something else: there is"):
        load(tmp_path / "c.yaml")


def test_the_order_of_the_corpora_changes_neither_labels_nor_layers(names: Path, types: Path, tmp_path: Path) -> None:
    corpus = write_tiny_corpus(tmp_path / "c")
    one, other = load(corpus, names, types), load(types, names, corpus)
    assert (one.schema.entities, one.schema.events) == (other.schema.entities, other.schema.events)
    assert one.layers == other.layers
