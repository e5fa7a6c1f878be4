"""What holds for every page that Marsad writes, checked in the browser. Every check returns the problems it finds.

A check takes an open page (``open_page`` of tests/browser.py) of the width that it is to be checked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

# How an element is named in a problem.
_SAY = """
const say = element => {
    const classes = [...element.classList].map(name => '.' + name).join('');
    const text = (element.textContent || '').trim().replace(/\\s+/g, ' ').slice(0, 40);
    return `<${element.localName}${element.id ? '#' + element.id : ''}${classes}> ${text}`.trim();
};
"""

_STRUCTURE = """
const problems = [], root = document.documentElement;
const all = selector => [...document.querySelectorAll(selector)];
const expect = (holds, problem) => { if (!holds) problems.push(problem); };
expect(root.lang === 'ar' && root.dir === 'rtl', `the page is in ${root.lang || 'no language'}, ${root.dir || 'ltr'}`);
expect(document.characterSet === 'UTF-8', `the page is read as ${document.characterSet}`);
expect(document.compatMode === 'CSS1Compat', 'no doctype');
expect(document.title.trim(), 'no title');
expect(all('meta[name=viewport]').length === 1, 'no width for phones');
expect(all('main').length === 1, `${all('main').length} of <main>`);
expect(all('header').length > 0, 'no <header>');

const ids = all('[id]').map(element => element.id);
for (const id of new Set(ids.filter((id, index) => ids.indexOf(id) !== index))) problems.push(`id ${id} twice`);
for (const link of all('a[href^="#"]')) {
    const target = decodeURIComponent(link.hash.slice(1));
    expect(document.getElementById(target), `${say(link)} leads to #${target}, which is not there`);
}
for (const attribute of ['for', 'aria-labelledby', 'aria-describedby', 'aria-controls']) {
    for (const element of all(`[${attribute}]`)) {
        for (const id of element.getAttribute(attribute).split(/\\s+/)) {
            expect(document.getElementById(id), `${say(element)}: ${attribute} names ${id}, which is not there`);
        }
    }
}

const named = element => (element.getAttribute('aria-label') || '').trim()
    || (element.getAttribute('aria-labelledby') || '').split(/\\s+/).filter(Boolean)
        .map(id => document.getElementById(id)?.textContent || '').join('').trim();
for (const image of all('img')) expect((image.alt || '').trim(), `${say(image)}: a picture without alt`);
for (const field of all('input:not([type=hidden]), select, textarea')) {
    expect(named(field) || [...field.labels].some(label => label.textContent.trim()), `${say(field)}: no label`);
}
for (const control of all('button, a[href], summary')) {
    expect(named(control) || control.textContent.trim(), `${say(control)}: no name`);
}
for (const part of all('nav, aside')) expect(named(part), `${say(part)}: a part of the page without a name`);
for (const table of all('table')) {
    expect(table.querySelector('th'), `${say(table)}: a table without headings`);
    for (const heading of table.querySelectorAll('th')) expect(heading.scope, `${say(heading)}: a heading of what?`);
}

const levels = all('h1, h2, h3, h4, h5, h6').map(heading => [Number(heading.localName[1]), heading]);
expect(levels.filter(([level]) => level === 1).length === 1, 'not one <h1>');
levels.forEach(([level, heading], index) => {
    const before = index ? levels[index - 1][0] : 0;
    expect(level <= before + 1, `${say(heading)} comes after level ${before}`);
});
return problems;
"""

# WCAG 2's contrast between a text and what is painted behind it: 4.5, or 3 for large letters.
_CONTRAST = """
const problems = new Set(), seen = new Map();
const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
canvas.canvas.width = canvas.canvas.height = 1;
// The browser itself reads the colour, in whatever notation; [red, green, blue, opacity], 0 to 1.
const read = colour => {
    if (!seen.has(colour)) {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        seen.set(colour, [...canvas.getImageData(0, 0, 1, 1).data].map(part => part / 255));
    }
    return seen.get(colour);
};
const over = (front, back) => front.slice(0, 3).map((part, i) => part * front[3] + back[i] * (1 - front[3]));
const light = colour => colour
    .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
const contrast = (one, other) => {
    const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
};
// Every colour that is behind the text somewhere: a striped background has several.
const behind = element => {
    if (!element) return [[1, 1, 1]];
    const style = getComputedStyle(element), below = behind(element.parentElement);
    const stripes = (style.backgroundImage.match(/[a-z]+\\([^()]*\\)/g) || [])
        .filter(part => CSS.supports('color', part));
    const plain = below.map(colour => over(read(style.backgroundColor), colour));
    return [...plain, ...stripes.flatMap(stripe => plain.map(colour => over(read(stripe), colour)))];
};
const opacity = element => element ? getComputedStyle(element).opacity * opacity(element.parentElement) : 1;
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || ['SCRIPT', 'STYLE', 'NOSCRIPT'].includes(element.tagName)) continue;
    if (!element.checkVisibility({checkOpacity: true, checkVisibilityCSS: true})) continue;
    const box = element.getBoundingClientRect(), style = getComputedStyle(element);
    if (box.width < 2 || box.height < 2) continue;  // for screen readers only
    const size = parseFloat(style.fontSize);
    const needed = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
    const ink = read(style.color), strength = opacity(element);
    for (const back of behind(element)) {
        const found = contrast(over([...ink.slice(0, 3), ink[3] * strength], back), back);
        if (found < needed) problems.add(`${say(element)}: contrast ${found.toFixed(2)}, not ${needed}`);
    }
}
return [...problems];
"""

_SIDEWAYS = """
const problems = [], root = document.documentElement;
if (root.scrollWidth > root.clientWidth) problems.push(`${root.scrollWidth} pixels wide, of ${root.clientWidth}`);
for (const element of [root, document.body]) {
    const cut = ['hidden', 'clip'].includes(getComputedStyle(element).overflowX);
    if (cut) problems.push(`<${element.localName}> cuts off what is too wide`);
}
return problems;
"""

_PRINTED = """
const problems = [], visible = element => element.checkVisibility({checkOpacity: true, checkVisibilityCSS: true});
for (const control of document.querySelectorAll('button, input, select, textarea')) {
    if (visible(control)) problems.push(`${say(control)} is printed`);
}
const main = document.querySelector('main');
if (!visible(main) || !main.innerText.trim()) problems.push('nothing is printed');
return problems;
"""

_FOCUSED = """
const element = document.activeElement;
if (element === document.body) return [null, null];
const style = getComputedStyle(element), box = element.getBoundingClientRect();
const ringed = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
const shown = box.width > 1 && box.height > 1 && box.bottom > 0 && box.top < innerHeight;
return [say(element), !ringed ? 'no ring around it' : !shown ? 'it is not to be seen' : null];
"""


def structure_problems(page: Page) -> list[str]:
    """Return what a screen reader would miss: language, landmarks, headings, names of fields and pictures, targets."""
    return _ask(page, _STRUCTURE)


def contrast_problems(page: Page) -> list[str]:
    """Return the texts that are too pale to read on what is behind them, as they are shown now."""
    return _ask(page, _CONTRAST)


def sideways_problems(page: Page) -> list[str]:
    """Return why the page must be scrolled sideways, or loses what is too wide for the window."""
    return _ask(page, _SIDEWAYS)


def printing_problems(page: Page) -> list[str]:
    """Return what is wrong with the page on paper: controls that do nothing there, no text, no PDF."""
    page.emulate_media(media="print")
    problems = _ask(page, _PRINTED) + contrast_problems(page)
    if not page.pdf().startswith(b"%PDF"):
        problems.append("no PDF")
    page.emulate_media(media="screen")
    return problems


def keyboard_problems(page: Page, stops: int = 25) -> list[str]:
    """Return which of the first stops of the tab key cannot be seen; the first one must lead to the text."""
    problems = []
    page.evaluate("document.activeElement.blur()")
    for stop in range(stops):
        page.keyboard.press("Tab")
        if stop == 0 and not page.evaluate("document.activeElement.matches('a[href^=\"#\"]')"):
            problems.append("the first stop is no link to the text")
        element, problem = page.evaluate(f"() => {{ {_SAY} {_FOCUSED} }}")
        if element is None:  # past the last one
            break
        if problem:
            problems.append(f"{element}: {problem}")
    return problems


def _ask(page: Page, script: str) -> list[str]:
    return page.evaluate(f"() => {{ {_SAY} {script} }}")
