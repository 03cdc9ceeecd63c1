"""Twitch's servers by region: the list that comes with webtv, or a newer one in the data folder."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from webtv.config.streaming import TWITCH, service_of
from webtv.config.words import nearest

FILE_NAME = "twitch-ingests.json"
"""Of the newer list, in the data folder."""

NEAREST = "rtmps://ingest.global-contribute.live-video.net/app"
"""Twitch finds the server that is nearest to whoever connects here."""

_SHIPPED = Path(__file__).with_name(FILE_NAME)
_TEMPLATE = re.compile(r"(rtmps?://([a-z0-9.-]+)(?::[0-9]{1,5})?/app)/\{stream_key\}")


class Ingest(BaseModel):
    """One server, as https://dev.twitch.tv/docs/video-broadcast/reference describes it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = Field(max_length=80)
    """For example ``EU: Frankfurt, DE``."""
    url_template: str
    url_template_secure: str = ""
    priority: int = 0
    """The lowest first."""
    availability: float = 1
    default: bool = False

    @property
    def server(self) -> str:
        """URL up to the app, encrypted where that is offered; empty when it is no server of Twitch's.

        Whoever is pushed to learns the stream key: a list that names other hosts is not followed.
        """
        for template in (self.url_template_secure, self.url_template):
            match = _TEMPLATE.fullmatch(template)
            if match and service_of(match[2]) is TWITCH:
                return match[1]
        return ""

    @property
    def code(self) -> str:
        """Where its host says it is: ``fra`` of live-fra.twitch.tv and fra05.contribute.live-video.net."""
        host = self.server.partition("://")[2].partition(".")[0]
        return host.removeprefix("live-").rstrip("0123456789")

    @property
    def place(self) -> str:
        """Its city: ``new-york`` of ``US East: New York, NY``."""
        return _slug(self.name.rpartition(":")[2].split(",")[0].split("(")[0])

    def is_in(self, region: str) -> bool:
        """Whether a region is its code or words of its name, such as frankfurt, us-east or eu."""
        return region == self.code or f"-{region}-" in f"-{_slug(self.name)}-"


class Ingests(BaseModel):
    """A list of servers. ``date`` is the day of which it tells, ``source`` where it comes from."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    date: str = ""
    source: str = ""
    ingests: tuple[Ingest, ...]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises OSError, or ValueError when it is no such list."""
        return cls.parse(path.read_text("utf-8"))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Servers of Twitch that are up, the best first. Raises ValueError when there is none."""
        try:
            found = cls.model_validate_json(text)
        except ValidationError:
            raise ValueError("this is not a list of Twitch's servers") from None
        good = [ingest for ingest in found.ingests if ingest.server and ingest.availability]
        if not good:
            raise ValueError("the list names no server of Twitch's")
        best_first = sorted(good, key=lambda ingest: ingest.priority)
        return found.model_copy(update={"ingests": tuple(best_first)})

    def find(self, region: str) -> Ingest | None:
        """The best server of a region, which may be written as in the list: ``EU: Frankfurt, DE``."""
        slug = _slug(region)
        return next((ingest for ingest in self.ingests if ingest.is_in(slug)), None)

    def nearest_name(self, region: str) -> str | None:
        """The region that was probably meant."""
        names = [name for ingest in self.ingests for name in (ingest.place, ingest.code)]
        return nearest(_slug(region), names)


@cache
def shipped() -> Ingests:
    return Ingests.read(_SHIPPED)


class _Book:
    """The list that this process goes by; the files of all channels are read with the same one."""

    def __init__(self) -> None:
        self._newer: Ingests | None = None

    def open(self, data: Path) -> Ingests:
        """Go by the newer list in a data folder from now on, if there is one that can be used."""
        try:
            self._newer = Ingests.read(data / FILE_NAME)
        except (OSError, ValueError):
            self._newer = None  # the shipped list stands in; 'webtv targets' says which one is used
        return self.list

    @property
    def list(self) -> Ingests:
        return self._newer or shipped()


BOOK = _Book()


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
