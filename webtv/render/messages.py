"""What the daemon and a worker send each other: one line of JSON each.

The first line that a worker reads is its ``HostSettings``; requests follow. It answers with events. Several
orders may be under way at once, so every message names the one that it is about. Secrets travel here only:
not in arguments, not in the environment.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from webtv.domain import Frozen, Manifest, RenderOrder


class RenderRequest(Frozen):
    """Make the clip of an order; its initialisation segment must equal ``init``, where there is one."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64")

    request: Literal["render"] = "render"
    order: RenderOrder
    init: bytes | None = None
    folder: Path
    """Of the worker's own machine, where it puts ``<order id>.mp4``."""
    resting: tuple[tuple[str, str], ...] = ()
    """(step, engine) of those that failed lately: used only when nobody else of their chain is left."""

    @property
    def order_id(self) -> str:
        return self.order.id


class CheckRequest(Frozen):
    """Find out whether an engine works again. Asked of a worker that has nothing else in hand."""

    request: Literal["check"] = "check"
    order_id: str
    """A check is no order, and has an id of its own."""
    step: str
    engine: str


class CancelRequest(Frozen):
    """Nobody wants this order any more."""

    request: Literal["cancel"] = "cancel"
    order_id: str


class Running(Frozen):
    """An engine at work. Times are in seconds and leave out its waits for the device."""

    step: str
    engine: str
    for_s: float
    """How long it has worked on this order so far."""
    silent_s: float
    """How long since it began or last reported progress."""
    loading: bool = False
    """Whether it loads weights just now, of which it cannot report progress."""


class Started(Frozen):
    """A worker's first word, of no order."""

    event: Literal["started"] = "started"


class Heartbeat(Frozen):
    """Sent for each order every second while it is in hand, and whenever an engine begins."""

    event: Literal["heartbeat"] = "heartbeat"
    order_id: str
    running: tuple[Running, ...]
    """Empty while the order waits for the device."""


class Progressed(Frozen):
    event: Literal["progress"] = "progress"
    order_id: str
    step: str
    engine: str
    done: float
    """The finished share of the whole order, 0 to 1."""


class EngineFailed(Frozen):
    """An engine could not do its part; the next of its chain goes on with it."""

    event: Literal["engine_failed"] = "engine_failed"
    order_id: str
    step: str
    engine: str
    reason: str


class Finished(Frozen):
    event: Literal["finished"] = "finished"
    order_id: str
    manifest: Manifest


class Rejected(Frozen):
    event: Literal["rejected"] = "rejected"
    order_id: str
    reason: str
    detail: str


class Cancelled(Frozen):
    """The order was dropped and has left no file."""

    event: Literal["cancelled"] = "cancelled"
    order_id: str


class Failed(Frozen):
    event: Literal["failed"] = "failed"
    order_id: str
    message: str
    trace: str = ""


class Checked(Frozen):
    """The answer to ``CheckRequest``: why the engine does not work, or nothing when it does."""

    event: Literal["checked"] = "checked"
    order_id: str
    reason: str = ""


Request = RenderRequest | CheckRequest | CancelRequest
REQUEST: TypeAdapter[Request] = TypeAdapter(Annotated[Request, Field(discriminator="request")])

Answer = Finished | Rejected | Cancelled | Failed | Checked
"""The last event of an order or a check."""
OrderEvent = Heartbeat | Progressed | EngineFailed | Answer
Event = Started | OrderEvent
EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="event")])
