"""Which sentences count as copies of others, what the fingerprints hold, and what the data check says of copies."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
import yaml
from conftest import TEST, TRAINING, VALIDATION, write_tiny_corpus
from hypothesis import given
from strategies import ANY_TEXT

from trainer.data.check import check_corpus
from trainer.data.corpus import load_corpus
from trainer.data.near_duplicates import NearDuplicate, SentenceFingerprints, folded_words
from trainer.documents import Document

SHIPPED = Path(__file__).resolve().parents[1] / "data" / "dataset.yaml"
# 26 words.
REPORT = (
    "أعلنت «قوات سوريا الديمقراطية» السيطرة على مدينة الشدادي جنوبي الحسكة بعد معارك عنيفة مع تنظيم داعش "
    "استمرت 12 يوماً وأسفرت عن مقتل 30 عنصراً من التنظيم."
)
OTHER = "وصل وفد من الأمم المتحدة إلى دمشق أمس لبحث إدخال المساعدات الإنسانية إلى البلدات المحاصرة في ريفها."
SAME_FIGHT = (
    "قال ناشطون إن قوات سوريا الديمقراطية تقدمت أمس نحو الشدادي وسيطرت على ثلاث قرى قرب الحسكة، بينما انسحب "
    "عناصر تنظيم داعش باتجاه دير الزور."
)


def article(*sentences: str, id: str = "خبر") -> Document:
    """Return a document with a sentence a line."""
    return Document.from_text("\n".join(sentences), id=id)


def matches(sentence: str, *trained_on: str) -> list[NearDuplicate]:
    """Return what is found for one sentence in the fingerprints of an article."""
    document = article(sentence)
    assert len(document.sentences) == 1
    return SentenceFingerprints.of([article(*trained_on, id="تدريب")]).find([document])


class TestCopies:
    def test_a_copy_is_found_with_its_place_and_that_of_the_original(self) -> None:
        fingerprints = SentenceFingerprints.of([article(OTHER, id="010"), article(OTHER[:40], REPORT, id="011")])
        assert fingerprints.find([article(SAME_FIGHT, REPORT, id="020")]) == [
            NearDuplicate("020", 1, "011", 1, shared=24, similarity=1.0, exact=True, use="trained_on")
        ]

    @pytest.mark.parametrize(
        "copy",
        [
            pytest.param(REPORT.replace("«", "").replace("»", ""), id="without quotes"),
            pytest.param(REPORT.replace("«", "“ ").replace("»", " ”"), id="other quotes"),
            pytest.param(REPORT.replace("أعلنت", "أَعْلَنَت").replace("مقتل", "مقتـــل"), id="diacritics and tatweel"),
            pytest.param(REPORT.replace("12", "١٢").replace("30", "۳۰"), id="Arabic and Persian digits"),
            pytest.param(REPORT.replace("أ", "ا").replace("ي ", "ى "), id="bare alef and alef maqsura"),
            pytest.param(REPORT.replace("ة ", "ه ").replace("ي", "ی"), id="ta marbuta as ha, Persian ya"),
            pytest.param(REPORT.replace(" بعد", "، بعد").replace(" استمرت", " - استمرت")[:-1], id="punctuation"),
            pytest.param("\u200f" + REPORT.replace(" ", "\u00a0"), id="direction marks and no-break spaces"),
            pytest.param(REPORT.replace("على", "ﻋﻠﻰ"), id="presentation forms"),
        ],
    )
    def test_spelling_does_not_hide_a_copy(self, copy: str) -> None:
        assert copy != REPORT
        (found,) = matches(copy, OTHER, REPORT)
        assert found.exact
        assert (found.similarity, found.training_sentence) == (1.0, 1)

    def test_quotes_behind_a_clitic_are_no_gap_between_words(self) -> None:
        assert folded_words('لـ"قسد" و«داعش»') == folded_words("لقسد وداعش") == ["لقسد", "وداعش"]

    @pytest.mark.parametrize("word", ["الشدادي", "12", "أعلنت", "التنظيم"])
    def test_one_changed_word_in_a_long_sentence_does_not_hide_it(self, word: str) -> None:
        assert word in REPORT
        (found,) = matches(REPORT.replace(word, "الهول"), REPORT)
        assert not found.exact
        assert 0.8 < found.similarity < 1.0

    def test_one_changed_word_in_a_sentence_of_nine_does_not_hide_it(self) -> None:
        sentence = "مقتل ثلاثة جنود أتراك في هجوم لحزب العمال الكردستاني"
        (found,) = matches(sentence.replace("أتراك", "أمس"), sentence)
        assert (found.shared, found.exact) == (4, False)

    @pytest.mark.parametrize("part", [REPORT[: REPORT.index(" استمرت")], REPORT[REPORT.index("بعد معارك") :]])
    def test_a_long_part_is_found_in_the_whole_and_the_whole_by_its_part(self, part: str) -> None:
        for sentence, trained_on in ((part, REPORT), (REPORT, part)):
            (found,) = matches(sentence, OTHER, trained_on)
            assert (found.similarity, found.exact) == (1.0, False)

    def test_a_sentence_joined_from_two_is_found(self) -> None:
        assert len(matches(f"{REPORT[:-1]}، و{OTHER}", REPORT, OTHER)) == 1

    def test_the_closest_original_is_named(self) -> None:
        edited = REPORT.replace("عنيفة", "ضارية")
        (found,) = matches(REPORT, edited, REPORT, edited)
        assert found.training_sentence == 1

    def test_what_was_trained_on_goes_before_what_was_only_chosen_on(self) -> None:
        edited = REPORT.replace("عنيفة", "ضارية")
        fingerprints = SentenceFingerprints.of([article(edited, id="a")], chosen_on=[article(REPORT, OTHER, id="b")])
        uses = [(found.training_document, found.use) for found in fingerprints.find([article(REPORT, OTHER)])]
        assert uses == [("a", "trained_on"), ("b", "chosen_on")]


class TestWhatIsNoCopy:
    @pytest.mark.parametrize(
        ("sentence", "trained_on"),
        [
            pytest.param(SAME_FIGHT, REPORT, id="the same fight in other words"),
            pytest.param(OTHER, REPORT, id="another story"),
            pytest.param(
                "أفاد المرصد السوري لحقوق الإنسان بمقتل طفل في قصف على إدلب.",
                "أفاد المرصد السوري لحقوق الإنسان بأن داعش أعدم أربعة سائقين.",
                id="one source",
            ),
            pytest.param(
                "هنأت شخصيتان قياديتان من المقاومة الشعبية في محافظة مأرب خادم الحرمين الشريفين الملك سلمان بن "
                "عبدالعزيز آل سعود بمناسبة عيد الفطر المبارك.",
                "الأخ العزيز خادم الحرمين الشريفين الملك سلمان بن عبدالعزيز آل سعود",
                id="one long title",
            ),
            pytest.param("قتل قتل قتل قتل قتل قتل.", "قتل قتل قتل.", id="one word over and over"),
        ],
    )
    def test_likeness_is_no_copy(self, sentence: str, trained_on: str) -> None:
        assert matches(sentence, trained_on) == []
        assert matches(trained_on, sentence) == []
        assert len(matches(sentence, sentence)) == 1

    @pytest.mark.parametrize("heading", ["المصدر: وكالات", "معارك", "هـ. ع", "عبد ربه منصور هادي", "2015/8/4", "***"])
    def test_a_short_heading_may_stand_everywhere(self, heading: str) -> None:
        assert SentenceFingerprints.of([article(heading)]).find([article(heading)]) == []
        assert matches(f"{heading} {REPORT}".replace("\n", " "), heading) == []

    def test_from_five_words_on_a_whole_sentence_counts(self) -> None:
        assert len(matches("قُتل مدني في قصف ببلدة؟", "قتل مدنى فى قصف ببلدة")) == 1
        assert matches("قتل مدني في قصف", "قتل مدني في قصف") == []

    @pytest.mark.parametrize("text", ["", " \n\n ", "…\n!"])
    def test_an_empty_document_neither_has_nor_is_a_copy(self, text: str) -> None:
        empty, full = Document.from_text(text, "فارغ"), article(REPORT)
        assert SentenceFingerprints.of([empty]).find([full, empty]) == []
        assert SentenceFingerprints.of([full]).find([empty]) == []
        assert SentenceFingerprints.of([]).find([full]) == []
        assert len(SentenceFingerprints.of([empty, full]).find([empty, full])) == 1

    def test_the_splits_of_the_tests_have_no_copies(self) -> None:
        assert matches_of_splits("train", "validation", "test") == set()


def matches_of_splits(*names: str) -> set[tuple[str, str]]:
    """Return which of the tests' splits repeat each other."""
    texts = {"train": TRAINING, "validation": VALIDATION, "test": TEST}
    return {
        (one, other)
        for one in names
        for other in names
        if one != other and SentenceFingerprints.of([article(*texts[one])]).find([article(*texts[other])])
    }


class TestTheShippedCorpus:
    """The threshold separates what it was chosen to separate."""

    @pytest.fixture(scope="class")
    def shipped(self) -> dict[str, Document]:
        return {document.id: document for document in load_corpus(SHIPPED).documents}

    def test_the_copies_of_one_wire_story_are_found(self, shipped: dict[str, Document]) -> None:
        found = SentenceFingerprints.of([shipped["000"]]).find([shipped["001"]])
        assert [match.sentence for match in found] == [1, 2, 3, 4]
        assert min(match.similarity for match in found) > 0.6

    def test_articles_about_the_same_fighting_are_not(self, shipped: dict[str, Document]) -> None:
        trained_on = [shipped[id] for id in ("000", "001", "002")]
        fingerprints = SentenceFingerprints.of(trained_on, chosen_on=[shipped["003"]])
        assert fingerprints.find([shipped["004"]]) == []
        assert SentenceFingerprints.of(trained_on).find([shipped["003"]]) == []


class TestTheFile:
    @pytest.fixture
    def fingerprints(self) -> SentenceFingerprints:
        trained_on = [article(REPORT, OTHER, id="010"), Document.from_text("", "\ud800")]
        return SentenceFingerprints.of(trained_on, chosen_on=[article(SAME_FIGHT, id="011")])

    def test_what_is_read_finds_what_was_written(self, fingerprints: SentenceFingerprints, tmp_path: Path) -> None:
        fingerprints.save(tmp_path / "f.npz")
        test = [article(SAME_FIGHT, REPORT, OTHER)]
        read = SentenceFingerprints.load(tmp_path / "f.npz")
        assert read.find(test) == fingerprints.find(test)
        assert len(read.find(test)) == 3
        assert read.documents == ["010", "\ud800", "011"]

    def test_nothing_can_be_read_back_as_text(self, fingerprints: SentenceFingerprints, tmp_path: Path) -> None:
        fingerprints.save(tmp_path / "f.npz")
        content = (tmp_path / "f.npz").read_bytes()
        assert b"010" in content
        for word in {*folded_words(REPORT), *REPORT.split()} - {"12", "30"}:
            assert word.encode("utf-8") not in content
            assert word.encode("utf-32-le") not in content

    def test_the_same_documents_give_the_same_bytes(self, fingerprints: SentenceFingerprints, tmp_path: Path) -> None:
        fingerprints.save(tmp_path / "one.npz")
        SentenceFingerprints.load(tmp_path / "one.npz").save(tmp_path / "two.npz")
        assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()

    def test_no_documents_can_be_written_too(self, tmp_path: Path) -> None:
        SentenceFingerprints.of([]).save(tmp_path / "f.npz")
        assert SentenceFingerprints.load(tmp_path / "f.npz").find([article(REPORT)]) == []

    @pytest.mark.parametrize("damage", ["empty", "cut", "text", "pickle", "other arrays", "other version", "far place"])
    def test_a_damaged_file_is_refused_with_its_name(
        self, fingerprints: SentenceFingerprints, tmp_path: Path, damage: str
    ) -> None:
        path = tmp_path / "f.npz"
        fingerprints.save(path)
        with np.load(path) as file:
            arrays = dict(file)
        content = path.read_bytes()
        if damage == "pickle":
            np.savez(path, **{**arrays, "wholes": np.array([REPORT, None], dtype=object)})
        elif damage == "other arrays":
            np.savez(path, **{**arrays, "wholes": arrays["wholes"][1:]})
        elif damage == "other version":
            about = arrays["about"].tobytes().replace(b'"version": 1', b'"version": 9')
            np.savez(path, **{**arrays, "about": np.frombuffer(about, dtype=np.uint8)})
        elif damage == "far place":
            np.savez(path, **{**arrays, "places": arrays["places"] + np.array([9, 0, 0, 0], dtype="<i4")})
        else:
            path.write_bytes({"empty": b"", "cut": content[:-100], "text": REPORT.encode()}[damage])
        with pytest.raises(ValueError, match=r"f\.npz is no file of sentence fingerprints that this Marsad reads"):
            SentenceFingerprints.load(path)

    def test_it_is_small_and_quick_to_search(self, tmp_path: Path) -> None:
        # 30 words a sentence, all different: 150,000 words.
        training = [article(*(numbered(row) for row in range(start, start + 500))) for start in range(0, 5000, 500)]
        fingerprints = SentenceFingerprints.of(training)
        fingerprints.save(tmp_path / "f.npz")
        assert 100_000 < (tmp_path / "f.npz").stat().st_size < 2_000_000
        test = article(*(numbered(row) for row in range(4972, 5028)))
        begin = time.process_time()
        found = fingerprints.find([test])
        assert time.process_time() - begin < 1.0
        assert [match.sentence for match in found] == list(range(28))


def numbered(row: int) -> str:
    return " ".join(f"قتل{row}{chr(ord('ا') + word)}" for word in range(30))


@given(ANY_TEXT, ANY_TEXT)
def test_any_text_can_be_compared(one: str, other: str) -> None:
    documents = [Document.from_text(one, "1"), Document.from_text(f"{other}\n{REPORT}", "2")]
    fingerprints = SentenceFingerprints.of(documents)
    found = {(match.document, match.sentence): match for match in fingerprints.find(documents)}
    assert ("2", len(documents[1].sentences) - 1) in found
    for document in documents:
        for index, sentence in enumerate(document.sentences):
            words = folded_words(document.text[sentence.start : sentence.end])
            assert ((document.id, index) in found) or len(words) < 5
            assert not any("\ud800" <= character <= "\udfff" for word in words for character in word)


class TestTheDataCheck:
    @staticmethod
    def corpus(folder: Path, *groups: list[str], **documents: list[str]) -> Path:
        """Write a corpus whose documents are named by their split and a number: train1, test1."""
        splits: dict[str, dict[str, list[str]]] = {"train": {}, "test": {}}
        for id, sentences in documents.items():
            splits[id.rstrip("0123456789")][id] = sentences
        path = write_tiny_corpus(folder / "corpus", splits)
        path.write_text(path.read_text(encoding="utf-8") + yaml.safe_dump({"groups": list(groups)}), encoding="utf-8")
        return path

    def test_copies_in_two_splits_are_reported_once_with_what_to_do(self, tmp_path: Path) -> None:
        edited = REPORT.replace("الشدادي", "الهول")
        path = self.corpus(tmp_path, train1=[OTHER, REPORT], test1=[edited, TRAINING[5]])
        assert check_corpus(path).problems == [
            f"{path}: test1 (test) and train1 (train) repeat each other in 1 sentence: sentence 1 of test1 is nearly "
            "sentence 2 of train1 (similarity 0.88). Put them in one group"
        ]

    def test_copies_in_one_split_need_a_group_too(self, tmp_path: Path) -> None:
        for name, groups, problems in (("a", [], 1), ("b", [["train1", "train2"]], 0), ("c", [["train1", "x"]], 1)):
            path = self.corpus(tmp_path / name, *groups, train1=[REPORT], train2=[REPORT], test1=[OTHER])
            assert len(check_corpus(path).problems) == problems, name

    def test_one_short_formula_ties_no_articles_together(self, tmp_path: Path) -> None:
        formula = "السلام عليكم ورحمة الله وبركاته"
        assert len(matches(formula, formula)) == 1
        path = self.corpus(tmp_path, train1=[formula, REPORT], test1=[formula, OTHER])
        assert check_corpus(path).problems == []
