"""Pictures of scores, counts and runs: what they show, in real Arabic, and that nothing a label holds breaks them."""

from __future__ import annotations

import base64
import hashlib
import io
import logging
import math
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from strategies import ANY_TEXT

from trainer.pages.training_plots import HISTORY_LABELS
from trainer.plots.grouped_bars import grouped_bars
from trainer.plots.heat_map import heat_map
from trainer.plots.histogram import histogram
from trainer.plots.intervals import Estimated, limits, whiskers
from trainer.plots.learning_curve import learning_curve
from trainer.plots.lettering import LONGEST_LABEL, drawable, heading, label, number
from trainer.plots.picture import NO_DATA, Picture, drawing, new_figure, picture
from trainer.plots.reliability import reliability
from trainer.plots.training_history import training_history
from trainer.plots.type_bars import Bar, type_bars

matplotlib = pytest.importorskip("matplotlib")

CHECKOUT = Path(__file__).resolve().parents[1]
PNG = b"\x89PNG\r\n\x1a\n"
SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"
NAN = math.nan
BINS = [
    {"low": 0.0, "high": 0.1, "count": 900, "mean_score": 0.02, "observed": 0.01},
    {"low": 0.9, "high": 1.0, "count": 60, "mean_score": 0.97, "observed": 0.9},
]
HISTORY = [
    {"loss": 1.5, "epoch": 1.0, "step": 5},
    {"eval_entities": 0.4, "eval_triggers": 0.2, "eval_score": 0.3, "epoch": 1.0, "step": 5},
    {"loss": 0.5, "epoch": 2.0, "step": 10},
    {"eval_entities": 0.6, "eval_triggers": 0.5, "eval_score": 0.55, "epoch": 2.0, "step": 10},
]
DRAWN: Mapping[str, Callable[[], Picture | None]] = {
    "type_bars": lambda: type_bars(
        "type_bars",
        "الكيانات: F1 لكل نوع مع فترة 95%",
        [Bar("شخص PER", 0.9, 0.8, 0.95, "119"), Bar("قوة مسلحة ARMED", 0.7, None, None, "12")],
    ),
    "grouped_bars": lambda: grouped_bars(
        "grouped_bars",
        "F1 micro مع فترة 95%",
        ["الكيانات", "ألفاظ الأحداث"],
        {"النموذج": [Estimated(0.86, 0.83, 0.9), Estimated(0.81, None, None)], "CRF": [Estimated(0.4, 0.3, 0.5), None]},
    ),
    "heat_map": lambda: heat_map(
        "heat_map",
        "أي نوع أُخذ مكان أي",
        ["قتل KILL", "لا شيء"],
        ["قتل KILL", "لا شيء"],
        np.array([[40, 2], [3, 0]]),
        "نوع المعيار",
        "نوع النموذج",
    ),
    "reliability": lambda: reliability("reliability", "هل تصدق الدرجات؟", {"الكيانات": BINS, "الألفاظ": BINS}),
    "learning_curve": lambda: learning_curve(
        "learning_curve",
        "منحنى التعلّم",
        "نسبة النص",
        {"الكيانات": [(0.0, Estimated(0.4, 0.3, 0.5)), (1.0, Estimated(0.7, 0.6, 0.8))]},
    ),
    "training_history": lambda: training_history("training_history", "سير التدريب", HISTORY, True, HISTORY_LABELS),
    "histogram": lambda: histogram(
        "histogram", "أطوال الجمل", "عدد الكلمات", {"التدريب": [3, 7, 7, 9], "الاختبار": [5]}
    ),
}


@cache
def drawn(kind: str) -> Picture:
    """Draw the example of a kind, once."""
    found = DRAWN[kind]()
    assert found is not None
    return found


def glyphs(text: str) -> list[str]:
    """Return the names of the glyphs of ``text``, from left to right, as a picture has them, without spaces."""
    with drawing():
        figure = new_figure(1.0)
        figure.text(0.5, 0.5, label(text))
    root = ElementTree.fromstring(picture(figure, "text", "").svg)
    # Spaces and the marks of direction are paths without anything to draw.
    visible = {f"#{path.get('id')}" for path in root.iter(f"{SVG}path") if path.get("d")}
    return [use.attrib[LINK] for use in root.iter(f"{SVG}use") if use.attrib[LINK] in visible]


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What all pieces of text say that are drawn, without the marks of their direction."""
    from matplotlib.backends.backend_agg import RendererAgg

    found: list[str] = []
    original = RendererAgg.draw_text

    def noted(self: Any, gc: Any, x: float, y: float, s: str, *rest: Any, **options: Any) -> Any:
        found.append(s.lstrip("\u200e\u200f"))
        return original(self, gc, x, y, s, *rest, **options)

    monkeypatch.setattr(RendererAgg, "draw_text", noted)
    return found


@pytest.mark.parametrize("kind", list(DRAWN))
class TestEveryPicture:
    def test_is_a_png_and_a_parseable_svg_with_a_name_and_a_description(self, kind: str) -> None:
        found = drawn(kind)
        assert found.png.startswith(PNG)
        assert ElementTree.fromstring(found.svg).tag == f"{SVG}svg"
        assert found.name == kind
        assert len(found.description) > 10

    def test_is_the_same_to_the_byte_whatever_the_user_has_configured(self, kind: str) -> None:
        odd = {"font.size": 20, "font.family": "monospace", "axes.grid": True, "figure.dpi": 30, "svg.fonttype": "none"}
        with matplotlib.rc_context({**odd, "savefig.dpi": 30, "text.parse_math": True, "savefig.bbox": "tight"}):
            assert DRAWN[kind]() == drawn(kind)

    def test_says_nothing_of_when_and_with_what_it_was_made(self, kind: str) -> None:
        found = drawn(kind)
        assert not [chunk for chunk in (b"tEXt", b"iTXt", b"zTXt", b"tIME", b"eXIf") if chunk in found.png]
        assert b"dc:date" not in found.svg
        assert b"Matplotlib v" not in found.svg

    def test_has_its_letters_as_paths_and_no_pixels_in_the_svg(self, kind: str) -> None:
        root = ElementTree.fromstring(drawn(kind).svg)
        assert list(root.iter(f"{SVG}use"))
        assert not [*root.iter(f"{SVG}text"), *root.iter(f"{SVG}image")]


class TestAPicture:
    def test_can_stand_in_a_page(self) -> None:
        found = drawn("type_bars")
        beginning, _, content = found.data_uri().partition(",")
        assert beginning == "data:image/svg+xml;base64"
        assert base64.b64decode(content) == found.svg

    def test_is_written_as_svg_and_png(self, tmp_path: Path) -> None:
        found = drawn("heat_map")
        paths = found.write(tmp_path)
        assert paths == [tmp_path / "heat_map.svg", tmp_path / "heat_map.png"]
        assert [path.read_bytes() for path in paths] == [found.svg, found.png]

    def test_of_the_same_figure_is_the_same(self) -> None:
        with drawing():
            figure = new_figure(2.0, "عنوان")
            figure.subplots().plot([1, 2], [3, 4])
        assert picture(figure, "a", "b") == picture(figure, "a", "b")

    def test_leaves_the_users_matplotlib_as_it_was(self) -> None:
        before = dict(matplotlib.rcParams)
        DRAWN["type_bars"]()
        assert dict(matplotlib.rcParams) == before

    def test_is_the_same_in_another_process_and_needs_no_pyplot(self, tmp_path: Path) -> None:
        (tmp_path / "matplotlibrc").write_text("font.size: 20\naxes.grid: True\nsvg.hashsalt: other\n")
        program = (
            "import sys, hashlib\n"
            "from test_plots import DRAWN\n"
            "found = DRAWN['grouped_bars']()\n"
            "print(hashlib.sha256(found.svg + found.png).hexdigest(), 'matplotlib.pyplot' in sys.modules)\n"
        )
        found = drawn("grouped_bars")
        path = os.pathsep.join([str(CHECKOUT), str(CHECKOUT / "tests")])
        environment = {**os.environ, "PYTHONPATH": path, "MATPLOTLIBRC": str(tmp_path), "PYTHONHASHSEED": "7"}
        run = [sys.executable, "-c", program]
        printed = subprocess.run(run, env=environment, capture_output=True, encoding="utf-8", check=True).stdout
        assert printed.split() == [hashlib.sha256(found.svg + found.png).hexdigest(), "False"]


class TestArabic:
    def test_is_shaped_lam_and_alef_are_one_glyph(self) -> None:
        assert len(glyphs("لا")) == 1
        assert len(glyphs("KA")) == 2

    def test_is_joined_a_letter_looks_different_at_the_beginning_in_the_middle_and_alone(self) -> None:
        # Heh at the beginning, in the middle and at the end; and alone.
        assert len({*glyphs("ههه"), *glyphs("ه")}) == 4

    def test_reads_from_right_to_left(self) -> None:
        # Dal and reh join nothing, so that their glyphs are those of the single letters.
        assert glyphs("در") == [*glyphs("ر"), *glyphs("د")]

    def test_beside_latin_stays_right_to_left_even_if_the_latin_word_comes_first(self) -> None:
        found = glyphs("K در")
        assert found[:2] == glyphs("در")
        assert found[-1:] == glyphs("K")

    def test_numbers_and_latin_words_keep_their_own_direction(self) -> None:
        assert glyphs("د 12")[:2] == glyphs("12")


class TestLabels:
    def test_that_are_long_lose_their_middle(self) -> None:
        shortened = label("مدينة أو دولة أو منطقة لها حكومة معروفة ومسماة باسمها GPE")
        assert shortened.startswith("\u200fمدينة أو دولة")
        assert "…" in shortened
        assert shortened.endswith("باسمها GPE")
        assert len(shortened) <= LONGEST_LABEL + 1

    def test_of_wide_letters_are_shortened_to_the_same_width(self) -> None:
        assert len(label("漢" * 60)) <= LONGEST_LABEL // 2 + 1

    def test_cannot_turn_the_rest_of_the_text_around(self) -> None:
        assert drawable("a\u202eb\u2066c") == "a�b�c"

    def test_lose_the_marks_that_would_grow_over_other_rows(self) -> None:
        assert drawable("z" + "\u0301" * 50) == "z" + "\u0301" * 4

    def test_keep_arabic_vowels_and_the_joiners_of_persian(self) -> None:
        for text in ("قُتِّلَ", "می\u200cخواهم"):
            assert drawable(text) == text

    def test_of_a_title_that_is_too_long_are_two_lines_broken_between_words(self) -> None:
        lines = heading("نتائج التعرف على الكيانات المسماة وألفاظ الأحداث في أخبار الصحف العربية").split("\n")
        assert [line.strip("\u200f") for line in lines] == [
            "نتائج التعرف على الكيانات المسماة",
            "وألفاظ الأحداث في أخبار الصحف العربية",
        ]

    def test_hold_no_formulas(self, texts: list[str]) -> None:
        assert glyphs("$x$") == [*glyphs("$"), *glyphs("x"), *glyphs("$")]
        type_bars("a", "$x$", [Bar("$\\frac{1}{0}$ 5% _a", 0.5, None, None, "$")])
        assert {"$x$", "$\\frac{1}{0}$ 5% _a", "0.50 ($)"} <= set(texts)

    def test_of_series_that_begin_with_an_underscore_are_in_the_legend(self, texts: list[str]) -> None:
        grouped_bars("a", "", ["g"], {"_x": [Estimated(0.5, None, None)], "y": [Estimated(0.5, None, None)]})
        assert {"_x", "y"} <= set(texts)

    @given(text=ANY_TEXT)
    @settings(max_examples=25)
    def test_may_be_any_text(self, text: str) -> None:
        found = type_bars("any", text, [Bar(text, 0.5, 0.4, 0.6, text)])
        ElementTree.fromstring(found.svg)
        found.description.encode("utf-8")

    @given(text=ANY_TEXT)
    def test_of_any_text_are_short_and_of_one_line(self, text: str) -> None:
        shortened = label(text)
        assert len(shortened) <= LONGEST_LABEL + 1
        assert len(shortened.splitlines()) <= 1
        assert len(heading(text).splitlines()) <= 2

    def test_with_letters_that_the_font_lacks_print_nothing(
        self,
        capfd: pytest.CaptureFixture[str],
        caplog: pytest.LogCaptureFixture,
        recwarn: pytest.WarningsRecorder,
    ) -> None:
        with caplog.at_level(logging.WARNING):
            grouped_bars("a", "漢字", ["👨\u200d👩\u200d👧"], {"𞺀": [Estimated(0.5, None, None)]})
        assert capfd.readouterr() == ("", "")
        assert caplog.records == []
        assert list(recwarn) == []


class TestWhatIsMissing:
    @pytest.mark.parametrize(
        "draw",
        [
            lambda: type_bars("a", "عنوان", []),
            lambda: grouped_bars("a", "عنوان", [], {}),
            lambda: heat_map("a", "عنوان", [], [], np.zeros((0, 0)), "", ""),
            lambda: heat_map("a", "عنوان", ["x"], ["y"], [[0]], "", ""),
            lambda: reliability("a", "عنوان", {"x": []}),
            lambda: learning_curve("a", "عنوان", "x", {"x": [(1.0, Estimated(NAN, None, None))]}),
            lambda: histogram("a", "عنوان", "x", {"x": [NAN]}),
        ],
    )
    def test_is_said_in_the_picture_and_its_description(self, draw: Callable[[], Picture], texts: list[str]) -> None:
        assert draw().description == f"عنوان: {NO_DATA}"
        assert sorted(texts) == sorted([NO_DATA, "عنوان"])

    def test_of_a_history_gives_no_picture(self) -> None:
        logged = [{"train_loss": 1.0, "epoch": 1.0, "step": 1}]
        assert training_history("a", "عنوان", logged, True, HISTORY_LABELS) is None

    def test_or_infinite_values_leave_their_place_empty(self, texts: list[str]) -> None:
        missing = [Bar("قتل", NAN, NAN, NAN, "0"), Bar("قصف", math.inf, None, None, ""), Bar("أسر", 0.5, NAN, 0.6, "")]
        type_bars("a", "", missing)
        assert {"– (0)", "–", "0.50"} <= set(texts)

    def test_ends_of_intervals_and_bars_are_left_out(self) -> None:
        nothing = Estimated(NAN, NAN, NAN)
        assert grouped_bars("a", "", ["g"], {"x": [nothing], "y": [Estimated(0.5, None, NAN)]}).svg
        assert heat_map("a", "", ["x"], ["y", "z"], [[NAN, 0.5]], "", "").svg
        assert learning_curve("a", "", "x", {"x": [(1.0, Estimated(0.5, None, 0.9)), (NAN, nothing)]}).svg
        assert reliability("a", "", {"x": [*BINS, {**BINS[0], "observed": NAN}]}).svg
        diverged = [{"loss": NAN, "epoch": 1.0, "step": 1}, *HISTORY]
        assert training_history("a", "", diverged, True, HISTORY_LABELS) is not None


class TestTypeBars:
    def test_have_the_value_and_the_note_beside_them_and_a_count_once(self, texts: list[str]) -> None:
        type_bars("a", "", [Bar("شخص", 0.9, 0.8, 1.0, "119"), Bar("مكان", 1200, None, None, "1,200")])
        assert {"0.90 (119)", "1,200"} <= set(texts)

    def test_grow_to_the_left_from_labels_at_the_right(self) -> None:
        from matplotlib.image import imread

        found = type_bars("a", "", [Bar("شخص", 0.5, None, None, "")])
        pixels = (imread(io.BytesIO(found.png))[..., :3] * 255).round()
        blue = np.argwhere((pixels == (0, 114, 178)).all(axis=-1))[:, 1]
        width = pixels.shape[1]
        # To the right of the bar there is room for the label alone, to the left for the other half of the axis.
        assert width - blue.max() < 0.15 * width
        assert blue.min() > 0.4 * width

    def test_make_the_picture_as_high_as_they_need(self) -> None:
        rows = [Bar("شخص", 0.5, None, None, "")] * 20
        assert _height(type_bars("a", "", rows)) > 3 * _height(type_bars("a", "", rows[:2]))


class TestGroupedBars:
    def test_need_a_value_for_each_group(self) -> None:
        with pytest.raises(ValueError, match="series 'x' has 1 values for 2 groups"):
            grouped_bars("a", "", ["g", "h"], {"x": [None]})

    def test_name_groups_series_and_values(self, texts: list[str]) -> None:
        DRAWN["grouped_bars"]()
        assert {"الكيانات", "ألفاظ الأحداث", "النموذج", "CRF", "0.86", "0.40"} <= set(texts)


class TestHeatMap:
    def test_has_every_number_but_zeros(self, texts: list[str]) -> None:
        DRAWN["heat_map"]()
        assert {"40", "2", "3"} <= set(texts)
        assert "0" not in texts

    def test_has_white_numbers_on_dark_cells_and_black_ones_on_light_cells(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from matplotlib.axes import Axes

        inks: dict[str, str] = {}
        original = Axes.text

        def noted(self: Any, x: float, y: float, s: str, **options: Any) -> Any:
            inks[s] = options["color"]
            return original(self, x, y, s, **options)

        monkeypatch.setattr(Axes, "text", noted)
        DRAWN["heat_map"]()
        assert inks == {"40": "white", "2": "#000000", "3": "#000000"}

    def test_must_have_as_many_numbers_as_names(self) -> None:
        with pytest.raises(ValueError, match=r"1 rows and 2 columns cannot show shape \(2, 2\)"):
            heat_map("a", "", ["x"], ["y", "z"], np.ones((2, 2)), "", "")

    def test_takes_numbers_below_zero(self, texts: list[str]) -> None:
        heat_map("a", "", ["x"], ["y", "z"], [[-0.2, 0.9]], "", "")
        assert {"-0.20", "0.90"} <= set(texts)


class TestTrainingHistory:
    def test_marks_the_epoch_that_was_kept(self, texts: list[str]) -> None:
        training_history("a", "سير التدريب", HISTORY, True, HISTORY_LABELS)
        assert "الأوزان المحفوظة: الدورة 2" in texts

    def test_does_not_where_the_last_weights_were_kept(self, texts: list[str]) -> None:
        training_history("a", "سير التدريب", HISTORY, False, HISTORY_LABELS)
        assert not [text for text in texts if "الأوزان" in text]
        assert {"الخسارة loss", "الكيانات entities", "المتوسط mean"} <= set(texts)


class TestHistogram:
    def test_of_whole_numbers_has_a_bin_for_each(self, texts: list[str]) -> None:
        histogram("a", "", "عدد الكلمات", {"x": [1, 1, 2, 3]})
        assert {"1", "2", "3", "عدد الكلمات"} <= set(texts)

    def test_takes_a_single_value_and_values_far_apart(self) -> None:
        for values in ([5], [0.5], [0, 10**9], [0.25, 1e6]):
            assert histogram("a", "", "x", {"x": values}).svg


class TestNumbers:
    def test_of_an_axis_reach_from_0_to_1_for_scores_and_as_far_as_needed_else(self) -> None:
        assert limits([0.2, None, NAN]) == (0.0, 1.0)
        assert limits([]) == (0.0, 1.0)
        low, high = limits([-2.0, 10.0])
        assert low < -2 < 10 < high

    def test_of_counts_fill_the_axis_even_if_they_are_1(self) -> None:
        assert limits([0, 1])[1] > 1

    def test_of_an_interval_are_distances_and_never_below_zero(self) -> None:
        assert whiskers(0.5, 0.25, 0.75) == [[0.25], [0.25]]
        assert whiskers(0.5, 0.6, 0.7)[0] == [0.0]  # type: ignore[index]
        assert whiskers(0.5, None, 0.7) is None

    def test_are_whole_with_commas_or_have_two_decimals(self) -> None:
        assert [number(value) for value in (1200, np.int64(7), 0.5, 1234.5, NAN)] == ["1,200", "7", "0.50", "1,234", ""]


def test_without_matplotlib_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ModuleNotFoundError) as caught:
        type_bars("a", "", [])
    assert (caught.value.name or "").partition(".")[0] == "matplotlib"


def _height(found: Picture) -> float:
    return float(ElementTree.fromstring(found.svg).attrib["height"].removesuffix("pt"))
