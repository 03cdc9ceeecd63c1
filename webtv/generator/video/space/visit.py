"""One visit to a Gradio Space: connect, queue, run, fetch the file. All of it within one time limit."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, wait
from json import JSONDecodeError
from threading import Thread
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from gradio_client import Client
from gradio_client.exceptions import AppError, AuthenticationError
from gradio_client.utils import QueueError, TooManyRequestsError

from webtv.errors import EngineError
from webtv.models.settings import SpaceSettings

Result = TypeVar("Result")

MAX_FILE = 200 * 10**6
"""Bytes of a video file: Spaces answer with some MB."""

_ASK_EVERY_S = 0.25
_TIMEOUT = httpx.Timeout(30, connect=10)
"""Of a single request. Gradio's event stream has a heartbeat every 15 s."""
_WITHDRAWN_WITHIN_S = 5.0
_LONGEST_MESSAGE = 200


class Visit:
    """A connection to a Space for one take. ``report`` is called every 0.25 s and may raise Cancelled.

    What waits on the network does so on threads of its own, which end with their requests: a Space that hangs
    holds nobody. A job that is given up is withdrawn from the Space's queue.
    """

    def __init__(self, settings: SpaceSettings, report: Callable[[float], None]) -> None:
        self._settings, self._report = settings, report
        self._deadline = time.monotonic() + settings.timeout_s
        self._reported = 0.0
        self._token = settings.token.get_secret_value() if settings.token else ""
        self._client: Any = None

    def __enter__(self) -> Visit:
        self._client = self._result(_on_a_thread(self._connect))
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def run(self, prompt: str, seed: int, frames: int, steps: int) -> bytes:
        """The video file that the Space makes. Raises EngineError."""
        endpoint = self.find_endpoint()
        inputs = (prompt, seed, frames, steps)
        job = self._result(_on_a_thread(lambda: self._client.submit(*inputs, api_name=endpoint)))
        try:
            answer = self._result(job.future, lambda: _share_done(job))
        finally:
            if not job.future.done():
                wait([_on_a_thread(job.cancel)], timeout=_WITHDRAWN_WITHIN_S)
        place = _file_in(answer)
        if place is None:
            raise self._error("its answer has no video")
        return self._result(_on_a_thread(lambda: self._fetch(place)))

    def find_endpoint(self) -> str:
        """``/run``, or else the only one that there is.

        Raises EngineError when there is none, or it takes other inputs.
        """
        api = self._client.view_api(print_info=False, return_format="dict")
        named: dict[str, Any] = api["named_endpoints"]
        found = [name for name in named if re.fullmatch(r"/run(_\d+)?", name)] or list(named)
        if not found or (len(found) > 1 and not found[0].startswith("/run")):
            raise self._error(f"it has no endpoint /run; it has: {', '.join(named) or 'none'}")
        inputs = named[found[0]]["parameters"]
        needed = [each for each in inputs if not each.get("parameter_has_default")]
        if len(inputs) < 4 or len(needed) > 4:
            names = ", ".join(each.get("parameter_name") or each["label"] for each in inputs)
            raise self._error(f"{found[0]} takes ({names}), and not (prompt, seed, frames, steps)")
        return found[0]

    def _connect(self) -> Any:
        # the client counts its users at its makers unless told so here
        os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
        return Client(
            self._settings.url,
            token=self._token or False,  # None would send the token of whoever is logged in on this machine
            verbose=False,
            download_files=False,
            analytics_enabled=False,
            httpx_kwargs={"timeout": _TIMEOUT},
        )

    def _fetch(self, place: str) -> bytes:
        """Here and not by the client, which sends the token wherever the answer leads, and knows no limit."""
        away = place.startswith(("http://", "https://"))
        address = httpx.URL(place if away else f"{self._client.src_prefixed}file={quote(place)}")
        home = httpx.URL(self._client.src)
        at_home = (address.scheme, address.host, address.port) == (home.scheme, home.host, home.port)
        with httpx.stream(
            "GET",
            address,
            headers=self._client.headers if at_home else None,
            cookies=self._client.cookies if at_home else None,
            follow_redirects=not at_home,
            timeout=_TIMEOUT,
        ) as response:
            response.raise_for_status()
            video = bytearray()
            for chunk in response.iter_bytes():
                video += chunk
                if len(video) > MAX_FILE:
                    raise self._error(f"its video is larger than {MAX_FILE // 10**6} MB")
                if time.monotonic() > self._deadline:
                    break  # nobody waits for it any more
        return bytes(video)

    def _result(self, work: Future[Result], share: Callable[[], float] = lambda: 0.0) -> Result:
        while not work.done():
            left_s = self._deadline - time.monotonic()
            if left_s <= 0:
                raise self._error(f"no take within {self._settings.timeout_s:g} s")
            wait([work], timeout=min(_ASK_EVERY_S, left_s))
            self._reported = max(self._reported, 0.95 * share())
            self._report(self._reported)
        try:
            return work.result()
        except EngineError:
            raise
        except Exception as error:  # the client raises what it likes, and what the app sent
            raise self._error(_meaning(error)) from error

    def _error(self, text: str) -> EngineError:
        if self._token:
            text = text.replace(self._token, "***")
        short = text if len(text) <= _LONGEST_MESSAGE else text[: _LONGEST_MESSAGE - 1] + "…"
        return EngineError(f"Space {self._settings.url}: {short}")


def _on_a_thread(work: Callable[[], Result]) -> Future[Result]:
    """A pool's threads would be waited for when the process ends; these are not."""
    future: Future[Result] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except Exception as error:  # raised again where the result is asked for
            future.set_exception(error)

    Thread(target=run, daemon=True, name="space").start()
    return future


def _share_done(job: Any) -> float:
    """How much is done by what the app tells of its progress; 0 when it tells nothing."""
    units = job.status().progress_data or []
    for unit in units:
        if unit.progress is not None:
            return min(1.0, float(unit.progress))
        if unit.index is not None and unit.length:
            return min(1.0, float(unit.index / unit.length))
    return 0.0


def _file_in(answer: Any) -> str | None:
    """Path on the Space or web address of the first file in an answer, whichever components it comes from."""
    if isinstance(answer, str):
        return answer if answer.startswith(("http://", "https://")) else None
    if isinstance(answer, dict) and isinstance(answer.get("path"), str):
        return str(answer["path"])
    parts = (
        answer.values() if isinstance(answer, dict) else answer if isinstance(answer, list | tuple) else ()
    )
    return next((place for place in map(_file_in, parts) if place), None)


_MEANINGS: tuple[tuple[type[Exception], str], ...] = (
    (QueueError, "its queue is full: try again later"),
    (TooManyRequestsError, "it had too many requests from us: try again later"),
    (AuthenticationError, "it does not let us in: set `token_file` in the section `space:` of webtv.yaml"),
    (AppError, "its app failed: {text}"),
    (CancelledError, "it went away while it worked"),
    (JSONDecodeError, "is no Gradio app ({text})"),
    (httpx.TransportError, "cannot be reached: {text}"),
    (Exception, "cannot be used: {text}"),
)


def _meaning(error: Exception) -> str:
    text = next(iter(str(error).strip().splitlines()), "") or type(error).__name__
    return next(words for kind, words in _MEANINGS if isinstance(error, kind)).format(text=text)
