"""The writer ``openai`` against a real server."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest
from openai.lib._pydantic import to_strict_json_schema

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
)
from webtv import metrics
from webtv.config.services import OpenAIConfig
from webtv.domain import Brief, Script
from webtv.errors import EngineError, Refused
from webtv.generator.writer import load_writer
from webtv.generator.writer.length import CLIP_TOKENS, clip_tokens
from webtv.generator.writer.openai_draft import Draft
from webtv.generator.writer.openai_service import Service

BRIEF = Brief(theme="quiet machines", shots=4, seconds=12.8, seed=7)


@pytest.fixture
async def server() -> AsyncIterator[FakeOpenAI]:
    async with listening(FakeOpenAI()) as fake:
        yield fake


async def write(server: FakeOpenAI, brief: Brief = BRIEF, **options: Any) -> Script:
    async with speaking(server.url, **options) as service:
        return await load_writer("openai", service).write(brief)


def altered(number: int = 0, **fields: Any) -> str:
    """A good draft whose first shot has these fields."""
    given = draft(number)
    given["shots"][0] |= fields
    return json.dumps(given)


async def test_a_good_answer_becomes_a_script_as_the_grammar_makes_it(server: FakeOpenAI) -> None:
    script = await write(server)
    assert script.title == "Heron 0"
    assert [shot.subject for shot in script.shots] == [
        "a heron",
        "a otter",
        "a lantern",
        "a ferry",
    ]
    assert sum(shot.seconds for shot in script.shots) == pytest.approx(12.8, abs=0.02)
    assert all(2 <= shot.seconds <= 5 for shot in script.shots)
    assert [shot.transition for shot in script.shots] == ["cut", "dissolve", "dissolve", "dissolve"]
    assert len({shot.seed for shot in script.shots}) == 4
    assert script.shots[0].movement.words == "camera tracks left, slow"
    assert (script.music.key, script.music.mode, script.music.tempo_bpm) == ("D", "dorian", 84)
    assert server.keys == {f"Bearer {KEY}"}


async def test_the_same_answer_to_the_same_brief_gives_the_same_script(server: FakeOpenAI) -> None:
    server.always_chat = says(json.dumps(draft(0)))
    first, again = await write(server), await write(server)
    other = await write(server, BRIEF.model_copy(update={"seed": 8}))
    assert first == again
    assert first.shots[0].seed != other.shots[0].seed


async def test_the_model_is_asked_for_our_schema_and_told_what_was_shown(server: FakeOpenAI) -> None:
    brief = BRIEF.model_copy(
        update={
            "recent_titles": ("Old Mill",),
            "recent": ("a red crane lifts a piano, at a quay, wide shot",),
        }
    )
    await write(server, brief)
    asked = server.asked[0]
    form = asked["response_format"]["json_schema"]
    assert form["strict"] and form["schema"] == to_strict_json_schema(Draft)
    told = asked["messages"][1]["content"]
    for part in (
        "quiet machines",
        "Write 4 shots",
        "12.8 seconds",
        "- Old Mill",
        "- a red crane lifts a piano\n",
    ):
        assert part in told + "\n"


async def test_the_prompt_is_shaped_for_the_model_that_will_draw_it(server: FakeOpenAI) -> None:
    for video in ("zeroscope", "wan"):
        await write(server, BRIEF.model_copy(update={"video": video}))
    short, long = (asked["messages"][0]["content"] for asked in server.asked)
    assert "reads 75 tokens" in short
    assert "reads long texts" in long


@pytest.mark.parametrize("video", ["zeroscope", "wan"])
async def test_long_texts_are_cut_to_what_clip_reads_and_left_to_what_t5_reads(
    server: FakeOpenAI, video: str
) -> None:
    style = "thick brush strokes over rough grey paper with soaked edges and dry pigment in its folds " * 3
    server.chat = [says(altered(style=style, light="light through long dusty windows on the far side"))]
    script = await write(server, BRIEF.model_copy(update={"video": video}))
    length = clip_tokens(script.shots[0].prompt)
    assert length <= CLIP_TOKENS if video == "zeroscope" else length > CLIP_TOKENS
    assert script.shots[0].prompt.startswith("a heron rises by a rope")
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{json.dumps(draft(0))}\n```",
        f'<think>First {{a heron}}, then {{"notes": 1}}</think> Here you are: {json.dumps(draft(0))} Enjoy!',
        json.dumps(draft(0) | {"comment": "extra keys do no harm"}),
    ],
    ids=["fenced", "thought aloud", "more than asked for"],
)
async def test_a_server_that_passes_over_the_schema_is_understood(server: FakeOpenAI, text: str) -> None:
    server.chat = [says(text)]
    assert (await write(server)).title == "Heron 0"
    assert len(server.asked) == 1


async def test_what_a_model_drafts_while_it_thinks_aloud_is_not_its_answer(server: FakeOpenAI) -> None:
    first, last = json.dumps(draft(1)), json.dumps(draft(2))
    server.chat = [says(f"<think>Perhaps {first}? {'No. ' * 11_000}</think>{last}")]
    assert (await write(server)).title == "Violin 2"


async def test_characters_that_do_not_show_are_taken_out_before_the_text_is_moderated(
    server: FakeOpenAI,
) -> None:
    server.chat = [says(altered(subject="a he\u200bron\u2060"))]
    assert (await write(server)).shots[0].subject == "a heron"


@pytest.mark.parametrize("status", [400, 422])
async def test_a_server_that_refuses_schemas_is_asked_in_plain_words_from_then_on(
    server: FakeOpenAI, status: int
) -> None:
    server.chat = [Reply({"error": {"message": "response_format: unknown type json_schema"}}, status)]
    async with speaking(server.url) as service:
        writer = load_writer("openai", service)
        await writer.write(BRIEF)
        await writer.write(BRIEF)
    assert ["response_format" in asked for asked in server.asked] == [True, False, False]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("I would rather sing.", "no JSON object"),
        (json.dumps(draft(0) | {"music": "loud"}), "music: Input should be"),
        ('{"title": "Cut", "shots": [{"subject":', "no JSON object"),
        (json.dumps(draft(0) | {"shots": draft(0)["shots"][:2]}), "4 shots are wanted, and there are 2"),
        (altered(subject=" "), "shot 1: subject says nothing"),
        (altered(subject="a heron " * 30), "words too long"),
        (altered(style="soft " * 3000), "style must be a few words"),
        (altered(subject="an IMAX screen"), "'IMAX' would show up as letters"),
        (json.dumps(draft(0) | {"title": "T" * 60}), "1 to 44 characters"),
        ("[" * 5000 + '{"shots":' * 3000, "no JSON object"),
    ],
    ids=[
        "prose",
        "wrong type",
        "cut off",
        "too few",
        "empty",
        "too long",
        "endless",
        "brand",
        "long title",
        "nested",
    ],
)
async def test_what_cannot_be_filmed_is_told_to_the_model_which_writes_anew(
    server: FakeOpenAI, text: str, told: str
) -> None:
    server.chat = [says(text)]
    script = await write(server)
    assert len(script.shots) == 4
    assert len(server.asked) == 2
    assert told in server.asked[1]["messages"][-1]["content"]


async def test_a_model_that_never_answers_usefully_is_asked_three_times(server: FakeOpenAI) -> None:
    server.always_chat = says("no")
    with pytest.raises(EngineError, match="nothing that can be filmed in 3 attempts"):
        await write(server)
    assert len(server.asked) == 3


async def test_of_an_answer_full_of_mistakes_not_all_are_told(server: FakeOpenAI) -> None:
    empty = draft(0)["shots"][0] | {"subject": ""}
    server.always_chat = says(json.dumps(draft(0) | {"shots": [empty] * 80}))
    with pytest.raises(EngineError) as error:
        await write(server)
    assert 100 < len(str(error.value)) < 1000


async def test_good_shots_are_kept_when_one_is_bad_to_the_end(server: FakeOpenAI) -> None:
    server.always_chat = says(altered(subject="a Canon camera"))
    script = await write(server)
    assert [shot.subject for shot in script.shots] == ["a otter", "a lantern", "a ferry"]
    assert sum(shot.seconds for shot in script.shots) == pytest.approx(12.8, abs=0.02)


async def test_camera_names_leave_light_and_style(server: FakeOpenAI) -> None:
    server.chat = [says(altered(style="soft watercolour, shot on Arri, 8k", light="dim light, HDR"))]
    shot = (await write(server)).shots[0]
    assert (shot.style, shot.light) == ("soft watercolour", "dim light")


async def test_figures_and_movements_without_sense_are_mended(server: FakeOpenAI) -> None:
    given = draft(0)
    given["music"] |= {"tempo_bpm": 900, "energy": float("nan")}
    given["shots"][0] |= {
        "movement": {"kind": "dolly", "direction": "left", "speed": "still"},
        "slow_motion": 99,
    }
    given["shots"][1] |= {"movement": {"kind": "static", "direction": "up", "speed": "fast"}, "length": 9}
    server.chat = [says(json.dumps(given))]
    script = await write(server)
    assert (script.music.tempo_bpm, script.music.energy) == (170, 0.0)
    move = script.shots[0].movement
    assert move.direction in ("in", "out") and move.speed == "slow" and script.shots[0].slow_motion == 4
    assert script.shots[1].movement.words == "static camera"
    assert max(script.shots, key=lambda shot: shot.seconds).subject == "a otter"


async def test_what_was_shown_lately_is_refused(server: FakeOpenAI) -> None:
    first = await write(server)
    shown = tuple(shot.prompt for shot in first.shots)
    brief = BRIEF.model_copy(update={"recent": shown})
    server.chat = [says(json.dumps(draft(0)))]
    again = await write(server, brief)
    assert not {shot.prompt for shot in again.shots} & set(shown)
    server.always_chat = says(json.dumps(draft(0)))
    with pytest.raises(Refused, match="nothing new to show") as refusal:
        await write(server, brief)
    assert refusal.value.reason == "alike"


async def test_a_title_is_not_given_twice(server: FakeOpenAI) -> None:
    server.chat = [says(json.dumps(draft(0)))]
    script = await write(server, BRIEF.model_copy(update={"recent_titles": ("HERON 0!",)}))
    assert script.title == "Weaver 1"
    assert "find another" in server.asked[1]["messages"][-1]["content"]


@pytest.mark.parametrize("reply", [says("", refusal="I cannot."), says("", ending="content_filter")])
async def test_a_refusal_is_taken_at_its_word(server: FakeOpenAI, reply: Reply) -> None:
    server.always_chat = reply
    with pytest.raises(Refused) as refusal:
        await write(server)
    assert refusal.value.reason == "declined"
    assert len(server.asked) == 1


@pytest.mark.parametrize("trouble", [BUSY, BROKEN], ids=["429", "500"])
async def test_a_busy_or_broken_server_is_asked_again_as_it_wishes(
    server: FakeOpenAI, trouble: Reply
) -> None:
    server.chat = [trouble, trouble]
    assert (await write(server)).title == "Heron 0"
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (BUSY, "no more requests for now"),
        (BROKEN, "answered 500"),
        (NOT_FOUND, "does not know the model scribe"),
        (Reply({"error": {"message": f"wrong key {KEY}"}}, 401), "does not take the key"),
        (Reply("<html>a router's page</html>"), "did not answer as an OpenAI-compatible API does"),
        (Reply({"choices": []}), "did not answer as an OpenAI-compatible API does"),
        (Reply({"choices": [{"message": None}]}), "did not answer as an OpenAI-compatible API does"),
        (Reply({"error": {"message": f"bad request {KEY}"}}, 400), "answered 400"),
    ],
    ids=["429", "500", "404", "401", "html", "no choices", "no message", "400"],
)
async def test_each_failure_has_its_message_and_none_shows_the_key(
    server: FakeOpenAI, trouble: Reply, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    server.always_chat = trouble
    caplog.set_level("DEBUG")
    with pytest.raises(EngineError, match=told) as error:
        await write(server, retries=1)
    assert server.url in str(error.value)
    assert KEY not in str(error.value)
    assert KEY not in "".join(
        record.getMessage() for record in caplog.records if record.name.startswith("webtv")
    )


async def test_a_server_that_hangs_is_left(server: FakeOpenAI) -> None:
    server.always_chat = HANGS
    with pytest.raises(EngineError, match=r"did not answer within 0\.2 s"):
        await write(server, timeout_s=0.2, retries=0)


async def test_retries_do_not_outlast_the_scripts_worth(server: FakeOpenAI) -> None:
    server.always_chat = Reply({}, 429, {"Retry-After": "60"})
    with pytest.raises(EngineError, match=r"had not answered after 1 s"):
        await write(server, timeout_s=0.5)
    assert len(server.asked) == 1


async def test_a_server_that_is_not_there_cannot_be_reached() -> None:
    async with speaking("http://127.0.0.1:9/v1", retries=0) as service:
        with pytest.raises(EngineError, match="cannot be reached"):
            await load_writer("openai", service).write(BRIEF)


async def test_a_library_that_cannot_make_requests_here_is_an_outage_not_a_bug(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere.pem")
    async with speaking("https://127.0.0.1:9/v1", retries=0) as service:
        with pytest.raises(EngineError, match="cannot be asked from here, check SSL_CERT_FILE"):
            await load_writer("openai", service).write(BRIEF)


async def test_tokens_are_counted(server: FakeOpenAI) -> None:
    before = metrics.writer_tokens.labels("written")._value.get()
    await write(server)
    assert metrics.writer_tokens.labels("written")._value.get() == before + 300


def test_the_daemon_starts_without_loading_the_library() -> None:
    code = "import sys, webtv.app, webtv.generator.writer.openai; print('openai' in sys.modules)"
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "False"


async def test_a_server_without_a_key_is_asked_without_ours(server: FakeOpenAI) -> None:
    async with aclosing(Service(OpenAIConfig(model="scribe", base_url=server.url))) as service:
        await load_writer("openai", service).write(BRIEF)
    assert server.keys == {"Bearer none"}
