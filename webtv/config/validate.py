"""From a document to a model; every mistake in one error, each with its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeGuard, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from webtv.config.document import Document, Problem, is_secret
from webtv.config.section import Loc, Section
from webtv.config.words import Schema, expected, found, keys_at, nearest, quotable, quoted, schema_at

Model = TypeVar("Model", bound=Section)


def validate(model: type[Model], document: Document, **given: object) -> Model:
    """Make a ``model`` of the document and of the fields ``given``, which the file may not set itself."""
    if not isinstance(document.data, dict | None):
        place = document.place(())
        text = f"expected lines like 'title: Dreams', found {found(document.data)}."
        raise document.error([Problem(place.line, place.column, text)])
    data = document.data or {}
    problems = [_given(document, name) for name in given if name in data]
    folder = document.source.folder or document.source.path.parent
    context = {"folder": folder, "reads_secrets": document.source.reads_secrets}
    config, errors = _try(model, {**data, **given}, context)
    if errors:  # the schema takes longer to build than a file to read, and only words mistakes
        problems += _problems(document, model.model_json_schema(), errors)
    if config is None or problems or document.problems:
        raise document.error(problems)
    return config


def _try(
    model: type[Model], data: Mapping[str, Any], context: Mapping[str, object]
) -> tuple[Model | None, list[ErrorDetails]]:
    # The ValidationError, which remembers its input, ends here: no later traceback can show it.
    try:
        return model.model_validate(data, strict=True, context=context), []
    except ValidationError as error:
        return None, error.errors(include_url=False, include_input=False)


def _problems(document: Document, schema: Schema, errors: list[ErrorDetails]) -> list[Problem]:
    problems, meant = [], set()
    for error in errors:
        if error["type"] == "extra_forbidden":
            loc = error["loc"]
            known = keys_at(schema, loc[:-1])
            problems.append(_unknown(document, loc, known))
            meant.add((*loc[:-1], nearest(str(loc[-1]), known)))
    for error in errors:
        if error["type"] == "missing" and error["loc"] not in meant:
            problems.append(_missing(document, error["loc"], schema_at(schema, error["loc"])))
        elif error["type"] == "refused":
            problems.append(_refused(document, error))
        elif error["type"] not in ("missing", "extra_forbidden"):
            problems.append(_misfit(document, error["loc"], schema_at(schema, error["loc"])))
    return problems


def _unknown(document: Document, loc: Loc, known: list[str]) -> Problem:
    place, name = document.keys[loc], str(loc[-1])
    shown = f"unknown key '{name}'." if quotable(name) else "unknown key."
    near = nearest(name, known)
    hint = f"Did you mean '{near}'?" if near else f"Known here: {', '.join(known)}."
    return Problem(place.line, place.column, f"{shown} {hint}", place.width)


def _given(document: Document, name: str) -> Problem:
    place = document.keys[(name,)]
    return Problem(place.line, place.column, f"unknown key '{name}'. The file's name gives it.", place.width)


def _missing(document: Document, loc: Loc, schema: Schema) -> Problem:
    name = loc[-1]
    if loc in document.keys:
        place, text = document.keys[loc], f"'{name}' has no value. Expected {expected(schema)}."
    else:
        place, text = document.place(loc[:-1]), f"'{name}' is missing. Add a line '{name}: …'."
    return Problem(place.line, place.column, text, place.width, _note(schema))


def _refused(document: Document, error: ErrorDetails) -> Problem:
    loc = (*error["loc"], *error["ctx"]["at"])
    place = document.place(loc)
    return Problem(place.line, place.column, f"{_name(document, loc)}: {error['ctx']['text']}", place.width)


def _misfit(document: Document, loc: Loc, schema: Schema) -> Problem:
    place, value, hidden = document.place(loc), _value(document.data, loc), is_secret(loc)
    if "pattern" in schema and isinstance(value, str) and not hidden:
        text = f"{quoted(value)} does not have the right form."
    else:
        wanted = expected(schema)
        here = f"{len(value)} characters" if _is_too_long(value, wanted) else found(value, hidden=hidden)
        meant = None if hidden else _meant(value, schema)
        advice = f" Did you mean '{meant}'?" if meant else _advice(value, wanted, hidden)
        text = f"expected {wanted}, found {here}.{advice}"
    return Problem(place.line, place.column, f"{_name(document, loc)}: {text}", place.width, _note(schema))


def _meant(value: object, schema: Schema) -> str | None:
    """The nearest of the words that may stand there."""
    words = [word for part in [schema, *schema.get("anyOf", [])] for word in part.get("enum", [])]
    return nearest(value, map(str, words)) if isinstance(value, str) else None


def _is_too_long(value: object, wanted: str) -> TypeGuard[str]:
    return isinstance(value, str) and value != "" and wanted.startswith("text of")


def _advice(value: object, wanted: str, hidden: bool) -> str:
    advice = ""
    if value is None:
        advice = "Remove the line to get the default."
    elif wanted.startswith("text") and isinstance(value, int | float) and not hidden:
        advice = f"Put it in quotes: '{str(value).lower() if isinstance(value, bool) else value}'."
    elif "number" in wanted and isinstance(value, str) and re.fullmatch(r"[-+]?[0-9.]+", value):
        advice = "Remove the quotes."
    elif wanted == "a list":
        advice = "Begin each entry on a line of its own, with '- '."
    return advice and " " + advice


def _note(schema: Schema) -> str:
    """A field's description is one sentence, a model's begins with one line."""
    return str(schema.get("description", "")).split("\n")[0]


def _value(data: Any, loc: Loc) -> Any:
    for step in loc:
        data = data[step]
    return data


def _name(document: Document, loc: Loc) -> str:
    """The name as far as the file spells it out: ``targets[0]`` rather than ``targets[0].url`` for text."""
    while loc not in document.values:
        loc = loc[:-1]
    return (
        "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc).lstrip(".")
        or "this file"
    )
