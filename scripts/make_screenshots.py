"""Take pictures of pages as a reader first sees them, for the documentation.

    python scripts/make_screenshots.py docs/images predictions=outputs/quickstart/predictions.html --phone

writes docs/images/predictions.png and, of the width of a phone, docs/images/predictions-phone.png. PAGE.html#PLACE
shows the page from that place on. Needs Chromium and the extra 'dev'.
"""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from chromium import launch_chromium
from PIL import Image
from playwright.sync_api import Browser, Error, sync_playwright

DESKTOP = (1280, 900)
PHONE = (390, 844)
# The pictures are in the repository for good: fewer colours are taken until one is smaller than this, in bytes.
LARGEST = 250_000
COLOURS = (256, 128, 64, 32, 16)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("pages", nargs="+", metavar="NAME=PAGE.html", help="the picture's name and the page")
    parser.add_argument("--phone", action="store_true", help="also take each page in the width of a phone")
    options = parser.parse_args()
    try:
        pages = dict(named_page(argument) for argument in options.pages)
        options.folder.mkdir(parents=True, exist_ok=True)
        with sync_playwright() as playwright:
            browser = launch_chromium(playwright)
            for name, page in pages.items():
                take(browser, page, options.folder / f"{name}.png", DESKTOP)
                if options.phone:
                    take(browser, page, options.folder / f"{name}-phone.png", PHONE)
            browser.close()
    except (OSError, ValueError, Error) as error:
        sys.exit(f"error: {error}")


def named_page(argument: str) -> tuple[str, str]:
    """Return the name and the address of NAME=PAGE.

    ``ValueError`` where it is not that, ``FileNotFoundError`` where there is no such page.
    """
    name, _, place = argument.partition("=")
    page, mark, fragment = place.partition("#")
    if not name or not page or "/" in name:
        raise ValueError(f"{argument!r} is not NAME=PAGE.html, the name of a picture and the page to take it of")
    if not Path(page).is_file():
        raise FileNotFoundError(f"{page}: no such page; make it first, 'marsad' writes it")
    return name, Path(page).resolve().as_uri() + mark + quote(fragment)


def take(browser: Browser, address: str, picture: Path, size: tuple[int, int]) -> None:
    """Write what a window of ``size`` (width, height in pixels) shows at ``address``; prints the picture's size."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, device_scale_factor=1)
    window = context.new_page()
    window.goto(address)
    place = unquote(urlsplit(address).fragment)
    if place and not window.evaluate("place => document.getElementById(place) !== null", place):
        raise ValueError(f"{address}: the page has no place '{place}'")
    picture.write_bytes(reduced(window.screenshot(), picture))
    context.close()
    print(f"{picture}  {size[0]}x{size[1]}  {picture.stat().st_size / 1000:.0f} KB")


def reduced(png: bytes, picture: Path) -> bytes:
    """Return the PNG with as many colours as keep it small; ``ValueError`` if none of :data:`COLOURS` does."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    for colours in COLOURS:
        file = io.BytesIO()
        image.quantize(colours, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
        if file.tell() <= LARGEST:
            return file.getvalue()
    raise ValueError(f"{picture}: more than {LARGEST} bytes even with {COLOURS[-1]} colours; take a simpler page")


if __name__ == "__main__":
    main()
