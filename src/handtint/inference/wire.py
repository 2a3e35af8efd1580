"""Whether an ONNX file refers to other files, seen without its library.

ONNX files are protocol buffers: fields of a number, a kind and a value. Only those fields are
followed that lead to tensors; see ``onnx.proto``.
"""

from __future__ import annotations

from collections.abc import Iterator

_LENGTH = 2

# For each kind of message, the fields that hold messages of a kind.
_CHILDREN = {
    "model": {7: "graph", 25: "function"},
    "function": {7: "node"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {
        5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse",
    },
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}  # fmt: skip
_EXTERNAL_DATA, _DATA_LOCATION = 13, 14
_DEEPEST = 50


def has_external_data(data: bytes) -> bool:
    """Whether any tensor of a model lies in another file; also for what cannot be read."""
    try:
        return _external(memoryview(data), "model", 0)
    except (IndexError, ValueError):
        return True


def _external(data: memoryview, kind: str, depth: int) -> bool:
    if depth > _DEEPEST:
        raise ValueError("too deep")
    for number, value in _fields(data):
        if kind == "tensor" and number in {_EXTERNAL_DATA, _DATA_LOCATION} and value != 0:
            return True
        inside = _CHILDREN[kind].get(number)
        if inside is None:
            continue
        if not isinstance(value, memoryview):
            raise ValueError("a number where a message should be")
        if _external(value, inside, depth + 1):
            return True
    return False


def _fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, at = _varint(data, at)
            yield number, value
            continue
        if kind == _LENGTH:
            length, at = _varint(data, at)
        elif kind in {1, 5}:
            length = 8 if kind == 1 else 4
        else:
            raise ValueError(f"unknown kind {kind}")
        if at + length > len(data):
            raise ValueError("cut short")
        if kind == _LENGTH:
            yield number, data[at : at + length]
        at += length


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("number too long")
