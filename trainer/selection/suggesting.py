"""Chosen sentences as tasks for people: each a document of its own, with what the model suggests for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import xxhash

from trainer.documents import Document
from trainer.inference.article_chunks import article_of, article_sentences
from trainer.selection.choosing import Candidate
from trainer.selection.opened_model import OpenedModel
from trainer.selection.sentence_documents import sentence_document, sentence_id
from trainer.text.surrogates import encodable
from trainer.writers.file_names import UniqueNames

# Bytes of UTF-8 of an article's id; names of files have room for the number of the sentence and two digests, too.
_LONGEST_ID = 140


def suggested_documents(chosen: Sequence[Candidate], opened: OpenedModel) -> list[Document]:
    """Return a document for each of ``chosen``, in their order, labelled by the model with scores.

    The model sees the whole article, as when it labels an archive. The id is ``ARTICLE-N``, N the sentence's index,
    made safe as the name of a file; of a long ``ARTICLE``, such as an address, it has the beginning and a digest, so
    that another choice from the same archive gives a sentence the same id. ``metadata`` is the article's own and
    ``article`` (its id), ``start`` (offset of the sentence in the article's text), ``before`` and ``after`` (the
    neighbouring sentences, empty where there is none) and ``uncertainty``; these take the places of columns of the
    same names.
    """
    # By identity: an article is labelled once, however many of its sentences were chosen.
    articles = {id(candidate.document): candidate.document for candidate in chosen}
    labelled = dict(zip(articles, opened.tag([article_of(article) for article in articles.values()]), strict=True))
    names = UniqueNames()
    return [_task(candidate, labelled[id(candidate.document)], names) for candidate in chosen]


def _task(candidate: Candidate, labelled: Document, names: UniqueNames) -> Document:
    article = candidate.document
    index = article_sentences(article).index(candidate.sentence)
    own = {
        "article": article.id,
        "start": article.sentences[candidate.sentence].start,
        "before": _text(labelled, index - 1),
        "after": _text(labelled, index + 1),
        "uncertainty": round(candidate.uncertainty, 4),
    }
    name = names.name(sentence_id(replace(article, id=_shortened(article.id)), candidate.sentence))
    return replace(sentence_document(labelled, index), id=name, metadata={**article.metadata, **own})


def _shortened(id: str) -> str:
    whole = id.encode("utf-8", errors="surrogatepass")
    if len(whole) <= _LONGEST_ID:
        return id
    return f"{whole[:_LONGEST_ID].decode('utf-8', errors='ignore')}-{xxhash.xxh32_hexdigest(whole)}"


def _text(document: Document, index: int) -> str:
    if not 0 <= index < len(document.sentences):
        return ""
    sentence = document.sentences[index]
    return encodable(document.text[sentence.start : sentence.end])
