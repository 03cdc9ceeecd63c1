"""Counters that the parts of the station raise. What can be read off its state is read at scrape time."""

from __future__ import annotations

from collections import defaultdict, deque

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)

# Prometheus takes them for gauges of their own, one for each counter.
disable_created_metrics()  # type: ignore[no-untyped-call]
REGISTRY = CollectorRegistry()
ProcessCollector(namespace="webtv", registry=REGISTRY)

CLIP_REASONS = (
    *("unreadable", "truncated", "length", "configuration", "black", "frozen", "silent", "clipped"),
    *("unfit", "unscreened"),
    *("missing", "altered"),
)
"""Why a clip may be refused: by inspection, by the screener, before air."""
_RECENT_CLIPS = 10

dead_air_seconds = Counter(
    "webtv_dead_air_seconds",
    "Seconds in which nothing was on air, or the station answered nobody.",
    ["channel"],
    registry=REGISTRY,
)
filler_seconds = Counter(
    "webtv_filler_seconds",
    "Seconds of filler on air: a bumper, which is meant to be, or the slate, for want of anything else.",
    ["channel", "reason"],
    registry=REGISTRY,
)
clips_made = Counter("webtv_clips_made", "Clips admitted to the library.", ["channel"], registry=REGISTRY)
clips_rejected = Counter(
    "webtv_clips_rejected", "Clips refused at admission or before air.", ["reason"], registry=REGISTRY
)
orders_failed = Counter(
    "webtv_orders_failed", "Render orders that ended without a clip.", ["channel"], registry=REGISTRY
)
viewer_orders = Counter(
    "webtv_viewer_orders", "Render orders begun only because viewers watch a channel.", registry=REGISTRY
)
render_seconds = Histogram(
    "webtv_render_seconds",
    "Wall time from render order to inspected clip.",
    buckets=(1, 2, 5, 10, 20, 60, 120, 300, 600, 1800),
    registry=REGISTRY,
)
generated_seconds = Counter(
    "webtv_generated_seconds", "Seconds of clips admitted to the library.", ["channel"], registry=REGISTRY
)
generation_realtime_ratio = Gauge(
    "webtv_generation_realtime_ratio",
    "Seconds of clip for each second that a worker was at work on them, over a channel's last ten clips.",
    ["channel"],
    registry=REGISTRY,
)
scripts_written = Counter(
    "webtv_scripts_written", "Scripts that may be filmed.", ["writer"], registry=REGISTRY
)
scripts_refused = Counter(
    "webtv_scripts_refused",
    "Scripts that were written and are not to air.",
    ["writer", "reason"],
    registry=REGISTRY,
)
writer_failures = Counter(
    "webtv_writer_failures", "Times that a writer could not write.", ["writer"], registry=REGISTRY
)
writer_tokens = Counter(
    "webtv_writer_tokens", "Tokens that the language model read and wrote.", ["kind"], registry=REGISTRY
)
workers_lost = Counter(
    "webtv_workers_lost",
    "Workers that crashed, hung, took too much memory or could not be started.",
    ["device"],
    registry=REGISTRY,
)
engine_up = Gauge(
    "webtv_engine_up",
    "Whether an engine works (1), or failed and rests (0).",
    ["device", "step", "engine"],
    registry=REGISTRY,
)
engine_failures = Counter(
    "webtv_engine_failures",
    "How often an engine could not do its part.",
    ["device", "step", "engine"],
    registry=REGISTRY,
)
fragments_served = Counter("webtv_fragments_served", "HLS fragments sent.", ["channel"], registry=REGISTRY)
http_connections = Gauge("webtv_http_connections", "HTTP connections that are open.", registry=REGISTRY)
connections_refused = Counter(
    "webtv_http_connections_refused",
    "HTTP connections that were not taken: too many from one address, or in all.",
    ["reason"],
    registry=REGISTRY,
)

# A rise from nothing to 1 is none to Prometheus.
for _reason in CLIP_REASONS:
    clips_rejected.labels(_reason)
for _reason in ("address", "all"):
    connections_refused.labels(_reason)
for _kind in ("read", "written"):
    writer_tokens.labels(_kind)

_BY_CHANNEL = (
    dead_air_seconds,
    filler_seconds,
    clips_made,
    orders_failed,
    generated_seconds,
    generation_realtime_ratio,
    fragments_served,
)
_recent: defaultdict[str, deque[tuple[float, float]]] = defaultdict(lambda: deque(maxlen=_RECENT_CLIPS))


def clip_made(channel: str, *, seconds: float, render_s: float) -> None:
    """A clip was admitted: how long it is, and how long a worker was at work on it."""
    clips_made.labels(channel).inc()
    generated_seconds.labels(channel).inc(seconds)
    render_seconds.observe(render_s)
    _recent[channel].append((seconds, render_s))
    made_s, took_s = map(sum, zip(*_recent[channel], strict=True))
    generation_realtime_ratio.labels(channel).set(made_s / max(took_s, 0.001))


def expect(channel: str) -> None:
    """Show a channel's counters from its beginning."""
    for reason in ("slate", "bumper"):
        filler_seconds.labels(channel, reason)
    for metric in (dead_air_seconds, clips_made, orders_failed, generated_seconds, fragments_served):
        metric.labels(channel)


def forget(channel: str) -> None:
    """A channel has signed off for good: what it last showed is not how things are."""
    for metric in _BY_CHANNEL:
        metric.remove_by_labels({"channel": channel})
    _recent.pop(channel, None)
