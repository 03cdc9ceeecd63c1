"""However a file is damaged, it loads or is refused in words, and its stream key stays unseen."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from webtv.config import load_channel
from webtv.errors import ConfigError

CANARY = "live_81_canary"
TEXT = f"""title: Dreams
theme: >
  A sea of light
  under the aurora
engines:
  video: [procedural]
format: {{fps: 30, width: 640}}
targets:
  - rtmp://live.twitch.tv/app/{CANARY}
  - url: rtmp://127.0.0.1/live/{CANARY}
    name: home
  - {{url: "rtmp://10.0.0.1/tv/{CANARY}", enabled: true}}
  - key: '{CANARY}'
"""
BITS = [
    " ",
    "  ",
    "\n",
    "\t",
    ":",
    ": ",
    "- ",
    "'",
    '"',
    "[",
    "]",
    "{",
    "}",
    "#",
    "&a ",
    "*a",
    "!!x ",
    "|",
    ">",
    "---\n",
    "\0",
    "é",
]


def damaged(dice: random.Random) -> str:
    text = TEXT
    for _ in range(dice.randint(1, 4)):
        # The canary itself stays whole, so that its showing can be told.
        inside = {match.start() + step for match in re.finditer(CANARY, text) for step in range(len(CANARY))}
        position = dice.choice([spot for spot in range(len(text) + 1) if spot not in inside])
        match dice.randint(0, 3):
            case 0:
                text = text[:position] + text[position + 1 :]
            case 1:
                text = text[:position] + dice.choice(BITS) + text[position:]
            case 2:
                lines = text.split("\n")
                line = dice.choice([number for number, line in enumerate(lines)])
                lines[line] = " " * dice.randint(0, 5) + lines[line].lstrip()
                text = "\n".join(lines)
            case _:
                text = (
                    text[:position]
                    if dice.random() < 0.2
                    else text[:position] + text[position:].replace("\n", " ", 1)
                )
    return text


@pytest.mark.parametrize("seed", range(300))
def test_a_damaged_file_is_refused_without_showing_its_key(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "dreams.yaml"
    path.write_text(damaged(random.Random(seed)))
    try:
        assert CANARY not in repr(load_channel(path))
    except ConfigError as error:
        assert CANARY not in str(error)
        assert str(error).startswith(str(path))
