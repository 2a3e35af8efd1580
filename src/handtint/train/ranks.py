"""One training in several processes, a GPU each, as ``torchrun`` starts them.

Each process learns from its own share of the photographs, with its own crops and hints; the
gradients are averaged (`torch.nn.parallel.DistributedDataParallel`), so all take the same steps.
The first process alone measures, writes and tells. A process by itself is the only one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from handtint.errors import OptionError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ranks:
    """Which of how many processes this is, and where it computes.

    Parameters
    ----------
    own, count : int
    place : torch.device
    """

    own: int
    count: int
    place: torch.device

    @property
    def first(self) -> bool:
        """Whether this process is the one that measures, writes and tells."""
        return self.own == 0

    def share(self, items: Sequence[T]) -> list[T]:
        """Every ``count``-th of some items: what this process takes care of."""
        return list(items[self.own :: self.count])

    def gathered(self, items: list[T]) -> list[T]:
        """The items of all processes; every one has to ask."""
        if self.count == 1:
            return items
        found: list[list[T]] = [[] for _ in range(self.count)]
        distributed.all_gather_object(found, items)
        return [item for part in found for item in part]

    def total(self, values: Tensor) -> Tensor:
        """The sum over all processes; every one has to ask."""
        values = values.detach().clone()
        if self.count > 1:
            distributed.all_reduce(values)
        return values

    def any(self, said: bool) -> bool:
        """Whether any process says so; every one has to ask."""
        return bool(self.total(torch.tensor(float(said), device=self.place)) > 0)

    def joined(self, network: nn.Module) -> nn.Module:
        """The network, so that its gradients are the means over all processes."""
        if self.count == 1:
            return network
        return DistributedDataParallel(
            network, device_ids=[self.place] if self.place.type == "cuda" else None
        )

    def seed(self, *words: int) -> None:
        """Set PyTorch's random numbers by some words, apart from those of other processes."""
        state = np.random.SeedSequence([*words, self.own]).generate_state(1, np.uint64)
        torch.manual_seed(int(state[0] >> np.uint64(1)))


@contextmanager
def ranks(device: str) -> Iterator[Ranks]:
    """The processes of this training; those that ``torchrun`` started meet here.

    Parameters
    ----------
    device : str
        Of PyTorch; a GPU if there is one and nothing is said. Several processes take one GPU each.

    Raises
    ------
    OptionError
        When PyTorch does not have the device, or several processes are to share one.
    """
    kind = device or ("cuda" if torch.cuda.is_available() else "cpu")
    own, count, local = (
        int(os.environ.get(name, default))
        for name, default in (("RANK", "0"), ("WORLD_SIZE", "1"), ("LOCAL_RANK", "0"))
    )
    if count > 1 and kind not in {"cuda", "cpu"}:
        raise OptionError(f"device {device}: several processes take 'cuda' or 'cpu', no other")
    if count > 1 and kind == "cuda":
        kind = f"cuda:{local}"
    try:
        place = torch.empty(0, device=kind).device
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise OptionError(f"device {kind}: PyTorch cannot use it here: {reason}") from error
    if count == 1:
        yield Ranks(0, 1, place)
        return
    if place.type == "cuda":
        torch.cuda.set_device(place)
    distributed.init_process_group("nccl" if place.type == "cuda" else "gloo")
    yield Ranks(own, count, place)
    # Not after an error: the others may wait for this process, and would hold it up.
    distributed.destroy_process_group()
