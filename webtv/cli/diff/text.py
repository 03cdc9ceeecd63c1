"""Changes as text for a terminal, and as JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence

from webtv.config.diff import Change
from webtv.config.excerpt import before_and_after

_COLUMNS = 80


def as_text(found: Sequence[Change | str]) -> str:
    """When each change shows, and below it what was and would be; for a terminal of 80 columns."""
    return "\n".join(line for change in found for line in _lines(change)) or "nothing would change"


def as_json(found: Sequence[Change | str]) -> str:
    """A list of ``{key, old, new, when, text}``; what is not known is null."""
    return json.dumps([_record(change) for change in found], indent=1, default=str, ensure_ascii=False)


def _record(change: Change | str) -> dict[str, object]:
    if isinstance(change, str):
        return {"key": change.partition(": ")[0], "old": None, "new": None, "when": None, "text": change}
    what = {"key": change.key, "old": change.old, "new": change.new}
    return what | {"when": change.when, "text": change.text}


def _lines(change: Change | str) -> Iterator[str]:
    text = change if isinstance(change, str) else change.text
    yield from textwrap.wrap(text, _COLUMNS, subsequent_indent="    ", break_long_words=False)
    if isinstance(change, Change) and change.key != "channel":
        yield from before_and_after(change.old, change.new, _COLUMNS)
