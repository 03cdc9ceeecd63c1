"""What of the station's state differs from what one desk was shown, as server-sent events.

``state``: all of it, first. ``channel``: its id, and the fields that differ, or all of them where it is new.
``station``: the fields that differ of all that is no channel. ``channels``: the ids in their order, when
channels came or went. Figures that only run on are sent every ten seconds, and those of a channel with
whatever else changes there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from webtv.web.desk.state import ChannelState, StationState

_ANYWAY_S = 10.0
_RUN_ON = frozenset({"uptime_s", "free_gb", "buffered_s", "lag_s", "sent_bytes", "next_try_s", "fresh_share"})


class Shown:
    """What one desk was shown last."""

    def __init__(self) -> None:
        self._common: dict[str, Any] = {}
        self._common_at = 0.0
        self._channels: dict[str, tuple[ChannelState, float]] = {}
        self._began = False

    def events(self, state: StationState, now_s: float) -> str:
        """What brings the desk up to ``state``; empty when nothing is worth it. ``now_s`` only counts."""
        if not self._began:
            self._began = True
            self._common, self._common_at = state.common.model_dump(mode="json"), now_s
            self._channels = {name: (one, now_s) for name, one in state.channels.items()}
            return _event("state", state.json.decode())
        return "".join(self._changes(state, now_s))

    def _changes(self, state: StationState, now_s: float) -> Iterator[str]:
        yield from self._of_station(state, now_s)
        before = list(self._channels)
        for name, channel in state.channels.items():
            shown = self._channels.get(name)
            if shown is None:
                self._channels[name] = channel, now_s
                yield _event("channel", channel.json.decode())
            elif shown[0] is not channel:
                differing = _differing(shown[0], channel)
                if worth(differing, now_s - shown[1] >= _ANYWAY_S):
                    self._channels[name] = channel, now_s
                    fields = {field: new for field, (_, new) in differing.items()}
                    yield _event("channel", json.dumps({"id": name, **fields}, ensure_ascii=False))
        for name in self._channels.keys() - state.channels.keys():
            del self._channels[name]
        if before != list(state.channels):
            self._channels = {name: self._channels[name] for name in state.channels}
            yield _event("channels", json.dumps(list(state.channels)))

    def _of_station(self, state: StationState, now_s: float) -> Iterator[str]:
        common = state.common.model_dump(mode="json")
        differing = {
            field: (self._common[field], value)
            for field, value in common.items()
            if value != self._common[field]
        }
        if worth(differing, now_s - self._common_at >= _ANYWAY_S):
            self._common, self._common_at = common, now_s
            fields = {field: new for field, (_, new) in differing.items()}
            yield _event("station", json.dumps(fields, ensure_ascii=False))


def worth(differing: dict[str, tuple[Any, Any]], is_time: bool) -> bool:
    """Whether these fields, each with its old and its new value, are to be sent."""
    if not differing or is_time:
        return bool(differing)
    return any(
        field not in _RUN_ON and _steady(old) != _steady(new) for field, (old, new) in differing.items()
    )


def _differing(old: ChannelState, new: ChannelState) -> dict[str, tuple[Any, Any]]:
    parts: list[tuple[BaseModel, BaseModel]] = [(old.figures, new.figures)]
    if old.programme is not new.programme:
        parts.append((old.programme, new.programme))
    found: dict[str, tuple[Any, Any]] = {}
    for was, now in parts:
        names = {name for name in type(now).model_fields if getattr(was, name) != getattr(now, name)}
        if names:
            before, after = (one.model_dump(mode="json", include=names) for one in (was, now))
            found |= {name: (before[name], after[name]) for name in names}
    return found


def _steady(value: Any) -> Any:
    """Without the figures that only run on."""
    if isinstance(value, dict):
        return {name: _steady(part) for name, part in value.items() if name not in _RUN_ON}
    return [_steady(part) for part in value] if isinstance(value, list) else value


def _event(kind: str, data: str) -> str:
    return f"event: {kind}\ndata: {data}\n\n"
