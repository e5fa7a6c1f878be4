"""Pages read back: a tree of elements, strict where a browser would guess."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Element:
    """An element of a parsed page: its attributes, its children, and the text in it."""

    tag: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    def text(self, without: tuple[str, ...] = ()) -> str:
        """Return the text, leaving out elements of some class."""
        parts = []
        for child in self.children:
            if isinstance(child, str):
                parts.append(child)
            elif not set(child.classes()) & set(without):
                parts.append(child.text(without))
        return "".join(parts)

    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    def all(self, tag: str, of_class: str = "") -> list[Element]:
        found = []
        for child in self.children:
            if isinstance(child, Element):
                if child.tag == tag and (not of_class or of_class in child.classes()):
                    found.append(child)
                found += child.all(tag, of_class)
        return found

    def everything(self) -> list[Element]:
        inner = [child for child in self.children if isinstance(child, Element)]
        return [self, *(element for child in inner for element in child.everything())]


# Elements without an end tag.
_VOID = {"meta", "input", "img", "br"}


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.stack = [Element("page", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"an attribute twice in <{tag}>"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.stack[-1].children.append(element)
        if tag not in _VOID:
            self.stack.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop().tag == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        self.stack[-1].children.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment in the page: {data!r}")


def parsed(page: str) -> Element:
    parser = _Parser()
    parser.feed(page)
    parser.close()
    (root,) = parser.stack
    return root


def section(root: Element, id: str) -> Element:
    """Return the section whose heading has this id."""
    (found,) = [part for part in root.all("section") if part.attributes.get("aria-labelledby") == id]
    return found


def rows(element: Element) -> list[list[str]]:
    """Return the cells of the rows of an element's tables, white space folded."""
    return [
        [" ".join(cell.text().split()) for cell in row.everything() if cell.tag in ("th", "td")]
        for body in element.all("tbody")
        for row in body.all("tr")
    ]
