"""A sentence as a document of its own: the unit of annotation."""

from __future__ import annotations

from dataclasses import replace

from trainer.documents import Document, Sentence, Span


def sentence_id(document: Document, index: int) -> str:
    """Return what the sentence number ``index`` of ``document`` is called as a document of its own."""
    return f"{document.id}-{index}"


def sentence_document(document: Document, index: int) -> Document:
    """Return the sentence number ``index`` (from 0) with its annotation as a document of its own.

    Offsets count in the sentence's text. A span that reaches beyond the sentence is left out, and so is an argument
    whose entity stands in another sentence.
    """
    sentence = document.sentences[index]
    start, end = sentence.start, sentence.end
    entities = [entity for entity in document.entities if start <= entity.start and entity.end <= end]
    inside = {entity.id for entity in entities}
    return Document(
        text=document.text[start:end],
        id=sentence_id(document, index),
        metadata=dict(document.metadata),
        words=[Span(word.start - start, word.end - start, word.text) for word in document.words_of(sentence)],
        sentences=[Sentence(0, end - start, dict(sentence.event_types), dict(sentence.type_scores))],
        entities=[replace(entity, start=entity.start - start, end=entity.end - start) for entity in entities],
        events=[
            replace(
                event,
                trigger=Span(event.trigger.start - start, event.trigger.end - start, event.trigger.text),
                arguments=[argument for argument in event.arguments if argument.entity in inside],
            )
            for event in document.events
            if start <= event.trigger.start and event.trigger.end <= end
        ],
        model=document.model,
        layers=document.layers,
    )
