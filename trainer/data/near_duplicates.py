"""Find sentences that are, or nearly are, sentences of other documents, by fingerprints that hold no text.

News agencies are copied from: two articles often share sentences, edited a little or cut elsewhere. A
fingerprint is the set of hashes of all runs of three words (shingles) of a sentence. Runs of two words are
mostly names and phrases that all news share; a run of three leaves unrelated sentences about the same fight
at most one in common, and one changed word costs only three runs. What counts as a copy is written down, with
the figures behind it, at the constants below.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import regex
import xxhash
from numpy.typing import NDArray
from tokenizers import normalizers

from trainer.documents import Document
from trainer.encoders.normalizer import arabic_normalizer

FINGERPRINTS_FILE = "training_sentences.npz"
TRAINED_ON, CHOSEN_ON = "trained_on", "chosen_on"

SHINGLE_WORDS = 3
# Shorter sentences are never looked for: subheads, bylines and names («المصدر: وكالات») stand in many articles.
# Of 13,000 sentences of an archive of newspapers, the repeated ones of up to four words were mostly of this
# kind, those of five words and more mostly copies.
MINIMUM_WORDS = 5
# Chosen on the pairs of sentences of 500 war reports of that archive. With eight common runs, ten words or more,
# that make 40 % of the shorter sentence, all pairs read but one of forty were the same sentence, edited or cut
# elsewhere; from 30 to 40 % half of them only told the same. In the corpus that Marsad ships, the two copies of
# one wire story share up to 100 %, and articles about the same fighting at most 11 %, a single run.
LONG_SHARED, LONG_OVERLAP = 8, 0.4
# Four to seven common runs may be one long name with its titles (خادم الحرمين الشريفين الملك سلمان), so nearly all
# of the shorter sentence must lie in the other, or the two be about as long and differ in a word.
SHORT_SHARED, SHORT_OVERLAP, SHORT_JACCARD = 4, 0.8, 0.4

_VERSION = 1
_SURROGATES = regex.compile("[\ud800-\udfff]")
# Inside words as well: لـ"قسد" and لقسد are one spelling.
_DROPPED = regex.compile(r"[\p{M}\p{Cf}\"'`´＂“”„‟‘’‚‛«»‹›]")
_WORD = regex.compile(r"[\p{L}\p{N}]+")
_SAME_SPELLING = str.maketrans("أإآٱىیئؤةک", "ااااييءءهك")
_Numbers = NDArray[Any]
# What NumPy and the zip reader raise on files that are not theirs.
_UNREADABLE = (ValueError, LookupError, TypeError, EOFError, NotImplementedError, RuntimeError, BadZipFile, zlib.error)


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """A sentence and the sentence of the fingerprints that it repeats; sentences count from 0.

    ``shared`` counts the shingles that both have, ``similarity`` is their share of the shorter sentence's;
    ``exact`` says that both are the same words; ``use`` is ``"trained_on"`` or ``"chosen_on"``.
    """

    document: str
    sentence: int
    training_document: str
    training_sentence: int
    shared: int
    similarity: float
    exact: bool
    use: str


@dataclass(frozen=True, eq=False)
class SentenceFingerprints:
    """Hashes of the sentences of documents. Make one with :meth:`of` or :meth:`load`.

    ``places`` has a row for every sentence: the index of its document in ``documents``, its own index there,
    whether it was only chosen on, and how many ``shingles`` are its own. ``wholes`` are hashes of whole
    sentences, 0 for those under ``MINIMUM_WORDS`` words.
    """

    documents: list[str]
    places: _Numbers
    wholes: _Numbers
    shingles: _Numbers

    @classmethod
    def of(cls, documents: Iterable[Document], chosen_on: Iterable[Document] = ()) -> SentenceFingerprints:
        """Take the fingerprints of every sentence.

        Parameters
        ----------
        documents:
            What a model was trained on.
        chosen_on:
            What its checkpoint and thresholds were chosen on.
        """
        ids: list[str] = []
        places: list[tuple[int, int, int, int]] = []
        wholes: list[int] = []
        shingles: list[_Numbers] = []
        uses = chain(((document, 0) for document in documents), ((document, 1) for document in chosen_on))
        for position, (document, chosen) in enumerate(uses):
            ids.append(document.id)
            for index, words in _sentences(document):
                shingles.append(shingle_hashes(words))
                wholes.append(_whole(words))
                places.append((position, index, chosen, len(shingles[-1])))
        return cls(
            ids,
            np.array(places, dtype="<i4").reshape(-1, 4),
            np.array(wholes, dtype="<u8"),
            np.concatenate([np.empty(0, dtype="<u8"), *shingles]),
        )

    def save(self, path: Path) -> None:
        """Write an ``.npz`` without a pickle; the same fingerprints give the same bytes."""
        about = json.dumps({"version": _VERSION, "shingle_words": SHINGLE_WORDS, "documents": self.documents})
        with path.open("wb") as file:
            # Not compressed: hashes hardly shrink, and zlib's bytes differ from machine to machine.
            np.savez(
                file,
                about=np.frombuffer(about.encode("ascii"), dtype=np.uint8),
                places=self.places,
                wholes=self.wholes,
                shingles=self.shingles,
            )

    @classmethod
    def load(cls, path: Path) -> SentenceFingerprints:
        """Read what :meth:`save` wrote.

        Raises
        ------
        ValueError
            If the file is damaged or of another version.
        """
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                about = json.loads(arrays["about"].tobytes())
                if (about["version"], about["shingle_words"]) != (_VERSION, SHINGLE_WORDS):
                    raise ValueError("its fingerprints are of another version")
                loaded = cls(about["documents"], arrays["places"], arrays["wholes"], arrays["shingles"])
            loaded._require_consistency()
        except _UNREADABLE as error:
            raise ValueError(f"{path} is no file of sentence fingerprints that this Marsad reads: {error}") from error
        return loaded

    def _require_consistency(self) -> None:
        arrays = (self.places, self.wholes, self.shingles)
        if [array.dtype.str for array in arrays] != ["<i4", "<u8", "<u8"]:
            raise ValueError("its arrays are of other types")
        if self.places.shape != (len(self.wholes), 4) or self.shingles.shape != (self.places[:, 3].sum(),):
            raise ValueError("its arrays do not fit together")
        if len(self.places) and not (self.places.min() >= 0 and self.places[:, 0].max() < len(self.documents)):
            raise ValueError("its sentences name documents that it has not")

    @cached_property
    def _index(self) -> tuple[_Numbers, _Numbers]:
        """All shingles in order, and for each the sentence that it is from."""
        order = np.argsort(self.shingles, kind="stable")
        owners = np.repeat(np.arange(len(self.places)), self.places[:, 3])
        return self.shingles[order], owners[order]

    def find(self, documents: Iterable[Document]) -> list[NearDuplicate]:
        """Return, for every sentence that repeats one of the fingerprints, the closest.

        A sentence that was trained on goes before one that was chosen on: it tells the model more.
        """
        best: dict[tuple[int, int], NearDuplicate] = {}
        for position, document in enumerate(documents):
            for match in self.matches([document]):
                key = (position, match.sentence)
                if key not in best or _rank(match) > _rank(best[key]):
                    best[key] = match
        return list(best.values())

    def matches(self, documents: Iterable[Document]) -> Iterator[NearDuplicate]:
        """Yield every pair of a sentence of ``documents`` and a sentence of the fingerprints that it repeats."""
        for document in documents:
            for index, words in _sentences(document):
                for found, shared, similarity, exact in self._close_to(words):
                    source, sentence, chosen, _ = self.places[found].tolist()
                    use = CHOSEN_ON if chosen else TRAINED_ON
                    yield NearDuplicate(
                        document.id, index, self.documents[source], sentence, shared, similarity, exact, use
                    )

    def _close_to(self, words: list[str]) -> Iterator[tuple[int, int, float, bool]]:
        """Yield number, shared shingles, similarity and sameness of every sentence that ``words`` repeat."""
        own, whole = shingle_hashes(words), _whole(words)
        values, owners = self._index
        runs = zip(np.searchsorted(values, own, "left"), np.searchsorted(values, own, "right"), strict=True)
        hits = [owners[start:end] for start, end in runs if start < end]
        if not hits:
            return
        found, shared = np.unique(np.concatenate(hits), return_counts=True)
        sizes = self.places[found, 3]
        overlap = shared / np.minimum(sizes, len(own))
        jaccard = shared / (sizes + len(own) - shared)
        # Sentences of MINIMUM_WORDS have shingles, so a whole sentence is always among those that share some.
        exact = (self.wholes[found] == whole) & (whole != 0)
        near = (shared >= LONG_SHARED) & (overlap >= LONG_OVERLAP)
        near |= (shared >= SHORT_SHARED) & ((overlap >= SHORT_OVERLAP) | (jaccard >= SHORT_JACCARD))
        close = exact | near
        columns = (found[close], shared[close], overlap[close], exact[close])
        yield from zip(*(column.tolist() for column in columns), strict=True)


def _rank(match: NearDuplicate) -> tuple[bool, bool, float]:
    return match.use == TRAINED_ON, match.exact, match.similarity


def _sentences(document: Document) -> Iterator[tuple[int, list[str]]]:
    for index, sentence in enumerate(document.sentences):
        yield index, folded_words(document.text[sentence.start : sentence.end])


@cache
def _normalizer() -> normalizers.Normalizer:
    return arabic_normalizer()


def folded_words(text: str) -> list[str]:
    """Return the words of ``text`` without all that editors change: diacritics, quotes, punctuation, spelling.

    For comparing only. Any string is accepted.

    >>> folded_words("قُتِل «٣٠» عنصراً، في مدينةِ الشدّادى")
    ['قتل', '30', 'عنصرا', 'في', 'مدينه', 'الشدادي']
    """
    visible = _normalizer().normalize_str(_SURROGATES.sub(" ", text))
    return _WORD.findall(_DROPPED.sub("", visible).translate(_SAME_SPELLING).casefold())


def shingle_hashes(words: list[str]) -> _Numbers:
    """Return the hashes of all runs of three of ``words``, in order and each once; dtype ``<u8``."""
    runs = {hash_of_words(words[start : start + SHINGLE_WORDS]) for start in range(len(words) - SHINGLE_WORDS + 1)}
    return np.array(sorted(runs), dtype="<u8")


def _whole(words: list[str]) -> int:
    return hash_of_words(words) if len(words) >= MINIMUM_WORDS else 0


def hash_of_words(words: list[str]) -> int:
    """Return the hash of ``words`` in a row, 64 bits."""
    return xxhash.xxh64_intdigest(" ".join(words).encode("utf-8"))
