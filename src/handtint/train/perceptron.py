"""Training of `handtint.coefficients.perceptron`: gradients by the chain rule, steps by Adam.

References
----------
D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015, arXiv:1412.6980.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from handtint.coefficients.perceptron import CHUNK, LEAK, Perceptron

Matrix = NDArray[np.float32]
Gradients = list[tuple[Matrix, Matrix]]


def initial(
    samples: Matrix, widths: Sequence[int], rng: np.random.Generator, *, output: float = 0.1
) -> Perceptron:
    """A perceptron to begin with.

    Parameters
    ----------
    samples : ndarray, shape (n, N)
        Inputs, for their mean and deviation.
    widths : sequence of int
        Sizes of the layers after the input; the last is the number of outputs.
    rng : numpy.random.Generator
        For the weights: normal of variance 2 / n (K. He et al. 2015, arXiv:1502.01852).
    output : float
        Factor of the last layer's weights; small, so that training begins near zero output.
    """
    layers = []
    n = samples.shape[0]
    for index, m in enumerate(widths):
        scale = np.sqrt(2 / n) * (output if index == len(widths) - 1 else 1)
        layers.append(((rng.normal(size=(m, n)) * scale).astype(np.float32), np.zeros(m, "f4")))
        n = m
    deviation = np.maximum(samples.std(axis=1), 1e-3)
    return Perceptron(
        samples.mean(axis=1).astype(np.float32), deviation.astype(np.float32), tuple(layers)
    )


def gradients(model: Perceptron, inputs: Matrix, output_gradient: Matrix) -> Gradients:
    """Gradient with respect to the layers, by the chain rule.

    Parameters
    ----------
    model : Perceptron
        The model.
    inputs : ndarray, shape (n, N), float32
        What it was evaluated for; the forward pass is done again, chunk by chunk, because that is
        faster than fetching its values from memory.
    output_gradient : ndarray, shape (m, N), float32
        Gradient with respect to the outputs.

    Returns
    -------
    list of (ndarray, ndarray)
        For the weights and biases of each layer.
    """
    totals = [(np.zeros_like(w), np.zeros_like(b)) for w, b in model.layers]
    last = len(model.layers) - 1
    for start in range(0, inputs.shape[1], CHUNK):
        columns = slice(start, start + CHUNK)
        values = (inputs[:, columns] - model.mean[:, None]) / model.deviation[:, None]
        entering = [values]
        for w, b in model.layers[:-1]:
            values = w @ values
            values += b[:, None]
            np.maximum(values, LEAK * values, out=values)
            entering.append(values)
        gradient = output_gradient[:, columns]
        for n in range(last, -1, -1):
            w, b = totals[n]
            w += gradient @ entering[n].T
            b += gradient.sum(axis=1)
            if n:
                gradient = model.layers[n][0].T @ gradient
                gradient *= np.where(entering[n] > 0, np.float32(1), LEAK)
    return totals


class Adam:
    """Adam for a list of arrays of any shapes."""

    def __init__(self, rate: float, *, beta1: float = 0.9, beta2: float = 0.99) -> None:
        self._rate, self._beta1, self._beta2 = rate, beta1, beta2
        self._steps = 0
        self._moments: list[tuple[Matrix, Matrix]] = []

    def step(
        self, values: Sequence[Matrix], gradients: Sequence[Matrix], factor: float = 1.0
    ) -> list[Matrix]:
        """New values; ``factor`` scales the rate."""
        if not self._moments:
            self._moments = [(np.zeros_like(v), np.zeros_like(v)) for v in values]
        self._steps += 1
        c1 = 1 - self._beta1**self._steps
        c2 = 1 - self._beta2**self._steps
        new = []
        for value, gradient, (m, v) in zip(values, gradients, self._moments, strict=True):
            m += (1 - self._beta1) * (gradient - m)
            v += (1 - self._beta2) * (gradient * gradient - v)
            change = self._rate * factor * (m / c1) / (np.sqrt(v / c2) + 1e-8)
            new.append((value - change).astype(np.float32))
        return new


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long a training goes on, and who is told.

    The rate is warmed up over the first ten steps, kept, and lowered linearly to a twentieth over
    the last four tenths. The result is a running mean over the last three tenths.

    Parameters
    ----------
    steps : int
        Number of steps.
    report : callable
        Told the share that is done, in [0, 1], and the mean loss of the last steps.
    """

    steps: int
    report: Callable[[float, float], None]


class Training:
    """State of a training of some perceptrons together."""

    def __init__(self, models: Sequence[Perceptron], rate: float, schedule: Schedule) -> None:
        self.models = list(models)
        self._adam = Adam(rate)
        self._schedule = schedule
        self._step = 0
        self._losses: list[float] = []
        self._average: list[Matrix] = []

    def goes_on(self) -> bool:
        """Whether there is time for another step."""
        return self._done() < 1

    def step(self, losses: Sequence[float], slopes: Sequence[Sequence[Gradients]]) -> None:
        """Move along the mean of the gradients ``slopes[example][model]``."""
        done = self._done()
        mean = [
            np.mean(same, axis=0)
            for same in zip(
                *([part for model in each for pair in model for part in pair] for each in slopes),
                strict=True,
            )
        ]
        factor = min(1.0, (self._step + 1) / 10, max(0.05, 1 - (done - 0.6) / 0.4))
        values = self._adam.step(_values(self.models), mean, factor)
        self.models = _with_values(self.models, values)
        if done > 0.7:
            before = self._average or values
            self._average = [0.97 * a + 0.03 * v for a, v in zip(before, values, strict=True)]
        self._step += 1
        self._losses = [*self._losses, *losses][-300:]
        if self._step % 25 == 0:
            self._schedule.report(done, float(np.mean(self._losses)))

    def average(self) -> list[Perceptron]:
        """The models with the running mean of their parameters."""
        return _with_values(self.models, self._average or _values(self.models))

    def _done(self) -> float:
        return self._step / self._schedule.steps


def _values(models: Sequence[Perceptron]) -> list[Matrix]:
    return [part for model in models for layer in model.layers for part in layer]


def _with_values(models: Sequence[Perceptron], values: Sequence[Matrix]) -> list[Perceptron]:
    rest = iter(values)
    return [
        Perceptron(m.mean, m.deviation, tuple((next(rest), next(rest)) for _ in m.layers))
        for m in models
    ]
