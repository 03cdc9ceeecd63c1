"""Services that a station may use: a language model, a Space that films."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from webtv.config.secret import SecretFile, read_secret
from webtv.config.section import Section, refusal
from webtv.config.web_address import WEB_PATTERN, is_of_the_machine, is_web_address


def _check_address(value: str) -> str:
    if not is_web_address(value):
        raise refusal("expected a web address without '?' or password, such as http://127.0.0.1:11434/v1.")
    _refuse_the_machines_own(value)
    return value.rstrip("/")


def _check_space(value: str) -> str:
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", value) and not is_web_address(value):
        raise refusal("expected a Space as owner/name, or the web address of a Gradio app.")
    _refuse_the_machines_own(value)
    return value


def _refuse_the_machines_own(value: str) -> None:
    if is_of_the_machine(value):
        raise refusal(
            f"{urlsplit(value).hostname} is a link-local address: clouds keep a machine's own keys there, "
            "and no service does. Write the address that the service listens on."
        )


def _read_api_key(value: Any, info: ValidationInfo) -> Any:
    return read_secret(value, info, "API key") if isinstance(value, str) else value


def _read_token(value: Any, info: ValidationInfo) -> Any:
    return read_secret(value, info, "token") if isinstance(value, str) else value


class OpenAIConfig(Section):
    """A language model behind an OpenAI-compatible API: OpenAI, Ollama, vLLM, llama.cpp."""

    model: str = Field(
        min_length=1, max_length=200, description="Name of the language model.", examples=["llama3.3"]
    )
    base_url: Annotated[str, AfterValidator(_check_address)] = Field(
        "https://api.openai.com/v1",
        description="Web address of the API, up to and with /v1.",
        examples=["http://127.0.0.1:11434/v1"],
        json_schema_extra={"pattern": WEB_PATTERN},
    )
    key_file: Annotated[
        SecretFile | None, BeforeValidator(_read_api_key, json_schema_input_type=Path | None)
    ] = Field(
        None,
        description="File with the API key alone in it, readable by its owner only.",
        examples=["secrets/openai"],
    )
    timeout_s: float = Field(60, ge=1, le=600, description="Seconds until an answer must be there.")


class SpaceConfig(Section):
    """A Gradio Space that films shots: the engine ``space``."""

    url: Annotated[str, AfterValidator(_check_space)] = Field(
        description="The Space as owner/name, or the web address of a Gradio app.",
        examples=["owner/name"],
    )
    token_file: Annotated[
        SecretFile | None, BeforeValidator(_read_token, json_schema_input_type=Path | None)
    ] = Field(
        None,
        description="File with the Hugging Face token alone in it, readable by its owner only.",
        examples=["secrets/huggingface"],
    )
    timeout_s: float = Field(300, ge=1, le=3600, description="Seconds until a take must be there.")
