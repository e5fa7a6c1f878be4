"""Export a whole model to a folder that OpenVINO or ONNX Runtime runs, without PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer

from trainer.documents import Document
from trainer.encoders.loading import quiet_loading
from trainer.export.fast_folder import describe_fast_folder, require_packages
from trainer.export.fast_parity import FastParity, check_same_logits, compare_labels, require_mostly_identical
from trainer.export.folder import check_output, replaced_folder
from trainer.export.int8 import calibration_and_rest, quantise_onnx_file, quantise_openvino_file
from trainer.export.onnx_file import write_onnx_file
from trainer.export.openvino_file import write_openvino_file
from trainer.export.recorded_batches import recorded_batches
from trainer.export.run import SAMPLE
from trainer.export.traced_model import TracedModel
from trainer.inference.model_files import ModelFiles
from trainer.inference.predictor import Predictor
from trainer.inference.runtimes import choose, open_runtime
from trainer.modeling.model import MarsadModel
from trainer.modeling.runtime import Batch, Logits
from trainer.modeling.torch_runtime import TorchRuntime

_WRITERS = {"openvino": write_openvino_file, "onnx": write_onnx_file}
# Of a batch that logits are compared on; in 8 bits the windows are single, so that no padding is calibrated on.
_BATCH_TOKENS = 512
_QUANTISERS = {"openvino": quantise_openvino_file, "onnx": quantise_onnx_file}


def export_fast(
    model_folder: str | Path,
    output: str | Path | None = None,
    runtime: str = "openvino",
    *,
    int8: bool = False,
    documents: Sequence[Document] | None = None,
    overwrite: bool = False,
) -> FastParity:
    """Write a model as ``runtime`` runs it, and check it against the model.

    Parameters
    ----------
    model_folder:
        What ``marsad train`` wrote.
    output:
        The folder to write; by default one of the runtime's name in ``model_folder``, where ``trainer.load`` finds it.
        An earlier export there is replaced, anything else only with ``overwrite``. If something fails it stays as it
        was.
    runtime:
        ``openvino`` or ``onnx``.
    int8:
        Compute in 8 bits, for processors without bfloat16. Half of ``documents`` say which numbers occur.
    documents:
        Text to compare the two on; by default a few sentences.

    Raises
    ------
    FileExistsError
        If ``output`` may not be replaced.
    FileNotFoundError
        If there is no model in ``model_folder``.
    ValueError
        If a package is missing, the encoder cannot be traced, or the export says something else than the model.
    """
    model_folder = Path(model_folder)
    output = Path(output) if output is not None else model_folder / runtime
    require_packages(runtime, int8=int8)
    if int8 and documents is None:
        raise ValueError("an export in 8 bits needs text that shows which numbers occur: name some with --input")
    check_output(output, model_folder, overwrite=overwrite)
    reference = Predictor(model_folder)
    tokenizer = Tokenizer.from_file(str(model_folder / "tokenizer.json"))
    with quiet_loading():
        model = MarsadModel.from_pretrained(model_folder).eval()
    checked = [Document.from_text(SAMPLE)] if documents is None else list(documents)
    calibration: list[Document] = []
    if int8:
        calibration, checked = calibration_and_rest(checked)
    as_trained = TorchRuntime(model)
    recorded = recorded_batches(
        as_trained, tokenizer, calibration or checked, batch_tokens=1 if int8 else _BATCH_TOKENS
    )
    if not recorded:
        raise ValueError("there is no sentence to compare the export with the model on")
    with replaced_folder(output) as building:
        describe_fast_folder(building, model_folder, reference.info, runtime, int8=int8)
        _write_graph(model, building, runtime)
        if as_trained.pair_scorer is not None:
            as_trained.pair_scorer.save(building)
        difference = None
        if int8:
            _QUANTISERS[runtime](building, [batch for batch, _ in recorded])
        else:
            difference = _check_logits(building, recorded)
        identical, precision = compare_labels(building, reference, checked)
        if int8:
            require_mostly_identical(identical)
    sentences = sum(len(document.sentences) for document in checked)
    return FastParity(sentences, difference, identical, precision)


def _write_graph(model: MarsadModel, folder: Path, runtime: str) -> None:
    try:
        _WRITERS[runtime](TracedModel(model), folder)
    except (RuntimeError, NotImplementedError, TypeError) as error:
        # What tracing raises for an operation that cannot be traced, or that the runtime does not have.
        encoder = model.config.encoder["model_type"]
        raise ValueError(
            f"an encoder of the type {encoder!r} cannot be exported for {runtime}: {str(error).splitlines()[0]}"
        ) from error


def _check_logits(folder: Path, recorded: Sequence[tuple[Batch, Logits]]) -> float:
    files = ModelFiles.of(folder)
    return check_same_logits(open_runtime(files, choose(files, device="cpu", precision="fp32")), recorded)
