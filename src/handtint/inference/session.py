"""One network in ONNX Runtime.

A model has the inputs ``lightness`` (1, 1, h, w) in [0, 1], ``hints`` (1, 2, h, w) in units of
`UNIT`, ``mask`` (1, 1, h, w) and ``temperature`` (1,), and the outputs ``chroma`` (1, 2, h, w),
``uncertainty`` (1, 1, h / 4, w / 4) and ``logarithms`` (1, Q, h / 4, w / 4), the logarithms of
probabilities over the bins of `handtint.inference.bins`.
"""

from __future__ import annotations

import ctypes
import sys
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from handtint.errors import MethodUnavailable
from handtint.inference.wire import has_external_data
from handtint.threads import asked_for
from handtint.types import Chroma, Plane

Planes: TypeAlias = NDArray[np.float32]
"""Several numbers for each pixel: shape (h, w, N)."""

UNIT = 110.0
"""The networks take and give chroma in this unit, in CIE Lab."""

STRIDE = 32
"""Sides that a network takes are multiples of this."""

TEMPERATURE = 0.38
"""Between the likeliest colour (0) and the mean of all (1); the value of Zhang et al. 2016."""

MAX_BYTES = 500_000_000

KEPT_SIZE = 448
"""The memory of looks at squares of up to this side is kept for the next one, so of those at 384 in
full strides; beyond, it is given back, for a large photograph may be held beside it."""


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """What a network proposes for a picture.

    Parameters
    ----------
    chroma : ndarray, shape (h, w, 2), float32
        In CIE Lab.
    uncertainty : ndarray, shape (h / 4, w / 4), float32, in [0, 1]
        Entropy of the distribution over the colours: 0 sure, 1 all are equally likely.
    temperature : float
        That it was asked for.
    """

    chroma: Chroma
    uncertainty: Plane
    temperature: float


class Network:
    """A model, loaded; may be called from several threads.

    Parameters
    ----------
    model : bytes
        Content of an ONNX file that refers to no other file.

    Raises
    ------
    MethodUnavailable
        When ONNX Runtime is not installed, or it cannot use the file.
    """

    def __init__(self, model: bytes) -> None:
        runtime = _runtime()
        if len(model) > MAX_BYTES:
            raise MethodUnavailable(f"the model has {len(model)} bytes, more than {MAX_BYTES}")
        if has_external_data(model):
            raise MethodUnavailable(
                "the model keeps numbers in other files, which is refused; export it as one file"
            )
        settings = runtime.SessionOptions()
        settings.log_severity_level = 4
        settings.intra_op_num_threads = asked_for()  # 0: its own choice
        settings.inter_op_num_threads = 1
        settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
        settings.add_session_config_entry("session.use_env_allocators", "1")
        settings.enable_mem_pattern = False  # its one block for all would lie beside what is kept
        try:
            self._session = runtime.InferenceSession(
                model, settings, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # it has no common base class of its own
            reason = " ".join(str(error).split())[:200]
            raise MethodUnavailable(f"ONNX Runtime cannot use the model: {reason}") from error
        self._session._model_bytes = None  # it would keep the file for a fallback to other devices
        _return_free_memory()
        self._last = runtime.RunOptions()
        self._last.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
        wanted = {"lightness", "hints", "mask", "temperature"}
        if {i.name for i in self._session.get_inputs()} != wanted:
            raise MethodUnavailable("the model is not a colorizer: it has other inputs")

    def __call__(
        self, lightness: Plane, hints: Chroma, mask: Plane, temperature: float = TEMPERATURE
    ) -> Proposal:
        """Propose colours.

        Parameters
        ----------
        lightness : ndarray, shape (h, w), float32, in [0, 100]
            Sides are multiples of `STRIDE`.
        hints : ndarray, shape (h, w, 2), float32
            Chroma of the hints, in CIE Lab.
        mask : ndarray, shape (h, w), float32
            1 at hints, 0 elsewhere.
        temperature : float
            See `TEMPERATURE`.
        """
        given = _given(lightness, hints, mask, temperature)
        chroma, uncertainty = self._run(["chroma", "uncertainty"], given)
        scaled = np.moveaxis(chroma[0], 0, 2) * np.float32(UNIT)
        return Proposal(np.ascontiguousarray(scaled), np.clip(uncertainty[0, 0], 0, 1), temperature)

    def distribution(self, lightness: Plane, hints: Chroma, mask: Plane) -> Planes:
        """Probabilities of the bins of `handtint.inference.bins`.

        Parameters
        ----------
        lightness, hints, mask : ndarray
            As for a call.

        Returns
        -------
        ndarray, shape (h / 4, w / 4, Q), float32, in [0, 1]
            The sum over the bins is 1.
        """
        given = _given(lightness, hints, mask, TEMPERATURE)
        (logarithms,) = self._run(["logarithms"], given)
        return np.ascontiguousarray(np.exp(np.moveaxis(logarithms[0], 0, 2)))

    def _run(self, outputs: list[str], given: dict[str, Any]) -> Any:
        large = given["mask"].size > KEPT_SIZE**2
        return self._session.run(outputs, given, self._last if large else None)


def _given(lightness: Plane, hints: Chroma, mask: Plane, temperature: float) -> dict[str, Any]:
    drawn = np.where(mask[..., None] > 0, hints, np.float32(0)) / np.float32(UNIT)
    return {
        "lightness": lightness[None, None] / np.float32(100),
        "hints": np.ascontiguousarray(np.moveaxis(drawn, 2, 0)[None]),
        "mask": mask[None, None],
        "temperature": np.array([temperature], np.float32),
    }


def _runtime() -> Any:
    try:
        import onnxruntime  # noqa: PLC0415 (heavy: loaded when a network is)
    except ImportError as error:
        raise MethodUnavailable(
            "the learned methods need ONNX Runtime, which cannot be loaded "
            f"({error}); pip install onnxruntime adds it, or take another method"
        ) from error
    _share_memory(onnxruntime)
    return onnxruntime


@cache
def _share_memory(runtime: Any) -> None:
    """One store of memory for all networks, which look one after the other."""
    place = runtime.OrtMemoryInfo(
        "Cpu", runtime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, runtime.OrtMemType.DEFAULT
    )
    runtime.create_and_register_allocator(place, None)


def _return_free_memory() -> None:
    """Give back what glibc's allocator holds for nobody: the traces of a network's loading."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
