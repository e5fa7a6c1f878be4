"""The page of a finished run, ``training.html`` beside its model."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from transformers import TrainingArguments

from trainer.data.corpus import TRAINING_ONLY
from trainer.data.mixing import TrainingData
from trainer.documents import Document
from trainer.extras import how_to_install, installed
from trainer.pages.training import DataPart, TrainingRun, training_page
from trainer.pages.training_plots import training_plots
from trainer.plots.picture import Picture
from trainer.training.history import best_step, curve_entries
from trainer.training.model_folder import SETTINGS_FILE
from trainer.training.run_folder import PAGE_FILE
from trainer.training.settings import RunSettings

logger = logging.getLogger(__name__)


def write_run_page(
    settings: RunSettings,
    arguments: TrainingArguments,
    data: TrainingData,
    history: Sequence[Mapping[str, Any]],
    scores: Mapping[str, Any],
    *,
    resumed: bool,
) -> None:
    """Write the page of a run whose model is published; if that fails, a warning says why.

    Parameters
    ----------
    history:
        ``TrainerState.log_history``.
    scores:
        The validation scores of the model.
    resumed:
        Whether the run went on from a checkpoint, so that the time in ``history`` is that of its last session.
    """
    page = Path(settings.output_dir) / PAGE_FILE
    unfinished = page.with_name(f".{page.name}")
    try:
        content = training_page(_training_run(settings, arguments, data, history, scores, resumed=resumed))
        unfinished.write_text(content, encoding="utf-8", newline="\n")
        unfinished.replace(page)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        reason = (error.strerror or str(error)).lower()
        logger.warning("%s could not be written: %s; the model is complete without it", page, reason)
        return
    logger.info("page of the run written to %s", page)


def _training_run(
    settings: RunSettings,
    arguments: TrainingArguments,
    data: TrainingData,
    history: Sequence[Mapping[str, Any]],
    scores: Mapping[str, Any],
    *,
    resumed: bool,
) -> TrainingRun:
    best_kept = bool(arguments.load_best_model_at_end)
    entries = curve_entries(history)
    # The summary of Transformers.
    last = history[-1] if history else {}
    facts = [("المرمِّز encoder", settings.encoder), ("جمل التدريب", str(_sentences(data.training)))]
    if "step" in last:
        # Who says how many steps says nothing of epochs.
        planned = f" من {arguments.num_train_epochs:.4g}" if arguments.max_steps <= 0 else ""
        facts.append(("الدورات epochs", f"{last['epoch']:.4g}{planned}"))
        facts.append(("الخطوات steps", str(last["step"])))
    facts += [("البذرة seed", str(arguments.seed)), ("الجهاز device", _device(arguments))]
    if "train_runtime" in last:
        session = " (منذ الاستئناف)" if resumed else ""
        facts.append(("زمن التدريب", f"{last['train_runtime']:.0f} ثانية{session}"))
    return TrainingRun(
        name=Path(settings.output_dir).resolve().name,
        facts=facts,
        settings=(settings.model_folder / SETTINGS_FILE).read_text(encoding="utf-8"),
        parts=_parts(data),
        history=entries,
        kept_step=best_step(entries) if best_kept else last.get("step"),
        scores=scores,
        arabic_names=data.schema.arabic_names(),
        pictures=_pictures(entries, best_kept=best_kept),
    )


def _parts(data: TrainingData) -> list[DataPart]:
    parts = []
    for name, documents in data.sources.items():
        # Behind the corpus where there are several.
        only = name.rpartition(": ")[2] == TRAINING_ONLY
        purpose = "للتدريب وحده، لا يُختبر عليه ولا يُختار" if only else "التدريب"
        parts.append(DataPart(name, purpose, len(documents), _sentences(documents), data.weights[name]))
    chosen_on = "اختيار النموذج"
    return [*parts, DataPart("validation", chosen_on, len(data.validation), _sentences(data.validation))]


def _sentences(documents: Sequence[Document]) -> int:
    return sum(len(document.sentences) for document in documents)


def _device(arguments: TrainingArguments) -> str:
    device = arguments.device
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    return f"{arguments.world_size} × {name}" if arguments.world_size > 1 else name


def _pictures(entries: Sequence[Mapping[str, Any]], *, best_kept: bool) -> list[Picture]:
    if not installed("matplotlib"):
        how = how_to_install(["matplotlib"])
        logger.warning("%s has no pictures: they need matplotlib, which '%s' installs", PAGE_FILE, how)
        return []
    return training_plots(entries, best_kept=best_kept)
