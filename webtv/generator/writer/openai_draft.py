"""What a language model is asked to hand in, and finding it in what it says."""

from __future__ import annotations

import json
import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from webtv.domain import Direction, MovementKind, Speed
from webtv.generator.writer.music import Key, Mode

LONGEST_ANSWER = 40_000
"""Characters of an answer that are read: the last ones."""


def _strictly(schema: dict[str, Any]) -> None:
    """As strict structured output wants schemas: all keys required and no others. We read more leniently."""
    schema["required"] = list(schema["properties"])
    schema["additionalProperties"] = False
    for field in schema["properties"].values():
        field.pop("default", None)


class _Drafted(BaseModel):
    model_config = ConfigDict(frozen=True, json_schema_extra=_strictly)


class DraftMovement(_Drafted):
    kind: MovementKind = "static"
    direction: Direction = "none"
    speed: Speed = "still"


class DraftShot(_Drafted):
    subject: str
    action: str
    setting: str
    framing: str
    movement: DraftMovement
    light: str
    palette: str
    style: str
    slow_motion: float = 1.0
    transition: Literal["cut", "dissolve"] = "cut"
    length: float = 1.0


class DraftMusic(_Drafted):
    mood: str
    key: Key = "A"
    mode: Mode = "minor"
    tempo_bpm: float = 90
    energy: float = 0.5
    instruments: list[str]


class Draft(_Drafted):
    """Texts and wishes; seeds and exact lengths are ours to give."""

    title: str
    shots: list[DraftShot]
    music: DraftMusic


def json_object(text: str) -> dict[str, Any] | None:
    """The last JSON object with shots in it: some models fence it, or draft others while they think aloud."""
    text, decoder = text[-LONGEST_ANSWER:], json.JSONDecoder()
    found, end = None, 0
    for match in re.finditer(r"\{", text):
        if match.start() < end:
            continue
        try:
            value, after = decoder.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and "shots" in value:
            found, end = value, after
    return found
