"""Every promise is tested on every machine: a test that is skipped fails the run."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings

settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")
"""An example that takes long says that the machine is busy, not that a promise is broken."""
settings.register_profile(
    "mutants",
    settings.get_profile("busy"),
    phases=(Phase.explicit, Phase.generate),
    database=None,
    derandomize=True,
)
"""Without the search for the shortest example: that one fails is all that a run of ``make mutants`` asks."""

Skips = dict[str, str]
_SKIPS = pytest.StashKey[Skips]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_SKIPS] = {}
    config.pluginmanager.register(_Watch(config.stash[_SKIPS]))


class _Watch:
    def __init__(self, skips: Skips) -> None:
        self._skips = skips

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self._note(report)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        place = report.longrepr
        self._skips[report.nodeid] = place[2] if isinstance(place, tuple) else str(place)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.config.stash[_SKIPS] and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for name, reason in config.stash[_SKIPS].items():
        terminalreporter.write_line(f"FAILED because it was skipped: {name} ({reason})", red=True)
