"""Which station to ask, and with which token, as far as the user who asks may read it."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from webtv.config import HttpAddress, StationConfig
from webtv.config.desk import UNIT_CREDENTIALS, desk_token
from webtv.config.load import STATION_FILE, load_keys
from webtv.errors import ConfigError

_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where to ask


@dataclass(frozen=True)
class Where:
    """A station's address, and the desk's token; without one, ``no_token`` says why where that is known."""

    address: HttpAddress
    token: str | None = None
    no_token: str = ""

    @property
    def host(self) -> str:
        """Where to ask: one that listens everywhere is asked on this machine."""
        return _ANYWHERE.get(self.address.host, self.address.host)

    @property
    def headers(self) -> dict[str, str]:
        """What shows the desk's token to this machine alone: HTTP would tell it to the whole way."""
        return {"Authorization": f"Bearer {self.token}"} if self.token and _is_here(self.host) else {}


def find(path: Path | None = None, http: str | None = None) -> Where:
    """By the station's file, ``webtv.yaml`` here if none is named, or by ``http`` in place of its address.

    Nothing else of the file matters here, so nothing else keeps from looking at a station that runs. Raises
    ConfigError.
    """
    if path is None and not STATION_FILE.exists():
        return Where(StationConfig().override(http=http).http)
    address = load_keys(path, "http").override(http=http).http
    try:
        desk = load_keys(path, "desk").desk
        # An address of its own may be that of another station than the unit's.
        return Where(address, desk_token(desk, None if http else UNIT_CREDENTIALS))
    except ConfigError as error:
        return Where(address, no_token=str(error).split("\n", 1)[0].rstrip("."))


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
