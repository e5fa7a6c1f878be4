"""How labels look: told apart without colours, and readable on every one of them."""

from __future__ import annotations

from collections import Counter
from colorsys import hls_to_rgb
from itertools import pairwise
from pathlib import Path

import pytest
import regex

import trainer.pages
from trainer.pages.label_looks import HUES, entity_looks

STYLE = (Path(trainer.pages.__file__).parent / "templates" / "style.css.j2").read_text(encoding="utf-8")
# What text needs at least (WCAG 2.1, AA).
READABLE = 4.5


def colour(name: str) -> tuple[float, float, float]:
    """Return a colour that the style sheet has a name for."""
    (digits,) = regex.findall(rf"--{name}: #([0-9a-f]{{6}});", STYLE)
    red, green, blue = (int(digits[position : position + 2], 16) / 255 for position in (0, 2, 4))
    return red, green, blue


def of_hue(rule: str, hue: int) -> tuple[float, float, float]:
    """Return the background that a rule of the style sheet gives to a label of ``hue``."""
    ((saturation, lightness),) = regex.findall(
        rf"^{regex.escape(rule)} \{{ background: hsl\(var\(--hue\) ([0-9]+)% ([0-9]+)%\)", STYLE, regex.MULTILINE
    )
    return hls_to_rgb(hue / 360, int(lightness) / 100, int(saturation) / 100)


def contrast(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    """Return the contrast of two colours as WCAG 2.1 defines it, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(rgb: tuple[float, float, float]) -> float:
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


class TestContrast:
    @pytest.mark.parametrize("hue", HUES)
    def test_of_tags_and_marks_is_enough_in_every_hue(self, hue: int) -> None:
        assert contrast(of_hue(".tag.entity", hue), (1, 1, 1)) >= READABLE
        assert contrast(of_hue("mark.entity", hue), colour("ink")) >= READABLE

    @pytest.mark.parametrize("ground", ["paper", "shade"])
    @pytest.mark.parametrize("text", ["ink", "soft", "act", "event"])
    def test_of_text_is_enough_on_every_ground(self, text: str, ground: str) -> None:
        assert contrast(colour(text), colour(ground)) >= READABLE


class TestLooks:
    def test_neighbours_in_the_schema_differ_in_more_than_colour(self) -> None:
        names = {f"L{number}": "" for number in range(20)}
        looks = [*entity_looks(Counter(names.keys()), names).values()]
        assert all(one.line != other.line for one, other in pairwise(looks))
        assert len({(look.hue, look.line) for look in looks[: len(HUES)]}) == len(HUES)

    def test_a_label_looks_the_same_whatever_else_is_on_the_page(self) -> None:
        names = {"PER": "شخص", "GPE": "مكان"}
        (alone,) = entity_looks({"GPE": 1}, names).values()
        assert alone == entity_looks({"GPE": 1, "PER": 3}, names)["GPE"]
