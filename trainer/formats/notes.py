"""What a reader says of a file that is as it should be."""

from __future__ import annotations


class Note(str):
    """A message to a ``report`` that tells how a file was read, or what was guessed; nothing in the file is wrong.

    It is a string like every other message. Who counts what is wrong asks ``isinstance(message, Note)``.
    """

    __slots__ = ()
