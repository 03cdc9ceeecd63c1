"""The worker process: one device's engines, which make one order at a time.

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
from queue import Queue
from threading import Event as Flag
from threading import Lock, Thread
from typing import Never, TextIO

from webtv import errors, log
from webtv.errors import ClipRejected, WebtvError
from webtv.media.child import die_with_parent
from webtv.media.fmp4 import read_index, read_init
from webtv.models.faults import explained
from webtv.models.settings import HostSettings
from webtv.notify import Notifier
from webtv.render.chain import render
from webtv.render.crew import Crew
from webtv.render.messages import (
    REQUEST,
    Cancel,
    Cancelled,
    Check,
    Checked,
    Event,
    Failed,
    Finished,
    Job,
    Rejected,
    Started,
)
from webtv.render.roster import Roster
from webtv.render.watch import Stint, Watch, WatchedHost

BEAT_S = 1.0
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
    notifier.tell(READY=1)  # before somebody is heard who only looks: systemd would call it a failure
    first = requests.readline()
    if not first:
        return  # somebody only looked whether we would answer
    settings = HostSettings.model_validate_json(first)
    log.configure(settings.log_level, settings.log_format)
    if settings.device == "cpu":
        # Workers share the processor; torch's own threads then wait for each other most of the time.
        os.environ.setdefault("OMP_NUM_THREADS", "1")
    worker = _Worker(settings, events, notifier)
    worker.say(Started())
    Thread(target=worker.read, args=(requests,), daemon=True).start()
    Thread(target=worker.beat, daemon=True).start()
    worker.serve()


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
    """Three threads: one reads requests, one says that the worker lives, the main one works."""

    def __init__(self, settings: HostSettings, events: TextIO, notifier: Notifier) -> None:
        self.notifier = notifier
        self._roster = Roster(WatchedHost(settings))
        self._events, self._speaking = events, Lock()
        self._requests: Queue[tuple[Job | Check, Watch]] = Queue()
        self._watches: dict[str, Watch] = {}
        self._at_work: Watch | None = None

    def say(self, event: Event) -> None:
        with self._speaking:
            self._events.write(event.model_dump_json() + "\n")
            self._events.flush()

    def read(self, lines: Iterable[str]) -> None:
        for line in lines:
            match REQUEST.validate_json(line):
                case Cancel(order_id=order_id):
                    if (at_work := self._watches.get(order_id)) is not None:  # else its answer is on its way
                        at_work.withdraw()
                case Job() as job:
                    self._watches[job.order.id] = watch = Watch(self.say)
                    self._requests.put((job, watch))
                case Check() as check:
                    self._requests.put((check, Watch(self.say)))
        # The daemon is gone, and with it everybody who waited for the order at hand.
        os._exit(0)

    def beat(self) -> None:
        pause = Flag()
        while not pause.wait(BEAT_S):
            self.notifier.tell(WATCHDOG=1)
            if (watch := self._at_work) is not None:
                self.say(watch.beat())

    def serve(self) -> Never:
        while True:
            asked, self._at_work = self._requests.get()
            if isinstance(asked, Job):
                answer: Event = self._render(asked, self._at_work)
                del self._watches[asked.order.id]
            else:
                answer = self._check(asked, self._at_work)
            self._at_work = None
            self.say(answer)

    def _render(self, job: Job, watch: Watch) -> Finished | Rejected | Cancelled | Failed:
        try:
            init = (
                read_init(job.reference_file, read_index(job.reference_file)) if job.reference_file else None
            )
            crew = Crew(job.order.engines, roster=self._roster, watch=watch, resting=job.resting)
            return Finished(manifest=render(job.order, job.folder, init=init, crew=crew))
        except errors.Cancelled:
            return Cancelled()
        except ClipRejected as rejection:
            return Rejected(reason=rejection.reason, detail=rejection.detail)
        except WebtvError as error:
            return Failed(message=str(error))
        except OSError as error:
            return Failed(message=f"{error.strerror or error}: {error.filename or job.folder}")
        except Exception as error:  # the worker outlives a bug
            return Failed(message=f"{type(error).__name__}: {error}", trace=traceback.format_exc())

    def _check(self, check: Check, watch: Watch) -> Checked:
        reason = ""
        try:
            with Stint(watch, check.step, check.engine):
                self._roster.engine(check.step, check.engine).check()
        except Exception as error:  # libraries raise what they like
            reason = str(explained(check.engine, error, self._roster.host.device))
        return Checked(step=check.step, engine=check.engine, reason=reason)


if __name__ == "__main__":
    main()
