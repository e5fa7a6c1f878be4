"""What readers of labelled files say of sound files, told from what they say of broken ones."""

from __future__ import annotations

import regex

from trainer.formats.notes import Note

# How the readers of labelled files begin or end what they say of a sound file: which of several conventions it follows,
# what it holds that no document can, and what nobody has annotated yet.
_NOTES = regex.compile(
    r"the tags of this (?:file|dataset) are .*; read as such"
    r"|words with several tags; read as nested spans.*"
    r"|several columns of tags \(.*"
    r"|offsets are read as UTF-16 code units.*"
    r"|a region counts UTF-16 code units.*"
    r"|the text is taken from '.*"
    r"|labels of '.*' are read as .*, by its name"
    r"|a note; notes \(.*"
    r"|(?:a relation|an equivalence|a normalisation) \(.*, which no document holds; it is left out"
    r"|JSON-MIN has no relations.*"
    r"|a relation that joins no trigger with an entity; .*"
    r"|a task with (?:no|only cancelled) \w+ is left out.*"
    r"|a comment; comments \(.*"
    r"|a row \$#\$, which is no word; .*",
    regex.DOTALL,
)


def is_note(report: str) -> bool:
    """Whether a reader's report tells how it read a sound file, rather than what is wrong with it.

    >>> is_note("the tags of this file are BIOES; read as such"), is_note("word 'حلب' without a tag; read as O")
    (True, False)
    """
    return isinstance(report, Note) or _NOTES.fullmatch(report) is not None
