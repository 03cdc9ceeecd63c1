"""What an edit changes, and when that shows. Pure: for the log, for ``webtv diff`` and for the desk alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from webtv.config.channel import ChannelConfig
from webtv.config.secret import SecretFile
from webtv.config.shown import shown, shown_targets
from webtv.config.station import HttpAddress, StationConfig
from webtv.config.target import Target
from webtv.domain import Frozen


class When(StrEnum):
    """When a change shows."""

    NOW = "now"
    NEXT_ORDER = "next order"
    LISTS = "lists"
    BUMPER = "bumper"
    TARGET = "target"
    """At once, and only for that target."""
    EPOCH = "epoch"
    """After the clip on air, once the cards are made: a discontinuity, and a new archive."""
    SIGN_ON = "sign on"
    SIGN_OFF = "sign off"
    """After the clip on air."""
    WORKERS = "workers"
    """At once, by other workers."""
    NEXT_START = "next start"


_EFFECTS = {
    When.NOW: "takes effect now",
    When.NEXT_ORDER: "takes effect at the next order",
    When.LISTS: "shows in lists for IPTV players now; players show it when they load them again",
    When.BUMPER: "shows in lists now, and in the picture with the next slate or bumper",
    When.EPOCH: "begins a new epoch after the clip on air; clips of the former format no longer air",
    When.SIGN_ON: "takes effect when the channel signs on",
    When.SIGN_OFF: "the channel signs off after the clip on air",
    When.WORKERS: "takes effect now; workers begin anew, with the clips that they have in hand",
    When.NEXT_START: "takes effect when the station is started again",
}
_CHANNEL = {
    "title": When.BUMPER,
    "theme": When.NEXT_ORDER,
    "style": When.NEXT_ORDER,
    "language": When.NEXT_ORDER,
    "number": When.LISTS,
    "seed": When.NEXT_ORDER,
    "clip_seconds": When.NEXT_ORDER,
    "shots_per_clip": When.NEXT_ORDER,
    "label": When.NEXT_ORDER,
    "caption": When.NEXT_ORDER,
    "engines": When.NEXT_ORDER,
    "quality": When.NEXT_ORDER,
    "format": When.EPOCH,
    "schedule": When.NOW,
}
_STATION_NOW = {"keep_gb", "min_free_gb", "blocklist", "moderation", "openai", "limits"}
_WORKERS = {
    "workers",
    "devices",
    "worker_memory_gb",
    "models",
    "accept_noncommercial",
    "compile",
    "screening",
    "space",
    "log",
}
"""What workers are told when they start."""
_ONE_VALUE = (SecretFile, HttpAddress)
"""What a file has in one word, though it has parts here."""


@dataclass(frozen=True)
class Change:
    """One key that differs. ``old`` and ``new`` hold no secrets and may be shown; None stands for nothing."""

    key: str
    old: object
    new: object
    when: When

    @property
    def text(self) -> str:
        """For people: ``theme: takes effect at the next order``."""
        return f"{self.key}: {self._effect}"

    @property
    def _effect(self) -> str:
        if self.when is When.TARGET:
            effect = (
                "begins now" if self.old is None else "ends now" if self.new is None else "begins anew now"
            )
            return f"{effect}; other targets go on"
        if self.key == "channel" and self.when is When.SIGN_ON:
            return "the channel signs on"
        return _EFFECTS[self.when]


def changes(old: ChannelConfig | None, new: ChannelConfig | None) -> list[Change]:
    """What happens to a channel when ``new`` takes the place of ``old``; None stands for no file."""
    was_on, goes_on = old is not None and old.enabled, new is not None and new.enabled
    if new is not None and goes_on and not was_on:
        return [Change("channel", None, new.title, When.SIGN_ON)]
    if old is not None and was_on and not goes_on:
        return [Change("channel", old.title, None, When.SIGN_OFF)]
    if old is None or new is None:
        return []
    found = [
        Change(key, was, becomes, when)
        for name, when in _CHANNEL.items()
        for key, was, becomes in _differing(name, getattr(old, name), getattr(new, name))
    ]
    found += _targets(old.targets, new.targets)
    return found if goes_on else [replace(change, when=When.SIGN_ON) for change in found]


def station_changes(old: StationConfig, new: StationConfig) -> list[Change]:
    """What changes for a running station when ``new`` takes the place of ``old``."""
    return [
        Change(key, was, becomes, _of_station(name))
        for name in StationConfig.model_fields
        for key, was, becomes in _differing(name, getattr(old, name), getattr(new, name))
    ]


def _of_station(name: str) -> When:
    if name in _WORKERS:
        return When.WORKERS
    return When.NOW if name in _STATION_NOW else When.NEXT_START


def effect(key: str, *, of_station: bool) -> str:
    """When a change of ``key``, such as ``format.fps``, shows. For people."""
    name = key.split(".", maxsplit=1)[0]
    if of_station:
        return _EFFECTS[_of_station(name)]
    if name == "enabled":
        return "the channel signs on now, or off after the clip on air"
    if name == "targets":
        return "that target begins anew now; others go on"
    return _EFFECTS[_CHANNEL[name]]


def _differing(name: str, old: object, new: object) -> Iterator[tuple[str, object, object]]:
    """The keys below ``name`` that differ, with what they were and are."""
    if old == new:
        return
    if isinstance(old, Frozen) and type(old) is type(new) and not isinstance(old, _ONE_VALUE):
        for field in type(old).model_fields:
            yield from _differing(f"{name}.{field}", getattr(old, field), getattr(new, field))
    else:
        yield name, *shown(old, new)


def _targets(old: tuple[Target, ...], new: tuple[Target, ...]) -> Iterator[Change]:
    before = {target.name: target for target in old if target.enabled}
    after = {target.name: target for target in new if target.enabled}
    for name in before | after:
        was, becomes = before.get(name), after.get(name)
        if was != becomes:
            yield Change(f"targets.{name}", *shown_targets(was, becomes), When.TARGET)
