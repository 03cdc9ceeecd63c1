"""What saving a file would change, against another file or against what is on air."""

from __future__ import annotations

import http.client
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from webtv.cli.where import Where
from webtv.config import ChannelConfig, StationConfig, load_channel, load_station
from webtv.config.diff import Change, changes, station_changes
from webtv.config.document import Document, read_document
from webtv.config.load import is_station
from webtv.config.source import Place, Source, read_source
from webtv.config.validate import validate
from webtv.errors import ConfigError, StationError, WrongUsage

_ANSWER_S = 30.0


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


def on_air(file: Path, where: Where) -> list[Change | str]:
    """What would change for the running station if ``file`` became the channel that is called like it.

    What the station's own file does not explain, as when that holds a mistake, is told in words alone.

    Raises:
        ConfigError: the file has mistakes.
        StationError: no station answers, or its desk does not let us in.
        WrongUsage: the file is a station's.
    """
    if is_station(file):
        raise WrongUsage(f"{file} is a station's file: give the one that it would replace, too")
    source, channel = read_source(file), f"/desk/api/channels/{file.stem}"
    status, answer = _ask("POST", f"{channel}/check", where, {"text": source.text})
    if status == 404:
        return list(changes(None, load_channel(file)))
    if status != 200:
        withheld = "the token is shown to this machine alone" if where.token and not where.headers else ""
        why = where.no_token or withheld
        no_token = f" ({why})" if why else ""
        raise StationError(f"the station does not tell: {answer.get('error', status)}{no_token}")
    if answer["problems"]:
        source.mask_unparsed()
        raise ConfigError([_located(source, problem) for problem in answer["problems"]])
    status, saved = _ask("GET", f"{channel}/file", where)
    known = _changes_of(Path(saved["path"]), saved["text"], source.text) if status == 200 else []
    in_full = {change.text: change for change in known}
    return [in_full.get(text, text) for text in answer["changes"]]


def _changes_of(path: Path, old: str, new: str) -> list[Change]:
    """What the texts of a station's file differ in. The key files that they name may be another machine's."""
    try:
        before, after = (
            validate(
                ChannelConfig,
                read_document(Source(path, text, path.parent, reads_secrets=False)),
                id=path.stem,
            )
            for text in (old, new)
        )
    except ConfigError:
        return []
    return changes(before, after)


def _draft(path: Path, place: Path) -> Document:
    """A file that is to stand at ``place``: its relative paths start there."""
    return read_document(replace(read_source(path), folder=place.parent))


def _ask(
    method: str, path: str, where: Where, body: dict[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    """The status and the JSON that the running station's desk answers."""
    address = where.address
    headers = {"Content-Type": "application/json", "Sec-Fetch-Site": "none"} | where.headers
    connection = http.client.HTTPConnection(where.host, address.port, timeout=_ANSWER_S)
    try:
        connection.request(method, path, json.dumps(body) if body else None, headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise StationError(
            f"no station answers at http://{address}/ ({error}): start one with `webtv run`, say "
            "where it is with --http, or give two files"
        ) from error
    finally:
        connection.close()


def _located(source: Source, problem: dict[str, Any]) -> str:
    if problem["line"] is None:
        return f"{source.path}: {problem['text']}"
    return source.problem(Place(problem["line"] - 1, problem["column"] - 1), problem["text"])
