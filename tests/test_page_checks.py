"""The checks of pages themselves: they find nothing on a sound page, and every defect that they are there to find."""

from __future__ import annotations

import page_checks
import pytest
from browser import PHONE, PageOpener, no_browser

SOUND = """\
<!DOCTYPE html>
<html lang="ar" dir="rtl">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>مقتل جنود</title>
<style>body { background: #fff; color: #222 } p { background: none } @media print { button { display: none } }</style>
</head>
<body>
<a href="#text">إلى النص</a>
<header><h1>مقتل جنود</h1><button type="button">إخفاء</button></header>
<nav aria-label="الصفحات"><a href="#first">الأول</a></nav>
<main id="text"><h2 id="first">الخبر</h2><p>قُتل خمسة جنود قرب حلب.</p>
<img alt="خريطة" src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7">
<label>بحث <input type="search" style="max-width: 10rem"></label></main>
</body></html>
"""
CHECKS = (
    page_checks.structure_problems,
    page_checks.contrast_problems,
    page_checks.sideways_problems,
    page_checks.keyboard_problems,
)
SAID = "<p>قُتل خمسة جنود قرب حلب.</p>"


class TestTheChecks:
    def test_find_nothing_on_a_sound_page(self, open_page: PageOpener) -> None:
        page = open_page(SOUND, *PHONE)
        assert [check(page) for check in CHECKS] == [[]] * len(CHECKS)

    @pytest.mark.parametrize(
        ("sound", "unsound", "problem"),
        [
            ('lang="ar"', "", "the page is in no language, rtl"),
            ('dir="rtl"', "", "the page is in ar, ltr"),
            ("<!DOCTYPE html>", "", "no doctype"),
            ("<title>مقتل جنود</title>", "", "no title"),
            ('id="first"', 'id="text"', "id text twice"),
            ('href="#first"', 'href="#last"', "leads to #last, which is not there"),
            ('alt="خريطة"', "", "a picture without alt"),
            ("<label>بحث", "<label>", "no label"),
            (">إخفاء<", "><", "no name"),
            ('aria-label="الصفحات"', "", "a part of the page without a name"),
            ("<h2", "<h3", "comes after level 1"),
            ("<h1>", "<h1>مرصد</h1><h1>", "not one <h1>"),
            (SAID, '<div role="group" aria-labelledby="name"></div>', "names name, which is not there"),
            (SAID, "<table><tr><td>1</td></tr></table>", "a table without headings"),
        ],
    )
    def test_find_what_a_screen_reader_would_miss(
        self, sound: str, unsound: str, problem: str, open_page: PageOpener
    ) -> None:
        assert SOUND.count(sound) == 1
        problems = page_checks.structure_problems(open_page(SOUND.replace(sound, unsound)))
        assert problem in "\n".join(problems)

    @pytest.mark.parametrize(
        ("style", "contrast"),
        [
            ("color: #888", "3.54"),
            ("color: #888; font-size: 30px", ""),
            ("color: #0004", "1.92"),
            ("opacity: 0.3", "1.88"),
            ("background: #555", "2.13"),
            ("background: repeating-linear-gradient(45deg, #fff 0 4px, #555 4px 8px)", "2.13"),
            ("color: #888; position: absolute; width: 1px; height: 1px; overflow: hidden", ""),
            ("color: #888; visibility: hidden", ""),
        ],
    )
    def test_find_text_that_is_too_pale(self, style: str, contrast: str, open_page: PageOpener) -> None:
        problems = page_checks.contrast_problems(open_page(SOUND.replace("<p>", f'<p style="{style}">')))
        assert [problem.split("contrast ")[1] for problem in problems] == ([f"{contrast}, not 4.5"] if contrast else [])

    @pytest.mark.parametrize(
        ("style", "problem"),
        [("width: 500px", "wide, of 390"), ("}</style><style>body { overflow-x: hidden", "<body> cuts off")],
    )
    def test_find_what_is_too_wide_for_a_phone(self, style: str, problem: str, open_page: PageOpener) -> None:
        page = open_page(SOUND.replace("<style>", f"<style>p {{ {style} }} "), *PHONE)
        (found,) = page_checks.sideways_problems(page)
        assert problem in found

    @pytest.mark.parametrize(
        ("sound", "unsound", "problem"),
        [
            ("button { display: none }", "", "<button> إخفاء is printed"),
            ("button {", "main, button {", "nothing is printed"),
        ],
    )
    def test_find_what_is_wrong_on_paper(self, sound: str, unsound: str, problem: str, open_page: PageOpener) -> None:
        page = SOUND.replace("@media print {", "@media print { input { display: none }")
        assert page_checks.printing_problems(open_page(page)) == []
        assert page_checks.printing_problems(open_page(page.replace(sound, unsound))) == [problem]

    @pytest.mark.parametrize(
        ("style", "problem"),
        [
            ("a { display: none }", "the first stop is no link to the text"),
            ("button { outline: none !important }", "<button> إخفاء: no ring around it"),
            ("nav a { position: fixed; top: -9rem }", "<a> الأول: it is not to be seen"),
        ],
    )
    def test_find_what_the_tab_key_loses(self, style: str, problem: str, open_page: PageOpener) -> None:
        assert page_checks.keyboard_problems(open_page(SOUND.replace("<style>", f"<style>{style} "))) == [problem]


class TestAnOpenPage:
    @pytest.mark.parametrize(
        ("added", "problem"),
        [
            ("<script>console.error('خطأ')</script>", "in the console: خطأ"),
            ("<script>throw new Error('خطأ')</script>", "an error on the page: خطأ"),
            ("<script>alert('خطأ')</script>", "a dialog: خطأ"),
            ("<script>setTimeout(() => missing())</script>", "an error on the page: missing is not defined"),
            ("<img alt='' src='http://192.0.2.1/x.png'>", "asked for: http://192.0.2.1/x.png"),
            ("<img alt='' src='x.png'>", "not loaded: file://"),
            ("<link rel='stylesheet' href='x.css'>", "asked for: file://"),
            (
                "<meta http-equiv='Content-Security-Policy' content=\"script-src 'none'\"><script>x = 1</script>",
                "violates the following Content Security Policy directive",
            ),
        ],
    )
    def test_tells_every_problem(self, added: str, problem: str, open_page: PageOpener) -> None:
        open_page(SOUND.replace("</head>", f"{added}</head>"))
        open_page.listen_to_the_end()
        assert problem in "\n".join(open_page.problems)
        open_page.problems.clear()  # or they would fail this test

    def test_has_no_problem_with_a_sound_page_and_what_is_written_into_it(self, open_page: PageOpener) -> None:
        open_page(SOUND)
        open_page.listen_to_the_end()
        assert open_page.problems == []


class TestWithoutABrowser:
    @pytest.mark.parametrize(("ci", "outcome"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)])
    def test_tests_are_skipped_and_fail_in_ci(
        self, ci: str, outcome: type[BaseException], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CI", ci)
        with pytest.raises(outcome, match="no Chromium"):
            no_browser("no Chromium")
