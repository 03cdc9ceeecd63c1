"""How two values of a key are shown, when an edit makes one of the other: never a secret or a play path."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel

from webtv.config.secret import SecretFile
from webtv.config.station import HttpAddress
from webtv.config.target import Target

_TOLD_OF_TARGETS = ("region", "bandwidth_test", "backup", "key_file", "sign_key_file", "sign_for_s")


def shown(old: object, new: object) -> tuple[object, object]:
    """What a key was and is, as plain values. Of a file that is read and has changed, no more than that."""
    if isinstance(old, SecretFile) and isinstance(new, SecretFile) and old.path == new.path:
        return str(old.path), f"another key in {new.path}"
    if isinstance(old, Path) and isinstance(new, Path) and str(old) == str(new):
        return str(old), f"other lines in {new}"
    return _plain(old), _plain(new)


def shown_targets(old: Target | None, new: Target | None) -> tuple[str | None, str | None]:
    """Where two targets of one name push to, and what else of them differs; None: there is none."""
    if old is None or new is None:
        return old.server_url if old else None, new.server_url if new else None
    was, becomes = [old.server_url], [new.server_url]
    for name in _TOLD_OF_TARGETS:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            pair = shown(before, after)
            was.append(f"{name} {_word(pair[0])}")
            becomes.append(f"{name} {_word(pair[1])}")
    if len(was) == 1 and was == becomes:
        becomes.append("another play path")
    return ", ".join(was), ", ".join(becomes)


def _plain(value: object) -> object:
    if isinstance(value, SecretFile):
        return str(value.path)
    if isinstance(value, HttpAddress | Path):
        return str(value)
    if isinstance(value, BaseModel):  # a section that was not there, or is no more: its keys as they were set
        names = [name for name in type(value).model_fields if name in value.model_fields_set]
        return {name: _plain(getattr(value, name)) for name in names}
    return value


def _word(value: object) -> str:
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
