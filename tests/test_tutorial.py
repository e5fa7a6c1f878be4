"""docs/tutorial.md: all of its commands, in its order, with a tiny model in the place of the quickstart's."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
import regex
import yaml
from conftest import QUICK_RUN, SENTENCES, Marsad
from environments import CHECKOUT

import trainer
from trainer.formats.jsonl import read_jsonl

TUTORIAL = CHECKOUT / "docs" / "tutorial.md"
# What the reader of the tutorial has: pages that no model has seen, with a line that is none of the article's.
PAGES = {
    "first": "قصفت قسد مدينة الرقة أمس، وقُتل خمسة من تنظيم داعش.\nاقرأ أيضاً: أخبار الطقس\nوصل محمد العلي إلى حلب.",
    "second": "أعلن تنظيم داعش السيطرة على بلدة قرب إدلب.\nعقدت قوات النظام اجتماعاً مع أهالي دمشق.",
    "third": "سيطرت قوات النظام على ثلاث قرى في ريف الحسكة.\nقال أحمد الخالد إن القصف توقف مساء الجمعة.",
}


def commands() -> list[list[str]]:
    """Return the words of every command, in the order of the page."""
    blocks = regex.findall(r"^```bash\n(.*?)^```", TUTORIAL.read_text(encoding="utf-8"), regex.DOTALL | regex.MULTILINE)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [words for line in lines if (words := shlex.split(line, comments=True))]


def export_of(project: Path) -> list[dict[str, Any]]:
    """Return the tasks as Label Studio exports them when somebody has read all, and taken one entity for no entity."""
    tasks = json.loads((project / "tasks.json").read_text(encoding="utf-8"))
    dropped = False
    for number, task in enumerate(tasks, start=1):
        (prediction,) = task.pop("predictions")
        results = prediction["result"]
        for result in results:
            if not dropped and result["from_name"] == "entities":
                results = [item for item in results if item.get("id") != result["id"]]
                dropped = True
                break
        task |= {"id": number, "annotations": [{"id": number, "completed_by": 1, "result": results}]}
    assert dropped, "the tiny model suggested no entity"
    return tasks


@pytest.fixture
def checkout(
    tmp_path: Path, tiny_corpus: Path, tiny_model: Path, tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A folder in which the tutorial's paths lead to something small."""
    shutil.copytree(tiny_corpus.parent, tmp_path / "data")
    shutil.copytree(tiny_model, tmp_path / "outputs" / "quickstart" / "model")
    (tmp_path / "configs").mkdir()
    settings = {
        **QUICK_RUN,
        "num_train_epochs": 4,
        "data": "data/dataset.yaml",
        "output_dir": "outputs/quickstart",
        "encoder": str(tiny_checkpoint),
    }
    (tmp_path / "configs" / "quickstart.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    pages = tmp_path / "my" / "pages"
    pages.mkdir(parents=True)
    for name, text in PAGES.items():
        (pages / f"{name}.txt").write_text(text + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


class TestTheTutorial:
    def test_it_walks_through_every_part_of_the_loop(self) -> None:
        steps = [tuple(words[1:3]) if words[1] in ("data", "annotate") else (words[1],) for words in commands()]
        assert all(words[0] == "marsad" for words in commands())
        assert steps == [
            ("data", "clean"),
            ("annotate", "suggest"),
            ("annotate", "suggest"),
            ("annotate", "ingest"),
            ("data", "check"),
            ("data", "convert"),
            ("train",),
            ("evaluate",),
            ("evaluate",),
            ("compare",),
            ("export",),
            ("predict",),
        ]

    def test_every_command_runs_in_the_order_of_the_page(self, checkout: Path, marsad: Marsad) -> None:
        for words in commands():
            if words[1:3] == ["annotate", "ingest"]:
                # Step 3: what a person does in Label Studio.
                exported = json.dumps(export_of(checkout / "my" / "project"), ensure_ascii=False)
                (checkout / "my" / "export.json").write_text(exported, encoding="utf-8")
            result = marsad(*words[1:])
            assert result.code == 0, f"{shlex.join(words)}:\n{result.out}\n{result.err}"
        self._check_what_is_there(checkout)

    def _check_what_is_there(self, checkout: Path) -> None:
        changes = json.loads((checkout / "my" / "changes.json").read_text(encoding="utf-8"))
        assert changes["differences"]["layers"]["entities"]["removed"] == 1
        with (checkout / "my" / "corpus" / "train.jsonl").open(encoding="utf-8", newline="\n") as lines:
            corrected = list(read_jsonl(lines, "train.jsonl"))
        assert {document.metadata["article"] for document in corrected} == set(PAGES)
        # The line of the page that is none of the article's was not suggested, nor anything that was trained on.
        assert not {document.text for document in corrected} & {"اقرأ أيضاً: أخبار الطقس", *SENTENCES}
        learnt = trainer.load(checkout / "outputs" / "mine" / "model")
        assert learnt.runtime == "openvino"
        fingerprint = json.loads((checkout / "outputs/mine/model/data_fingerprint.json").read_text(encoding="utf-8"))
        assert len(fingerprint) == 2, "trained on both corpora"
        for output in ("mine.parquet", "mine.html", "mine/evaluation/index.html"):
            assert (checkout / "outputs" / output).stat().st_size > 0
