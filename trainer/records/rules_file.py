"""Reads a file of rules into a model of pydantic, with errors for people."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

_Rules = TypeVar("_Rules", bound=BaseModel)


def read_rules_file(path: Path, kind: type[_Rules]) -> _Rules:
    """Return the rules in ``path``, a YAML file, as a ``kind``.

    Raises
    ------
    ValueError
        If the file is no YAML or has other keys or values; the message names file and key.
    OSError
        If the file cannot be read.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    # A date that there is not, such as 2022-02-30, is a plain ValueError of the parser.
    except (yaml.YAMLError, ValueError) as error:
        raise ValueError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from error
    try:
        return kind.model_validate({} if content is None else content)
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
