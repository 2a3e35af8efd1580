"""What teachers say, and what is learned from them."""

import math

import pytest
import torch

from handtint.inference.bins import chroma_bins
from handtint.inference.session import UNIT
from handtint.train.losses import loss
from handtint.train.nets.affinity import AffinityNet
from handtint.train.nets.attention import AttentionNet
from handtint.train.nets.hintnet import Proposal
from handtint.train.samples import Batch
from handtint.train.teachers import Taught, Teachers

BINS = torch.from_numpy(chroma_bins()) / UNIT
CPU = torch.device("cpu")
TEMPERATURE = torch.tensor(0.4)


@pytest.fixture(autouse=True)
def state():
    torch.set_num_threads(1)
    torch.manual_seed(6)


@pytest.fixture
def files(tmp_path):
    found = []
    for kind in (AffinityNet, AttentionNet):
        made = kind(BINS, encoder="lite0", width=8)
        torch.nn.init.normal_(made.scores.weight, std=0.3)
        found.append(tmp_path / f"{kind.__name__}.pt")
        torch.save(made.state_dict(), found[-1])
    return found


def a_batch(count=2, side=64):
    mask = torch.zeros(count, 1, side, side)
    mask[:, :, 20:32, 20:32] = 1
    return Batch(
        lightness=torch.rand(count, 1, side, side),
        hints=0.3 * mask.expand(-1, 2, -1, -1),
        mask=mask,
        chroma=torch.rand(count, 2, side, side) - 0.5,
        changed=torch.zeros(count, dtype=torch.bool),
    )


def test_teachers_say_the_mean_of_what_each_says_of_larger_pictures(files):
    batch, seen = a_batch(), []
    teachers = Teachers(files, CPU)
    for own in teachers._networks:
        own.register_forward_pre_hook(lambda _, given: seen.append(given))
    said = teachers(batch, TEMPERATURE)
    assert all(x.shape[2:] == (96, 96) for given in seen for x in given[:3])
    assert all(given[1][:, :, 30:48, 30:48].unique() == 0.3 for given in seen)
    assert said.shares.shape == (2, len(BINS), 16, 16)
    torch.testing.assert_close(said.shares.sum(1), torch.ones(2, 16, 16))
    one, other = (Teachers([file], CPU)(batch, TEMPERATURE) for file in files)
    torch.testing.assert_close(said.shares, (one.shares + other.shares) / 2)
    torch.testing.assert_close(said.chroma, (one.chroma + other.chroma) / 2)
    assert said.chroma.shape == batch.chroma.shape
    assert not torch.allclose(one.chroma, other.chroma, atol=1e-3)
    assert not said.chroma.requires_grad


def a_proposal(batch):
    scores = torch.randn(2, len(BINS), 16, 16, requires_grad=True)
    chroma = (batch.chroma + 0.1).requires_grad_(True)
    return scores, chroma, Proposal(chroma, scores[:, :1], torch.log_softmax(scores, 1))


def test_who_says_what_the_teachers_say_has_nothing_left_to_learn_from_them():
    batch = a_batch()
    batch.mask.zero_()
    batch.hints.zero_()
    scores, chroma, found = a_proposal(batch)
    taught = Taught(torch.softmax(scores, 1).detach(), chroma.detach())
    weights = torch.ones(len(BINS))
    value = loss(found, batch, BINS, weights, taught, 1.0)
    value.backward()
    assert scores.grad.abs().max() < 1e-6
    assert chroma.grad.abs().max() < 1e-6
    # What is left is how unsure they are themselves.
    entropy = -(taught.shares * taught.shares.log()).sum(1).mean()
    assert value.item() == pytest.approx(float(entropy), rel=1e-5)
    assert 0 < float(entropy) < math.log(len(BINS))


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_truth_and_teachers_are_learned_from_by_their_shares(share):
    batch = a_batch()
    _, _, found = a_proposal(batch)
    taught = Taught(torch.full((2, len(BINS), 16, 16), 1 / len(BINS)), torch.zeros(2, 2, 64, 64))
    weights = torch.linspace(0.5, 1.5, len(BINS))
    alone = loss(found, batch, BINS, weights)
    wholly = loss(found, batch, BINS, weights, taught, 1.0)
    mixed = loss(found, batch, BINS, weights, taught, share)
    assert mixed.item() == pytest.approx(((1 - share) * alone + share * wholly).item(), rel=1e-5)
    assert (alone - wholly).abs() > 0.05
