"""The networks: attention to hints is what it says it is, weights of both namings load."""

import math
import pickle

import pytest
import torch

from handtint.errors import MethodUnavailable
from handtint.inference.bins import chroma_bins
from handtint.inference.session import UNIT
from handtint.train.nets.affinity import AffinityNet
from handtint.train.nets.attention import AttentionNet
from handtint.train.nets.convert import network, read_state, renamed
from handtint.train.nets.encoder import Encoder, drop_path
from handtint.train.nets.layers import ConvNormRelu, convex_doubling, hinted_cells, pooled_hints

KINDS = [AffinityNet, AttentionNet]


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)
    torch.manual_seed(3)


def small(kind, **settings):
    sizes = {"encoder": "lite0", "width": 8, "middle": 16, "transformers": 1} | settings
    made = kind(torch.from_numpy(chroma_bins()) / UNIT, **sizes)
    torch.nn.init.normal_(made.hint_stem.weight, std=0.1)
    return made.eval()


def batch(count, height=64, width=96):
    """Lightness, hints, mask: one sample without hints, the others with some."""
    lightness, hints = torch.rand(count, 1, height, width), torch.zeros(count, 2, height, width)
    mask = torch.zeros(count, 1, height, width)
    for n in range(1, count):
        mask[n, :, 8 * n : 8 * n + 6, 20:30] = 1
        mask[n, :, 40:44, 10 * n : 10 * n + 5] = 1
        hints[n] = torch.rand(2, 1, 1) - 0.5
    return lightness, hints * mask, mask


@pytest.mark.parametrize("kind", KINDS)
def test_shapes_and_ranges(kind):
    found = small(kind)(*batch(3), torch.tensor(0.4))
    assert found.chroma.shape == (3, 2, 64, 96)
    assert found.uncertainty.shape == (3, 1, 16, 24)
    assert found.logarithms.shape == (3, 261, 16, 24)
    assert (found.uncertainty >= 0).all() and (found.uncertainty <= 1 + 1e-6).all()
    torch.testing.assert_close(found.logarithms.exp().sum(1), torch.ones(3, 16, 24))


@pytest.mark.parametrize("kind", KINDS)
def test_samples_of_a_batch_do_not_meet(kind):
    made, (lightness, hints, mask) = small(kind), batch(3)
    together = made(lightness, hints, mask, torch.tensor(0.4))
    for n in range(3):
        one = slice(n, n + 1)
        alone = made(lightness[one], hints[one], mask[one], torch.tensor(0.4))
        torch.testing.assert_close(alone.chroma, together.chroma[one], atol=1e-4, rtol=0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_hint_changes_the_colour_and_no_hint_does_not(kind):
    made, (lightness, hints, mask) = small(kind), batch(2)
    with torch.no_grad():
        without = made(lightness, hints * 0, mask * 0, torch.tensor(0.4)).chroma
        found = made(lightness, hints, mask, torch.tensor(0.4)).chroma
    torch.testing.assert_close(found[0], without[0], atol=1e-5, rtol=0)
    assert (found[1] - without[1]).abs().max() > 1e-3


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("spread", [1.0, 300.0])
def test_the_distribution_is_a_softmax_however_it_is_computed(kind, spread):
    made, scores, temperature = small(kind), spread * torch.randn(2, 261, 3, 4), torch.tensor(0.2)
    logarithms, entropy = made.distribution(scores)
    torch.testing.assert_close(logarithms, torch.log_softmax(scores, 1))
    shares = torch.softmax(scores, 1)
    expected = torch.special.entr(shares).sum(1, keepdim=True) / math.log(261)
    torch.testing.assert_close(entropy, expected, atol=1e-6, rtol=1e-5)
    shares = torch.softmax(scores / temperature, 1)
    mean = torch.einsum("bqhw,qc->bchw", shares, made.bins)
    torch.testing.assert_close(made.annealed(scores, temperature), mean, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_hints_draw_the_scores_of_near_bins_by_a_clipped_parabola(kind):
    made = small(kind)
    chroma, strength = torch.randn(2, 2, 3, 4) / 3, torch.rand(2, 1, 3, 4)
    strength[0, :, :2] = 0
    far = (chroma[:, None] - made.bins[:, :, None, None]).square().sum(2) * (UNIT / 10) ** 2
    expected = strength * (4 - far / 2).clamp(min=0)
    torch.testing.assert_close(made.drawn(chroma, strength), expected, atol=1e-4, rtol=0)
    assert (expected > 0.1).any() and not expected[0, :, :2].any()


@pytest.mark.parametrize("kernel", [1, 3])
def test_a_layer_of_several_inputs_is_that_of_all_in_one(kernel):
    layer = ConvNormRelu((3, 5, 2), 4, kernel)
    for values in (layer[1].weight.data, layer[1].bias.data, layer[1].running_mean):
        values.normal_()
    layer[1].running_var.uniform_(0.1, 3)
    inputs = [torch.randn(2, n, 6, 7) for n in (3, 5, 2)]
    expected = layer.eval()(torch.cat(inputs, 1))
    assert (expected > 0).any() and (expected == 0).any()
    torch.testing.assert_close(layer(*inputs), expected, atol=1e-5, rtol=1e-5)
    layer.train()
    torch.testing.assert_close(layer(*inputs), layer(torch.cat(inputs, 1)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_detached_chroma_teaches_the_refinement_alone(kind):
    made = small(kind)
    torch.nn.init.normal_(made.scores.weight, std=0.3)
    for detached in (False, True):
        made.zero_grad()
        found = made(*batch(2), torch.tensor(0.4), detached)
        found.chroma.square().sum().backward()
        assert made.doubling.weight.grad.abs().sum() > 0
        taught = made.scores.weight.grad
        assert (taught is None or not taught.any()) is detached


def test_attention_to_hinted_cells_is_attention_to_all_with_the_others_masked():
    queries, values = torch.randn(2, 5, 12), torch.randn(2, 2, 12)
    known = torch.zeros(2, 12)
    known[0, [3, 7]] = 1
    index, bias = hinted_cells(known)
    scores = queries.transpose(1, 2) @ queries
    masked = torch.softmax(scores + (known[:, None] - 1) * 1e4, -1) @ values.transpose(1, 2)
    few = scores.index_select(2, index) + bias[:, None]
    found = torch.softmax(few, -1) @ values.index_select(2, index).transpose(1, 2)
    torch.testing.assert_close(found[0], masked[0])
    assert len(index) == 3
    assert (bias[1] == -1e4).all()


def test_pooled_hints_are_means_of_the_hints_in_a_cell():
    hints, mask = torch.zeros(1, 2, 8, 8), torch.zeros(1, 1, 8, 8)
    mask[..., 0, :4], hints[..., 0, :4] = 1, 0.5
    found = pooled_hints(hints, mask, 4)
    assert found.shape == (1, 3, 2, 2)
    torch.testing.assert_close(found[0, :2, 0, 0], torch.tensor([0.5, 0.5]), atol=1e-3, rtol=0)
    assert found[0, 2, 0, 0] == 1  # a line across the cell counts fully
    assert not found[0, :, 1, 1].any()


def test_doubling_keeps_to_the_range_and_to_constants():
    x = torch.randn(2, 2, 5, 7)
    fine = convex_doubling(x, torch.randn(2, 36, 5, 7))
    assert fine.shape == (2, 2, 10, 14)
    assert fine.max() <= x.max() and fine.min() >= x.min()
    flat = convex_doubling(torch.full_like(x, 0.3), torch.randn(2, 36, 5, 7))
    torch.testing.assert_close(flat, torch.full_like(flat, 0.3))


def test_dropped_paths_keep_the_mean():
    found = drop_path(torch.ones(4000, 1, 1), 0.25)
    assert found.unique().tolist() == pytest.approx([0, 4 / 3])
    assert found.mean() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", ["lite0", "lite2"])
def test_a_network_comes_back_from_its_weights(kind, size, tmp_path):
    made = small(kind, encoder=size)
    torch.save({k: v.half() for k, v in made.state_dict().items()}, tmp_path / "w.pt")
    back = network(read_state(tmp_path / "w.pt"))
    assert type(back) is kind
    assert back.config == made.config
    arguments = (*batch(2), torch.tensor(0.4))
    with torch.no_grad():
        difference = back(*arguments).chroma - made(*arguments).chroma
    assert difference.abs().max() < 0.01


EARLIER = {
    "enc.stem.c.weight": "encoder.stem.conv.weight",
    "enc.bn.running_mean": "encoder.stem_norm.running_mean",
    "enc.blocks.3.ex.weight": "encoder.blocks.3.expand.weight",
    "enc.blocks.12.b0.bias": "encoder.blocks.12.expand_norm.bias",
    "enc.blocks.0.dw.c.weight": "encoder.blocks.0.depthwise.conv.weight",
    "enc.blocks.0.b2.weight": "encoder.blocks.0.project_norm.weight",
    "hstem.weight": "hint_stem.weight",
    "p5.1.bias": "from_32.1.bias",
    "f16.0.weight": "at_16.0.weight",
    "f8.1.0.weight": "at_8.1.0.weight",
    "at.1.pe.weight": "mixers.1.place.weight",
    "at.0.f.2.bias": "mixers.0.feed.2.bias",
    "q.weight": "scores.weight",
    "up.bias": "doubling.bias",
    "aq.weight": "embed.weight",
    "tau": "sharpness",
    "coff": "threshold",
    "bins": "bins",
}


def test_weights_of_the_first_trainings_are_renamed():
    values = {old: torch.tensor(float(n)) for n, old in enumerate(EARLIER)}
    gates = {"gate": torch.tensor([1.0, 2.0]), "pg": torch.tensor([3.0, 4.0])}
    found = renamed(values | gates)
    assert found.pop("gates").tolist() == [1.0, 4.0]
    assert {new: float(v) for new, v in found.items()} == {
        new: float(n) for n, new in enumerate(EARLIER.values())
    }


def test_the_encoder_starts_from_a_classifier():
    own, names = Encoder("lite0"), {}
    for n, block in enumerate(own.blocks):
        pairs = {"depthwise.conv": "_depthwise_conv", "depthwise_norm": "_bn1",
                 "project": "_project_conv", "project_norm": "_bn2"}  # fmt: skip
        if block.expand is not None:
            pairs |= {"expand": "_expand_conv", "expand_norm": "_bn0"}
        names |= {f"blocks.{n}.{a}": f"_blocks.{n}.{b}" for a, b in pairs.items()}
    names |= {"stem.conv": "_conv_stem", "stem_norm": "_bn0"}
    theirs = {
        f"{names[module]}.{last}": torch.rand_like(v) if v.is_floating_point() else v
        for k, v in own.state_dict().items()
        for module, _, last in [k.rpartition(".")]
    }
    own.load_classifier(theirs | {"_fc.weight": torch.zeros(1000, 1280)})
    assert torch.equal(own.stem.conv.weight, theirs["_conv_stem.weight"])
    assert torch.equal(own.blocks[5].project.weight, theirs["_blocks.5._project_conv.weight"])
    del theirs["_blocks.5._project_conv.weight"]
    with pytest.raises(KeyError, match=r"blocks\.5\.project"):
        Encoder("lite0").load_classifier(theirs)


class Evil:
    def __reduce__(self):
        return (pytest.fail, ("code in a checkpoint ran",))


def test_a_checkpoint_with_anything_but_weights_is_refused(tmp_path):
    path = tmp_path / "w.pt"
    for content in (b"", b"not a checkpoint", pickle.dumps(Evil())):
        path.write_bytes(content)
        with pytest.raises(MethodUnavailable, match=r"w\.pt"):
            read_state(path)
    for found in ({"a": 1}, [torch.zeros(1)]):
        torch.save(found, path)
        with pytest.raises(MethodUnavailable, match="no weights"):
            read_state(path)
    with pytest.raises(MethodUnavailable, match="cannot be read"):
        read_state(tmp_path / "none.pt")
    with pytest.raises(MethodUnavailable, match="no known network"):
        network({"decay": torch.zeros(4)})
