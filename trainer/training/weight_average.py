"""A moving average of the weights over the training steps, which is what is scored and kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.modeling_utils import unwrap_model

AVERAGE_FILE = "weight_average.safetensors"
_UPDATES = "updates"


class WeightAverage(TrainerCallback):
    """Keeps an exponential moving average of the trainable parameters, and leaves it in the trained model.

    The model itself trains on with its raw weights. The trainer has three things to do: score the average
    within :meth:`swapped_in`, :meth:`save` it into every checkpoint beside the raw weights, and :meth:`load`
    it before training goes on from one. At the end the model gets the average of the best checkpoint, if the
    run chose one, or else the last.

    Parameters
    ----------
    decay:
        How much of the average a step keeps, 0 to below 1: the average is over about ``1 / (1 - decay)``
        steps. The first steps keep less (``(1 + n) / (10 + n)`` of it after n steps), or the untrained
        weights would weigh on a short run.

    Raises
    ------
    ValueError
        If ``decay`` lies elsewhere.
    """

    def __init__(self, decay: float) -> None:
        if not 0 <= decay < 1:
            raise ValueError(f"the decay of a weight average is at least 0 and below 1, not {decay}")
        self.decay = decay
        self.updates = 0
        # In 32 bits whatever the parameters have: one step moves an average by less than bfloat16 can tell.
        self._average: dict[str, Tensor] = {}

    def start(self, model: nn.Module) -> None:
        """Begin anew with the weights that ``model`` has now."""
        self.updates = 0
        self._average = {
            name: parameter.detach().to(torch.float32, copy=True) for name, parameter in _trainable(model).items()
        }

    def update(self, model: nn.Module) -> None:
        """Move the average towards the weights that ``model`` has now."""
        keep = min(self.decay, (1 + self.updates) / (10 + self.updates))
        parameters = self._matching(model)
        averages = [self._average[name] for name in parameters]
        torch._foreach_lerp_(averages, [parameter.detach().float() for parameter in parameters.values()], 1 - keep)
        self.updates += 1

    def apply(self, model: nn.Module) -> None:
        """Overwrite the weights of ``model`` with the average."""
        with torch.no_grad():
            for name, parameter in self._matching(model).items():
                parameter.copy_(self._average[name])

    @contextmanager
    def swapped_in(self, model: nn.Module) -> Iterator[None]:
        """Give ``model`` the averaged weights, and afterwards its own back, bit for bit.

        Before training there is no average, and nothing changes.
        """
        if not self._average:
            yield
            return
        raw = {name: parameter.detach().clone() for name, parameter in _trainable(model).items()}
        self.apply(model)
        try:
            yield
        finally:
            with torch.no_grad():
                for name, parameter in _trainable(model).items():
                    parameter.copy_(raw[name])

    def save(self, folder: str | Path) -> None:
        """Write the average and its number of updates into a checkpoint's folder."""
        save_file(self._average, Path(folder) / AVERAGE_FILE, metadata={_UPDATES: str(self.updates)})

    def load(self, folder: str | Path) -> None:
        """Read what :meth:`save` wrote.

        Raises
        ------
        FileNotFoundError
            If the checkpoint has no average.
        ValueError
            If its file cannot be read.
        """
        path = Path(folder) / AVERAGE_FILE
        if not path.is_file():
            raise FileNotFoundError(
                f"{folder} has no {AVERAGE_FILE}: it was written without a weight average, or not to its end"
            )
        try:
            with safe_open(path, framework="pt") as file:
                updates = int((file.metadata() or {})[_UPDATES])
                # Copies, because the tensors lie in the file and would change with it.
                average = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118 - no mapping
        except (SafetensorError, KeyError, ValueError) as error:
            raise ValueError(f"{path} is damaged or holds no weight average; take another checkpoint") from error
        self.updates, self._average = updates, average

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Begin with the model's weights, or go on from where the checkpoint stopped."""
        model = kwargs["model"]
        if state.global_step == 0:
            self.start(model)
            return
        if self.updates != state.global_step:
            raise ValueError(
                f"training goes on at step {state.global_step}, but the weight average is of step {self.updates}; "
                "load the checkpoint's average, too"
            )
        parameters = self._matching(model)
        self._average = {name: self._average[name].to(parameter.device) for name, parameter in parameters.items()}

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Take the step into the average."""
        self.update(kwargs["model"])

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Leave the average in the model: that of the best checkpoint, whose raw weights it has by now."""
        if args.load_best_model_at_end and state.best_model_checkpoint is not None:
            self.load(state.best_model_checkpoint)
        self.apply(kwargs["model"])

    def _matching(self, model: nn.Module) -> dict[str, nn.Parameter]:
        """Return the trainable parameters, which must be the averaged ones."""
        parameters = _trainable(model)
        if {name: p.shape for name, p in parameters.items()} != {name: a.shape for name, a in self._average.items()}:
            raise ValueError("the weight average belongs to a model with other parameters")
        return parameters


def _trainable(model: nn.Module) -> dict[str, nn.Parameter]:
    """Return the trainable parameters by the names that the model itself gives them, whatever wraps it."""
    unwrapped = unwrap_model(model)
    return {name: parameter for name, parameter in unwrapped.named_parameters() if parameter.requires_grad}
