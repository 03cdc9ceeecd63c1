"""What a target's ``service`` stands for: an address that is known, and keys that only it understands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from pydantic import ValidationInfo

from webtv.config.ingests import BOOK, NEAREST
from webtv.config.rtmp import KEY, read_url
from webtv.config.section import refusal
from webtv.config.words import nearest

Preset = Literal["twitch", "youtube", "node-media-server"]

_KNOWN = ("twitch", "youtube", "node-media-server")
_TITLES = {"twitch": "Twitch", "youtube": "YouTube", "node-media-server": "Node-Media-Server"}

_YOUTUBE = "rtmps://a.rtmps.youtube.com/live2"
_YOUTUBE_BACKUP = "rtmps://b.rtmps.youtube.com/live2?backup=1"

Check = Callable[[Any, ValidationInfo], Any]


def read_service(value: Any) -> Any:
    if not isinstance(value, str) or value in _KNOWN:
        return value
    near = nearest(value, _KNOWN)
    hint = f"Did you mean '{near}'?" if near else f"Known here: {', '.join(_KNOWN)}."
    raise refusal(f"unknown service. {hint} Any other server is named by 'url: rtmp://…' alone.")


def only_for(service: Preset, thing: str) -> Check:
    """Refuse a key that another service than its own would not understand."""

    def check(value: Any, info: ValidationInfo) -> Any:
        if value in (None, False) or info.data.get("service", service) == service:
            return value
        raise refusal(
            f"only {_TITLES[service]} {thing}. Remove this line, or push there with 'service: {service}'."
        )

    return check


def check_region(value: str | None, info: ValidationInfo) -> str | None:
    only_for("twitch", "has regions")(value, info)
    if value is None or BOOK.list.find(value):
        return value
    near = BOOK.list.nearest_name(value)
    hint = f"Did you mean '{near}'? " if near else ""
    raise refusal(f"Twitch has no such region. {hint}'webtv targets' lists them.")


def read_address(value: Any, info: ValidationInfo) -> Any:
    """The URL as written, or the one that the service has."""
    if "service" not in info.data:  # a wrong one, which is told already: any address will do
        return read_url("rtmp://127.0.0.1/app/stream")
    service = info.data["service"]
    if service in ("twitch", "youtube"):
        if value is None:
            return read_url(_twitch(info.data) if service == "twitch" else _youtube(info.data))
        raise refusal(
            f"the address of {_TITLES[service]} is known. Remove this line, or the line 'service: {service}'."
        )
    if value is not None:
        return read_url(value)
    if service:
        raise refusal("where is your Node-Media-Server? Add a line 'url: rtmp://host/live/stream'.")
    raise refusal("where to? Add a line 'url: rtmp://…', or one 'service: …' with twitch or youtube.")


def _twitch(given: dict[str, Any]) -> str:
    ingest = BOOK.list.find(given["region"]) if given.get("region") else None
    server = ingest.server if ingest else NEAREST
    return server + (f"/{KEY}?bandwidthtest=true" if given.get("bandwidth_test") else "")


def _youtube(given: dict[str, Any]) -> str:
    return _YOUTUBE_BACKUP if given.get("backup") else _YOUTUBE
