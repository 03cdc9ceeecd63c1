"""What the doctor says of one thing that it looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["good", "warning", "bad"]


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``bad`` keeps the station, or a target, off air; ``mend`` says what to do."""

    verdict: Verdict
    what: str
    mend: str = ""
