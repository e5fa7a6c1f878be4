"""What cross-validation finds wrong in annotation, how it is told, and what a corpus needs for it."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import marked_document

from trainer.annotations import Origin
from trainer.data.tags import entity_tags
from trainer.diagnosis.copy_safe_folds import copy_safe_folds
from trainer.diagnosis.doubts import Doubt, doubts
from trainer.diagnosis.error_findings import span_finding
from trainer.diagnosis.findings import Finding
from trainer.diagnosis.frozen_states import frozen_states
from trainer.diagnosis.label_errors import LEAST_EXAMPLES, find_label_errors
from trainer.documents import Document
from trainer.extras import EXTRAS

FORCES = ("قسد", "تنظيم داعش", "قوات النظام")
TOWNS = ("حلب", "دمشق", "الرقة", "إدلب", "الحسكة")
SENTENCES = (
    "{{سيطرت|CAPTURE}} [{force}|ARMED] على [{town}|GPE] {day}.",
    "انسحبت [{force}|ARMED] من [{town}|GPE] {day}.",
    "قال ناشطون إن [{force}|ARMED] {{قصفت|SHELLING}} [{town}|GPE] {day}.",
)
DAYS = ("أمس", "اليوم", "صباحاً", "مساءً", "ليلاً")
Finder = Callable[..., list[Finding]]


def articles(count: int = 24) -> list[Document]:
    """Return articles of three sentences that no two articles share."""
    told = [
        sentence.format(force=force, town=town, day=day)
        for day, force, town, sentence in product(DAYS, FORCES, TOWNS, SENTENCES)
    ]
    # Seven and 225 have no common divisor, so that every sentence comes once, in an order that mixes all.
    order = [told[7 * position % len(told)] for position in range(3 * count)]
    documents = [marked_document(order[3 * number : 3 * number + 3], f"{number:03}") for number in range(count)]
    for document in documents:
        starts = enumerate((sentence.start for sentence in document.sentences), start=1)
        document.origin = Origin(f"{document.id}.marked", tuple((start, line) for line, start in starts))
    return documents


def mislabelled(documents: Sequence[Document], name: str, label: str, times: int) -> list[tuple[str, int]]:
    """Give ``label`` to the first mentions of ``name``, each in an article of its own; return where they are."""
    named = [[entity for entity in document.entities if entity.text == name] for document in documents]
    changed = []
    for document, (entity, *_) in islice(((d, own) for d, own in zip(documents, named, strict=True) if own), times):
        entity.label = label
        changed.append((document.id, entity.start))
    assert len(changed) == times
    return changed


def places(findings: Sequence[Finding]) -> set[tuple[str, int]]:
    """Return the documents and offsets of findings."""
    return {(finding.document, finding.start) for finding in findings}


@pytest.fixture
def find(tiny_checkpoint: Path) -> Finder:
    """Look for errors with the tiny encoder."""

    def found(*documents: Document, **options: Any) -> list[Finding]:
        half = len(documents) // 2
        splits = {"train": documents[:half], "test": documents[half:]}
        return list(find_label_errors(splits, encoder=str(tiny_checkpoint), **options))

    return found


class TestWhatIsFound:
    def test_a_name_that_is_mislabelled_twice_among_many_stands_first(self, find: Finder) -> None:
        documents = articles()
        changed = mislabelled(documents, "قسد", "GPE", 2)
        findings = find(*documents)
        assert places(findings[:2]) == set(changed)
        for finding in findings[:2]:
            assert (finding.kind, finding.label, finding.suggested) == ("label-error", "GPE", "ARMED")
            assert finding.message == f"'قسد' is GPE here; cross-validation says ARMED ({finding.score:.2f})"

    def test_every_finding_is_of_its_documents_text_and_says_file_and_line(self, find: Finder) -> None:
        documents = articles()
        mislabelled(documents, "قسد", "GPE", 2)
        mislabelled(documents, "حلب", "ARMED", 2)
        texts = {document.id: document.text for document in documents}
        findings = find(*documents)
        assert len(findings) >= 2
        for finding in findings:
            text = texts[finding.document]
            line = text[: finding.start].count("\n") + 1
            assert text[finding.start : finding.end] == finding.text
            assert (finding.place, finding.line) == (f"{finding.document}.marked:{line}", line)
            assert 0 < (finding.score or 0) <= 1

    def test_a_missed_span_is_found_and_suggested_with_its_label(self, find: Finder) -> None:
        documents = articles()
        missed = documents[5].entities.pop(1)
        first = find(*documents)[0]
        assert (first.document, first.start, first.end) == ("005", missed.start, missed.end)
        assert (first.label, first.suggested) == ("", missed.label)
        assert first.message.startswith(f"'{missed.text}' is no entity here; cross-validation says {missed.label} (")

    def test_superfluous_spans_are_found_and_no_label_is_suggested(self, find: Finder) -> None:
        documents = articles()
        changed = set()
        for document in documents[3:5]:
            start = document.text.index("على")
            document.add_entity(start, start + len("على"), "GPE")
            changed.add((document.id, start))
        findings = find(*documents)[:2]
        assert places(findings) == changed
        for finding in findings:
            assert (finding.label, finding.suggested) == ("GPE", "")
            assert finding.message.startswith("'على' is GPE here; cross-validation says no label (")

    def test_a_trigger_of_the_wrong_type_is_found(self, find: Finder) -> None:
        documents = articles()
        document = next(document for document in documents if any(event.type == "CAPTURE" for event in document.events))
        event = next(event for event in document.events if event.type == "CAPTURE")
        event.type = "SHELLING"
        assert any(
            (finding.document, finding.start, finding.label, finding.suggested)
            == (document.id, event.trigger.start, "SHELLING", "CAPTURE")
            for finding in find(*documents)[:3]
        )

    def test_types_of_sentences_are_looked_at_where_there_are_no_triggers(self, find: Finder) -> None:
        documents = articles()
        changed = set()
        for number, document in enumerate(documents):
            document.keep_layers(["event_types"])
            quiet = [sentence for sentence in document.sentences if not sentence.event_types]
            if quiet and number % 8 == 0:
                quiet[0].event_types["CAPTURE"] = 1.0
                changed.add((document.id, quiet[0].start))
        assert len(changed) == 3
        findings = find(*documents)[:3]
        assert places(findings) == changed
        for finding in findings:
            assert (finding.label, finding.suggested) == ("CAPTURE", "")
            assert finding.message.startswith(
                f"'{finding.text}' has the type CAPTURE; cross-validation says it should not ("
            )

    def test_types_of_sentences_with_triggers_are_left_to_the_triggers(self, find: Finder) -> None:
        documents = articles()
        documents[4].sentences[0].event_types = {"KILL": 1.0}
        assert not any("the type" in finding.message for finding in find(*documents))

    def test_a_label_that_is_too_rare_to_be_learnt_is_not_doubted(self, find: Finder) -> None:
        documents = articles()
        mislabelled(documents, "الرقة", "PER", LEAST_EXAMPLES - 1)
        assert not any(finding.label == "PER" for finding in find(*documents))

    def test_right_annotation_has_hardly_a_finding(self, find: Finder) -> None:
        documents = articles()
        spans = sum(len(document.entities) + len(document.events) for document in documents)
        assert len(find(*documents)) < spans / 50


class TestTheRun:
    def test_the_same_corpus_gives_the_same_findings(self, find: Finder) -> None:
        documents = articles()
        mislabelled(documents, "قسد", "GPE", 2)
        assert find(*documents, seed=4) == find(*documents, seed=4)

    def test_progress_counts_up_to_its_total(self, find: Finder) -> None:
        steps: list[tuple[int, int]] = []
        find(*articles(8), folds=3, progress=lambda done, total: steps.append((done, total)))
        # The encoder once, and three folds of entities and of triggers.
        assert steps == [(done, 7) for done in range(1, 8)]

    def test_documents_that_may_not_be_judged_change_nothing(self, find: Finder) -> None:
        documents = articles()
        mislabelled(documents, "قسد", "GPE", 2)
        expected = find(*documents)
        unlabelled = replace(Document.from_text("وصلت قسد إلى حلب."), layers=())
        assert find(*documents, unlabelled, Document.from_text("")) == expected


class TestWhatACorpusNeeds:
    def test_one_document_is_too_few(self, find: Finder) -> None:
        document = marked_document([sentence.format(force="قسد", town="حلب", day="أمس") for sentence in SENTENCES * 3])
        with pytest.raises(ValueError, match="learn from the other documents, and here is only one"):
            find(document)

    def test_copies_of_one_document_are_too_few(self, find: Finder) -> None:
        with pytest.raises(ValueError, match="here all of them copy each other"):
            find(*[replace(articles(6)[0], id=str(number)) for number in range(8)])

    def test_too_few_labels_are_said(self, find: Finder) -> None:
        with pytest.raises(ValueError, match=f"^no label errors can be looked for: no label has {LEAST_EXAMPLES} exam"):
            find(*(Document.from_text("الطقس بارد.", id=str(number)) for number in range(9)))

    def test_one_fold_leaves_nothing_to_learn_from(self, find: Finder) -> None:
        with pytest.raises(ValueError, match="at least 2 folds, not 1"):
            find(*articles(4), folds=1)

    def test_without_cleanlab_the_error_says_how_to_install_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        there = importlib.util.find_spec
        monkeypatch.setattr("trainer.extras.find_spec", lambda name: None if name == "cleanlab" else there(name))
        monkeypatch.setitem(EXTRAS, "cleanlab", "check")
        with pytest.raises(ImportError, match=r'need cleanlab, which is not installed: pip install "marsad\[check\]"'):
            find_label_errors({"train": articles(4)})


class TestFolds:
    def test_copies_share_a_fold(self) -> None:
        documents = articles(12)
        longer = "أعلنت قوات النظام السيطرة على مدينة الشدادي جنوبي الحسكة بعد معارك عنيفة مع تنظيم داعش"
        documents[2], documents[9] = (Document.from_text(longer + end, id="x") for end in (" أمس.", " فجر اليوم."))
        for seed in range(5):
            fold_of = copy_safe_folds(documents, 4, seed)
            assert fold_of[2] == fold_of[9]
            assert set(fold_of) == {0, 1, 2, 3}

    def test_few_documents_make_fewer_folds(self) -> None:
        assert sorted(copy_safe_folds(articles(3), 5, seed=1)) == [0, 1, 2]

    def test_the_seed_divides_otherwise(self) -> None:
        documents = articles(12)
        assert list(copy_safe_folds(documents, 3, 1)) != list(copy_safe_folds(documents, 3, 2))


class TestDoubts:
    """A sentence of five words that the models are sure of; forty others show how sure they are when they are right."""

    LABELS = ("O", "ARMED", "GPE")
    WORDS = "دخلت قوات النظام مدينة حلب"

    def doubts(self, marked: str, says: Sequence[str]) -> list[Doubt]:
        document = marked_document([marked])
        assert document.text == self.WORDS
        right = [["O", "B-ARMED", "I-ARMED", "B-GPE", "I-GPE"]] * 40
        tags = [entity_tags(document, document.sentences[0]), *right]
        told = [says, *([tag[2:] or "O" for tag in sentence] for sentence in right)]
        sure = np.eye(3, dtype=np.float32) * 0.85 + 0.05
        rows = [sure[[self.LABELS.index(label) for label in sentence]] for sentence in told]
        return list(doubts(tags, rows, self.LABELS))

    def message(self, doubt: Doubt) -> str:
        document = Document.from_text(self.WORDS)
        finding = span_finding(doubt, "entities", document, document.sentences[0])
        assert finding is not None
        assert finding.text == document.text[finding.start : finding.end]
        return finding.message

    def test_words_that_all_have_another_label_are_one_doubt(self) -> None:
        (doubt,) = self.doubts("دخلت [قوات النظام|GPE] [مدينة حلب|GPE]", ["O", "ARMED", "ARMED", "GPE", "GPE"])
        assert (doubt.first, doubt.last, doubt.given, doubt.suggested) == (1, 3, "GPE", "ARMED")
        assert self.message(doubt) == "'قوات النظام' is GPE here; cross-validation says ARMED (0.90)"

    def test_a_word_too_many_is_told_as_part_of_its_span(self) -> None:
        (doubt,) = self.doubts("[دخلت قوات النظام|ARMED] [مدينة حلب|GPE]", ["O", "ARMED", "ARMED", "GPE", "GPE"])
        assert self.message(doubt).startswith(
            "'دخلت' is part of the ARMED 'دخلت قوات النظام'; cross-validation says no "
        )

    def test_a_word_too_few_is_told_beside_its_span(self) -> None:
        (doubt,) = self.doubts("دخلت [قوات النظام|ARMED] مدينة [حلب|GPE]", ["O", "ARMED", "ARMED", "GPE", "GPE"])
        assert (doubt.given, doubt.suggested) == ("", "GPE")
        assert self.message(doubt) == "'مدينة' is outside the GPE 'حلب'; cross-validation says GPE (0.90)"

    def test_two_spans_in_a_row_are_two_doubts(self) -> None:
        found = self.doubts("دخلت قوات النظام [مدينة|ARMED] [حلب|ARMED]", ["O", "O", "O", "GPE", "GPE"])
        assert [(doubt.first, doubt.last) for doubt in found] == [(3, 4), (4, 5)]

    def test_where_the_models_agree_nothing_is_doubted(self) -> None:
        assert not self.doubts("دخلت [قوات النظام|ARMED] [مدينة حلب|GPE]", ["O", "ARMED", "ARMED", "GPE", "GPE"])

    def test_quotes_alone_are_no_finding(self) -> None:
        document = Document.from_text("دخلت «قسد» حلب")
        quote = Doubt(sentence=0, first=1, last=2, given="", suggested="ARMED", probability=0.9, span=(2, 3))
        assert span_finding(quote, "entities", document, document.sentences[0]) is None


class TestFrozenStates:
    def test_every_word_of_every_sentence_has_states_of_three_layers(self, tiny_checkpoint: Path) -> None:
        document = Document.from_text("سيطرت قسد على حلب. قُصفت دمشق أمس.")
        states = frozen_states(str(tiny_checkpoint), [document, document])
        assert [rows.shape for rows in states] == [(5, 96), (4, 96)] * 2
        assert np.array_equal(states[0], states[2])

    def test_a_sentence_longer_than_the_encoder_takes_has_all_its_words(self, tiny_checkpoint: Path) -> None:
        document = Document.from_text("حلب " * 400)
        (rows,) = frozen_states(str(tiny_checkpoint), [document])
        assert rows.shape == (400, 96)
        assert bool(rows.any(1).all())
