"""How a shot's words choose a family of pictures and its parameters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import cast

from webtv.domain import Shot
from webtv.generator.video.procedural.chance import generator
from webtv.generator.video.procedural.light import light_of
from webtv.generator.video.procedural.palette import palette_of
from webtv.generator.video.procedural.scene import Family, Scene


@dataclass(frozen=True)
class Look:
    family: str
    variant: str


@cache
def family_named(name: str) -> Family:
    """The family's function, from the module of its name."""
    module = import_module(f"webtv.generator.video.procedural.families.{name}")
    return cast("Family", getattr(module, name))


def read(shot: Shot, width: int, height: int) -> tuple[Look, Scene]:
    key = f"{shot.seed}|{shot.prompt}"
    family, _, variant = shot.subject.partition(":")
    look = Look(family, variant)
    scene = Scene(width, height, shot.seconds, variant, palette_of(shot.palette, key), light_of(shot.light, key), 1.0, 1.0, generator(key))
    return look, scene
