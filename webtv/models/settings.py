"""What a worker is told when it starts: its device, its weights, and what the operator agreed to."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import SecretStr, field_serializer

from webtv.domain import Frozen
from webtv.log import LogFormat


class SpaceSettings(Frozen):
    """A Gradio Space that films for us: ``owner/name`` on the Hugging Face hub, or the address of an app."""

    url: str
    token: SecretStr | None = None
    timeout_s: float = 300.0

    @field_serializer("token", when_used="json")
    def _reveal_to_worker(self, token: SecretStr | None) -> str | None:
        return token.get_secret_value() if token else None


class HostSettings(Frozen):
    """Everything that engines may know of the machine they run on. Goes to the worker on standard input."""

    device: str = "cpu"
    """``cpu`` or ``cuda:N``, as torch names it."""
    folder: Path = Path("models")
    """Weights lie in ``<folder>/<owner>/<name>``, laid out as in their repository."""
    accept_noncommercial: bool = False
    compile: bool = False
    """Whether networks go through ``torch.compile``: minutes at first use, faster after."""
    memory_gb: float | None = None
    """What models may take on the device; by default what a GPU has free, and on a CPU a share of
    ``main_memory_gb``."""
    main_memory_gb: float | None = None
    """What the worker may hold of main memory, all in all; by default what is free."""
    screening: Literal["auto", "all", "none"] = "auto"
    """Which clips a classifier judges: those with takes of a trained model (auto), all, or none."""
    space: SpaceSettings | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: LogFormat = "auto"
