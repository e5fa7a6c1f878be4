"""Who does it to himself: فجّر رجل نفسه is another event than فجّر رجل عبوة."""

from __future__ import annotations

from collections.abc import Sequence

from trainer.documents import Document
from trainer.records.cue_words import CuePhrases, TextWords
from trainer.records.rules import Labels
from trainer.records.tellings import Telling

# How far behind its trigger such a word may be, in words: فجّر أحد عناصر التنظيم أمس نفسه.
_REACH = 8


class ReflexiveReader:
    """Finds the triggers behind which a word says so, unless it means "the same" there: في اليوم نفسه."""

    def __init__(self, labels: Labels, cues: CuePhrases) -> None:
        self._cues = cues
        # Behind a place the word means the same: البلدة نفسها. Behind a time it may not: فجّر رجل أمس نفسه.
        self._places = {*labels.areas, *labels.spots}

    def reflexive(self, tellings: Sequence[Telling], document: Document, words: TextWords) -> set[int]:
        """Return the numbers of these triggers; ``tellings`` are all of the document, in order."""
        places = {
            word.start
            for entity in document.entities
            if entity.label in self._places
            for word in words.between(entity.start, entity.end)
        }
        found = set()
        for index, telling in enumerate(tellings):
            start = telling.event.trigger.end
            reach = words.between(start, self._stop(tellings, index, document))[:_REACH]
            texts = [word.text for word in reach]
            for first, _ in self._cues.reflexive.find(texts):
                the_same = first > 0 and (
                    reach[first - 1].start in places or self._cues.not_reflexive_after.in_(texts[first - 1 : first])
                )
                if not the_same:
                    found.add(telling.number)
                    break
        return found

    def _stop(self, tellings: Sequence[Telling], index: int, document: Document) -> int:
        """Return where the words behind a trigger are those of the next one, or of the next sentence."""
        telling, sentences = tellings[index], document.sentences
        if index + 1 < len(tellings) and tellings[index + 1].sentence == telling.sentence:
            return tellings[index + 1].event.trigger.start
        return sentences[telling.sentence].end if telling.sentence < len(sentences) else len(document.text)
