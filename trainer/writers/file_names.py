"""Names of files made from the ids of documents: safe on every system, and no two alike."""

from __future__ import annotations

import unicodedata

import regex
import xxhash

# What some system does not take in a name, and characters that nobody sees.
_UNSAFE = regex.compile(r'[/\\:*?"<>|\p{C}\p{Zl}\p{Zp}]')
# Joiners change the shape of Arabic letters and belong to the name.
_JOINERS = "\u200c\u200d"
# Hidden files, folders ("..") and, at the end, what Windows cuts off.
_EDGES = regex.compile(r"\A[.\s]+|[.\s]+\Z")
_RESERVED = regex.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", regex.IGNORECASE)
# The index is a table: what a spreadsheet takes for a formula would stand there with a mark before it.
_FORMULA = regex.compile(r"'*[=+\-@＝＋－＠]")
# Bytes of UTF-8. File systems take 255; what is left is for the digest, a number and the ending.
_LONGEST = 180


def safe_name(id: str) -> str:
    """Return ``id`` where it can name a file, or something as near as possible; Arabic is kept.

    >>> [safe_name(id) for id in ("خبر-12", "a/b", "../x", "NUL", "")]
    ['خبر-12', 'a_b', '_x', '_NUL', 'document']
    """
    name = _UNSAFE.sub(lambda match: match.group() if match.group() in _JOINERS else "_", id)
    name = _EDGES.sub("", name)
    if _RESERVED.fullmatch(name) or _FORMULA.match(name):
        name = f"_{name}"
    return name.encode("utf-8")[:_LONGEST].decode("utf-8", errors="ignore").rstrip(". ") or "document"


class UniqueNames:
    """Gives each id a :func:`safe_name` that no earlier one has, also where case and accents' encoding do not count.

    It remembers eight bytes a name: about 100 bytes of memory a document.
    """

    def __init__(self) -> None:
        self._taken: set[int] = set()

    def name(self, id: str) -> str:
        """Return the name for ``id``: the plain one, with a digest of ``id`` if that is taken, then with a number."""
        plain = safe_name(id)
        marked = f"{plain}-{xxhash.xxh32_hexdigest(id.encode('utf-8', errors='surrogatepass'))}"
        name, number = plain, 1
        while not self._take(name):
            name = marked if number == 1 else f"{marked}-{number}"
            number += 1
        return name

    def _take(self, name: str) -> bool:
        key = xxhash.xxh3_64_intdigest(unicodedata.normalize("NFC", name).casefold().encode("utf-8"))
        if key in self._taken:
            return False
        self._taken.add(key)
        return True
