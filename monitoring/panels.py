"""What the dashboard shows: rows of panels, each with its queries and what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

GREEN, YELLOW, RED, BLUE = "green", "#EAB839", "red", "blue"


@dataclass(frozen=True)
class Query:
    """PromQL, and how its series are called."""

    expr: str
    legend: str = ""


@dataclass(frozen=True)
class Panel:
    """``steps`` are (from this value on, colour); ``words`` are what values read as."""

    title: str
    text: str
    queries: Sequence[Query]
    kind: str = "timeseries"
    unit: str = "short"
    width: int = 8
    height: int = 7
    steps: Sequence[tuple[float | None, str]] = ((None, GREEN),)
    words: dict[int, tuple[str, str]] = field(default_factory=dict)
    least: float | None = None
    most: float | None = None
    decimals: int | None = None
    stacked: bool = False
    nothing: str | None = None
    """What it says while its queries give nothing, where that is how things should be."""


@dataclass(frozen=True)
class Row:
    title: str
    panels: Sequence[Panel]
    repeat: str | None = None
    """The variable for whose every value the row is shown once."""


S = 'instance=~"$station"'
C = 'instance=~"$station", channel=~"$channel"'
_RENDER_SECONDS = f"sum by (le) (increase(webtv_render_seconds_bucket{{{S}}}[1h]))"
_UP_DOWN = {1: ("up", GREEN), 0: ("down", RED)}
_ON_OFF = {1: ("on air", GREEN), 0: ("off air", RED)}


def _stat(title: str, text: str, *queries: Query, **look: Any) -> Panel:
    return Panel(title, text, queries, kind="stat", width=4, height=4, **look)


GLANCE = Row(
    "The station at a glance",
    (
        _stat(
            "Channels on air",
            "Enabled channels with something on air, of all that are enabled.",
            Query(f"sum(webtv_on_air{{{S}}})", "on air"),
            Query(f"count(webtv_on_air{{{S}}})", "enabled"),
            unit="none",
        ),
        _stat(
            "Alerts that fire",
            "Of monitoring/alerts.yml. Each says what to do.",
            Query('count(ALERTS{alertname=~"Webtv.+", alertstate="firing"}) or vector(0)'),
            unit="none",
            steps=((None, GREEN), (1, RED)),
        ),
        _stat(
            "On air, 30 days",
            "The channel that was on air least. The objective is 99.99 %.",
            Query(f'min(webtv:slo_met:ratio_30d{{slo="on_air", {S}}})'),
            unit="percentunit",
            decimals=4,
            steps=((None, RED), (0.9999, GREEN)),
        ),
        _stat(
            "Playlists in time, 30 days",
            "The channel whose live playlist was late most often. The objective is 99.9 %.",
            Query(f'min(webtv:slo_met:ratio_30d{{slo="playlist", {S}}})'),
            unit="percentunit",
            decimals=3,
            steps=((None, RED), (0.999, GREEN)),
        ),
        _stat(
            "Budget left",
            "Of what may go wrong in 30 days: 4 min 19 s off air a channel, 43 min 12 s of late playlists.",
            Query(f'min(webtv:slo_budget_left:ratio_30d{{slo="on_air", {S}}})', "on air"),
            Query(f'min(webtv:slo_budget_left:ratio_30d{{slo="playlist", {S}}})', "playlists"),
            unit="percentunit",
            steps=((None, RED), (0, YELLOW), (0.5, GREEN)),
        ),
        _stat(
            "Dead air, 24 hours",
            "All channels together, while the station ran.",
            Query(f"sum(increase(webtv_dead_air_seconds_total{{{S}}}[24h]))"),
            unit="s",
            steps=((None, GREEN), (2, RED)),
        ),
        _stat(
            "Shortest plan",
            "Rundown ahead of air, in place as files. It never falls below 330 s while the station is well.",
            Query(f"min(webtv_buffer_seconds{{{S}}})"),
            unit="s",
            steps=((None, RED), (240, GREEN)),
        ),
        _stat(
            "Targets on air",
            "Pushes that their servers take, of all that are configured.",
            Query(f"sum(webtv_target_up{{{S}}})", "on air"),
            Query(f"count(webtv_target_up{{{S}}})", "configured"),
            unit="none",
        ),
        _stat(
            "Made for a second of air",
            "Seconds of new clips made each second, for each channel. At 1 nothing needs to repeat.",
            Query(f"avg(webtv:generated:ratio_rate15m{{{S}}})"),
            unit="none",
            decimals=2,
            steps=((None, BLUE),),
        ),
        _stat(
            "Configuration",
            "Whether all files could be used when they were last read.",
            Query(f"min(webtv_config_last_reload_successful{{{S}}})"),
            unit="none",
            words={1: ("in use", GREEN), 0: ("edit waits", RED)},
        ),
        _stat(
            "Room on the disk",
            "Of the data folder, and min_free_gb, below which no clips are made.",
            Query(f"min(webtv_free_bytes{{{S}}})", "free"),
            Query(f"min(webtv_min_free_bytes{{{S}}})", "least"),
            unit="bytes",
        ),
        _stat(
            "Up since",
            "How long the station's process has run; the version stands in webtv_build_info.",
            Query(f"min(time() - webtv_process_start_time_seconds{{{S}}})", "up"),
            unit="dtdurations",
            steps=((None, BLUE),),
        ),
        Panel(
            "On air",
            "Each channel, over time.",
            [Query(f"webtv_on_air{{{S}}}", "{{channel}}")],
            kind="state-timeline",
            unit="none",
            words=_ON_OFF,
        ),
        Panel(
            "Burn rate of the budget, 1 hour",
            "How many times faster than the month allows. Above 14.4 is critical.",
            [
                Query(
                    f"webtv:slo_errors:ratio_rate1h{{{S}}} / on (slo) group_left () webtv:slo_budget:ratio",
                    "{{channel}} {{slo}}",
                )
            ],
            unit="none",
            least=0,
            steps=((None, GREEN), (14.4, RED)),
        ),
        Panel(
            "Targets",
            "Each push, over time.",
            [Query(f"webtv_target_up{{{S}}}", "{{channel}} → {{target}}")],
            kind="state-timeline",
            unit="none",
            words=_UP_DOWN,
        ),
    ),
)

CHANNEL = Row(
    "Channel $channel",
    (
        Panel(
            "Plan ahead of air",
            "Goes up and down between 330 and 510 s. Below 240 s planning stands still.",
            [Query(f"webtv_buffer_seconds{{{C}}}", "planned")],
            unit="s",
            width=6,
            least=0,
            steps=((None, RED), (240, GREEN)),
        ),
        Panel(
            "What is on air",
            "Share of the last minutes that had never aired, and seconds of slate and bumper a second.",
            [
                Query(f"webtv_fresh_ratio{{{C}}}", "fresh"),
                Query(f"rate(webtv_filler_seconds_total{{{C}}}[$__rate_interval])", "{{reason}}"),
            ],
            unit="percentunit",
            width=6,
            least=0,
            most=1,
        ),
        Panel(
            "Age of the playlist",
            "Since the newest segment came. Above one and a half target durations it is late.",
            [
                Query(f"webtv_playlist_age_seconds{{{C}}}", "age"),
                Query(f"1.5 * webtv_playlist_target_duration_seconds{{{C}}}", "late"),
            ],
            unit="s",
            width=6,
            least=0,
        ),
        Panel(
            "Dead air",
            "Seconds without a picture, for each second.",
            [Query(f"rate(webtv_dead_air_seconds_total{{{C}}}[$__rate_interval])", "dead air")],
            unit="percentunit",
            width=6,
            least=0,
            steps=((None, GREEN), (0.001, RED)),
        ),
        Panel(
            "Lag of the pushes",
            "How far each push is behind the rundown; negative when it is ahead.",
            [Query(f"webtv_playout_lag_seconds{{{C}}}", "{{target}}")],
            unit="s",
            width=6,
        ),
        Panel(
            "Pushed",
            "What goes to each target.",
            [Query(f"8 * rate(webtv_sent_bytes_total{{{C}}}[$__rate_interval])", "{{target}}")],
            unit="bps",
            width=6,
            least=0,
        ),
        Panel(
            "Pushes that ended, in an hour",
            "By reason. edited and rotated are meant to be.",
            [
                Query(
                    f"sum by (target, reason) (increase(webtv_target_reconnects_total{{{C}}}[1h])) > 0",
                    "{{target}} {{reason}}",
                )
            ],
            unit="none",
            width=6,
            least=0,
            nothing="none",
        ),
        Panel(
            "HLS segments sent",
            "To all viewers together, as far as no cache answers for the station.",
            [Query(f"rate(webtv_fragments_served_total{{{C}}}[$__rate_interval])", "segments")],
            unit="reqps",
            width=6,
            least=0,
        ),
        Panel(
            "Clips at hand",
            "Fresh ones have not begun to air.",
            [
                Query(f"webtv_library_seconds{{{C}}}", "library"),
                Query(f"webtv_fresh_seconds{{{C}}}", "fresh"),
            ],
            unit="s",
            width=8,
            least=0,
        ),
        Panel(
            "Clips made, in an hour",
            "And orders that ended without a clip.",
            [
                Query(f"increase(webtv_clips_made_total{{{C}}}[1h])", "made"),
                Query(f"increase(webtv_orders_failed_total{{{C}}}[1h])", "failed"),
            ],
            unit="none",
            width=8,
            least=0,
        ),
        Panel(
            "Made against real time",
            "Seconds of clip for each second that a worker was at work on them, over the last ten clips.",
            [Query(f"webtv_generation_realtime_ratio{{{C}}}", "ratio")],
            unit="none",
            width=8,
            least=0,
            steps=((None, RED), (1, GREEN)),
        ),
    ),
    repeat="channel",
)

MAKING = Row(
    "Making clips",
    (
        Panel(
            "Engines",
            "Those that were used since the start. One that failed rests, and is tried again.",
            [
                Query(
                    f"min by (device, step, engine) (webtv_engine_up{{{S}}})",
                    "{{device}} {{step}} {{engine}}",
                )
            ],
            kind="state-timeline",
            unit="none",
            words={1: ("works", GREEN), 0: ("rests", RED)},
        ),
        Panel(
            "Writers",
            "Whether they, and the moderation that they need, answer.",
            [Query(f"min by (writer) (webtv_writer_up{{{S}}})", "{{writer}}")],
            kind="state-timeline",
            unit="none",
            words={1: ("works", GREEN), 0: ("rests", RED)},
        ),
        Panel(
            "Workers lost, in an hour",
            "They crashed, hung, took too much memory or could not be started.",
            [Query(f"sum by (device) (increase(webtv_workers_lost_total{{{S}}}[1h]))", "{{device}}")],
            unit="none",
            least=0,
        ),
        Panel(
            "Time to make a clip",
            "From order to inspected clip: the median, and what 19 of 20 stay below.",
            [
                Query(f"histogram_quantile(0.5, {_RENDER_SECONDS})", "median"),
                Query(f"histogram_quantile(0.95, {_RENDER_SECONDS})", "95 %"),
            ],
            unit="s",
            least=0,
        ),
        Panel(
            "Orders and workers",
            "Orders that wait or are being made; workers as configured.",
            [
                Query(f"sum(webtv_orders_in_progress{{{S}}})", "orders"),
                Query(f"sum(webtv_workers{{{S}}})", "workers"),
            ],
            unit="none",
            least=0,
        ),
        Panel(
            "Clips refused, in an hour",
            "By inspection, by the screener, or before air because their files had changed.",
            [Query(f"sum by (reason) (increase(webtv_clips_rejected_total{{{S}}}[1h])) > 0", "{{reason}}")],
            unit="none",
            least=0,
            stacked=True,
            nothing="none",
        ),
        Panel(
            "Scripts, in an hour",
            "Scripts that may be filmed, and times that a writer could not write.",
            [
                Query(f"sum by (writer) (increase(webtv_scripts_written_total{{{S}}}[1h]))", "{{writer}}"),
                Query(
                    f"sum by (writer) (increase(webtv_writer_failures_total{{{S}}}[1h]))", "{{writer}} failed"
                ),
            ],
            unit="none",
            least=0,
        ),
        Panel(
            "Scripts refused, in an hour",
            "By blocklist, moderation endpoint or the language model itself, or as too much like another.",
            [Query(f"sum by (reason) (increase(webtv_scripts_refused_total{{{S}}}[1h])) > 0", "{{reason}}")],
            unit="none",
            least=0,
            nothing="none",
        ),
        Panel(
            "Tokens, in an hour",
            "That the language model read and wrote.",
            [Query(f"sum by (kind) (increase(webtv_writer_tokens_total{{{S}}}[1h]))", "{{kind}}")],
            unit="none",
            least=0,
        ),
        Panel(
            "Made for viewers, in an hour",
            "Orders begun only because viewers watch, those that limits still allow, and channels that air "
            "their archive to viewers for want of them.",
            [
                Query(f"sum(increase(webtv_viewer_orders_total{{{S}}}[1h]))", "begun"),
                Query(f"sum(webtv_viewer_orders_left{{{S}}})", "left"),
                Query(f"sum(webtv_viewed_channels_unserved{{{S}}})", "channels not kept fresh"),
            ],
            unit="none",
            least=0,
        ),
    ),
)

MACHINE = Row(
    "The process",
    (
        Panel(
            "Memory",
            "Of the daemon; workers and pushes have their own.",
            [Query(f"webtv_process_resident_memory_bytes{{{S}}}", "{{instance}}")],
            unit="bytes",
            width=6,
            least=0,
        ),
        Panel(
            "Memory's slope",
            "Over six hours, in which a start counts too. The objective is less than 1 MB an hour.",
            [Query(f"webtv:resident_memory:bytes_per_hour6h{{{S}}}", "{{instance}}")],
            unit="bytes",
            width=6,
            steps=((None, GREEN), (1_000_000, RED)),
        ),
        Panel(
            "Processor",
            "Of the daemon alone, in cores.",
            [Query(f"rate(webtv_process_cpu_seconds_total{{{S}}}[$__rate_interval])", "{{instance}}")],
            unit="none",
            width=6,
            least=0,
        ),
        Panel(
            "Open files",
            "Viewers, pushes, clips, against the limit.",
            [
                Query(f"webtv_process_open_fds{{{S}}}", "{{instance}}"),
                Query(f"webtv_process_max_fds{{{S}}}", "{{instance}} limit"),
                Query(f"webtv_http_connections{{{S}}}", "{{instance}} HTTP connections"),
            ],
            unit="none",
            width=6,
            least=0,
        ),
    ),
)

ROWS = (GLANCE, CHANNEL, MAKING, MACHINE)
