"""YAML to plain data, with the place of every key and value.

Read from ruamel.yaml's events by the YAML 1.2 core schema. What could surprise is refused: tags,
aliases, second documents, duplicate keys, and plain words that YAML 1.1 reads as something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from webtv.config.secret import looks_like_a_key
from webtv.config.section import Loc
from webtv.config.source import Place, Source
from webtv.config.syntax import explain
from webtv.config.words import quotable
from webtv.errors import ConfigError

MAX_DEPTH = 8

_NULL = {"", "~", "null", "Null", "NULL"}
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_BOOLEAN_IN_1_1 = re.compile(r"y|n|yes|no|on|off", re.IGNORECASE)
_NUMBER_IN_1_1 = re.compile(r"[-+]?([0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|0[0-9_]+|[1-9][0-9_]*_[0-9_]*)")
_SECRET_NAME = re.compile(r"key|secret|token|passw|credential", re.IGNORECASE)
_NAMES_A_FILE = "_file"
_OPEN_TARGET_KEYS = {
    "service",
    "region",
    "bandwidth_test",
    "backup",
    "name",
    "enabled",
    "key_file",
    "sign_key_file",
    "sign_for_s",
}


@dataclass(frozen=True, order=True)
class Problem:
    line: int
    column: int
    text: str
    width: int = 1
    note: str = ""


@dataclass(repr=False)
class Document:
    """Mappings are dicts, sequences tuples. ``keys`` and ``values`` give the place of each by its ``Loc``."""

    source: Source
    data: Any = None
    empty: bool = True
    keys: dict[Loc, Place] = field(default_factory=dict)
    values: dict[Loc, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def place(self, loc: Loc) -> Place:
        """Where the value at ``loc`` stands, or else the nearest thing around it."""
        while loc and loc not in self.values:
            loc = loc[:-1]
        return self.values.get(loc, Place(0, 0))

    def error(self, problems: list[Problem]) -> ConfigError:
        """One ConfigError for all problems, in the order of the file.

        What the reader of the file has complained about already is not complained about again.
        """
        reported = {(problem.line, problem.column) for problem in self.problems}
        new = [problem for problem in problems if (problem.line, problem.column) not in reported]
        return ConfigError(
            [
                self.source.problem(
                    Place(problem.line, problem.column, problem.width), problem.text, problem.note
                )
                for problem in sorted(self.problems + new)
            ]
        )


def is_secret(loc: Loc) -> bool:
    """Whether a value may be a stream key: nearly all of ``targets``, and what is called like a secret."""
    names = [step for step in loc if isinstance(step, str)]
    if names[:1] == ["targets"]:
        return names[-1] not in _OPEN_TARGET_KEYS
    return any(_SECRET_NAME.search(name) and not name.endswith(_NAMES_A_FILE) for name in names)


def read_document(source: Source) -> Document:
    """Parse a file. Raises ConfigError where it is not YAML or uses what this station refuses in YAML."""
    document = Document(source)
    fatal: Problem | None = None
    try:
        _Builder(document).read()
    except _Refused as error:
        fatal = error.problem
    except YAMLError as error:
        source.mask_unparsed()
        fatal = Problem(*explain(source, error))
    if fatal:
        raise document.error([fatal])
    return document


class _Refused(Exception):
    def __init__(self, event: Event, text: str) -> None:
        start = event.start_mark
        self.problem = Problem(start.line, start.column, text, _width(event))


class _Builder:
    """Builds a Document from the stream of events."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.events: Iterator[Event] = iter(YAML(typ="safe", pure=True).parse(document.source.text))

    def read(self) -> None:
        for event in self.events:
            if not isinstance(event, DocumentStartEvent):
                continue
            if not self.document.empty:
                raise _Refused(event, "a second document begins here. One file holds one; remove this '---'.")
            self.document.data = self.value(next(self.events), ())
            self.document.empty = False

    def value(self, event: Any, loc: Loc) -> Any:
        if isinstance(event, AliasEvent):
            raise _Refused(event, "aliases ('*name') are refused. Write the value out.")
        if event.tag is not None:
            raise _Refused(event, "tags ('!' and '!!') are refused. Write the bare value.")
        if len(loc) > MAX_DEPTH:
            raise _Refused(event, f"nested more than {MAX_DEPTH} levels deep.")
        place = Place(event.start_mark.line, event.start_mark.column, _width(event))
        # The parser places a value that is not there at whatever comes next; its key is the better place.
        absent = isinstance(event, ScalarEvent) and not place.width
        self.document.values[loc] = self.document.keys.get(loc, place) if absent else place
        if isinstance(event, MappingStartEvent):
            return self.mapping(loc)
        if isinstance(event, SequenceStartEvent):
            return self.sequence(loc)
        return self.scalar(event, loc)

    def mapping(self, loc: Loc) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while not isinstance(event := next(self.events), MappingEndEvent):
            if not isinstance(event, ScalarEvent):
                raise _Refused(event, "a key is a plain name, followed by ':'.")
            name, place = event.value, Place(event.start_mark.line, event.start_mark.column, _width(event))
            if is_secret((*loc, name)) and not quotable(name):
                self.document.source.mask(place, replace(place, column=place.column + place.width))
            if name not in result:
                self.document.keys[*loc, name] = place
                result[name] = self.value(next(self.events), (*loc, name))
                continue
            first = self.document.keys[*loc, name].line + 1
            shown = f" '{name}'" if quotable(name) else ""
            text = f"duplicate key{shown}. It stands on line {first} already; remove one of the two."
            self.document.problems.append(Problem(place.line, place.column, text, place.width))
            self.value(next(self.events), (*loc, name, "duplicate"))
        return result

    def sequence(self, loc: Loc) -> tuple[Any, ...]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), SequenceEndEvent):
            items.append(self.value(event, (*loc, len(items))))
        return tuple(items)

    def scalar(self, event: Any, loc: Loc) -> Any:
        names_a_file = bool(loc) and str(loc[-1]).endswith(_NAMES_A_FILE)
        secret = is_secret(loc) or (names_a_file and looks_like_a_key(event.value))
        if secret:
            start, end = event.start_mark, event.end_mark
            self.document.source.mask(Place(start.line, start.column), Place(end.line, end.column))
        text: str = event.value
        if not event.implicit[0]:
            return text
        if not secret and (doubt := _doubt(text)):
            place = self.document.values[loc]
            self.document.problems.append(Problem(place.line, place.column, doubt, place.width))
            return text
        if text in _NULL:
            return None
        if text in _BOOLEANS:
            return _BOOLEANS[text]
        if _INTEGER.fullmatch(text):
            return int(text)
        return float(text) if _FLOAT.fullmatch(text) else text


def _doubt(text: str) -> str:
    """Why a plain word is not taken as text, or nothing."""
    if _BOOLEAN_IN_1_1.fullmatch(text):
        return (
            f"some YAML readers take '{text}' for a boolean, others for text. "
            f"Write true or false, or quote the text: '{text}'."
        )
    if _NUMBER_IN_1_1.fullmatch(text):
        return (
            f"some YAML readers take '{text}' for a number of another base, others for text. "
            f"Write a plain number, or quote the text: '{text}'."
        )
    return ""


def _width(event: Event) -> int:
    start, end = event.start_mark, event.end_mark
    return end.column - start.column if start.line == end.line else 1
