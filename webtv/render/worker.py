"""The worker process: one job per line on standard input, events per line on standard output.

Frames never leave it; a finished file does. Run as ``python -m webtv.render.worker PID``: it ends with the
process PID, the daemon.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal, TextIO

from pydantic import Field, TypeAdapter

from webtv.domain import Frozen, Manifest, RenderOrder
from webtv.errors import ClipRejected, WebtvError
from webtv.media.child import die_with_parent
from webtv.media.fmp4 import read_index, read_init
from webtv.render.chain import render


class Job(Frozen):
    """Render an order into ``folder``; the clip's initialisation segment must equal that of ``like``."""

    order: RenderOrder
    folder: Path
    like: Path | None = None


class Started(Frozen):
    event: Literal["started"] = "started"


class Progressed(Frozen):
    event: Literal["progress"] = "progress"
    step: str
    done: float


class Finished(Frozen):
    event: Literal["finished"] = "finished"
    manifest: Manifest


class Rejected(Frozen):
    event: Literal["rejected"] = "rejected"
    reason: str
    detail: str


class Failed(Frozen):
    event: Literal["failed"] = "failed"
    message: str
    trace: str = ""


WorkerEvent = Annotated[Started | Progressed | Finished | Rejected | Failed, Field(discriminator="event")]
EVENT: TypeAdapter[Started | Progressed | Finished | Rejected | Failed] = TypeAdapter(WorkerEvent)

_PROGRESS_EVERY_S = 0.25


def main() -> None:
    """Serve jobs until standard input ends."""
    die_with_parent(int(sys.argv[1]))
    os.nice(10)  # air before generation
    with suppress(OSError):  # a container may not let us
        Path("/proc/self/oom_score_adj").write_text("500")  # and when memory runs out
    # Libraries that print must not break the protocol: events get a descriptor of their own.
    events = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    _say(events, Started())
    for line in sys.stdin:
        _say(events, _work(Job.model_validate_json(line), events))


def _work(job: Job, events: TextIO) -> Finished | Rejected | Failed:
    try:
        init = read_init(job.like, read_index(job.like)) if job.like else None
        return Finished(manifest=render(job.order, job.folder, init=init, progress=_Reporter(events)))
    except ClipRejected as rejection:
        return Rejected(reason=rejection.reason, detail=rejection.detail)
    except WebtvError as error:
        return Failed(message=str(error))
    except OSError as error:
        return Failed(message=f"{error.strerror or error}: {error.filename or job.folder}")
    except Exception as error:  # the worker outlives a bug in an engine
        return Failed(message=f"{type(error).__name__}: {error}", trace=traceback.format_exc())


class _Reporter:
    def __init__(self, events: TextIO) -> None:
        self._events, self._last = events, 0.0

    def __call__(self, step: str, done: float) -> None:
        now = time.monotonic()
        if now - self._last >= _PROGRESS_EVERY_S:
            self._last = now
            _say(self._events, Progressed(step=step, done=round(done, 3)))


def _say(events: TextIO, event: Frozen) -> None:
    events.write(event.model_dump_json() + "\n")
    events.flush()


if __name__ == "__main__":
    main()
