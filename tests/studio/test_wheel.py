"""What a person installs holds the whole page, and nothing heavy."""

import gzip
import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "src" / "handtint" / "studio" / "static"
VENDOR = STATIC / "vendor"
PAGE_BYTES = 250_000


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        yield archive


def files(folder):
    return sorted(p for p in folder.rglob("*") if p.is_file())


def test_every_file_of_the_page_is_in_the_wheel(wheel):
    names = set(wheel.namelist())
    page = [p.relative_to(ROOT / "src").as_posix() for p in files(STATIC)]
    assert any(name.endswith("index.html") for name in page)
    assert set(page) <= names


def test_the_wheel_holds_nothing_of_the_tests_and_of_npm(wheel):
    strange = [n for n in wheel.namelist() if not n.startswith(("handtint/", "handtint-"))]
    assert strange == []
    assert not [n for n in wheel.namelist() if "node_modules" in n or "/tests/" in n]


def test_both_programs_are_installed(wheel):
    (entries,) = [n for n in wheel.namelist() if n.endswith("entry_points.txt")]
    scripts = wheel.read(entries).decode().partition("[console_scripts]")[2].partition("[")[0]
    assert {line.partition(" =")[0] for line in scripts.split("\n") if line} == {
        "colormaskerapp",
        "handtint",
    }


def test_vendored_files_are_those_that_were_looked_at():
    sums = (VENDOR / "SHA256SUMS").read_text("utf-8").splitlines()
    listed = {name: digest for digest, name in (line.split() for line in sums)}
    code = [p for p in files(VENDOR) if p.suffix in {".js", ".mjs", ".css", ".woff2"}]
    assert {p.relative_to(VENDOR).as_posix() for p in code} <= set(listed)
    for name, digest in listed.items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest, name


def test_vendored_packages_come_with_their_versions_and_licences(wheel):
    text = wheel.read("handtint/studio/static/vendor/LICENSES").decode()
    for package, words in {
        "preact": "Permission is hereby granted",
        "htm": "Apache License",
    }.items():
        _, _, rest = text.partition(f"== {package} ")
        version, _, licence = rest.partition("==")
        assert version.split(",")[0].replace(".", "").isdigit(), package
        assert words in licence.partition("\n== ")[0], package


def test_the_page_is_light():
    weight = sum(len(gzip.compress(p.read_bytes())) for p in files(STATIC))
    assert weight <= PAGE_BYTES
