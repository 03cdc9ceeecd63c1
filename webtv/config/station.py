"""The station: ``webtv.yaml``. Every key has a default, and so has the file."""

from __future__ import annotations

import os
import re
import stat
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, ValidationInfo
from pydantic_core import ErrorDetails

from webtv.config.desk import DeskConfig
from webtv.config.limits import LimitsConfig
from webtv.config.referenced import record_reference
from webtv.config.section import Section, refusal, resolve_path
from webtv.config.services import OpenAIConfig, SpaceConfig
from webtv.config.web_address import WEB_PATTERN, is_web_address
from webtv.config.words import expected, schema_at
from webtv.errors import ConfigError


class HttpAddress(Section):
    """Where the web server listens. Port 0 takes any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


_HTTP = HttpAddress(host="127.0.0.1", port=8800)
_ADDRESS = r"^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):([0-9]{1,5})$"


def _read_address(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    match = re.fullmatch(_ADDRESS, value)
    if not match or int(match[3]) > 65_535:
        raise refusal(f"expected host:port, such as 127.0.0.1:8800 or [::]:8800, found '{value[:60]}'.")
    return HttpAddress(host=match[1] or match[2], port=int(match[3]))


def _read_path(value: Any, info: ValidationInfo) -> Any:
    return resolve_path(value, info) if isinstance(value, str | Path) else value


def _read_program(value: Any, info: ValidationInfo) -> Any:
    """A bare name is looked up in PATH by whoever starts it."""
    if isinstance(value, str) and "/" not in value:
        return Path(value)
    return _read_path(value, info)


def _check_public_url(value: str) -> str:
    if not is_web_address(value):
        raise refusal("expected a web address without '?', such as https://tv.example.org.")
    return value.rstrip("/")


def _check_list(path: Path) -> Path:
    record_reference(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise refusal(f"{path} is not a file.")
        path.read_text("utf-8-sig")
    except OSError as error:
        raise refusal(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise refusal(f"{path} is not UTF-8 text. Save it as UTF-8.") from None
    return path


_SOCKET_BYTES = 107
"""What fits into sun_path, unix(7)."""


def _check_socket(path: Path) -> Path:
    if (length := len(os.fsencode(path))) > _SOCKET_BYTES:
        raise refusal(f"its path has {length} bytes; a Unix socket's has {_SOCKET_BYTES} at most.")
    return path


_THIS_MACHINE = ("127.0.0.0/8", "::1")


def _check_networks(texts: tuple[str, ...] | None) -> tuple[str, ...] | None:
    for position, text in enumerate(texts or ()):
        try:
            ip_network(text)
        except ValueError:
            raise refusal(
                "expected an address or a network, such as 10.88.0.1, 10.88.0.0/16 or 2001:db8::/32, "
                f"found '{text[:60]}'.",
                position,
            ) from None
    return texts


_DEVICE = r"^(cpu|cuda:[0-9]{1,2})$"


def _check_devices(names: tuple[str, ...] | None) -> tuple[str, ...] | None:
    for position, name in enumerate(names or ()):
        if not re.fullmatch(_DEVICE, name):
            raise refusal(f"expected cpu, or a GPU as cuda:0, found '{name[:40]}'.", position)
        if name in (names or ())[:position]:
            raise refusal(f"'{name}' stands in this list twice.", position)
    return names


FilePath = Annotated[Path, BeforeValidator(_read_path, json_schema_input_type=Path)]


class LogConfig(Section):
    """What the station writes to its log."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least important message logged."
    )
    format: Literal["auto", "console", "json"] = Field(
        "auto", description="Coloured lines (console), JSON, or whichever suits where the log goes (auto)."
    )


class StationConfig(Section):
    """Folders, address and limits of one station."""

    channels: FilePath = Field(
        Path("channels"), validate_default=True, description="Folder of the channels' YAML files."
    )
    data: FilePath = Field(
        Path("data"), validate_default=True, description="Folder that clips and databases are kept in."
    )
    http: Annotated[
        HttpAddress,
        BeforeValidator(
            _read_address,
            json_schema_input_type=Annotated[str, Field(pattern=_ADDRESS)],
        ),
    ] = Field(
        _HTTP,
        description="Address that the web server listens on, as host:port.",
        json_schema_extra={"default": str(_HTTP)},
    )
    public_url: (
        Annotated[str, AfterValidator(_check_public_url), Field(json_schema_extra={"pattern": WEB_PATTERN})]
        | None
    ) = Field(
        None,
        description="Web address that viewers reach the station at; used in the lists for IPTV players.",
        examples=["https://tv.example.org"],
    )
    trusted_proxies: Annotated[tuple[str, ...] | None, AfterValidator(_check_networks)] = Field(
        None,
        description="Addresses or networks of web servers in front, which are believed whom they ask for; by "
        "default this machine's own where public_url is set.",
        examples=[["127.0.0.1", "10.88.0.0/16"]],
    )
    ffmpeg: Annotated[Path | None, BeforeValidator(_read_program, json_schema_input_type=Path | None)] = (
        Field(
            None,
            description="FFmpeg to use; by default the system's, or else the one that comes with webtv.",
            examples=["/usr/bin/ffmpeg"],
        )
    )
    workers: int | None = Field(
        None,
        ge=0,
        le=256,
        description="Processes that make clips; by default one for every two cores, 0 makes none.",
        examples=[1],
    )
    devices: Annotated[
        tuple[Annotated[str, Field(json_schema_extra={"pattern": _DEVICE})], ...] | None,
        AfterValidator(_check_devices),
    ] = Field(
        None,
        description="Devices that make clips, one process each: every GPU, or else the CPU.",
        examples=[["cuda:0", "cuda:1"]],
    )
    worker_memory_gb: float | None = Field(
        None,
        ge=0.5,
        le=1e5,
        description="GB of main memory that a worker may take; by default its share.",
        examples=[24],
    )
    worker_socket: Annotated[FilePath | None, AfterValidator(lambda path: path and _check_socket(path))] = (
        Field(
            None,
            description="Unix socket at which systemd starts a worker for each connection; by default the "
            "station starts its workers itself.",
            examples=["/run/webtv/worker.sock"],
        )
    )
    models: FilePath = Field(
        Path("models"), validate_default=True, description="Folder that the models' weights are kept in."
    )
    accept_noncommercial: bool = Field(
        False, description="Whether you accept weights whose licence forbids commercial use."
    )
    compile: bool = Field(
        False, description="Whether networks are compiled: minutes at the first clip, faster after."
    )
    screening: Literal["auto", "all", "none"] = Field(
        "auto",
        description="Clips that a classifier judges before they air: those that a model filmed, all or none.",
    )
    openai: OpenAIConfig | None = Field(None, description="The language model of the writer openai.")
    moderation: Literal["endpoint", "blocklist"] = Field(
        "endpoint",
        description="Who checks what the writer openai wrote, beside the blocklist: the service's moderation "
        "endpoint, or nobody else (blocklist).",
    )
    blocklist: Annotated[FilePath | None, AfterValidator(lambda path: path and _check_list(path))] = Field(
        None,
        description="File with words and phrases of your own that must not air, one a line.",
        examples=["blocklist.txt"],
    )
    space: SpaceConfig | None = Field(None, description="The Gradio Space of the video engine space.")
    keep_gb: float = Field(
        10, ge=0.1, le=1e6, description="How many GB the archive may take before old clips go."
    )
    min_free_gb: float = Field(
        1, ge=0, le=1e6, description="When the disk has fewer GB free than this, no clips are made."
    )
    log: LogConfig = Field(LogConfig(), description="What is logged, and how it looks.")
    limits: LimitsConfig = Field(LimitsConfig(), description="What visitors may take of the station at most.")
    desk: DeskConfig = Field(DeskConfig(), description="The operator's desk: who may use it.")

    @property
    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The proxies that are believed whom they ask for."""
        default = _THIS_MACHINE if self.public_url is not None else ()
        named = default if self.trusted_proxies is None else self.trusted_proxies
        return tuple(ip_network(text) for text in named)

    def override(self, **flags: str | int | Path | None) -> StationConfig:
        """This configuration with the given fields replaced, as from a command line; None keeps the field.

        Relative paths start at the working folder. Raises ConfigError, naming the flag.
        """
        given = {name: value for name, value in flags.items() if value is not None}
        kept = {name: getattr(self, name) for name in StationConfig.model_fields}
        try:
            return StationConfig.model_validate(kept | given, strict=True)
        except ValidationError as error:
            mistakes = error.errors(include_url=False, include_input=False)
        raise ConfigError([_flag_problem(mistake) for mistake in mistakes])


def _flag_problem(mistake: ErrorDetails) -> str:
    flag = str(mistake["loc"][0]).replace("_", "-")
    schema = schema_at(StationConfig.model_json_schema(), mistake["loc"])
    return f"--{flag}: {mistake.get('ctx', {}).get('text') or f'expected {expected(schema)}.'}"
