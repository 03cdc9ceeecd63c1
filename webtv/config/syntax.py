"""The YAML parser's complaints in the words of someone who edits the file."""

from __future__ import annotations

import re
from typing import Literal

from ruamel.yaml.error import MarkedYAMLError, YAMLError

from webtv.config.source import Source

_COMPLAINTS: tuple[tuple[str, Literal["problem", "context"], str], ...] = (
    (
        "unknown escape",
        "problem",
        "there is no such escape. Put the text in single quotes, or write \\\\ for \\.",
    ),
    ("quoted scalar", "context", "this quote is never closed."),
    ("flow sequence", "context", "this bracket is not closed by ']' where it should be."),
    ("flow mapping", "context", "this brace is not closed by '}' where it should be."),
    (
        "could not find expected ':'",
        "context",
        "expected 'key: value'. Is the ':' or the space behind it missing?",
    ),
    (
        "cannot start any token",
        "problem",
        "a value cannot begin with this character. Put the text in quotes.",
    ),
    (
        "sequence entries are not allowed",
        "problem",
        "a list cannot begin here. Put each '- ' at the start of a line, below the list's key.",
    ),
    ("expected a comment or a line break", "problem", "the text begins on the line below '>' or '|'."),
    ("chomping or indentation", "problem", "the text begins on the line below '>' or '|'."),
    ("expected the node content", "problem", "expected a value here."),
    (
        "expected '<document start>'",
        "problem",
        "this does not go on from the lines above. Expected 'key: value'.",
    ),
    (
        "expected <block end>",
        "problem",
        "this does not fit the lines above. Is it indented by as many spaces as they are?",
    ),
)


def explain(source: Source, error: YAMLError) -> tuple[int, int, str]:
    """Line and column, from 0, and what is wrong there."""
    if not isinstance(error, MarkedYAMLError):
        # The reader's own error: a character that YAML forbids.
        position: int = getattr(error, "position", 0)
        before = source.text[:position]
        return before.count("\n"), position - before.rfind("\n") - 1, "a control character. Remove it."
    mark = error.problem_mark or error.context_mark
    line = source.lines[mark.line] if mark.line < len(source.lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return mark.line, line.index("\t"), "a tab indents this line. YAML wants spaces."
    complaint = f"{error.context or ''} {error.problem or ''}"
    if "mapping values are not allowed" in complaint:
        return mark.line, mark.column, _stray_colon(line[: mark.column])
    for pattern, where, words in _COMPLAINTS:
        if pattern in complaint:
            place = error.context_mark if where == "context" else mark
            return place.line, place.column, words
    return mark.line, mark.column, f"this is not YAML: {error.problem}."


def _stray_colon(before: str) -> str:
    if re.search(r":\s", before):
        return "a second ': ' on this line. Put the text in quotes."
    return (
        "a key cannot begin here. Is it indented too far, or does the ':' of the line above lack its space?"
    )
