"""Configuration values and their types in words, out of the models' JSON Schema."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any

from webtv.config.section import Loc

Schema = dict[str, Any]
_SHOWN_CHARACTERS = 40


def schema_at(schema: Schema, loc: Loc) -> Schema:
    """The part of a JSON Schema that describes the value at ``loc``; empty where nothing does."""
    definitions: Schema = schema.get("$defs", {})
    here = _follow(schema, definitions)
    for step in loc:
        variants = [_follow(variant, definitions) for variant in [here, *here.get("anyOf", [])]]
        inner = [
            variant.get("items") if isinstance(step, int) else variant.get("properties", {}).get(step)
            for variant in variants
        ]
        here = _follow(next(filter(None, inner), {}), definitions)
    return here


def keys_at(schema: Schema, loc: Loc) -> list[str]:
    """The keys that the mapping at ``loc`` may have."""
    here, definitions = schema_at(schema, loc), schema.get("$defs", {})
    variants = [_follow(variant, definitions) for variant in [here, *here.get("anyOf", [])]]
    return [key for variant in variants for key in variant.get("properties", {})]


def _follow(schema: Schema, definitions: Schema) -> Schema:
    """Replace a reference by what it names, keeping the description that stands beside it."""
    if "$ref" not in schema:
        return schema
    beside = {key: value for key, value in schema.items() if key != "$ref"}
    named: Schema = definitions[schema["$ref"].rsplit("/", 1)[-1]]
    return named | beside


def expected(schema: Schema) -> str:
    """What a schema asks for, as in "a whole number from 1 to 12"."""
    if "anyOf" in schema:
        variants = [expected(variant) for variant in schema["anyOf"] if variant.get("type") != "null"]
        several = list(dict.fromkeys(variants))
        return ", or ".join(several) if any(" or " in words for words in several) else one_of(several)
    if "enum" in schema:
        return one_of([str(value) for value in schema["enum"]])
    kind = schema.get("type")
    if kind in ("integer", "number"):
        even = "an even whole number" if schema.get("multipleOf") == 2 else "a whole number"
        return (even if kind == "integer" else "a number") + _bounds(schema)
    if kind == "string":
        return {"path": "a path", "uri": "a URL"}.get(schema.get("format", ""), "text" + _length(schema))
    return {"boolean": "true or false", "array": "a list"}.get(str(kind), "keys and values")


def _bounds(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f" from {low:.10g} to {high:.10g}"
    return f" of at least {low:.10g}" if low is not None else ""


def _length(schema: Schema) -> str:
    low, high = schema.get("minLength", 0), schema.get("maxLength")
    if high is None:
        return ""
    return f" of {low} to {high} characters" if low else f" of at most {high} characters"


def found(value: object, *, hidden: bool = False) -> str:
    """What stands there, as in "the number 29.97"; a hidden value is not repeated."""
    words = "keys and values"
    match value:
        case None:
            words = "nothing"
        case bool():
            words = str(value).lower()
        case int() | float():
            words = "a number" if hidden else f"the number {value}"
        case str() if hidden:
            words = "text"
        case str():
            words = f"text {quoted(value)}" if value else "empty text"
        case tuple():
            words = "a list"
    return words


def quoted(text: str) -> str:
    cut = text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"
    return "'" + "".join(char if char.isprintable() else " " for char in cut) + "'"


def quotable(name: str) -> bool:
    """Whether an unknown key can be repeated: it looks like a name, not like a misplaced stream key."""
    return re.fullmatch(r"[A-Za-z]{1,16}([_ -][A-Za-z]{1,16}){0,2}", name) is not None


def one_of(words: list[str]) -> str:
    """a; a or b; a, b or c"""
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant: one that is alike, or else the first that has a word of it."""
    by_folded = {other.casefold(): other for other in known}
    wanted = name.casefold().replace("-", "_")
    matches = difflib.get_close_matches(wanted, by_folded, n=1, cutoff=0.6)
    words = set(wanted.split("_"))
    matches += [other for other in by_folded if words & set(other.split("_"))]
    return by_folded[matches[0]] if matches else None
