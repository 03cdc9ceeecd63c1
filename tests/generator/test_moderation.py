"""The blocklist, and the moderation endpoint of a real server."""

from __future__ import annotations

import ast
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.clocks import FakeClock
from tests.openai_server import BROKEN, HANGS, NOT_FOUND, FakeOpenAI, Reply, listening, speaking, verdict
from webtv.errors import ConfigError, EngineError, Refused
from webtv.generator.writer import (
    camera,
    fields_human,
    fields_nature,
    grammar,
    look,
    music,
    scene,
    sorts,
    theme,
    title,
)
from webtv.generator.writer.blocklist import Blocklist
from webtv.generator.writer.moderation import Moderation
from webtv.generator.writer.openai_service import Service

TEXTS = ("a heron rises by a rope, in a foggy canal", "Heron at Dusk")
AWAY = {
    "missing": NOT_FOUND,
    "broken": BROKEN,
    "hangs": HANGS,
    "too few": verdict([False]),
    "too many": verdict([False, False, False]),
    "no verdict": Reply({"results": [{}, {}]}),
    "a word for a verdict": verdict(["false", "false"]),
    "no verdicts": Reply({"results": None}),
    "no JSON": Reply("fine"),
    "login page": Reply("<html>", 302, {"Location": "/login"}),
}


@pytest.fixture(scope="module")
def shipped() -> Blocklist:
    return Blocklist.read()


@pytest.fixture
async def server() -> AsyncIterator[FakeOpenAI]:
    async with listening(FakeOpenAI()) as fake:
        yield fake


@pytest.fixture
async def service(server: FakeOpenAI) -> AsyncIterator[Service]:
    async with speaking(server.url, retries=1) as given:
        yield given


@pytest.mark.parametrize(
    "text",
    [
        "sex on a beach",
        "SEX",
        "Séx",
        "\uff33\uff25\uff38",
        "se\u200bx",
        "s.e.x",
        "s e x",
        "S-E-X",
        "sexxxx",
        "$ex",
        "p0rn",
        "po-rn",
        "f*ck",
        "sh1t",
        "nude$",
        "53x",
        "\U0001d54a\U0001d53c\U0001d54f",
        "s\u20dde\u20ddx\u20dd",
        "se\u3164x",
        "\u0455\u0435\u0445 in Cyrillic letters alone",
        "\ua731\u1d07x in small capitals",
        "a naked young man",
        "a woman without clothes",
        "p\u043ern with a Cyrillic letter",
        "b00bs",
        "su1c1de",
        "k!ll yourself",
        "kill, yourself",
        "a naked\nwoman",
        "pornographic",
        "beheading",
        "a severed hand's shadow",
        "a swastika flag",
        "a deepfake of a senator",
    ],
)
def test_what_must_not_air_is_found_however_it_is_written(shipped: Blocklist, text: str) -> None:
    assert shipped.find(text)


@pytest.mark.parametrize(
    "text",
    [
        "a misty morning in Sussex, and Essex, and Scunthorpe",
        "a cocktail with a slice of lime",
        "a time-lapse shoot of a plant",
        "grapes on a vine, rapeseed beside it",
        "visible to the naked eye",
        "naked branches in winter",
        "a title card of 1920s cinema",
        "a classic bass, an assassin bug in the grass",
        "a gorge, a category, an allegory",
        "the analysis of 6 sextants",
        "a peacock, a shuttlecock, a weathercock",
        "a state-of-the-art mill",
        "a b c, the alphabet on blocks",
        "skinned knees, blood orange, a bloodhound",
        "a heroine heroically climbs a torturous path",
        "executive suite, dickcissel, therapist",
        "blue tits and great tits at a feeder",
        "a paint stripper on an oak door",
        "a self-harmonizing choir",
        "a cloud in the likeness of a whale",
        "\u0441\u043e\u0441\u043d\u0430 \u0432 \u0442\u0443\u043c\u0430\u043d\u0435",
        "冬の静かな海",
    ],
)
def test_harmless_words_pass(shipped: Blocklist, text: str) -> None:
    assert shipped.find(text) is None


@pytest.mark.parametrize(
    "text",
    ["_" * 80 + "ab", "1" * 4000, "a" * 4000, "!" * 4000, "a-" * 2000 + "--"],
    ids=lambda text: text[:2],
)
def test_no_text_keeps_the_blocklist_busy(shipped: Blocklist, text: str) -> None:
    """The first one took longer than anybody waits, and nothing else runs while a text is matched."""
    assert shipped.find(text) is None


def test_all_that_the_grammar_knows_passes(shipped: Blocklist) -> None:
    modules = [grammar, camera, fields_human, fields_nature, look, music, scene, sorts, theme, title]
    for source in (Path(str(module.__file__)).read_text() for module in modules):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                for phrase in node.value.split(" / "):
                    assert shipped.find(phrase) is None, phrase


def test_the_operators_words_are_kept_out_too(tmp_path: Path) -> None:
    own = tmp_path / "own.txt"
    own.write_text("# ours\n\nRival TV\nSpöks*\n海賊版\n", encoding="utf-8")
    blocklist = Blocklist.read(own)
    for text in ("a rival-TV van", "SPOKSAK at night", "古い海賊版の箱", "sex"):
        assert blocklist.find(text)
    assert blocklist.find("a rival, a van") is None


def test_a_blocklist_that_cannot_be_read_is_an_error_not_an_empty_list(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        Blocklist.read(tmp_path / "none.txt")
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9\n")
    with pytest.raises(ConfigError, match="not UTF-8"):
        Blocklist.read(tmp_path / "latin.txt")


async def test_every_text_is_shown_to_the_endpoint(server: FakeOpenAI, service: Service) -> None:
    await Moderation(Blocklist(()), service, FakeClock()).review(TEXTS, by_model=True)
    assert server.moderated == list(TEXTS)


@pytest.mark.parametrize("by_model", [True, False])
async def test_one_objection_refuses_all(server: FakeOpenAI, service: Service, by_model: bool) -> None:
    server.objects_to = ("Dusk",)
    with pytest.raises(Refused, match="objects to 1 of 2 texts") as refusal:
        await Moderation(Blocklist(()), service, FakeClock()).review(TEXTS, by_model=by_model)
    assert refusal.value.reason == "endpoint"


async def test_what_the_blocklist_has_is_not_even_sent(server: FakeOpenAI, service: Service) -> None:
    with pytest.raises(Refused, match="the blocklist has 'dusk'") as refusal:
        await Moderation(Blocklist(["dusk"]), service, FakeClock()).review(TEXTS, by_model=True)
    assert refusal.value.reason == "blocklist"
    assert server.reviews == 0


@pytest.mark.parametrize("reply", AWAY.values(), ids=AWAY)
async def test_what_a_model_wrote_is_not_used_while_it_cannot_be_checked(
    server: FakeOpenAI, reply: Reply
) -> None:
    server.always_moderation = reply
    async with speaking(server.url, timeout_s=0.3 if reply is HANGS else 5.0, retries=1) as service:
        with pytest.raises(EngineError):
            await Moderation(Blocklist(()), service, FakeClock()).review(TEXTS, by_model=True)


async def test_looking_whether_texts_could_be_checked_asks_the_endpoint(
    server: FakeOpenAI, service: Service
) -> None:
    server.moderation = [NOT_FOUND]
    moderation = Moderation(Blocklist(()), service, FakeClock())
    with pytest.raises(EngineError, match="no moderation endpoint"):
        await moderation.check()
    await moderation.check()


@pytest.mark.parametrize("reply", AWAY.values(), ids=AWAY)
async def test_an_endpoint_that_is_away_does_not_stop_the_grammar(server: FakeOpenAI, reply: Reply) -> None:
    server.always_moderation = reply
    async with speaking(server.url, timeout_s=0.3 if reply is HANGS else 5.0, retries=1) as service:
        await Moderation(Blocklist(()), service, FakeClock()).review(TEXTS, by_model=False)


async def test_the_grammar_asks_an_endpoint_that_was_away_a_minute_later(
    server: FakeOpenAI, service: Service
) -> None:
    clock = FakeClock()
    moderation = Moderation(Blocklist(()), service, clock)
    server.moderation = [NOT_FOUND]
    server.objects_to = ("Dusk",)
    for _ in range(3):
        await moderation.review(TEXTS, by_model=False)
        await clock.advance(15)
    assert server.reviews == 1
    await clock.advance(15)
    with pytest.raises(Refused):
        await moderation.review(TEXTS, by_model=False)


async def test_a_missing_endpoint_says_what_to_set(server: FakeOpenAI, service: Service) -> None:
    server.always_moderation = NOT_FOUND
    with pytest.raises(EngineError) as error:
        await Moderation(Blocklist(()), service, FakeClock()).review(TEXTS, by_model=True)
    assert str(error.value).startswith(
        f"{server.url} has no moderation endpoint: set `moderation: blocklist` in webtv.yaml"
    )


async def test_by_the_blocklist_alone_nothing_is_asked(server: FakeOpenAI, service: Service) -> None:
    moderation = Moderation(Blocklist(["dawn"]), service, FakeClock(), by="blocklist")
    await moderation.check()
    await moderation.review(TEXTS, by_model=True)
    with pytest.raises(Refused):
        await moderation.review(("Heron at Dawn",), by_model=True)
    assert server.reviews == 0


async def test_without_a_service_a_models_text_stays_unused() -> None:
    moderation = Moderation(Blocklist(()), None, FakeClock())
    await moderation.review(TEXTS, by_model=False)
    with pytest.raises(EngineError, match="no moderation endpoint"):
        await moderation.review(TEXTS, by_model=True)
