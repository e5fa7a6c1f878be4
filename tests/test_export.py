"""Export of heads to plain Transformers folders: the same logits from every architecture, and folders that load."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from pathlib import Path

import pytest
import torch
from conftest import TRAINING, marked_document
from torch import Tensor, nn
from transformers import (
    AlbertConfig,
    AutoModel,
    AutoTokenizer,
    BertConfig,
    DebertaV2Config,
    ElectraConfig,
    ModernBertConfig,
    Pipeline,
    PretrainedConfig,
    RobertaConfig,
    XLMRobertaConfig,
    pipeline,
)

from trainer.cli.app import main
from trainer.encoders.normalizer import arabic_normalizer
from trainer.export.extra_layer import NormScales
from trainer.export.folder import PROVENANCE_FILE, replaced_folder
from trainer.export.parity import TOLERANCE, check_parity
from trainer.export.pipeline_results import LabelledSentence, labelled_sentences
from trainer.export.plain_heads import plain_model
from trainer.export.run import export_head
from trainer.inference.api import load
from trainer.inference.predictor import Predictor
from trainer.modeling.configuration import heads_for_schema
from trainer.modeling.heads import EncodedBatch, Head
from trainer.modeling.layout import ENTITY, EVENT_TYPE, TRIGGER
from trainer.modeling.model import MarsadModel
from trainer.modeling.tagger import Thresholds
from trainer.schema import load_schema

SIZES = {
    **{"vocab_size": 400, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4},
    **{"intermediate_size": 48, "max_position_embeddings": 80, "pad_token_id": 0},
}
RELATIVE = {"relative_attention": True, "pos_att_type": ["c2p", "p2c"]}
CONFIGS: dict[str, Callable[[], PretrainedConfig]] = {
    "bert": lambda: BertConfig(**SIZES),
    "roberta": lambda: RobertaConfig(**SIZES),
    "xlm-roberta": lambda: XLMRobertaConfig(**SIZES, layer_norm_eps=1e-5),
    "electra": lambda: ElectraConfig(**SIZES, embedding_size=16),
    "deberta-v2": lambda: DebertaV2Config(**SIZES, **RELATIVE),
    "deberta-v2 as in mDeBERTa": lambda: DebertaV2Config(
        **SIZES, **RELATIVE, share_att_key=True, position_buckets=8, norm_rel_ebd="layer_norm", conv_kernel_size=3
    ),
    "modernbert": lambda: ModernBertConfig(**SIZES),
    "modernbert with biases": lambda: ModernBertConfig(**SIZES, norm_bias=True, classifier_bias=True, norm_eps=1e-3),
}
EXPORTED_FILES = {
    *("README.md", "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"),
    PROVENANCE_FILE,
}
SENTENCE = "قُتِلَ ٣٠ عنصراً من «داعش» في مدينـــة الرقة، وسيطرت قسد على ١٢ قرية."


def random_model(config: PretrainedConfig, schema_file: Path, without: Collection[str] = ()) -> MarsadModel:
    """Return a model of random weights whose states are small, as those of E5 are."""
    torch.manual_seed(0)
    encoder = AutoModel.from_config(config)
    if getattr(encoder, "pooler", None) is not None:
        encoder.pooler = None
    heads = [head for head in heads_for_schema(load_schema(schema_file)) if head["name"] not in without]
    model = MarsadModel.with_encoder(encoder, heads, window=48, pad_token_id=config.pad_token_id)
    norms = [module for module in encoder.modules() if isinstance(module, nn.LayerNorm)]
    last = [
        module for name, module in encoder.named_modules() if name in ("final_norm", "encoder.layer.1.output.LayerNorm")
    ]
    with torch.no_grad():
        for norm in norms:
            for parameter in norm.parameters():
                parameter.add_(0.2 * torch.randn_like(parameter))
        for parameter in last[0].parameters():
            parameter.mul_(0.05)
        for parameter in model.heads.parameters():
            parameter.add_(torch.randn_like(parameter))
    return model.eval()


def save_model_folder(folder: Path, model: MarsadModel, tokenizer_folder: Path, schema_file: Path) -> None:
    """Write what ``marsad train`` writes and predicting needs."""
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(tokenizer_folder).save_pretrained(folder)
    load_schema(schema_file).save(folder / "schema.yaml")
    Thresholds().save(folder / "thresholds.json")


def padded_batch() -> tuple[Tensor, Tensor]:
    """Return ids and mask of four inputs of 20, 13, 7 and 3 tokens."""
    torch.manual_seed(1)
    mask = (torch.arange(20) < torch.tensor([[20], [13], [7], [3]])).long()
    return torch.randint(5, 400, (4, 20)) * mask, mask


def head_logits(model: MarsadModel, name: str, ids: Tensor, mask: Tensor) -> Tensor:
    tokens = model.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
    head = model.heads[name]
    assert isinstance(head, Head)
    logits: Tensor = head(EncodedBatch(tokens, mask, tokens))
    return logits


@pytest.fixture(scope="module")
def schema_file(tiny_corpus: Path) -> Path:
    return tiny_corpus.with_name("schema.yaml")


class TestLogits:
    """``EncodedBatch.words`` with every token as a word of its own is what a plain token classifier sees."""

    @pytest.mark.parametrize("name", CONFIGS)
    def test_a_tag_head_is_the_same_for_every_subword(self, name: str, schema_file: Path) -> None:
        model = random_model(CONFIGS[name](), schema_file)
        ids, mask = padded_batch()
        with torch.inference_mode():
            ours = head_logits(model, ENTITY, ids, mask)[mask.bool()]
            plain = plain_model(model, ENTITY)(input_ids=ids, attention_mask=mask).logits[mask.bool()]
        assert ours.abs().max() > 1
        torch.testing.assert_close(plain, ours, rtol=1e-5, atol=5e-5)

    @pytest.mark.parametrize("name", CONFIGS)
    def test_the_sentence_head_is_the_same_for_every_sentence(self, name: str, schema_file: Path) -> None:
        model = random_model(CONFIGS[name](), schema_file)
        ids, mask = padded_batch()
        with torch.inference_mode():
            ours = head_logits(model, EVENT_TYPE, ids, mask)
            plain = plain_model(model, EVENT_TYPE)(input_ids=ids, attention_mask=mask).logits
        assert ours.std(0).min() > 0.01  # sentences differ
        torch.testing.assert_close(plain, ours, rtol=1e-5, atol=5e-5)

    @pytest.mark.parametrize("name", ["bert", "xlm-roberta", "electra", "deberta-v2", "modernbert"])
    @pytest.mark.parametrize("head", [ENTITY, EVENT_TYPE])
    def test_bfloat16_costs_an_export_no_more_than_it_costs_the_model(
        self, name: str, head: str, schema_file: Path
    ) -> None:
        model = random_model(CONFIGS[name](), schema_file)
        ids, mask = padded_batch()
        with torch.inference_mode():
            ours = head_logits(model, head, ids, mask)
            plain = plain_model(model, head).bfloat16()(input_ids=ids, attention_mask=mask).logits
            rounded = head_logits(model.bfloat16(), head, ids, mask)
        chosen = mask.bool() if head == ENTITY else slice(None)
        assert (plain - ours)[chosen].abs().mean() < 2 * (rounded - ours)[chosen].abs().mean()

    def test_the_model_itself_is_left_as_it_was(self, schema_file: Path) -> None:
        model = random_model(CONFIGS["bert"](), schema_file)
        before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        plain_model(model, EVENT_TYPE)
        assert model.config.encoder_config().num_hidden_layers == SIZES["num_hidden_layers"]
        assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


class TestTwoLayerNorms:
    @pytest.mark.parametrize("layer_eps", [1e-12, 1e-7, 1e-5])
    @pytest.mark.parametrize("size", [1e-3, 0.1, 1.0, 30.0])
    def test_in_a_row_they_are_one_with_another_epsilon(self, layer_eps: float, size: float) -> None:
        states = size * torch.randn(50, 64, generator=torch.Generator().manual_seed(0)) + size
        scales = NormScales.of(layer_eps, head_eps=1e-5)
        first, second = (nn.LayerNorm(64, eps=layer_eps) for _ in range(2))
        nn.init.constant_(first.weight, scales.first)
        nn.init.constant_(second.weight, scales.second)
        expected = nn.LayerNorm(64, eps=1e-5)(states)
        torch.testing.assert_close(second(first(scales.states * states)), expected, rtol=1e-5, atol=1e-5)


@pytest.fixture(scope="module")
def exports(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The three heads of the tiny model, exported."""
    folder = tmp_path_factory.mktemp("exports")
    for head in (ENTITY, TRIGGER, EVENT_TYPE):
        export_head(tiny_model, folder / head, head)
    return {head: folder / head for head in (ENTITY, TRIGGER, EVENT_TYPE)}


def loaded(folder: Path) -> Pipeline:
    task = "text-classification" if folder.name == EVENT_TYPE else "token-classification"
    return pipeline(task, model=str(folder), device="cpu")


class TestFolder:
    @pytest.mark.parametrize("head", [ENTITY, TRIGGER, EVENT_TYPE])
    def test_it_holds_safetensors_and_text_and_no_code(self, exports: dict[str, Path], head: str) -> None:
        assert {path.name for path in exports[head].iterdir()} == EXPORTED_FILES
        config = json.loads((exports[head] / "config.json").read_text(encoding="utf-8"))
        assert config["model_type"] == "bert"
        assert "auto_map" not in config

    def test_labels_are_those_of_the_head(self, exports: dict[str, Path], tiny_model: Path) -> None:
        for head, folder in exports.items():
            config = loaded(folder).model.config
            labels = MarsadModel.from_pretrained(tiny_model).config.layout.labels_of(head)
            assert list(config.id2label.values()) == labels
            assert config.label2id == {label: index for index, label in enumerate(labels)}
        assert config.problem_type == "multi_label_classification"

    def test_the_tokenizer_normalises_and_cuts_at_the_window(self, exports: dict[str, Path], tiny_model: Path) -> None:
        tokenizer = AutoTokenizer.from_pretrained(exports[ENTITY])
        assert tokenizer("قُتِلَ ٣٠ عنصـــراً").input_ids == tokenizer("قتل 30 عنصرا").input_ids
        assert tokenizer.model_max_length == MarsadModel.from_pretrained(tiny_model).config.window
        assert set(tokenizer("قتل")) == {"input_ids", "attention_mask"}
        assert tokenizer.sep_token_id not in tokenizer("قال [SEP] ذلك", add_special_tokens=False).input_ids

    def test_the_readme_says_what_it_is(self, exports: dict[str, Path], tiny_model: Path) -> None:
        for head, folder in exports.items():
            page = (folder / "README.md").read_text(encoding="utf-8")
            assert f"`{head}`" in page
            assert load(tiny_model).info["fingerprint"] in page
            assert f"pipeline_tag: {loaded(folder).task}" in page
            assert max(len(line) for line in page.splitlines()) <= 120

    def test_the_example_of_the_readme_runs(
        self, exports: dict[str, Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("warnings.warn", lambda *arguments, **options: None)
        for folder in exports.values():
            page = (folder / "README.md").read_text(encoding="utf-8")
            (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
            exec(code.replace("path/to/this/folder", str(folder)), {})  # noqa: S102 -- the README that was just written
        assert "CAPTURE" in capsys.readouterr().out


class TestPipelines:
    def test_offsets_index_the_text_as_it_was_given(self, exports: dict[str, Path]) -> None:
        normalize = arabic_normalizer().normalize_str
        tokens = loaded(exports[ENTITY])(SENTENCE, aggregation_strategy="none", ignore_labels=[])
        found = [(token["word"].removeprefix("##"), SENTENCE[token["start"] : token["end"]]) for token in tokens]
        assert all(normalize(text) == word for word, text in found if word != "[UNK]")
        assert ("3", "٣") in found
        assert [text for _, text in found][:2] == ["ق", "ت"]

    def test_spans_are_mostly_those_of_the_model(self, tiny_model: Path, tmp_path: Path) -> None:
        document = marked_document(TRAINING)
        for head in (ENTITY, TRIGGER):
            parity = export_head(tiny_model, tmp_path / head, head, documents=[document])
            assert parity.sentences == len(TRAINING)
            assert parity.largest_difference < 1e-4
            share = parity.identical["average"].share
            assert share is not None
            assert share > 0.8

    def test_scores_of_types_are_those_of_the_head(self, exports: dict[str, Path], tiny_model: Path) -> None:
        model = MarsadModel.from_pretrained(tiny_model).eval()
        classifier = loaded(exports[EVENT_TYPE])
        inputs = classifier.tokenizer(SENTENCE, return_tensors="pt")
        with torch.inference_mode():
            expected = head_logits(model, EVENT_TYPE, inputs["input_ids"], inputs["attention_mask"])[0].sigmoid()
        scores = {
            item["label"]: item["score"] for item in classifier(SENTENCE, top_k=None, function_to_apply="sigmoid")
        }
        assert [scores[label] for label in classifier.model.config.id2label.values()] == pytest.approx(
            expected.tolist(), abs=1e-5
        )

    @pytest.mark.parametrize("name", CONFIGS)
    @pytest.mark.parametrize("head", [TRIGGER, EVENT_TYPE])
    def test_every_architecture_loads_and_agrees(
        self, name: str, head: str, tiny_checkpoint: Path, schema_file: Path, tmp_path: Path
    ) -> None:
        tokenizer = AutoTokenizer.from_pretrained(tiny_checkpoint)
        config = CONFIGS[name]()
        assert tokenizer.vocab_size <= config.vocab_size
        save_model_folder(tmp_path / "model", random_model(config, schema_file), tiny_checkpoint, schema_file)
        parity = export_head(tmp_path / "model", tmp_path / "export", head)
        assert parity.sentences == 5
        assert parity.largest_difference < 1e-4
        assert {path.name for path in (tmp_path / "export").iterdir()} == EXPORTED_FILES

    def test_a_model_with_one_head_exports_that_one(
        self, tiny_checkpoint: Path, schema_file: Path, tmp_path: Path
    ) -> None:
        model = random_model(CONFIGS["bert"](), schema_file, without=(TRIGGER, EVENT_TYPE))
        save_model_folder(tmp_path / "model", model, tiny_checkpoint, schema_file)
        assert export_head(tmp_path / "model", tmp_path / "export", ENTITY).largest_difference < 1e-4
        with pytest.raises(ValueError, match=r"the model has no head 'trigger'; it has entity$"):
            export_head(tmp_path / "model", tmp_path / "other", TRIGGER)


class TestWhatIsCompared:
    def test_spans_are_relative_to_their_sentence(self) -> None:
        document = marked_document(("وصل [أحمد|PER].", "{قُتل|KILL} [علي|PER]."))
        first, second = labelled_sentences([document])
        assert first.found[ENTITY] == {(4, 8, "PER")}
        assert first.found[TRIGGER] == set()
        assert second.text[slice(*second.words[0])] == "قُتل"
        assert second.found[TRIGGER] == {(0, 4, "KILL")}
        assert second.found[EVENT_TYPE] == {(0, len(second.text), "KILL")}

    def test_another_head_does_not_pass(self, exports: dict[str, Path], tiny_model: Path, tmp_path: Path) -> None:
        model = MarsadModel.from_pretrained(tiny_model).eval()
        own = Predictor(tiny_model)
        sentences = labelled_sentences([own.predict(SENTENCE)])
        tokenizer = AutoTokenizer.from_pretrained(tiny_model).backend_tokenizer
        with torch.no_grad():
            model.heads[ENTITY].classifier.bias[0] += 2 * TOLERANCE
        with pytest.raises(ValueError, match=r"differs from the model's by 0\.002 in a logit"):
            check_parity(exports[ENTITY], model, tokenizer, ENTITY, sentences, 0.5)

    def test_other_subwords_do_not_pass(self, exports: dict[str, Path], tiny_model: Path, tmp_path: Path) -> None:
        model = MarsadModel.from_pretrained(tiny_model)
        tokenizer = AutoTokenizer.from_pretrained(tiny_model).backend_tokenizer
        tokenizer.normalizer = None
        sentence = LabelledSentence(SENTENCE, [(0, 6)])
        with pytest.raises(ValueError, match="other subwords than the model's"):
            check_parity(exports[ENTITY], model, tokenizer, ENTITY, [sentence], 0.5)
        with pytest.raises(ValueError, match="there is no sentence to compare"):
            check_parity(exports[ENTITY], model, tokenizer, ENTITY, [], 0.5)


class TestOutput:
    def test_an_earlier_export_is_replaced(self, exports: dict[str, Path], tiny_model: Path) -> None:
        readme = exports[TRIGGER] / "README.md"
        readme.write_text("old", encoding="utf-8")
        export_head(tiny_model, exports[TRIGGER], TRIGGER)
        assert readme.read_text(encoding="utf-8") != "old"

    def test_anything_else_is_replaced_only_if_asked(self, tiny_model: Path, tmp_path: Path) -> None:
        mine = tmp_path / "mine.txt"
        mine.write_text("لا تحذف", encoding="utf-8")
        with pytest.raises(FileExistsError, match="is no earlier export"):
            export_head(tiny_model, tmp_path, ENTITY)
        with pytest.raises(FileExistsError, match="is a file"):
            export_head(tiny_model, mine, ENTITY)
        assert mine.read_text(encoding="utf-8") == "لا تحذف"
        export_head(tiny_model, tmp_path, ENTITY, overwrite=True)
        assert {path.name for path in tmp_path.iterdir()} == EXPORTED_FILES

    @pytest.mark.parametrize("levels", [0, 1])
    def test_the_model_is_never_replaced(self, tiny_model: Path, levels: int) -> None:
        output = [tiny_model, *tiny_model.parents][levels]
        with pytest.raises(ValueError, match="holds the model itself"):
            export_head(tiny_model, output, ENTITY, overwrite=True)
        assert (tiny_model / "model.safetensors").is_file()

    def test_a_failed_export_leaves_what_was_there(
        self, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        export_head(tiny_model, tmp_path / "export", ENTITY)
        before = (tmp_path / "export" / "model.safetensors").read_bytes()
        monkeypatch.setattr("trainer.export.parity.TOLERANCE", -1.0)
        with pytest.raises(ValueError, match="nothing was written"):
            export_head(tiny_model, tmp_path / "export", ENTITY)
        assert (tmp_path / "export" / "model.safetensors").read_bytes() == before
        assert [path.name for path in tmp_path.iterdir()] == ["export"]

    def test_what_was_there_comes_back_if_the_new_folder_cannot_take_its_place(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "export").mkdir()
        (tmp_path / "export" / "mine.txt").touch()
        rename = Path.rename

        def fail(self: Path, target: Path) -> Path:
            if self.name == "new":
                raise PermissionError("not here")
            return rename(self, target)

        monkeypatch.setattr(Path, "rename", fail)
        with pytest.raises(PermissionError, match="not here"), replaced_folder(tmp_path / "export"):
            pass
        assert [path.name for path in tmp_path.iterdir()] == ["export"]
        assert (tmp_path / "export" / "mine.txt").is_file()


class TestErrors:
    def test_a_head_that_the_model_has_not(self, schema_file: Path) -> None:
        model = random_model(CONFIGS["bert"](), schema_file)
        with pytest.raises(ValueError, match="the model has no head 'argument'; it has entity, trigger, event_type"):
            plain_model(model, "argument")

    def test_an_encoder_of_another_architecture(self, schema_file: Path) -> None:
        sizes = {"vocab_size": 30, "hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 16}
        encoder = AutoModel.from_config(AlbertConfig(**sizes, embedding_size=8))
        model = MarsadModel.with_encoder(encoder, heads_for_schema(load_schema(schema_file)))
        with pytest.raises(
            ValueError, match="'albert' encoder cannot be exported; those of bert, roberta, xlm-roberta"
        ):
            plain_model(model, ENTITY)


class TestCommand:
    def run(self, *arguments: str | Path) -> int:
        with pytest.raises(SystemExit) as ended:
            main(["export", *(str(argument) for argument in arguments)])
        return int(ended.value.code or 0)

    def test_it_prints_how_near_the_export_is(
        self, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "in.txt").write_text("\n".join(marked_document(TRAINING).text.splitlines()), encoding="utf-8")
        arguments = (tiny_model, tmp_path / "new" / "export", "--head", "entity", "--input", tmp_path / "in.txt")
        assert self.run(*arguments) == 0
        printed = capsys.readouterr().out
        assert f"exported: {tmp_path / 'new' / 'export'}" in printed
        assert f"largest difference of logits on {len(TRAINING)} sentences: " in printed
        assert "average, words given" in printed

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ("{model} new --head argument", "the model has no head 'argument'; it has entity, trigger, event_type"),
            ("none new --head entity", "none is no Marsad model"),
            ("{model} new --head entity --input none.txt", "there is no file or folder none.txt"),
            ("{model} new --head entity --input blank.txt", "there is no sentence to compare"),
            ("{model} new --head entity --input old.txt", "old.txt (byte 1): it is not UTF-8"),
        ],
    )
    def test_an_error_is_one_sentence_and_nothing_is_written(
        self,
        tiny_model: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        arguments: str,
        message: str,
    ) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "blank.txt").write_text("\n", encoding="utf-8")
        (tmp_path / "old.txt").write_bytes("قتل".encode("cp1256"))
        assert self.run(*arguments.format(model=tiny_model).split()) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("error: ")
        assert message in line
        assert {path.name for path in tmp_path.iterdir()} == {"blank.txt", "old.txt"}
