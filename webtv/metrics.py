"""Counters that the parts of the station raise. What can be read off its state is read at scrape time."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

clips_made = Counter("webtv_clips_made", "Clips admitted to the library.", ["channel"], registry=REGISTRY)
clips_rejected = Counter(
    "webtv_clips_rejected", "Clips refused at admission or before air.", ["reason"], registry=REGISTRY
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
orders_failed = Counter(
    "webtv_orders_failed", "Render orders that ended without a clip.", ["channel"], registry=REGISTRY
)
render_seconds = Histogram(
    "webtv_render_seconds",
    "Wall time from render order to inspected clip.",
    buckets=(1, 2, 5, 10, 20, 60, 120, 300),
    registry=REGISTRY,
)
generated_seconds = Counter(
    "webtv_generated_seconds", "Seconds of clips admitted to the library.", ["channel"], registry=REGISTRY
)
filler_seconds = Counter(
    "webtv_filler_seconds", "Seconds of slate and bumper that aired.", ["channel"], registry=REGISTRY
)
fragments_served = Counter("webtv_fragments_served", "HLS fragments sent.", ["channel"], registry=REGISTRY)
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
