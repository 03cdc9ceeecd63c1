"""The operator's desk: its API under ``/desk/api/``, for the page at ``/desk`` and for scripts."""

from __future__ import annotations

import asyncio

from aiohttp import web

from webtv.config.desk import desk_token
from webtv.station import Station
from webtv.web.desk import actions, file, pictures, session, watch
from webtv.web.desk.auth import GUARD, Guard, admit
from webtv.web.desk.errors import as_json
from webtv.web.desk.pictures import PICTURES, Pictures
from webtv.web.desk.state import PICTURE, StationPicture
from webtv.web.desk.watch import STREAMS, Streams
from webtv.web.state import STATION


def desk(station: Station) -> web.Application:
    """Raises ConfigError when there is a token that cannot be used."""
    app = web.Application(middlewares=[as_json, admit])
    config = station.config
    app[STATION] = station
    app[GUARD] = Guard(
        desk_token(config.desk),
        station.clock,
        config.data / "sessions.json",
        behind_proxy=config.public_url is not None,
    )
    app[PICTURE] = StationPicture(station)
    app[PICTURES] = Pictures(config.data)
    app[file.SAVING] = asyncio.Lock()
    app[STREAMS] = streams = Streams()
    app.on_shutdown.append(streams.close)
    for module in (watch, pictures, session, actions, file):
        app.add_routes(module.routes)
    return app
