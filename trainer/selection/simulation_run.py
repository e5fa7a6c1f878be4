"""One run of a simulation: train on what is annotated, test, and ask what to annotate next."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from trainer.data.dataset import documents_to_dataset
from trainer.data.division import divided
from trainer.data.near_duplicates import SentenceFingerprints
from trainer.documents import Document
from trainer.evaluation.detailed import counts_by_sentence
from trainer.modeling.temperatures import Temperatures
from trainer.selection.choosing import Candidate, choose, draw_at_random
from trainer.selection.sentence_documents import sentence_id
from trainer.selection.simulation import CHOSEN, Material, Run, run_settings
from trainer.training.model_folder import Fitted
from trainer.training.run import fit
from trainer.training.temperatures import fit_temperatures
from trainer.writers.whole_outputs import replacing

# More than any simulation has steps, so that no draw of one seed is that of another.
_STEPS = 1000


def run_simulated(material: Material, run: Run, output: Path) -> None:
    """Do ``run`` and write its file, complete or not at all.

    The file has the hits, predicted and gold items of every tested sentence (``counts``), and what each strategy that
    goes on from here annotates next (``next``).

    Raises
    ------
    ValueError
        If too few sentences are left to choose from.
    """
    started = time.monotonic()
    annotated = [material.pool[id] for id in run.annotated]
    scratch = Path(tempfile.mkdtemp(prefix="marsad-simulation-"))
    try:
        fitted, temperatures = _trained(run, annotated, material, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    trained = time.monotonic()
    predicted = fitted.tagger.tag([document.without_annotations() for document in material.test])
    following = {strategy: _next(strategy, run, material, fitted, temperatures) for strategy in run.asked if run.wanted}
    content = {
        "key": run.key,
        "annotated": run.annotated,
        "temperatures": asdict(temperatures),
        "counts": counts_by_sentence(material.test, predicted),
        "next": following,
        "training_seconds": round(trained - started, 1),
        "seconds": round(time.monotonic() - started, 1),
    }
    with replacing(run.path(output)) as (unfinished,):
        unfinished.write_text(json.dumps(content) + "\n", encoding="utf-8")


def first_sentences(seed: int, material: Material, budget: int) -> list[str]:
    """Return the ids of the sentences that both strategies of a seed begin with, drawn at random."""
    return _ids(draw_at_random(material.articles, SentenceFingerprints.of([]), budget, seed * _STEPS), budget)


def _trained(run: Run, annotated: Sequence[Document], material: Material, scratch: Path) -> tuple[Fitted, Temperatures]:
    """Train on most of what is annotated; the rest, never the test, tells the temperatures.

    Nothing is chosen on that rest: at the first steps it is a handful of sentences.
    """
    settings, arguments = run_settings(run.options, run.seed, run.max_steps, scratch)
    parts = divided(annotated, settings.validation_share)
    fitted = fit(documents_to_dataset(parts["train"], material.schema), [], material.schema, settings, arguments)
    return fitted, fit_temperatures(fitted.tagger, parts["validation"])


def _next(strategy: str, run: Run, material: Material, fitted: Fitted, temperatures: Temperatures) -> list[str]:
    """Return the ids of the sentences that ``strategy`` annotates next; it sees no label of the pool."""
    known = SentenceFingerprints.of([material.pool[id] for id in run.annotated])
    if strategy == CHOSEN:
        found = choose(
            material.articles,
            tagger=fitted.tagger,
            model=fitted.model,
            tokenizer=fitted.tokenizer.backend_tokenizer,
            temperatures=temperatures,
            annotated=known,
            budget=run.wanted,
        )
    else:
        found = draw_at_random(material.articles, known, run.wanted, run.seed * _STEPS + run.step + 1)
    return _ids(found, run.wanted)


def _ids(found: Sequence[Candidate], budget: int) -> list[str]:
    if len(found) < budget:
        raise ValueError(
            f"only {len(found)} sentences of the pool can be annotated next and {budget} were asked for: the others "
            "are too short, or repeat what is annotated; give smaller --steps"
        )
    return [sentence_id(candidate.document, candidate.sentence) for candidate in found]
