"""What is known of the keys of the configuration, as text and as tables."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from webtv.config.explain import FILES, Key, all_keys, find_keys, nearest_key
from webtv.config.schema import MODELS, Kind
from webtv.errors import WrongUsage


def one_key(name: str) -> str:
    """All that is known of a key. Raises WrongUsage, naming the nearest one."""
    keys = find_keys(name)
    if not keys:
        near = nearest_key(name)
        hint = f"Did you mean '{near}'?" if near else "`webtv explain` lists all."
        raise WrongUsage(f"there is no key '{name[:60]}'. {hint}")
    return "\n\n".join(_page(key) for key in keys)


def all_listed() -> str:
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


def _page(key: Key) -> str:
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
