"""What each key of the files means: for ``webtv explain``, and for docs/channels.md."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from webtv.config.diff import effect
from webtv.config.schema import MODELS, Kind
from webtv.config.section import Loc
from webtv.config.words import Schema, expected, keys_at, nearest, schema_at

FILES: dict[Kind, str] = {"channel": "channels/*.yaml", "station": "webtv.yaml"}


@dataclass(frozen=True)
class Key:
    """One key of a file; ``schema`` is that of its value, and ``keys`` names those of a section."""

    kind: Kind
    loc: Loc
    schema: Schema
    required: bool
    keys: tuple[str, ...]

    @property
    def name(self) -> str:
        """As in ``format.fps`` and ``targets.key_file``: lists have no numbers."""
        return ".".join(step for step in self.loc if isinstance(step, str))

    @property
    def in_list(self) -> bool:
        """Whether there may be several, as of targets."""
        return self.schema.get("type") == "array"

    @property
    def says(self) -> str:
        return str(self.schema["description"]).split("\n")[0]

    @property
    def value(self) -> str:
        """What may stand there, as in "a whole number from 1 to 12"."""
        if "pattern" in self.schema and "format" not in self.schema:
            return f"text such as {as_yaml(self.sample)}"
        items = self.schema.get("items", {})
        return expected(self.schema) + (f" of {expected(items)}" if items.get("anyOf") else "")

    @property
    def default(self) -> str:
        """As it would be written; empty where the sections' keys or the description tell."""
        if self.required:
            return "none: it must be there"
        default = self.schema.get("default")
        return "" if default in (None, "") or isinstance(default, dict) else as_yaml(default)

    @property
    def effect(self) -> str:
        """When a change takes effect."""
        return effect(self.name, of_station=self.kind == "station")

    @property
    def example(self) -> str:
        """Lines as they could stand in the file; empty for a section, whose keys have their own."""
        return "" if self.sample is None else "\n".join(_lines(self.loc, self.sample))

    @property
    def sample(self) -> Any:
        """A value that fits."""
        if self.keys and "examples" not in self.schema:
            return None
        samples = [*self.schema.get("examples", []), self.schema.get("default"), *self.schema.get("enum", [])]
        return next((sample for sample in samples if sample not in (None, "")), None)


def all_keys(kind: Kind) -> list[Key]:
    """Every key of a kind of file; a section's stand behind it."""
    return list(_below(kind, MODELS[kind].model_json_schema(), ()))


def find_keys(name: str) -> list[Key]:
    """The keys that ``name`` may mean: in full, or its last words alone, as ``fps`` for ``format.fps``."""
    keys = [key for kind in MODELS for key in all_keys(kind)]
    wanted = re.sub(r"\[[0-9]*\]", "", name).strip(".").replace("-", "_")
    exact = [key for key in keys if key.name == wanted]
    return exact or [key for key in keys if key.name.endswith(f".{wanted}")]


def nearest_key(name: str) -> str | None:
    """The key that was probably meant."""
    names = [key.name for kind in MODELS for key in all_keys(kind)]
    by_last = {full.rsplit(".", 1)[-1]: full for full in reversed(names)}
    return nearest(name, names) or by_last.get(nearest(name.rsplit(".", 1)[-1], by_last) or "")


def _below(kind: Kind, schema: Schema, loc: Loc) -> Iterator[Key]:
    here = schema_at(schema, loc)
    required = {name for part in [here, *_variants(schema, here)] for name in part.get("required", [])}
    for name in keys_at(schema, loc):
        inner: Loc = (*loc, name)
        part = schema_at(schema, inner)
        if part.get("type") == "array":
            inner = (*inner, 0)
        keys = tuple(keys_at(schema, inner))
        yield Key(kind, (*loc, name), part, name in required, keys)
        yield from _below(kind, schema, inner)


def _variants(schema: Schema, here: Schema) -> list[Schema]:
    """The mappings among the forms that a value may have."""
    names = [part["$ref"].rsplit("/", 1)[-1] for part in here.get("anyOf", []) if "$ref" in part]
    return [schema["$defs"][name] for name in names]


def as_yaml(value: Any) -> str:
    """A value in one line of YAML."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(as_yaml(each) for each in value)}]"
    if isinstance(value, str) and re.fullmatch(r"[\w./~][\w ./:~@-]*", value) and ": " not in value:
        return value
    return json.dumps(value, ensure_ascii=False)


def _lines(loc: Loc, value: Any) -> Iterator[str]:
    """The keys that lead to a value, one a line and each further in."""
    indent, dash = "", ""
    for step in loc[:-1]:
        if isinstance(step, int):
            dash = "- "
            continue
        yield f"{indent}{dash}{step}:"
        indent, dash = indent + " " * (len(dash) + 2), ""
    yield f"{indent}{dash}{loc[-1]}: {as_yaml(value)}"
