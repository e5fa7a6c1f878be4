"""The page of a dataset in a real browser: the choice of the labels that it shows, and the links to them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browser import PageOpener
from page_actions import click, press, without_script
from page_samples import dataset
from playwright.sync_api import Locator, Page, expect


def shown_labels(page: Page) -> list[str]:
    return [label.get_attribute("id") or "" for label in page.locator("[data-table]:visible").all()]


def choice(page: Page) -> Locator:
    return page.get_by_label("اعرض:")


class TestTheChoice:
    def test_of_one_label_or_one_table_by_keyboard(self, open_page: PageOpener) -> None:
        page = open_page(dataset())
        everything = shown_labels(page)
        choice(page).focus()
        page.keyboard.press("ArrowDown")
        assert shown_labels(page) == [id for id in everything if id.startswith("entities-")]
        page.keyboard.press("ArrowDown")
        assert shown_labels(page) == ["entities-1"]
        page.keyboard.press("Home")
        assert shown_labels(page) == everything

    def test_is_reached_by_the_tab_key(self, open_page: PageOpener) -> None:
        page = open_page(dataset())
        for _ in range(100):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id") == "shown-label":
                break
        expect(choice(page)).to_be_focused()

    def test_has_every_label_with_its_name_and_number_in_a_group_of_its_table(self, open_page: PageOpener) -> None:
        page = open_page(dataset())
        groups = {
            group.get_attribute("label"): group.locator("option").count()
            for group in choice(page).locator("optgroup").all()
        }
        labels = shown_labels(page)
        for group, table in (("الكيانات", "entities"), ("ألفاظ الأحداث", "triggers")):
            (found,) = [number for name, number in groups.items() if (name or "").startswith(group)]
            # The first option is the table as a whole.
            assert found == 1 + sum(label.startswith(f"{table}-") for label in labels)
        for label in labels:
            name, _, number = choice(page).locator(f'option[value="{label}"]').inner_text().rpartition(" (")
            heading = page.locator(f"#{label}-name").text_content() or ""
            assert heading.startswith(f"{name} ")
            assert heading.endswith(f"· {number.removesuffix(')')}")

    def test_by_mouse_shows_the_label_with_its_marked_examples(self, open_page: PageOpener) -> None:
        page = open_page(dataset())
        for option in ("entities-2", "triggers-1"):
            choice(page).select_option(option)
            assert shown_labels(page) == [option]
            assert page.locator(f"#{option} mark").first.is_visible()

    def test_is_kept_when_the_page_is_loaded_again_or_begins_anew_with_all(self, open_page: PageOpener) -> None:
        page = open_page(dataset())
        choice(page).select_option("triggers")
        page.reload()
        chosen = choice(page).input_value()
        assert shown_labels(page) == [id for id in shown_labels(page) if id.startswith(chosen)] != []
        assert (len(shown_labels(page)) == page.locator("[data-table]").count()) == (chosen == "")


class TestLinks:
    @pytest.mark.parametrize("follow", [click, press("Enter")], ids=["by click", "by key"])
    def test_to_a_label_that_is_not_shown_show_it(
        self, follow: Callable[[Locator], None], open_page: PageOpener
    ) -> None:
        page = open_page(dataset())
        choice(page).select_option("entities-1")
        follow(page.locator('a[href="#triggers-2"]').first)
        expect(page.locator("#triggers-2-name")).to_be_in_viewport()
        assert choice(page).input_value() == ""
        assert "triggers-1" in shown_labels(page)

    def test_to_a_label_that_is_shown_leave_the_choice_as_it_is(self, open_page: PageOpener) -> None:
        page = open_page(dataset())
        choice(page).select_option("triggers-2")
        page.locator('a[href="#triggers-2"]').first.click()
        expect(page.locator("#triggers-2-name")).to_be_in_viewport()
        assert shown_labels(page) == ["triggers-2"]

    def test_followed_twice_show_the_label_twice(self, open_page: PageOpener) -> None:
        page = open_page(dataset())
        for _ in range(2):
            choice(page).select_option("entities-1")
            page.locator('a[href="#triggers-2"]').first.click()
            expect(page.locator("#triggers-2-name")).to_be_in_viewport()

    def test_of_the_contents_lead_to_their_sections(self, open_page: PageOpener) -> None:
        page = open_page(dataset())
        links = page.locator("nav .contents a").all()
        assert len(links) > 5
        for link in links:
            link.click()
            expect(page.locator(link.get_attribute("href") or "")).to_be_in_viewport()


class TestWithoutJavaScript:
    def test_every_label_is_shown_and_there_is_no_choice(self, open_page: PageOpener) -> None:
        page = open_page(without_script(dataset()))
        assert not choice(page).is_visible()
        assert len(shown_labels(page)) == page.locator("[data-table]").count() > 5
