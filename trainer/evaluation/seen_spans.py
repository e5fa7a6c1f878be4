"""Whether training documents have the spans that a model is tested on: memory or generalisation."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import xxhash

from trainer.documents import Document, Sentence
from trainer.encoders.normalizer import arabic_normalizer
from trainer.evaluation.breakdowns import counts_by
from trainer.evaluation.span_counts import SPAN_LAYERS, Counts, WordSpan, sentence_spans
from trainer.text.mentions import mention_name
from trainer.text.surrogates import encodable

SEEN, UNSEEN = "seen", "unseen"
SEEN_SPANS_FILE = "training_spans.json"
_VERSION = 1
_CONJUNCTIONS = ("و", "ف")
_normalize = arabic_normalizer().normalize_str


class Share(NamedTuple):
    """How many spans training documents have, of how many."""

    seen: int
    of: int

    def told(self) -> dict[str, float]:
        """Return ``seen``, ``of`` and ``share`` (0.0 of none), as reports have it."""
        return {**self._asdict(), "share": self.seen / self.of if self.of else 0.0}


@dataclass(frozen=True)
class SeenSpans:
    """The spans that training documents have, to tell memory from generalisation.

    A span is its text from the beginning of its first word to the end of its last, compared without
    its type. Both layers are compared after the encoder's normalisation
    (:func:`trainer.encoders.normalizer.arabic_normalizer`). Before it, entities lose quotes and attached
    clitics (:func:`trainer.text.mentions.mention_name`, on the text as written, since tatweel helps to
    tell a clitic). Two triggers are also taken as the same when one is the other with one و or ف
    before it (قتل and وقتل). Kept are hashes: a model folder gives away no training text.
    """

    entities: frozenset[str]
    triggers: frozenset[str]

    @classmethod
    def of(cls, training: Iterable[Document]) -> SeenSpans:
        """Collect the spans of ``training`` documents."""
        texts: dict[str, set[str]] = {layer: set() for layer in SPAN_LAYERS}
        for document in training:
            for layer, found in texts.items():
                for sentence, spans in zip(document.sentences, sentence_spans(document, layer), strict=True):
                    found.update(_hash(_compared_text(document, sentence, span, layer)) for span in spans)
        return cls(**{layer: frozenset(found) for layer, found in texts.items()})

    @classmethod
    def from_dict(cls, data: Mapping[str, Sequence[str]]) -> SeenSpans:
        """Rebuild what :meth:`to_dict` gave."""
        return cls(**{layer: frozenset(data[layer]) for layer in SPAN_LAYERS})

    def to_dict(self) -> dict[str, list[str]]:
        """Return the hashes by layer, sorted."""
        return {"entities": sorted(self.entities), "triggers": sorted(self.triggers)}

    def share(self, gold: Sequence[Document]) -> dict[str, Share]:
        """Count for each layer how many spans of ``gold`` the training documents have."""
        return {
            layer: Share(buckets[SEEN].gold, buckets[SEEN].gold + buckets[UNSEEN].gold)
            for layer, buckets in self.counts(gold, gold).items()
        }

    def counts(self, gold: Sequence[Document], predicted: Sequence[Document]) -> dict[str, dict[str, Counts]]:
        """Count gold and predicted spans by whether the training documents have them.

        Parameters
        ----------
        gold, predicted:
            The same documents in the same order.

        Returns
        -------
        dict[str, dict[str, Counts]]
            ``{"entities": {"seen": Counts, "unseen": Counts}, "triggers": …}``.

        Raises
        ------
        ValueError
            If documents differ in number, text or sentences.
        """
        return {
            "entities": counts_by(self._entity_bucket, (SEEN, UNSEEN), gold, predicted, "entities"),
            "triggers": counts_by(self._trigger_bucket, (SEEN, UNSEEN), gold, predicted, "triggers"),
        }

    def _entity_bucket(self, document: Document, sentence: Sentence, span: WordSpan) -> str:
        return SEEN if _hash(_compared_text(document, sentence, span, "entities")) in self.entities else UNSEEN

    def _trigger_bucket(self, document: Document, sentence: Sentence, span: WordSpan) -> str:
        text = _compared_text(document, sentence, span, "triggers")
        same = {text, *(letter + text for letter in _CONJUNCTIONS)}
        if text.startswith(_CONJUNCTIONS):
            same.add(text[1:])
        return UNSEEN if self.triggers.isdisjoint(map(_hash, same)) else SEEN


def _compared_text(document: Document, sentence: Sentence, span: WordSpan, layer: str) -> str:
    words = document.words_of(sentence)
    text = document.text[words[span[0]].start : words[span[1] - 1].end]
    return _normalize(encodable(mention_name(text) if layer == "entities" else text))


def _hash(text: str) -> str:
    return xxhash.xxh64_hexdigest(text.encode("utf-8", "surrogatepass"))


def save_seen_spans(spans: Mapping[str, SeenSpans], folder: Path) -> None:
    """Store with a model what it was trained on, by the name of the source (a split of the data)."""
    content = {"version": _VERSION, "sources": {name: seen.to_dict() for name, seen in spans.items()}}
    (folder / SEEN_SPANS_FILE).write_text(json.dumps(content) + "\n", encoding="utf-8")


def load_seen_spans(folder: str | Path) -> dict[str, SeenSpans]:
    """Read what :func:`save_seen_spans` stored; nothing for a model that has none.

    Raises
    ------
    ValueError
        If the file is damaged or of another version.
    """
    path = Path(folder) / SEEN_SPANS_FILE
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["version"] != _VERSION:
            raise ValueError("it is of another version")
        return {name: SeenSpans.from_dict(data) for name, data in content["sources"].items()}
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is no file of training spans that this Marsad reads: {error}") from error
