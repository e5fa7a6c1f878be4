"""The results of a simulation as files: ``results.json``, and a page with the learning curves."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trainer.evaluation.report_page import INTERVALS, STRICT
from trainer.extras import how_to_install, installed
from trainer.pages.simulation import simulation_page, simulation_pictures
from trainer.selection.simulation_scores import MEAN
from trainer.writers.whole_outputs import replacing

logger = logging.getLogger(__name__)
RESULTS_FILE, PAGE_FILE = "results.json", "index.html"


def write_results(results: Mapping[str, Any], output: Path) -> Path:
    """Write ``results.json`` into the output folder and return its path."""
    return _written(output / RESULTS_FILE, json.dumps(results, ensure_ascii=False, indent=1) + "\n")


def write_page(results: Mapping[str, Any], output: Path) -> Path:
    """Write the page into the output folder and return its path; without matplotlib it has no curves."""
    names = [*results["layers"], MEAN]
    pictures = {}
    if installed("matplotlib"):
        pictures = simulation_pictures(results, names)
    else:
        how = how_to_install(["matplotlib"])
        logger.warning("%s has no curves: they need matplotlib, which '%s' installs", PAGE_FILE, how)
    return _written(output / PAGE_FILE, simulation_page(results, names, _facts(results), _method(results), pictures))


def _facts(results: Mapping[str, Any]) -> list[tuple[str, str]]:
    options, data = results["options"], results["data"]
    overrides = " ".join(f"--{key} {value}" for key, value in options["overrides"].items())
    return [
        ("الإعداد config", f"{options['config']} {overrides}".strip()),
        ("المدونة corpus", data["name"]),
        ("المخزون pool", f"{options['pool']}: {data['pool']} جملة"),
        ("مقالات الاختبار test", "، ".join(data["documents"])),
        ("جمل الاختبار sentences", str(data["sentences"])),
        ("البذور seeds", "، ".join(map(str, options["seeds"]))),
        ("خطوات كل تدريب steps", str(results["optimiser_steps"])),
    ]


def _method(results: Mapping[str, Any]) -> list[str]:
    return [
        "تُعامَل جمل المخزون كأنها غير موسومة. تبدأ الطريقتان بالجمل نفسها مسحوبةً عشوائيًا، ثم تأخذ إحداهما في كل خطوة "
        "ما يختاره النموذج المدرَّب على ما وُسم حتى الآن، وتأخذ الأخرى ما يُسحب عشوائيًا من الجمل المرشحة نفسها. وبعد كل "
        "خطوة يُدرَّب النموذج من جديد من المرمِّز الأصلي ويُختبر على مقالات لم يُختر منها شيء ولم تُضبط عليها درجات الحرارة.",
        f"كل تدريب {results['optimiser_steps']} خطوة optimiser steps أيًّا كان عدد الجمل، حتى يُظهر المنحنى قيمة الجمل لا "
        "طول التدريب. وفي متوسط F1 على طول المنحنى كل انتقال من عدد إلى الذي يليه يزن مثل غيره.",
        STRICT,
        INTERVALS.format(unit="مجموعة مقالات"),
        "ولا تقول الفترات شيئًا عن الجمل التي سُحبت أولًا؛ ذلك ما تختلف فيه البذور. لذلك لا يُعدّ الفرق فرقًا إلا إذا خلت "
        "فترته من الصفر واتفقت البذور كلها على جهته.",
    ]


def _written(path: Path, content: str) -> Path:
    with replacing(path) as (unfinished,):
        unfinished.write_text(content, encoding="utf-8", newline="\n")
    return path
