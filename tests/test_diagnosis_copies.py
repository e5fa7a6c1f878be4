"""Sentences that stand in two splits, documents that stand twice in one, sentences that no window holds."""

from __future__ import annotations

from conftest import marked_document
from tokenizers import Tokenizer, models, pre_tokenizers

from trainer.diagnosis.findings import Finding
from trainer.diagnosis.long_sentences import long_sentences
from trainer.diagnosis.split_copies import split_copies
from trainer.documents import Document, Origin

WIRE = "قُتل خمسة مدنيين وجرح سبعة آخرون في قصف على سوق بلدة المزيريب غرب درعا صباح الثلاثاء"
EDITED = "قتل خمسة مدنيين وجرح سبعة آخرون في قصف على سوق بلدة المزيريب غربي درعا صباح أمس"
OTHER = "وصل وفد من الأمم المتحدة إلى مخيم اليرموك لتقييم حاجات السكان بعد أعوام من الحصار"


def document(id: str, *sentences: str) -> Document:
    made = marked_document([sentence + "." for sentence in sentences], id)
    made.origin = Origin(f"{id}.txt", tuple((s.start, number) for number, s in enumerate(made.sentences, 1)))
    return made


def copies(groups: list[list[str]] | None = None, **splits: list[Document]) -> list[Finding]:
    return list(split_copies(splits, groups or []))


class TestSentencesOfTwoSplits:
    def test_a_sentence_that_was_learnt_is_told_where_it_is_tested(self) -> None:
        (finding,) = copies(test=[document("ب", OTHER, WIRE)], train=[document("أ", WIRE)])
        assert (finding.kind, finding.document, finding.place, finding.score) == ("near-duplicate", "ب", "ب.txt:2", 1.0)
        assert finding.text == WIRE + "."
        assert "this sentence of test is one of train (أ.txt:1)" in finding.message

    def test_spelling_and_small_edits_do_not_hide_it(self) -> None:
        (finding,) = copies(train=[document("أ", WIRE)], validation=[document("ب", EDITED)])
        assert "is nearly one of train" in finding.message
        assert finding.score is not None
        assert 0.4 < finding.score < 1

    def test_it_is_told_once_however_often_it_was_learnt(self) -> None:
        train = [document("أ", WIRE), document("ج", EDITED, OTHER)]
        assert len(copies(train=train, validation=[document("ب", WIRE)])) == 1

    def test_text_for_training_only_counts_as_learnt(self) -> None:
        (finding,) = copies(validation=[document("ب", WIRE)], training_only=[document("أ", WIRE)])
        assert "of validation is one of training_only" in finding.message

    def test_different_and_short_sentences_are_passed_over(self) -> None:
        assert (
            copies(train=[document("أ", WIRE, "المصدر: وكالات")], test=[document("ب", OTHER, "المصدر: وكالات")]) == []
        )


class TestDocumentsOfOneSplit:
    def test_a_document_that_mostly_repeats_another_is_told_with_it(self) -> None:
        (finding,) = copies(train=[document("أ", WIRE, OTHER), document("ب", WIRE)])
        assert (finding.document, finding.score) == ("ب", 1.0)
        assert "document ب of train repeats document أ (أ.txt:1): 1 of its 1 sentences" in finding.message

    def test_one_quoted_sentence_is_no_copy(self) -> None:
        own = [OTHER, "عقد مجلس الأمن جلسة طارئة لبحث الوضع في إدلب مساء الخميس"]
        assert copies(train=[document("أ", WIRE), document("ب", WIRE, *own)]) == []

    def test_of_documents_in_one_group_nothing_is_told(self) -> None:
        train = [document("أ", WIRE), document("ب", WIRE)]
        assert copies([["أ", "ب"]], train=train) == []
        assert len(copies([["أ", "ج"]], train=train)) == 1


class TestLongSentences:
    def test_a_sentence_of_more_subwords_than_the_window_is_told(self) -> None:
        tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
        tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
        made = document("أ", "وصل الوفد", WIRE)
        words = len(WIRE.split())
        (finding,) = long_sentences({"train": [made]}, tokenizer, words - 1)
        assert (finding.place, finding.text) == ("أ.txt:2", WIRE + ".")
        assert f"a sentence of {words} subwords, more than the window of {words - 1}" in finding.message
        assert list(long_sentences({"train": [made]}, tokenizer, words)) == []

    def test_a_tokenizer_that_cuts_and_fills_up_counts_all_subwords_and_no_others(self) -> None:
        tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "[PAD]": 1}, unk_token="[UNK]"))
        tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
        tokenizer.enable_truncation(4)
        tokenizer.enable_padding(length=4)
        (finding,) = long_sentences({"train": [document("أ", "وصل الوفد", WIRE)]}, tokenizer, 3)
        assert finding.text == WIRE + "."
        assert f"a sentence of {len(WIRE.split())} subwords" in finding.message
