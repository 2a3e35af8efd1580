"""Sets of plausible colours: their laws, the promise of the calibration, and what is refused."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from handtint.errors import MethodUnavailable, OptionError, PhotoError
from handtint.inference import model, plausible
from handtint.inference.bins import chroma_bins, nearest_bin
from handtint.inference.plausible import STRATA

MODELS = [SimpleNamespace(card={"sha256": "b"}), SimpleNamespace(card={"sha256": "a"})]


def distributions(rng, shape=(5, 6), bins=12):
    return rng.dirichlet(np.full(bins, 0.3), shape).astype(np.float32)


def photographs(rng, count):
    """Photographs that differ much in how hard they are: the sum before the true bin, by cell."""
    hardness = rng.uniform(0.2, 5, count)
    return [rng.beta(1, 1 / h, rng.integers(20, 60)).astype(np.float32) * 0.999 for h in hardness]


def calibration(losses):
    return plausible.calibrate(dict.fromkeys(STRATA, losses), MODELS, {"about": "a test"})


def test_sets_are_the_likeliest_bins_up_to_a_sum(rng):
    found = distributions(rng)
    for threshold in (0.1, 0.5, 0.9):
        sets = plausible.plausible(found, threshold)
        for cell, chosen in zip(found.reshape(-1, 12), sets.reshape(-1, 12), strict=True):
            wanted, total = set(), 0.0
            for b in sorted(range(12), key=lambda b: -cell[b]):
                if total < threshold:
                    wanted.add(b)
                total += float(cell[b])
            assert set(np.flatnonzero(chosen)) == wanted


def test_sets_are_nested_and_neither_empty_nor_short_of_all(rng):
    found = distributions(rng)
    found[0, 0] = 0
    found[0, 0, 3] = 1  # sure of one
    found[0, 1] = 1 / 12  # all are equally likely
    smaller = plausible.plausible(found, 1e-6)
    assert (smaller.sum(2) == 1).all()
    assert smaller[0, 0, 3]
    for threshold in (0.2, 0.6, 0.95, 1.0):
        larger = plausible.plausible(found, threshold)
        assert (larger >= smaller).all()
        smaller = larger
    assert smaller.all()


def test_each_cell_may_have_a_threshold_of_its_own(rng):
    found = distributions(rng)
    limits = rng.uniform(0.1, 1, (5, 6)).astype(np.float32)
    sets = plausible.plausible(found, limits)
    for y, x in np.ndindex(5, 6):
        alone = plausible.plausible(found[y : y + 1, x : x + 1], float(limits[y, x]))
        assert (sets[y, x] == alone[0, 0]).all()


def test_spread_is_the_distance_from_the_mean(rng):
    bins = chroma_bins()
    sets = rng.random((3, 4, len(bins))) < 0.1
    sets[0, 0] = False
    sets[0, 0, 7] = True
    found = plausible.spread(sets, bins)
    assert found[0, 0] == 0
    for y, x in np.ndindex(3, 4):
        colours = bins[sets[y, x]]
        wanted = np.sqrt(((colours - colours.mean(0)) ** 2).sum(1).mean())
        assert found[y, x] == pytest.approx(wanted, rel=1e-4, abs=1e-3)


@pytest.mark.parametrize("level", [0.6, 0.8, 0.9])
@pytest.mark.parametrize("count", [12, 60])
def test_the_promise_holds_on_average_over_draws_of_photographs(rng, level, count):
    held = []
    for _ in range(400):
        *known, new = photographs(rng, count + 1)
        threshold = np.float32(calibration(known).threshold(level, "few"))
        held.append((new < threshold).mean())
    error = np.std(held) / np.sqrt(len(held))
    assert np.mean(held) > level - 3 * error
    # It is not bought by taking everything: the excess is at most about 1 / (n + 1).
    assert np.mean(held) < level + 1 / (count + 1) + 3 * error + 0.02


def test_higher_levels_need_larger_sets(rng):
    made = calibration(photographs(rng, 200))
    found = [made.threshold(level, "none") for level in np.linspace(0.5, 0.99, 40)]
    assert (np.diff(found) >= 0).all()
    assert found[0] < found[-1] <= 1


def test_a_level_needs_enough_photographs(rng):
    made = calibration(photographs(rng, 9))
    made.threshold(0.9, "many")  # 9 / (9 + 1)
    with pytest.raises(OptionError, match=r"level 0\.95: 9 photographs .* more than 0\.900"):
        made.threshold(0.95, "many")
    for level in (0.4, 0.995, float("nan")):
        with pytest.raises(OptionError, match=r"must be from 0\.5 to 0\.99"):
            made.threshold(level, "many")
    with pytest.raises(PhotoError, match="many of the hints"):
        plausible.calibrate({"none": [np.zeros(3)], "few": [np.zeros(3)]}, MODELS, {})


def test_a_calibration_is_the_same_after_writing_and_reading(rng, tmp_path):
    made = calibration(photographs(rng, 30))
    path = tmp_path / "own.json"
    path.write_bytes(made.to_json())
    found = plausible.read(path)
    for level in (0.5, 0.77, 0.9):
        assert found.threshold(level, "few") == made.threshold(level, "few")
    assert found.photographs == made.photographs
    assert found.card == {"about": "a test"}
    found.check(MODELS[::-1])
    with pytest.raises(MethodUnavailable, match=r"other networks .* train calibration"):
        found.check(MODELS[:1])


@pytest.mark.parametrize(
    "damage",
    [
        lambda v: v.pop("risks"),
        lambda v: v.update(format=99),
        lambda v: v.update(models=3),
        lambda v: v["thresholds"].reverse(),
        lambda v: v["thresholds"].pop(),
        lambda v: v["risks"]["few"].reverse(),
        lambda v: v["risks"]["few"].append(0.0),
        lambda v: v["risks"].update(none=[float("nan")] * 256),
        lambda v: v["photographs"].update(many=0),
        lambda v: v["photographs"].pop("none"),
    ],
)
def test_damaged_calibrations_are_refused(rng, tmp_path, damage):
    value = json.loads(calibration(photographs(rng, 20)).to_json())
    damage(value)
    path = tmp_path / "own.json"
    path.write_text(json.dumps(value))
    with pytest.raises(MethodUnavailable, match=r"own\.json cannot be read.*train calibration"):
        plausible.read(path)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format": 1}'])
def test_what_is_no_calibration_is_refused(tmp_path, text):
    path = tmp_path / "own.json"
    path.write_text(text)
    with pytest.raises(MethodUnavailable, match="cannot be read"):
        plausible.read(path)
    with pytest.raises(MethodUnavailable, match="cannot be read"):
        plausible.read(tmp_path / "none.json")


def test_the_calibration_in_the_package_is_of_its_networks_and_for_all_levels():
    found = plausible.read()
    found.check([model.load(path) for path in model.shipped()])
    for level in plausible.LEVELS:
        limits = [found.threshold(level, name) for name in STRATA]
        assert limits[0] > limits[2]  # the fewer hints, the more colours are plausible
    for key in ("about", "made", "hints", "lightness", "data"):
        assert found.card[key]


def test_strata():
    assert [plausible.stratum(n) for n in (0, 1, 5, 6, 99)] == [
        "none", "few", "few", "many", "many"
    ]  # fmt: skip


def test_the_nearest_bin_is_the_nearest(rng):
    chroma = rng.uniform(-130, 130, (9, 11, 2)).astype(np.float32)
    chosen = chroma_bins()[nearest_bin(chroma)]
    for y, x in np.ndindex(9, 11):
        distances = np.hypot(*(chroma_bins() - chroma[y, x]).T)
        assert np.hypot(*(chosen[y, x] - chroma[y, x])) == pytest.approx(distances.min(), rel=1e-4)
