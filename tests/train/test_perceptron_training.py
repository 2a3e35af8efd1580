"""Training of perceptrons: gradients, Adam, the schedule, the running mean."""

import models
import numpy as np
import pytest

from handtint.train import perceptron
from handtint.train.perceptron import Adam, Schedule, Training, gradients, initial


@pytest.mark.parametrize("widths", [(1,), (5, 2), (6, 4, 3)])
@pytest.mark.parametrize("chunk", [4, 100])
def test_gradients_equal_finite_differences(rng, monkeypatch, widths, chunk):
    monkeypatch.setattr(perceptron, "CHUNK", chunk)
    inputs = rng.normal(2, 3, (4, 9)).astype(np.float32)
    model = initial(inputs, widths, rng, output=1)
    slope = rng.normal(size=(widths[-1], 9)).astype(np.float32)
    found = gradients(model, inputs, slope)
    places = models.places_of(model, rng, 25)
    expected = models.by_differences(
        model, lambda m: (models.perceptron(m, inputs) * slope).sum(), places
    )
    reached = [found[layer][part][where] for layer, part, where in places]
    np.testing.assert_allclose(reached, expected, rtol=1e-3, atol=1e-4)


def test_it_begins_near_zero_with_standardised_inputs(rng):
    inputs = rng.normal(5, 3, (8, 400)).astype(np.float32)
    model = initial(inputs, (16, 1), rng, output=0.02)
    scaled = (inputs - model.mean[:, None]) / model.deviation[:, None]
    np.testing.assert_allclose(scaled.mean(axis=1), 0, atol=1e-4)
    np.testing.assert_allclose(scaled.std(axis=1), 1, atol=1e-4)
    assert np.abs(model(inputs)).max() < 0.2
    flat = initial(np.ones((2, 5), np.float32), (1,), rng)
    assert np.isfinite(flat(np.ones((2, 5), np.float32))).all()


def test_adam_goes_down_a_quadratic(rng):
    scales = np.array([1, 30, 900], np.float32)
    values = [rng.normal(size=3).astype(np.float32), np.ones((2, 2), np.float32)]
    adam, energies = Adam(0.05), []
    for n in range(400):
        energies.append(float((scales * values[0] ** 2).sum() + (values[1] ** 2).sum()))
        values = adam.step(values, [2 * scales * values[0], 2 * values[1]], 1 - n / 400)
    assert energies[-1] < 1e-4 * energies[0]
    assert values[1].shape == (2, 2)


def test_the_first_step_of_adam_is_the_rate_whatever_the_slope():
    for slope in (1e-3, 1e3):
        (moved,) = Adam(0.1).step([np.zeros(1, np.float32)], [np.array([slope], np.float32)], 0.5)
        assert moved[0] == pytest.approx(-0.05, rel=1e-3)


def train(rng, steps):
    model = initial(rng.normal(size=(2, 20)).astype(np.float32), (1,), rng)
    told = []
    training = Training([model, model], 0.1, Schedule(steps, lambda *a: told.append(a)))
    ones = [[(np.ones_like(w), np.ones_like(b)) for w, b in model.layers]] * 2
    path = [model.layers[0][1][0]]
    while training.goes_on():
        training.step([3.0, 5.0], [ones, ones])
        path.append(training.models[0].layers[0][1][0])
    return training, np.array(path), told


def test_the_rate_is_warmed_up_kept_and_lowered(rng):
    _, path, told = train(rng, 100)
    # With an even slope, the length of each of Adam's steps is the rate.
    rates = -np.diff(path) / 0.1
    assert len(rates) == 100
    np.testing.assert_allclose(rates[:10], np.arange(1, 11) / 10, atol=2e-3)
    np.testing.assert_allclose(rates[10:60], 1, atol=2e-3)
    assert (np.diff(rates[61:98]) < 0).all()
    assert rates[-1] == pytest.approx(0.05, abs=2e-3)
    assert [round(share, 2) for share, _ in told] == [0.24, 0.49, 0.74, 0.99]
    assert all(value == 4 for _, value in told)


def test_the_result_is_a_running_mean_of_the_last_part(rng):
    training, path, _ = train(rng, 100)
    mean = path[72]
    for value in path[72:]:
        mean = 0.97 * mean + 0.03 * value
    first, second = training.average()
    assert first.layers[0][1][0] == pytest.approx(mean, abs=1e-5)
    assert np.array_equal(first.layers[0][1], second.layers[0][1])


def test_without_a_last_part_the_result_is_the_last_model(rng):
    training, path, _ = train(rng, 1)
    assert training.average()[0].layers[0][1][0] == path[-1]
