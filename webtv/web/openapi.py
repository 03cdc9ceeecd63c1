"""The public API described for programs, as OpenAPI 3.1: its routes here, its answers from their models."""

from __future__ import annotations

import json
from typing import Any

from pydantic.json_schema import models_json_schema

from webtv import __version__
from webtv.web import models

_ROUTES: tuple[tuple[str, str, type[models.Answer]], ...] = (
    ("/api/v1/channels", "All channels, and what is on each now and next.", models.Channels),
    ("/api/v1/channels/{channel}", "One channel.", models.ChannelInFull),
    ("/api/v1/channels/{channel}/as-run", "What really went out, newest first.", models.AsRun),
    ("/api/v1/engines", "The engines that were used so far, and whether they work.", models.Engines),
)
_CHANNEL = {"name": "channel", "in": "path", "required": True, "schema": {"type": "string"}}
_PAGES = [
    {
        "name": "limit",
        "in": "query",
        "description": "At most so many.",
        "schema": {"type": "integer", "minimum": 1, "maximum": 500, "default": 50},
    },
    {
        "name": "before",
        "in": "query",
        "description": "Only airings before this slot: the last one of the page before.",
        "schema": {"type": "integer", "minimum": 0},
    },
]
_OF_CHANNEL = {
    "404": {"description": "There is no such channel."},
    "503": {"description": "It is about to sign on; try again in a second."},
}


def description() -> bytes:
    """The document as JSON."""
    by_model, definitions = models_json_schema(
        [(model, "serialization") for _, _, model in _ROUTES], ref_template="#/components/schemas/{model}"
    )
    paths: dict[str, Any] = {}
    for path, summary, model in _ROUTES:
        content = {"application/json": {"schema": by_model[model, "serialization"]}}
        responses: dict[str, Any] = {"200": {"description": summary, "content": content}}
        parameters: list[dict[str, Any]] = []
        if "{channel}" in path:
            parameters.append(_CHANNEL)
            responses |= _OF_CHANNEL
        if path.endswith("/as-run"):
            parameters += _PAGES
            responses["400"] = {"description": "A parameter that is no such number."}
        get: dict[str, Any] = {"summary": summary, "responses": responses}
        paths[path] = {"get": get | ({"parameters": parameters} if parameters else {})}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "webtv", "version": __version__, "description": "What a station airs."},
        "paths": paths,
        "components": {"schemas": definitions["$defs"]},
    }
    return json.dumps(document, indent=1).encode()
