"""The wrong sentences as a page shows them: what gold has over what was predicted, each span right or wrong."""

from __future__ import annotations

from collections.abc import Sequence

from trainer.documents import Document
from trainer.evaluation.inspection import Inspection
from trainer.evaluation.span_counts import SPAN_LAYERS, sentence_spans
from trainer.evaluation.span_errors import LabelledSpan, common_layers
from trainer.pages.evaluation_section import ComparedSentence, MarkedSpan

# The kinds of error of a span, by its layer and itself; a span that is right has no entry.
_Kinds = dict[tuple[str, LabelledSpan], tuple[str, ...]]


def compared_sentences(inspection: Inspection) -> list[ComparedSentence]:
    """Return every wrong sentence once a run, in the order of ``inspection.wrong``.

    Spans are those that the strict score counts, like those of the errors: of whole words. Layers that either
    document lacks are left out.
    """
    compared = []
    for wrong in inspection.wrong:
        gold = inspection.gold[wrong.document]
        predicted = inspection.runs[wrong.run][wrong.document]
        layers = common_layers(gold, predicted, inspection.layers)
        sentence = gold.sentences[wrong.sentence]
        missed: _Kinds = {(e.layer, e.gold): e.kinds for e in wrong.errors if e.gold}
        invented: _Kinds = {(e.layer, e.predicted): e.kinds for e in wrong.errors if e.predicted}
        compared.append(
            ComparedSentence(
                run=wrong.run,
                article=gold.id,
                number=wrong.sentence + 1,
                text=gold.text[sentence.start : sentence.end],
                gold=_marked(gold, wrong.sentence, layers, missed),
                predicted=_marked(predicted, wrong.sentence, layers, invented),
                errors=wrong.errors,
            )
        )
    return compared


def _marked(document: Document, index: int, layers: Sequence[str], kinds: _Kinds) -> list[MarkedSpan]:
    sentence = document.sentences[index]
    words = document.words_of(sentence)
    marked = []
    for layer in layers:
        if layer in SPAN_LAYERS:
            found = sorted(sentence_spans(document, sentence, layer))
            spans = [(words[first].start, words[last - 1].end, label) for first, last, label in found]
        else:
            spans = [(sentence.start, sentence.end, label) for label in sentence.event_types]
        for start, end, label in spans:
            wrong = kinds.get((layer, (start, end, label)), ())
            marked.append(MarkedSpan(layer, start - sentence.start, end - sentence.start, label, wrong))
    return marked
