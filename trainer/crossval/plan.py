"""What a cross-validation will do: its folds, seeds and systems, as tasks that can run in any order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from transformers import TrainingArguments

from trainer import __version__
from trainer.data.corpus import Corpus, load_corpus
from trainer.data.dataset import dataset_to_documents, documents_to_dataset
from trainer.data.division import share_of
from trainer.data.folds import Fold, grouped_folds
from trainer.data.near_duplicates import SentenceFingerprints
from trainer.documents import Document
from trainer.evaluation.leaks import LeakError, find_leaks
from trainer.training.settings import RunSettings, SettingsError, read_settings

NEAR_DUPLICATES, STORIES, OUTSIDE = "near-duplicates", "stories", "outside"
# Settings of a training run that a cross-validation decides, and what to use in their place.
_NOT_HERE = {"seed": "--seeds", "output_dir": "--output", "random_weights": "--random-weights"}
MODEL, RANDOM_WEIGHTS, BASELINES = "model", "random weights", "baselines"
# Of the files that tasks write; part of their keys, so that files of another shape are not taken over.
# 2: with the arguments of events.
_STORED_SHAPE = 2


@dataclass(frozen=True)
class CrossvalOptions:
    """What ``marsad crossval`` was asked for.

    Parameters
    ----------
    config, overrides:
        As for training.
    seeds:
        One model a fold for each.
    groupings:
        Of ``near-duplicates``, ``stories`` and ``outside``; without any, those that there are.
    outside:
        The file of another corpus: models trained on all articles are tested on all of its documents, as one
        more grouping.
    without:
        Documents to leave out of everything, such as a test article while settings are chosen.
    folds:
        Merge the groups into this many folds; by default every group is left out once.
    random_weights, baselines:
        Also score the same network with random weights, and the baselines.
    validation:
        Keep training articles back to choose checkpoint and threshold on, as a training run does.
        Without it all are trained on, the last weights are taken and the threshold is the default: where
        articles are few, one more to learn from is worth more than the choice.
    allow_leaks:
        Score also where a tested sentence repeats one that was trained on, and say so.
    """

    config: str
    overrides: Mapping[str, str] = field(default_factory=dict)
    seeds: tuple[int, ...] = (1, 2, 3)
    groupings: tuple[str, ...] = ()
    outside: str | None = None
    without: tuple[str, ...] = ()
    folds: int | None = None
    random_weights: bool = True
    baselines: bool = True
    validation: bool = False
    allow_leaks: bool = False


@dataclass(frozen=True)
class Task:
    """One fold for one system and seed. ``key`` is a digest of everything that decides the result."""

    grouping: str
    fold: Fold
    system: str
    seed: int
    options: CrossvalOptions
    key: str = ""

    @property
    def name(self) -> str:
        """Return what progress and errors call the task."""
        return f"{self.grouping}, {self.fold.name}, {self.system}, seed {self.seed}"

    def path(self, output: Path) -> Path:
        """Return where in the output folder the predictions of this task belong."""
        return output / "folds" / self.grouping / self.system.replace(" ", "-") / f"{self.seed}-{self.fold.name}.json"


def crossval_corpus(options: CrossvalOptions) -> Corpus:
    """Load the corpus that the config names, with the share of text for training only that it asks for.

    Raises
    ------
    SettingsError
        If ``data`` is no corpus file: a dataset folder does not say which articles belong together. If there is an
        outside corpus that the groupings leave out.
    ValueError
        If the outside corpus has other labels, or a document with the id of one of this corpus.
    """
    for key, instead in _NOT_HERE.items():
        if key in options.overrides:
            raise SettingsError(f"--{key} is set by cross-validation itself: use {instead}")
    if options.outside and options.groupings and OUTSIDE not in options.groupings:
        raise SettingsError(
            f"--outside {options.outside} would not be tested on: add --grouping {OUTSIDE}, or leave one of the two out"
        )
    settings, _ = read_settings(options.config, options.overrides)
    if not isinstance(settings.data, str):
        raise SettingsError(f"{options.config}: cross-validation takes one corpus, not {len(settings.data)}")
    path = Path(settings.data)
    if path.suffix not in (".yaml", ".yml"):
        raise SettingsError(
            f"{options.config}: 'data' is {settings.data}; cross-validation needs the corpus file (dataset.yaml), "
            "which says which articles belong together"
        )
    corpus = load_corpus(path)
    corpus = replace(corpus, training_only=share_of(corpus.training_only, settings.training_only_share))
    return _with_outside(_without(corpus, options.without), options.outside)


def _with_outside(corpus: Corpus, path: str | None) -> Corpus:
    if path is None:
        return corpus
    outside = load_corpus(path)
    ours, theirs = corpus.schema, outside.schema
    if (ours.entity_types, ours.event_types) != (theirs.entity_types, theirs.event_types):
        raise ValueError(f"the corpus '{corpus.name}' and the outside one '{outside.name}' have different labels")
    known = {document.id for document in (*corpus.documents, *corpus.training_only)}
    if double := [document.id for document in outside.documents if document.id in known]:
        raise ValueError(f"{path}: document {double[0]} stands in the corpus '{corpus.name}', too")
    return replace(corpus, outside=outside.documents)


def _without(corpus: Corpus, left_out: Sequence[str]) -> Corpus:
    known = {document.id for document in corpus.documents}
    if unknown := [id for id in left_out if id not in known]:
        raise ValueError(f"the corpus has no document '{unknown[0]}' to leave out; it has {', '.join(sorted(known))}")

    def kept(groups: Sequence[Sequence[str]]) -> list[list[str]]:
        remaining = [[id for id in group if id not in left_out] for group in groups]
        return [group for group in remaining if group]

    return replace(
        corpus,
        splits={name: [d for d in documents if d.id not in left_out] for name, documents in corpus.splits.items()},
        groups=kept(corpus.groups),
        stories=kept(corpus.stories),
    )


def groupings_of(corpus: Corpus) -> dict[str, list[list[str]]]:
    """Return the groups of articles of every grouping that the corpus has, by its name."""
    groupings = {NEAR_DUPLICATES: corpus.groups, **({STORIES: corpus.stories} if corpus.stories else {})}
    # Excerpts of many articles, too short to be resampled each by itself: together they are one group.
    return {**groupings, **({OUTSIDE: [[document.id for document in corpus.outside]]} if corpus.outside else {})}


def tested_ids(corpus: Corpus, grouping: str) -> list[str]:
    """Return the ids of the documents that a grouping tests, in their order."""
    return [document.id for document in (corpus.outside if grouping == OUTSIDE else corpus.documents)]


def folds_of(corpus: Corpus, options: CrossvalOptions) -> dict[str, list[Fold]]:
    """Return the folds of every grouping that was asked for and that the corpus has."""
    known = groupings_of(corpus)
    if unknown := sorted(set(options.groupings) - set(known)):
        raise ValueError(f"the corpus has no grouping '{unknown[0]}'; it has {', '.join(known)}")
    sizes = {document.id: len(document.sentences) for document in corpus.documents}
    folds = {}
    for name, groups in known.items():
        if options.groupings and name not in options.groupings:
            continue
        if name == OUTSIDE:
            folds[name] = [Fold(OUTSIDE, tuple(sizes), (), tuple(tested_ids(corpus, OUTSIDE)))]
        else:
            folds[name] = grouped_folds(sizes, groups, corpus.groups, count=options.folds, validate=options.validation)
    return folds


def documents_of(corpus: Corpus, ids: Sequence[str]) -> list[Document]:
    """Return the documents of a fold, by way of rows: gold is then what a model can predict, spans of whole words."""
    by_id = {document.id: document for document in (*corpus.documents, *corpus.outside)}
    return through_rows([by_id[id] for id in ids], corpus)


def through_rows(documents: Sequence[Document], corpus: Corpus) -> list[Document]:
    """Return documents as rows of words keep them."""
    return dataset_to_documents(documents_to_dataset(documents, corpus.schema))


def leaks_of(folds: Mapping[str, Sequence[Fold]], corpus: Corpus, options: CrossvalOptions) -> dict[str, int]:
    """Count for every grouping the tested sentences that repeat one that the fold is trained or chosen on.

    Raises
    ------
    LeakError
        If there are any and the options do not allow it.
    """
    by_id = {document.id: document for document in (*corpus.documents, *corpus.outside)}
    leaks = {}
    for grouping, group in folds.items():
        leaks[grouping] = 0
        for fold in group:
            training, validation, test = (
                [by_id[id] for id in ids] for ids in (fold.training, fold.validation, fold.test)
            )
            try:
                known = SentenceFingerprints.of([*training, *corpus.training_only], validation)
                found = find_leaks(known, test, options.allow_leaks)
            except LeakError as error:
                raise LeakError(f"folds by {grouping}, {fold.name}: {error}. {_advice(grouping, corpus)}") from error
            leaks[grouping] += found["sentences"]
    return leaks


def _advice(grouping: str, corpus: Corpus) -> str:
    copies = "Articles that copy each other belong in one of the 'groups' of the corpus file"
    written = "; a sentence that was written for training must go" if corpus.training_only else ""
    return f"Leave it out of the outside corpus{written}" if grouping == OUTSIDE else copies + written


def tasks_of(folds: Mapping[str, Sequence[Fold]], options: CrossvalOptions, corpus: Corpus) -> list[Task]:
    """Return all tasks, in an order in which early results say most: seed after seed."""
    digest = _digest(corpus, options)
    tasks: list[Task] = []
    if options.baselines:
        tasks += [Task(name, fold, BASELINES, 0, options) for name, group in folds.items() for fold in group]
    systems = [MODEL, *([RANDOM_WEIGHTS] if options.random_weights else [])]
    for seed in options.seeds:
        for system in systems:
            tasks += [Task(name, fold, system, seed, options) for name, group in folds.items() for fold in group]
    return [replace(task, key=_task_key(task, digest)) for task in tasks]


def run_settings(task: Task, output_dir: Path) -> tuple[RunSettings, TrainingArguments]:
    """Return the settings of the training run of ``task``."""
    changes: dict[str, Any] = {"seed": task.seed, "output_dir": str(output_dir), "disable_tqdm": True}
    if task.system == RANDOM_WEIGHTS:
        changes["random_weights"] = True
    # Nobody goes on with a fold's run: what is finished is whole folds.
    changes["save_only_model"] = True
    if not task.fold.validation:
        changes |= {"eval_strategy": "no", "save_strategy": "no", "load_best_model_at_end": False}
    return read_settings(task.options.config, {**task.options.overrides, **changes})


def _digest(corpus: Corpus, options: CrossvalOptions) -> str:
    settings, arguments = read_settings(options.config, options.overrides)
    # What a run is called and where it goes changes nothing; the rest of the arguments may.
    passing = ("output_dir", "run_name", "seed", "disable_tqdm")
    content = {
        "version": __version__,
        "stored": _STORED_SHAPE,
        "settings": {name: value for name, value in asdict(settings).items() if name not in passing},
        "encoder": _state_of(Path(settings.encoder)),
        "arguments": {name: value for name, value in arguments.to_dict().items() if name not in passing},
        "schema": corpus.schema.source,
        "documents": [document.to_dict() for document in (*corpus.documents, *corpus.training_only, *corpus.outside)],
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def _task_key(task: Task, digest: str) -> str:
    content = json.dumps([digest, task.grouping, asdict(task.fold), task.system, task.seed])
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def _state_of(encoder: Path) -> list[tuple[str, int, int]]:
    """Return size and time of the files of a local encoder: one that was trained anew is another one."""
    files = sorted(encoder.iterdir()) if encoder.is_dir() else []
    return [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files if file.is_file()]
