"""The station's nouns. Plain frozen data; everything else is a function of these."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from math import ceil, lcm
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

SAMPLE_RATE = 48_000
AAC_FRAME = 1024
"""Samples in one AAC-LC frame (ISO/IEC 14496-3)."""

MAX_GOP_S = 2
"""Twitch and YouTube ask for a keyframe at least every two seconds."""


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HouseFormat(Frozen):
    """The one picture and sound format that all clips of a channel share.

    The *quantum* is the shortest time that is a whole number of video frames and of AAC frames. Every clip is
    a whole number of quanta long, so clips tile without a gap, and time on a channel is an integer.
    """

    width: int = Field(1024, ge=64, le=3840, multiple_of=2, description="Width of the picture in pixels.")
    height: int = Field(576, ge=64, le=2160, multiple_of=2, description="Height of the picture in pixels.")
    fps: Literal[24, 25, 30, 50, 60] = Field(
        30, description="Frames per second; only these rates share a short quantum with AAC sound."
    )
    video_kbps: int = Field(1500, ge=100, le=20_000, description="Bitrate of the picture in kbit/s.")
    audio_kbps: int = Field(128, ge=64, le=320, description="Bitrate of the sound in kbit/s.")

    @property
    def frame_samples(self) -> int:
        """Audio samples under one video frame; also the video frame's length in the 48 kHz timescale."""
        return SAMPLE_RATE // self.fps

    @property
    def quantum_samples(self) -> int:
        return lcm(self.frame_samples, AAC_FRAME)

    @property
    def quantum_frames(self) -> int:
        return self.quantum_samples // self.frame_samples

    @property
    def quantum_ns(self) -> Fraction:
        return Fraction(self.quantum_samples * 1_000_000_000, SAMPLE_RATE)

    @property
    def quantum_s(self) -> float:
        return self.quantum_samples / SAMPLE_RATE

    @property
    def gop_frames(self) -> int:
        """Length of a closed GOP, which is one fragment: the longest up to 2 s that tiles with quanta."""
        limit = MAX_GOP_S * self.fps
        quantum = self.quantum_frames
        return quantum * (limit // quantum) if quantum <= limit else quantum // ceil(quantum / limit)

    @property
    def target_duration_s(self) -> int:
        """EXT-X-TARGETDURATION: no fragment is longer."""
        return ceil(self.gop_frames / self.fps)

    def quanta(self, seconds: float) -> int:
        """The whole number of quanta nearest to ``seconds``, at least one."""
        return max(1, round(seconds / self.quantum_s))

    def fragments(self, quanta: int) -> int:
        """How many fragments a clip of ``quanta`` has."""
        return ceil(quanta * self.quantum_frames / self.gop_frames)


MovementKind = Literal["static", "pan", "tilt", "dolly", "zoom", "orbit", "crane", "track", "roll"]
Direction = Literal["left", "right", "up", "down", "in", "out", "clockwise", "counterclockwise", "none"]
Speed = Literal["still", "slow", "steady", "fast"]


class Movement(Frozen):
    """A camera movement. Video models run backwards unless direction and speed are said."""

    kind: MovementKind = "static"
    direction: Direction = "none"
    speed: Speed = "still"

    @property
    def words(self) -> str:
        if self.kind == "static":
            return "static camera"
        return f"camera {self.kind}s {self.direction}, {self.speed}".replace("dollys", "dollies")


class Shot(Frozen):
    """One planned picture, complete in itself: no shot refers to another."""

    subject: str
    action: str
    setting: str
    framing: str
    movement: Movement
    light: str
    palette: str
    style: str
    seconds: float = Field(gt=0, le=30)
    seed: int = Field(ge=0, lt=2**32)
    transition: Literal["cut", "dissolve"] = "cut"
    """How this shot begins after the one before it in the same clip."""
    slow_motion: float = Field(1.0, ge=1, le=8)
    """How many times slower than filmed it airs: of the take, the first ``1 / slow_motion`` is stretched."""

    @property
    def prompt(self) -> str:
        """Words for a video model: CLIP cuts at 77 tokens, so the subject comes first and adjectives last."""
        return (
            f"{self.subject} {self.action}, {self.setting}, {self.framing}, {self.movement.words}, "
            f"{self.light}, {self.palette}, {self.style}"
        )


class MusicBrief(Frozen):
    """What the musician is asked for."""

    mood: str
    key: Literal["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"] = "A"
    mode: Literal["major", "minor", "dorian", "mixolydian", "lydian", "phrygian"] = "minor"
    tempo_bpm: int = Field(ge=50, le=170, default=90)
    energy: float = Field(ge=0, le=1, default=0.5)
    instruments: tuple[str, ...] = ("warm pad", "round bass", "bells", "soft drums")
    seed: int = Field(ge=0, lt=2**32, default=0)
    motif_seed: int = Field(ge=0, lt=2**32, default=0)
    """Equal for all clips of a programme: musicians that take a melody play variations of one."""

    @property
    def prompt(self) -> str:
        return f"{self.mood}, {', '.join(self.instruments)}, {self.key} {self.mode}, {self.tempo_bpm} bpm"


class Script(Frozen):
    """What a writer hands in for one clip."""

    title: str
    shots: tuple[Shot, ...] = Field(min_length=1)
    music: MusicBrief


class Brief(Frozen):
    """What a writer is given for one clip. ``recent`` holds the prompts not to come near to, latest first."""

    theme: str
    style: str = ""
    shots: int = Field(ge=1, le=16, default=4)
    seconds: float = 12.0
    seed: int = Field(ge=0, lt=2**32, default=0)
    recent: tuple[str, ...] = ()
    recent_titles: tuple[str, ...] = ()
    """Titles of the channel's latest clips, latest first."""
    video: str = "procedural"
    """The video engine that shall film it, for which the prompts are shaped."""


class Engines(Frozen):
    """Who wrote the script, and of each other step the engines to try, by name and in order."""

    writer: str = ""
    """Name and version of the writer whose script it is."""
    video: tuple[str, ...] = ("procedural",)
    interpolator: tuple[str, ...] = ("flow",)
    musician: tuple[str, ...] = ("synth",)


Rung = Literal["draft", "standard", "full"]
"""How much work a take is worth: each video engine has its own figures for the three."""


class RenderOrder(Frozen):
    """Everything needed to make one clip, as data. Equal orders have equal ids and make equal bytes."""

    channel: str
    theme_revision: str
    script: Script
    quanta: int = Field(ge=1)
    format: HouseFormat
    engines: Engines = Engines()
    rung: Rung = "standard"
    label: str = "AI generated"
    caption: str = ""

    @cached_property
    def id(self) -> str:
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:20]

    @property
    def frames(self) -> int:
        return self.quanta * self.format.quantum_frames

    @property
    def samples(self) -> int:
        return self.quanta * self.format.quantum_samples


@dataclass(frozen=True)
class Take:
    """One attempt at a shot: ``frames`` is (F, H, W, 3) uint8 RGB at ``fps`` frames a second."""

    frames: NDArray[np.uint8]
    fps: float


class Loudness(Frozen):
    """As EBU R 128 and ITU-R BS.1770 measure it."""

    integrated_lufs: float
    true_peak_dbtp: float


class Manifest(Frozen):
    """What is known of a clip; lies beside it as ``<id>.json`` and can rebuild the library's row."""

    id: str
    kind: Literal["clip", "bumper", "slate"] = "clip"
    channel: str
    title: str
    quanta: int
    format: HouseFormat
    order: RenderOrder | None = None
    engines: dict[str, str] = {}
    """Engine of each step with its version, for example ``{"video": "procedural 1"}``."""
    prompts: tuple[str, ...] = ()
    theme_revision: str = ""
    loudness: Loudness | None = None
    bytes: int
    sha256: str
    init_sha256: str
    """Hash of the file's initialisation segment; equal for all clips of a house format."""
    created: str
    """UTC, ISO 8601. Not part of the clip's bytes."""
    render_seconds: float = 0.0
    webtv: str = ""


class AiringKind(StrEnum):
    FRESH = "fresh"
    ARCHIVE = "archive"
    BUMPER = "bumper"
    SLATE = "slate"


def slot_name(slot: int) -> str:
    """The path, within its channel's folder, of the file that an airing is on air from."""
    return f"air/{slot:08d}.mp4"


class Airing(Frozen):
    """One clip's place in a channel's rundown.

    ``slot`` counts airings of the channel from 0 and gives its file a name; ``start_quanta``
    counts from the channel's epoch; ``first_segment`` is the HLS media sequence number of its first fragment.
    """

    slot: int
    clip_id: str
    kind: AiringKind
    title: str
    start_quanta: int
    quanta: int
    first_segment: int

    @property
    def end_quanta(self) -> int:
        return self.start_quanta + self.quanta
