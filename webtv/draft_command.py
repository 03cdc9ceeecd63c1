"""``webtv diff``: what saving a file would change on air, and when."""

from __future__ import annotations

import http.client
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from webtv.config import ChannelConfig, StationConfig, load_channel, load_station
from webtv.config.desk import desk_token
from webtv.config.diff import Change, changes, station_changes
from webtv.config.document import Document, read_document
from webtv.config.source import Place, Source, read_source
from webtv.config.validate import validate
from webtv.errors import ConfigError, StationError, WrongUsage

_ANSWER_S = 30.0
_LISTENS_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where to ask


def is_station(file: Path) -> bool:
    """Whether a file is a station's by its name: webtv.yaml, webtv.example.yaml. No channel has two dots."""
    return file.stem.split(".")[0] == "webtv"


def between(old: Path, new: Path) -> list[Change]:
    """What would change if ``new`` took the place of ``old``, which need not be there yet if it is a channel.

    Raises ConfigError for either's mistakes, WrongUsage for a channel and a station.
    """
    if is_station(old) != is_station(new):
        raise WrongUsage(f"{old} and {new} are not of one kind: compare two channels, or two stations' files")
    if is_station(old):
        return station_changes(load_station(old), validate(StationConfig, _draft(new, old)))
    draft = validate(ChannelConfig, _draft(new, old), id=old.stem)
    return changes(load_channel(old) if old.exists() else None, draft)


def on_air(file: Path, station: StationConfig) -> list[str]:
    """What would change for the running station if ``file`` became the channel that is called like it.

    Raises:
        ConfigError: the file has mistakes.
        StationError: no station answers, or its desk does not let us in.
        WrongUsage: the file is a station's.
    """
    if is_station(file):
        raise WrongUsage(f"{file} is a station's file: give the one that it would replace, too")
    source = read_source(file)
    status, answer = _ask(f"/desk/api/channels/{file.stem}/check", {"text": source.text}, station)
    if status == 404:
        return [change.text for change in changes(None, load_channel(file))]
    if status != 200:
        raise StationError(f"the station does not tell: {answer.get('error', status)}")
    if answer["problems"]:
        source.mask_unparsed()
        raise ConfigError([_told(source, problem) for problem in answer["problems"]])
    return list(answer["changes"])


def as_text(found: list[Change]) -> str:
    """A line for each change: when it shows, and below it what was and would be."""
    if not found:
        return "nothing would change"
    return "\n".join(
        change.text if change.key == "channel" else f"{change.text}\n  {change.old}  →  {change.new}"
        for change in found
    )


def as_json(found: list[Change]) -> str:
    return json.dumps(
        [{"key": change.key, "old": change.old, "new": change.new, "when": change.when} for change in found],
        indent=1,
        default=str,
        ensure_ascii=False,
    )


def _draft(path: Path, place: Path) -> Document:
    """A file that is to stand at ``place``: its relative paths start there."""
    return read_document(replace(read_source(path), folder=place.parent))


def _ask(path: str, body: dict[str, str], station: StationConfig) -> tuple[int, dict[str, Any]]:
    """The status and the JSON that the running station's desk answers."""
    address, token = station.http, desk_token(station.desk)
    host = _LISTENS_EVERYWHERE.get(address.host, address.host)
    headers = {"Content-Type": "application/json", "Sec-Fetch-Site": "none"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    connection = http.client.HTTPConnection(host, address.port, timeout=_ANSWER_S)
    try:
        connection.request("POST", path, json.dumps(body), headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise StationError(
            f"no station answers at http://{address}/ ({error}): start one with `webtv run`, say "
            "where it is with --http, or give two files"
        ) from error
    finally:
        connection.close()


def _told(source: Source, problem: dict[str, Any]) -> str:
    if problem["line"] is None:
        return f"{source.path}: {problem['text']}"
    return source.problem(Place(problem["line"] - 1, problem["column"] - 1), problem["text"])
