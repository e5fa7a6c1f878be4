"""The script that takes the documentation's pictures: their sizes, and errors for people."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from browser import require_chromium
from PIL import Image

SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "make_screenshots.py"
PAGE = "<!DOCTYPE html><html lang='ar' dir='rtl'><title>خبر</title><p>قُتل خمسة جنود قرب حلب."


def take(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the script as in a user's shell."""
    return subprocess.run(
        [sys.executable, str(SCRIPT), *map(str, arguments)],
        env={**os.environ, "PYTHONUTF8": "1", **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "خبر 1.html"
    path.write_text(PAGE, encoding="utf-8")
    return path


def test_pictures_have_the_size_of_a_desk_and_of_a_phone_and_few_colours(page: Path, tmp_path: Path) -> None:
    require_chromium()
    done = take(tmp_path / "images", f"news={page}", "--phone")
    assert done.returncode == 0, done.stderr
    sizes = {}
    for path in (tmp_path / "images").iterdir():
        with Image.open(path) as picture:
            sizes[path.name] = (*picture.size, picture.mode)
            assert len(picture.getcolors()) > 2  # there is something on it
    assert sizes == {"news.png": (1280, 900, "P"), "news-phone.png": (390, 844, "P")}
    assert [line.split("  ")[1] for line in done.stdout.splitlines()] == ["1280x900", "390x844"]


@pytest.mark.parametrize(
    ("argument", "problem"),
    [
        ("news", "'news' is not NAME=PAGE.html, the name of a picture and the page to take it of"),
        ("a/b=page.html", "'a/b=page.html' is not NAME=PAGE.html, the name of a picture and the page to take it of"),
        ("news=missing.html", "missing.html: no such page; make it first, 'marsad' writes it"),
    ],
)
def test_a_page_that_is_not_there_is_an_error_for_people(argument: str, problem: str, tmp_path: Path) -> None:
    done = take(tmp_path / "images", argument)
    assert (done.returncode, done.stderr) == (1, f"error: {problem}\n")
    assert not (tmp_path / "images").exists()


def test_without_chromium_it_says_what_to_do(page: Path, tmp_path: Path) -> None:
    done = take(tmp_path / "images", f"news={page}", MARSAD_CHROMIUM="no-such-program")
    assert done.returncode == 1
    assert (
        done.stderr == "error: MARSAD_CHROMIUM is 'no-such-program', which is no program; give the path of Chromium\n"
    )


def test_a_place_in_the_page_that_is_not_there_is_an_error_and_one_that_is_there_is_shown(tmp_path: Path) -> None:
    require_chromium()
    page = tmp_path / "long.html"
    page.write_text(
        f"{PAGE}<div style='height: 3000px'></div><p id='آخر' style='background: black'>خبر", encoding="utf-8"
    )
    done = take(tmp_path / "images", f"top={page}", f"place={page}#آخر", f"none={page}#غيره")
    assert done.returncode == 1
    assert done.stderr.endswith("the page has no place 'غيره'\n")
    top, place = (Image.open(tmp_path / "images" / f"{name}.png").convert("L") for name in ("top", "place"))
    # The black bar is on the second picture alone.
    assert sum(top.histogram()[:50]) * 10 < sum(place.histogram()[:50])
