"""What is told and shown of a network in training."""

import math

import numpy as np
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from handtint.errors import OutputError
from handtint.train.device_color import lab_of
from handtint.train.device_hints import points
from handtint.train.logbook import Logbook
from handtint.train.nets.hintnet import Proposal
from handtint.train.samples import SIDE, Squares
from handtint.train.validation import HINTS, ROWS, validate


@pytest.fixture
def squares():
    torch.set_num_threads(1)
    torch.manual_seed(3)
    cells = torch.randint(40, 200, (3, 3, 8, 8), dtype=torch.uint8)
    pixels = cells.repeat_interleave(SIDE // 8, 2).repeat_interleave(SIDE // 8, 3)
    return Squares(pixels, torch.tensor([1.0, 2.0, 0.5]))


def knowing(squares):
    """A network that proposes no colour without hints, and the truth with some."""
    chroma = lab_of(squares.pixels.float() / 255)[1]

    def propose(lightness, hints, mask, temperature):
        return Proposal(chroma * (mask.sum() > 0), mask, mask)

    return propose


def test_figures_are_those_of_the_proposals(squares):
    state = torch.get_rng_state()
    found = validate(knowing(squares), squares)
    assert torch.equal(torch.get_rng_state(), state)
    assert found.hinted_psnr > 45
    assert found.psnr < 30
    assert found.colourfulness < 1
    assert found.true_colourfulness > 30
    assert f"{found.psnr:.2f} dB without hints" in str(found)
    assert found.unlike > 1
    assert f"unlike by {found.unlike:.2f}" in str(found)
    again = validate(knowing(squares), squares)
    assert np.array_equal(found.sheet, again.sheet)


def test_the_sheet_shows_hints_proposals_and_truth_in_their_proportions(squares):
    sheet = validate(knowing(squares), squares).sheet
    assert sheet.dtype == np.uint8
    rows = np.split(sheet[6:], range(SIDE + 6, 3 * SIDE, SIDE + 6))
    assert len(rows) == 3
    for row, (h, w) in zip(rows, [(SIDE, SIDE), (SIDE // 2, SIDE), (SIDE, SIDE // 2)], strict=True):
        hints, free, hinted, truth = (
            row[:h, 6 + n * (SIDE + 6) :][:, :w].astype(int) for n in range(4)
        )
        assert np.ptp(free, axis=2).max() <= 3
        assert np.abs(hinted - truth).max() <= 3
        coloured = np.ptp(hints, axis=2) > 12
        assert 0.0005 < coloured.mean() < 0.02
        if h == w:
            assert np.abs(hints - truth)[coloured].mean() < 20
    many = Squares(squares.pixels.repeat(4, 1, 1, 1), squares.proportions.repeat(4))
    many_sheet = validate(lambda light, hints, *_: Proposal(hints * 0, light, light), many).sheet
    assert many_sheet.shape[0] == 6 + ROWS * (SIDE + 6)


def test_points_are_squares_of_the_true_colour():
    chroma = torch.full((2, 2, 64, 64), 0.3)
    hints, mask = points(chroma, HINTS)
    assert set(mask.unique().tolist()) == {0.0, 1.0}
    assert ((mask.sum((1, 2, 3)) > 49) & (mask.sum((1, 2, 3)) <= 49 * HINTS)).all()
    torch.testing.assert_close(hints, 0.3 * mask.expand(-1, 2, -1, -1))


def test_the_logbook_can_be_read_and_goes_on_after_a_part(squares, tmp_path):
    found = validate(knowing(squares), squares)
    for begin in (0, 20):
        book = Logbook(tmp_path / "log", begin)
        for step in (begin + 10, begin + 20, begin + 30):
            book.training(step, {"loss": step / 10, "critic": math.nan})
        book.validation(begin + 30, found)
        book.close()
    read = EventAccumulator(str(tmp_path / "log")).Reload()
    losses = [(e.step, round(e.value, 3)) for e in read.Scalars("training/loss")]
    assert losses == [(10, 1.0), (20, 2.0), (30, 3.0), (40, 4.0), (50, 5.0)]
    assert "training/critic" not in read.Tags()["scalars"]
    for name, value in (("PSNR without hints", found.psnr), ("colourfulness", found.colourfulness)):
        assert read.Scalars(f"validation/{name}")[-1].value == pytest.approx(value, rel=1e-5)
    picture = read.Images("validation")[-1]
    assert (picture.height, picture.width) == found.sheet.shape[:2]


def test_a_logbook_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "log").write_text("a file")
    with pytest.raises(OutputError, match="log"):
        Logbook(tmp_path / "log", 0)
