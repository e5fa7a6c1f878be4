"""``marsad evaluate --report``: the page has what the scores say, and warns of scores that mean nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import SPLITS, Marsad, write_tiny_corpus
from evaluation_samples import images, page_of, tables, wrong
from parsed_pages import parsed

from trainer.evaluation.report import evaluate_split
from trainer.evaluation.report_page import evaluation_section
from trainer.pages import evaluation_plots
from trainer.writers import report_folder


class TestEvaluateReport:
    def test_it_writes_a_page_and_its_plots(
        self, marsad: Marsad, tiny_model: Path, tiny_corpus: Path, tmp_path: Path
    ) -> None:
        folder = tmp_path / "new" / "report"
        result = marsad("evaluate", tiny_model, tiny_corpus, "--report", folder)
        assert result.code == 0, result.err
        assert result.out.splitlines()[-1] == f"written: {folder / 'index.html'}"
        root = parsed((folder / "index.html").read_text(encoding="utf-8"))
        assert sorted(path.name for path in folder.iterdir()) == ["index.html", "plots"]
        plots = {path.name for path in (folder / "plots").iterdir()}
        assert plots == {f"{Path(name).stem}{ending}" for name in plots for ending in (".png", ".svg")}
        # One system alone is in no picture on the page.
        assert len(plots) == 2 * (len(images(root)) + 1) > 10
        assert root.all("h1")[0].text().endswith(" على test")
        assert root.all("p", "warning") == []

    def test_the_page_has_the_numbers_of_the_report_and_every_wrong_sentence(
        self, tiny_model: Path, tiny_corpus: Path
    ) -> None:
        evaluation = evaluate_split(tiny_model, tiny_corpus, baselines=True)
        root = page_of(evaluation_section(evaluation, tiny_model))
        report = evaluation.report
        found = tables(root)
        value = report["intervals"]["triggers"]
        row = found["درجات النموذج"][2]
        assert row[1:3] == [f"{value['mean']:.3f}", f"[{value['low']:.3f} {value['high']:.3f}]"]
        systems = found["F1 micro مع فترة 95%"]
        assert [row[0] for row in systems[1:]] == [
            *("النموذج model", "الأغلب majority", "معجم lexicon", "CRF", "TF-IDF"),
        ]
        assert systems[3][1].startswith(f"{report['baselines']['lexicon']['scores']['entities']['micro']['f1']:.3f} [")
        rows = zip(*report["counts"].values(), strict=True)
        errors = [sum(gold + predicted - 2 * hits for hits, predicted, gold in sentence) for sentence in rows]
        assert len(wrong(root)) == sum(map(bool, errors))
        assert "سير التدريب، والدرجات على نصوص التحقق validation" in found, "the model folder keeps its history"

    def test_sentences_that_were_trained_on_are_marked(self, tiny_model: Path, tiny_corpus: Path) -> None:
        evaluation = evaluate_split(tiny_model, tiny_corpus, "train", allow_leaks=True)
        (warning,) = page_of(evaluation_section(evaluation, tiny_model)).all("p", "warning")
        assert "LEAKED: 10 من 10" in warning.text()

    def test_a_model_without_fingerprints_has_a_warning_and_one_without_a_history_no_curve(
        self, model_copy: Path, tiny_corpus: Path
    ) -> None:
        for name in ("training_sentences.npz", "training_spans.json", "training_history.json"):
            (model_copy / name).unlink(missing_ok=True)
        root = page_of(evaluation_section(evaluate_split(model_copy, tiny_corpus), model_copy))
        (warning,) = root.all("p", "warning")
        assert "فلم يمكن التحقق" in warning.text()
        assert not {"المعروف والجديد", "سير التدريب، والدرجات على نصوص التحقق validation"} & tables(root).keys()

    def test_a_split_without_sentences_is_a_page(
        self, marsad: Marsad, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(evaluation_plots, "section_pictures", lambda section, names: {})
        corpus = write_tiny_corpus(tmp_path / "corpus", {**SPLITS, "test": {}})
        result = marsad("evaluate", tiny_model, corpus, "--report", tmp_path / "report")
        assert result.code == 0, result.err
        assert wrong(parsed((tmp_path / "report" / "index.html").read_text(encoding="utf-8"))) == []

    def test_without_matplotlib_nothing_is_begun(
        self, marsad: Marsad, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(report_folder, "installed", lambda package: False)
        result = marsad("evaluate", tmp_path / "no-model", "data", "--report", tmp_path / "report")
        assert result.code == 1
        assert 'need matplotlib, which is not installed: pip install "marsad[plots]"' in " ".join(result.err.split())
