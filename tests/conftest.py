"""What the tests share: a tiny encoder, a tiny labelled corpus, and a model trained on it.

Everything is made here, offline: the bundled encoder comes from the installed weights package, the
rest from the sentences below.
"""

from __future__ import annotations

import os

# Before any library reads them: the tests never reach the model hub.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_OFFLINE"] = "1"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.pop("MARSAD_MODEL", None)

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import regex
import torch
import yaml
from hypothesis import settings as hypothesis_settings

pytest_plugins = ["browser"]
# Small tensors on more threads only wait for each other.
torch.set_num_threads(1)
hypothesis_settings.register_profile("marsad", deadline=None, derandomize=True, max_examples=60)
hypothesis_settings.load_profile("marsad")

SCHEMA = """\
name: tiny-conflict
entities:
  - {name: PER, arabic: شخص, definition: A named person.}
  - {name: GPE, arabic: مدينة أو دولة, definition: A named place with a government.}
  - {name: ARMED, arabic: قوة مسلحة, definition: An armed force or group.}
events:
  - {name: KILL, arabic: قتل, definition: Deaths.}
  - {name: CAPTURE, arabic: سيطرة, definition: Taking of places.}
  - {name: SHELLING, arabic: قصف, definition: Artillery and rocket fire.}
"""

# In the notation of data/GUIDELINES.md: [entity|LABEL], {trigger|TYPE}.
TRAINING = (
    "{سيطرت|CAPTURE} [قوات النظام|ARMED] على [مدينة حلب|GPE] أمس.",
    "{قُتل|KILL} خمسة مدنيين في {قصف|SHELLING} على [إدلب|GPE].",
    "وصل [أحمد الخالد|PER] إلى [دمشق|GPE].",
    "{قصفت|SHELLING} [قوات النظام|ARMED] بلدة في ريف [حلب|GPE]، و{قُتل|KILL} [محمد العلي|PER].",
    "الطقس بارد اليوم في المدينة.",
    "{سيطر|CAPTURE} [تنظيم داعش|ARMED] على [الرقة|GPE].",
    "قال [محمد العلي|PER] إن الأسواق مفتوحة.",
    "{مقتل|KILL} عنصرين من [تنظيم داعش|ARMED] قرب [الحسكة|GPE].",
    "أعلنت [قسد|ARMED] {السيطرة|CAPTURE} على [الحسكة|GPE].",
    "عقدت الحكومة اجتماعاً في [دمشق|GPE].",
)
VALIDATION = (
    "{سيطرت|CAPTURE} [قسد|ARMED] على [مدينة الرقة|GPE].",
    "{قُتل|KILL} [أحمد الخالد|PER] في {قصف|SHELLING} على [حلب|GPE].",
    "قال [محمد العلي|PER] إن الطقس بارد.",
)
TEST = (
    "{قصف|SHELLING} [تنظيم داعش|ARMED] [دمشق|GPE] أمس.",
    "{مقتل|KILL} خمسة مدنيين في [إدلب|GPE].",
)
SPLITS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "train": {"t1": TRAINING[:5], "t2": TRAINING[5:]},
    "validation": {"v1": VALIDATION},
    "test": {"x1": TEST},
}
# A run that takes seconds and still learns: the tests need a model that finds something.
QUICK_RUN: Mapping[str, Any] = {
    "window": 48,
    "num_train_epochs": 24,
    "per_device_train_batch_size": 4,
    "learning_rate": 3e-3,
    "head_learning_rate": 1e-2,
    "dropout": 0.0,
    "precision": "fp32",
    "seed": 3,
    "disable_tqdm": True,
}
CorpusWriter = Callable[..., Path]
_MARKED = regex.compile(r"\[(?<text>[^\[\]{}|]+)\|(?<label>\w+)\]|\{(?<text>[^\[\]{}|]+)\|(?<type>\w+)\}")

# What the tiny model is asked to label: a text of three sentences, and all sentences of the corpus without labels.
TEXT = "سيطرت قوات النظام على مدينة حلب أمس. قُتل خمسة مدنيين في قصف على إدلب.\nوصل أحمد الخالد إلى دمشق."
SENTENCES = [_MARKED.sub(r"\g<text>", sentence) for sentence in (*TRAINING, *VALIDATION, *TEST)]


def marked_document(sentences: Sequence[str], id: str = "") -> Any:
    """Read sentences in the notation of the guidelines as one document, a sentence a line."""
    from trainer.documents import Document

    marked = "\n".join(sentences)
    text, spans, position = "", [], 0
    for match in _MARKED.finditer(marked):
        text += marked[position : match.start()]
        spans.append((len(text), len(text) + len(match["text"]), match["label"], match["type"]))
        text += match["text"]
        position = match.end()
    document = Document.from_text(text + marked[position:], id=id)
    for start, end, label, type in spans:
        if label:
            document.add_entity(start, end, label)
        else:
            document.add_event(start, end, type)
    document.set_event_types_from_triggers()
    return document


def write_tiny_corpus(folder: Path, splits: Mapping[str, Mapping[str, Sequence[str]]] = SPLITS) -> Path:
    """Write a corpus in brat form with its own schema; return its ``dataset.yaml``."""
    from trainer.formats.brat import write_brat_file

    texts = folder / "gold"
    texts.mkdir(parents=True)
    (folder / "schema.yaml").write_text(SCHEMA, encoding="utf-8")
    for documents in splits.values():
        for id, sentences in documents.items():
            write_brat_file(marked_document(sentences, id), texts / f"{id}.txt")
    ids = {split: list(documents) for split, documents in splits.items()}
    metadata = {"documents": {id: {"source": "invented"} for names in ids.values() for id in names}}
    (folder / "metadata.yaml").write_text(yaml.safe_dump(metadata), encoding="utf-8")
    corpus = {"name": "tiny", "schema": "schema.yaml", "annotations": "gold", "metadata": "metadata.yaml"}
    (folder / "dataset.yaml").write_text(yaml.safe_dump({**corpus, "splits": ids}, sort_keys=False), encoding="utf-8")
    return folder / "dataset.yaml"


def save_wordpiece_checkpoint(folder: Path) -> Path:
    """Write a checkpoint like the Arabic BERTs on the hub: WordPiece, BertModel, safetensors."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    # Put together, not trained: the trainers of ``tokenizers`` give another vocabulary every time.
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words = {word for sentence in TRAINING for word in regex.findall(r"\p{Arabic}+", sentence)}
    letters = sorted({*"ابتثجحخدذرزسشصضطظعغفقكلمنهويىةءأإآؤئ0123456789،.؟!()[]{}«»”“"} | set("".join(words)))
    vocabulary = [*special, *letters, *(f"##{letter}" for letter in letters), *sorted(words - set(letters))]
    tokenizer = Tokenizer(models.WordPiece({token: id for id, token in enumerate(vocabulary)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    ids = {token: tokenizer.token_to_id(token) for token in special}
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_max_length=128,
    ).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
        pad_token_id=ids["[PAD]"],
    )
    BertModel(config).save_pretrained(folder)
    return folder


def quick_settings(**changes: Any) -> Any:
    """Return the settings of a run of seconds; needs ``data``, ``output_dir`` and ``encoder``."""
    from trainer.training.settings import check_settings

    named = {key: str(value) if isinstance(value, Path) else value for key, value in changes.items()}
    return check_settings({**QUICK_RUN, **named}, "test")


@dataclass(frozen=True)
class Result:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


Marsad = Callable[..., Result]


@pytest.fixture
def marsad(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Marsad:
    """Run the command in this process, on a screen of 80 columns."""
    from trainer.cli.app import main

    monkeypatch.delenv("MARSAD_DEBUG", raising=False)
    monkeypatch.setenv("COLUMNS", "80")

    def run(*arguments: str | Path) -> Result:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return Result(int(ended.value.code or 0), printed.out, printed.err)

    return run


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a BERT of two layers and a WordPiece tokenizer."""
    return save_wordpiece_checkpoint(tmp_path_factory.mktemp("encoder") / "tiny-bert")


@pytest.fixture(scope="session")
def tiny_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``dataset.yaml`` of a corpus of four invented articles."""
    return write_tiny_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory, tiny_checkpoint: Path, tiny_corpus: Path) -> Path:
    """The folder of a model trained on the tiny corpus."""
    from trainer.training.run import train

    settings, arguments = quick_settings(
        data=tiny_corpus, output_dir=tmp_path_factory.mktemp("run"), encoder=tiny_checkpoint
    )
    train(settings, arguments)
    return settings.model_folder


@pytest.fixture
def model_copy(tiny_model: Path, tmp_path: Path) -> Path:
    """A copy of the tiny model to change; its folder has the name ``copy``."""
    return Path(shutil.copytree(tiny_model, tmp_path / "copy"))


@pytest.fixture(scope="session")
def predictor(tiny_model: Path) -> Any:
    """The tiny model, loaded to label texts."""
    from trainer.inference.api import load

    return load(tiny_model, device="cpu", precision="fp32")


@pytest.fixture(scope="session")
def bundled_encoder() -> Path:
    """The folder of the bundled encoder, built once into the user's cache."""
    from trainer.encoders.bundled import build_bundled_encoder

    return build_bundled_encoder()
