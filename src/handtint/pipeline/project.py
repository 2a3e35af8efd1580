"""Project files."""

from handtint.pipeline.settings import Settings

__all__ = ["Settings"]
