"""Which engines work, on which device: one that failed rests, is tried again, and comes back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog

from webtv import metrics
from webtv.clock import Clock

log = structlog.get_logger()

FIRST_REST_S, LONGEST_REST_S = 30.0, 600.0
_OF_ITS_COST = 4.0
"""How much longer an engine rests at most than its failing took: it then costs a fifth of a device's time."""


@dataclass(frozen=True)
class EngineHealth:
    """What is known of an engine, for people to see."""

    device: str
    step: str
    engine: str
    up: bool
    reason: str
    """Why it failed last; empty when it works."""
    failures: int
    """In a row."""
    next_try_s: float
    """Until its rest is over; 0 when it works."""


@dataclass
class _State:
    up: bool = True
    reason: str = ""
    failures: int = 0
    until_boot_ns: int = 0
    on_trial: bool = False


class Health:
    """Of all engines that were used so far. The daemon's; not for threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._states: dict[tuple[str, str, str], _State] = {}

    def failed(self, device: str, step: str, engine: str, reason: str, *, took_s: float = 0.0) -> None:
        """It rests, each time twice as long as before, until it has worked.

        ``took_s`` is for how long the device made nothing else meanwhile.
        """
        state = self._states.setdefault((device, step, engine), _State())
        first_s, longest_s = max(FIRST_REST_S, took_s), max(LONGEST_REST_S, _OF_ITS_COST * took_s)
        rest_s = min(longest_s, first_s * 2.0 ** min(state.failures, 30))
        if state.up or state.reason != reason:
            log.warning(
                "engine rests", device=device, step=step, engine=engine, error=reason, next_try_s=rest_s
            )
        state.up, state.on_trial, state.reason = False, False, reason
        state.failures += 1
        state.until_boot_ns = self._clock.now().boot_ns + int(rest_s * 1e9)
        metrics.engine_up.labels(device, step, engine).set(0)
        metrics.engine_failures.labels(device, step, engine).inc()

    def recovered(self, device: str, step: str, engine: str) -> None:
        """A check found that it works again. The next failure still is one in a row."""
        self._up(device, step, engine)

    def worked(self, device: str, step: str, engine: str) -> None:
        """It did its part in a clip."""
        self._up(device, step, engine).failures = 0

    def _up(self, device: str, step: str, engine: str) -> _State:
        state = self._states.setdefault((device, step, engine), _State())
        if not state.up:
            log.info("engine is back", device=device, step=step, engine=engine)
        state.up, state.on_trial, state.reason = True, False, ""
        metrics.engine_up.labels(device, step, engine).set(1)
        return state

    def resting(self, device: str) -> tuple[tuple[str, str], ...]:
        """(step, engine) of those that are not to be used while others are there."""
        return tuple(
            (step, engine)
            for (where, step, engine), state in self._states.items()
            if where == device and not state.up
        )

    def take_due(self, device: str) -> tuple[str, str] | None:
        """(step, engine) of one whose rest is over; nobody else is given it until it failed or is up."""
        now_ns = self._clock.now().boot_ns
        for (where, step, engine), state in self._states.items():
            if where == device and not state.up and not state.on_trial and state.until_boot_ns <= now_ns:
                state.on_trial = True
                return step, engine
        return None

    def clear_failures(self) -> None:
        """What engines are told was edited: all rests are over, so each is tried as soon as can be."""
        for state in self._states.values():
            state.until_boot_ns = 0

    def let_go(self, device: str, step: str, engine: str) -> None:
        """Its trial was broken off without an answer, by no fault of its own."""
        self._states[device, step, engine].on_trial = False

    def next_due_s(self, device: str) -> float | None:
        """Seconds until the next rest on a device is over; None when nobody rests."""
        due = [
            state.until_boot_ns
            for (where, _, _), state in self._states.items()
            if where == device and not state.up and not state.on_trial
        ]
        return max(0.0, (min(due) - self._clock.now().boot_ns) / 1e9) if due else None

    async def rest_over(self, device: str) -> None:
        """Returns when a rest on a device is over; waits for ever when nobody rests."""
        due_s = self.next_due_s(device)
        if due_s is None:
            await asyncio.get_running_loop().create_future()
        else:
            await self._clock.sleep(due_s)

    def snapshot(self) -> tuple[EngineHealth, ...]:
        """All engines, in the order of their names."""
        now_ns = self._clock.now().boot_ns
        return tuple(
            EngineHealth(
                device,
                step,
                engine,
                up=state.up,
                reason=state.reason,
                failures=state.failures,
                next_try_s=0.0 if state.up else max(0.0, (state.until_boot_ns - now_ns) / 1e9),
            )
            for (device, step, engine), state in sorted(self._states.items())
        )
