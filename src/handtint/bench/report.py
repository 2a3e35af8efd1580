"""Rows of the benchmarks as tables to read and as JSON to keep."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean, stdev

from handtint.bench.coverage import CoverageRow
from handtint.bench.hints import HintRow
from handtint.bench.proposals import ProposalRow
from handtint.bench.solve import SolveRow
from handtint.bench.stroke import StrokeRow
from handtint.bench.studio import StudioRow
from handtint.bench.suggest import SuggestRow
from handtint.errors import OutputError
from handtint.inference.plausible import FEW
from handtint.io.atomic import replacing
from handtint.simulate.pictures import SPLITS

REFERENCE = "levin-exact"
"""The method that the others are compared with, where it took part."""

_COLUMNS = (
    ("PSNR dB", "psnr", ".2f"),
    ("SSIM", "ssim", ".4f"),
    ("CIEDE2000", "delta_e", ".2f"),
    ("edges", "delta_e_edge", ".2f"),
    ("texture", "delta_e_texture", ".2f"),
    ("far", "delta_e_far", ".2f"),
    ("colourf.", "colourfulness", ".1f"),
    ("CPU s", "cpu_seconds", ".3f"),
    ("iterations", "iterations", ".0f"),
)

_COMPARED = ("dPSNR", "dCIEDE2000", "dedges %")


def hint_table(rows: Sequence[HintRow], reference: str = REFERENCE) -> str:
    """Means over the pictures for each set of hints and each method, as aligned plain text.

    Colour spaces get lines of their own where there are several.

    The columns edges, texture and far are CIEDE2000 in these regions (`handtint.bench.regions`).
    Where ``reference`` is among the methods, the last columns show the mean difference to it on
    the same hints: more is better for PSNR, less for CIEDE2000; that near edges is in percent.
    """
    spaces = list(dict.fromkeys(row.space for row in rows))
    sets = list(dict.fromkeys((row.hint_kind, row.hint_count) for row in rows))
    groups: dict[tuple[int, str, str], list[HintRow]] = {}
    for row in rows:
        key = (sets.index((row.hint_kind, row.hint_count)), row.space, row.method)
        groups.setdefault(key, []).append(row)
    compared = _COMPARED if any(method == reference for _, _, method in groups) else ()

    apart = len(spaces) > 1
    lines = [["hints", *["space"] * apart, "method", *(c[0] for c in _COLUMNS), *compared]]
    for (place, space, method), group in sorted(groups.items(), key=lambda item: item[0][0]):
        kind, count = sets[place]
        line = [f"{count} {kind}", *[space] * apart, method]
        line += [_number(_mean(group, name), form) for _, name, form in _COLUMNS]
        base = groups.get((place, space, reference), []) if method != reference else []
        line += _differences(group, base) if compared else []
        lines.append(line)

    pictures = len({row.image for row in rows})
    footer = f"Means over {pictures} picture{'' if pictures == 1 else 's'}"
    if rows:
        footer += f"; colourfulness of the truth {_mean(rows, 'true_colourfulness'):.1f}"
    if compared:
        footer += f"; d: difference to {reference}"
    return f"{_align(lines, texts={0, 1, 1 + apart})}\n\n{footer}."


def split_tables(rows: Sequence[HintRow], reference: str = REFERENCE) -> str:
    """`hint_table` of each half of the pictures, under a heading."""
    return "\n\n".join(
        f"{split}: every other picture, from the {order}\n\n{hint_table(part, reference)}"
        for split, order in zip(SPLITS, ("first", "second"), strict=True)
        if (part := [row for row in rows if row.split == split])
    )


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


def stroke_table(rows: Sequence[StrokeRow]) -> str:
    """One line for each method and size, as aligned plain text; times are CPU seconds."""
    head = "MP|method|prepare|first call|one more stroke|wall|iterations|chroma error"
    lines = [head.split("|")]
    for row in rows:
        lines.append(
            [
                f"{row.megapixels:g}",
                row.method,
                f"{row.prepare_cpu_seconds:.3f}",
                f"{row.first_cpu_seconds:.3f}",
                f"{row.again_cpu_seconds:.3f}",
                f"{row.again_seconds:.3f}",
                f"{row.iterations}",
                f"{row.chroma_error:.3f}",
            ]
        )
    return _align(lines, texts={1})


def studio_table(rows: Sequence[StudioRow]) -> str:
    """One line for each figure, as aligned plain text, with what it should be at most."""
    lines = [["what", "median", "95th pct.", "unit", "runs", "at most", ""]]
    for row in rows:
        lines.append(
            [
                row.what,
                f"{row.median:.3g}" if row.median < 100 else f"{row.median:.0f}",
                f"{row.p95:.3g}" if row.p95 < 100 else f"{row.p95:.0f}",
                row.unit,
                f"{row.count}",
                "" if row.aim is None else f"{row.aim:g}",
                _verdict(row),
            ]
        )
    return _align(lines, texts={0, 3, 6})


def _verdict(row: StudioRow) -> str:
    if row.aim is None:
        return ""
    return "reached" if row.judged <= row.aim else "MISSED"


def suggest_table(rows: Sequence[SuggestRow]) -> str:
    """Means over the pictures for each number of points and each placement, as plain text.

    The last columns compare with the suggested places: more is better for PSNR, less for CIEDE2000.
    """
    groups: dict[tuple[int, str], list[SuggestRow]] = {}
    for row in rows:
        groups.setdefault((row.points, row.placement), []).append(row)
    lines = [["points", "placement", "PSNR dB", "CIEDE2000", "dPSNR", "+-", "dCIEDE2000"]]
    for (points, placement), group in groups.items():
        base = groups[points, "suggested"]
        apart = [b.psnr - a.psnr for a, b in zip(group, base, strict=True)]
        far = [b.delta_e - a.delta_e for a, b in zip(group, base, strict=True)]
        compared = ["", "", ""]
        if points and placement != "suggested":
            error = stdev(apart) / math.sqrt(len(apart)) if len(apart) > 1 else None
            compared = [f"{fmean(apart):+.2f}", _number(error, ".2f"), f"{fmean(far):+.2f}"]
        psnr, delta_e = (fmean(getattr(row, name) for row in group) for name in ("psnr", "delta_e"))
        lines.append([f"{points}", placement, f"{psnr:.2f}", f"{delta_e:.2f}", *compared])
    pictures = len({row.image for row in rows})
    footer = f"Means over {pictures} picture{'' if pictures == 1 else 's'}; d: suggested places to "
    return f"{_align(lines, texts={1})}\n\n{footer}these; +-: standard error of dPSNR."


_PROPOSED = (
    ("PSNR dB", "psnr", ".2f"),
    ("grey", "psnr_grey", ".2f"),
    ("tinted", "psnr_tinted", ".2f"),
    ("flat", "psnr_flat", ".2f"),
    ("colourf.", "colourfulness", ".1f"),
    ("unlike", "unlike", ".2f"),
    ("hint met", "met", ".2f"),
    ("absurd met", "met_absurd", ".2f"),
    ("resized", "resized", ".2f"),
)


def proposal_table(rows: Sequence[ProposalRow]) -> str:
    """Means over the pictures for each method, as aligned plain text; see `ProposalRow`."""
    lines = [["method", *(c[0] for c in _PROPOSED), "colourf. %", "moved %"]]
    for method in dict.fromkeys(row.method for row in rows):
        group = [row for row in rows if row.method == method]
        line = [method, *(_number(_mean(group, name), form) for _, name, form in _PROPOSED)]
        truth = fmean(row.true_colourfulness for row in group)
        share = 100 * fmean(row.colourfulness for row in group) / truth if truth else math.nan
        moved = 100 * fmean(row.moved for row in group)
        lines.append([*line, f"{share:.0f}", f"{moved:.0f}"])
    pictures = len({row.image for row in rows})
    return (
        f"{_align(lines, texts={0})}\n\nMeans over {pictures} picture{'s' * (pictures != 1)}. "
        "tinted, flat: PSNR of proposal and grey where the true mean chroma is known; unlike: how "
        "unlike the proposals' patches are to true ones, together; met, resized: CIEDE2000."
    )


_HINTED = {"none": "none", "few": f"1 to {FEW}", "many": f"{FEW + 1} or more"}


def coverage_table(rows: Sequence[CoverageRow]) -> str:
    """Means over the pictures for each number of hints and level, as aligned plain text."""
    lines = [
        ["hints", "level %", "held %", "lively", "worst tenth", "colours", "spread", "pictures"]
    ]
    for stratum, hinted in _HINTED.items():
        for level in dict.fromkeys(row.level for row in rows):
            group = [r for r in rows if (r.stratum, r.level) == (stratum, level)]
            if not group:
                continue
            held = sorted(row.coverage for row in group)
            lively = _mean(group, "coverage_lively")
            worst = held[(len(held) - 1) // 10]
            lines.append(
                [
                    hinted,
                    f"{100 * level:g}",
                    f"{100 * fmean(held):.1f}",
                    "-" if lively is None else f"{100 * lively:.0f}",
                    f"{100 * worst:.0f}",
                    f"{fmean(row.size for row in group):.1f}",
                    f"{fmean(row.spread for row in group):.1f}",
                    f"{len({row.image for row in group})}",
                ]
            )
    return (
        f"{_align(lines, texts={0})}\n\nheld: places whose set holds the true colour, mean over "
        "the pictures; lively: of places of a strong colour; worst tenth: at most that in one "
        "picture of ten."
    )


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


def write_json(
    rows: Sequence[
        CoverageRow | HintRow | ProposalRow | SolveRow | StrokeRow | StudioRow | SuggestRow
    ],
    path: Path,
    *,
    force: bool = False,
) -> None:
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


def _mean(rows: Sequence[CoverageRow | HintRow | ProposalRow], name: str) -> float | None:
    """Mean of a measure over the rows that have it; None when none has."""
    values = [value for row in rows if (value := getattr(row, name)) is not None]
    return fmean(values) if values else None


def _differences(group: Sequence[HintRow], base: Sequence[HintRow]) -> list[str]:
    """The columns `_COMPARED`; empty texts without a base."""
    psnr, delta_e, edge = (
        (_mean(group, name), _mean(base, name)) for name in ("psnr", "delta_e", "delta_e_edge")
    )
    return [
        _against(*psnr, lambda a, b: f"{a - b:+.2f}"),
        _against(*delta_e, lambda a, b: f"{a - b:+.2f}"),
        _against(*edge, lambda a, b: f"{100 * (a / b - 1):+.1f}" if b else ""),
    ]


def _against(value: float | None, base: float | None, form: Callable[[float, float], str]) -> str:
    return "" if value is None or base is None else form(value, base)


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
