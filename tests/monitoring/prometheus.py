"""Debian's Prometheus on a free loopback port, with what is shipped; mostly with the rules in a hurry."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.ingests import free_port

MONITORING = Path(__file__).parents[2] / "monitoring"
RULE_FILES = ("rules.yml", "alerts.yml")
FOR_DIVISOR, RANGE_DIVISOR = 240, 60
"""How much sooner alerts fire, and how much shorter rules look back, than in the shipped files."""
_LEAST_RANGE_S = 5
_INTERVAL = "250ms"
_UP_S = 60.0
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def promtool(*arguments: str, given: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    program = shutil.which("promtool")
    assert program, "promtool is needed: apt-get install prometheus"
    return subprocess.run(
        [program, *arguments], input=given, capture_output=True, timeout=120, check=False, cwd=MONITORING
    )


def hurried(rules: str) -> str:
    """Rules that come to the same conclusions within seconds: their durations divided, all else unchanged."""

    def of_for(found: re.Match[str]) -> str:
        return f"{found[1]}{int(1000 * int(found[2]) * _SECONDS[found[3]] / FOR_DIVISOR)}ms"

    def of_range(found: re.Match[str]) -> str:
        return f"[{max(_LEAST_RANGE_S, int(found[1]) * _SECONDS[found[2]] // RANGE_DIVISOR)}s]"

    rules = re.sub(r"^(\s+(?:for|interval): )(\d+)([smhd])$", of_for, rules, flags=re.M)
    return re.sub(r"\[(\d+)([smhd])\]", of_range, rules)


@dataclass(frozen=True)
class Prometheus:
    port: int

    def get(self, path: str, **query: str) -> Any:
        """The ``data`` of an answer of the HTTP API."""
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=60) as answer:
            found = json.load(answer)
        assert found["status"] == "success", found
        return found["data"]

    def series(self, expr: str) -> list[dict[str, Any]]:
        """What an expression gives now; for a bare number, that one value."""
        found = self.get("query", query=expr)
        return [{"value": found["result"]}] if found["resultType"] == "scalar" else list(found["result"])

    def firing(self) -> dict[str, dict[str, str]]:
        """Annotations of the alerts that fire now, by name."""
        alerts = self.get("alerts")["alerts"]
        return {a["labels"]["alertname"]: a["annotations"] for a in alerts if a["state"] == "firing"}


@contextmanager
def prometheus(folder: Path, stations: Sequence[int], *, in_a_hurry: bool = True) -> Iterator[Prometheus]:
    """Scrapes the stations on these ports of this machine; unless ``in_a_hurry``, at the shipped pace."""
    folder.mkdir()
    for name in RULE_FILES:
        shipped = (MONITORING / name).read_text()
        (folder / name).write_text(hurried(shipped) if in_a_hurry else shipped)
    config = (MONITORING / "prometheus" / "prometheus.yml").read_text().replace("../", "")
    if in_a_hurry:
        config = re.sub(r"(_interval: )\d+s", rf"\g<1>{_INTERVAL}", config)
    config = config.replace("127.0.0.1:8800", ", ".join(f"127.0.0.1:{port}" for port in stations))
    (folder / "prometheus.yml").write_text(config)
    program, port = shutil.which("prometheus"), free_port()
    assert program, "Prometheus is needed: apt-get install prometheus"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                program,
                "--config.file=prometheus.yml",
                "--storage.tsdb.path=data",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        _wait_until_ready(port, folder / "log")
        yield Prometheus(port)
    finally:
        process.terminate()
        process.wait(_UP_S)


def _wait_until_ready(port: int, log: Path) -> None:
    until = time.monotonic() + _UP_S
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"Prometheus did not come up: {log.read_text()[-2000:]}")
