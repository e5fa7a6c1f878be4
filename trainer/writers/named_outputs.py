"""Names of outputs that an option, not their ending, gives a kind: ``--format html``."""

from __future__ import annotations

# The first ending of each kind is added where a name has none.
_ENDINGS = {
    "jsonl": (".jsonl", ".jsonl.gz", ".jsonl.zst"),
    "parquet": (".parquet",),
    "csv": (".csv",),
    "html": (".html",),
    "brat": ("",),
}
FORMATS = tuple(_ENDINGS)


def named_for(target: str, format: str) -> str:
    """Return ``target`` with the ending of ``format``, which is added if there is none.

    >>> named_for("outputs/labelled", "html")
    'outputs/labelled.html'

    Raises
    ------
    ValueError
        If there is no such format, or the name has the ending of another.
    """
    if format not in _ENDINGS:
        raise ValueError(f"--format {format} is none of {', '.join(FORMATS)}")
    name = target.rstrip("/")
    if name in ("", "-"):
        return target
    ending = next((ending for ending in _ENDINGS[format] if ending and name.lower().endswith(ending)), None)
    if ending is not None:
        return name
    others = [ending for endings in _ENDINGS.values() for ending in endings if ending]
    if found := next((other for other in others if name.lower().endswith(other)), None):
        raise ValueError(f"--output {target} ends in {found}, which is not --format {format}: leave one of them out")
    return name + _ENDINGS[format][0]
