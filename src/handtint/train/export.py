"""From a checkpoint to a model that runs without PyTorch: an ONNX file and its card.

Arrays are stored with 16 bits a number, and as many with 8 (rounded, with one factor for each
output channel) as a smaller file asks for, followed by the operations that widen them. ONNX Runtime
folds these when it loads the file, so the arithmetic is in single precision and as fast. Arrays
differ by orders of magnitude in how they bear 8 bits, so it is tried which do. The plain and the
stored form are compared with the network, and the card says by how much they differ.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import warnings
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from handtint import demo
from handtint.color import space
from handtint.errors import MethodUnavailable
from handtint.inference.model import FORMAT
from handtint.inference.session import UNIT, Network
from handtint.io import read_photo
from handtint.resample import reduce_area
from handtint.train.nets.affinity import AffinityNet
from handtint.train.nets.convert import BYTES, HALF, OF_THE_FILE, SCALE
from handtint.train.nets.hintnet import HintNet

OPSET = 17

SMALL = 512
"""Arrays of fewer numbers stay in single precision."""

LARGE = 8192
"""Arrays of so many numbers and more may take 8 bits."""

STRETCHES = (1.015, 1.03, 1.045)
"""Of the steps of an array in 8 bits; not below 1, which would cut its largest numbers."""

EXACT = 0.02
"""Largest difference in chroma, in percent of white, that the plain export may have."""

BOUND, BOUND_IN_BYTES = 0.1, 0.3
"""Largest mean difference in chroma of the stored form, in percent of white: if all arrays take 16
bits, and if some take 8."""

Planes = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Exported:
    """A model, ready to be written.

    Parameters
    ----------
    model : bytes
        The ONNX file.
    card : bytes
        Its card, in JSON.
    mean, largest : float
        Difference in chroma to the network, in percent of white.
    """

    model: bytes
    card: bytes
    mean: float
    largest: float


def export(network: HintNet, facts: dict[str, Any], *, max_bytes: int = 0) -> Exported:
    """Make the model and compare it with the network.

    Parameters
    ----------
    network : HintNet
        What is exported, in evaluation mode.
    facts : dict
        What the card tells beyond what is known here: data, training, figures, biases.
    max_bytes : int
        Of the file; as many arrays take 8 bits as that asks for. 0: any size, and none does.

    Raises
    ------
    MethodUnavailable
        When the model is not the network, or cannot be so small.
    """
    plain = to_onnx(network)
    _, largest = differences(network, Network(plain.SerializeToString()))
    if largest > EXACT:
        raise MethodUnavailable(
            f"the exported model differs from the network by up to {largest:.3f} in chroma, more "
            f"than {EXACT}; this is a fault of the export"
        )
    rounded = bearing_bytes(plain, max_bytes) if max_bytes else []
    model = stored(plain, rounded, best_stretch(plain, rounded)).SerializeToString()
    mean, largest = differences(network, Network(model))
    bound = BOUND_IN_BYTES if rounded else BOUND
    if mean > bound:
        raise MethodUnavailable(
            f"stored in {len(model)} bytes, the model differs from the network by {mean:.2f} in "
            f"the mean, more than {bound}; allow it more bytes"
        )
    card = {
        **{key: value for key, value in facts.items() if key not in OF_THE_FILE},
        "format": FORMAT,
        "exported": date.today().isoformat(),
        "network": {
            "kind": "affinity" if isinstance(network, AffinityNet) else "attention",
            **network.config,
            "parameters": sum(p.numel() for p in network.parameters()),
        },
        "in_8_bits": rounded,
        "difference": {"mean": round(mean, 4), "largest": round(largest, 3)},
        "sha256": hashlib.sha256(model).hexdigest(),
    }
    text = f"{json.dumps(card, indent=1, ensure_ascii=False)}\n"
    return Exported(model, text.encode(), mean, largest)


def to_onnx(network: HintNet) -> onnx.ModelProto:
    """The network as ONNX, in single precision, for a batch of one of any size.

    All weights keep their names and values, so that a model can be trained on; ONNX Runtime folds
    norms into convolutions, and what else is constant, when it loads the file.
    """
    batch = (torch.zeros(1, 1, 64, 96), torch.zeros(1, 2, 64, 96), torch.zeros(1, 1, 64, 96))
    batch[2][..., 8:16, 8:16] = 1
    sides, quarter = {2: "h", 3: "w"}, {2: "h4", 3: "w4"}
    file = io.BytesIO()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        torch.onnx.export(
            network,
            (*batch, torch.tensor([0.38])),
            file,  # type: ignore[arg-type]
            input_names=["lightness", "hints", "mask", "temperature"],
            output_names=["chroma", "uncertainty", "logarithms"],
            dynamic_axes={
                "lightness": sides,
                "hints": sides,
                "mask": sides,
                "chroma": sides,
                "uncertainty": quarter,
                "logarithms": quarter,
            },
            opset_version=OPSET,
            training=torch.onnx.TrainingMode.PRESERVE,
            do_constant_folding=False,
            dynamo=False,
        )
    return padded_within(onnx.load_from_string(file.getvalue()))


def padded_within(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy in which what pads with zeros before a convolution is part of the convolution.

    ONNX Runtime keeps channels in blocks from one convolution to the next, and would have to lay
    them out anew for each padding between two.
    """
    out = onnx.ModelProto()
    out.CopyFrom(model)
    pads = {node.output[0]: node for node in out.graph.node if node.op_type == "Pad"}
    pairs = [
        (pads[node.input[0]], node)
        for node in out.graph.node
        if node.op_type == "Conv" and node.input[0] in pads
    ]
    amounts = _constants(out, [pad.input[1] for pad, _ in pairs])
    for (pad, node), amount in zip(pairs, amounts, strict=True):
        attributes = {a.name: a for a in (*pad.attribute, *node.attribute)}
        own = attributes["pads"].ints
        zeros = attributes["mode"].s == b"constant" and not any(pad.input[2:])
        # For a batch, channels, rows and columns: what is put before all of them, then behind.
        if zeros and not any((*own, *amount[:2], *amount[4:6])):
            own[:] = [int(n) for n in (*amount[2:4], *amount[6:8])]
            node.input[0] = pad.input[0]
    _drop_unused(out.graph)
    return out


def _constants(model: onnx.ModelProto, names: list[str]) -> list[NDArray[np.int64]]:
    """Values of what depends on no input."""
    part = onnx.ModelProto()
    part.CopyFrom(model)
    del part.graph.input[:], part.graph.output[:]
    part.graph.output.extend(
        helper.make_tensor_value_info(name, onnx.TensorProto.INT64, None) for name in names
    )
    _drop_unused(part.graph)
    return [np.asarray(value) for value in ReferenceEvaluator(part).run(None, {})]


def _drop_unused(graph: onnx.GraphProto) -> None:
    """Remove the nodes that no output depends on."""
    wanted = {output.name for output in graph.output}
    kept = []
    for node in reversed(graph.node):
        if wanted.intersection(node.output):
            wanted.update(node.input)
            kept.append(node)
    del graph.node[:]
    graph.node.extend(reversed(kept))


def bearing_bytes(plain: onnx.ModelProto, max_bytes: int) -> list[str]:
    """The arrays that take 8 bits, so that the file has at most so many bytes; sorted by name.

    Raises
    ------
    MethodUnavailable
        When the file has more bytes even with all large arrays in 8 bits.
    """
    chosen: list[str] = []
    order = _best_bearing(plain)
    while (size := stored(plain, chosen).ByteSize()) > max_bytes:
        name = next(order, None)
        if name is None:
            raise MethodUnavailable(
                f"the model has {size} bytes with all large arrays in 8 bits, more than the "
                f"{max_bytes} that were asked for; allow it more"
            )
        chosen.append(name)
    return sorted(chosen)


def _best_bearing(plain: onnx.ModelProto) -> Iterator[str]:
    """The large arrays, first those whose rounding changes the chroma least for what it saves."""
    cases = list(_cases())
    network = Network(plain.SerializeToString())
    wanted = [network(*case).chroma for case in cases]
    costs = []
    for n, array in enumerate(plain.graph.initializer):
        values = numpy_helper.to_array(array)
        if values.dtype == np.float32 and values.ndim > 1 and values.size >= LARGE:
            whole, factor = _rounded(values)
            trial = onnx.ModelProto()
            trial.CopyFrom(plain)
            trial.graph.initializer[n].CopyFrom(numpy_helper.from_array(whole * factor, array.name))
            network = Network(trial.SerializeToString())
            found = [network(*case).chroma for case in cases]
            change = sum(float(np.abs(f - w).mean()) for f, w in zip(found, wanted, strict=True))
            costs.append((change / values.size, array.name))
    for _, name in sorted(costs):
        yield name


def best_stretch(plain: onnx.ModelProto, in_8_bits: Collection[str]) -> dict[str, float]:
    """How much coarser the steps of each array in 8 bits are, so that errors cancel out.

    Each array in turn takes the one of `STRETCHES` with which the chroma of the whole, as stored,
    differs least from that of the network.
    """
    if not in_8_bits:
        return {}
    cases = list(_cases())
    network = Network(plain.SerializeToString())
    wanted = [network(*case).chroma for case in cases]

    def change(stretch: dict[str, float]) -> float:
        trial = Network(stored(plain, in_8_bits, stretch).SerializeToString())
        return sum(
            float(np.abs(trial(*case).chroma - w).mean())
            for case, w in zip(cases, wanted, strict=True)
        )

    found: dict[str, float] = {}
    least = change(found)
    for name in in_8_bits:
        for factor in STRETCHES:
            trial = found | {name: factor}
            if (value := change(trial)) < least:
                found, least = trial, value
    return found


def stored(
    plain: onnx.ModelProto, in_8_bits: Collection[str], stretch: Mapping[str, float] | None = None
) -> onnx.ModelProto:
    """A copy whose arrays take 16 or 8 bits a number, and are widened when it is loaded."""
    out = onnx.ModelProto()
    out.CopyFrom(plain)
    kept, nodes = [], []
    for array in out.graph.initializer:
        values = numpy_helper.to_array(array)
        name = array.name
        if values.dtype != np.float32 or values.size < SMALL:
            kept.append(array)
        elif name in in_8_bits:
            whole, factor = _rounded(values, (stretch or {}).get(name, 1.0))
            kept.append(numpy_helper.from_array(whole.astype(np.int8), name + BYTES))
            kept.append(numpy_helper.from_array(factor, name + SCALE))
            nodes.append(_widening(name + BYTES, f"{name}/wide"))
            nodes.append(helper.make_node("Mul", [f"{name}/wide", name + SCALE], [name]))
        else:
            kept.append(numpy_helper.from_array(values.astype(np.float16), name + HALF))
            nodes.append(_widening(name + HALF, name))
    rest = list(out.graph.node)
    del out.graph.initializer[:]
    out.graph.initializer.extend(kept)
    del out.graph.node[:]
    out.graph.node.extend([*nodes, *rest])
    onnx.checker.check_model(out)
    return out


def _rounded(values: Planes, stretch: float = 1.0) -> tuple[Planes, Planes]:
    """Whole numbers of at most 127, and the factor of each output channel that goes with them."""
    factor = np.abs(values).max(axis=tuple(range(1, values.ndim)), keepdims=True) / np.float32(127)
    factor = np.where(factor > 0, factor * np.float32(stretch), np.float32(1))
    return np.rint(values / factor), factor


def differences(network: HintNet, model: Network) -> tuple[float, float]:
    """Mean and largest difference in chroma between network and model, in percent of white.

    On the photograph of the package at three sizes, without hints and with few and many, and on a
    smooth picture, where a tint shows most.
    """
    found = []
    for lightness, hints, mask in _cases():
        theirs = model(lightness, hints, mask)
        with torch.no_grad():
            own = network(
                *(torch.from_numpy(a)[None] for a in _as_inputs(lightness, hints, mask)),
                torch.tensor([theirs.temperature]),
            )
        chroma = own.chroma[0].permute(1, 2, 0).numpy() * np.float32(UNIT)
        found.append(np.abs(chroma - theirs.chroma).ravel())
    every = np.concatenate(found)
    return float(every.mean(dtype=np.float64)), float(every.max())


def _as_inputs(lightness: Planes, hints: Planes, mask: Planes) -> tuple[Planes, Planes, Planes]:
    return (
        lightness[None] / np.float32(100),
        np.ascontiguousarray(np.moveaxis(hints, 2, 0)) / np.float32(UNIT),
        mask[None],
    )


def _cases() -> Iterator[tuple[Planes, Planes, Planes]]:
    """Lightness (h, w), hints (h, w, 2) and mask (h, w), sides in multiples of 32."""
    y, x = np.mgrid[0:1:64j, 0:1:96j].astype(np.float32)
    yield 20 + 36 * x + 24 * y, np.zeros((64, 96, 2), np.float32), np.zeros((64, 96), np.float32)
    gray = read_photo(demo.PHOTO).gray
    photo = space("lab").lightness_table(8)[gray]
    rng = np.random.default_rng(6)
    for height, width, count in ((64, 96, 0), (128, 160, 3), (192, 160, 30)):
        lightness = np.ascontiguousarray(reduce_area(photo, (height, width)))
        hints = np.zeros((height, width, 2), np.float32)
        mask = np.zeros((height, width), np.float32)

        for _ in range(count):
            y, x = rng.integers(0, (height - 6, width - 6))
            hints[y : y + 6, x : x + 6] = rng.uniform(-60, 60, 2)
            mask[y : y + 6, x : x + 6] = 1
        yield lightness, hints, mask


def _widening(source: str, target: str) -> onnx.NodeProto:
    return helper.make_node("Cast", [source], [target], to=onnx.TensorProto.FLOAT)
