"""``marsad export``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.table import Table

from trainer.cli.console import output, quiet_libraries

if TYPE_CHECKING:
    from trainer.documents import Document
    from trainer.export.pipeline_results import Agreement

_TRANSFORMERS = "transformers"
_TARGETS = (_TRANSFORMERS, "openvino", "onnx")


def export_command(
    model: Path = typer.Argument(help="A model folder that 'marsad train' wrote."),
    folder: Path | None = typer.Argument(
        None,
        metavar="[OUTPUT]",
        help="The folder to write; with openvino and onnx by default MODEL/openvino and MODEL/onnx.",
    ),
    to: str = typer.Option(
        _TRANSFORMERS,
        help="What is to run it: transformers (one head, as a plain model), or openvino or onnx (all heads, for fast "
        "labelling without PyTorch).",
    ),
    head: str | None = typer.Option(None, help="With transformers, the head: entity, trigger or event_type."),
    int8: bool = typer.Option(
        False, "--int8", help="With openvino and onnx: compute in 8 bits; for processors without bfloat16."
    ),
    source: str | None = typer.Option(
        None, "--input", help="Compare on this text, given as for 'marsad predict'; by default on a few sentences."
    ),
    overwrite: bool = typer.Option(False, "--overwrite", help="Replace OUTPUT whatever is in it."),
) -> None:
    """Export a model: a head as a plain Transformers model, or all of it for OpenVINO or ONNX Runtime.

    What is written is compared with the model.
    """
    if to not in _TARGETS:
        raise ValueError(f"--to is {to!r}; give one of {', '.join(_TARGETS)}")
    if to != _TRANSFORMERS:
        if head is not None:
            raise ValueError(f"an export to {to} has all heads: leave out --head")
        if int8 and source is None:
            raise ValueError("--int8 needs text that shows which numbers occur: name some with --input")
        _export_for_runtime(model, folder, to, int8, source, overwrite)
        return
    if int8:
        raise ValueError("--int8 goes with --to openvino and --to onnx")
    if folder is None or head is None:
        raise ValueError("an export to transformers needs OUTPUT, the folder to write, and --head")
    _export_head(model, folder, head, source, overwrite)


def _export_head(model: Path, folder: Path, head: str, source: str | None, overwrite: bool) -> None:
    quiet_libraries()
    from trainer.export.run import export_head

    parity = export_head(model, folder, head, documents=_documents(source), overwrite=overwrite)
    _print_folder(folder)
    output.print(f"largest difference of logits on {parity.sentences} sentences: {parity.largest_difference:.1e}")
    _print_agreement("identical to what Marsad finds", "pipeline", parity.identical)


def _export_for_runtime(
    model: Path, folder: Path | None, runtime: str, int8: bool, source: str | None, overwrite: bool
) -> None:
    from trainer.export.fast_folder import require_packages

    require_packages(runtime, int8=int8)
    quiet_libraries()
    from trainer.export.fast_run import export_fast

    folder = folder if folder is not None else model / runtime
    documents = _documents(source)
    parity = export_fast(model, folder, runtime, int8=int8, documents=documents, overwrite=overwrite)
    _print_folder(folder)
    if parity.largest_difference is not None:
        output.print(f"largest difference of logits, both in fp32: {parity.largest_difference:.1e}")
    run_in = f"int8 and {parity.precision}" if int8 else parity.precision
    output.print(f"compared with PyTorch in fp32 on {parity.sentences} sentences, as it runs here: in {run_in}")
    named = {layer.replace("_", " "): agreement for layer, agreement in parity.identical.items()}
    _print_agreement("identical to what the model finds", "layer", named)


def _print_folder(folder: Path) -> None:
    output.print(f"exported: {folder}", markup=False, soft_wrap=True)


def _print_agreement(title: str, first_column: str, identical: Mapping[str, Agreement]) -> None:
    table = Table(title=title, title_justify="left")
    for name in (first_column, "both", "either", "share"):
        table.add_column(name, justify="left" if name == first_column else "right")
    for name, agreement in identical.items():
        share = "–" if agreement.share is None else f"{agreement.share:.2f}"
        table.add_row(name, str(agreement.both), str(agreement.either), share)
    output.print(table)


def _documents(source: str | None) -> list[Document] | None:
    return None if source is None else list(_read(source))


def _read(source: str) -> Iterator[Document]:
    from trainer.readers.reading import read_records
    from trainer.readers.records import Reject

    for item in read_records([source]):
        if isinstance(item, Reject):
            raise ValueError(f"{item.place}: {item.reason}")
        yield item.to_document()
