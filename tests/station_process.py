"""A whole station as a process of its own: started, asked over HTTP, killed, started again."""

from __future__ import annotations

import ctypes
import http.client
import json
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPMessage
from pathlib import Path
from typing import Any, Self, TypeVar

import pytest

from webtv.domain import HouseFormat

Found = TypeVar("Found")

READY_WITHIN_S = 120.0
"""Generous, because other tests and builds may use the machine: no promise is measured by it."""
_ASK_S = 60.0
_STOP_S = 60.0
_PR_SET_PDEATHSIG = 1

HOUSE = HouseFormat(width=192, height=108, video_kbps=200)
SMALL_CHANNEL = {
    "title": "Tides",
    "theme": "Bioluminescent tides under a slow aurora",
    "clip_seconds": 4,
    "shots_per_clip": 1,
    "format": {"width": HOUSE.width, "height": HOUSE.height, "video_kbps": HOUSE.video_kbps},
    "schedule": {"fresh_ahead_s": 10, "no_repeat_s": 0, "stock_s": 20, "bumper_every_s": 0},
}
"""A channel whose clips cost little to make: 192x108, one shot."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


class StationProcess:
    """``python -m webtv run`` in ``folder``, which holds ``webtv.yaml``, ``channels/`` and ``data/``.

    After the first start it keeps its port, so that viewers find it again.
    """

    def __init__(
        self,
        folder: Path,
        channels: Mapping[str, Mapping[str, object]],
        *,
        workers: int = 0,
        station: Mapping[str, object] | None = None,
        within: Sequence[str] = (),
    ) -> None:
        """``within`` is a command that runs the one that follows it."""
        self._within = tuple(within)
        self.folder, self.data, self.channels = folder, folder / "data", folder / "channels"
        self.channels.mkdir(parents=True)
        for name, config in channels.items():
            (self.channels / f"{name}.yaml").write_text(json.dumps(config, ensure_ascii=False))
        keys = {"workers": workers, "min_free_gb": 0, **(station or {})}
        (folder / "webtv.yaml").write_text(json.dumps(keys))
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._log_writer: subprocess.Popen[bytes]
        self._starts = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self, *, file_bytes: int | None = None) -> Self:
        """Start and wait until it listens. ``file_bytes`` is the size that no file of it may pass."""
        self.launch(file_bytes=file_bytes)
        listening = self.wait_for(lambda: self.logged("listening"), "it listens")
        self.port = int(listening[0]["url"].rstrip("/").rpartition(":")[2])
        return self

    def launch(self, *, file_bytes: int | None = None) -> None:
        """Start without waiting for anything."""
        assert self._process is None, "it runs already"
        self._starts += 1

        def prepare() -> None:
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if file_bytes is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, resource.RLIM_INFINITY))

        argv = [
            *self._within,
            sys.executable,
            "-m",
            "webtv",
            "run",
            "-c",
            "webtv.yaml",
            "--http",
            f"127.0.0.1:{self.port}",
        ]
        # The log goes through a pipe, or a limit on files would swallow it.
        with self.log_path.open("wb") as log:
            self._log_writer = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=log)
        assert self._log_writer.stdin is not None
        with self._log_writer.stdin as pipe:
            self._process = subprocess.Popen(
                argv,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=pipe,
                stderr=pipe,
                preexec_fn=prepare,  # noqa: PLW1509 - nothing else can limit a child before it runs
            )

    @property
    def log_path(self) -> Path:
        return self.folder / f"log-{self._starts}.jsonl"

    @property
    def pid(self) -> int:
        assert self._process is not None, "it does not run"
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        return None if self._process is None else self._process.poll()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        """SIGKILL: nothing gets a chance to tidy up."""
        if self._process is not None:
            self._process.kill()
            self._await_end(_STOP_S)

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        assert self._process is not None, "it does not run"
        self._process.terminate()
        return self._await_end(_STOP_S)

    def ended(self) -> int:
        """Wait until it ends by itself; returns the exit code."""
        return self._await_end(READY_WITHIN_S)

    def _await_end(self, timeout_s: float) -> int:
        assert self._process is not None, "it does not run"
        code = self._process.wait(timeout_s)
        self._log_writer.wait(timeout_s)  # its workers end with it, so the log is complete
        self._process = None
        return code

    def limit_files(self, file_bytes: int = resource.RLIM_INFINITY) -> None:
        """From now on no file may pass ``file_bytes``: the disk is full, or there is room again."""
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (file_bytes, resource.RLIM_INFINITY))

    def log_text(self) -> str:
        return self.log_path.read_text(errors="replace")

    def logged(self, event: str) -> list[dict[str, Any]]:
        """The log's lines about ``event`` since the last start."""
        lines = [line for line in self.log_text().splitlines() if line.startswith("{") and line.endswith("}")]
        return [entry for line in lines if (entry := json.loads(line)).get("event") == event]

    def get(self, path: str, *, method: str = "GET", **headers: str) -> Answer:
        """Ask for ``path`` exactly as written; underscores in header names become hyphens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_ASK_S)
        try:
            connection.putrequest(method, path, skip_host="Host" in headers, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name.replace("_", "-"), value)
            connection.endheaders()
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def channel(self, name: str) -> Any:
        """What the API says of a channel."""
        answer = self.get(f"/api/v1/channels/{name}")
        assert answer.status == 200, answer.text
        return answer.json()

    def desk_channel(self, name: str, token: str = "") -> Any:
        """What the desk says of a channel; without a token it is open on this machine."""
        answer = self.get("/desk/api/state", **({"Authorization": f"Bearer {token}"} if token else {}))
        assert answer.status == 200, answer.text
        return next(channel for channel in answer.json()["channels"] if channel["id"] == name)

    def wait_for(
        self, look: Callable[[], Found | None], what: str, timeout_s: float = READY_WITHIN_S
    ) -> Found:
        """Look until there is something to see."""
        until = time.monotonic() + timeout_s
        while not (found := look()):
            if self.exit_code is not None:
                pytest.fail(f"the station ended with {self.exit_code} before {what}:\n{self.log_text()}")
            if time.monotonic() > until:
                pytest.fail(f"not within {timeout_s:.0f} s: {what}. Its log:\n{self.log_text()[-4000:]}")
            time.sleep(0.05)
        return found

    def wait_on_air(self) -> Self:
        self.wait_for(lambda: self.get("/readyz").status == 200, "all channels are on air")
        return self
