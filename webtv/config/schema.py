"""JSON Schema of the files (draft 2020-12), for editors: they complete keys and mark mistakes as one types.

It accepts every file that the loader accepts. The loader refuses more: what YAML readers disagree on, and
whatever needs a look at other keys, other files or the machine.
"""

from __future__ import annotations

import json
from typing import Any, Literal

from webtv.config.channel import ChannelConfig
from webtv.config.section import Section
from webtv.config.station import StationConfig
from webtv.config.words import Schema

Kind = Literal["channel", "station"]
MODELS: dict[Kind, type[Section]] = {"channel": ChannelConfig, "station": StationConfig}
_TITLES: dict[Kind, str] = {"channel": "A webtv channel", "station": "A webtv station"}
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def file_schema(kind: Kind) -> Schema:
    """The schema of a channel's or the station's file."""
    model = MODELS[kind]
    schema = model.model_json_schema()
    sections = {section.__name__ for section in Section.__subclasses__()}
    definitions = {
        name: _mapping(part, keys_may_be_empty=name in sections)
        for name, part in schema.pop("$defs", {}).items()
    }
    body = _mapping(schema, keys_may_be_empty=True)
    if not body.get("required"):
        body["type"] = ["object", "null"]
    return {"$schema": _DIALECT, "title": _TITLES[kind]} | body | {"$defs": definitions}


def as_json(kind: Kind) -> str:
    """The schema as the text of a file."""
    return json.dumps(file_schema(kind), indent=2, ensure_ascii=False) + "\n"


def _mapping(schema: Schema, *, keys_may_be_empty: bool) -> Schema:
    """The schema of a mapping without what pydantic adds for programmers."""
    required = schema.get("required", [])
    properties = {
        name: _key(field, may_be_empty=keys_may_be_empty and name not in required)
        for name, field in schema["properties"].items()
    }
    summary = schema["description"].split("\n")[0]
    kept = {key: value for key, value in schema.items() if key != "title"}
    return kept | {"description": summary, "properties": properties}


def _key(field: Schema, *, may_be_empty: bool) -> Schema:
    """A key's schema. A default shows only if it could be written down as it is."""
    kept = {name: value for name, value in field.items() if name not in ("title", "default")}
    default = field.get("default")
    unwritten = default is None or isinstance(default, dict) or (default == "" and "pattern" in field)
    if "default" in field and not unwritten:
        kept["default"] = default
    return _or_nothing(kept) if may_be_empty else kept


def _or_nothing(field: Schema) -> Schema:
    """The same, or no value at all, which leaves the default."""
    nothing: dict[str, Any] = {"type": "null"}
    if "anyOf" in field:
        return field if nothing in field["anyOf"] else field | {"anyOf": [*field["anyOf"], nothing]}
    if "$ref" in field:
        beside = {key: value for key, value in field.items() if key != "$ref"}
        return beside | {"anyOf": [{"$ref": field["$ref"]}, nothing]}
    wider = field | {"type": [field["type"], "null"]}
    return wider | {"enum": [*field["enum"], None]} if "enum" in field else wider
