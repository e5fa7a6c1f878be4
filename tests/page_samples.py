"""A page of every kind that Marsad writes, each made without a model and nearly all without drawing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from conftest import TEST, TRAINING, marked_document
from evaluation_samples import GOLD, PREDICTED, section_of
from evaluation_samples import NAMES as EVALUATED_NAMES
from events_page_samples import several
from hostile_texts import ATTACKS
from training_samples import RUN

from trainer.data.corpus import Corpus
from trainer.data.label_examples import label_examples, shown_documents
from trainer.data.labelled_files import schema_of
from trainer.data.statistics import parts_of, statistics
from trainer.documents import Argument, Document
from trainer.evaluation.shared_agreement import shared_agreement
from trainer.pages.dataset import dataset_page
from trainer.pages.evaluation import evaluation_page
from trainer.pages.evaluation_section import CurvePoint, Score, Section
from trainer.pages.predictions import predictions_page
from trainer.pages.predictions_index import PageSummary, PredictionsIndex
from trainer.pages.training import training_page
from trainer.pages.training_plots import HISTORY_LABELS
from trainer.plots.picture import Picture
from trainer.plots.training_history import training_history

NAMES = {
    "PER": "شخص",
    "GPE": "مدينة أو دولة",
    "ARMED": "قوة مسلحة",
    "KILL": "قتل",
    "CAPTURE": "سيطرة",
    "SHELLING": "قصف",
}
# Long enough that its last sentence is far below the window.
STORY = (*TRAINING[:5], *["وصل [أحمد الخالد|PER] إلى [دمشق|GPE]."] * 40, "{مقتل|KILL} عنصرين قرب [الحسكة|GPE].")
LAST_TRIGGER = "مقتل"


def scored(sentences: Sequence[str], id: str, **metadata: str) -> Document:
    """Return a document as a model labels it: with scores, and where it comes from."""
    document = marked_document(sentences, id)
    document.metadata = {"title": f"خبر {id}", **metadata}
    document.model = {"name": "marsad", "fingerprint": "0123456789abcdef"}
    for index, span in enumerate([*document.entities, *document.events]):
        span.score = 0.99 - 0.01 * (index % 40)
    return document


def one_document() -> str:
    return predictions_page([scored(STORY, "001")], NAMES)


def three_documents() -> str:
    documents = [
        scored(TRAINING[:5], "001", source="وكالة الأنباء"),
        scored(TRAINING[5:], "002", source="الجريدة"),
        scored(TEST, "003", source="الجريدة"),
    ]
    return predictions_page(documents, NAMES)


def overlapping_spans() -> str:
    document = Document.from_text("سقوط طائرة حربية قرب مدينة حلب.", id="001")
    document.add_event(0, 16, "SHELLING", score=0.5)
    document.add_entity(5, 16, "ARMED", score=0.5)
    document.add_entity(21, 30, "GPE", score=0.5)
    document.set_event_types_from_triggers()
    return predictions_page([document], NAMES)


def nothing_found() -> str:
    return predictions_page([Document.from_text("الطقس بارد اليوم في المدينة.", id="001")], NAMES)


def archive_index() -> str:
    index = PredictionsIndex(NAMES)
    for number, sentences in enumerate((TRAINING[:5], TRAINING[5:], TEST), start=1):
        documents = [scored(sentences, f"{number}-{copy}") for copy in range(1, 4)]
        index.add(f"archive.pages/{number:04}.html", PageSummary.of(documents))
    return index.page("أرشيف")


def drawn(name: str, description: str) -> Picture:
    """Return a picture of the usual size that took no time: to draw one takes longer than all the rest of a page."""
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="700" height="300"><rect width="700" height="300"/></svg>'
    return Picture(name, description, svg.encode(), b"")


def two_runs() -> Section:
    """Two articles; of the second one, which is hostile in everything, one run is right and the other one is not."""
    attack = ATTACKS[0]
    hostile = Document.from_text(f"{attack} {ATTACKS[1]}", id=attack)
    hostile.add_entity(0, len(attack), "PER")
    runs = {
        "1": [marked_document(PREDICTED, "ا1"), hostile.without_annotations()],
        "2": [marked_document((*PREDICTED[:2], GOLD[2]), "ا1"), hostile],
    }
    for documents in runs.values():
        for entity in documents[0].entities:
            entity.score = 0.75
    return section_of([marked_document(GOLD, "ا1"), hostile], runs)


def evaluation() -> str:
    section = replace(two_runs(), warning="LEAKED: 2 من 3")
    pictures = {
        name: drawn(f"test_{name}", f"رسم {name}") for name in ("types-entities", "confusions-entities", "seen")
    }
    return evaluation_page("تقييم نموذج", [section], {"test": pictures}, EVALUATED_NAMES)


def cross_validation() -> str:
    section = two_runs()
    model = section.systems["model"]
    deviating = {layer: replace(score, deviation=0.02) for layer, score in model.items()}
    systems = {"model": deviating, "lexicon": {"entities": Score(0.3, 0.2, 0.4)}, "tfidf": {}}
    curve = [CurvePoint(share, 40, model) for share in (0.0, 0.5, 1.0)]
    folds = [{"test": ["ا1"], "training": [ATTACKS[0]], "validation": []}]
    sections = [
        replace(section, key=key, title=key, systems=systems, curve=curve, folds=folds)
        for key in ("near-duplicates", "stories")
    ]
    return evaluation_page("تحقق متقاطع", sections, {}, EVALUATED_NAMES)


def linked_corpus() -> Corpus:
    """A corpus with everything: splits, text for training only, roles, attributes."""
    documents = {}
    for id in ("a", "b", "c"):
        document = marked_document([*TRAINING[:4], f"الطقس بارد في {id}."], id)
        document.events[0].arguments.append(Argument("AGENT", document.entities[0].id))
        document.events[0].attributes.append("Disputed")
        documents[id] = document
    schema = schema_of("صغير", documents.values())
    splits = {"train": [documents["a"]], "test": [documents["b"]]}
    return Corpus("صغير", schema, splits, groups=[], training_only=[documents["c"]])


def page_of_corpus(corpus: Corpus, agreement: dict[str, Any] | None = None, **pictures: Picture) -> str:
    """Return the page of a dataset."""
    examples = label_examples(shown_documents(parts_of(corpus)))
    return dataset_page(statistics(corpus), pictures, examples, corpus.schema.arabic_names(), agreement)


def dataset() -> str:
    corpus = linked_corpus()
    agreement = shared_agreement(corpus.documents, corpus.documents, corpus.schema)
    names = ("sentence_lengths", "labels_entities", "entities_with_event_types")
    return page_of_corpus(corpus, agreement, **{name: drawn(name, f"رسم {name}") for name in names})


def training() -> str:
    picture = training_history("training_history", "سير التدريب", RUN.history, True, HISTORY_LABELS)
    assert picture is not None
    return training_page(replace(RUN, pictures=[picture]))


# Every page that Marsad writes.
PAGES: dict[str, Callable[[], str]] = {
    "predictions of one document": one_document,
    "predictions of three documents": three_documents,
    "predictions with overlapping spans": overlapping_spans,
    "predictions without a find": nothing_found,
    "the index of an archive": archive_index,
    "an evaluation": evaluation,
    "a cross-validation": cross_validation,
    "a dataset": dataset,
    "a training run": training,
    "event records": several,
}
