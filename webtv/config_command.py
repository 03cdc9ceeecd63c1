"""``webtv explain`` and ``webtv diff``: what a key means, and what an edit would change."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from webtv.config import ChannelConfig, StationConfig, load_channel, load_station
from webtv.config.diff import Change, changes, station_changes
from webtv.config.document import Document, read_document
from webtv.config.explain import FILES, Key, all_keys, find_keys, nearest_key
from webtv.config.schema import MODELS, Kind
from webtv.config.source import read_source
from webtv.config.validate import validate
from webtv.errors import WebtvError


class WrongUsage(WebtvError):
    """Asked for what is not there, or cannot be compared."""

    exit_code = 2


def is_station(file: Path) -> bool:
    """Whether a file is a station's by its name: webtv.yaml, webtv.example.yaml. No channel has two dots."""
    return file.stem.split(".")[0] == "webtv"


def explain(name: str) -> str:
    """All that is known of a key. Raises WrongUsage, naming the nearest one."""
    keys = find_keys(name)
    if not keys:
        near = nearest_key(name)
        hint = f"Did you mean '{near}'?" if near else "`webtv explain` lists all."
        raise WrongUsage(f"there is no key '{name[:60]}'. {hint}")
    return "\n\n".join(_told(key) for key in keys)


def listed() -> str:
    """Every key in a line, by file."""
    parts = []
    for kind, file in FILES.items():
        keys = all_keys(kind)
        width = max(len(key.name) for key in keys)
        parts.append("\n".join([file, *(f"  {key.name:<{width}}  {key.says}" for key in keys)]))
    return "\n\n".join(parts)


def markdown() -> str:
    """Every key as tables, for docs/channels.md."""
    return "\n".join(line for kind in MODELS for line in _chapter(kind))


def diff(old: Path, new: Path) -> list[Change]:
    """What would change if ``new`` took the place of ``old``, which need not be there yet if it is a channel.

    Raises ConfigError for either's mistakes, WrongUsage for a channel and a station.
    """
    if is_station(old) != is_station(new):
        raise WrongUsage(f"{old} and {new} are not of one kind: compare two channels, or two stations' files")
    if is_station(old):
        return station_changes(load_station(old), validate(StationConfig, _draft(new, old)))
    draft = validate(ChannelConfig, _draft(new, old), id=old.stem)
    return changes(load_channel(old) if old.exists() else None, draft)


def _draft(path: Path, place: Path) -> Document:
    """A file that is to stand at ``place``: its relative paths start there."""
    return read_document(replace(read_source(path), folder=place.parent))


def _told(key: Key) -> str:
    rows = {
        "value": "" if key.keys and not key.in_list else key.value,
        "default": key.default,
        "keys": ", ".join(key.keys),
        "a change": key.effect,
    }
    lines = [f"{key.name}  ({FILES[key.kind]})", key.says, ""]
    lines += [f"  {label:<8}  {text}" for label, text in rows.items() if text]
    if key.example:
        lines += ["", *(f"  {line}" for line in key.example.splitlines())]
    return "\n".join(lines)


def _chapter(kind: Kind) -> Iterator[str]:
    keys = all_keys(kind)
    yield f"## {kind.capitalize()}: `{FILES[kind]}`"
    # A section's own keys come in a table of their own, behind that of the keys around it.
    for section, inner in groupby(sorted(keys, key=lambda key: _section(key) != ""), key=_section):
        if section:
            yield f"\n### `{section}`\n\n{next(key.says for key in keys if key.name == section)}"
        yield "\n| key | what it is | value | default | a change |\n|---|---|---|---|---|"
        yield from (_row(key) for key in inner)
    yield ""


def _section(key: Key) -> str:
    return key.name.rpartition(".")[0]


def _row(key: Key) -> str:
    last = key.name.rpartition(".")[2]
    default = "required" if key.required else f"`{key.default}`" if key.default else ""
    value = f"[its keys](#{last})" if key.keys and not key.in_list else key.value
    cells = (f"`{last}`", key.says, value, default, key.effect)
    escaped = [cell.replace("|", r"\|") for cell in cells]
    return f"| {' | '.join(escaped)} |"


def as_text(found: list[Change]) -> str:
    """A line for each change: what was, what would be, and when."""
    if not found:
        return "nothing would change"
    return "\n".join(
        change.text if change.key == "channel" else f"{change.text}\n  {change.old}  →  {change.new}"
        for change in found
    )


def as_json(found: list[Change]) -> str:
    return json.dumps(
        [{"key": change.key, "old": change.old, "new": change.new, "when": change.when} for change in found],
        indent=1,
        default=str,
        ensure_ascii=False,
    )
