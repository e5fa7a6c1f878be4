"""What a simulation does: it pretends that a pool of sentences is not annotated and lets two strategies annotate it.

Both begin with the same sentences, drawn at random. After each step a model is trained on what is annotated by then;
one strategy lets it choose the next sentences (:func:`trainer.selection.choosing.choose`), the other draws them at
random (:func:`trainer.selection.choosing.draw_at_random`), from the same candidates. What they chose is revealed.

A revealed sentence is a document of its own, as it is when it comes back from an annotation project: it has lost its
neighbours.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from pathlib import Path

from transformers import TrainingArguments

from trainer import __version__
from trainer.data.corpus import TRAINING_ONLY, Corpus, load_corpus
from trainer.data.dataset import dataset_to_documents, documents_to_dataset
from trainer.data.division import share_of
from trainer.data.folds import complete_groups
from trainer.data.near_duplicates import SentenceFingerprints
from trainer.documents import Document
from trainer.evaluation.leaks import LeakError, find_leaks
from trainer.schema import Schema
from trainer.selection.sentence_documents import sentence_document
from trainer.training.settings import RunSettings, SettingsError, read_settings

# The run that both strategies begin with, and the strategies.
START, CHOSEN, RANDOM = "start", "chosen", "random"
STRATEGIES = (RANDOM, CHOSEN)
# Settings of a training run that a simulation decides, and what to use in their place.
_NOT_HERE = {"seed": "--seeds", "output_dir": "--output"}
# What a run is called and where it goes changes nothing.
_PASSING = ("output_dir", "run_name", "seed", "disable_tqdm")


@dataclass(frozen=True)
class SimulationOptions:
    """What ``marsad annotate simulate`` was asked for.

    Parameters
    ----------
    config, overrides:
        As for training.
    steps:
        How many sentences are annotated at each step, growing.
    seeds:
        Each decides what is drawn at random, and the training.
    pool:
        What to take for a pool of sentences that are not annotated: ``training_only`` or a split.
    test:
        The splits to test on; without any, all but the pool.
    without:
        Documents to leave out of everything, such as a test article while settings are chosen.
    """

    config: str
    overrides: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[int, ...] = (50, 100, 200, 400)
    seeds: tuple[int, ...] = (1, 2, 3)
    pool: str = TRAINING_ONLY
    test: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Material:
    """The bare articles to choose from, their annotated sentences, and the documents to test on with their groups.

    ``pool`` has every sentence of the articles as a document of its own, by its id. ``groups`` has the group of
    articles of every tested sentence; ``digest`` is that of all that decides results but which sentences are annotated.
    """

    name: str
    schema: Schema
    articles: Sequence[Document]
    pool: Mapping[str, Document]
    test: Sequence[Document]
    groups: Sequence[int]
    digest: str


@dataclass(frozen=True)
class Run:
    """One model: trained on the sentences ``annotated``, tested, and asked what to annotate next.

    ``strategy`` is the one that chose the sentences, or ``start``; ``step`` counts from 0.
    """

    seed: int
    strategy: str
    step: int
    annotated: tuple[str, ...]
    options: SimulationOptions
    max_steps: int
    key: str

    @property
    def size(self) -> int:
        """Return how many sentences are annotated."""
        return self.options.steps[self.step]

    @property
    def wanted(self) -> int:
        """Return how many sentences to annotate next; 0 after the last step."""
        later = self.options.steps[self.step + 1 :]
        return later[0] - self.size if later else 0

    @property
    def asked(self) -> tuple[str, ...]:
        """Return the strategies that go on from here."""
        return STRATEGIES if self.strategy == START else (self.strategy,)

    @property
    def name(self) -> str:
        """Return what progress and errors call the run."""
        return f"{self.strategy}, {self.size} sentences, seed {self.seed}"

    def path(self, output: Path) -> Path:
        """Return where in the output folder the results of this run belong."""
        return output / "runs" / str(self.seed) / f"{self.strategy}-{self.size}.json"


def check_options(options: SimulationOptions) -> None:
    """Raise ``ValueError`` for steps that do not grow, and for settings that the simulation decides."""
    steps = options.steps
    if not steps or steps[0] < 2 or any(a >= b for a, b in pairwise(steps)):
        told = ",".join(map(str, steps))
        raise ValueError(f"--steps is {told}; give growing numbers of sentences from 2 on, such as 50,100,200")
    for key, instead in _NOT_HERE.items():
        if key in options.overrides:
            raise SettingsError(f"--{key} is set by the simulation itself: use {instead}")


def load_material(options: SimulationOptions) -> Material:
    """Read pool and test documents of the corpus that the config names.

    Raises
    ------
    ValueError
        If ``data`` is no corpus file, the corpus lacks the pool or a split to test on, the pool has too few
        sentences, or a tested sentence repeats one of the pool.
    """
    settings, arguments = read_settings(options.config, options.overrides)
    corpus = _corpus(options, settings)
    articles = _pool_documents(corpus, options, settings)
    sentences = (sentence_document(article, index) for article in articles for index in range(len(article.sentences)))
    pool = {sentence.id: sentence for sentence in sentences}
    if len(pool) < options.steps[-1]:
        raise ValueError(
            f"'{options.pool}' of the corpus has {len(pool)} sentences and the last step asks for {options.steps[-1]}; "
            "give smaller --steps"
        )
    test = _test_documents(corpus, options)
    try:
        find_leaks(SentenceFingerprints.of(pool.values()), test, allow=False)
    except LeakError as error:
        raise LeakError(f"{error}. Test on other splits (--test), or leave a document out (--without)") from error
    # By way of rows: gold is then what a model can predict, spans of whole words.
    test = dataset_to_documents(documents_to_dataset(test, corpus.schema))
    whole = complete_groups([document.id for document in test], corpus.groups)
    group_of = {id: position for position, ids in enumerate(whole) for id in ids}
    return Material(
        name=corpus.name,
        schema=corpus.schema,
        articles=[article.without_annotations() for article in articles],
        pool=pool,
        test=test,
        groups=[group_of[document.id] for document in test for _ in document.sentences],
        digest=_digest(settings, arguments, corpus.schema, [*pool.values(), *test]),
    )


def make_run(
    options: SimulationOptions,
    material: Material,
    max_steps: int,
    *,
    seed: int,
    strategy: str,
    step: int,
    annotated: Sequence[str],
) -> Run:
    """Return a run with its key, a digest of everything that decides its result."""
    wanted = options.steps[step + 1] - options.steps[step] if step + 1 < len(options.steps) else 0
    content = json.dumps([material.digest, max_steps, seed, strategy, step, wanted, list(annotated)])
    key = hashlib.sha256(content.encode()).hexdigest()[:32]
    return Run(seed, strategy, step, tuple(annotated), options, max_steps, key)


def run_settings(
    options: SimulationOptions, seed: int, max_steps: int | None, output_dir: Path
) -> tuple[RunSettings, TrainingArguments]:
    """Return the settings of the training of a run: the last weights are kept, and no checkpoint is written.

    Without ``max_steps`` they are the config's.
    """
    # As the command line says them.
    changes = {
        "seed": str(seed),
        "output_dir": str(output_dir),
        "disable_tqdm": "true",
        "eval_strategy": "no",
        "save_strategy": "no",
        "load_best_model_at_end": "false",
    }
    if max_steps is not None:
        changes["max_steps"] = str(max_steps)
    return read_settings(options.config, {**options.overrides, **changes})


def _corpus(options: SimulationOptions, settings: RunSettings) -> Corpus:
    path = Path(settings.data) if isinstance(settings.data, str) else None
    if path is None or path.suffix not in (".yaml", ".yml"):
        raise SettingsError(
            f"{options.config}: a simulation needs one corpus file (dataset.yaml) as 'data', with a pool of sentences "
            "and articles to test on"
        )
    corpus = load_corpus(path)
    known = {document.id for document in (*corpus.documents, *corpus.training_only)}
    if unknown := [id for id in options.without if id not in known]:
        raise ValueError(f"{path} has no document '{unknown[0]}' to leave out")

    def kept(documents: Sequence[Document]) -> list[Document]:
        return [document for document in documents if document.id not in options.without]

    splits = {name: kept(documents) for name, documents in corpus.splits.items()}
    return replace(corpus, splits=splits, training_only=kept(corpus.training_only))


def _pool_documents(corpus: Corpus, options: SimulationOptions, settings: RunSettings) -> list[Document]:
    parts = {**corpus.splits, TRAINING_ONLY: share_of(corpus.training_only, settings.training_only_share)}
    if not parts.get(options.pool):
        has = ", ".join(name for name, documents in parts.items() if documents)
        raise ValueError(f"the corpus '{corpus.name}' has no documents '{options.pool}' for a --pool; it has {has}")
    return parts[options.pool]


def _test_documents(corpus: Corpus, options: SimulationOptions) -> list[Document]:
    names = options.test or tuple(name for name in corpus.splits if name != options.pool)
    if options.pool in names:
        raise ValueError(f"'{options.pool}' is the pool, so it cannot be tested on")
    if unknown := [name for name in names if name not in corpus.splits]:
        raise ValueError(f"the corpus '{corpus.name}' has no split '{unknown[0]}'; it has {', '.join(corpus.splits)}")
    documents = [document for name in names for document in corpus.splits[name]]
    if not documents:
        raise ValueError(f"the corpus '{corpus.name}' has no documents to test on beside the pool '{options.pool}'")
    return documents


def _digest(settings: RunSettings, arguments: TrainingArguments, schema: Schema, documents: Sequence[Document]) -> str:
    content = {
        "version": __version__,
        "settings": {name: value for name, value in asdict(settings).items() if name not in _PASSING},
        "encoder": _state_of(Path(settings.encoder)),
        "arguments": {name: value for name, value in arguments.to_dict().items() if name not in _PASSING},
        "schema": schema.source,
        "documents": [document.to_dict() for document in documents],
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def _state_of(encoder: Path) -> list[tuple[str, int, int]]:
    """Return size and time of the files of a local encoder: one that was trained anew is another one."""
    files = sorted(encoder.iterdir()) if encoder.is_dir() else []
    return [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files if file.is_file()]
