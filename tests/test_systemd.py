"""The units: known to systemd without a complaint, as closed as they say, and they start a station."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.ingests import free_port
from tests.notify_socket import NotifySocket, notify_socket
from tests.station_process import SMALL_CHANNEL
from webtv.config import load_station, secret
from webtv.errors import ConfigError
from webtv.render.limits import Limits

ROOT = Path(__file__).parents[1]
UNITS = ROOT / "systemd"
MACHINE_UNITS = Path("/usr/lib/systemd/system")
SERVICES = ("webtv.service", "webtv-worker@.service")
GPU_DAEMON = "nvidia-persistenced.service"
SHIPPED = (*SERVICES, "webtv-worker.socket", "webtv.target")
STOP_S = 60.0
EX_CONFIG = 78


class Unit(dict[str, dict[str, list[str]]]):
    """A unit file's sections; each key has the list of its values, as systemd allows."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        for line in path.read_text().splitlines():
            if match := re.fullmatch(r"\[(\w+)\]", line):
                section = self.setdefault(match[1], {})
            elif line and not line.startswith("#"):
                key, _, value = line.partition("=")
                section.setdefault(key, []).append(value)

    def one(self, section: str, key: str) -> str:
        (value,) = self[section][key]
        return value


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """The root of a machine with Debian's units, ours, and an executable where ours have it."""
    units = tmp_path / "etc" / "systemd" / "system"
    units.mkdir(parents=True)
    shutil.copytree(MACHINE_UNITS, tmp_path / MACHINE_UNITS.relative_to("/"), symlinks=True)
    for name in SHIPPED:
        shutil.copy(UNITS / name, units)
    for name in SERVICES:
        program = tmp_path / shlex.split(Unit(UNITS / name).one("Service", "ExecStart"))[0][1:]
        program.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy("/bin/true", program)
    return tmp_path


def analyze(machine: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", f"--root={machine}", "--no-pager", *argv]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def with_gpu(machine: Path) -> None:
    drop_ins = machine / "etc" / "systemd" / "system" / "webtv-worker@.service.d"
    drop_ins.mkdir()
    shutil.copy(UNITS / "gpu.conf", drop_ins)
    # Debian's, as far as ours adds to it.
    (drop_ins.parent / GPU_DAEMON).write_text("[Service]\nType=forking\nExecStart=/usr/bin/true\n")
    drop_ins = drop_ins.with_name(f"{GPU_DAEMON}.d")
    drop_ins.mkdir()
    shutil.copy(UNITS / "nvidia-uvm.conf", drop_ins)
    for name in ("true", "nvidia-modprobe"):
        program = machine / "usr" / "bin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy("/bin/true", program)


@pytest.mark.parametrize("gpu", [False, True])
@pytest.mark.parametrize("unit", SHIPPED)
def test_systemd_has_nothing_to_say_against_the_units(machine: Path, unit: str, gpu: bool) -> None:
    if gpu:
        with_gpu(machine)
    done = analyze(machine, "verify", unit.replace("@.", "@1."))
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "")


def test_the_device_files_that_a_worker_may_not_make_are_made_before_it(machine: Path) -> None:
    with_gpu(machine)
    done = analyze(machine, "verify", GPU_DAEMON)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "")
    worker, daemon = Unit(UNITS / "gpu.conf"), Unit(UNITS / "nvidia-uvm.conf")
    assert worker.one("Unit", "After") == GPU_DAEMON
    assert "nvidia-modprobe -u" in daemon.one("Service", "ExecStartPre")


@pytest.mark.parametrize(
    ("service", "gpu", "tenths"),
    [(SERVICES[0], False, 15), (SERVICES[1], False, 13), (SERVICES[1], True, 15)],
)
def test_no_service_is_exposed_more_than_promised(
    machine: Path, service: str, gpu: bool, tenths: int
) -> None:
    if gpu:
        with_gpu(machine)
    unit = service.replace("@.", "@1.")
    done = analyze(machine, "security", "--offline=true", f"--threshold={tenths}", unit)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("service", SERVICES)
def test_no_core_file_shows_the_keys_that_are_in_memory(service: str) -> None:
    assert Unit(UNITS / service).one("Service", "LimitCORE") == "0"


def test_the_station_calls_its_workers_where_systemd_listens() -> None:
    listens = Unit(UNITS / "webtv-worker.socket")
    assert load_station(UNITS / "webtv.yaml").worker_socket == Path(listens.one("Socket", "ListenStream"))
    assert listens.one("Socket", "SocketUser") == Unit(UNITS / SERVICES[0]).one("Service", "User")
    assert listens.one("Socket", "SocketMode") == "0600"


def test_systemd_ends_no_worker_before_the_station_gives_it_up() -> None:
    """A library that loads may hold up all its threads, also the one that tells systemd that it lives."""
    unit = Unit(UNITS / SERVICES[1])
    assert int(unit.one("Service", "TimeoutStartSec")) >= Limits().start_s
    assert int(unit.one("Service", "WatchdogSec")) >= Limits().heartbeat_s


def test_commands_that_an_operator_types_take_the_units_credentials_for_what_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are not started by systemd, which tells the station alone where its credentials are."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    path = tmp_path / "webtv.service" / "key_openai"
    path.parent.mkdir()
    path.write_text("sk-0123456789abcdef\n")
    path.chmod(0o440)
    (tmp_path / "webtv.yaml").write_text(f"openai: {{model: scribe, key_file: {path}}}\n")
    with pytest.raises(ConfigError, match="others can read"):
        load_station(tmp_path / "webtv.yaml")
    monkeypatch.setattr(secret, "_CREDENTIALS", str(tmp_path))
    station = load_station(tmp_path / "webtv.yaml")
    assert station.openai is not None
    assert station.openai.key_file is not None


def test_the_user_and_the_folders_that_the_unit_needs_are_made(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    for tool, option in (("systemd-sysusers", ()), ("systemd-tmpfiles", ("--create",))):
        config = UNITS / f"{tool.removeprefix('systemd-')}.conf"
        argv = [tool, f"--root={tmp_path}", *option, str(config)]
        made = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)
        assert made.returncode == 0, made.stderr
    unit = Unit(UNITS / "webtv.service")
    assert (tmp_path / "etc" / "passwd").read_text().startswith(f"{unit.one('Service', 'User')}:")
    for key in ("ReadWritePaths", "WorkingDirectory"):
        assert (tmp_path / unit.one("Service", key)[1:]).is_dir()
    keys = next(value for value in unit["Service"]["LoadCredential"] if value.startswith("key:"))
    assert (tmp_path / keys.removeprefix("key:/")).stat().st_mode & 0o777 == 0o700


def test_the_shipped_station_file_keeps_everything_where_the_unit_lets_it_write() -> None:
    station, unit = load_station(UNITS / "webtv.yaml"), Unit(UNITS / "webtv.service")
    state = Path("/var/lib") / unit.one("Service", "StateDirectory")
    assert station.data.is_relative_to(state)
    assert station.models.is_relative_to(state)
    text = (UNITS / "webtv.yaml").read_text()
    assert f"/etc/webtv/{station.channels.name}" == unit.one("Service", "ReadWritePaths")
    assert "channels: channels" in text


@contextmanager
def started(folder: Path, *, channel: str = json.dumps(SMALL_CHANNEL)) -> Iterator[subprocess.Popen[bytes]]:
    """The unit's command, with its folders below ``folder``, its environment, and a service manager."""
    unit = Unit(UNITS / "webtv.service")
    config, state = folder / "etc", folder / "state"
    (config / "channels").mkdir(parents=True, exist_ok=True)
    (config / "channels" / "tides.yaml").write_text(channel)
    text = (UNITS / "webtv.yaml").read_text().replace("/var/lib/webtv", str(state))
    (config / "webtv.yaml").write_text(text.replace(":8800", f":{free_port()}"))
    command = unit.one("Service", "ExecStart").replace("/etc/webtv", str(config))
    program, *argv = shlex.split(command)
    environ = dict(pair.split("=", 1) for line in unit["Service"]["Environment"] for pair in line.split())
    environ["NOTIFY_SOCKET"] = str(folder / "notify")
    environ["WATCHDOG_USEC"] = str(int(unit.one("Service", "WatchdogSec")) * 1_000_000)
    environ["XDG_CACHE_HOME"] = str(folder / "cache")
    program = str(Path(sys.prefix) / "bin" / Path(program).name)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [program, *argv], cwd=folder, env=environ | {"PATH": os.environ["PATH"]}, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait(STOP_S)


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[NotifySocket]:
    with notify_socket(tmp_path) as bound:
        yield bound


@pytest.mark.parametrize("key", ["KillSignal", "RestartKillSignal"])
def test_the_units_command_airs_tells_systemd_and_ends_well(
    tmp_path: Path, manager: NotifySocket, key: str
) -> None:
    name = Unit(UNITS / "webtv.service")["Service"].get(key, ["SIGTERM"])[0]
    with started(tmp_path) as process:
        manager.wait_for("READY=1")
        manager.wait_for("WATCHDOG=1")
        manager.wait_for("STATUS=1 of 1 channels on air")
        process.send_signal(signal.Signals[name])
        manager.wait_for("STOPPING=1")
        assert process.wait(STOP_S) == 0
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_a_mistake_in_a_file_is_not_tried_again(tmp_path: Path, manager: NotifySocket) -> None:
    unit = Unit(UNITS / "webtv.service")
    with started(tmp_path, channel="tehme: Tides") as process:
        code = process.wait(STOP_S)
    assert code == EX_CONFIG == int(unit.one("Service", "RestartPreventExitStatus"))
    assert "READY=1" not in manager.read()


def test_what_the_watchdog_sends_makes_python_say_where_it_hung(
    tmp_path: Path, manager: NotifySocket
) -> None:
    with started(tmp_path) as process:
        manager.wait_for("WATCHDOG=1")
        process.send_signal(signal.SIGABRT)
        assert process.wait(STOP_S) == -signal.SIGABRT
    text = (tmp_path / "log").read_text()
    assert "Fatal Python error: Aborted" in text
    assert "(most recent call first)" in text
