"""Text files as people send them: UTF-8, with or without a byte order mark."""

from __future__ import annotations

from pathlib import Path


def read_utf8(path: Path) -> str:
    """Return the text of a file, without a byte order mark and with its line ends as they are.

    Raises
    ------
    ValueError
        If it is no UTF-8; the message names the line and the byte.
    """
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"{path}:{line}: not UTF-8 (byte {error.start}); save it as UTF-8 and try again") from error
