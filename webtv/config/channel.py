"""One channel: ``channels/<id>.yaml``."""

from __future__ import annotations

import hashlib
import json
from math import ceil
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from webtv.config.engines import EngineChains
from webtv.config.schedule import Schedule
from webtv.config.section import Section, refusal
from webtv.config.streaming import unfit
from webtv.config.target import TargetEntry, name_targets, refuse_same_destination
from webtv.domain import HouseFormat

MAX_SHOT_S = 30
"""As long as a ``domain.Shot`` may be."""


def _one_line(text: str) -> str:
    """Titles are drawn, and written into playlists line by line."""
    if not text.isprintable():
        raise refusal("must be one line without control characters.")
    return text.strip()


def _no_blank(text: str) -> str:
    if not text.strip():
        raise refusal("must not be blank.")
    return text.strip()


class ChannelConfig(Section):
    """One endless programme: a theme, a look, a house format, targets."""

    id: SkipJsonSchema[str] = Field(description="The file's name without .yaml.")
    title: Annotated[str, AfterValidator(_one_line), AfterValidator(_no_blank)] = Field(
        min_length=1,
        max_length=80,
        description="The channel's name, as viewers see it.",
        examples=["Dreams"],
    )
    theme: Annotated[str, AfterValidator(_no_blank)] = Field(
        min_length=1,
        max_length=2000,
        description="What the channel shows, in your own words.",
        examples=["Whales of light crossing a midnight sea"],
    )
    style: str = Field(
        "",
        max_length=1000,
        description="How it looks: light, colours, medium, mood.",
        examples=["luminous, violet and gold on black, vast and quiet"],
    )
    language: str = Field(
        "en",
        pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
        description="Language of the channel in programme guides, as a tag such as en, de or pt-BR.",
    )
    number: int | None = Field(
        None,
        ge=1,
        le=9999,
        description="The channel's number in lists for IPTV players; by default the lowest one that is free, "
        "which it then keeps.",
        examples=[7],
    )
    enabled: bool = Field(True, description="Whether the channel is on air.")
    seed: int | None = Field(
        None,
        ge=0,
        le=2**32 - 1,
        description="Where the channel's random seeds start; by default made from its id.",
        examples=[7],
    )
    clip_seconds: float = Field(12.8, ge=4, le=60, description="Length of a clip in seconds.")
    shots_per_clip: int = Field(
        4,
        ge=1,
        le=12,
        description="About how many shots make a clip; offline, each lasts 2 to 5 s.",
    )
    label: Annotated[str, AfterValidator(_one_line)] = Field(
        "AI generated", max_length=40, description="Small text in the picture's corner; '' draws none."
    )
    caption: bool = Field(False, description="Whether each clip's title is drawn into the picture.")
    engines: EngineChains = Field(EngineChains(), description="Which engines make the clips.")
    quality: Literal["draft", "standard", "full", "auto"] = Field(
        "standard",
        description="Work that each take is worth to the video engine: draft, standard, full, or as much as "
        "keeps a watched channel fresh (auto).",
    )
    format: HouseFormat = Field(
        HouseFormat(), description="Picture and sound format of all clips; a change begins a new archive."
    )
    schedule: Schedule = Field(Schedule(), description="When fresh clips, archive and bumpers air.")
    targets: Annotated[
        tuple[TargetEntry, ...],
        AfterValidator(name_targets),
        AfterValidator(refuse_same_destination),
    ] = Field(
        (),
        description="RTMP servers to push to, each a URL or keys and values.",
        examples=[["rtmp://127.0.0.1/live/dreams"]],
    )

    @property
    def theme_revision(self) -> str:
        """Changes whenever new clips would show something else. Titles, times and targets do not matter."""
        shows = {
            "theme",
            "style",
            "language",
            "engines",
            "quality",
            "clip_seconds",
            "shots_per_clip",
            "label",
            "caption",
        }
        text = json.dumps(self.model_dump(mode="json", include=shows), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @model_validator(mode="after")
    def _shots_are_short_enough(self) -> ChannelConfig:
        if self.clip_seconds / self.shots_per_clip > MAX_SHOT_S:
            raise refusal(
                f"a shot lasts at most {MAX_SHOT_S} s. Use at least {ceil(self.clip_seconds / MAX_SHOT_S)} "
                "shots_per_clip, or shorter clips.",
                "clip_seconds",
            )
        return self

    @model_validator(mode="after")
    def _targets_take_the_format(self) -> ChannelConfig:
        for target in self.targets:
            service = target.url.service
            for key, why in unfit(service, self.format) if service and target.enabled else ():
                raise refusal(f"{why}, or disable the target '{target.name}'.", "format", key)
        return self
