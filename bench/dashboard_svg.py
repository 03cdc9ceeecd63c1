"""A dashboard as a dark SVG: its panels where the JSON has them, with what was asked for them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from bench.dashboard_data import Board, Panel, Series, Window
from bench.dashboard_units import ticks, words

_COLUMN, _UNIT, _GAP = 50, 34, 6
_WIDTH = 24 * _COLUMN
_PAGE, _PANEL, _EDGE, _GRID = "#111217", "#181b1f", "#2c3235", "#2a2d33"
_TEXT, _WEAK = "#d8d9da", "#9fa3a9"
_NAMED = {"green": "#73bf69", "red": "#f2495c", "blue": "#5794f2"}
_PALETTE = ("#73bf69", "#f2cc0c", "#5794f2", "#ff780a", "#f2495c", "#b877d9", "#8ab8ff", "#ffa6b0")
_LETTER, _BOLD = 0.56, 0.64
"""Of its size: how wide a letter is on average, to know what fits."""
_SIZE, _SMALL = 14, 12

Json = Mapping[str, Any]


def drawn(board: Board) -> str:
    height = max(panel.y + panel.h for panel in board.panels) * _UNIT + _GAP
    parts = [part for panel in board.panels for part in _panel(panel, board)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'font-family="Inter,Helvetica,Arial,sans-serif" font-size="{_SIZE}">\n'
        f'<rect width="{_WIDTH}" height="{height}" fill="{_PAGE}"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


@dataclass(frozen=True)
class _Box:
    x: float
    y: float
    w: float
    h: float


def _panel(panel: Panel, board: Board) -> Iterator[str]:
    box = _Box(panel.x * _COLUMN, panel.y * _UNIT, panel.w * _COLUMN - _GAP, panel.h * _UNIT - _GAP)
    if panel.kind == "row":
        folded = not any(other.y == panel.y + 1 for other in board.panels if other.kind != "row")
        sign = "▸" if folded else "▾"
        yield _text(box.x + 10, box.y + 21, f"{sign}  {panel.title}", _TEXT, size=16, weight=600)
        return
    yield _rect(box, _PANEL, f' stroke="{_EDGE}" rx="3"')
    yield _text(box.x + 10, box.y + 20, panel.title, _TEXT, weight=600)
    inner = _Box(box.x + 10, box.y + 30, box.w - 20, box.h - 38)
    if not panel.series:
        yield _text(
            box.x + box.w / 2,
            box.y + box.h / 2,
            panel.defaults.get("noValue", "No data"),
            _WEAK,
            anchor="middle",
        )
    else:
        yield from _DRAWN[panel.kind](panel, board, inner)


def _stat(panel: Panel, _: Board, box: _Box) -> Iterator[str]:
    """Large values side by side, each with its name where there are several."""
    share = box.w / len(panel.series)
    values = [_value(panel, series.points[-1][1]) for series in panel.series]
    size = min(34.0, 0.88 * share / (_BOLD * max(len(text) for text, _ in values)))
    for number, (series, (text, colour)) in enumerate(zip(panel.series, values, strict=True)):
        middle = box.x + share * (number + 0.5)
        if len(values) > 1:
            yield _text(middle, box.y + 16, series.name, _WEAK, anchor="middle")
        yield _text(middle, box.y + box.h / 2 + 16, text, colour, size=size, weight=600, anchor="middle")


def _state_timeline(panel: Panel, board: Board, box: _Box) -> Iterator[str]:
    """A bar for each series, in the colours of its states."""
    plot = _with_names(panel, box)
    yield from _time_axis(board.window, plot)
    height = plot.h / len(panel.series)
    thick = min(0.72 * height, 40)
    for number, series in enumerate(panel.series):
        top = plot.y + number * height
        yield _text(plot.x - 8, top + height / 2 + 4, series.name, _WEAK, size=_SMALL, anchor="end")
        for begin_s, end_s, value in _states(series, board.window):
            left, right = (_across(at_s, board.window, plot) for at_s in (begin_s, end_s))
            bar = _Box(left, top + (height - thick) / 2, max(1.0, right - left), thick)
            yield _rect(bar, _value(panel, value)[1], ' fill-opacity="0.85"')
    yield from _legend([(text, _colour(colour)) for text, colour in _mapped(panel).values()], box)


def _with_names(panel: Panel, box: _Box) -> _Box:
    wide = max(len(series.name) for series in panel.series) * _SMALL * _LETTER + 10
    return _Box(box.x + wide, box.y, box.w - wide, box.h - 42)


def _states(series: Series, window: Window) -> Iterator[tuple[float, float, float]]:
    """From when to when a series had which value."""
    begin_s, value = series.points[0]
    for at_s, other in series.points[1:]:
        if other != value:
            yield begin_s, at_s, value
            begin_s, value = at_s, other
    yield begin_s, window.end_s, value


def _timeseries(panel: Panel, board: Board, box: _Box) -> Iterator[str]:
    lines = _stacked(panel.series) if _custom(panel)["stacking"]["mode"] == "normal" else panel.series
    named = [(series.name, _PALETTE[index % len(_PALETTE)]) for index, series in enumerate(panel.series)]
    legend = list(_legend(named, box))
    plot = _Box(box.x + 52, box.y, box.w - 56, box.h - 24 - 18 * _legend_lines(named, box))
    least, most = _limits(panel, lines)
    yield from _time_axis(board.window, plot)
    for tick in ticks(least, most, panel.defaults["unit"]):
        y = _up(tick, least, most, plot)
        yield _line([(plot.x, y), (plot.x + plot.w, y)], _GRID)
        yield _text(plot.x - 7, y + 4, words(tick, panel.defaults["unit"]), _WEAK, size=_SMALL, anchor="end")
    for stretches in board.firing.values():
        for begin_s, end_s in stretches:
            left, right = (_across(at_s, board.window, plot) for at_s in (begin_s, end_s))
            yield _rect(_Box(left, plot.y, right - left, plot.h), _NAMED["red"], ' fill-opacity="0.1"')
            yield _line([(left, plot.y), (left, plot.y + plot.h)], _NAMED["red"], ' stroke-dasharray="3 3"')
    for step in (
        panel.defaults["thresholds"]["steps"] if _custom(panel)["thresholdsStyle"]["mode"] == "dashed" else ()
    ):
        if step["value"] is not None and least <= step["value"] <= most:
            y = _up(step["value"], least, most, plot)
            yield _line(
                [(plot.x, y), (plot.x + plot.w, y)], _colour(step["color"]), ' stroke-dasharray="8 5"'
            )
    for series, (_, colour) in zip(lines, named, strict=True):
        points = [(_across(at_s, board.window, plot), _up(v, least, most, plot)) for at_s, v in series.points]
        yield from _curve(points, colour, plot, wide_gap=plot.w / 40)
    yield from legend


def _curve(points: Sequence[tuple[float, float]], colour: str, plot: _Box, wide_gap: float) -> Iterator[str]:
    """A line that is broken where points are missing, over a faint area."""
    begin = 0
    for index in range(1, len(points) + 1):
        if index == len(points) or points[index][0] - points[index - 1][0] > wide_gap:
            part = points[begin:index]
            floor = plot.y + plot.h
            area = [(part[0][0], floor), *part, (part[-1][0], floor)]
            shape = " ".join(f"{x:.1f},{y:.1f}" for x, y in area)
            yield f'<polygon points="{shape}" fill="{colour}" fill-opacity="0.1"/>'
            yield _line(part, colour, ' stroke-width="1.6" stroke-linejoin="round"')
            begin = index


def _stacked(series: Sequence[Series]) -> list[Series]:
    below: dict[float, float] = {}
    lines = []
    for one in series:
        points = [(at_s, value + below.get(at_s, 0.0)) for at_s, value in one.points]
        below |= dict(points)
        lines.append(Series(one.name, points))
    return lines


def _limits(panel: Panel, lines: Sequence[Series]) -> tuple[float, float]:
    values = [value for series in lines for _, value in series.points]
    least = panel.defaults.get("min", min(values))
    most = panel.defaults.get("max", max(values))
    if most <= least:
        most = least + (1 if least == 0 else abs(least))
    room = 0.06 * (most - least)
    return least - (0 if "min" in panel.defaults else room), most + (0 if "max" in panel.defaults else room)


def _legend(items: Sequence[tuple[str, str]], box: _Box) -> Iterator[str]:
    bottom = box.y + box.h - 18 * (_legend_lines(items, box) - 1)
    for name, colour, x, row in _legend_places(items, box):
        y = bottom + 18 * row
        yield _line([(box.x + x, y - 4), (box.x + x + 14, y - 4)], colour, ' stroke-width="3"')
        yield _text(box.x + x + 20, y, name, _TEXT, size=_SMALL)


def _legend_lines(items: Sequence[tuple[str, str]], box: _Box) -> int:
    return 1 + max((row for *_, row in _legend_places(items, box)), default=0)


def _legend_places(items: Sequence[tuple[str, str]], box: _Box) -> Iterator[tuple[str, str, float, int]]:
    x, row = 0.0, 0
    for name, colour in items:
        wide = 34 + len(name) * _SMALL * _LETTER
        if x and x + wide > box.w:
            x, row = 0.0, row + 1
        yield name, colour, x, row
        x += wide


def _time_axis(window: Window, plot: _Box) -> Iterator[str]:
    every_s = 120 if window.end_s - window.begin_s > 240 else 30
    for at_s in range(int(-(-window.begin_s // every_s) * every_s), int(window.end_s), every_s):
        x = _across(at_s, window, plot)
        yield _line([(x, plot.y), (x, plot.y + plot.h)], _GRID)
        yield _text(
            x,
            plot.y + plot.h + 15,
            time.strftime("%H:%M", time.gmtime(at_s)),
            _WEAK,
            size=_SMALL,
            anchor="middle",
        )


def _value(panel: Panel, value: float) -> tuple[str, str]:
    """What a value reads as, and its colour: by the panel's words, else by unit and thresholds."""
    if (mapped := _mapped(panel).get(f"{value:g}")) is not None:
        return mapped[0], _colour(mapped[1])
    steps = panel.defaults["thresholds"]["steps"]
    colour = next(s["color"] for s in reversed(steps) if s["value"] is None or value >= s["value"])
    return words(value, panel.defaults["unit"], panel.defaults.get("decimals")), _colour(colour)


def _mapped(panel: Panel) -> dict[str, tuple[str, str]]:
    mappings = panel.defaults["mappings"]
    options = mappings[0]["options"] if mappings else {}
    return {value: (option["text"], option["color"]) for value, option in options.items()}


def _custom(panel: Panel) -> Json:
    found: Json = panel.defaults["custom"]
    return found


def _across(at_s: float, window: Window, plot: _Box) -> float:
    at_s = min(max(at_s, window.begin_s), window.end_s)
    return plot.x + plot.w * (at_s - window.begin_s) / (window.end_s - window.begin_s)


def _up(value: float, least: float, most: float, plot: _Box) -> float:
    share = (min(max(value, least), most) - least) / (most - least)
    return plot.y + plot.h * (1 - share)


def _colour(name: str) -> str:
    return _NAMED.get(name, name)


def _rect(box: _Box, fill: str, more: str = "") -> str:
    place = f'x="{box.x:.1f}" y="{box.y:.1f}" width="{box.w:.1f}" height="{box.h:.1f}"'
    return f'<rect {place} fill="{fill}"{more}/>'


def _line(points: Sequence[tuple[float, float]], colour: str, more: str = "") -> str:
    shape = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{shape}" fill="none" stroke="{colour}"{more}/>'


def _text(
    x: float,
    y: float,
    text: str,
    colour: str,
    *,
    size: float = _SIZE,
    weight: int = 400,
    anchor: str = "start",
) -> str:
    more = f' font-size="{size:.0f}"' if size != _SIZE else ""
    more += f' font-weight="{weight}"' if weight != 400 else ""
    more += f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}"{more}>{escape(text)}</text>'


_DRAWN = {"stat": _stat, "state-timeline": _state_timeline, "timeseries": _timeseries}
