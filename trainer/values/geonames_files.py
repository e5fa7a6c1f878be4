"""Reads places from files in the format of the GeoNames dumps: tab-separated, 19 columns, no heading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_COLUMNS = 19
_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Place:
    """A place of a gazetteer; ``latitude`` and ``longitude`` are degrees (WGS 84).

    ``country`` is its ISO 3166-1 code of two letters, ``admin1`` GeoNames's code of the province, ``feature_class`` and
    ``feature_code`` say what it is (A, ADM1: a province; P, PPL: a town; some files leave them empty). ``population``
    is 0 where GeoNames has no figure, ``source`` is the name of the file.
    """

    geonameid: int
    name: str
    latitude: float
    longitude: float
    country: str
    admin1: str
    feature_class: str
    feature_code: str
    population: int = field(compare=False)
    source: str = field(compare=False)


def read_geonames(path: str | Path) -> Iterator[tuple[Place, list[str]]]:
    """Yield every place of a GeoNames dump (``SY.txt``, ``cities15000.txt`` …) with all its names.

    Raises
    ------
    ValueError
        If a line is no row of such a file; the message names file, line and cause.
    OSError
        If the file cannot be read.
    """
    path = Path(path)
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                text = line.decode("utf-8").removeprefix(_BYTE_ORDER_MARK).rstrip("\r\n")
                if text:
                    yield _place(text.split("\t"), path.name)
            except UnicodeDecodeError as error:
                raise ValueError(f"{path}, line {number}: it is not UTF-8 (byte {error.start} of the line)") from error
            except ValueError as error:
                raise ValueError(f"{path}, line {number}: {error}") from error


def _place(columns: list[str], source: str) -> tuple[Place, list[str]]:
    if len(columns) != _COLUMNS:
        raise ValueError(
            f"{len(columns)} columns instead of {_COLUMNS}; a gazetteer is a GeoNames dump, its columns parted by tabs"
        )
    id, name, ascii_name, other_names, latitude, longitude, feature_class, feature_code, country, _, admin1 = columns[
        :11
    ]
    if not name.strip():
        raise ValueError("the place has no name (column 2)")
    place = Place(
        _whole_number(id, "geonameid", lowest=1),
        name,
        _degrees(latitude, "latitude", 90),
        _degrees(longitude, "longitude", 180),
        country,
        admin1,
        feature_class,
        feature_code,
        _whole_number(columns[14] or "0", "population", lowest=0),
        source,
    )
    return place, [name, ascii_name, *other_names.split(",")]


def _whole_number(text: str, column: str, lowest: int) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) < lowest:
        raise ValueError(f"the {column} {text!r} is no whole number from {lowest} on")
    return int(text)


def _degrees(text: str, column: str, most: int) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"the {column} {text!r} is no number") from None
    if not -most <= value <= most:
        raise ValueError(f"the {column} {text!r} is not between -{most} and {most}")
    return value
