"""Compare Marsad's inference with transformers.pipeline("token-classification"): the same model, sentences and machine.

    python scripts/benchmark_inference.py outputs/quickstart/model --input archive.parquet --json outputs/inference.json

The pipeline gets the entity head alone, as 'marsad export --head entity' writes it, in fp32; Marsad labels with all
heads. Every row of the table is a system in a process of its own; one works at a time, in turns: in each round all
sentences in one call, then single sentences. A warm-up before the first round is not counted. The rows of --rows:

    pipeline-32, pipeline-1           the pipeline, with batches of 32 sentences and of one
    auto, torch, openvino, onnx       Marsad's runtimes, the last two if they were exported into the model's folder
    fp32-pipeline-32, fp32-auto, ...  the same without the processor's bfloat16 and int8 instructions
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from rich.console import Console

from trainer.benchmark.tables import print_report
from trainer.benchmark.timed_processes import Child
from trainer.benchmark.timed_systems import REFERENCE, ROWS, Row

if TYPE_CHECKING:
    from trainer.documents import Document

progress = Console(stderr=True, highlight=False)


class Asked(Protocol):
    """What answers the benchmark's questions for a row; see ``trainer.benchmark.timed_systems.Worker``."""

    def ask(self, name: str, texts: Sequence[str] = ()) -> Any:
        """Return the answer."""


Start = Callable[[Row, str, str, str], Asked]


def main(arguments: Sequence[str] | None = None, start: Start | None = None) -> None:
    options = parse(arguments)
    try:
        report = benchmark(options, start or Child)
    except (OSError, ValueError) as error:
        sys.exit(f"error: {error}")
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print_report(report)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="a model folder that 'marsad train' wrote")
    parser.add_argument("--input", nargs="+", required=True, help="articles: what 'marsad predict' reads")
    parser.add_argument("--rows", help="rows with commas between; default: all that can run here")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sentences", type=int, default=600, help="sentences of a round, the same for all rows")
    parser.add_argument("--latency-sentences", type=int, default=100, help="sentences of a round labelled one by one")
    parser.add_argument("--agreement-sentences", type=int, default=5000, help="compared with torch in fp32; 0: none")
    parser.add_argument("--startup-runs", type=int, default=5, help="how often programs are started; 0: not at all")
    parser.add_argument(
        "--gold", type=Path, nargs="+", help="brat folders, .txt, .marked or .jsonl files: F1 of each row"
    )
    parser.add_argument("--seed", type=int, default=7, help="which articles are drawn")
    parser.add_argument("--device", default="cpu", help="cpu, or cuda: the pipeline in fp32, Marsad in bf16")
    parser.add_argument("--json", type=Path, help="write everything that was measured to this file")
    options = parser.parse_args(arguments)
    if min(options.rounds, options.sentences, options.latency_sentences) < 1:
        parser.error("--rounds, --sentences and --latency-sentences must be at least 1")
    on_gpu = options.device != "cpu"
    names = options.rows.split(",") if options.rows else ["pipeline-32", "pipeline-1", "auto"] if on_gpu else list(ROWS)
    if unknown := [name for name in names if name not in ROWS]:
        parser.error(f"there is no row {', '.join(map(repr, unknown))}; give {', '.join(ROWS)}")
    if on_gpu and (of_cpu := [name for name in names if ROWS[name].fp32_only]):
        parser.error(f"{', '.join(of_cpu)} are about processors; leave them out with --device {options.device}")
    options.systems = [ROWS[name] for name in dict.fromkeys(names)]
    return options


def benchmark(options: argparse.Namespace, start: Start) -> dict[str, Any]:
    from trainer.benchmark.measures import (
        count_words,
        draw_sentences,
        package_versions,
        summarise,
    )
    from trainer.benchmark.startup_times import measure_startup
    from trainer.cli.console import quiet_libraries
    from trainer.inference.processors import processor_flags
    from trainer.training.benchmark import machine

    quiet_libraries()
    most = max(options.sentences, options.latency_sentences, options.agreement_sentences)
    drawn = draw_sentences(options.input, most, options.seed)
    sentences, singles = drawn[: options.sentences], drawn[: options.latency_sentences]
    words = count_words(sentences)
    gold = [document for path in options.gold or () for document in gold_documents(path)]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        entity_head = exported_entity_head(options, folder)
        places = (str(options.model), entity_head, options.device)

        def started(row: Row) -> Asked:
            worker = start(row, *places)
            if isinstance(worker, Child):
                stack.callback(worker.close)
            return worker

        workers, left_out = start_all(options, started)
        rows = [row for row in options.systems if row.name in workers]
        warm_up, *rounds = measure_rounds(workers, sentences, singles, options.rounds)
        summary = summarise(rows, rounds, words)
        for name, worker in workers.items():
            summary[name] |= worker.ask("facts")
        compared = compare(options, workers, started, drawn[: options.agreement_sentences], gold)
        for name, found in compared["rows"].items():
            summary[name] |= found
        startup = {}
        if options.startup_runs:
            progress.print("programs are started")
            startup = measure_startup(
                sentences[0], options.model, entity_head, folder, device=options.device, runs=options.startup_runs
            )
    return {
        "settings": {
            "sentences": len(sentences),
            "words": words,
            "latency_sentences": len(singles),
            "agreement_sentences": compared["sentences"],
            "rounds": options.rounds,
            "seed": options.seed,
            "device": options.device,
        },
        "machine": {**machine(), "flags": processor_flags(), "packages": package_versions()},
        "rows": summary,
        "reference_f1": compared["reference_f1"],
        "left_out": left_out,
        "startup_seconds": startup,
        "warm_up": warm_up,
        "rounds": rounds,
    }


def exported_entity_head(options: argparse.Namespace, folder: Path) -> str:
    """Export what the pipelines load, if there is a row of theirs; return its folder."""
    if all(row.runtime for row in options.systems):
        return ""
    from trainer.export.run import export_head
    from trainer.modeling.layout import ENTITY

    progress.print("the entity head is exported")
    export_head(options.model, folder / "entity", ENTITY)
    return str(folder / "entity")


def start_all(options: argparse.Namespace, started: Callable[[Row], Asked]) -> tuple[dict[str, Asked], dict[str, str]]:
    """Start what can run; a row that was asked for by name and cannot is an error."""
    workers, left_out = {}, {}
    for row in options.systems:
        try:
            workers[row.name] = started(row)
        except (OSError, ValueError, ImportError) as error:
            if options.rows:
                raise ValueError(f"row {row.name}: {error}") from error
            left_out[row.name] = str(error)
            progress.print(f"left out: {row.name}: {error}", markup=False, soft_wrap=True)
    if not workers:
        raise ValueError("none of the rows can run here")
    return workers, left_out


def measure_rounds(
    workers: Mapping[str, Asked], sentences: Sequence[str], singles: Sequence[str], count: int
) -> list[dict[str, dict[str, Any]]]:
    """Let the rows take turns; the first of the rounds is the warm-up, one more than ``count``."""
    rounds = []
    for number in range(count + 1):
        begin = time.perf_counter()
        found = {name: {"seconds": worker.ask("seconds", sentences)} for name, worker in workers.items()}
        for name, worker in workers.items():
            found[name]["latencies"] = worker.ask("latencies", singles)
        name = f"round {number}/{count}" if number else "warm-up"
        progress.print(f"{name}: {time.perf_counter() - begin:.0f} s")
        rounds.append(found)
    return rounds


def gold_documents(path: Path) -> list[Document]:
    """Read labelled documents: a folder of brat files, one of its texts, inline markup, or Marsad's JSON lines."""
    from trainer.formats.brat import read_brat_file, read_brat_folder
    from trainer.formats.inline import read_inline
    from trainer.formats.jsonl import read_jsonl

    if path.is_dir():
        return list(read_brat_folder(path))
    if path.suffix == ".marked":
        return list(read_inline(path))
    if path.suffix == ".jsonl":
        with path.open(encoding="utf-8") as lines:
            return list(read_jsonl(lines, str(path)))
    return [read_brat_file(path)]


def compare(
    options: argparse.Namespace,
    workers: Mapping[str, Asked],
    started: Callable[[Row], Asked],
    texts: Sequence[str],
    gold: Sequence[Document],
) -> dict[str, Any]:
    """Compare what Marsad's rows find in ``texts`` with the reference, and all rows with the gold documents."""
    from trainer.benchmark.measures import agreement, micro_f1
    from trainer.documents import Document
    from trainer.schema import load_schema

    compared: dict[str, Any] = {"sentences": len(texts), "reference_f1": None, "rows": {name: {} for name in workers}}
    if not texts and not gold:
        return compared
    schema = load_schema(options.model / "schema.yaml")

    def labelled(worker: Asked, texts: Sequence[str]) -> list[Document]:
        return [Document.from_dict(found) for found in worker.ask("documents", texts)] if texts else []

    progress.print("what the rows find is compared")
    reference = started(REFERENCE)
    expected = labelled(reference, texts)
    gold_texts = [document.text for document in gold]
    best = compared["reference_f1"] = micro_f1(gold, labelled(reference, gold_texts), schema) if gold else None
    for name, worker in workers.items():
        row = compared["rows"][name]
        if texts and ROWS[name].runtime:
            row["agreement"] = agreement(expected, labelled(worker, texts))
        if best:
            scores = micro_f1(gold, labelled(worker, gold_texts), schema)
            row["f1"] = {
                layer: {"f1": value, "points_from_reference": 100 * (value - best[layer])}
                for layer, value in scores.items()
            }
    return compared


if __name__ == "__main__":
    main()
