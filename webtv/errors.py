"""Everything that webtv raises on purpose. Each message says what to do next."""

from __future__ import annotations


class WebtvError(Exception):
    """Base of all expected failures: shown to people without a traceback."""

    exit_code = 1


class WrongUsage(WebtvError):
    """A command was asked for what is not there, or makes no sense."""

    exit_code = 2  # as for arguments that cannot be read


class ConfigError(WebtvError):
    """A configuration that cannot be used. ``problems`` holds one line per mistake, each with its place."""

    exit_code = 78  # EX_CONFIG of sysexits.h: systemd is told not to restart on it

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class StationError(WebtvError):
    """The station cannot start here: port taken, folder not writable, another daemon at work."""


class ToolError(WebtvError):
    """FFmpeg is missing, too old, or ended with an error."""


class ClipRejected(WebtvError):
    """A clip failed admission.

    ``reason`` is one of the ``REASONS`` of ``webtv.postprocess.inspect`` and ``.screen``, or ``missing`` or
    ``altered`` for a clip that changed after admission: few words, so it can be a metric label. The message
    says what was measured.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class EngineError(WebtvError):
    """An engine (writer, video backend, interpolator, musician, screener) could not do its work."""


class Refused(EngineError):
    """What an engine made is not to air.

    ``reason`` is one of ``blocklist``, ``endpoint`` (of moderation), ``alike`` and ``declined`` (by the
    language model itself), so it can be a metric label.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class Cancelled(Exception):
    """The order was withdrawn while it was made. Raised by ``progress``; no engine catches it."""


class TargetError(WebtvError):
    """A push to a target ended. ``reason`` is bounded, so it can be a metric label."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
