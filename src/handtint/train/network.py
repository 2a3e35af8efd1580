"""Training of the networks of `handtint.train.nets` on colour photographs.

Every sample is a random crop of a photograph, its lightness as old film might have it
(`handtint.train.film`), and hints taken from its colours (`handtint.train.device_hints`). The loss:

    mean of v_b sum_b t_b (-log p_b)  +  0.2 smooth-L1(u, true)  +  0.1 |u - hint| at hints

t are the five bins nearest to the true chroma, by a Gaussian of 5; with
v_b = 1 / ((1 - r) prior_b + r / Q) rare colours count more (Zhang, Isola, Efros 2016); the middle
term counts less far from hints, for nobody can know the colours there. Weights are
averaged over time (EMA), and it is the average that is kept. A step whose loss or gradient is not
finite is left out, by all processes (`handtint.train.ranks`) or by none.

Where it is asked for, a share of the first two terms is learned from what other networks say, not
from the truth (`handtint.train.teachers`), and a critic has a word, too (`handtint.train.critic`).
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from handtint.errors import OptionError, PhotoError
from handtint.inference.session import STRIDE
from handtint.io.atomic import replacing
from handtint.train import photos
from handtint.train.logbook import Logbook
from handtint.train.losses import bin_counts, bin_weights
from handtint.train.ranks import Ranks, ranks
from handtint.train.recipe import Recipe
from handtint.train.run import Run
from handtint.train.samples import Squares, load
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
    teachers: Sequence[Path] = (),
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
    teachers : sequence of Path
        Checkpoints or models that teach the network, see `handtint.train.teachers`.
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
    if recipe.distillation and not teachers:
        raise OptionError(f"distillation {recipe.distillation}: needs teachers; name some")
    if teachers and not recipe.distillation:
        raise OptionError("distillation 0.0: teachers teach nothing; give it more, as 0.5")
    with ranks(device) as own:
        if recipe.batch % own.count:
            raise OptionError(
                f"batch {recipe.batch}: must be a multiple of {own.count}, the number of processes"
            )
        if not own.first:
            tell = _silently
        torch.manual_seed(recipe.seed)
        run = Run.begin(recipe, own, tell, resume=resume, start=start, teachers=teachers)
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
    run: Run,
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
    critics: deque[float] = deque(maxlen=RECENT)
    while run.step < run.steps:
        before = time.monotonic()
        recent.append(run.advance(squares, weights))
        critics.append(run.critic)
        now = time.monotonic()
        spent, steps = spent + now - before, steps + 1
        value, critic = _mean(recent), _mean(critics)
        over = bool(recipe.minutes) and own.any(now - began > 60 * recipe.minutes)
        milestone = run.step % max(1, run.steps // 10) == 0 or run.step == run.steps
        if now - told > 30 or milestone or over:
            told = now
            also = f", critic {critic:.3f}" if recipe.adversarial else ""
            tell(
                f"step {run.step} of {run.steps}, loss {value:.3f}{also}, "
                f"{run.skipped} steps left out"
            )
        if book is not None and steps == RECENT:
            figures = {"loss": value, "critic": critic, "learning rate": run.rate}
            book.training(run.step, figures | {"images a second": recipe.batch * steps / spent})
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


def _mean(values: Iterable[float]) -> float:
    """Of those that are numbers."""
    return float(np.mean([v for v in values if math.isfinite(v)] or math.nan))


def _silently(_: str) -> None:
    """Nothing is told."""
