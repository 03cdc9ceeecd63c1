"""Channel numbers, as remote controls and lists for IPTV players know them: once given, a number stays."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import count
from pathlib import Path

import structlog

from webtv.media.files import write_atomically

log = structlog.get_logger()


def numbered(wanted: Mapping[str, int | None], kept: Mapping[str, int]) -> dict[str, int]:
    """A number for each channel of ``wanted``, and those of other channels that nobody took since.

    What a channel's file asks for comes first, then what the channel had, then the lowest number that no
    channel has or had, in the order of the ids.
    """
    found = {name: number for name, number in wanted.items() if number is not None}
    taken = set(found.values())
    for name, number in kept.items():
        if name not in found and number not in taken:
            found[name] = number
            taken.add(number)
    free = (number for number in count(1) if number not in taken)
    for name in sorted(wanted.keys() - found.keys()):
        found[name] = next(free)
        taken.add(found[name])
    return found


class Numbers:
    """The numbers of a station, kept in a file over restarts and while a channel is away."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept = self._load()

    def of(self, channel: str) -> int:
        """The number of a channel that was among those of the last ``assign``."""
        return self._kept[channel]

    def assign(self, wanted: Mapping[str, int | None]) -> bool:
        """Give these channels their numbers; None asks for none. Returns whether any is new."""
        before, self._kept = self._kept, numbered(wanted, self._kept)
        return before != self._kept

    def save(self) -> None:
        """On disk when this returns, or the log says why not."""
        try:
            write_atomically(self._path, json.dumps(self._kept, indent=1, sort_keys=True))
        except OSError as error:
            log.error("the channels' numbers could not be stored", error=str(error))

    def _load(self) -> dict[str, int]:
        try:
            saved = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            log.warning("the channels' numbers cannot be read: they are given anew", error=str(error))
            return {}
        found = saved.items() if isinstance(saved, dict) else ()
        return {name: number for name, number in found if type(number) is int and number > 0}
