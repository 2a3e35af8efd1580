"""From a checkpoint, in today's names or the earlier ones, or from a model, to a network."""

from __future__ import annotations

import json
import pickle
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from handtint.errors import MethodUnavailable
from handtint.train.nets.affinity import AffinityNet
from handtint.train.nets.attention import AttentionNet
from handtint.train.nets.encoder import SCALES, Encoder, Size
from handtint.train.nets.hintnet import HintNet

NETWORKS: dict[str, type[HintNet]] = {"affinity": AffinityNet, "attention": AttentionNet}

HALF, BYTES, SCALE = "/half", "/int", "/scale"
"""What follows a weight's name in a model that stores it with fewer bits."""

OF_THE_FILE = ("format", "exported", "network", "in_8_bits", "difference", "sha256")
"""What a model's card tells of the file, not of the training."""

_EARLIER = (
    (r"^enc\.stem\.c\.", "encoder.stem.conv."),
    (r"^enc\.bn\.", "encoder.stem_norm."),
    (r"^enc\.blocks\.", "encoder.blocks."),
    (r"(blocks\.\d+)\.ex\.", r"\1.expand."),
    (r"(blocks\.\d+)\.b0\.", r"\1.expand_norm."),
    (r"(blocks\.\d+)\.dw\.c\.", r"\1.depthwise.conv."),
    (r"(blocks\.\d+)\.b1\.", r"\1.depthwise_norm."),
    (r"(blocks\.\d+)\.pr\.", r"\1.project."),
    (r"(blocks\.\d+)\.b2\.", r"\1.project_norm."),
    (r"^hstem\.", "hint_stem."),
    (r"^p5\.", "from_32."),
    (r"^f(16|8|4|2)\.", r"at_\1."),
    (r"^at\.(\d+)\.pe\.", r"mixers.\1.place."),
    (r"^at\.(\d+)\.n1\.", r"mixers.\1.attend_norm."),
    (r"^at\.(\d+)\.n2\.", r"mixers.\1.feed_norm."),
    (r"^at\.(\d+)\.qkv\.", r"mixers.\1.qkv."),
    (r"^at\.(\d+)\.o\.", r"mixers.\1.out."),
    (r"^at\.(\d+)\.f\.", r"mixers.\1.feed."),
    (r"^q\.", "scores."),
    (r"^o2\.", "residual."),
    (r"^up\.", "doubling."),
    (r"^aq\.", "embed."),
    (r"^bl\.", "blend."),
    (r"^tau$", "sharpness"),
    (r"^beta$", "decay"),
    (r"^coff$", "threshold"),
    (r"^gate$", "gates"),
)


def read_state(path: Path) -> dict[str, Tensor]:
    """Weights of a checkpoint or a model, in single precision; of a training, the averaged ones.

    Raises
    ------
    MethodUnavailable
        When it is missing or holds no weights.
    """
    if path.suffix == ".onnx":
        return _weights_of_model(path)
    state = read_checkpoint(path)
    state = state.get("averaged", state)
    if not (isinstance(state, dict) and all(isinstance(v, Tensor) for v in state.values())):
        raise MethodUnavailable(f"checkpoint {path} holds no weights of a network")
    return {k: v.float() if v.is_floating_point() else v for k, v in state.items()}


def blended(state: dict[str, Tensor], other: dict[str, Tensor], share: float) -> dict[str, Tensor]:
    """Weights between those of two networks, (1 - share) w + share w'.

    Of networks where one was trained on from the other: it may be too vivid, the other one too pale
    (X. Wang et al., "Deep network interpolation", 2018, arXiv:1811.10515).

    Raises
    ------
    MethodUnavailable
        When the weights are not those of two networks of one kind and size.
    """
    # A checkpoint counts its batches, a model does not.
    weights, others = (
        {k: v for k, v in one.items() if v.is_floating_point()} for one in (state, other)
    )
    if {k: v.shape for k, v in weights.items()} != {k: v.shape for k, v in others.items()}:
        raise MethodUnavailable("the two networks to blend are not of one kind and size")
    return state | {k: v.lerp(others[k], share) for k, v in weights.items()}


def read_facts(path: Path) -> dict[str, Any]:
    """What a checkpoint, or the card of a model, tells of its training; nothing without either."""
    if path.suffix == ".onnx":
        try:
            facts = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
    else:
        facts = read_checkpoint(path).get("facts", {})
    if not isinstance(facts, dict):
        return {}
    return {key: value for key, value in facts.items() if key not in OF_THE_FILE}


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Content of a checkpoint: tensors, numbers and texts, never code.

    Raises
    ------
    MethodUnavailable
        When it is missing or holds anything else.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about pickles that will be refused anyway
            found = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise MethodUnavailable(f"checkpoint {path} cannot be read: {reason}") from error
    if not isinstance(found, dict):
        raise MethodUnavailable(f"checkpoint {path} holds no weights of a network")
    return found


def network(state: Mapping[str, Tensor], *, drop: float = 0.0) -> HintNet:
    """The network that some weights belong to, ready to be used.

    Its kind and its sizes follow from the names and the shapes.

    Raises
    ------
    MethodUnavailable
        When they are those of no known network.
    """
    named = renamed(state)
    try:
        kind = AttentionNet if "decay" in named else AffinityNet
        middle = named["from_32.0.weight"].shape[0]
        found = kind(
            named["bins"],
            encoder=_encoder_of(named),
            width=named["doubling.weight"].shape[1],
            middle=middle,
            transformers=sum(k.endswith("qkv.weight") for k in named),
            drop=drop,
        )
        # Counts of batches are no weights, and models do not have them.
        counts = {k: v for k, v in found.state_dict().items() if k.endswith("_tracked")}
        found.load_state_dict(counts | named)
    except (KeyError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise MethodUnavailable(f"the weights fit no known network: {reason}") from error
    return found.eval()


def renamed(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights under the names of today; those of the first trainings had shorter ones."""
    if "hstem.weight" not in state:
        return dict(state)
    out = {}
    for key, value in state.items():
        new = key
        for pattern, name in _EARLIER:
            new = re.sub(pattern, name, new)
        out[new] = value
    if "pg" in out:
        # Two pairs of gates, of which one of each was used.
        out["gates"] = torch.stack([out["gates"][0], out.pop("pg")[1]])
    return out


def _weights_of_model(path: Path) -> dict[str, Tensor]:
    try:
        graph = onnx.load(path, load_external_data=False).graph
        arrays = {a.name: numpy_helper.to_array(a).astype(np.float32) for a in graph.initializer}
        for name in [n for n in arrays if n.endswith(BYTES)]:
            stem = name.removesuffix(BYTES)
            arrays[stem] = arrays.pop(name) * arrays.pop(stem + SCALE)
    except Exception as error:  # the parser's own have no common base class
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise MethodUnavailable(f"model {path} cannot be read: {reason}") from error
    found = {n.removesuffix(HALF): torch.from_numpy(a) for n, a in arrays.items()}
    for node in graph.node:
        if node.op_type == "Identity" and node.input[0] in found:
            # Of equal arrays the exporter kept one.
            found[node.output[0]] = found[node.input[0]]
    return found


def _encoder_of(state: Mapping[str, Tensor]) -> Size:
    blocks = len({k.split(".")[2] for k in state if k.startswith("encoder.blocks.")})
    channels = state["from_32.0.weight"].shape[1]
    for size in SCALES:
        encoder = Encoder(size)
        if (len(encoder.blocks), encoder.channels[-1]) == (blocks, channels):
            return size
    raise KeyError(f"no encoder has {blocks} blocks and {channels} channels")
