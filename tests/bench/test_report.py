"""Tables that add up, and JSON that is complete and never lost."""

import dataclasses
import json

import numpy as np
import pytest

from handtint.bench import report
from handtint.bench.coverage import CoverageRow
from handtint.bench.hints import HintRow
from handtint.bench.solve import SolveRow
from handtint.bench.solve_case import Measurement
from handtint.bench.stroke import StrokeRow
from handtint.bench.studio import StudioRow
from handtint.bench.suggest import SuggestRow
from handtint.errors import OutputError


def hint_row(method, psnr, delta_e, image="a.png", count=10, **changes):
    row = HintRow(
        image=image,
        split="tune",
        height=8,
        width=9,
        method=method,
        hint_kind="points",
        hint_count=count,
        protocol="uniform",
        seed=3,
        space="lab",
        psnr=psnr,
        ssim=0.9,
        delta_e=delta_e,
        delta_e_edge=2 * delta_e,
        delta_e_texture=delta_e + 1,
        delta_e_far=None,
        colourfulness=30.0,
        true_colourfulness=40.0,
        seconds=0.5,
        cpu_seconds=0.25,
        iterations=12,
    )
    return dataclasses.replace(row, **changes)


def solve_row(**changes):
    row = SolveRow(
        megapixels=0.25,
        pixels=250_000,
        solver="handtint",
        start="cold",
        tolerance=1e-3,
        seconds=0.2,
        cpu_seconds=0.1,
        iterations=11,
        residual=9e-4,
        reported_residual=8e-4,
        peak_bytes=25_000_000,
        bytes_per_pixel=100.0,
        chroma_error=None,
        note="",
    )
    return dataclasses.replace(row, **changes)


def squeezed(table):
    return [" ".join(line.split()) for line in table.splitlines()]


def test_table_has_means_and_differences():
    table = report.hint_table(
        [
            hint_row("levin-exact", 20, 8, "a.png"),
            hint_row("harmonic", 22, 7, "a.png"),
            hint_row("levin-exact", 30, 4, "b.png"),
            hint_row("harmonic", 29, 2, "b.png"),
            hint_row("harmonic", 31, 3, "b.png", count=50),
        ]
    )
    lines = squeezed(table)
    assert lines[1] == "10 points levin-exact 25.00 0.9000 6.00 12.00 7.00 - 30.0 0.250 12"
    assert lines[2] == (
        "10 points harmonic 25.50 0.9000 4.50 9.00 5.50 - 30.0 0.250 12 +0.50 -1.50 -25.0"
    )
    # No difference where the reference is missing.
    assert lines[3] == "50 points harmonic 31.00 0.9000 3.00 6.00 4.00 - 30.0 0.250 12"
    assert lines[-1] == (
        "Means over 2 pictures; colourfulness of the truth 40.0; d: difference to levin-exact."
    )


def test_means_leave_out_what_is_missing():
    rows = [hint_row("grey", 20, 8, "a.png", delta_e_far=3.0), hint_row("grey", 20, 8, "b.png")]
    assert squeezed(report.hint_table(rows))[1] == (
        "10 points grey 20.00 0.9000 8.00 16.00 9.00 3.00 30.0 0.250 12"
    )


def test_spaces_get_lines_of_their_own():
    rows = [
        hint_row(method, psnr, 4, space=space, count=count)
        for space, psnr in (("lab", 20), ("oklab", 30))
        for count in (10, 50)
        for method in ("harmonic", "levin-exact")
    ]
    lines = squeezed(report.hint_table(rows))
    assert lines[0].startswith("hints space method PSNR")
    told = [line.split()[:4] for line in lines[1:9]]
    assert [" ".join(words) for words in told] == [
        f"{count} points {space} {method}"
        for count in (10, 50)
        for space in ("lab", "oklab")
        for method in ("harmonic", "levin-exact")
    ]
    assert "+0.00" in lines[3]


def test_halves_are_told_apart():
    rows = [hint_row("grey", 20, 8, "a.png"), hint_row("grey", 30, 4, "b.png", split="test")]
    tune, test = report.split_tables(rows).split("\n\ntest: ")
    assert tune.startswith("tune: ")
    assert report.hint_table(rows[:1]) in tune
    assert report.hint_table(rows[1:]) in test
    assert "test: " not in report.split_tables(rows[:1])


def test_stroke_table():
    row = StrokeRow(0.26, 260_100, "harmonic:tol=0.1", 0.01, 0.2, 0.03, 0.02, 7, 0.04)
    assert squeezed(report.stroke_table([row]))[1] == (
        "0.26 harmonic:tol=0.1 0.010 0.200 0.030 0.020 7 0.040"
    )


def test_columns_are_aligned():
    """Texts start, and numbers end, where the head of their column does."""
    lines = report.hint_table(
        [hint_row("grey", 9.5, 12), hint_row("a-longer-name", 30, 4)]
    ).splitlines()
    assert lines[0].index("method") == lines[1].index("grey") == lines[2].index("a-longer")
    end = lines[0].index("PSNR dB") + len("PSNR dB")
    assert lines[1][:end].endswith("  9.50")
    assert lines[2][:end].endswith(" 30.00")


def test_table_without_the_reference():
    table = report.hint_table([hint_row("grey", 20, 8)])
    assert "dPSNR" not in table
    assert report.REFERENCE not in table
    assert "1 picture;" in table


def test_solve_table():
    measured = dataclasses.asdict(Measurement()) | {"note": "not installed"}
    missing = solve_row(solver="pyamg", bytes_per_pixel=None, **measured)
    lines = squeezed(report.solve_table([solve_row(), missing]))
    assert lines[1] == "0.25 handtint cold 0.001 0.100 0.200 11 9.0e-04 8.0e-04 25 100 -"
    assert lines[2] == "0.25 pyamg cold 0.001 - - - - - - - - not installed"


def test_json_is_a_list_of_the_rows(tmp_path):
    file = tmp_path / "ä b.json"
    rows = [hint_row("grey", float("inf"), 0.0), solve_row()]
    report.write_json(rows, file)
    read = json.loads(file.read_text("utf-8"))
    assert read[0] == dataclasses.asdict(rows[0]) | {"psnr": None}
    assert read[1] == dataclasses.asdict(rows[1])
    assert list(tmp_path.iterdir()) == [file]


def test_json_is_never_lost(tmp_path):
    file = tmp_path / "rows.json"
    file.write_text("old")
    with pytest.raises(OutputError, match="exists"):
        report.write_json([], file)
    assert file.read_text() == "old"
    report.write_json([], file, force=True)
    assert json.loads(file.read_text()) == []


def test_an_impossible_place_is_refused_before_the_run(tmp_path):
    for wrong in (tmp_path / "no" / "rows.json", tmp_path):
        with pytest.raises(OutputError):
            report.check_json(wrong, force=True)


def test_the_table_of_suggestions_compares_picture_by_picture():
    rows = [
        SuggestRow(image, 8, 9, placement, points, 3, psnr + points - worse, delta_e + apart)
        for image, psnr, delta_e, worse in (("a.png", 20.0, 8.0, 1), ("b.png", 24.0, 6.0, 0))
        for points in (0, 5)
        for placement, worse, apart in (("suggested", 0, 0), ("uniform", worse, 1))
    ]
    lines = report.suggest_table(rows).splitlines()
    assert lines[1].split() == ["0", "suggested", "22.00", "7.00"]
    assert lines[3].split() == ["5", "suggested", "27.00", "7.00"]
    assert lines[4].split() == ["5", "uniform", "26.50", "8.00", "+0.50", "0.50", "-1.00"]
    assert "2 pictures" in lines[-1]


def test_coverage_is_told_in_the_mean_and_in_the_worst_tenth():
    held = [0.55, *np.linspace(0.9, 1, 19)]
    rows = [
        CoverageRow(f"{n}.png", "test", "none", 0.9, share, 0.6 if n else None, 20.0, 15.0)
        for n, share in enumerate(held)
    ]
    rows.append(CoverageRow("0.png", "test", "many", 0.9, 1.0, None, 3.0, 5.0))
    _, none, many, *_ = report.coverage_table(rows).splitlines()
    assert none.split() == ["none", "90", "93.0", "60", "90", "20.0", "15.0", "20"]
    assert many.split() == ["6", "or", "more", "90", "100.0", "-", "100", "3.0", "5.0", "1"]


def test_the_table_of_the_studio_judges_what_has_an_aim_and_nothing_else():
    rows = [
        StudioRow("ink", "ms", 14.0, 24.0, 960, 16, 24.0),
        StudioRow("- of it, waited", "ms", 13.0, 17.0, 960, None, 17.0),
        StudioRow("Cancel", "ms", 12.0, 526.0, 5, 200, 12.0),
    ]
    ink, waited, cancel = report.studio_table(rows).splitlines()[1:]
    assert ink.split()[-2:] == ["16", "MISSED"]
    assert waited.split()[-1] == "960"  # runs: no aim, no verdict
    assert cancel.split()[-2:] == ["200", "reached"]
