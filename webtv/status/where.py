"""Which station to ask, and with which token, as far as the user who asks may read it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from webtv.config import HttpAddress, StationConfig
from webtv.config.desk import UNIT_CREDENTIALS, desk_token
from webtv.config.document import read_document
from webtv.config.load import STATION_FILE
from webtv.config.source import read_source
from webtv.config.validate import validate
from webtv.errors import ConfigError


@dataclass(frozen=True)
class Where:
    """A station's address, and the desk's token; without one, ``no_token`` says why where that is known."""

    address: HttpAddress
    token: str | None = None
    no_token: str = ""


def find(path: Path | None = None, http: str | None = None) -> Where:
    """By the station's file, ``webtv.yaml`` here if none is named, or by ``http`` in place of its address.

    Nothing else of the file matters here, so nothing else keeps from looking at a station that runs. Raises
    ConfigError.
    """
    if path is None and not STATION_FILE.exists():
        return Where(StationConfig().override(http=http).http)
    document = read_document(read_source(path or STATION_FILE))

    def only(key: str) -> StationConfig:
        data = document.data
        if isinstance(data, dict):
            data = {name: value for name, value in data.items() if name == key}
        return validate(StationConfig, replace(document, data=data))

    address = only("http").override(http=http).http
    try:
        desk = only("desk").desk
        # An address of its own may be that of another station than the unit's.
        return Where(address, desk_token(desk, None if http else UNIT_CREDENTIALS))
    except ConfigError as error:
        return Where(address, no_token=str(error).split("\n", 1)[0].rstrip("."))
