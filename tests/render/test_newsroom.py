"""A channel's orders when the language model's service fails, against a real server.

They are written all the same, and nothing is in them that was not checked.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.clocks import FakeClock
from tests.openai_server import (
    BROKEN,
    BUSY,
    HANGS,
    KEY,
    NOT_FOUND,
    FakeOpenAI,
    Reply,
    draft,
    listening,
    says,
    speaking,
    verdict,
)
from webtv import metrics
from webtv.config import ChannelConfig, EngineChains, StationConfig
from webtv.config.services import OpenAIConfig
from webtv.domain import RenderOrder
from webtv.errors import ConfigError, EngineError
from webtv.generator.writer.blocklist import Blocklist
from webtv.generator.writer.moderation import Moderation, Moderator
from webtv.generator.writer.openai import OpenAIWriter
from webtv.playlist.database import Database
from webtv.render.newsroom import Newsroom
from webtv.render.order_writer import OrderWriter
from webtv.render.quality import Quality
from webtv.supervisor import Backoff

CONFIG = ChannelConfig(
    id="quiet", title="Quiet", theme="quiet machines", engines=EngineChains(writer=("openai", "grammar"))
)
UNSAFE = json.dumps(draft(0) | {"title": "Sex and the Heron"})

CHAT_FAULTS = {
    "invalid JSON": says('{"title": "Heron", "shots": ['),
    "schema ignored": says("Once there was a heron. It rose."),
    "refusal": says("", refusal="I cannot help with that."),
    "blocked words": says(UNSAFE),
    "429": BUSY,
    "500": BROKEN,
    "hangs": HANGS,
    "key refused": Reply({"error": {"message": f"wrong key {KEY}"}}, 401),
    "no such model": NOT_FOUND,
    "not an API": Reply("<html>It works!</html>"),
}
MODERATION_FAULTS = {
    "missing": NOT_FOUND,
    "500": BROKEN,
    "429": BUSY,
    "hangs": HANGS,
    "fewer verdicts": verdict([False]),
    "no verdicts": Reply({"results": []}),
    "not an API": Reply("<html>It works!</html>"),
}


class Desk:
    """Who writes orders, with a newsroom, on virtual time."""

    def __init__(self, newsroom: Newsroom, writer: OrderWriter, clock: FakeClock) -> None:
        self.newsroom, self.writer, self.clock = newsroom, writer, clock

    async def order(self, config: ChannelConfig = CONFIG) -> RenderOrder:
        return await self.writer.write(config)


@asynccontextmanager
async def desk(
    tmp_path: Path, url: str, *, by: Moderator = "endpoint", timeout_s: float = 60.0, retries: int = 1
) -> AsyncIterator[Desk]:
    database, _ = Database.open(tmp_path / "webtv.db")
    clock = FakeClock()
    async with speaking(url, timeout_s=timeout_s, retries=retries) as service:
        newsroom = Newsroom(service, Moderation(Blocklist.read(), service, clock, by=by), clock)
        writer = OrderWriter(newsroom, database, Quality())
        watch = asyncio.create_task(newsroom.retry_resting())
        try:
            yield Desk(newsroom, writer, clock)
        finally:
            watch.cancel()
            database.close()


@pytest.fixture
async def server() -> AsyncIterator[FakeOpenAI]:
    async with listening(FakeOpenAI()) as fake:
        yield fake


def _patience(fault: Reply) -> float:
    return 0.5 if fault is HANGS else 60.0


def texts(order: RenderOrder) -> set[str]:
    script = order.script
    return {script.title, script.music.prompt, *(shot.prompt for shot in script.shots)}


async def advance(desk: Desk, seconds: float) -> None:
    """Let virtual time pass, and a look at a resting writer take what real time it takes."""
    await desk.clock.advance(seconds)
    async with asyncio.timeout(120):
        while not desk.clock.sleepers:  # noqa: ASYNC110 - the clock is all that tells that the look is over
            await asyncio.sleep(0.005)


async def test_what_the_language_model_writes_is_ordered_after_every_text_was_checked(
    server: FakeOpenAI, tmp_path: Path
) -> None:
    async with desk(tmp_path, server.url) as at:
        orders = [await at.order() for _ in range(3)]
    assert {order.engines.writer for order in orders} == {"openai 1"}
    assert [order.script.title for order in orders] == ["Heron 0", "Weaver 1", "Violin 2"]
    for order in orders:
        assert texts(order) <= set(server.moderated)
    assert "- Weaver 1\n- Heron 0\n" in server.asked[2]["messages"][1]["content"]


@pytest.mark.parametrize("fault", CHAT_FAULTS.values(), ids=CHAT_FAULTS)
async def test_whatever_the_model_answers_the_grammar_writes_the_order(
    server: FakeOpenAI, tmp_path: Path, fault: Reply
) -> None:
    server.always_chat = fault
    with capture_logs() as logs:
        async with desk(tmp_path, server.url, timeout_s=_patience(fault)) as at:
            order = await at.order()
    assert order.engines.writer == "grammar 1"
    assert texts(order) <= set(server.moderated)
    assert any(line.get("writer") == "openai" for line in logs)
    assert KEY not in repr(logs)


@pytest.mark.parametrize("fault", MODERATION_FAULTS.values(), ids=MODERATION_FAULTS)
async def test_nothing_that_the_model_wrote_is_ordered_while_it_cannot_be_checked(
    server: FakeOpenAI, tmp_path: Path, fault: Reply
) -> None:
    server.always_moderation = fault
    async with desk(tmp_path, server.url, timeout_s=_patience(fault)) as at:
        orders = [await at.order() for _ in range(3)]
        assert "openai" in at.newsroom.resting
    assert {order.engines.writer for order in orders} == {"grammar 1"}
    assert "Heron 0" not in {order.script.title for order in orders}
    assert len(server.asked) == 1, "a writer that rests is not asked"


async def test_a_script_that_the_endpoint_objects_to_is_counted_and_the_writer_goes_on(
    server: FakeOpenAI, tmp_path: Path
) -> None:
    counted = metrics.scripts_refused.labels("openai", "endpoint")
    before = counted._value.get()
    server.objects_to = ("Heron",)
    async with desk(tmp_path, server.url) as at:
        first, second = await at.order(), await at.order()
        assert at.newsroom.resting == {}
    assert (first.engines.writer, second.engines.writer) == ("grammar 1", "openai 1")
    assert counted._value.get() == before + 1
    for order in (first, second):
        assert texts(order) <= set(server.moderated)


async def test_by_the_blocklist_alone_the_model_writes_without_an_endpoint(
    server: FakeOpenAI, tmp_path: Path
) -> None:
    server.chat = [says(UNSAFE)]
    async with desk(tmp_path, server.url, by="blocklist") as at:
        first, second = await at.order(), await at.order()
    assert (first.engines.writer, second.engines.writer) == ("grammar 1", "openai 1")
    assert server.reviews == 0
    assert Blocklist.read().find(" ".join(texts(first) | texts(second))) is None


async def test_a_service_that_went_away_is_asked_again_when_it_answers(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with desk(tmp_path, f"http://127.0.0.1:{port}/v1", retries=0) as at:
        away = await at.order()
        assert "cannot be reached" in at.newsroom.resting["openai"]
        server = FakeOpenAI()
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(listening(server, port))
            still = await at.order()
            assert server.asked == []
            await advance(at, 31)
            again = await at.order()
    assert [order.engines.writer for order in (away, still, again)] == ["grammar 1", "grammar 1", "openai 1"]
    assert texts(again) <= set(server.moderated)


async def test_an_order_can_be_withdrawn_while_the_service_hangs(server: FakeOpenAI, tmp_path: Path) -> None:
    server.always_chat = HANGS
    async with desk(tmp_path, server.url) as at:
        order = asyncio.create_task(at.order())
        async with asyncio.timeout(120):
            while not server.asked:  # noqa: ASYNC110 - the server tells by that alone
                await asyncio.sleep(0.005)
            order.cancel()
            with pytest.raises(asyncio.CancelledError):
                await order
        server.always_chat = None
        assert (await at.order()).engines.writer == "openai 1"


async def test_a_bug_met_while_looking_at_a_writer_lets_it_rest_on(
    server: FakeOpenAI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def raises(_self: OpenAIWriter) -> None:
        raise ValueError("a bug")

    server.always_chat = BROKEN
    monkeypatch.setattr(OpenAIWriter, "check", raises)
    async with desk(tmp_path, server.url, retries=0) as at:
        await at.order()
        await advance(at, 31)
        assert at.newsroom.resting == {"openai": "a bug"}


async def test_a_writer_that_fails_on_rests_longer_each_time(
    server: FakeOpenAI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webtv.render.newsroom._REST", Backoff(first_s=30, cap_s=600, jitter=0))
    server.always_moderation = NOT_FOUND
    async with desk(tmp_path, server.url) as at:
        await at.order()
        for rest_s in (30, 60, 120, 240, 480, 600, 600):
            looks = server.reviews
            await advance(at, 0.4 * rest_s)
            assert server.reviews == looks
            await advance(at, 0.6 * rest_s + 2)
            assert server.reviews == looks + 1
            assert "openai" in at.newsroom.resting


async def test_a_writer_is_back_only_when_what_it_writes_can_be_checked(
    server: FakeOpenAI, tmp_path: Path
) -> None:
    server.always_moderation = BROKEN
    async with desk(tmp_path, server.url, retries=0) as at:
        await at.order()
        await advance(at, 31)
        assert "openai" in at.newsroom.resting
        server.always_moderation = None
        await advance(at, 61)
        assert at.newsroom.resting == {}
        assert (await at.order()).engines.writer == "openai 1"


async def test_a_grammar_script_that_is_refused_is_written_anew_from_another_seed(
    server: FakeOpenAI, tmp_path: Path
) -> None:
    config = CONFIG.model_copy(update={"engines": EngineChains(writer=("grammar",))})
    async with desk(tmp_path, server.url) as at:
        server.moderation = [verdict([True] * 6)] * 2
        order = await at.order(config)
        assert server.reviews == 3
        assert texts(order) <= set(server.moderated)


async def test_a_theme_that_must_not_air_is_not_written_about(server: FakeOpenAI, tmp_path: Path) -> None:
    engines = EngineChains(writer=("grammar",))
    config = CONFIG.model_copy(update={"engines": engines, "theme": "porn"})
    async with desk(tmp_path, server.url) as at:
        with pytest.raises(EngineError, match="the blocklist has 'porn'"):
            await at.order(config)


async def test_a_station_without_a_service_says_so_and_writes_by_the_grammar(tmp_path: Path) -> None:
    clock = FakeClock()
    newsroom = Newsroom.of(StationConfig(), clock)
    database, _ = Database.open(tmp_path / "webtv.db")
    writer = OrderWriter(newsroom, database, Quality())
    order = await writer.write(CONFIG)
    alone = CONFIG.model_copy(update={"engines": EngineChains(writer=("openai",))})
    with pytest.raises(EngineError, match=r"needs a section `openai:` with a model in webtv\.yaml"):
        await writer.write(alone)
    database.close()
    assert order.engines.writer == "grammar 1"


def test_a_station_whose_blocklist_is_missing_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "gone.txt").touch()
    config = StationConfig(openai=OpenAIConfig(model="scribe"), blocklist=tmp_path / "gone.txt")
    (tmp_path / "gone.txt").unlink()
    with pytest.raises(ConfigError, match=r"gone\.txt cannot be read"):
        Newsroom.of(config, FakeClock())
