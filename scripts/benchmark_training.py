"""Compare the speed of Marsad's training with that of transformers.Trainer, on the same data with the same encoder.

The baseline is transformers.Trainer in fp32 with batches of 32 rows, the attention that Transformers picks and its
usual dropout. Each training runs in a process of its own, in turns: baseline, Marsad bf16 (where the processor
multiplies bfloat16), Marsad fp32, baseline ... Round r has seed r.
"""

import argparse
import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

Run = Callable[[Any], Mapping[str, Any]]


def main(arguments: Sequence[str] | None = None, run: Run | None = None) -> None:
    options = parse(arguments)
    # As for the marsad command, and before torch is loaded; children inherit both.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    # This is about CPUs, also where there is something else.
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    from trainer.cli.console import quiet_libraries
    from trainer.training.benchmark import Training, measure

    quiet_libraries()
    if options.child:
        try:
            print(json.dumps(measure(Training(**json.loads(options.child)))))
        except (OSError, ValueError) as error:
            sys.exit(f"error: {error}")
        return
    report = benchmark(options, run or run_in_own_process)
    if options.output:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    output = Console(highlight=False, width=100)
    for part in (settings_table(report), result_table(report), machine_line(report)):
        output.print(part)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="data/dataset.yaml", help="dataset.yaml, or a folder of 'marsad data build'")
    parser.add_argument("--encoder", default="bundled", help="bundled, a folder, or a name on the model hub")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batch-tokens", type=int, default=2048, help="subwords of Marsad's batches, with padding")
    parser.add_argument("--learning-rate", type=float, default=2e-4)
    parser.add_argument("--head-learning-rate", type=float, default=1e-2)
    parser.add_argument("--window", type=int, default=256, help="longest row in subwords")
    parser.add_argument("--threads", type=int, help="default: as many as torch takes")
    parser.add_argument("--output", type=Path, help="write everything that was measured as JSON")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if min(options.rounds, options.epochs) < 1:
        parser.error("--rounds and --epochs must be at least 1")
    return options


def benchmark(options: argparse.Namespace, run: Run) -> dict[str, Any]:
    from trainer.training.benchmark import Training, summarise, ways_here

    same = {field.name for field in dataclasses.fields(Training)} - {"way", "seed"}
    shared = {name: getattr(options, name) for name in same}
    progress = Console(stderr=True, highlight=False)
    found = []
    for seed in range(1, options.rounds + 1):
        for way in ways_here():
            one = run(Training(way=way, seed=seed, **shared))
            found.append(one)
            speed = one["timed_tokens"] / one["seconds"]
            progress.print(f"round {seed}/{options.rounds}  {way}: {speed:,.0f} tokens/s, {one['seconds']:.0f} s")
    return {"machine": found[0]["machine"], "summary": summarise(found), "trainings": found}


def run_in_own_process(training: Any) -> Mapping[str, Any]:
    command = [sys.executable, __file__, "--child", json.dumps(dataclasses.asdict(training))]
    done = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8")
    if done.returncode:
        sys.exit(f"error: training '{training.way}' with seed {training.seed} failed")
    result: Mapping[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def settings_table(report: Mapping[str, Any]) -> Table:
    settings = {one["way"]: one["settings"] for one in report["trainings"]}
    table = Table("", *settings, title="Settings", title_justify="left")
    for name in next(iter(settings.values())):
        table.add_row(name, *(values[name] for values in settings.values()))
    return table


def result_table(report: Mapping[str, Any]) -> Table:
    table = Table(title="Results", title_justify="left", caption_justify="left")
    table.add_column("")
    for name in (
        "tokens/s",
        "ratio",
        "padding",
        "steps",
        "peak\nMiB",
        "F1\nentities",
        "F1\ntriggers",
        "F1 event\ntypes",
    ):
        table.add_column(name, justify="right")
    for way, row in report["summary"].items():
        scores = [with_range(f"{f1['mean']:.3f}", f1["min"], f1["max"]) for f1 in row["f1"].values()]
        table.add_row(
            way,
            f"{row['tokens_per_second']:,.0f}",
            with_range(f"{row['ratio']:.2f}", *row["ratio_range"]),
            f"{row['padding']:.1%}",
            str(row["steps"]),
            f"{row['peak_memory_mib']:,.0f}",
            *scores,
        )
    table.caption = (
        "tokens/s: subwords without padding, from the end of the first step (warm-up) to the end of the last; median "
        "over rounds. ratio: to the baseline of the same round, median and range. F1: micro, strict, validation "
        "split after the last epoch; mean and range over seeds."
    )
    return table


def with_range(value: str, low: float, high: float) -> str:
    return value if low == high else f"{value}\n{low:.2f}–{high:.2f}"


def machine_line(report: Mapping[str, Any]) -> str:
    facts = report["machine"]
    bfloat16 = "native bfloat16" if facts["native_bfloat16"] else "no native bfloat16"
    threads = f"{facts['threads']} threads on {facts['cores']} cores"
    versions = f"torch {facts['torch']}, transformers {facts['transformers']}, Python {facts['python']}"
    return f"{facts['processor']}, {threads}, {bfloat16}; {versions}"


if __name__ == "__main__":
    main()
