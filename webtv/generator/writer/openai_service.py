"""One OpenAI-compatible API: OpenAI itself, Ollama, vLLM, llama.cpp.

The library is loaded on a thread at the first request: that takes a second, which air does not have. Answers
are read as they came over the wire and judged by models of our own, because servers differ and the library
does not look closely. No message of ours holds the key.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, Field, StrictBool, ValidationError

from webtv import metrics
from webtv.config.services import OpenAIConfig
from webtv.errors import EngineError

if TYPE_CHECKING:
    from openai import APIStatusError, AsyncOpenAI

RETRIES = 2
"""After 408, 409, 429, 5xx, a time-out or a lost connection. The library waits between them as Retry-After
says, or else 0.5 s, doubled, with jitter."""

_NO_KEY = "none"
"""The library insists on a key; services without one take any."""
_SHOWN = 200

Message = dict[str, str]
"""``role`` and ``content``."""


class RequestRefused(EngineError):
    """The service does not take such a request: often one with a JSON schema."""


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: int = Field(0, ge=0)
    completion_tokens: int = Field(0, ge=0)


class _Answer(BaseModel):
    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage | None = None


class _Verdict(BaseModel):
    flagged: StrictBool


class _Verdicts(BaseModel):
    results: list[_Verdict]


_Form = TypeVar("_Form", _Answer, _Verdicts)


class Completion(BaseModel):
    """What the language model said. ``ending`` is ``length`` when it was cut off."""

    text: str
    refusal: str
    ending: str


class Service:
    """Every method raises EngineError, and says what to do where somebody can do something."""

    def __init__(self, config: OpenAIConfig, *, retries: int = RETRIES) -> None:
        self.model, self.base_url, self.timeout_s = config.model, config.base_url, config.timeout_s
        self._key = config.key_file.key if config.key_file else None
        self._retries = retries
        self._client: AsyncOpenAI | None = None
        self._opening = asyncio.Lock()

    async def complete(self, messages: Sequence[Message], schema: dict[str, Any] | None = None) -> Completion:
        """The model's answer, which ``schema`` asks to be JSON of that form; many servers pass over it.

        Raises RequestRefused for status 400 and 422, with which servers that know no schemas answer.
        """
        asked: dict[str, Any] = {"model": self.model, "messages": list(messages)}
        if schema is not None:
            form = {"name": "script", "strict": True, "schema": schema}
            asked["response_format"] = {"type": "json_schema", "json_schema": form}
        raw = await self._send(
            lambda client: client.chat.completions.with_raw_response.create(**asked),
            missing=f"does not know the model {self.model}: check openai: model and base_url in webtv.yaml",
        )
        answer = self._read(_Answer, raw)
        if answer.usage is not None:
            metrics.writer_tokens.labels("read").inc(answer.usage.prompt_tokens)
            metrics.writer_tokens.labels("written").inc(answer.usage.completion_tokens)
        choice = answer.choices[0]
        return Completion(
            text=choice.message.content or "",
            refusal=choice.message.refusal or "",
            ending=choice.finish_reason or "",
        )

    async def flags(self, texts: Sequence[str]) -> list[bool]:
        """For each text, whether the moderation endpoint objects to it."""
        raw = await self._send(
            lambda client: client.moderations.with_raw_response.create(input=list(texts)),
            missing="has no moderation endpoint: set `moderation: blocklist` in webtv.yaml to check by the "
            "blocklist alone; until then the channel's next writer stands in",
        )
        verdicts = self._read(_Verdicts, raw).results
        if len(verdicts) != len(texts):
            raise EngineError(f"{self.base_url} judged {len(verdicts)} of {len(texts)} texts")
        return [verdict.flagged for verdict in verdicts]

    @asynccontextmanager
    async def within(self, seconds: float) -> AsyncIterator[None]:
        """A time limit on requests together, their retries and what Retry-After asks for included.

        Loading the library does not count: that is no fault of the service's.
        """
        await self._opened()
        try:
            async with asyncio.timeout(seconds):
                yield
        except TimeoutError:
            raise EngineError(f"{self.base_url} had not answered after {seconds:g} s") from None

    async def aclose(self) -> None:
        """Let go of its connections; the next request opens new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _send(self, call: Callable[[AsyncOpenAI], Awaitable[Any]], *, missing: str) -> bytes:
        client = await self._opened()
        from openai import (  # noqa: PLC0415 - loaded by now, on a thread
            APIConnectionError,
            APIStatusError,
            APITimeoutError,
            OpenAIError,
        )

        try:
            return bytes((await call(client)).content)
        except APITimeoutError:
            raise EngineError(f"{self.base_url} did not answer within {self.timeout_s:g} s") from None
        except APIConnectionError as error:
            raise EngineError(
                f"{self.base_url} cannot be reached: {self._shown(str(error.__cause__ or error))}"
            ) from None
        except APIStatusError as error:
            raise self._refusal(error, missing) from None
        except OpenAIError as error:
            raise EngineError(f"{self.base_url}: {self._shown(str(error))}") from None

    def _refusal(self, error: APIStatusError, missing: str) -> EngineError:
        status = error.status_code
        if status in (401, 403):
            return EngineError(
                f"{self.base_url} does not take the key: check key_file under openai in webtv.yaml"
            )
        if status in (404, 405, 501):
            return EngineError(f"{self.base_url} {missing}")
        if status == 429:
            return EngineError(
                f"{self.base_url} takes no more requests for now (429): check its limits and credit"
            )
        told = f"{self.base_url} answered {status}: {self._shown(error.response.text)}"
        return RequestRefused(told) if status in (400, 422) else EngineError(told)

    def _shown(self, text: str) -> str:
        """Foreign words fit for a log: one short line, the key taken out of it."""
        line = " ".join(text.split())
        if self._key is not None:
            line = line.replace(self._key.get_secret_value(), "(key)")
        return line[:_SHOWN]

    def _read(self, form: type[_Form], raw: bytes) -> _Form:
        try:
            return form.model_validate_json(raw)
        except ValidationError as error:
            raise EngineError(
                f"{self.base_url} did not answer as an OpenAI-compatible API does: {mistakes(error)[0]}"
            ) from None

    async def _opened(self) -> AsyncOpenAI:
        async with self._opening:
            if self._client is None:
                try:
                    self._client = await asyncio.to_thread(self._open)
                except Exception as error:  # whatever the library makes of this machine's surroundings
                    raise EngineError(
                        f"{self.base_url} cannot be asked from here, check SSL_CERT_FILE and the proxies in "
                        f"the environment: {self._shown(f'{type(error).__name__}: {error}')}"
                    ) from None
        return self._client

    def _open(self) -> AsyncOpenAI:
        from openai import AsyncOpenAI  # noqa: PLC0415 - see the module's docstring

        client = AsyncOpenAI(
            api_key=self._key.get_secret_value() if self._key else _NO_KEY,
            base_url=self.base_url,
            timeout=self.timeout_s,
            max_retries=self._retries,
        )
        _ = client.chat.completions, client.moderations  # these load modules too, at first use
        return client


def mistakes(error: ValidationError) -> list[str]:
    """What is wrong with an answer, each with its place, without the answer."""
    return [
        f"{'.'.join(map(str, mistake['loc'])) or 'the whole'}: {mistake['msg']}"
        for mistake in error.errors(include_url=False, include_input=False, include_context=False)
    ]
