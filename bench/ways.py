"""An engine beside the plain library with its defaults, as figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench.accelerator import Spent, roofline_tflops
from bench.table import Figure


@dataclass(frozen=True)
class Way:
    """What ``count`` pieces, takes or beds of ``seconds`` each, took together."""

    seconds: float
    spent: Spent
    tflop: float = 0.0
    """Counted work; 0 where nobody counted."""
    count: int = 1

    @property
    def rate(self) -> float:
        """Seconds that were made in a second."""
        return self.count * self.seconds / self.spent.seconds

    def figures(self, whose: str, piece: str, device: str, promises: Mapping[str, str]) -> list[Figure]:
        kind = "music" if piece == "bed" else "clip"
        shown = [
            Figure(f"{whose}seconds per {piece} of {self.seconds:g} s", self.spent.seconds / self.count, "s"),
            Figure(f"{whose}seconds of {kind} per second", self.rate, "s"),
        ]
        if self.tflop:
            share = share_of_roofline(self.tflop, self.spent, device)
            shown.append(Figure(f"{whose}share of the roofline", share, "%", promises.get("share", "")))
        if self.spent.peak_gb:
            shown.append(Figure(f"{whose}peak memory", self.spent.peak_gb, "GB", promises.get("memory", "")))
        return shown


def share_of_roofline(tflop: float, spent: Spent, device: str) -> float:
    """In percent."""
    return 100 * tflop / spent.seconds / roofline_tflops(device)


def compared(
    piece: str,
    ours: Way,
    plain: Way,
    *,
    device: str,
    library: str = "plain diffusers",
    promises: Mapping[str, str] | None = None,
) -> list[Figure]:
    """Both ways' figures. ``promises``: our ``share`` of the roofline, and how much ``faster`` we are."""
    promises = promises or {}
    return [
        *ours.figures("", piece, device, promises),
        Figure(f"throughput over {library}", ours.rate / plain.rate, "x", promises.get("faster", "")),
        *plain.figures(f"{library}: ", piece, device, {}),
    ]
