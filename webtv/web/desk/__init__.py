"""The operator's desk: its API under ``/desk/api/``, for the page at ``/desk`` and for scripts."""

from __future__ import annotations

import asyncio

from aiohttp import web

from webtv.broadcaster.packager import Packager
from webtv.config.desk import desk_token
from webtv.station.station import Station
from webtv.web.desk import actions, events, file, pictures, preview, session
from webtv.web.desk.auth import GUARD, Guard, admit
from webtv.web.desk.errors import as_json
from webtv.web.desk.events import STREAMS, Streams
from webtv.web.desk.pictures import PICTURES, Pictures
from webtv.web.desk.state import PICTURE, StationPicture
from webtv.web.state import PACKAGER, STATION


def desk(station: Station, packager: Packager) -> web.Application:
    """``packager`` is the viewers'. Raises ConfigError when there is a token that cannot be used."""
    app = web.Application(middlewares=[as_json, admit])
    config = station.config
    app[STATION], app[PACKAGER] = station, packager
    app[GUARD] = Guard(
        desk_token(config.desk),
        station.clock,
        config.data / "sessions.json",
        public_url=config.public_url,
        proxies=config.proxies,
    )
    app[PICTURE] = StationPicture(station)
    app[PICTURES] = Pictures(config.data)
    app[file.SAVING] = asyncio.Lock()
    app[STREAMS] = streams = Streams()
    app.on_shutdown.append(streams.close)
    for module in (events, pictures, preview, session, actions, file):
        app.add_routes(module.routes)
    return app
