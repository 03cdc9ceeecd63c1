"""Where a channel is pushed to, and the stream keys that may never be seen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SecretStr, ValidationInfo, model_validator

from webtv.config.rtmp import KEY, RtmpUrl, Url, split_path
from webtv.config.secret import SecretFile, read_secret
from webtv.config.section import Section, refusal, resolve_path


def _read_key_file(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, str):
        return value
    if not info.data.get("enabled", True):  # the key of a disabled target is not read
        return SecretFile(path=resolve_path(value, info), key=SecretStr(""))
    return read_secret(value, info, "stream key")


class Target(Section):
    """An RTMP server that a channel is pushed to.

    FFmpeg gets ``server_url`` in its arguments, where every user of the machine can read it, and ``stream``
    (the play path with its query) from a file.
    """

    url: Url = Field(
        description="Address to push to, rtmp:// or rtmps://; {key} stands for the stream key.",
        examples=["rtmp://live.twitch.tv/app"],
    )
    name: str = Field(
        "",
        pattern=r"^[a-z0-9][a-z0-9.-]{0,39}$",
        description="Name in logs and metrics, of a-z, 0-9, '-' and '.'; by default the service's or host's.",
        examples=["twitch"],
    )
    enabled: bool = Field(True, description="Whether the channel is pushed to this target.")
    key_file: Annotated[
        SecretFile | None, BeforeValidator(_read_key_file, json_schema_input_type=Path | None)
    ] = Field(
        None,
        description="File with the stream key alone in it, readable by its owner only.",
        examples=["../secrets/twitch"],
    )

    @model_validator(mode="after")
    def _says_where(self) -> Target:
        service = self.url.service
        path = self.url.path.get_secret_value()
        if service and not self.key_file:
            raise refusal(
                f"the stream key of {service.name} is missing. Put it into a file that only you can read "
                "(chmod 600), and name that file with key_file.",
                "url",
            )
        split_path(path, self.key_file is not None)
        return self

    @property
    def app(self) -> str:
        return split_path(self.url.path.get_secret_value(), self.key_file is not None)[0]

    @property
    def server_url(self) -> str:
        """Scheme, host, port and app; without the key, so it can be shown."""
        return f"{self.url.server}/{self.app}"

    @property
    def stream(self) -> SecretStr:
        """The play path: stream name or key, with its query."""
        template = split_path(self.url.path.get_secret_value(), self.key_file is not None)[1]
        key = self.key_file.key.get_secret_value() if self.key_file else ""
        return SecretStr(template.replace(KEY, key))


def _text_is_url(value: Any) -> Any:
    return {"url": value} if isinstance(value, str) else value


TargetEntry = Annotated[Target, BeforeValidator(_text_is_url, json_schema_input_type=Url | Target)]
"""A target as a file has it: a bare text is its URL."""


def name_targets(targets: tuple[Target, ...]) -> tuple[Target, ...]:
    """Give each target a name that is unique within the channel: twitch, twitch-2, 127.0.0.1."""
    taken: set[str] = set()
    for position, target in enumerate(targets):
        if target.name and target.name in taken:
            raise refusal(
                f"another target is called '{target.name}'. Names tell targets apart.", position, "name"
            )
        taken.add(target.name)
    named = []
    for target in targets:
        name = target.name
        if not name:
            name = _free_name(_default_name(target.url), taken)
            taken.add(name)
        named.append(target.model_copy(update={"name": name}))
    return tuple(named)


def refuse_same_destination(targets: tuple[Target, ...]) -> tuple[Target, ...]:
    """A server takes one publisher for each stream; a second one would be turned away for ever."""
    seen: dict[tuple[str, str], int] = {}
    for position, target in enumerate(targets):
        where = (target.server_url, target.stream.get_secret_value())
        if target.enabled and seen.setdefault(where, position) != position:
            raise refusal(
                f"the same place as targets[{seen[where]}]. Remove one of the two.", position, "url"
            )
    return targets


def _default_name(url: RtmpUrl) -> str:
    if url.service:
        return url.service.name.lower()
    return re.sub(r"[^a-z0-9.-]+", "-", url.host).strip("-.")[:36] or "target"


def _free_name(name: str, taken: set[str]) -> str:
    free, number = name, 2
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free
