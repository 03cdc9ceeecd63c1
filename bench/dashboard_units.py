"""Values as people read them, in the units that the dashboard names, and round numbers for an axis."""

from __future__ import annotations

import math
from collections.abc import Callable

_MOST_TICKS = 5


def words(value: float, unit: str, decimals: int | None = None) -> str:
    """Raises KeyError for a unit that the dashboard's tests do not allow."""
    return _UNITS[unit](value, decimals)


def ticks(least: float, most: float, unit: str) -> list[float]:
    """Up to five numbers between two that are round in the unit they read in."""
    scale = _scale(max(abs(least), abs(most)), unit)
    return [scale * tick for tick in _round_numbers(least / scale, most / scale)]


def _scale(value: float, unit: str) -> float:
    if unit == "s":
        return next((length_s for length_s in (3600.0, 60.0) if value >= length_s), 1.0)
    return 1024.0 ** int(math.log(max(value, 1), 1024)) if unit == "bytes" else 1.0


def _round_numbers(least: float, most: float) -> list[float]:
    """1, 2 or 5 times a power of ten apart."""
    rough = max(most - least, 1e-9) / (_MOST_TICKS - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(times * power for times in (1, 2, 5, 10) if times * power >= rough * 0.999)
    first, last = math.ceil(least / step - 1e-9), math.floor(most / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def _plain(value: float, decimals: int | None) -> str:
    if decimals is None:
        decimals = next((places for places, from_ in enumerate((100, 10, 0.1)) if abs(value) >= from_), 3)
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _scaled(names: tuple[str, ...], base: int) -> Callable[[float, int | None], str]:
    def text(value: float, decimals: int | None) -> str:
        size = 0
        while abs(value) >= base and size < len(names) - 1:
            value, size = value / base, size + 1
        return f"{_plain(value, decimals)} {names[size]}".rstrip()

    return text


def _seconds(value: float, decimals: int | None) -> str:
    for length_s, name in ((3600, "h"), (60, "min"), (1, "s")):
        if abs(value) >= length_s or name == "s":
            break
    if 0 < abs(value) < 1:
        return f"{_plain(value * 1000, decimals)} ms"
    return f"{_plain(value / length_s, decimals)} {name}"


def _duration(value: float, _: int | None) -> str:
    for length_s, name in ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if value >= length_s or name == "second":
            break
    count = int(value / length_s)
    return f"{count} {name}{'' if count == 1 else 's'}"


_UNITS: dict[str, Callable[[float, int | None], str]] = {
    "none": _plain,
    "short": _scaled(("", "K", "Mil", "Bil"), 1000),
    "s": _seconds,
    "bytes": _scaled(("B", "KiB", "MiB", "GiB", "TiB"), 1024),
    "bps": _scaled(("b/s", "kb/s", "Mb/s", "Gb/s"), 1000),
    "percentunit": lambda value, decimals: f"{_plain(100 * value, decimals)}%",
    "reqps": lambda value, decimals: f"{_plain(value, decimals)} req/s",
    "dtdurations": _duration,
}
