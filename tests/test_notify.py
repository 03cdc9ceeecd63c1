"""What systemd is told, over real datagram sockets."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.clocks import FakeClock
from tests.notify_socket import NotifySocket, notify_socket
from webtv.notify import Notifier, pulse


@contextmanager
def watched(folder: Path, watchdog_s: float) -> Iterator[tuple[Notifier, NotifySocket]]:
    with notify_socket(folder) as manager:
        environ = {"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": str(round(watchdog_s * 1e6))}
        yield Notifier(environ), manager


@pytest.mark.parametrize("abstract", [False, True])
def test_states_reach_a_socket_of_either_kind(tmp_path: Path, abstract: bool) -> None:
    with notify_socket(tmp_path, abstract=abstract) as manager:
        Notifier({"NOTIFY_SOCKET": manager.address}).notify(READY=1, STATUS="2 of 2 channels on air")
        assert manager.read() == ["READY=1", "STATUS=2 of 2 channels on air"]


def test_without_a_service_manager_nothing_is_told_and_nothing_fails() -> None:
    notifier = Notifier({})
    notifier.notify(READY=1)
    assert notifier.watchdog_s is None


def test_children_do_not_inherit_what_is_meant_for_the_station() -> None:
    environ = {"NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": "1", "WATCHDOG_PID": "1", "LANG": "C"}
    Notifier(environ)
    assert environ == {"LANG": "C"}


@pytest.mark.parametrize(
    ("pid", "expected"),
    [(str(os.getpid()), 30.0), ("1", None), (None, 30.0)],
    ids=["ours", "another's", "anyone's"],
)
def test_a_watchdog_for_another_process_is_not_ours(pid: str | None, expected: float | None) -> None:
    environ = {"NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": "30000000"}
    assert Notifier(environ | ({"WATCHDOG_PID": pid} if pid else {})).watchdog_s == expected


def test_a_service_manager_that_went_away_is_logged_once_and_told_again_when_it_is_back(
    tmp_path: Path,
) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify")})
    with capture_logs() as logs:
        notifier.notify(READY=1)
        notifier.notify(READY=1)
    assert [entry["event"] for entry in logs] == ["systemd does not hear us"]
    with notify_socket(tmp_path) as manager:
        notifier.notify(READY=1)
        assert manager.read() == ["READY=1"]


def test_a_full_socket_never_makes_air_wait(tmp_path: Path) -> None:
    with notify_socket(tmp_path) as manager, capture_logs() as logs:
        notifier = Notifier({"NOTIFY_SOCKET": manager.address})
        for _ in range(5000):
            notifier.notify(STATUS="x" * 1000)
    assert logs


async def test_the_watchdog_is_fed_twice_in_its_time_while_air_advances(tmp_path: Path) -> None:
    clock = FakeClock()
    with watched(tmp_path, 8.0) as (notifier, manager):
        task = asyncio.create_task(pulse(notifier, clock, lambda: ("all is well", True)))
        await clock.advance(16.5)
        task.cancel()
        assert manager.read().count("WATCHDOG=1") == 5


async def test_the_watchdog_is_not_fed_while_a_channel_is_dark_and_is_again_after(tmp_path: Path) -> None:
    clock, fares = FakeClock(), [("not on air: tides", False)]
    with watched(tmp_path, 30.0) as (notifier, manager):
        task = asyncio.create_task(pulse(notifier, clock, lambda: fares[-1]))
        await clock.advance(20)
        told = manager.read()
        assert "WATCHDOG=1" not in told
        assert "STATUS=not on air: tides" in told
        fares.append(("1 of 1 channels on air", True))
        await clock.advance(6)
        assert "WATCHDOG=1" in manager.read()
        task.cancel()
