"""What the daemon and a worker say to each other: one line of JSON each.

The first line that a worker reads is its ``HostSettings``; requests follow. It answers with events. Secrets
travel here only: not in arguments, not in the environment.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from webtv.domain import Frozen, Manifest, RenderOrder


class Job(Frozen):
    """Render an order into ``folder``; the initialisation segment must equal that of ``reference_file``."""

    request: Literal["job"] = "job"
    order: RenderOrder
    folder: Path
    reference_file: Path | None = None
    resting: tuple[tuple[str, str], ...] = ()
    """(step, engine) of those that failed lately: used only when nobody else of their chain is left."""


class Check(Frozen):
    """Find out whether an engine works again."""

    request: Literal["check"] = "check"
    step: str
    engine: str


class Cancel(Frozen):
    """Nobody wants this order any more. The only request that is read while another is under way."""

    request: Literal["cancel"] = "cancel"
    order_id: str


class Running(Frozen):
    """An engine at work. Times are in seconds and leave out its waits for the device."""

    step: str
    engine: str
    for_s: float
    """How long it has worked on this order so far."""
    silent_s: float
    """How long since it began or last told of progress."""
    loading: bool = False
    """Whether it loads weights just now, of which it cannot tell progress."""


class Started(Frozen):
    event: Literal["started"] = "started"


class Beat(Frozen):
    """Said every second while a request is under way, and whenever an engine begins."""

    event: Literal["beat"] = "beat"
    running: tuple[Running, ...]


class Progressed(Frozen):
    event: Literal["progress"] = "progress"
    step: str
    engine: str
    done: float
    """The finished share of the whole order, 0 to 1."""


class EngineFailed(Frozen):
    """An engine could not do its part; the next of its chain goes on with it."""

    event: Literal["engine_failed"] = "engine_failed"
    step: str
    engine: str
    reason: str


class Finished(Frozen):
    event: Literal["finished"] = "finished"
    manifest: Manifest


class Rejected(Frozen):
    event: Literal["rejected"] = "rejected"
    reason: str
    detail: str


class Cancelled(Frozen):
    """The order was dropped and has left no file."""

    event: Literal["cancelled"] = "cancelled"


class Failed(Frozen):
    event: Literal["failed"] = "failed"
    message: str
    trace: str = ""


class Checked(Frozen):
    """The answer to ``Check``: why the engine does not work, or nothing when it does."""

    event: Literal["checked"] = "checked"
    step: str
    engine: str
    reason: str = ""


Request = Job | Check | Cancel
REQUEST: TypeAdapter[Request] = TypeAdapter(Annotated[Request, Field(discriminator="request")])

Event = Started | Beat | Progressed | EngineFailed | Finished | Rejected | Cancelled | Failed | Checked
EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="event")])
