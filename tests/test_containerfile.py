"""The Containerfile: its rules are read off it, and its commands are run; no engine builds it here."""

from __future__ import annotations

import http.server
import json
import re
import shlex
import shutil
import subprocess
import sys
from ipaddress import ip_address
from pathlib import Path
from threading import Thread

import pytest

from webtv.config import load_station
from webtv.config.desk import DeskConfig, desk_token

ROOT = Path(__file__).parents[1]
FILE = ROOT / "Containerfile"
STATION = ROOT / "examples" / "container" / "webtv.yaml"


def instructions() -> list[tuple[str, str]]:
    """(instruction, its argument), with continued lines joined."""
    text = re.sub(r"\\\n\s*", "", FILE.read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


def final_stage() -> list[tuple[str, str]]:
    """What makes the image: everything after the last FROM."""
    every = instructions()
    last = max(number for number, (word, _) in enumerate(every) if word == "FROM")
    return every[last:]


def only(word: str) -> str:
    (rest,) = [rest for name, rest in final_stage() if name == word]
    return rest


def environment_of_the_image() -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in shlex.split(only("ENV")))


def test_the_station_is_never_root() -> None:
    uid, gid = only("USER").split(":")
    assert int(uid) >= 10_000
    assert int(gid) >= 10_000
    words = [word for word, _ in final_stage()]
    assert "RUN" not in words[words.index("USER") :]


def test_only_the_volume_is_written_to() -> None:
    """What the station writes is below the volume, so the rest may be mounted read-only."""
    volume = Path(only("VOLUME"))
    station = load_station(STATION)
    environment = environment_of_the_image()
    for path in (station.data, station.models, Path(environment["XDG_CACHE_HOME"]), Path(only("WORKDIR"))):
        assert path.is_relative_to(volume)
    assert environment["PYTHONDONTWRITEBYTECODE"] == "1"


def test_no_secret_and_no_other_tree_is_copied_into_it() -> None:
    copied = [rest.split()[:-1] for word, rest in instructions() if word == "COPY" and "--from" not in rest]
    sources = {source for each in copied for source in each}
    assert sources == {
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "webtv",
        str(STATION.relative_to(ROOT)),
        "channels",
    }
    assert not [word for word, _ in instructions() if word in {"ADD", "ARG"}]


def test_it_starts_its_workers_itself_as_no_systemd_is_there_to_do_it() -> None:
    assert load_station(STATION).worker_socket is None


def test_viewers_outside_reach_it_at_the_port_that_it_tells() -> None:
    address = load_station(STATION).http
    assert ip_address(address.host).is_unspecified
    assert str(address.port) == only("EXPOSE")


def test_a_read_only_root_has_a_folder_for_each_mount_that_the_guide_makes() -> None:
    """An engine cannot make one there."""
    guide = (ROOT / "docs" / "install.md").read_text()
    command = guide.partition("podman run ")[2].partition("```")[0]
    mounts = [mount.split(":")[1] for mount in re.findall(r"-v (\S+)", command)]
    made = [word for line in re.findall(r"install -d ([^&]+)", only("RUN")) for word in line.split()]
    assert only("VOLUME") in mounts
    assert set(mounts) <= set(made)


def test_the_desk_finds_its_token_among_the_mounted_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guide = (ROOT / "docs" / "install.md").read_text().partition("## In a container")[2]
    (name,) = re.findall(r"/dev/stdin keys/(\S+)", guide)
    (inside,) = re.findall(r"-v \./keys:([^:\s]+)", guide)
    assert environment_of_the_image()["CREDENTIALS_DIRECTORY"] == inside
    (tmp_path / name).write_text("a-token-of-the-desk-alone")
    (tmp_path / name).chmod(0o600)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert desk_token(DeskConfig()) == "a-token-of-the-desk-alone"


def test_all_that_is_copied_is_there_and_enough_to_build_the_package(tmp_path: Path) -> None:
    for word, rest in instructions():
        if word == "COPY" and rest.endswith(("/src/", "/src/webtv")):
            for source in rest.split()[:-1]:
                path = ROOT / source
                if path.is_dir():
                    shutil.copytree(path, tmp_path / source, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    shutil.copy(path, tmp_path)
    argv = [sys.executable, "-c", "import setuptools.build_meta as b; print(b.build_wheel('.'))"]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.glob("webtv-*.whl"))


def test_what_it_runs_is_what_webtv_understands() -> None:
    argv = [*json.loads(only("ENTRYPOINT")), *json.loads(only("CMD"))]
    assert argv[:2] == ["webtv", "run"]
    (file,) = [rest.split()[1] for word, rest in final_stage() if word == "COPY" and "webtv.yaml" in rest]
    assert argv[2:] == ["-c", file]


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_its_health_is_readiness(status: int, code: int) -> None:
    asked: list[str] = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.handle_request).start()
        program, *argv = json.loads(only("HEALTHCHECK").partition("CMD ")[2])
        argv = [text.replace(only("EXPOSE"), str(server.server_port)) for text in argv]
        away = {"http_proxy": "http://127.0.0.1:9"}  # engines hand in their host's, which must not be asked
        done = subprocess.run(
            [sys.executable, *argv], capture_output=True, env=away, timeout=120, check=False
        )
    assert (program, done.returncode, asked) == ("python", code, ["/readyz"])
