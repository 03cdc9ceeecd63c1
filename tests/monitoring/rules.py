"""The alerting and recording rules, as Prometheus reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.monitoring.prometheus import MONITORING, RULE_FILES


def loaded(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text())


def rules(kind: str) -> list[dict[str, Any]]:
    files = [loaded(MONITORING / name) for name in RULE_FILES]
    return [rule for file in files for group in file["groups"] for rule in group["rules"] if kind in rule]


ALERTS = {rule["alert"]: rule for rule in rules("alert")}
BUFFER_FALLING = "WebtvBufferFalling"
"""Takes minutes to fire in real time: see ``test_live_plan.py``."""
