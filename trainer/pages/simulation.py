"""The page of a simulation: does choosing what to annotate beat drawing at random?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from trainer.pages.evaluation_tables import NOTHING, Table
from trainer.pages.layer_names import LAYER_NAMES, MEAN_NAME
from trainer.pages.rendering import render
from trainer.plots.intervals import Estimated
from trainer.plots.learning_curve import learning_curve

if TYPE_CHECKING:
    from trainer.plots.picture import Picture

# The strategies by their names in the results.
STRATEGY_NAMES = {"random": "سحب عشوائي random", "chosen": "اختيار النموذج chosen"}
_OUTCOMES = {
    "better": "الاختيار أفضل من السحب العشوائي",
    "worse": "الاختيار أسوأ من السحب العشوائي",
    "no difference": "لا فرق ذو دلالة بين الاختيار والسحب العشوائي",
}
_SENTENCES, _DIFFERENCE = "الجمل الموسومة sentences", "الفرق chosen − random"


def simulation_page(
    results: Mapping[str, Any],
    names: Sequence[str],
    facts: Sequence[tuple[str, str]],
    method: Sequence[str],
    pictures: Mapping[str, Picture],
) -> str:
    """Return one self-contained page.

    Parameters
    ----------
    results:
        As :func:`trainer.selection.simulation_scores.collect_results` gives them.
    names:
        The layers that were scored, and behind them what the mean of all is called in ``results``.
    facts, method:
        Text for people: pairs of a name and a value, and sentences on how it was measured.
    pictures:
        A learning curve for some of ``names``; beside each stands a table with the same numbers.
    """
    shown = [names[-1], *names[:-1]]
    return render(
        "simulation.html.j2",
        title="هل يفيد اختيار ما يُوسم؟",
        outcome=_outcome(results, names[-1]),
        difference=_difference(results["area"]["difference"][names[-1]]) if results["area"] else "",
        facts=facts,
        method=method,
        outcomes=_outcome_table(results, shown) if results["area"] else None,
        curves=[(name, _name(name), pictures.get(name), _curve_table(results, name)) for name in shown],
        revealed=_revealed_table(results, names[:-1]),
    )


def simulation_pictures(results: Mapping[str, Any], names: Sequence[str]) -> dict[str, Picture]:
    """Return the learning curves of both strategies, for each of ``names``.

    Raises
    ------
    ModuleNotFoundError
        Without matplotlib.
    """
    pictures = {}
    for name in names:
        lines = {
            shown: [
                (step["sentences"], Estimated(found["mean"], found["low"], found["high"]))
                for step in results["steps"]
                for found in [step["scores"][strategy][name]]
            ]
            for strategy, shown in STRATEGY_NAMES.items()
        }
        title = f"{_name(name)}: F1 مع فترة 95%"
        pictures[name] = learning_curve(f"simulation_{name}", title, _SENTENCES, lines)
    return pictures


def _outcome(results: Mapping[str, Any], mean: str) -> str:
    if not results["area"]:
        return "خطوة واحدة لا تقارن شيئًا: تبدأ الطريقتان بالجمل نفسها."
    scores, found = results["area"]["scores"], results["area"]["difference"][mean]
    better = sum(value > 0 for value in found["per_seed"])
    return (
        f"{_OUTCOMES[results['outcome'][mean]]}: متوسط F1 على طول المنحنى "
        f"{scores['chosen'][mean]['mean']:.3f} بالاختيار و{scores['random'][mean]['mean']:.3f} بالسحب، "
        f"والاختيار أعلى في {better} من {len(found['per_seed'])} من البذور seeds."
    )


def _outcome_table(results: Mapping[str, Any], names: Sequence[str]) -> Table:
    area = results["area"]
    rows = [
        [
            _name(name),
            _OUTCOMES[results["outcome"][name]],
            *(_score(area["scores"][strategy][name]) for strategy in STRATEGY_NAMES),
            _difference(area["difference"][name]),
            _p_value(area["difference"][name]["p"]),
            " ".join(f"{value:+.3f}" for value in area["difference"][name]["per_seed"]),
        ]
        for name in names
    ]
    columns = ["الطبقة", "النتيجة", *STRATEGY_NAMES.values(), _DIFFERENCE, "p", "الفرق لكل بذرة"]
    return Table("F1 micro على طول المنحنى", columns, rows)


def _curve_table(results: Mapping[str, Any], name: str) -> Table:
    rows = []
    for step in results["steps"]:
        difference = step["difference"][name]
        rows.append(
            [
                str(step["sentences"]),
                *(_score(step["scores"][strategy][name]) for strategy in STRATEGY_NAMES),
                _difference(difference) if difference else NOTHING,
                _p_value(difference["p"]) if difference else NOTHING,
            ]
        )
    columns = [_SENTENCES, *STRATEGY_NAMES.values(), _DIFFERENCE, "p"]
    return Table(f"{_name(name)}: F1 مع فترة 95%، و± الانحراف بين البذور", columns, rows)


def _revealed_table(results: Mapping[str, Any], layers: Sequence[str]) -> Table:
    kinds = {"words": "الكلمات words", **{layer: LAYER_NAMES[layer] for layer in layers}}
    rows = [
        [f"{step['sentences']}: {shown}", *(f"{step['revealed'][strategy][kind]:,.0f}" for kind in kinds)]
        for step in results["steps"]
        for strategy, shown in STRATEGY_NAMES.items()
    ]
    return Table("كم في الجمل الموسومة مما يُقرأ ويُوسم (متوسط البذور)", [_SENTENCES, *kinds.values()], rows)


def _name(name: str) -> str:
    return LAYER_NAMES.get(name, MEAN_NAME)


def _score(score: Mapping[str, Any]) -> str:
    deviation = f" ±{score['deviation']:.3f}" if len(score["per_seed"]) > 1 else ""
    return f"{score['mean']:.3f} [{score['low']:.3f} {score['high']:.3f}]{deviation}"


def _difference(found: Mapping[str, Any]) -> str:
    return f"{found['mean']:+.3f} [{found['low']:+.3f} {found['high']:+.3f}]"


def _p_value(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
