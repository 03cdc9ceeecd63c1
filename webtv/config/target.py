"""Where a channel is pushed to, and the stream keys that may never be seen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    model_validator,
)

from webtv.config.preset import Preset, check_region, only_for, read_address, read_service
from webtv.config.rtmp import KEY, RtmpUrl, UrlText, split_path
from webtv.config.secret import SecretFile, read_secret, secret_path
from webtv.config.section import Section, refusal
from webtv.config.signature import signed
from webtv.config.streaming import YOUTUBE


def _read_key_file(value: Any, info: ValidationInfo) -> Any:
    return _read_secret(value, info, "stream key")


def _read_sign_key_file(value: Any, info: ValidationInfo) -> Any:
    return _read_secret(value, info, "secret")


def _read_secret(value: Any, info: ValidationInfo, what: str) -> Any:
    if not isinstance(value, str):
        return value
    if not info.data.get("enabled", True):  # the secrets of a disabled target are not read
        return SecretFile(path=secret_path(value, info, what), key=SecretStr(""))
    return read_secret(value, info, what)


def _needs_sign_key(value: int, info: ValidationInfo) -> int:
    if info.data.get("sign_key_file", value) is None:
        raise refusal("nothing is signed without sign_key_file. Add one, or remove this line.")
    return value


def _no_address() -> Any:
    """Stands where a file has no ``url``: the service's is taken instead."""
    return None


class Target(Section):
    """An RTMP server that a channel is pushed to.

    FFmpeg gets ``server_url`` in its arguments, where every user of the machine can read it, and ``stream``
    (the play path with its query) from a file.
    """

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["url"]}, {"required": ["service"]}]})

    service: Annotated[Preset | None, BeforeValidator(read_service)] = Field(
        None,
        description="twitch or youtube, in place of an address; or node-media-server, beside it.",
        examples=["twitch"],
    )
    region: Annotated[str | None, AfterValidator(check_region)] = Field(
        None,
        description="Where Twitch is pushed to, such as frankfurt or us-east; by default the nearest.",
        examples=["frankfurt"],
    )
    bandwidth_test: Annotated[bool, AfterValidator(only_for("twitch", "tests the line"))] = Field(
        False, description="Whether Twitch measures the line and shows nothing: inspector.twitch.tv tells."
    )
    backup: Annotated[bool, AfterValidator(only_for("youtube", "has a backup address"))] = Field(
        False, description="Whether this is YouTube's second address; push to both."
    )
    url: Annotated[RtmpUrl, BeforeValidator(read_address, json_schema_input_type=UrlText)] = Field(
        default_factory=_no_address,
        validate_default=True,
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
    sign_key_file: Annotated[
        SecretFile | None,
        BeforeValidator(_read_sign_key_file, json_schema_input_type=Path | None),
        AfterValidator(only_for("node-media-server", "checks signatures")),
    ] = Field(
        None,
        description="File with the secret of Node-Media-Server's signed publishing.",
        examples=["../secrets/media-server"],
    )
    sign_for_s: Annotated[int, AfterValidator(_needs_sign_key)] = Field(
        300,
        ge=10,
        le=86_400,
        description="Seconds that a signature opens the stream; each new push gets one of its own.",
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
        _, stream = split_path(path, self.key_file is not None)
        if self.sign_key_file and re.search(r"[?&]sign=", stream):
            raise refusal("the URL has a signature already. Remove it, or the line sign_key_file.", "url")
        return self

    @property
    def app(self) -> str:
        return split_path(self.url.path.get_secret_value(), self.key_file is not None)[0]

    @property
    def server_url(self) -> str:
        """Scheme, host, port and app; without the key, so it can be shown."""
        return f"{self.url.server}/{self.app}"

    @property
    def place(self) -> tuple[str, str]:
        """Two targets with the same one would push each other off. Its second part is secret.

        All servers of a service know a key as the same stream; only YouTube's backup is meant to be pushed to
        beside its first.
        """
        service = self.url.service
        where = service.name if service and service is not YOUTUBE else self.server_url
        return where, self.stream.get_secret_value()

    @property
    def stream(self) -> SecretStr:
        """The play path: stream name or key, with its query."""
        template = split_path(self.url.path.get_secret_value(), self.key_file is not None)[1]
        key = self.key_file.key.get_secret_value() if self.key_file else ""
        return SecretStr(template.replace(KEY, key))

    def stream_at(self, wall_s: int) -> SecretStr:
        """The play path for a push that begins at ``wall_s`` in Unix time, signed where that is asked for."""
        if self.sign_key_file is None:
            return self.stream
        secret, expires_s = self.sign_key_file.key.get_secret_value(), wall_s + self.sign_for_s
        return SecretStr(signed(self.app, self.stream.get_secret_value(), secret, expires_s))


def _text_is_url(value: Any) -> Any:
    return {"url": value} if isinstance(value, str) else value


TargetEntry = Annotated[Target, BeforeValidator(_text_is_url, json_schema_input_type=UrlText | Target)]
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
            name = _free_name(_default_name(target), taken)
            taken.add(name)
        named.append(target.model_copy(update={"name": name}))
    return tuple(named)


def refuse_same_destination(targets: tuple[Target, ...]) -> tuple[Target, ...]:
    """A server takes one publisher for each stream; a second one would be turned away for ever."""
    seen: dict[tuple[str, str], int] = {}
    for position, target in enumerate(targets):
        if target.enabled and seen.setdefault(target.place, position) != position:
            raise refusal(
                f"the same place as targets[{seen[target.place]}]. Remove one of the two.", position, "url"
            )
    return targets


def _default_name(target: Target) -> str:
    service = target.url.service
    if service:
        return service.name.lower() + ("-backup" if target.backup else "")
    return re.sub(r"[^a-z0-9.-]+", "-", target.url.host).strip("-.")[:36] or "target"


def _free_name(name: str, taken: set[str]) -> str:
    free, number = name, 2
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free
