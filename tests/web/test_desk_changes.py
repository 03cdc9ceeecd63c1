"""What one desk is sent after its first look: only what differs, and a page that merges it has it all."""

from __future__ import annotations

import json
from typing import Any

from webtv.broadcaster.status import State
from webtv.web.desk import models
from webtv.web.desk.changes import Shown
from webtv.web.desk.state import ChannelState, StationState


def channel(name: str = "tides", **changes: Any) -> ChannelState:
    target = models.Target(
        name="home",
        server="rtmp://127.0.0.1/live",
        state=State.ON_AIR,
        since=None,
        lag_s=changes.pop("lag_s", 0.1),
        sent_bytes=changes.pop("sent_bytes", 1),
        reconnects=0,
        last_error="",
    )
    programme = {
        "id": name, "number": 1, "title": name, "theme": "sea", "language": "en", "hls": "h", "watch": "w",
        "width": 64, "height": 64, "fps": 30, "on_air": True, "now": None, "next": (), "previous": (),
        "preview": "p", "engines": {}, "slate_until": None, "banned": (), "thumbnail": None,
    }  # fmt: skip
    figures = {
        "quality": "standard", "problem": None, "targets": (target,), "watched": False, "clips": 1,
        "buffered_s": 1.0, "fresh_s": 0.0, "stock_s": 9.0, "fresh_share": 0.0,
    }  # fmt: skip
    return ChannelState(
        models.Programme(**{key: changes.get(key, value) for key, value in programme.items()}),
        models.Figures(**{key: changes.get(key, value) for key, value in figures.items()}),
    )


def station(*channels: ChannelState, uptime_s: int = 1, free_gb: float = 5) -> StationState:
    about = models.Station(title="webtv", version="1", uptime_s=uptime_s, free_gb=free_gb, problems=())
    common = models.Common(station=about, orders=(), engines=(), quarantine=())
    return StationState(common, {one.programme.id: one for one in channels})


def events(text: str) -> list[tuple[str, Any]]:
    found = []
    for event in text.split("\n\n")[:-1]:
        kind, data = event.split("\n")
        found.append((kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def test_the_first_event_is_whole_and_nothing_new_is_nothing_sent() -> None:
    shown, state = Shown(), station(channel("tides"), channel("neon"))
    ((kind, data),) = events(shown.events(state, 0))
    assert kind == "state"
    assert models.Whole.model_validate(data).model_dump(mode="json") == data
    assert shown.events(state, 100) == ""


def test_of_a_change_only_its_channel_and_its_fields_are_sent() -> None:
    shown, neon = Shown(), channel("neon")
    shown.events(station(channel(), neon), 0)
    after = station(channel(title="Ebb", watched=True), neon)
    assert events(shown.events(after, 1)) == [("channel", {"id": "tides", "title": "Ebb", "watched": True})]
    assert shown.events(after, 2) == ""


def test_what_only_runs_on_is_sent_every_ten_seconds_and_with_other_changes() -> None:
    shown = Shown()
    shown.events(station(channel(buffered_s=400.0)), 0)
    assert shown.events(station(channel(buffered_s=390.0, sent_bytes=9), uptime_s=9), 9) == ""
    told = events(shown.events(station(channel(buffered_s=389.0, sent_bytes=10), uptime_s=10), 10))
    assert [kind for kind, _ in told] == ["station", "channel"]
    assert told[1][1].keys() == {"id", "buffered_s", "targets"}
    told = events(shown.events(station(channel(buffered_s=388.0, title="Ebb"), uptime_s=11), 11))
    assert told[0][1].keys() == {"id", "buffered_s", "targets", "title"}


def test_a_page_that_merges_the_events_has_what_a_new_one_is_sent() -> None:
    shown = Shown()
    ((_, page),) = events(shown.events(station(channel("tides"), channel("neon")), 0))
    for at_s, state in enumerate(
        (
            station(channel("tides", title="Ebb"), channel("neon")),
            station(channel("tides", title="Ebb"), channel("alps"), channel("neon", on_air=False)),
            station(channel("neon", on_air=True), channel("tides", title="Flow")),
            station(channel("neon", buffered_s=3.0), uptime_s=40),
        ),
        start=20,
    ):
        for kind, data in events(shown.events(state, 20.0 * at_s)):
            listed = {one["id"]: one for one in page["channels"]}
            if kind == "channel":
                listed[data["id"]] = listed.get(data["id"], {}) | data
                page["channels"] = list(listed.values())
            elif kind == "channels":
                page["channels"] = [listed[name] for name in data]
            else:
                assert kind == "station"
                page |= data
        assert page == json.loads(state.json)
