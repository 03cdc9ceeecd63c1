"""Makes Grafana's JSON of what ``monitoring/panels.py`` describes.

``python -m monitoring.dashboard`` writes ``monitoring/grafana/webtv.json``. Edit panels.py, not that one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from monitoring.panels import RED, ROWS, Panel, Row

OUTPUT = Path(__file__).parent / "grafana" / "webtv.json"

Json = dict[str, Any]

_DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
_COLUMNS = 24


def dashboard() -> Json:
    """The whole dashboard as Grafana reads it (schema 39, Grafana 11 and later)."""
    return {
        "uid": "webtv",
        "title": "webtv",
        "description": "Stations of webtv: what is on air, what is ahead of it, what is made.",
        "tags": ["webtv"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "10s",
        "time": {"from": "now-3h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": _variables()},
        "annotations": {"list": [_alerts()]},
        "links": [],
        "panels": list(_placed(ROWS)),
    }


def _variables() -> list[Json]:
    return [
        {
            "name": "datasource",
            "label": "Prometheus",
            "type": "datasource",
            "query": "prometheus",
            "refresh": 1,
        },
        _values("station", "Station", "label_values(webtv_build_info, instance)"),
        _values("channel", "Channel", 'label_values(webtv_on_air{instance=~"$station"}, channel)'),
    ]


def _values(name: str, label: str, query: str) -> Json:
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": _DATASOURCE,
        "query": {"query": query, "refId": name},
        "definition": query,
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "current": {"text": ["All"], "value": ["$__all"]},
    }


def _alerts() -> Json:
    return {
        "name": "Alerts",
        "datasource": _DATASOURCE,
        "enable": True,
        "expr": 'ALERTS{alertname=~"Webtv.+", alertstate="firing"}',
        "iconColor": RED,
        "titleFormat": "{{alertname}}",
        "textFormat": "{{channel}} {{target}} {{engine}}",
    }


def _placed(rows: Sequence[Row]) -> Iterator[Json]:
    """Rows and their panels from left to right and downwards, each with an id of its own."""
    ids, y = iter(range(1, 10_000)), 0
    for row in rows:
        head: Json = {
            "id": next(ids),
            "type": "row",
            "title": row.title,
            "collapsed": False,
            "gridPos": {"x": 0, "y": y, "w": _COLUMNS, "h": 1},
            "panels": [],
        }
        if row.repeat:
            head |= {"repeat": row.repeat}
        yield head
        y, x, line_height = y + 1, 0, 0
        for panel in row.panels:
            if x + panel.width > _COLUMNS:
                y, x, line_height = y + line_height, 0, 0
            place = {"x": x, "y": y, "w": panel.width, "h": panel.height}
            yield {"id": next(ids), "gridPos": place} | _panel(panel)
            x, line_height = x + panel.width, max(line_height, panel.height)
        y += line_height


def _panel(panel: Panel) -> Json:
    return {
        "type": panel.kind,
        "title": panel.title,
        "description": panel.text,
        "datasource": _DATASOURCE,
        "targets": [
            {
                "refId": chr(ord("A") + number),
                "datasource": _DATASOURCE,
                "expr": query.expr,
                "legendFormat": query.legend or "__auto",
                "instant": panel.kind == "stat",
                "range": panel.kind != "stat",
            }
            for number, query in enumerate(panel.queries)
        ],
        "fieldConfig": {"defaults": _defaults(panel), "overrides": []},
        "options": _OPTIONS[panel.kind],
    }


def _defaults(panel: Panel) -> Json:
    steps = [{"value": value, "color": colour} for value, colour in panel.steps]
    words = {str(value): {"text": text, "color": colour} for value, (text, colour) in panel.words.items()}
    found: Json = {
        "unit": panel.unit,
        "thresholds": {"mode": "absolute", "steps": steps},
        "mappings": [{"type": "value", "options": words}] if words else [],
    }
    given = {
        "min": panel.least,
        "max": panel.most,
        "decimals": panel.decimals,
        "noValue": panel.nothing,
    }
    found |= {name: value for name, value in given.items() if value is not None}
    if panel.kind == "timeseries":
        marks = "dashed" if len(panel.steps) > 1 else "off"
        found["custom"] = {
            "lineWidth": 1,
            "fillOpacity": 10,
            "showPoints": "never",
            "stacking": {"mode": "normal" if panel.stacked else "none"},
            "thresholdsStyle": {"mode": marks},
        }
    return found


_OPTIONS: dict[str, Json] = {
    "stat": {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "textMode": "auto",
        "colorMode": "value",
        "graphMode": "none",
    },
    "timeseries": {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
        "tooltip": {"mode": "multi", "sort": "desc"},
    },
    "state-timeline": {
        "mergeValues": True,
        "showValue": "never",
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
        "tooltip": {"mode": "single"},
    },
}


def text() -> str:
    return json.dumps(dashboard(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    OUTPUT.write_text(text(), encoding="utf-8")
