"""``webtv status --watch`` as an operator leaves it open: a real station, a real terminal."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.station_process import SMALL_CHANNEL, StationProcess
from webtv.cli.status.ask import Asker
from webtv.cli.where import Where
from webtv.config import HttpAddress

STATUS = [sys.executable, "-m", "webtv", "status"]
WITHIN_S = 120
TOKEN = "CANARY-of-the-desk-0123456789"  # noqa: S105 - one to look for
NOWHERE = "rtmp://127.0.0.1:1/live"


class Terminal:
    """A terminal with a program in it, and all that was written there."""

    def __init__(self, argv: list[str], folder: Path) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        environ = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        self.process = subprocess.Popen(
            argv,
            cwd=folder,
            env=environ | {"TERM": "xterm-256color"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self.shown = ""

    def until(self, words: str) -> None:
        """Read until ``words`` are written anew."""
        seen, deadline = len(self.shown), time.monotonic() + WITHIN_S
        while not re.search(words, self.shown[seen:]):
            assert time.monotonic() < deadline, f"no {words!r} in {self.shown[-3000:]!r}"
            if select.select([self._master], [], [], 0.2)[0]:
                self.shown += os.read(self._master, 65_536).decode(errors="replace")

    def close(self) -> int:
        self.process.send_signal(signal.SIGINT)
        self.until(re.escape("\x1b[?1049l"))
        code = self.process.wait(60)
        os.close(self._master)
        return code


@contextmanager
def terminal(argv: list[str], folder: Path) -> Iterator[Terminal]:
    opened = Terminal(argv, folder)
    try:
        yield opened
    finally:
        if opened.process.poll() is None:
            opened.process.kill()
            opened.process.wait()


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StationProcess]:
    folder = tmp_path_factory.mktemp("watched")
    token = folder / "desk"
    token.touch(mode=0o600)
    token.write_text(TOKEN + "\n")
    with StationProcess(
        folder / "station",
        {"tides": SMALL_CHANNEL | {"targets": [f"{NOWHERE}/tides"]}},
        station={"desk": {"token_file": str(token)}},
    ) as process:
        yield process.start().wait_on_air()


def test_it_stays_open_through_a_station_that_is_killed_and_comes_back(station: StationProcess) -> None:
    address = f"127.0.0.1:{station.port}"
    with terminal([*STATUS, "--watch", "--http", address], station.folder) as seen:
        seen.until("tides")
        seen.until("1 of 1 on air")
        assert " GB free" in seen.shown, "the desk's token was not shown to it"
        station.kill()
        seen.until("No answer for 0:0[0-9]; tried again each second")
        seen.until("tides")  # the last picture stays
        station.start().wait_on_air()
        seen.until("1 of 1 on air  up 0:")
        assert seen.close() == 0
    assert seen.shown.count("\x1b[?1049h") == 1, "one screen of its own"
    assert seen.shown.count("\x1b[2J") <= 1, "a screen that is cleared at each picture flickers"
    assert "Traceback" not in seen.shown
    assert "CANARY" not in seen.shown


def test_a_dumb_terminal_gets_it_once(station: StationProcess) -> None:
    argv = ["env", "TERM=dumb", *STATUS, "--watch", "--http", f"127.0.0.1:{station.port}"]
    with terminal(argv, station.folder) as seen:
        seen.until("1 of 1 on air")
        assert seen.process.wait(WITHIN_S) == 0
    assert "\x1b" not in seen.shown


def test_where_there_is_no_terminal_it_prints_once(station: StationProcess) -> None:
    argv = [*STATUS, "--watch", "--http", f"127.0.0.1:{station.port}"]
    seen = subprocess.run(argv, cwd=station.folder, capture_output=True, text=True, timeout=120, check=False)
    assert (seen.returncode, seen.stderr) == (0, "")
    assert "\x1b" not in seen.stdout
    assert seen.stdout.count("webtv 0.") == 1
    assert re.search(r"^tides +on air ", seen.stdout, re.MULTILINE)


def test_without_the_token_it_shows_what_everybody_may_see(station: StationProcess, tmp_path: Path) -> None:
    argv = [*STATUS, "--http", f"127.0.0.1:{station.port}"]
    seen = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert (seen.returncode, seen.stderr) == (0, "")
    assert re.search(r"^tides +on air ", seen.stdout, re.MULTILINE)
    assert " GB free" not in seen.stdout


def test_a_token_is_shown_to_this_machine_alone() -> None:
    def headers(host: str) -> dict[str, str]:
        return Asker(Where(HttpAddress(host=host, port=1), TOKEN)).headers

    for here in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "::"):  # noqa: S104 - where to ask
        assert headers(here) == {"Authorization": f"Bearer {TOKEN}"}
    for away in ("192.0.2.1", "tv.example.org", "localhost.example.org"):
        assert not headers(away)


def test_json_is_the_desks_own_state_and_without_the_token_says_what_is_missing(
    station: StationProcess, tmp_path: Path
) -> None:
    argv = [*STATUS, "--json", "--http", f"127.0.0.1:{station.port}"]

    def asked(folder: Path) -> tuple[dict[str, Any], str]:
        seen = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
        assert seen.returncode == 0, seen.stderr
        return json.loads(seen.stdout), seen.stderr

    state, said = asked(station.folder)
    assert said == ""
    (target,) = state["channels"][0]["targets"]
    assert target["server"] == NOWHERE
    assert target["last_error"]
    state, said = asked(tmp_path)
    assert state["channels"][0]["on_air"] is True
    assert "127.0.0.1" not in json.dumps(state)
    assert said.startswith("This is what everybody may see: the desk asks for its token. ")
    assert said.count("\n") == 1


def test_a_token_that_this_user_cannot_read_is_told_and_hides_nothing_else(
    station: StationProcess, tmp_path: Path
) -> None:
    (tmp_path / "webtv.yaml").write_text(
        f"http: 127.0.0.1:{station.port}\ndesk: {{token_file: desk}}\nopenai: {{key_file: none}}\n"
    )
    argv = [*STATUS, "-c", "webtv.yaml"]
    seen = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert (seen.returncode, seen.stderr) == (0, "")
    said = " ".join(seen.stdout.split())
    assert "everybody may see: webtv.yaml:2:20: desk.token_file: desk cannot be read: No such file" in said
    assert "To see all, ask as a user who may read the token" in said
    assert re.search(r"^tides +on air ", seen.stdout, re.MULTILINE)
