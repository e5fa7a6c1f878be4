"""The wrong sentences as a page shows them: what gold has over what was predicted, each span right or wrong.

Here measurements become values of a page, so this looks on to :mod:`trainer.pages`, which never looks back.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from trainer.documents import Sentence
from trainer.evaluation.inspection import Inspection
from trainer.evaluation.span_errors import LabelledSpan, common_layers, labelled_items
from trainer.pages.evaluation_section import ComparedSentence, MarkedSpan

# The kinds of error of a span, by its layer and itself; a span that is right has no entry.
_Kinds = dict[tuple[str, LabelledSpan], tuple[str, ...]]
# The spans of every sentence of a document, by layer.
_Items = Mapping[str, list[set[LabelledSpan]]]


def compared_sentences(inspection: Inspection) -> list[ComparedSentence]:
    """Return every wrong sentence once a run, in the order of ``inspection.wrong``.

    Spans are those that the strict score counts, like those of the errors: of whole words. Layers that either
    document lacks are left out.
    """
    compared = []
    for (run, number), group in groupby(inspection.wrong, key=lambda wrong: (wrong.run, wrong.document)):
        gold, predicted = inspection.gold[number], inspection.runs[run][number]
        layers = common_layers(gold, predicted, inspection.layers)
        gold_items, predicted_items = ({la: labelled_items(one, la) for la in layers} for one in (gold, predicted))
        for wrong in group:
            sentence = gold.sentences[wrong.sentence]
            missed: _Kinds = {(e.layer, e.gold): e.kinds for e in wrong.errors if e.gold}
            invented: _Kinds = {(e.layer, e.predicted): e.kinds for e in wrong.errors if e.predicted}
            compared.append(
                ComparedSentence(
                    run=run,
                    article=gold.id,
                    number=wrong.sentence + 1,
                    text=gold.text[sentence.start : sentence.end],
                    gold=_marked(sentence, wrong.sentence, gold_items, missed),
                    predicted=_marked(sentence, wrong.sentence, predicted_items, invented),
                    errors=wrong.errors,
                )
            )
    return compared


def _marked(sentence: Sentence, index: int, items: _Items, kinds: _Kinds) -> list[MarkedSpan]:
    return [
        MarkedSpan(
            layer, start - sentence.start, end - sentence.start, label, kinds.get((layer, (start, end, label)), ())
        )
        for layer, of_sentences in items.items()
        for start, end, label in sorted(of_sentences[index])
    ]
