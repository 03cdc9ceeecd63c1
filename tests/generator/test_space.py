"""Takes from a Space: real Gradio apps on loopback, one process for all tests."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio_client
import httpx
import numpy as np
import pytest

from tests.shots import shot as any_shot
from tests.spaces import TOKEN, running_apps
from webtv.domain import Shot, Take
from webtv.errors import Cancelled, EngineError
from webtv.generator.video.space import Space, visit
from webtv.generator.video.space.video import pictures_of
from webtv.models.host import Host
from webtv.models.settings import HostSettings, SpaceSettings

ENDS_WITHIN_S = 60.0


class Apps:
    """The apps' process."""

    def __init__(self, base: str, folder: Path) -> None:
        self.base, self.folder = base, folder

    def seen(self) -> list[dict[str, Any]]:
        answer: list[dict[str, Any]] = httpx.get(f"{self.base}/seen", timeout=ENDS_WITHIN_S).json()
        return answer

    def until(self, what: Callable[[], bool]) -> None:
        end = time.monotonic() + ENDS_WITHIN_S
        while not what():
            assert time.monotonic() < end, "the app did not get there"
            time.sleep(0.05)

    def film(
        self, path: str, *shots: Shot, token: str | None = None, timeout_s: float = ENDS_WITHIN_S, **more: Any
    ) -> list[Take]:
        return list(self.engine(path, token, timeout_s).film(shots, width=128, height=72, **more))

    def engine(self, path: str, token: str | None = None, timeout_s: float = ENDS_WITHIN_S) -> Space:
        settings = SpaceSettings.model_validate(
            {"url": f"{self.base}/{path}", "token": token, "timeout_s": timeout_s}
        )
        return Space(Host(HostSettings(space=settings)))


@pytest.fixture(scope="module")
def apps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apps]:
    folder = tmp_path_factory.mktemp("films")
    with running_apps(folder) as base:
        yield Apps(base, folder)


@pytest.fixture
def slow(apps: Apps) -> Iterator[None]:
    """Slow films are slow while the test runs."""
    (apps.folder / "enough").unlink(missing_ok=True)
    yield
    (apps.folder / "enough").touch()


@pytest.fixture
def busy(apps: Apps, slow: None) -> Iterator[gradio_client.Client]:
    """Someone else's film is at work in the app ``busy``, and nothing waits in its queue."""
    client = gradio_client.Client(f"{apps.base}/busy", verbose=False, analytics_enabled=False)
    before = len(apps.seen())
    job = client.submit("slow", 1, 24, 35, api_name="/run")
    apps.until(lambda: len(apps.seen()) > before)
    yield client
    (apps.folder / "enough").touch()
    job.result(timeout=ENDS_WITHIN_S)


def shot(what: str = "a long ocean swell", seed: int = 7) -> Shot:
    """``what`` tells the app what to do."""
    return any_shot(f"{what},", seconds=3.0, seed=seed)


def test_a_space_films_a_take_that_covers_its_shot(apps: Apps) -> None:
    (take,) = apps.film("film", shot(seed=90))
    assert take.frames.shape == (24, 64, 96, 3)
    assert take.frames.dtype == np.uint8
    assert len(take.frames) / take.fps == 3.0
    assert abs(float(take.frames[0].mean()) - 90) < 3


def test_the_call_is_the_seeds_prompt_seed_frames_and_steps(apps: Apps) -> None:
    order = shot(seed=4_000_000_007)
    apps.film("film", order, rung="standard")
    assert apps.seen()[-1] == {"prompt": order.prompt, "seed": 7, "frames": 24, "steps": 35, "token": ""}
    apps.film("film", order, rung="draft")
    assert apps.seen()[-1]["steps"] == 20


def test_takes_come_one_by_one_and_progress_rises_to_one(apps: Apps) -> None:
    told: list[float] = []
    takes = apps.engine("film").film([shot(), shot()], width=128, height=72, progress=told.append)
    next(takes)
    assert told[-1] == 0.5
    next(takes)
    assert told == sorted(told)
    assert told[-1] == 1


@pytest.mark.parametrize("path", ["file", "single"])
def test_other_components_and_an_only_endpoint_do_as_well(apps: Apps, path: str) -> None:
    (take,) = apps.film(path, shot())
    assert take.frames.shape[0] == 24


def test_the_token_goes_to_the_space(apps: Apps) -> None:
    apps.film("film", shot(), token=TOKEN)
    assert apps.seen()[-1]["token"] == f"Bearer {TOKEN}"
    apps.film("private", shot(), token=TOKEN)


def test_without_a_token_none_is_sent_though_someone_is_logged_in_here(
    apps: Apps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_of_this_machine")
    apps.film("film", shot())
    assert apps.seen()[-1]["token"] == ""


def test_the_token_does_not_follow_an_answer_to_another_host(apps: Apps) -> None:
    (take,) = apps.film("words", shot("address"), token=TOKEN)
    assert take.frames.shape[0] == 24
    assert TOKEN not in str(apps.seen()[-1]["elsewhere"])


def test_a_space_that_wants_a_token_is_told_as_such(apps: Apps) -> None:
    with pytest.raises(EngineError, match="does not let us in: set `token_file`"):
        apps.film("private", shot())


def test_an_error_of_the_app_is_told_without_the_token(apps: Apps) -> None:
    with pytest.raises(EngineError, match="its app failed: the GPU is tired") as caught:
        apps.film("film", shot("error"), token=TOKEN)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "what", "message"),
    [
        ("file", "text", "not a video"),
        ("file", "cut short", "not a video"),
        ("file", "one frame", "has 1 frames, and a take needs 12"),
        ("words", "text", "its answer has no video"),
        ("many", "", "no endpoint /run; it has: /first, /second"),
        ("other", "", r"/run takes \(words\), and not \(prompt, seed, frames, steps\)"),
        ("plain", "", "is no Gradio app"),
        ("nowhere", "", "cannot be used"),
    ],
)
def test_what_is_no_take_is_told_with_its_reason(apps: Apps, path: str, what: str, message: str) -> None:
    with pytest.raises(EngineError, match=f"^Space {apps.base}/{path}: .*{message}"):
        apps.film(path, shot(what))


def test_a_playlist_is_not_followed(apps: Apps) -> None:
    apps.film("film", shot())
    film = next(apps.folder.glob("*.mp4"))
    with pytest.raises(EngineError, match="not a video"):
        pictures_of(f"ffconcat version 1.0\nfile '{film}'\n".encode(), at_least=1)


def test_a_file_that_is_too_large_is_left(apps: Apps, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visit, "MAX_FILE", 1000)
    with pytest.raises(EngineError, match="larger than"):
        apps.film("film", shot())


def test_a_full_queue_is_told_as_such(apps: Apps, busy: gradio_client.Client) -> None:
    waiting = busy.submit("next", 1, 24, 35, api_name="/run")
    apps.until(lambda: waiting.status().rank == 0)
    with pytest.raises(EngineError, match="its queue is full: try again later"):
        apps.film("busy", shot())


def test_a_withdrawn_order_leaves_the_queue(apps: Apps, busy: gradio_client.Client) -> None:
    asked = []

    def withdraw(done: float) -> None:
        asked.append(done)
        if len(asked) > 8:
            raise Cancelled

    with pytest.raises(Cancelled):
        apps.film("busy", shot(), progress=withdraw)
    waiting = busy.submit("next", 1, 24, 35, api_name="/run")
    apps.until(lambda: waiting.status().rank == 0)


def test_the_time_limit_counts_the_queue_too_and_leaves_it(apps: Apps, busy: gradio_client.Client) -> None:
    with pytest.raises(EngineError, match=r"no take within 1\.5 s"):
        apps.film("busy", shot(), timeout_s=1.5)
    waiting = busy.submit("next", 1, 24, 35, api_name="/run")
    apps.until(lambda: waiting.status().rank == 0)


def test_a_film_that_takes_too_long_is_given_up(apps: Apps, slow: None) -> None:
    with pytest.raises(EngineError, match="no take within 1 s"):
        apps.film("film", shot("slow"), timeout_s=1)


def test_a_space_that_never_answers_holds_nobody(apps: Apps) -> None:
    with pytest.raises(EngineError, match="no take within 1 s"):
        apps.film("hangs", shot(), timeout_s=1)


def test_a_check_connects_and_films_nothing(apps: Apps) -> None:
    before = len(apps.seen())
    apps.engine("film").check()
    with pytest.raises(EngineError, match="no endpoint /run"):
        apps.engine("many").check()
    assert len(apps.seen()) == before


def test_nobody_else_is_told_of_the_call(apps: Apps, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRADIO_ANALYTICS_ENABLED", raising=False)
    told: list[object] = []
    monkeypatch.setattr(gradio_client.Client, "_telemetry_thread", told.append)
    apps.engine("film").check()
    assert not told
    assert os.environ["GRADIO_ANALYTICS_ENABLED"] == "False"


def test_a_space_that_is_away_is_told_as_such() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        engine = Space(Host(HostSettings(space=SpaceSettings(url=url))))
        with pytest.raises(EngineError, match=f"Space {url}: cannot be reached"):
            engine.check()


def test_without_a_section_the_message_says_what_to_write() -> None:
    with pytest.raises(EngineError, match="needs a section `space:` with a url"):
        Space(Host()).check()
