"""What tests do to a page in the browser, and what they see of it: clicks and keys, marks, changes of elements."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

Act = Callable[["Locator"], None]


def click(control: Locator) -> None:
    control.click()


def press(key: str) -> Act:
    return lambda control: control.press(key)


def without_script(html: str) -> str:
    """Return the page as a browser shows it that runs no JavaScript."""
    return re.sub("(?s)<script.*?</script>", "", html)


def is_marked(span: Locator) -> bool:
    """Return whether the span looks different from the text around it."""
    return span.evaluate(
        """span => {
            const style = getComputedStyle(span), seen = colour => !/^rgba\\(.*, 0\\)$|\\/ 0\\)$/.test(colour);
            return seen(style.backgroundColor) || style.textDecorationLine !== 'none'
                || (parseFloat(style.borderBottomWidth) > 0 && seen(style.borderBottomColor));
        }"""
    )


def watch(page: Page) -> None:
    """Note every change of the page's elements from now on, and forget those before."""
    page.evaluate(
        """() => {
            window.changes = [];
            window.observer?.disconnect();
            window.observer = new MutationObserver(records => records.forEach(record => window.changes.push(
                `${record.target.localName || '#text'} ${record.attributeName || record.type}`
            )));
            window.observer.observe(document, {subtree: true, attributes: true, childList: true, characterData: true});
        }"""
    )


def changes(page: Page) -> list[str]:
    """Return the changes since :func:`watch`, each as the element's name and that of the attribute, or the kind."""
    return page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(() => done(window.changes))))")
