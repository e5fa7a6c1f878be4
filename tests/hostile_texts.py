"""Texts that try to act on a page, and how a page shows them."""

from __future__ import annotations

BIDI_CONTROLS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
SYMBOL = "\u2423"
ATTACKS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><script>alert(1)</script>",
    "</title><svg/onload=alert(1)>",
    "<!-- --><iframe src=javascript:alert(1)>",
    "]]><a href='javascript:alert(1)'>x</a>",
    "{{ 7 * 7 }}{% raw %}&lt;b&gt;",
]


def shown(text: str) -> str:
    """Return ``text`` as the page must show it."""
    text = "".join("\ufffd" if _unshowable(c) else c for c in text)
    return "".join(SYMBOL if c in BIDI_CONTROLS else c for c in text)


def _unshowable(character: str) -> bool:
    code = ord(character)
    control = (code < 0x20 and character not in "\t\n\r") or 0x7F <= code <= 0x9F
    return (control and character != "\x85") or 0xD800 <= code <= 0xDFFF or code in (0xFFFE, 0xFFFF)
