"""What the dashboard's JSON asks a Prometheus for, as Grafana would: variables, repeated rows, legends."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.monitoring.prometheus import Prometheus

DASHBOARD = Path(__file__).parent.parent / "monitoring" / "grafana" / "webtv.json"

_STEP_S = 10
"""Grafana's, for so short a time: the scrape interval that the provisioned data source names."""
_RATE_S = 4 * _STEP_S
"""https://grafana.com/docs/grafana/latest/datasources/prometheus/template-variables/"""

Json = dict[str, Any]


@dataclass(frozen=True)
class Window:
    """Seconds since 1970."""

    begin_s: float
    end_s: float


@dataclass(frozen=True)
class Series:
    name: str
    points: list[tuple[float, float]]


@dataclass(frozen=True)
class Panel:
    """A panel of the JSON with what its queries gave; ``x``, ``y``, ``w`` and ``h`` in the grid's units."""

    kind: str
    title: str
    x: int
    y: int
    w: int
    h: int
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """``fieldConfig.defaults``: unit, thresholds, mappings, limits."""
    series: list[Series] = field(default_factory=list)


@dataclass(frozen=True)
class Board:
    window: Window
    panels: list[Panel]
    """Rows are among them, of the kind ``row``; one that is folded has no panels behind it."""
    firing: dict[str, list[tuple[float, float]]]
    """When alerts fired, by name, from and to."""


def ask(prom: Prometheus, window: Window) -> Board:
    """Ask every query of the shipped dashboard. Of a repeated row the first is open, others are folded."""
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    asked = _Asked(prom, window)
    values: dict[str, list[str]] = {}
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            values[variable["name"]] = asked.values(_filled(variable["query"]["query"], values))
    panels = [asked.panel(panel, chosen) for panel, chosen in _laid_out(dashboard["panels"], values)]
    (annotation,) = dashboard["annotations"]["list"]
    firing: dict[str, list[tuple[float, float]]] = {}
    for series in asked.over_time(annotation["expr"], annotation["titleFormat"]):
        firing.setdefault(series.name, []).extend(_stretches(series))
    return Board(window, panels, firing)


def _laid_out(
    panels: list[Json], values: Mapping[str, list[str]]
) -> Iterator[tuple[Json, Mapping[str, list[str]]]]:
    """Each panel where it comes to lie, with the variables that are in force there."""
    rows = [index for index, panel in enumerate(panels) if panel["type"] == "row"]
    moved = 0
    for begin, end in zip(rows, [*rows[1:], len(panels)], strict=True):
        repeated = panels[begin].get("repeat")
        for number, value in enumerate(values[repeated] if repeated else [""]):
            chosen = {**values, repeated: [value]} if repeated else values
            if number:
                moved += 1
                below = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels[begin:end])
            for panel in panels[begin : begin + 1] if number else panels[begin:end]:
                y = below + number - 1 if number else panel["gridPos"]["y"] + moved
                yield panel | {"gridPos": panel["gridPos"] | {"y": y}}, chosen


def _filled(text: str, values: Mapping[str, list[str]]) -> str:
    for name, chosen in values.items():
        # All of several is a group, as Grafana writes it; a backslash is escaped once more within PromQL.
        group = "|".join(re.sub(r"([.+*?()|\[\]{}^$\\])", r"\\\\\1", value) for value in chosen)
        text = text.replace(f"${name}", f"({group})" if len(chosen) > 1 else group)
    return text.replace("$__rate_interval", f"{_RATE_S}s")


@dataclass(frozen=True)
class _Asked:
    prom: Prometheus
    window: Window

    def values(self, query: str) -> list[str]:
        """Of ``label_values(SELECTOR, LABEL)``."""
        found = re.fullmatch(r"label_values\((.+), (\w+)\)", query)
        if found is None:
            raise ValueError(f"not a query of a variable: {query}")
        begin, end = str(self.window.begin_s), str(self.window.end_s)
        series = self.prom.get("series", **{"match[]": found[1], "start": begin, "end": end})
        return sorted({labels[found[2]] for labels in series})

    def panel(self, panel: Json, values: Mapping[str, list[str]]) -> Panel:
        series: list[Series] = []
        for target in panel.get("targets", ()):
            expr = _filled(target["expr"], values)
            asks = self.now if target["instant"] else self.over_time
            series += asks(expr, target["legendFormat"])
        title = _titled(panel["title"], values)
        return Panel(
            panel["type"],
            title,
            **panel["gridPos"],
            defaults=panel.get("fieldConfig", {}).get("defaults", {}),
            series=series,
        )

    def now(self, expr: str, legend: str) -> list[Series]:
        found = self.prom.get("query", query=expr, time=str(self.window.end_s))
        return [
            Series(_named(one["metric"], legend, expr), [(self.window.end_s, float(one["value"][1]))])
            for one in found["result"]
        ]

    def over_time(self, expr: str, legend: str) -> list[Series]:
        begin, end = (int(at_s // _STEP_S * _STEP_S) for at_s in (self.window.begin_s, self.window.end_s))
        found = self.prom.get("query_range", query=expr, start=str(begin), end=str(end), step=str(_STEP_S))
        return [
            Series(
                _named(one["metric"], legend, expr),
                [(at_s, float(value)) for at_s, value in one["values"] if value != "NaN"],
            )
            for one in found["result"]
        ]


def _titled(title: str, values: Mapping[str, list[str]]) -> str:
    for name, chosen in values.items():
        title = title.replace(f"${name}", " + ".join(chosen))
    return title


def _named(labels: Mapping[str, str], legend: str, expr: str) -> str:
    """As Grafana's legends are: by its format, else by labels, else by the query."""
    if legend == "__auto":
        shown = ", ".join(f'{name}="{value}"' for name, value in labels.items() if name != "__name__")
        return f"{{{shown}}}" if shown else expr
    return re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found[1], ""), legend) or "Value"


def _stretches(series: Series) -> Iterator[tuple[float, float]]:
    """From when to when there were points without a gap."""
    begin = last = None
    for at_s, _ in series.points:
        if begin is None or last is None or at_s - last > _STEP_S:
            if begin is not None and last is not None:
                yield begin, last
            begin = at_s
        last = at_s
    if begin is not None and last is not None:
        yield begin, last
