"""Bounds of what the studio takes from a page or from a file; far above what a hand paints."""

from typing import Final

MAX_BYTES: Final = 300_000_000
"""Largest file that is opened."""

MAX_JSON: Final = 65_536
"""Largest body of a request that is not a file."""

MAX_MESSAGE: Final = 4_000_000
"""Largest message on the WebSocket, in bytes."""

MAX_STROKES: Final = 20_000
MAX_POINTS: Final = 200_000
"""Strokes of a document, and points of all its strokes together."""

MAX_LOG: Final = 100_000
MAX_LOG_BYTES: Final = 48_000_000
"""Length of a command log, in commands and as JSON. Beyond it the oldest steps can no longer be
undone."""

MAX_PROJECTS: Final = 4
"""Photos that are open at once; each has a worker process."""

MAX_NAME: Final = 200
"""Length of a file's name."""
