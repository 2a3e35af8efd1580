"""The critic: it learns what photographs look like, and its word leads there."""

import copy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from handtint.train.critic import Adversary, strength
from handtint.train.ranks import Ranks

CHANNELS = (6, 8, 10)
EACH = torch.ones(6, dtype=torch.bool)


@pytest.fixture
def adversary():
    torch.set_num_threads(1)
    torch.manual_seed(4)
    return Adversary(CHANNELS, Ranks(0, 1, torch.device("cpu")))


def enlarged(x, factor):
    return x.repeat_interleave(factor, 2).repeat_interleave(factor, 3)


def samples(count=6):
    """Pictures of 64 x 64 whose true chroma follows from the features alone."""
    lightness = torch.rand(count, 1, 64, 64)
    kind = torch.randint(0, 2, (count, 1, 4, 4)).float() * 2 - 1
    features = [
        enlarged(kind, 16 // stride) * torch.linspace(0.2, 1, channels)[:, None, None]
        for stride, channels in zip((4, 8, 16), CHANNELS, strict=True)
    ]
    true = 0.3 * enlarged(kind, 16).expand(-1, 2, -1, -1)
    return lightness, true, features


def taught(adversary, made, steps=60):
    """The critic's losses while it sees what ``made`` makes of the truth."""
    losses = []
    for _ in range(steps):
        lightness, true, features = samples()
        losses.append(adversary.learn(lightness, true, made(true), features, EACH))
    return losses


@pytest.mark.parametrize("made", [torch.zeros_like, torch.neg], ids=["grey", "opposite"])
def test_it_learns_to_tell_and_its_word_leads_to_the_truth(adversary, made):
    losses = taught(adversary, made, steps=120)
    assert losses[0] > 1.5
    assert max(losses[-5:]) < 0.6
    lightness, true, features = samples()
    chroma = made(true).clone().requires_grad_(True)
    begin = (chroma - true).norm()
    adversary.word(lightness, chroma, features, EACH).backward()
    # Grey and opposite hues are both mended by a step towards the colour that the features tell.
    cosine = torch.cosine_similarity(-chroma.grad.flatten(), (true - chroma).detach().flatten(), 0)
    assert cosine > 0.3
    step = 0.02 * begin / chroma.grad.norm() * chroma.grad
    assert (chroma - step - true).norm() < begin


def test_truth_and_proposals_that_are_the_same_cannot_be_told_apart(adversary):
    losses = taught(adversary, torch.clone)
    assert min(losses) >= 2.0


def test_the_mean_colour_of_a_picture_says_nothing(adversary):
    taught(adversary, torch.neg, steps=10)
    lightness, true, features = samples()
    cast = torch.tensor([0.1, -0.2]).view(1, 2, 1, 1) * torch.arange(6).view(6, 1, 1, 1)
    critic = adversary.critic.eval()  # learning goes on with the norms at each look
    said = [critic(lightness, chroma, features) for chroma in (true, true + cast, -true)]
    torch.testing.assert_close(said[0], said[1], rtol=1e-3, atol=1e-3)
    assert (said[0] - said[2]).abs().mean() > 0.1


def test_samples_that_do_not_count_teach_nothing(adversary):
    lightness, true, features = samples()
    chosen = torch.tensor([True, False, True, False, False, True])
    grey = torch.zeros_like(true)
    other = grey + (~chosen).view(6, 1, 1, 1)
    assert adversary.word(lightness, grey, features, chosen) == adversary.word(
        lightness, other, features, chosen
    )
    chroma = grey.clone().requires_grad_(True)
    adversary.word(lightness, chroma, features, chosen).backward()
    moved = chroma.grad.abs().sum((1, 2, 3)) > 0
    assert moved.tolist() == chosen.tolist()
    # What is said is a mean over all: those that do not count say 0.
    parts = [adversary.word(lightness, grey, features, one) for one in torch.eye(6).bool()]
    said = adversary.word(lightness, grey, features, chosen)
    total = sum(part.item() for part, counts in zip(parts, chosen, strict=True) if counts)
    assert said.item() == pytest.approx(total, rel=1e-4)
    # Where none counts there is nothing to learn, and nothing to say.
    none = torch.zeros(6, dtype=torch.bool)
    assert adversary.learn(lightness, true, grey, features, none) == 0
    assert adversary.word(lightness, grey, features, none) == 0


def test_its_word_does_not_teach_the_critic_and_its_learning_not_the_network(adversary):
    lightness, true, features = samples()
    chroma = torch.zeros_like(true).requires_grad_(True)
    before = {name: value.clone() for name, value in adversary.critic.state_dict().items()}
    adversary.word(lightness, chroma, features, EACH).backward()
    assert all(p.grad is None for p in adversary.critic.parameters())
    after = adversary.critic.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    said = chroma.grad.clone()
    adversary.learn(lightness, true, chroma, features, EACH)
    assert torch.equal(chroma.grad, said)
    after = adversary.critic.state_dict()
    assert any(not torch.equal(value, after[name]) for name, value in before.items())


def test_a_step_that_is_not_finite_is_left_out(adversary):
    lightness, true, features = samples()
    before = {n: p.detach().clone() for n, p in adversary.critic.named_parameters()}
    adversary.learn(lightness, true, true * float("nan"), features, EACH)
    assert all(torch.equal(p, before[n]) for n, p in adversary.critic.named_parameters())


def test_it_goes_on_from_what_was_kept(adversary):
    taught(adversary, torch.zeros_like, steps=3)
    other = Adversary(CHANNELS, Ranks(0, 1, torch.device("cpu")))
    other.load_state_dict(copy.deepcopy(adversary.state_dict()))
    losses = []
    for one in (adversary, other):
        torch.manual_seed(9)
        losses.append(taught(one, torch.zeros_like, steps=3))
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_network_listens_more_and_more(one, other):
    early, late = sorted((one, other))
    assert 0 <= strength(early) <= strength(late) <= 1
    assert strength(0.2) == 0
    assert strength(0.4) == pytest.approx(1)
