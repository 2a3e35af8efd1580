"""``torchrun -m handtint train network``: two processes on the processor, one training."""

import os
import subprocess
import sys

import pytest
import torch

from handtint.train import network
from handtint.train.nets.convert import read_checkpoint
from handtint.train.ranks import Ranks, ranks
from handtint.train.recipe import Recipe

# The command itself; each process keeps the weights that it ended with.
WATCHED = """
import os, sys, torch
from handtint.cli.main import main
from handtint.train.run import Run

torch.set_num_threads(1)
begin = Run.begin

def watched(*args, **kwargs):
    run = begin(*args, **kwargs)
    runs.append(run)
    return run

runs, Run.begin = [], watched
main()
values = [torch.cat([p.flatten() for p in n.parameters()])
          for n in (runs[0].network, runs[0].average, runs[0].adversary.critic)]
torch.save(values, f"end-{os.environ['RANK']}.pt")
"""

SMALL = ("--batch", "4", "--size", "64", "--encoder", "lite0", "--width", "8", "--rate", "3e-3",
         "--encoder-rate", "1", "--rebalance", "1", "--drop", "0", "--film", "0", "--frames", "0",
         "--recoloured", "0", "--adversarial", "0.02", "--device", "cpu")  # fmt: skip


def torchrun(folder, *args):
    """Two processes: exit status, and what both said and told."""
    launch = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
    done = subprocess.run(
        [sys.executable, *launch, *args], cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def place(folder):
    (folder.parent / "watched.py").write_text(WATCHED)
    return folder.parent


def test_two_processes_learn_one_network_and_one_of_them_tells(place):
    torch.set_num_threads(1)
    part = Recipe(steps=40, minutes=1e-6, batch=2, size=64, encoder="lite0", width=8, adversarial=1)
    network.train(place / "photos", part, place / "own.pt", lambda _: None, device="cpu")
    again = ("--data", "photos", "--out", "own.pt", "--resume", "own.pt", "--log", "logs")
    status, said, told = torchrun(place, "--", "watched.py", "train", "network", *again, *SMALL)
    assert status == 0, told
    one, other = (torch.load(place / f"end-{n}.pt") for n in (0, 1))
    for a, b in zip(one, other, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0)
    losses = [float(line.split("loss ")[1].split(",")[0]) for line in told.splitlines()
              if "loss" in line]  # fmt: skip
    assert len(losses) == 10
    assert losses[-1] < losses[0] - 0.3
    assert said.count("handtint export") == 1
    assert len(list((place / "logs").iterdir())) == 1
    kept = read_checkpoint(place / "own.pt")
    assert kept["step"] == 40
    assert kept["facts"]["training"]["batch"] == 4
    assert kept["facts"]["photographs"]["count"] == 13


def test_a_batch_that_cannot_be_shared_is_refused(place):
    run = ("handtint", "train", "network", "--data", "photos", "--out", "own.pt")
    status, said, told = torchrun(place, "-m", "--", *run, *SMALL, "--batch", "3")
    assert status != 0
    assert said == ""
    assert "handtint: error: batch 3: must be a multiple of 2" in told
    assert not (place / "own.pt").exists()


def test_shares_are_all_and_do_not_meet():
    items = list(range(11))
    shares = [Ranks(n, 3, torch.device("cpu")).share(items) for n in range(3)]
    assert sorted(i for share in shares for i in share) == items
    assert {len(s) for s in shares} == {3, 4}


def test_random_numbers_differ_between_processes_and_parts_of_a_schedule():
    def drawn(rank, *words):
        Ranks(rank, 2, torch.device("cpu")).seed(*words)
        return float(torch.rand(()))

    assert drawn(0, 7, 0) == drawn(0, 7, 0)
    assert len({drawn(r, 7, step) for r in (0, 1) for step in (0, 10)}) == 4


def test_one_process_alone_is_the_first():
    with ranks("cpu") as own:
        assert own.first
        assert own.gathered([1, 2]) == [1, 2]
        assert own.any(True) and not own.any(False)
        assert own.total(torch.tensor(3.0)) == 3
