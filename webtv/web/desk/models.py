"""What the desk's API says of the station: the one source of its JSON, for the page and ``webtv status``."""

from __future__ import annotations

from pydantic import Field

from webtv.broadcaster.status import State
from webtv.web import models
from webtv.web.models import Answer, Moment


class Airing(models.Airing):
    picture: str
    banned: bool
    evergreen: bool
    pinned: bool


class Banned(Answer):
    clip_id: str
    title: str
    picture: str


class Target(Answer):
    name: str
    server: str = Field(description="Where it is, without the stream key.")
    state: State
    since: Moment | None
    lag_s: float | None
    sent_bytes: int
    reconnects: int
    last_error: str


class Programme(models.Channel):
    """What of a channel stays until something happens."""

    now: Airing | None
    next: tuple[Airing, ...]
    previous: tuple[Airing, ...]
    preview: str
    engines: dict[str, list[str]]
    slate_until: str | None
    banned: tuple[Banned, ...]
    thumbnail: str | None


class Figures(Answer):
    """What of a channel runs on, or comes from elsewhere in the station."""

    quality: str
    problem: str | None
    targets: tuple[Target, ...]
    watched: bool
    clips: int
    buffered_s: float
    fresh_s: float
    stock_s: float
    fresh_share: float


class Channel(Programme, Figures):
    """A channel, whole."""


class Problem(Answer):
    path: str
    text: str
    channel: str | None = Field(description="Whose file it is, where the desk can edit that.")


class Station(models.Station):
    uptime_s: int
    free_gb: float
    problems: tuple[Problem, ...]


class Order(Answer):
    channel: str
    order_id: str
    title: str
    step: str
    engine: str | None
    done: float


class Engine(models.Engine):
    reason: str | None


class Refused(Answer):
    """A clip in quarantine."""

    id: str
    channel: str
    reason: str
    detail: str
    when: Moment
    picture: str


class Common(Answer):
    """All of the station but its channels."""

    station: Station
    orders: tuple[Order, ...]
    engines: tuple[Engine, ...]
    quarantine: tuple[Refused, ...]


class Whole(Common):
    """All of it, as ``/desk/api/state`` answers."""

    channels: tuple[Channel, ...]
