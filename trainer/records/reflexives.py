"""Who does it to himself: فجّر رجل نفسه is another event than فجّر رجل عبوة."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from trainer.annotations import Span
from trainer.documents import Document
from trainer.records.cue_words import CuePhrases, TextWords, word_forms
from trainer.records.rules import Labels
from trainer.records.tellings import Telling

# How far behind its trigger such a word may be, in words: فجّر أحد عناصر التنظيم أمس نفسه.
_REACH = 8
_QUOTES_AND_BRACKETS = frozenset("«»‹›\"'“”„‘’()[]{}")
# بالطريقة نفسها: who acts has no such particle.
_NO_ACTOR = ("بال", "لل", "كال")


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
        starts = [telling.event.trigger.start for telling in tellings]
        found = set()
        for telling in tellings:
            end = telling.event.trigger.end
            index = bisect_left(starts, end)
            following = tellings[index] if index < len(tellings) else None
            between = words.between(end, self._stop(telling, following, document))
            reach = [word for word in between if word.text not in _QUOTES_AND_BRACKETS][:_REACH]
            for first, _ in self._cues.reflexive.find([word.text for word in reach]):
                # التفجير نفسه is the same blast, تفجير نفسه is not.
                if not (self._the_same(reach[first - 1], places) if first else telling.definite):
                    found.add(telling.number)
                    break
        return found

    def _the_same(self, before: Span, places: set[int]) -> bool:
        return (
            before.start in places
            or self._cues.not_reflexive_after.in_([before.text])
            or any(form.startswith(_NO_ACTOR) for form in word_forms(before.text))
        )

    @staticmethod
    def _stop(telling: Telling, following: Telling | None, document: Document) -> int:
        """Return where the words behind a trigger are those of the next one, or of the next sentence."""
        if following is not None and following.sentence == telling.sentence:
            return following.event.trigger.start
        sentences = document.sentences
        return sentences[telling.sentence].end if telling.sentence < len(sentences) else len(document.text)
