"""The writer that asks a language model."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from webtv.domain import Brief, Script
from webtv.errors import EngineError, Refused
from webtv.generator.writer.openai_draft import LONGEST_ANSWER, Draft
from webtv.generator.writer.openai_editor import Reading, read_answer
from webtv.generator.writer.openai_prompt import again, messages
from webtv.generator.writer.openai_service import Completion, Message, RequestRefused, Service

ATTEMPTS = 3
"""Times that the model is asked for one script, what was wrong being told to it."""
PATIENCE = 2.0
"""How many of the service's time limits one script may take in all, retries and Retry-After included."""


class OpenAIWriter:
    """Writes by any OpenAI-compatible API. What it hands in can be filmed, and nobody has moderated it."""

    name = "openai"
    version = 1

    def __init__(self, service: Service | None) -> None:
        if service is None:
            raise EngineError("the writer openai needs a section `openai:` with a model in webtv.yaml")
        self._service = service
        self._takes_schemas = True

    async def write(self, brief: Brief) -> Script:
        """``brief.shots`` shots as the grammar counts them; fewer when the model repeats itself to the end.

        Raises:
            Refused: ``declined`` by the model, or ``alike``: it had nothing new to show.
            EngineError: the service is away or answers nothing usable.
        """
        talk = messages(brief)
        best = reading = Reading(None, False, ())
        async with self._service.within(PATIENCE * self._service.timeout_s):
            for _ in range(ATTEMPTS):
                answer = await self._ask(talk)
                reading = await asyncio.to_thread(_read, answer, brief)
                if _shots(reading) > _shots(best):
                    best = reading
                if reading.complete:
                    break
                talk = [*talk[:2], *again(answer.text[-LONGEST_ANSWER:], reading.problems)]
        if best.script is not None:
            return best.script
        told = "; ".join(reading.problems)
        if reading.alike:
            raise Refused("alike", f"{self._service.model} had nothing new to show: {told}")
        raise EngineError(
            f"{self._service.model} wrote nothing that can be filmed in {ATTEMPTS} attempts: {told}"
        )

    async def check(self) -> None:
        """Whether the model answers at all. Raises EngineError."""
        async with self._service.within(self._service.timeout_s):
            await self._service.complete([{"role": "user", "content": "Answer with the one word: ready"}])

    async def _ask(self, talk: Sequence[Message]) -> Completion:
        """A server that refuses a schema is asked without one, from then on if that is what it minded."""
        if self._takes_schemas:
            try:
                return await self._service.complete(talk, Draft.model_json_schema())
            except RequestRefused:
                answer = await self._service.complete(talk)
                self._takes_schemas = False
                return answer
        return await self._service.complete(talk)


def _shots(reading: Reading) -> int:
    return len(reading.script.shots) if reading.script else 0


def _read(answer: Completion, brief: Brief) -> Reading:
    if answer.refusal or answer.ending == "content_filter":
        raise Refused("declined", "the language model declined to write about this theme")
    reading = read_answer(answer.text, brief)
    if reading.script is None and answer.ending == "length":
        return Reading(None, False, ("the answer was cut off for its length: say less", *reading.problems))
    return reading
