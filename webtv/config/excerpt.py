"""Two values of a key in lines of a terminal: long ones are cut to where they differ."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from rich.cells import cell_len

from webtv.config.explain import as_yaml

_BEFORE = 16
"""So many characters, at least, are left to read before two texts begin to differ."""


def before_and_after(old: object, new: object, columns: int) -> Iterator[str]:
    """In one line where both fit into it, else in one each."""
    was, becomes = _as_text(old), _as_text(new)
    line = f"  {was}  →  {becomes}"
    if cell_len(line) <= columns:
        yield line
        return
    start = _start(was, becomes, columns)
    yield _cut(f"  - {_from(was, start)}", columns)
    yield _cut(f"  + {_from(becomes, start)}", columns)


def _as_text(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_as_text(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, bool | int | list | tuple):
        return as_yaml(value)
    text = " ".join(str(value).split())
    return "".join(char if char.isprintable() else " " for char in text) or "''"


def _start(was: str, becomes: str, columns: int) -> int:
    """Where to begin: at the top if the difference can be seen from there, else at a word before it."""
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(was, becomes, strict=False)))
    if cell_len(was[:same]) < columns // 2:
        return 0
    latest = same - _BEFORE
    return was.rfind(" ", latest - _BEFORE, latest) + 1 or latest  # paths have no words


def _from(text: str, start: int) -> str:
    return f"… {text[start:]}" if start else text


def _cut(line: str, columns: int) -> str:
    if cell_len(line) <= columns:
        return line
    cut = line[:columns]
    while cell_len(cut) > columns - 2:
        cut = cut[:-1]
    whole = cut.rpartition(" ")[0]
    return f"{whole if len(whole) > len(cut) // 2 else cut} …"
