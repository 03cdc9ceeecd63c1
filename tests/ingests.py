"""Real RTMP servers on free loopback ports, by the configurations shipped in examples/ingest."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples" / "ingest"
_NODE_MODULES = Path(__file__).parent / "ingest" / "node_modules"
_UP_S = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Ingest:
    """A server that can be killed, started again on its port, and frozen."""

    argv: list[str]
    port: int
    cwd: Path
    environ: dict[str, str] = field(default_factory=dict)
    tls_port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"rtmp://127.0.0.1:{self.port}/live"

    @property
    def log(self) -> str:
        return (self.cwd / "server.log").read_text(errors="replace")

    def start(self) -> None:
        with (self.cwd / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.argv,
                cwd=self.cwd,
                env={**os.environ, **self.environ},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + _UP_S
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise AssertionError(f"the server did not come up: {self.log}")

    def signal(self, number: signal.Signals) -> None:
        """To the server and all of its workers."""
        assert self.process is not None
        os.killpg(self.process.pid, number)

    def kill(self) -> None:
        if self.process is not None:
            self.signal(signal.SIGKILL)
            self.process.wait(_UP_S)
            self.process = None


@contextmanager
def nginx_rtmp(folder: Path, extra: str = "") -> Iterator[Ingest]:
    """nginx-rtmp with the shipped configuration on another port. ``extra`` goes into its ``server`` block."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    text = (EXAMPLES / "nginx-rtmp.conf").read_text()
    text = text.replace("127.0.0.1:1935;", f"127.0.0.1:{port};").replace(
        "application live {", f"{extra}\n        application live {{"
    )
    if os.geteuid() == 0:
        text = "user root;\n" + text
    (folder / "nginx.conf").write_text(text)
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    yield from _running(Ingest([program, "-p", str(folder), "-c", "nginx.conf"], port, folder))


@contextmanager
def node_media_server(folder: Path, **environ: str) -> Iterator[Ingest]:
    """Node-Media-Server by the shipped script. ``environ`` as that script understands it."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    environ = {"PORT": str(port), "DATA": str(folder / "data"), "NODE_PATH": str(_NODE_MODULES)} | environ
    ingest = Ingest(["node", str(EXAMPLES / "node-media-server.js")], port, folder, environ)
    ingest.tls_port = int(environ.get("TLS_PORT", 0))
    yield from _running(ingest)


def _running(ingest: Ingest) -> Iterator[Ingest]:
    try:
        ingest.start()
        yield ingest
    finally:
        ingest.kill()
