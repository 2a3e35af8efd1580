"""Settings of a training from a file and from the command line."""

import re
import sys
from pathlib import Path

import pytest

from handtint.cli.main import main
from handtint.errors import OptionError
from handtint.inference.model import SHIPPED
from handtint.options import declared
from handtint.train import network
from handtint.train.recipe import PATHS, Recipe, read_settings, recipe_of

DOCUMENTED = Path(__file__).parents[2] / "docs" / "training.toml"


def test_the_documented_file_has_every_setting_at_its_default():
    settings = read_settings(DOCUMENTED)
    assert recipe_of(settings) == Recipe()
    commented = re.findall(r"^# (\w+) = ", DOCUMENTED.read_text(), re.MULTILINE)
    beside = {*PATHS, "device", "teachers"}
    assert {*settings, *commented} == beside | {o.name for o in declared(Recipe)}
    bare = DOCUMENTED.read_text().replace("# resume", "resume").replace("# start", "start")
    assert commented == ["resume", "start", "teachers"] and bare.count("own.pt") == 2


def test_paths_are_relative_to_the_file(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text("data = 'photos'\nout = '/somewhere/own.pt'\nsteps = 7\nfilm = 1\n")
    with file.open("a") as more:
        more.write("teachers = 'one.pt, in/other.onnx,'\n")
    settings = read_settings(file)
    assert settings["teachers"] == [tmp_path / "one.pt", tmp_path / "in" / "other.onnx"]
    assert settings["data"] == tmp_path / "photos"
    assert settings["out"] == Path("/somewhere/own.pt")
    assert recipe_of(settings) == Recipe(steps=7, film=1.0)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("stpes = 7", "unknown setting stpes = 7; did you mean steps"),
        ("batch = 1", "batch=1"),
        ("batch = 4.5", "batch=4.5"),
        ("rate = nan", "rate=nan"),
        ("film = true", "film=True"),
        ("steps = [1, 2]", "steps=[1, 2]"),
        ("encoder = 'lite9'", "encoder=lite9"),
        ("data = 3", "data = 3; must be a text"),
        ("out = ''", "out = ''"),
        ("device = 0", "device = 0"),
        ("teachers = ['one.pt']", "teachers = ['one.pt']; must be a text"),
        ("recipe = { steps = 3 }", "unknown setting recipe"),
        ("steps = ", "cannot be read"),
    ],
)
def test_what_is_unknown_or_wrong_is_named_with_its_file(tmp_path, line, what):
    file = tmp_path / "own.toml"
    file.write_text(line)
    with pytest.raises(OptionError) as refused:
        read_settings(file)
    assert str(file) in str(refused.value)
    assert what in str(refused.value)
    with pytest.raises(OptionError, match="cannot be read"):
        read_settings(tmp_path / "none.toml")


@pytest.fixture
def handtint(tmp_path, monkeypatch, capsys):
    """Run the command without the training: status, what was told, what would be trained."""

    def run(*args):
        asked = {}

        def train(data, recipe, out, tell, **more):
            asked.update(more, data=data, recipe=recipe, out=out)
            return False

        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(network, "train", train)
        monkeypatch.setattr(sys, "argv", ["handtint", "train", "network", *args])
        status = 0
        try:
            main()
        except SystemExit as stop:
            status = stop.code or 0
        return status, capsys.readouterr().err, asked

    return run


def test_the_command_line_counts_more_than_the_file(handtint, tmp_path):
    (tmp_path / "in").mkdir()
    file = tmp_path / "in" / "own.toml"
    file.write_text("data = 'photos'\nout = 'own.pt'\nsteps = 7\nfilm = 0.25\ndevice = 'cpu'\n")
    status, told, asked = handtint("in/own.toml", "--steps", "9", "--out", "other.pt")
    assert status == 0, told
    assert asked["recipe"] == Recipe(steps=9, film=0.25)
    assert asked["data"].resolve() == tmp_path / "in" / "photos"
    assert asked["out"] == Path("other.pt")
    assert (asked["device"], asked["resume"], asked["log"]) == ("cpu", None, None)
    with file.open("a") as more:
        more.write("teachers = 'one.pt'\n")
    assert handtint("in/own.toml")[2]["teachers"] == [Path("in/one.pt")]
    asked = handtint("in/own.toml", "--teachers", "affinity,two.pt", "--start", "attention")[2]
    assert asked["teachers"] == [SHIPPED / "affinity.onnx", Path("two.pt")]
    assert asked["start"] == SHIPPED / "attention.onnx"
    status, _, asked = handtint("--data", "photos", "--out", "own.pt")
    assert asked["teachers"] == []
    assert asked["recipe"] == Recipe()
    assert asked["device"] == ""


@pytest.mark.parametrize(
    ("args", "what"),
    [
        (("--data", "photos"), "out is missing"),
        (("--out", "own.pt"), "data is missing"),
        (("none.toml",), "none.toml"),
        (("--data", "photos", "--out", "own.pt", "--film", "2"), "--film"),
        (("--data", "photos", "--out", "there.pt"), "there-validation.png: the file exists"),
    ],
)
def test_it_refuses_in_one_line(handtint, tmp_path, args, what):
    (tmp_path / "there-validation.png").touch()
    status, told, asked = handtint(*args)
    assert status == 2
    assert not asked
    assert told.count("\n") == 1
    assert what in told
