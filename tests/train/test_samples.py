"""What the networks are shown: colours, film, crops and hints are what they should be."""

import math

import numpy as np
import pytest
import torch

from handtint.color import space
from handtint.inference.bins import chroma_bins
from handtint.inference.session import UNIT
from handtint.train.device_color import lab_of, lightness_of, linear, rgb_of
from handtint.train.device_hints import one_region, random_hints, recoloured_part, turned
from handtint.train.film import framed, frames, on_film
from handtint.train.losses import bin_counts, bin_weights, known, loss
from handtint.train.nets.hintnet import Proposal
from handtint.train.recipe import Recipe
from handtint.train.samples import Squares, crops, make_batch


@pytest.fixture(autouse=True)
def seeded():
    torch.set_num_threads(1)
    torch.manual_seed(11)


def squares(count=3, proportion=1.5):
    pixels = torch.randint(0, 256, (count, 3, 16, 16), dtype=torch.uint8)
    pixels = pixels.repeat_interleave(16, 2).repeat_interleave(16, 3)
    return Squares(pixels, torch.full((count,), proportion))


def test_colours_are_those_of_the_package(rng):
    codes = rng.integers(0, 256, (2, 9, 8, 3), np.uint8)
    rgb = torch.from_numpy(codes).permute(0, 3, 1, 2).float() / 255
    lightness, chroma = lab_of(rgb)
    for n in range(2):
        wanted_lightness, wanted_chroma = space("lab").from_codes(codes[n])
        assert np.abs(lightness[n, 0].numpy() * 100 - wanted_lightness).max() < 0.01
        assert np.abs(chroma[n].permute(1, 2, 0).numpy() * UNIT - wanted_chroma).max() < 0.02
    torch.testing.assert_close(rgb_of(lightness, chroma), rgb, atol=2e-4, rtol=0)
    luminance = (linear(rgb) * torch.tensor([0.2126, 0.7152, 0.0722]).view(3, 1, 1)).sum(1)
    torch.testing.assert_close(lightness_of(luminance), lightness[:, 0], atol=1e-3, rtol=0)


def test_film_sees_red_darker_and_leaves_the_rest_alone():
    red = torch.tensor([0.8, 0.1, 0.1]).view(1, 3, 1, 1).expand(400, 3, 8, 8)
    lightness, _ = lab_of(red)
    seen = on_film(red, lightness, 1.0)
    assert seen.shape == lightness.shape
    assert seen.min() >= 0 and seen.max() <= 1
    assert seen.mean() < lightness.mean() - 0.02
    assert (seen.mean((1, 2, 3)) < lightness.mean() - 0.15).float().mean() > 0.2
    same = on_film(red, lightness, 0.0)
    assert abs(float(same.median() - lightness.median())) < 0.05


def test_frames_lie_outside_and_have_one_level():
    frame = frames(300, 64, 64, 0.5, torch.device("cpu"))
    assert frame.shape == (300, 1, 64, 64)
    assert not frame[:, :, 12:52, 12:52].any()
    assert 0.3 < frame.flatten(1).any(1).float().mean() < 0.6
    light = framed(torch.full((300, 1, 64, 64), 0.5), frame)
    assert (light[~frame] == 0.5).all()
    levels = [float(light[n][frame[n]].std()) for n in range(300) if frame[n].sum() > 50]
    assert max(levels) < 0.05


def test_crops_lie_in_the_photograph_and_keep_its_proportions():
    # Red is the place across, in heights of the photograph; green the place down.
    ramp = torch.arange(256) / 255
    rgb = torch.stack(
        [ramp.expand(256, 256), ramp[:, None].expand(256, 256), ramp.new_zeros(256, 256)]
    )
    pixels = (rgb * 255).round().to(torch.uint8)[None]
    found = crops(Squares(pixels, torch.tensor([2.0])), 200, 32)
    assert found.shape == (200, 3, 32, 32)
    across = 2 * found[:, 0].diff(dim=2)[:, 8:24, 8:24].abs().mean((1, 2))
    down = found[:, 1].diff(dim=1)[:, 8:24, 8:24].abs().mean((1, 2))
    ratio = torch.log(across / down)
    assert abs(float(ratio.median())) < 0.15
    assert ratio.abs().max() < 0.6
    mirrored = (found[:, 0].diff(dim=2).mean((1, 2)) < 0).float().mean()
    assert 0.35 < mirrored < 0.65


def test_hints_are_the_mean_colours_around_them():
    chroma = torch.zeros(64, 2, 64, 64)
    chroma[..., 32:] = 0.4
    hints, mask = random_hints(chroma, 0.3)
    assert set(mask.unique().tolist()) == {0.0, 1.0}
    assert not hints[(mask == 0).expand_as(hints)].any()
    left = (mask[..., :20] == 1).expand(-1, 2, -1, -1)
    assert hints[..., :20][left].abs().max() < 0.05
    right = (mask[..., 44:] == 1).expand(-1, 2, -1, -1)
    assert (hints[..., 44:][right] - 0.4).abs().max() < 0.05
    empty = (mask.sum((1, 2, 3)) == 0).float().mean()
    assert 0.1 < empty < 0.65
    assert not random_hints(chroma, 1.0)[1].any()


def test_turning_hues_keeps_chroma():
    chroma = torch.randn(4, 2, 5, 6)
    angle = torch.tensor([0.0, 0.5, math.pi, -2.0])
    found = turned(chroma, angle)
    torch.testing.assert_close(found.norm(dim=1), chroma.norm(dim=1))
    torch.testing.assert_close(found[0], chroma[0])
    torch.testing.assert_close(found[2], -chroma[2], atol=1e-5, rtol=0)


def test_a_region_is_recoloured_in_truth_and_hints_alike():
    chroma = torch.full((300, 2, 32, 32), 0.3)
    mask = torch.zeros(300, 1, 32, 32)
    mask[..., ::4, ::4] = 1
    light = torch.full((300, 1, 32, 32), 0.5)
    found, hints, changed = recoloured_part(chroma, chroma * mask, mask, light, 0.5)
    assert 0.3 < changed.float().mean() < 0.6
    torch.testing.assert_close(found[~changed], chroma[~changed])
    torch.testing.assert_close(hints, found * mask)
    assert (found[changed] - 0.3).abs().amax((1, 2, 3)).median() > 0.1
    none, _, never = recoloured_part(chroma, chroma * 0, mask * 0, light, 1.0)
    assert not never.any()
    torch.testing.assert_close(none, chroma)


def test_a_region_keeps_to_one_lightness():
    light = torch.full((50, 1, 40, 40), 0.2)
    light[..., 20:] = 0.9
    region = one_region(light)
    assert region.shape == (50, 1, 40, 40)
    assert region.min() >= 0 and region.max() <= 1 + 1e-6
    both = (region[..., :14].sum((1, 2, 3)) > 3) & (region[..., 26:].sum((1, 2, 3)) > 3)
    assert both.float().mean() < 0.15


def test_a_batch_is_what_a_network_takes():
    recipe = Recipe(batch=12, size=64, frames=1.0)
    batch = make_batch(squares(), recipe)
    assert batch.lightness.shape == batch.mask.shape == (12, 1, 64, 64)
    assert batch.chroma.shape == batch.hints.shape == (12, 2, 64, 64)
    assert batch.lightness.min() >= 0 and batch.lightness.max() <= 1
    assert not batch.hints[(batch.mask == 0).expand_as(batch.hints)].any()
    assert (batch.changed.dtype, batch.changed.shape) == (torch.bool, (12,))
    assert not make_batch(squares(), Recipe(batch=12, size=64, recoloured=0.0)).changed.any()
    # Frames have neither colour nor hints.
    corner = batch.chroma[..., 0, 0].abs().sum(1) == 0
    assert corner.float().mean() > 0.4


def test_rare_colours_count_more_and_the_mean_is_one():
    bins = torch.from_numpy(chroma_bins()) / UNIT
    grey = torch.full((9, 3, 256, 256), 120, dtype=torch.uint8)
    grey[0, 0] = 250  # one red picture among grey ones
    weights = bin_weights(bin_counts(Squares(grey, torch.ones(9)), bins), 0.3)
    common = weights[torch.cdist(torch.zeros(1, 2), bins).argmin()]
    assert (weights >= common).all()
    assert weights.max() > 3 * common


def test_the_truth_has_the_least_loss():
    bins = torch.from_numpy(chroma_bins()) / UNIT
    batch = make_batch(squares(), Recipe(batch=4, size=64, frames=0.0))
    coarse = torch.nn.functional.avg_pool2d(batch.chroma, 4)
    distance = torch.cdist(coarse.permute(0, 2, 3, 1).reshape(-1, 2), bins) * UNIT

    def judged(chroma, scores):
        shaped = scores.log_softmax(1).view(4, 16, 16, -1).permute(0, 3, 1, 2)
        return loss(Proposal(chroma, shaped[:, :1], shaped), batch, bins, torch.ones(len(bins)))

    true = judged(batch.chroma, -(distance**2) / 50)
    assert judged(batch.chroma, torch.zeros_like(distance)) > true + 0.5
    assert judged(batch.chroma + 0.2, -(distance**2) / 50) > true + 0.5
    wrong = (batch.chroma * 0).requires_grad_()
    judged(wrong, -(distance**2) / 50).backward()
    assert torch.isfinite(wrong.grad).all() and wrong.grad.any()


def test_what_can_be_known_falls_with_the_distance_from_hints():
    mask = torch.zeros(2, 1, 128, 128)
    mask[0, :, 60:66, 60:66] = 1
    found = known(mask)
    assert found[0, 0, 63, 63] > 0.95
    assert found[0, 0, 63, 63] > found[0, 0, 63, 90] > found[0, 0, 3, 3]
    assert found[0, 0, 3, 3] == pytest.approx(0.35)
    torch.testing.assert_close(found[1], torch.full((1, 128, 128), 0.15))
