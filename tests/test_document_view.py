"""What a page says of a document beside its text: metadata, a headline, how much is in it."""

from __future__ import annotations

import pytest
from test_predictions_page import article

from trainer.documents import Document, DuplicateOf
from trainer.pages.counted_nouns import DOCUMENTS, EVENTS
from trainer.pages.document_view import headline


def facts(document: Document) -> list[tuple[str, str]]:
    """Return the metadata on top of a document."""
    pairs = [pair for facts in article(document).all("dl", "facts") for pair in facts.all("div")]
    return [(pair.all("dt")[0].text(), pair.all("dd")[0].text()) for pair in pairs]


class TestMetadata:
    def test_stands_on_top_with_title_date_and_source_first_and_without_empty_values(self) -> None:
        metadata = {"url": "http://a.b", "year": 2022, "author": None, "place": "", "count": 0, "source": "سانا"}
        document = Document.from_text("نص", id="1", metadata={**metadata, "date": "2022-01-20", "title": "سقوط"})
        assert facts(document) == [
            *[("العنوان", "سقوط"), ("التاريخ", "2022-01-20"), ("المصدر", "سانا")],
            *[("url", "http://a.b"), ("year", "2022"), ("count", "0")],
        ]

    def test_names_the_model_and_the_article_that_this_is_a_copy_of(self) -> None:
        document = Document.from_text("نص")
        document.model = {"name": "marsad", "fingerprint": "abc123"}
        document.duplicate_of = DuplicateOf("2015/7", 0.913)
        assert facts(document) == [("نسخة من", "2015/7 (التشابه 0.91)"), ("النموذج", "marsad (abc123)")]

    def test_says_which_layers_were_not_looked_for(self) -> None:
        document = Document.from_text("نص")
        assert facts(document) == []
        document.layers = ("triggers",)
        assert facts(document) == [("الطبقات", "لم يُبحث عن الكيانات، لم يُبحث عن أنواع أحداث الجمل")]


class TestAHeadline:
    @pytest.mark.parametrize(
        ("title", "text", "expected"),
        [
            ("سقوط حلب", "نص", "سقوط حلب"),
            (" \n", "قُتل\n\n عنصر ", "قُتل عنصر"),
            (7, "نص", "نص"),
            (None, "", ""),
            (None, "كلمة " * 50, "كلمة " * 15 + "كلمة…"),
        ],
    )
    def test_is_the_title_or_how_the_text_begins(self, title: object, text: str, expected: str) -> None:
        found = headline(Document.from_text(text, metadata={"title": title}))
        assert found == expected
        assert len(found) <= 80


class TestANumber:
    def test_stands_with_the_plural_that_arabic_has_for_it(self) -> None:
        assert [DOCUMENTS.counted(number) for number in (1, 10, 99, 100, 103, 111, 1000)] == [
            *("نص واحد", "10 نصوص", "99 نصًا", "100 نص", "103 نصوص", "111 نصًا", "1,000 نص")
        ]
        assert [EVENTS.counted(number) for number in (0, 1, 2, 3, 12)] == [
            *("لا أحداث", "حدث واحد", "حدثان", "3 أحداث", "12 حدثًا")
        ]
