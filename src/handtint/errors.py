"""Everything that handtint raises on purpose.

::

    HandtintError
    ├── PhotoError            the photograph cannot be read, is refused, or cannot be written
    │   └── OutputError       the result cannot be written where it was asked for
    ├── ProjectError          a project file is damaged, of a newer version, or no project file
    ├── HintError             the strokes cannot be read or do not fit the photograph
    │   └── NoStrokes         nothing is drawn, where strokes are needed
    ├── OptionError           an option is unknown, malformed or out of range
    ├── MethodError           a method cannot do what was asked of it
    │   ├── UnknownMethod     no method has this name
    │   ├── MethodUnavailable a method is registered but cannot be loaded
    │   └── NotConverged      the solver stopped before its rule was met
    ├── BenchError            what a benchmark needs is missing or does not start
    └── Cancelled             the caller asked a running solve to stop

Every message says what is wrong, with which value, and what to do about it, in one line.
Anything else that escapes is a bug and keeps its traceback.
"""


class HandtintError(Exception):
    """Base class of all errors that a user can cause and mend."""


class PhotoError(HandtintError):
    """The photograph cannot be read or is refused."""


class OutputError(PhotoError):
    """The result cannot be written where it was asked for."""


class ProjectError(HandtintError):
    """A project file is damaged, of a newer version, or no project file."""


class HintError(HandtintError):
    """The strokes cannot be read or do not fit the photograph."""


class NoStrokes(HintError):
    """Nothing is drawn, where strokes are needed."""


class OptionError(HandtintError):
    """An option is unknown, malformed or out of range."""


class MethodError(HandtintError):
    """A method cannot do what was asked of it."""


class UnknownMethod(MethodError):
    """No method is registered under this name."""


class MethodUnavailable(MethodError):
    """A method is registered but cannot be loaded."""


class NotConverged(MethodError):
    """The solver stopped before its stopping rule was met."""


class BenchError(HandtintError):
    """What a benchmark needs is missing or does not start."""


class Cancelled(HandtintError):
    """The caller asked a running solve to stop."""
