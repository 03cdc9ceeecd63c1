"""Workers that systemd starts for a connection: here by systemd's own tool for trying that."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.notify_socket import NotifySocket, notify_socket
from tests.render.activation import OWN, listening
from tests.render.pools import CPU, made, order, pool_of, supervised, until, who_filmed
from tests.render.rogues import COMMAND
from webtv.cli.doctor.report import examine
from webtv.config import StationConfig
from webtv.errors import EngineError
from webtv.models.settings import HostSettings
from webtv.render.conversation import WorkerConnection
from webtv.render.limits import Limits
from webtv.render.link import Link, unit
from webtv.render.messages import RenderRequest


@pytest.fixture
def notified(tmp_path: Path) -> Iterator[NotifySocket]:
    with notify_socket(tmp_path) as bound:
        yield bound


def gone(pid: int) -> bool:
    """Whether it has ended; who started it may not have looked yet."""
    try:
        return "State:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True


async def started(path: Path, *, within_s: float = 120.0) -> tuple[WorkerConnection, Link]:
    link = await unit(path)(HostSettings().model_dump_json(), within_s)
    return WorkerConnection(link, "cpu", Limits()), link


async def test_a_clip_is_made_by_whom_systemd_starts(tmp_path: Path) -> None:
    with listening(tmp_path) as path:
        pool = pool_of(tmp_path, connect=unit(path))
        work = asyncio.create_task(pool.work())
        artefact = await pool.render(order(), None, lambda *_: None)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
    assert artefact.file.stat().st_size == artefact.manifest.bytes


async def test_it_is_known_by_the_process_that_speaks_and_not_by_the_one_that_listens(tmp_path: Path) -> None:
    with listening(tmp_path) as path:
        worker, link = await started(path)
        assert b"webtv.render.worker" in Path(f"/proc/{link.pid}/cmdline").read_bytes()
        await until(lambda: worker.started)
        await worker.close()
        assert gone(link.pid)


async def test_one_that_is_no_longer_needed_ends_well(tmp_path: Path) -> None:
    """A signal would be a failure in systemd's log, each time that the station is started again."""
    status = tmp_path / "status"
    with listening(tmp_path, ("sh", "-c", f"{' '.join(OWN)}; echo $? > {status}")) as path:
        worker, _ = await started(path)
        await until(lambda: worker.started)
        await worker.close()
        await until(lambda: status.exists() and status.read_text() == "0\n")


async def test_one_that_does_not_hear_that_it_is_no_longer_needed_is_ended(tmp_path: Path) -> None:
    with listening(tmp_path) as path:
        worker, link = await started(path)
        os.kill(link.pid, signal.SIGSTOP)
        await worker.close()
        assert gone(link.pid)


async def test_one_that_is_killed_while_idle_is_noticed(tmp_path: Path) -> None:
    with listening(tmp_path) as path:
        worker, link = await started(path)
        os.kill(link.pid, signal.SIGKILL)
        async with asyncio.timeout(120):
            await worker.ended.wait()
        with pytest.raises(
            EngineError, match=r"ended while idle.* words are in journalctl -u 'webtv-worker@\*'"
        ):
            worker.raise_if_lost()
        await worker.close()


async def test_one_that_hangs_is_ended_and_its_order_is_made_by_the_stand_in(tmp_path: Path) -> None:
    with listening(tmp_path, COMMAND) as path:
        pool = pool_of(tmp_path, connect=unit(path))
        async with supervised(pool, CPU):
            manifest = await made(pool, order("hangs", "procedural"))
    assert who_filmed(manifest) == "procedural"


async def test_it_ends_when_the_daemon_is_gone_whatever_it_had_in_hand(tmp_path: Path) -> None:
    with listening(tmp_path, COMMAND) as path:
        worker, link = await started(path)
        asked = order("slow")
        with worker.about(asked.id) as conversation:
            worker.send(RenderRequest(order=asked, folder=tmp_path))
            await until(lambda: bool(conversation.running))
            link.writer.close()
        await until(lambda: gone(link.pid))


async def test_somebody_who_only_looks_whether_it_answers_does_no_harm(tmp_path: Path) -> None:
    with listening(tmp_path) as path:
        with socket.socket(socket.AF_UNIX) as looker:
            looker.connect(str(path))
        worker, _ = await started(path)
        await worker.close()


@pytest.mark.parametrize("left_behind", [False, True])
async def test_without_a_listener_the_error_says_what_to_start(tmp_path: Path, left_behind: bool) -> None:
    path = tmp_path / "worker.sock"
    if left_behind:
        with socket.socket(socket.AF_UNIX) as before:
            before.bind(str(path))
    pool = pool_of(tmp_path, connect=unit(path))
    work = asyncio.create_task(pool.work())
    with pytest.raises(EngineError, match=r"nobody listens at .*systemctl start webtv-worker\.socket"):
        await made(pool, order())
    await asyncio.gather(work, return_exceptions=True)


async def test_one_that_ends_before_its_first_word_points_to_its_log(tmp_path: Path) -> None:
    with listening(tmp_path, ("false",)) as path, pytest.raises(OSError, match=r"webtv-worker@.* says why"):
        await started(path)


async def test_one_that_never_says_its_first_word_is_given_up(tmp_path: Path) -> None:
    with (
        listening(tmp_path, ("sleep", "5")) as path,
        pytest.raises(TimeoutError, match="it said nothing for 0 s"),
    ):
        await started(path, within_s=0.1)


def test_it_tells_systemd_that_it_is_ready_and_lives(notified: NotifySocket) -> None:
    """Also while it has nothing to do: nobody else would end one that hangs when its daemon was killed."""
    with subprocess.Popen(
        OWN,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env=os.environ | {"NOTIFY_SOCKET": notified.address},
    ) as worker:
        assert worker.stdin is not None
        worker.stdin.write(HostSettings().model_dump_json().encode() + b"\n")
        worker.stdin.flush()
        notified.wait_for("READY=1")
        notified.wait_for("WATCHDOG=1")
        worker.stdin.close()
        assert worker.wait(timeout=120) == 0


def test_one_that_somebody_only_looked_at_is_no_failure_to_systemd(notified: NotifySocket) -> None:
    environ = os.environ | {"NOTIFY_SOCKET": notified.address}
    subprocess.run(OWN, stdin=subprocess.DEVNULL, env=environ, check=True, timeout=120)
    assert notified.read() == ["READY=1"]


def test_the_doctor_says_whether_anybody_starts_workers(tmp_path: Path) -> None:
    def verdict() -> str:
        station = StationConfig(worker_socket=tmp_path / "worker.sock", channels=tmp_path, data=tmp_path)
        return next(one.verdict for one in examine(station) if "workers" in one.what)

    assert verdict() == "warning"
    with listening(tmp_path):
        assert verdict() == "good"
