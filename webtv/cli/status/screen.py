"""A picture of the station as text, for terminals from 80 columns on; a pure function of what it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.progress_bar import ProgressBar
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from webtv.cli.status.ask import Json, Picture

_WIDE, _WIDER = 110, 140
_PROBLEMS = 4
_LOW_S, _VERY_LOW_S = 120, 30
_GB, _MB = 10**9, 10**6
_TARGET_CELLS = ("channel", "target", "state", "for", "lag", "sent", "begun anew", "server")
_STATES = {
    "on air": "green",
    "starting": "yellow",
    "behind": "yellow",
    "refused": "red",
    "down": "red",
    "stopped": "dim",
}


@dataclass(frozen=True)
class _Fitted:
    """Draws for the width that there is, and says so where the terminal is not high enough."""

    picture: Picture
    silent_s: float | None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        parts = Group(*_parts(self.picture, self.silent_s, options.max_width))
        lines = console.render_lines(parts, options.update(height=None))
        height = options.height
        if height is not None and len(lines) > height:
            more = f"… {len(lines) - height + 1} more lines: make the terminal higher"
            lines = lines[: height - 1] + console.render_lines(
                Text(more, style="dim"), options.update(height=1)
            )
        for line in lines:
            yield from line
            yield Segment.line()


def draw(picture: Picture, *, silent_s: float | None = None) -> RenderableType:
    """The station as it was; ``silent_s`` says for how long nobody has answered since."""
    return _Fitted(picture, silent_s)


def draw_nothing(error: str, silent_s: float) -> RenderableType:
    """What to see while no station has answered yet."""
    return Group(Text(_clean(error), style="red"), Text(f"Tried again each second, for {_span(silent_s)}."))


def _parts(picture: Picture, silent_s: float | None, width: int) -> Iterator[RenderableType]:
    state = picture.state
    yield _header(state, picture.now, silent_s)
    if picture.note:
        yield Text(_clean(picture.note), style="yellow")
    yield from _problems(state["station"].get("problems") or [])
    if state["channels"]:
        yield Text()
        yield _channels(state["channels"], picture.now, width)
    else:
        yield Text("No channel is enabled. Add a file with a title and a theme.", style="yellow")
    pushed = [(one["id"], target) for one in state["channels"] for target in one.get("targets", [])]
    if pushed:
        yield Text()
        yield _targets(pushed, picture.now, width)
        yield from _troubles(pushed)
    if state["orders"]:
        yield Text()
        yield _orders(state["orders"], width)
    resting = [engine for engine in state["engines"] if not engine["up"]]
    if resting:
        yield Text()
        yield from map(_engine, resting)


def _header(state: Json, now: datetime, silent_s: float | None) -> Text:
    station, channels = state["station"], state["channels"]
    on_air = sum(bool(one["on_air"]) for one in channels)
    words = [
        f"webtv {station['version']}",
        f"{on_air} of {len(channels)} on air",
    ]
    if "uptime_s" in station:
        words.append(f"up {_span(station['uptime_s'])}")
    if "free_gb" in station:
        words.append(f"{station['free_gb']:.0f} GB free")
    if refused := state.get("quarantine"):
        words.append(f"{len(refused)} in quarantine")
    header = Text("  ".join([*words, f"{now.astimezone():%H:%M:%S}"]), style="bold")
    if silent_s is not None:
        header.append(f"\nNo answer for {_span(silent_s)}; tried again each second.", style="bold red")
    return header


def _problems(problems: list[Json]) -> Iterator[Text]:
    for problem in problems[:_PROBLEMS]:
        text = str(problem["text"]).split("\n", 1)[0]
        yield Text(f"✗ {_clean(text)}", style="red")
    if len(problems) > _PROBLEMS:
        more = len(problems) - _PROBLEMS
        yield Text(f"✗ and {more} more files: 'webtv check' tells all", style="red")


def _table(*columns: str, right: tuple[str, ...] = (), stretched: tuple[str, ...] = ()) -> Table:
    table = Table(box=None, expand=True, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in columns:
        table.add_column(
            name,
            justify="right" if name in right else "left",
            no_wrap=True,
            overflow="ellipsis",
            ratio=1 if name in stretched else None,
        )
    return table


def _channels(channels: list[Json], now: datetime, width: int) -> Table:
    columns = ["channel", "air", "now", "left", "buffer", "fresh"]
    if width >= _WIDE:
        columns[3:3] = ["kind"]
        columns[5:5] = ["next"]
    if width >= _WIDER:
        columns += ["clips", "watched"]
    table = _table(*columns, right=("left", "buffer", "fresh", "clips"), stretched=("now", "next"))
    for one in channels:
        cells = _channel(one, now)
        if "next" not in columns and cells["next"]:
            cells["now"] = Text.assemble(cells["now"], "\n", cells["kind"], (", then ", "dim"), cells["next"])
        table.add_row(*(cells[name] for name in columns))
    return table


def _channel(one: Json, now: datetime) -> dict[str, Text]:
    airing, following = one["now"], one["next"][:1]
    cells = dict.fromkeys(("now", "kind", "left", "next", "buffer", "fresh", "clips", "watched"), Text())
    cells["channel"] = Text(_clean(one["id"]), style="bold")
    cells["air"] = Text("on air", style="green") if one["on_air"] else Text("off air", style="red")
    if airing:
        held = " held" if one.get("slate_until") else ""
        cells["now"] = Text(_clean(airing["title"]))
        cells["kind"] = Text(airing["kind"] + held, style="" if airing["kind"] == "fresh" else "dim")
        end_s = datetime.fromisoformat(airing["start"]).timestamp() + airing["seconds"]
        cells["left"] = Text(_span(max(0.0, end_s - now.timestamp())))
    if following:
        cells["next"] = Text(_clean(following[0]["title"]), style="dim")
    if "buffered_s" in one:
        ahead = one["buffered_s"]
        style = "red" if ahead < _VERY_LOW_S else "yellow" if ahead < _LOW_S else ""
        cells["buffer"] = Text(_span(ahead), style=style)
        cells["fresh"] = Text(f"{100 * one['fresh_share']:.0f} %")
        cells["clips"] = Text(str(one["clips"]))
        cells["watched"] = Text("yes" if one["watched"] else "no", style="" if one["watched"] else "dim")
    return cells


def _targets(pushed: list[tuple[str, Json]], now: datetime, width: int) -> Table:
    columns = list(_TARGET_CELLS)
    stretched = "target"
    if width >= _WIDE:
        stretched = "server"
    else:
        columns.remove("server")
    table = _table(*columns, right=("for", "lag", "sent", "begun anew"), stretched=(stretched,))
    for channel, target in pushed:
        cells = _target(channel, target, now)
        table.add_row(*(cells[name] for name in columns))
    return table


def _target(channel: str, target: Json, now: datetime) -> dict[str, Text]:
    state = target["state"]
    cells = {"channel": Text(_clean(channel)), "state": Text(state, style=_STATES.get(state, ""))}
    if "name" not in target:  # what everybody may see
        return dict.fromkeys(_TARGET_CELLS, Text()) | cells
    lag_s = target["lag_s"]
    since = datetime.fromisoformat(target["since"]).timestamp() if target["since"] else None
    return cells | {
        "target": Text(_clean(target["name"])),
        "for": Text(_span(max(0.0, now.timestamp() - since)) if since else ""),
        "lag": Text("" if lag_s is None else f"{lag_s:+.1f} s"),
        "sent": Text(_bytes(target["sent_bytes"])),
        "begun anew": Text(str(target["reconnects"] or "")),
        "server": Text(_clean(target["server"]), style="dim"),
    }


def _troubles(pushed: list[tuple[str, Json]]) -> Iterator[Text]:
    """Why targets are not on air, each on a line that may wrap."""
    for channel, target in pushed:
        if target.get("last_error") and target["state"] not in ("on air", "stopped"):
            yield Text(f"{channel} to {target['name']}: {_clean(target['last_error'])}", style="yellow")


def _orders(orders: list[Json], width: int) -> Table:
    table = _table("channel", "making", "step", "", "done", right=("done",), stretched=("making",))
    table.columns[3].min_width = table.columns[3].width = 10 if width < _WIDE else 30
    for order in orders:
        done = min(1.0, max(0.0, order["done"]))
        table.add_row(
            Text(_clean(order["channel"])),
            Text(_clean(order["title"])),
            Text(" ".join(filter(None, (order["step"], order.get("engine"))))),
            ProgressBar(total=1.0, completed=done),
            Text(f"{100 * done:.0f} %"),
        )
    return table


def _engine(engine: Json) -> Text:
    where = f" on {engine['device']}" if engine["device"] else ""
    again = "" if engine["next_try_s"] is None else f", tried again in {_span(engine['next_try_s'])}"
    why = f": {_clean(engine['reason'])}" if engine.get("reason") else "; the log says why"
    return Text(f"{engine['step']} {engine['engine']}{where} rests{again}{why}", style="yellow")


def _span(seconds: float) -> str:
    """0:07, 9:58, 1 h 02 min, 2 d 4 h"""
    whole = int(seconds)
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02}"
    if whole < 86_400:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    return f"{whole // 86_400} d {whole % 86_400 // 3600} h"


def _bytes(count: int) -> str:
    return f"{count / _GB:.1f} GB" if count >= _GB else f"{count / _MB:.0f} MB"


def _clean(text: Any) -> str:
    """Titles and errors come from models and servers: none may steer the terminal."""
    return "".join(char if char.isprintable() else " " for char in str(text))
