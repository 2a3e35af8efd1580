import json

import pytest

from handtint.errors import MethodError, OptionError
from handtint.pipeline import STROKES_ALONE, Settings


def test_defaults():
    settings = Settings()
    assert settings.method == STROKES_ALONE
    assert settings.options == {}
    assert (settings.space, settings.opacity, settings.vividness) == ("lab", 1.0, 1.0)


def test_json_keeps_everything():
    settings = Settings("tv", {"smoothing": 1}, "oklab", 0.25, 2)
    text = json.dumps(settings.to_json())
    assert Settings.from_json(json.loads(text)) == settings
    assert Settings.from_json({}) == Settings()


def test_values_have_the_type_of_the_option():
    options = Settings("fast", {"steps": 4.0, "scale": 2}).options
    assert options == {"steps": 4, "scale": 2.0}
    assert [type(value) for value in options.values()] == [int, float]
    assert Settings("fast", {"steps": 4}).colorizer().steps == 4


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([], "settings are"),
        ({"speed": 1}, "unknown setting 'speed'; known are method"),
        ({"method": 3}, "method is 3"),
        ({"space": None}, "space is None"),
        ({"space": "hsv"}, "unknown colour space 'hsv'"),
        ({"options": []}, "options are"),
        ({"options": {"speed": 1}}, "unknown option 'speed'"),
        ({"options": {"prior": "1"}}, "option prior is '1'; must be float in"),
        ({"options": {"prior": True}}, "option prior is True; must be float in"),
        ({"options": {"prior": -1}}, "option prior=-1: must be a float in"),
        ({"options": {"prior": float("nan")}}, "option prior is nan"),
        ({"options": {"prior": 10**400}}, "option prior is 1000"),
        ({"options": {"max_iter": 2.5}}, r"option max_iter is 2\.5; must be int in"),
        ({"options": {"max_iter": None}}, "option max_iter is None"),
        ({"options": {"coefficients": "/etc/passwd"}}, "option coefficients names a file"),
        ({"opacity": 1.01}, r"opacity is 1\.01; must be a number from 0 to 1"),
        ({"opacity": "1"}, "opacity is '1'"),
        ({"vividness": -0.1}, r"vividness is -0\.1; must be a number from 0 to 2"),
        ({"vividness": True}, "vividness is True"),
    ],
)
def test_wrong_values_are_refused(values, message):
    with pytest.raises(OptionError, match=message) as caught:
        Settings.from_json(values)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_unknown_method():
    with pytest.raises(MethodError, match=r"unknown method 'blendin'.*did you mean blending"):
        Settings("blendin")
