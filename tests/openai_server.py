"""A small OpenAI-compatible API on loopback: it answers as it is told to and remembers what it was asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from aiohttp import web
from pydantic import SecretStr

from webtv.config.secret import SecretFile
from webtv.config.services import OpenAIConfig
from webtv.generator.writer.openai_service import Service

KEY = "sk-test-0123456789abcdef"

Json = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What goes back for one request. ``hang_s`` lets the asker wait."""

    body: Json | str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hang_s: float = 0.0


SOON = {"Retry-After": "0.01"}
NOT_FOUND = Reply({"error": {"message": "404 page not found"}}, 404)
BUSY = Reply({"error": {"message": f"too many requests with {KEY}"}}, 429, SOON)
BROKEN = Reply({"error": {"message": f"internal error at {KEY}"}}, 500, SOON)
HANGS = Reply(hang_s=30.0)


def says(text: str, *, refusal: str | None = None, ending: str = "stop") -> Reply:
    """A completion as OpenAI sends it."""
    return Reply(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": "scribe",
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": text, "refusal": refusal},
                    "finish_reason": ending,
                }
            ],
            "usage": {"prompt_tokens": 700, "completion_tokens": 300, "total_tokens": 1000},
        }
    )


class FakeOpenAI:
    """``chat`` and ``moderation`` hold the replies to come; then every chat is answered with a good draft and
    every text is found harmless but those with a word of ``objects_to``."""

    def __init__(self) -> None:
        self.chat: list[Reply] = []
        self.moderation: list[Reply] = []
        self.url = ""
        self.always_chat: Reply | None = None
        self.always_moderation: Reply | None = None
        self.objects_to: tuple[str, ...] = ()
        self.asked: list[Json] = []
        self.moderated: list[str] = []
        """Texts that were found harmless."""
        self.reviews = 0
        self.keys: set[str] = set()
        self._drafts = count()

    @property
    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._complete)
        app.router.add_post("/v1/moderations", self._moderate)
        return app

    async def _complete(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        self.keys.add(request.headers["Authorization"])
        reply = self.chat.pop(0) if self.chat else self.always_chat
        return await _sent(reply or says(json.dumps(draft(next(self._drafts)))))

    async def _moderate(self, request: web.Request) -> web.Response:
        self.reviews += 1
        texts = (await request.json())["input"]
        reply = self.moderation.pop(0) if self.moderation else self.always_moderation
        if reply is not None:
            return await _sent(reply)
        flags = [any(word in text for word in self.objects_to) for text in texts]
        self.moderated += [text for text, flagged in zip(texts, flags, strict=True) if not flagged]
        return await _sent(verdict(flags))


def verdict(flags: Sequence[Any]) -> Reply:
    return Reply({"id": "modr-1", "model": "watch", "results": [{"flagged": flag} for flag in flags]})


async def _sent(reply: Reply) -> web.Response:
    await asyncio.sleep(reply.hang_s)
    if isinstance(reply.body, str):
        return web.Response(text=reply.body, status=reply.status, headers=reply.headers)
    return web.json_response(reply.body, status=reply.status, headers=reply.headers)


@asynccontextmanager
async def listening(server: FakeOpenAI, port: int = 0) -> AsyncIterator[FakeOpenAI]:
    """Serve; ``server.url`` is the ``base_url`` then."""
    runner = web.AppRunner(server.application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        yield server
    finally:
        await runner.cleanup()


@asynccontextmanager
async def speaking(url: str, *, timeout_s: float = 5.0, retries: int = 2) -> AsyncIterator[Service]:
    """The station's side of the API, with waits as short as tests want them."""
    key = SecretFile(path=Path("key"), key=SecretStr(KEY))
    config = OpenAIConfig(model="scribe", base_url=url, key_file=key)
    config = config.model_copy(update={"timeout_s": timeout_s})
    async with aclosing(Service(config, retries=retries)) as service:
        yield service


_SUBJECTS = ("heron", "otter", "lantern", "ferry", "weaver", "glacier", "tram", "orchard", "violin", "kite")
_ACTIONS = (
    "rises",
    "turns",
    "drifts",
    "folds",
    "opens",
    "trembles",
    "hums",
    "leans",
    "gleams",
    "sways",
    "falls",
)
_THINGS = ("a rope", "a bell", "the tide", "an arch", "a mirror", "the dust", "a sail")
_PLACES = ("a foggy canal", "tin roofs", "a salt marsh", "an empty hall", "a pine ridge", "a night market")
_FRAMINGS = ("wide shot", "close-up", "aerial view", "medium shot", "low-angle detail")
_MOVES = (("track", "left", "slow"), ("pan", "right", "steady"), ("crane", "up", "fast"))
_LOOKS = (
    ("pale first light", "slate and ochre", "soft watercolour animation"),
    ("hard noon sun", "rose and lead", "paper cut-out"),
    ("one warm lamp", "mint, cream", "woodblock print"),
    ("blue dusk", "rust, teal", "weathered documentary"),
    ("storm glow", "ink and snow", "charcoal drawing"),
)


def draft(number: int, shots: int = 4) -> Json:
    """A draft unlike those with other numbers below 5."""
    first = number * shots
    return {
        "title": f"{_of(_SUBJECTS, first).title()} {number}",
        "shots": [shot(first + at) for at in range(shots)],
        "music": {
            "mood": "calm and curious",
            "key": "D",
            "mode": "dorian",
            "tempo_bpm": 84,
            "energy": 0.4,
            "instruments": ["harp", "round bass"],
        },
    }


def shot(number: int) -> Json:
    kind, direction, speed = _of(_MOVES, number)
    light, palette, style = _of(_LOOKS, number // 4)
    return {
        "subject": f"a {_of(_SUBJECTS, number)}",
        "action": f"{_of(_ACTIONS, number)} by {_of(_THINGS, number)}",
        "setting": f"in {_of(_PLACES, number)}",
        "framing": _of(_FRAMINGS, number),
        "movement": {"kind": kind, "direction": direction, "speed": speed},
        "light": light,
        "palette": palette,
        "style": style,
        "slow_motion": 1,
        "transition": "dissolve",
        "length": 1,
    }


def _of(choices: Sequence[Any], number: int) -> Any:
    return choices[number % len(choices)]
