"""``marsad annotate suggest``: from an archive to a project that people can correct."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import TRAINING, Marsad, marked_document
from pool_sentences import SENTENCES, archive

from trainer.archive.progress import Progress
from trainer.cli.annotate_suggest import Rejects, followed
from trainer.documents import Document
from trainer.formats.brat import read_brat_folder
from trainer.formats.label_studio import read_label_studio
from trainer.modeling.temperatures import TEMPERATURES_FILE
from trainer.projects.project import read_suggestions
from trainer.readers.records import Place, Record, Reject
from trainer.selection.article_sample import sample_articles


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file with the archive, and the training data of the tiny model as one more article."""
    articles = [*archive(), marked_document(TRAINING, "تدريب")]
    lines = [{"id": article.id, "text": article.text, "source": "سانا"} for article in articles]
    path = tmp_path / "archive.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines) + "\n", encoding="utf-8")
    return path


def offsets_are_right(task: Document, articles: dict[str, str]) -> bool:
    start = task.metadata["start"]
    spans = [*task.entities, *(event.trigger for event in task.events)]
    return articles[task.metadata["article"]][start : start + len(task.text)] == task.text and all(
        task.text[span.start : span.end] == span.text for span in spans
    )


class TestProjects:
    def test_label_studio(self, marsad: Marsad, tiny_model: Path, source: Path, tmp_path: Path) -> None:
        project = tmp_path / "project"
        result = marsad("annotate", "suggest", source, "--budget", 6, "--model", tiny_model, "--output", project)
        assert result.code == 0, result.err
        tasks = read_label_studio(project, lambda place, problem: pytest.fail(problem), which="predictions")
        assert len(tasks) == 6
        articles = {article.id: article.text for article in archive()}
        assert all(offsets_are_right(task, articles) for task in tasks)
        assert all(task.metadata["source"] == "سانا" for task in tasks)
        assert {task.text for task in tasks} < set(SENTENCES)
        assert [task.text for task in tasks] == [task.text for task in read_suggestions(project)]
        assert sum(len(task.entities) for task in tasks) > 0

    def test_brat(self, marsad: Marsad, tiny_model: Path, source: Path, tmp_path: Path) -> None:
        project = tmp_path / "project"
        options = ("--budget", 6, "--kind", "brat", "--model", tiny_model, "--output", project)
        result = marsad("annotate", "suggest", source, *options)
        assert result.code == 0, result.err
        read = {task.id: task for task in read_brat_folder(project)}
        suggestions = read_suggestions(project)
        assert len(read) == len(suggestions) == 6
        for suggestion in suggestions:
            task = read[suggestion.id]
            assert task.text == suggestion.text
            assert [(e.start, e.end, e.label) for e in task.entities] == [
                (e.start, e.end, e.label) for e in suggestion.entities
            ]

    def test_what_is_printed(self, marsad: Marsad, tiny_model: Path, source: Path, tmp_path: Path) -> None:
        options = ("--budget", 6, "--model", tiny_model, "--output", tmp_path / "project")
        lines = marsad("annotate", "suggest", source, *options).out.splitlines()
        assert lines[:4] == [
            "sentences looked at: 26 in 5 articles",
            "candidates: 16",
            "left out as near-duplicates: 10 of what is annotated, 0 of other candidates",
            "chosen: 6",
        ]
        chosen, every = (float(part.split()[0]) for part in lines[4].split(": ")[1].split(", "))
        uncertainties = [task.metadata["uncertainty"] for task in read_suggestions(tmp_path / "project")]
        assert chosen == pytest.approx(sum(uncertainties) / 6, abs=0.001)
        assert 0 < every <= chosen < 1
        assert "import tasks.json" in lines[5]

    def test_the_same_command_chooses_the_same(
        self, marsad: Marsad, tiny_model: Path, source: Path, tmp_path: Path
    ) -> None:
        for name in ("a", "b"):
            marsad("annotate", "suggest", source, "--budget", 3, "--model", tiny_model, "--output", tmp_path / name)
        assert (tmp_path / "a/tasks.json").read_bytes() == (tmp_path / "b/tasks.json").read_bytes()


class TestWhatIsAnnotatedAlready:
    def test_sentences_that_the_model_knows_are_never_chosen(
        self, marsad: Marsad, tiny_model: Path, source: Path, tmp_path: Path
    ) -> None:
        marsad("annotate", "suggest", source, "--budget", 99, "--model", tiny_model, "--output", tmp_path / "p")
        assert sorted(task.text for task in read_suggestions(tmp_path / "p")) == sorted(SENTENCES)

    def test_nor_those_of_an_earlier_project_and_of_a_corpus(
        self, marsad: Marsad, tiny_model: Path, source: Path, tmp_path: Path
    ) -> None:
        known = tmp_path / "mine.marked"
        known.write_text(f"## معلم\n{SENTENCES[3]}\n", encoding="utf-8")
        rest = ("annotate", "suggest", source, "--model", tiny_model)
        marsad(*rest, "--budget", 5, "--output", tmp_path / "first")
        first = {task.text for task in read_suggestions(tmp_path / "first")}
        result = marsad(*rest, "--output", tmp_path / "second", "--annotated", tmp_path / "first", "--annotated", known)
        assert result.code == 0, result.err
        second = {task.text for task in read_suggestions(tmp_path / "second")}
        assert second == set(SENTENCES) - first - {SENTENCES[3]}
        assert f"chosen: {len(second)} of the 100 asked for: there are no more" in result.out

    def test_an_archive_of_nothing_else_is_an_error(
        self, marsad: Marsad, tiny_model: Path, source: Path, tmp_path: Path
    ) -> None:
        project = tmp_path / "project"
        (tmp_path / "known.txt").write_text(marked_document(TRAINING).text, encoding="utf-8")
        result = marsad("annotate", "suggest", tmp_path / "known.txt", "--model", tiny_model, "--output", project)
        assert result.code == 1
        assert "there is nothing to annotate: of 10 sentences in 1 articles, 10 repeat what is" in result.err
        assert not project.exists()

    def test_a_model_that_does_not_say_what_it_learnt_from_is_refused(
        self, marsad: Marsad, model_copy: Path, source: Path, tmp_path: Path
    ) -> None:
        (model_copy / "training_sentences.npz").unlink()
        result = marsad("annotate", "suggest", source, "--model", model_copy, "--output", tmp_path / "project")
        assert result.code == 1
        assert "has no training_sentences.npz, so nobody can tell which sentences it was trained on" in result.err


class TestReading:
    def test_what_cannot_be_read_is_told_and_listed_and_the_rest_is_read(
        self, marsad: Marsad, tiny_model: Path, source: Path, tmp_path: Path
    ) -> None:
        with source.open("a", encoding="utf-8") as file:
            file.write('{"id": "9"\n{"id": "خبر-0", "text": "قصف"}\n')
        result = marsad("annotate", "suggest", source, "--model", tiny_model, "--output", tmp_path / "project")
        assert result.code == 0
        assert f"rejected {source}:6" in result.err
        assert f"rejected {source}:7: the id «خبر-0» was given to {source}:1 before" in result.err
        assert "2 inputs rejected, listed in" in result.err
        rejects = (tmp_path / "project/rejects.jsonl").read_text(encoding="utf-8").splitlines()
        assert [json.loads(line)["line"] for line in rejects] == [6, 7]

    def test_an_archive_of_which_nothing_can_be_read_is_an_error(
        self, marsad: Marsad, tiny_model: Path, source: Path, tmp_path: Path
    ) -> None:
        options = ("--model", tiny_model, "--output", tmp_path / "project")
        result = marsad("annotate", "suggest", source, "--text-column", "body", *options)
        assert result.code == 1
        assert f"rejected {source}:1: there is no column 'body'" in result.err
        assert "there is nothing to annotate: all 5 inputs were rejected, for the reasons above" in result.err
        source.write_text("", encoding="utf-8")
        assert "the archive is empty" in marsad("annotate", "suggest", source, *options).err
        assert not (tmp_path / "project").exists()

    def test_rejects_are_told_as_they_come_and_do_not_pile_up(self, tmp_path: Path) -> None:
        items = [Reject(Place("archive.jsonl", line), "no text", done=line) for line in range(1, 101)]
        told: list[Progress] = []
        rejects = Rejects(tmp_path / "rejects.jsonl")
        assert list(followed(items, rejects, told.append, lambda item, documents: item.done)) == []
        assert [reject for progress in told for reject in progress.rejects] == items
        assert max(len(progress.rejects) for progress in told) < 20
        assert [progress.done for progress in told] == [16, 32, 48, 64, 80, 96, 100]
        assert (rejects.count, len(rejects.file.read_bytes().splitlines())) == (100, 100)

    def test_columns_are_named_as_for_predict(self, marsad: Marsad, tiny_model: Path, tmp_path: Path) -> None:
        table = tmp_path / "table.csv"
        table.write_text(f"number,body\n7,{SENTENCES[0]}\n8,{SENTENCES[1]}\n", encoding="utf-8")
        columns = ("--text-column", "body", "--id-column", "number")
        marsad("annotate", "suggest", table, *columns, "--model", tiny_model, "--output", tmp_path / "project")
        assert {task.id for task in read_suggestions(tmp_path / "project")} == {"7-0", "8-0"}

    def test_a_sample_of_the_articles(self, marsad: Marsad, tiny_model: Path, source: Path, tmp_path: Path) -> None:
        articles = []
        for seed in (1, 2, 3, 4, 5, 6):
            project = tmp_path / f"project-{seed}"
            options = ("--articles", 2, "--seed", seed, "--model", tiny_model, "--output", project)
            result = marsad("annotate", "suggest", source, *options)
            assert " in 2 articles" in result.out
            articles.append(frozenset(task.metadata["article"] for task in read_suggestions(project)))
        assert len(set(articles)) > 1


RECORDS = [Record(Place("archive.jsonl", n), "نص", id=f"خبر-{n}") for n in range(60)]


class TestSamples:
    def test_it_is_drawn_in_the_order_of_the_archive_always_the_same(self) -> None:
        drawn = sample_articles(iter(RECORDS), 20, seed=1)
        assert drawn == sample_articles(RECORDS, 20, seed=1)
        assert [record.place.line for record in drawn] == sorted(record.place.line or 0 for record in drawn)
        assert len({record.id for record in drawn}) == 20

    def test_a_larger_sample_holds_the_smaller_and_no_order_matters(self) -> None:
        ids = {record.id for record in sample_articles(RECORDS, 10, seed=1)}
        assert ids < {record.id for record in sample_articles(RECORDS, 20, seed=1)}
        assert ids == {record.id for record in sample_articles(RECORDS[::-1], 10, seed=1)}

    def test_of_a_smaller_archive_it_is_all(self) -> None:
        assert sample_articles(RECORDS, 1000, seed=1) == RECORDS

    def test_seeds_differ(self) -> None:
        one, two = (sample_articles(RECORDS, 10, seed=seed) for seed in (1, 2))
        assert one != two


class TestErrorsComeFirst:
    @pytest.mark.parametrize(
        ("options", "reason"),
        [
            (("--kind", "prodigy"), "there are no projects of kind 'prodigy'; give --kind label-studio or brat"),
            (("--annotated", "nowhere.yaml"), "nowhere.yaml"),
            (("--runtime", "jax"), "there is no runtime 'jax'"),
        ],
    )
    def test_wrong_options(
        self, marsad: Marsad, tiny_model: Path, source: Path, tmp_path: Path, options: Any, reason: str
    ) -> None:
        project = tmp_path / "project"
        result = marsad("annotate", "suggest", source, *options, "--model", tiny_model, "--output", project)
        assert result.code == 1
        assert reason in result.err
        assert not project.exists()

    def test_a_folder_with_files_is_left_alone(
        self, marsad: Marsad, tiny_model: Path, source: Path, tmp_path: Path
    ) -> None:
        project = tmp_path / "project"
        project.mkdir()
        assert marsad("annotate", "suggest", source, "--model", tiny_model, "--output", project).code == 0
        before = (project / "tasks.json").read_bytes()
        for _ in range(2):
            result = marsad("annotate", "suggest", source, "--model", tiny_model, "--output", project)
            assert result.code == 1
            assert "is not empty, and may hold somebody's work; name another folder" in result.err
        assert (project / "tasks.json").read_bytes() == before
        result = marsad("annotate", "suggest", source, "--model", tiny_model, "--output", source)
        assert "is a file; a project is a folder: give it another name" in result.err

    def test_an_archive_that_is_not_there(self, marsad: Marsad, tiny_model: Path, tmp_path: Path) -> None:
        result = marsad("annotate", "suggest", "nowhere.jsonl", "--model", tiny_model, "--output", tmp_path / "p")
        assert result.code == 1
        assert "nowhere.jsonl" in result.err

    def test_an_export_alone_has_no_encoder(
        self, marsad: Marsad, model_copy: Path, source: Path, tmp_path: Path
    ) -> None:
        (model_copy / "model.safetensors").unlink()
        (model_copy / "model.onnx").write_bytes(b"")
        (model_copy / "marsad_export.json").write_text('{"name": "m", "fingerprint": "f"}', encoding="utf-8")
        result = marsad("annotate", "suggest", source, "--model", model_copy, "--output", tmp_path / "p")
        assert result.code == 1
        assert "name the folder that 'marsad train' wrote" in " ".join(result.err.split())


class TestOlderModels:
    def test_one_without_temperatures_is_taken_at_its_word_and_that_is_said(
        self, marsad: Marsad, model_copy: Path, source: Path, tmp_path: Path
    ) -> None:
        (model_copy / TEMPERATURES_FILE).unlink()
        result = marsad("annotate", "suggest", source, "--model", model_copy, "--output", tmp_path / "project")
        assert result.code == 0
        assert "has no temperatures.json: its probabilities are taken as they are" in result.err
