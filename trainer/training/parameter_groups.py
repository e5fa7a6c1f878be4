"""Learning rate and weight decay of every parameter, as the groups that an optimiser takes."""

from __future__ import annotations

from typing import Any

from torch import nn
from transformers import PreTrainedModel

from trainer.modeling.model import MarsadModel

_ENCODER = f"{MarsadModel.base_model_prefix}."


def parameter_groups(
    model: MarsadModel,
    decayed: set[str],
    *,
    learning_rate: float,
    head_learning_rate: float,
    layer_decay: float,
    weight_decay: float,
) -> list[dict[str, Any]]:
    """Group the trainable parameters of ``model``, in the order in which it names them.

    Parameters
    ----------
    decayed:
        The names of the parameters that ``weight_decay`` shrinks; it is 0 for all others.
    learning_rate:
        That of the encoder's last layer, and of what the encoder has behind or beside its layers.
    head_learning_rate:
        That of everything but the encoder.
    layer_decay:
        Each layer has this times the learning rate of the layer above it, and the embeddings have it
        times that of the first layer: 1.0 gives the whole encoder one rate.

    Raises
    ------
    ValueError
        If ``layer_decay`` is not 1.0 and the encoder has no list of layers, as where all layers share
        their weights.
    """
    above = {} if layer_decay == 1.0 else _layers_above(model.encoder)
    groups: dict[tuple[bool, float, bool], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        head = not name.startswith(_ENCODER)
        # What is no layer and not below one learns like the last layer.
        rate = head_learning_rate if head else learning_rate * layer_decay ** above.get(name.removeprefix(_ENCODER), 0)
        groups.setdefault((head, rate, name in decayed), []).append(parameter)
    return [
        {"params": parameters, "weight_decay": weight_decay if decays else 0.0, "lr": rate}
        for (_, rate, decays), parameters in groups.items()
    ]


def _layers_above(encoder: PreTrainedModel) -> dict[str, int]:
    """Return how many layers stand above each parameter of a layer or of the embeddings, by its name.

    Embeddings are what an encoder registers before its layers: word, position and type embeddings, their
    norm, and the projection of small embeddings to the size of the layers.
    """
    count = encoder.config.num_hidden_layers
    # Most encoders have one list of layers; some keep attention, feed-forward and norms in a list each.
    lists = [
        f"{name}."
        for name, module in encoder.named_modules()
        if isinstance(module, nn.ModuleList) and len(module) == count
    ]
    if not lists:
        raise ValueError(
            f"layer_decay needs an encoder with a list of {count} layers, and '{encoder.config.model_type}' has none; "
            "set layer_decay: 1.0"
        )
    above: dict[str, int] = {}
    below_layers = True
    for name, _ in encoder.named_parameters():
        # The first is the outermost: a layer may hold a list of the same length.
        path = next((path for path in lists if name.startswith(path)), None)
        if path is not None:
            below_layers = False
            above[name] = count - 1 - int(name.removeprefix(path).partition(".")[0])
        elif below_layers:
            above[name] = count
    return above
