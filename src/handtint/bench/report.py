"""Rows of the benchmarks as tables to read and as JSON to keep."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from handtint.bench.hints import HintRow
from handtint.bench.solve import SolveRow
from handtint.errors import OutputError
from handtint.io.atomic import replacing

REFERENCE = "levin-exact"
"""The method that the others are compared with, where it took part."""

_MEASURES = (
    "psnr",
    "ssim",
    "delta_e",
    "colourfulness",
    "true_colourfulness",
    "cpu_seconds",
    "iterations",
)


def hint_table(rows: Sequence[HintRow], reference: str = REFERENCE) -> str:
    """Means over the pictures for each set of hints and each method, as aligned plain text.

    Where ``reference`` is among the methods, two more columns show the mean difference to it on
    the same hints: more is better for PSNR, less for CIEDE2000.
    """
    groups: dict[tuple[str, int, str], list[HintRow]] = {}
    for row in rows:
        groups.setdefault((row.hint_kind, row.hint_count, row.method), []).append(row)
    means = {key: _means(group) for key, group in groups.items()}
    compared = any(method == reference for _, _, method in groups)

    head = "hints|method|PSNR dB|SSIM|CIEDE2000|colourfulness|CPU s|iterations"
    lines = [head.split("|")]
    if compared:
        lines[0] += ["PSNR - ref.", "CIEDE2000 - ref."]
    for (kind, count, method), mean in means.items():
        line = [
            f"{count} {kind}",
            method,
            f"{mean['psnr']:.2f}",
            f"{mean['ssim']:.4f}",
            f"{mean['delta_e']:.2f}",
            f"{mean['colourfulness']:.1f}",
            f"{mean['cpu_seconds']:.3f}",
            f"{mean['iterations']:.0f}",
        ]
        if compared:
            base = means.get((kind, count, reference))
            line += [
                f"{mean[name] - base[name]:+.2f}" if base and method != reference else ""
                for name in ("psnr", "delta_e")
            ]
        lines.append(line)

    pictures = len({row.image for row in rows})
    footer = f"Means over {pictures} picture{'' if pictures == 1 else 's'}"
    if rows:
        footer += f"; colourfulness of the truth {_means(rows)['true_colourfulness']:.1f}"
    if compared:
        footer += f"; ref. is {reference}"
    return f"{_align(lines, texts={0, 1})}\n\n{footer}."


def solve_table(rows: Sequence[SolveRow]) -> str:
    """One line for each case, as aligned plain text."""
    head = "MP|solver|start|tolerance|CPU s|wall s|iterations|residual|reported|peak MB|bytes/pixel"
    lines = [[*head.split("|"), "chroma error", ""]]
    for row in rows:
        lines.append(
            [
                f"{row.megapixels:g}",
                row.solver,
                row.start,
                _number(row.tolerance, "g"),
                _number(row.cpu_seconds, ".3f"),
                _number(row.seconds, ".3f"),
                _number(row.iterations, "d"),
                _number(row.residual, ".1e"),
                _number(row.reported_residual, ".1e"),
                _number(None if row.peak_bytes is None else row.peak_bytes / 1e6, ".0f"),
                _number(row.bytes_per_pixel, ".0f"),
                _number(row.chroma_error, ".3f"),
                row.note,
            ]
        )
    return _align(lines, texts={1, 2, 12})


def check_json(path: Path, *, force: bool = False) -> None:
    """Make sure, before a long run, that its rows may be written.

    Raises
    ------
    OutputError
        When the folder does not exist, or the file does and is not to be replaced.
    """
    if not path.parent.is_dir():
        raise OutputError(f"{path}: there is no folder {path.parent}; make it first")
    if path.is_dir():
        raise OutputError(f"{path}: this is a folder; choose another name")
    if path.exists() and not force:
        raise OutputError(f"{path}: the file exists; --force overwrites it")


def write_json(rows: Sequence[HintRow | SolveRow], path: Path, *, force: bool = False) -> None:
    """Write the rows as a JSON list of objects, all or nothing.

    Values that are not finite, such as the PSNR of equal pictures, become null.

    Raises
    ------
    OutputError
        When the file exists and is not to be replaced, or cannot be written.
    """
    check_json(path, force=force)
    plain = [{k: _finite(v) for k, v in dataclasses.asdict(row).items()} for row in rows]
    text = json.dumps(plain, indent=1, allow_nan=False, ensure_ascii=False)
    with replacing(path, force=force) as file:
        file.write(f"{text}\n".encode())


def _means(rows: Sequence[HintRow]) -> dict[str, float]:
    return {name: fmean(getattr(row, name) for row in rows) for name in _MEASURES}


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _align(lines: Sequence[Sequence[str]], texts: set[int]) -> str:
    """Columns two spaces apart; those in ``texts`` to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in texts else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
