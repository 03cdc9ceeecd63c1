"""The shipped rules and alerts are sound, each is tested, and each says what to do."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup

from tests.monitoring.prometheus import MONITORING, RULE_FILES, promtool
from tests.monitoring.rules import ALERTS, loaded, rules
from webtv.broadcaster.status import REASONS
from webtv.cli import app
from webtv.metrics import CLIP_REASONS
from webtv.postprocess import inspect, screen

TESTS = sorted((MONITORING / "tests").glob("*.yml"))
TEXT_LIMIT = 160
MEANT = {"edited", "rotated"}
"""Reasons for which a push is ended and begun anew on purpose."""


def cases() -> Iterator[tuple[str, bool]]:
    """(alert, whether it is to fire) for each expectation of the rule tests."""
    for path in TESTS:
        for test in loaded(path)["tests"]:
            for case in test.get("promql_expr_test", ()):
                if named := re.search(r'ALERTS\{alertname=(~?)"([^"]+)"', case["expr"]):
                    expected = [
                        re.findall(r'alertname="(\w+)"', sample["labels"])[0]
                        for sample in case.get("exp_samples", ())
                    ]
                    pattern = named[2] if named[1] else re.escape(named[2])
                    meant = [name for name in ALERTS if re.fullmatch(pattern, name)]
                    yield from ((name, name in expected) for name in meant)
            for case in test.get("alert_rule_test", ()):
                yield case["alertname"], bool(case.get("exp_alerts"))


def test_promtool_finds_nothing_wrong() -> None:
    for check in (
        ("check", "rules", "--lint-fatal", *RULE_FILES),
        ("check", "config", "prometheus/prometheus.yml"),
    ):
        seen = promtool(*check)
        assert seen.returncode == 0, (seen.stdout + seen.stderr).decode()


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_rules_do_what_their_tests_say(path: Path) -> None:
    seen = promtool("test", "rules", str(path))
    assert seen.returncode == 0, (seen.stdout + seen.stderr).decode()


@pytest.mark.parametrize("name", ALERTS)
def test_each_alert_fires_in_one_case_and_is_quiet_in_another(name: str) -> None:
    assert {fires for alert, fires in cases() if alert == name} == {True, False}


@pytest.mark.parametrize("name", ALERTS)
def test_each_alert_says_how_bad_it_is_what_happened_and_what_to_do(name: str) -> None:
    rule = ALERTS[name]
    assert set(rule["labels"]) == {"severity"}
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert set(rule["annotations"]) == {"summary", "description", "action"}
    assert all(text.rstrip().endswith((".", "%")) for text in rule["annotations"].values())
    assert len(rule["annotations"]["summary"]) < TEXT_LIMIT


def test_what_an_action_says_to_look_for_in_the_log_is_what_the_station_logs() -> None:
    source = "".join(path.read_text() for path in (MONITORING.parent / "webtv").rglob("*.py"))
    quoted = {
        text for rule in ALERTS.values() for text in re.findall('"(.+?)"', rule["annotations"]["action"])
    }
    assert quoted
    assert not [text for text in quoted if f'("{text}' not in source and f'"{text}", ' not in source]


def test_actions_name_commands_and_metrics_that_exist() -> None:
    actions = " ".join(rule["annotations"]["action"] for rule in ALERTS.values())
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    assert set(re.findall(r"\bwebtv ([a-z]+)", actions)) <= group.commands.keys()
    guide = (MONITORING / "README.md").read_text()
    assert not [name for name in re.findall(r"\bwebtv_[a-z_]+", actions) if f"`{name}`" not in guide]


def test_every_reason_why_a_target_can_be_down_has_its_advice() -> None:
    action = ALERTS["WebtvTargetDown"]["annotations"]["action"]
    assert not [
        reason
        for reason in REASONS
        if not re.search(rf"\b{reason}( or \w+)?:", action) and reason not in MEANT
    ]


def test_the_guide_s_way_to_install_gives_a_configuration_that_loads(tmp_path: Path) -> None:
    guide = (MONITORING / "README.md").read_text()
    (line,) = re.findall(r"^sudo cp -r (monitoring/.+) /etc/prometheus/webtv/$", guide, flags=re.M)
    subprocess.run(["cp", "-r", *line.split(), str(tmp_path)], cwd=MONITORING.parent, check=True)
    seen = promtool("check", "config", str(tmp_path / "prometheus" / "prometheus.yml"))
    assert seen.returncode == 0, (seen.stdout + seen.stderr).decode()
    assert seen.stdout.count(b"rules found") == len(RULE_FILES)


def test_grafana_finds_the_dashboard_where_the_guide_has_it_copied() -> None:
    provisioning = MONITORING / "grafana" / "provisioning"
    (provider,) = loaded(provisioning / "dashboards" / "webtv.yml")["providers"]
    assert f"webtv.json {provider['options']['path']}/" in (MONITORING / "README.md").read_text()
    (source,) = loaded(provisioning / "datasources" / "webtv.yml")["datasources"]
    assert source["type"] == "prometheus"


def test_the_operators_guide_lists_every_alert() -> None:
    guide = (MONITORING / "README.md").read_text()
    assert not [name for name in ALERTS if f"`{name}`" not in guide]


def test_every_metric_that_rules_and_dashboard_ask_for_is_in_the_guide() -> None:
    guide = set(re.findall(r"`(webtv_[a-z_]+)`", (MONITORING / "README.md").read_text()))
    asked = json.dumps([rule["expr"] for rule in (*rules("alert"), *rules("record"))])
    asked += (MONITORING / "grafana" / "webtv.json").read_text()
    used = {name.removesuffix("_bucket") for name in re.findall(r"\bwebtv_[a-z_]+\b", asked)}
    assert used <= guide, used - guide


def test_every_reason_for_refusing_a_clip_is_counted_from_the_start() -> None:
    assert {*inspect.REASONS, *screen.REASONS, "missing", "altered"} == set(CLIP_REASONS)
