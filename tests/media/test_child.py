import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from webtv.media.child import ChildProcess, Process, adopt, scrub, started_ticks

SLEEPER = ["sleep", "60"]


async def ended(process):
    async with asyncio.timeout(60):
        await process.exited.wait()


async def spoken(child):
    async with asyncio.timeout(60):
        while not child.last_lines:  # noqa: ASYNC110 - that it spoke is no event
            await asyncio.sleep(0.01)


def open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_an_exit_is_an_event_with_its_status(tmp_path):
    child = ChildProcess.start(["sh", "-c", "exit 7"], cwd=tmp_path)
    await ended(child)
    assert child.returncode == 7


async def test_the_last_lines_are_kept_without_secrets(tmp_path):
    script = "for i in $(seq 50); do echo line $i >&2; done; echo key CANARY-1?a=b and CANARY-1 >&2"
    child = ChildProcess.start(["sh", "-c", script], cwd=tmp_path, secrets=["CANARY-1", "CANARY-1?a=b"])
    await ended(child)
    assert len(child.last_lines) == 20
    assert child.last_lines[-2:] == ["line 50", "key *** and ***"]


async def test_stdin_is_what_was_given_and_then_ends(tmp_path):
    child = ChildProcess.start(["sh", "-c", "cat >&2"], cwd=tmp_path, stdin=b"one\ntwo\n")
    await ended(child)
    assert child.last_lines == ["one", "two"]


async def test_more_than_a_pipe_takes_is_refused(tmp_path):
    with pytest.raises(ValueError, match="4096"):
        ChildProcess.start(["cat"], cwd=tmp_path, stdin=bytes(5000))


async def test_a_program_that_is_not_there_leaves_nothing_open(tmp_path):
    before = open_files()
    with pytest.raises(FileNotFoundError):
        ChildProcess.start(["/no/such/program"], cwd=tmp_path)
    assert open_files() == before


async def test_a_child_that_ignores_the_request_is_killed(tmp_path):
    child = ChildProcess.start(["sh", "-c", "trap '' TERM; echo ready >&2; sleep 60"], cwd=tmp_path)
    await spoken(child)
    await child.stop(grace_s=0.1)
    assert child.returncode == -signal.SIGKILL


async def test_a_stopped_child_is_killed(tmp_path):
    child = ChildProcess.start(SLEEPER, cwd=tmp_path)
    child.signal(signal.SIGSTOP)
    await child.kill()
    assert child.returncode == -signal.SIGKILL


async def test_its_children_are_stopped_with_it(tmp_path):
    child = ChildProcess.start(["sh", "-c", "sleep 60 & echo $! >&2; wait"], cwd=tmp_path)
    await spoken(child)
    grandchild = Process(int(child.last_lines[0]))
    await child.kill()
    await ended(grandchild)


async def test_it_sits_in_a_session_of_its_own(tmp_path):
    child = ChildProcess.start(SLEEPER, cwd=tmp_path)
    assert os.getsid(child.pid) == child.pid
    await child.kill()


async def test_a_child_that_was_let_go_runs_on_and_can_be_adopted(tmp_path):
    child = ChildProcess.start(SLEEPER, cwd=tmp_path)
    ticks = started_ticks(child.pid)
    child.let_go()
    adopted = adopt(child.pid, ticks)
    assert adopted is not None
    assert not adopted.exited.is_set()
    await adopted.kill()


async def test_another_process_with_the_same_number_is_not_adopted(tmp_path):
    child = ChildProcess.start(SLEEPER, cwd=tmp_path)
    assert adopt(child.pid, started_ticks(child.pid) + 1) is None
    await child.kill()
    assert adopt(child.pid, 0) is None


async def test_timer_slack_is_the_childs_alone(tmp_path):
    show = ["sh", "-c", "cat /proc/self/timerslack_ns >&2"]
    for slack_ns, expected in ((77_000_000, "77000000"), (None, "50000")):
        child = ChildProcess.start(show, cwd=tmp_path, timer_slack_ns=slack_ns)
        await ended(child)
        assert child.last_lines == [expected]


WORKER = """
import os, time
from webtv.media.child import die_with_parent
die_with_parent(os.getppid())
print("ready", flush=True)
time.sleep(60)
"""
PARENT = f"""
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", {WORKER!r}])
time.sleep(60)
"""


def test_a_worker_dies_with_its_parent():
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout.readline() == b"ready\n"
        parent.kill()
        assert parent.stdout.read() == b""  # the worker held the other end


def test_the_longest_secret_goes_first():
    assert scrub("live_1?auth=2", ["live_1?auth=2", "live_1"]) == "***"
