"""The course of a training, for TensorBoard."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from handtint.errors import MethodUnavailable, OutputError
from handtint.train.validation import HINTS, Validation


class Logbook:
    """Writes what ``tensorboard --logdir FOLDER`` shows.

    Parameters
    ----------
    folder : Path
        Made if it is not there; what other trainings wrote stays.
    step : int
        Steps that are done; what an earlier part wrote beyond them is hidden.

    Raises
    ------
    MethodUnavailable
        When TensorBoard is not installed.
    OutputError
        When the folder cannot be made or written to.
    """

    def __init__(self, folder: Path, step: int) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415
        except ImportError as error:
            raise MethodUnavailable(
                f"--log needs TensorBoard ({error}); pip install 'handtint[train]' adds it"
            ) from error
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._writer = SummaryWriter(str(folder), purge_step=step + 1)
        except OSError as error:
            raise OutputError(f"--log {folder}: it cannot be written: {error.strerror}") from error

    def training(self, step: int, figures: Mapping[str, float]) -> None:
        """Note figures of a step by their names; those that are no numbers are left out."""
        for name, value in figures.items():
            if math.isfinite(value):
                self._writer.add_scalar(f"training/{name}", value, step)

    def validation(self, step: int, found: Validation) -> None:
        """Note the figures and the sheet."""
        values = {
            "PSNR without hints": found.psnr,
            f"PSNR with {HINTS} hints": found.hinted_psnr,
            "colourfulness": found.colourfulness,
            "colourfulness of the truth": found.true_colourfulness,
            "patches unlike": found.unlike,
        }
        for name, value in values.items():
            self._writer.add_scalar(f"validation/{name}", value, step)
        self._writer.add_image("validation", found.sheet, step, dataformats="HWC")
        self._writer.flush()

    def close(self) -> None:
        """Write what is not on the disk yet."""
        self._writer.close()
