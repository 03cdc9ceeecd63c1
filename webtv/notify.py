"""Tells systemd how the service fares: sd_notify(3), datagrams of lines such as ``READY=1``."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, MutableMapping
from typing import Never

import structlog

from webtv.clock import Clock

log = structlog.get_logger()

_EVERY_S = 5.0
"""How often the status is told where no watchdog wants to hear of us sooner."""


class Notifier:
    """The way to the service manager, if one started us. It never waits: what is not taken is dropped."""

    def __init__(self, environ: MutableMapping[str, str] = os.environ) -> None:
        """Takes its variables out of ``environ``: they are meant for this process, not for its children."""
        address = environ.pop("NOTIFY_SOCKET", "")
        interval_us = environ.pop("WATCHDOG_USEC", "")
        watched = environ.pop("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        # A leading @ stands for the null byte of the abstract namespace, unix(7).
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.watchdog_s = int(interval_us) / 1e6 if watched and interval_us.isdecimal() else None
        """How long the watchdog waits for ``WATCHDOG=1`` before it kills us; None when there is none."""
        self._heard = True

    def notify(self, **states: str | int) -> None:
        """Send states, such as ``READY=1``; without a service manager, do nothing. Never waits."""
        if not self._address:
            return
        text = "\n".join(f"{name}={value}" for name, value in states.items())
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.setblocking(False)
                sender.sendto(text.encode(), self._address)
        except OSError as error:
            if self._heard:
                log.warning("systemd does not hear us", error=error.strerror)
            self._heard = False
        else:
            self._heard = True


async def pulse(notifier: Notifier, clock: Clock, look: Callable[[], tuple[str, bool]]) -> Never:
    """Tell how the station fares for as long as it airs, and feed the watchdog while it fares well.

    ``look`` gives a line for people, and whether all is well. A blocked event loop stops this too, which is
    what the watchdog is for.
    """
    half_s = _EVERY_S if notifier.watchdog_s is None else notifier.watchdog_s / 2
    while True:
        status, well = look()
        alive = {"WATCHDOG": 1} if well and notifier.watchdog_s is not None else {}
        notifier.notify(STATUS=status, **alive)
        await clock.sleep(min(half_s, _EVERY_S))
