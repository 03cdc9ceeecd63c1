"""The worker process: one device's engines. They film one order at a time, and finish another meanwhile.

Frames never leave it; a finished file does. ``messages`` has what is said on standard input and output. Run
as ``python -m webtv.render.worker PID`` it ends with the process PID, the daemon; without PID it is a unit of
systemd's, which gave it a connection of the daemon's, and ends with that.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from threading import Event as Flag
from threading import Lock, Thread
from typing import Never, TextIO

from webtv import errors, log
from webtv.errors import ClipRejected, WebtvError
from webtv.media.child import die_with_parent
from webtv.models.faults import explained
from webtv.models.settings import HostSettings
from webtv.models.turns import Turns
from webtv.notify import Notifier
from webtv.render.chain import render
from webtv.render.crew import Crew
from webtv.render.messages import (
    REQUEST,
    Answer,
    Cancelled,
    CancelRequest,
    Checked,
    CheckRequest,
    Event,
    Failed,
    Finished,
    Rejected,
    RenderRequest,
    Started,
)
from webtv.render.progress import EngineRun, OrderProgress
from webtv.render.roster import Roster
from webtv.render.timed_host import TimedHost

HEARTBEAT_S = 1.0
"""How often a worker at work says that it lives."""


def main() -> None:
    """Serve requests until standard input ends."""
    if len(sys.argv) > 1:
        die_with_parent(int(sys.argv[1]))
    os.nice(10)  # air before generation
    with suppress(OSError):  # a container may not let us
        Path("/proc/self/oom_score_adj").write_text("500")  # and when memory runs out
    requests, events = _taken_from_libraries()
    notifier = Notifier()
    notifier.notify(READY=1)  # before somebody is heard who only looks: systemd would call it a failure
    first = requests.readline()
    if not first:
        return  # somebody only looked whether we would answer
    settings = HostSettings.model_validate_json(first)
    log.configure(settings.log_level, settings.log_format)
    if settings.device == "cpu":
        # Workers share the processor; torch's own threads then wait for each other most of the time.
        os.environ.setdefault("OMP_NUM_THREADS", "1")
    worker = _Worker(settings, events, notifier)
    worker.send(Started())
    Thread(target=worker.send_heartbeats, daemon=True).start()
    worker.serve(requests)


def _taken_from_libraries() -> tuple[TextIO, TextIO]:
    """Standard input and output, under other descriptors.

    Libraries that print, and programs that they start and that read, must not break the protocol.
    """
    requests = os.fdopen(os.dup(0), encoding="utf-8")
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, events


class _Worker:
    """One thread reads requests, one says that the worker lives, and each request has one of its own.

    How many orders it has in hand is for the daemon to say. One films at a time, so the memory that frames
    take is that of one order for each in hand.
    """

    def __init__(self, settings: HostSettings, events: TextIO, notifier: Notifier) -> None:
        self._notifier = notifier
        self._roster = Roster(TimedHost(settings))
        self._film_turns = Turns()
        self._events, self._sending = events, Lock()
        self._in_hand: dict[str, OrderProgress] = {}

    def send(self, event: Event) -> None:
        with self._sending:
            self._events.write(event.model_dump_json() + "\n")
            self._events.flush()

    def serve(self, lines: Iterable[str]) -> Never:
        for line in lines:
            request = REQUEST.validate_json(line)
            if isinstance(request, CancelRequest):
                if (progress := self._in_hand.get(request.order_id)) is not None:
                    progress.cancel()  # else its answer is on its way
                continue
            progress = self._in_hand[request.order_id] = OrderProgress(self.send, request.order_id)
            Thread(target=self._answer, args=(request, progress), daemon=True).start()
        # The daemon is gone, and with it everybody who waited for the orders in hand.
        os._exit(0)

    def send_heartbeats(self) -> None:
        pause = Flag()
        while not pause.wait(HEARTBEAT_S):
            self._notifier.notify(WATCHDOG=1)
            for progress in list(self._in_hand.values()):
                self.send(progress.heartbeat())

    def _answer(self, request: RenderRequest | CheckRequest, progress: OrderProgress) -> None:
        if isinstance(request, RenderRequest):
            answer: Answer = self._render(request, progress)
        else:
            answer = self._check(request, progress)
        del self._in_hand[request.order_id]
        self.send(answer)

    def _render(self, request: RenderRequest, progress: OrderProgress) -> Answer:
        order, order_id = request.order, request.order_id
        try:
            crew = Crew(order.engines, roster=self._roster, progress=progress, resting=request.resting)
            manifest = render(order, request.folder, init=request.init, crew=crew, turns=self._film_turns)
            return Finished(order_id=order_id, manifest=manifest)
        except errors.Cancelled:
            return Cancelled(order_id=order_id)
        except ClipRejected as rejection:
            return Rejected(order_id=order_id, reason=rejection.reason, detail=rejection.detail)
        except WebtvError as error:
            return Failed(order_id=order_id, message=str(error))
        except OSError as error:
            why = f"{error.strerror or error}: {error.filename or request.folder}"
            return Failed(order_id=order_id, message=why)
        except Exception as error:  # the worker outlives a bug
            message, trace = f"{type(error).__name__}: {error}", traceback.format_exc()
            return Failed(order_id=order_id, message=message, trace=trace)

    def _check(self, request: CheckRequest, progress: OrderProgress) -> Checked:
        reason = ""
        try:
            with EngineRun(progress, request.step, request.engine):
                self._roster.engine(request.step, request.engine).check()
        except Exception as error:  # libraries raise what they like
            reason = str(explained(request.engine, error, self._roster.host.device))
        return Checked(order_id=request.order_id, reason=reason)


if __name__ == "__main__":
    main()
