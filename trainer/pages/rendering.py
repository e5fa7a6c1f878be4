"""Put values into the templates: text of documents is data, and one script, known by its hash, is all that may act."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from typing import Any

import regex
from jinja2 import Environment, PackageLoader, StrictUndefined

# What HTML cannot show: control characters but tab and line ends, and lone surrogates.
_UNSHOWABLE = regex.compile(r"[\p{Cs}\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
# Bidi controls could reorder the page around the text: they are shown as symbols.
_BIDI_CONTROLS = regex.compile(r"[\u202a-\u202e\u2066-\u2069]")


def render(template: str, scripts: Sequence[str] = (), **content: Any) -> str:
    """Return the page that ``template`` makes of ``content``.

    Parameters
    ----------
    template:
        The name of a template that extends ``page.html.j2``.
    scripts:
        Names of the files with the page's JavaScript, in order. They hold no data, and nothing else can run: the
        page's Content-Security-Policy names their hash.
    """
    environment = _environment()
    script = "".join(_source(name) for name in scripts)
    return environment.get_template(template).render(script=script, policy=_policy(script), **content) + "\n"


def shown(value: Any) -> str:
    """Return text that a browser shows as it is: controls become visible, nothing acts."""
    text = _UNSHOWABLE.sub("\ufffd", str(value))
    return _BIDI_CONTROLS.sub("\u2423", text)


def _policy(script: str) -> str:
    allowed = "'none'"
    if script:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        allowed = f"'sha256-{digest}'"
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _source(name: str) -> str:
    environment = _environment()
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("trainer.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shown"] = shown
    return environment
