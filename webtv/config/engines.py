"""Which engines make a channel's clips."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from webtv.config.section import Section, refusal
from webtv.config.words import nearest
from webtv.models.catalogue import Family, of_family

STEPS: tuple[Family, ...] = ("writer", "video", "interpolator", "musician")
"""For which a channel names engines."""


def _one_or_many(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Chain = Annotated[tuple[str, ...], BeforeValidator(_one_or_many, json_schema_input_type=str | list[str])]
"""Names of engines; each one takes over when those before it fail."""


def _name_the_engines(schema: dict[str, Any]) -> None:
    """Editors and messages shall know which there are."""
    for family, field in schema["properties"].items():
        name = {"type": "string", "enum": list(of_family(family))}
        several = {"type": "array", "items": name, "minItems": 1, "uniqueItems": True}
        field["anyOf"] = [name, several]


class EngineChains(Section):
    """The engine of each step: one name, or a list of names of which each stands in for those before it."""

    model_config = ConfigDict(json_schema_extra=_name_the_engines)

    writer: Chain = Field(
        ("grammar",), description="Turns the theme into shots: one name, or a list to fall back along."
    )
    video: Chain = Field(
        ("procedural",),
        description="Films the shots: one name, or a list to fall back along.",
        examples=[["zeroscope", "procedural"]],
    )
    interpolator: Chain = Field(
        ("flow",), description="Brings takes to the house frame rate: one name, or a list to fall back along."
    )
    musician: Chain = Field(
        ("synth",), description="Plays the music bed: one name, or a list to fall back along."
    )

    @field_validator("*")
    @classmethod
    def _known(cls, names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        family = str(info.field_name)
        known = of_family(family)
        if not names:
            raise refusal(f"the list is empty. Known: {', '.join(known)}.")
        for position, name in enumerate(names):
            if name not in known:
                near = nearest(name, known)
                hint = f"Did you mean '{near}'?" if near else f"Known: {', '.join(known)}."
                raise refusal(f"there is no {family} engine called '{name[:40]}'. {hint}", position)
            if name in names[:position]:
                raise refusal(f"'{name}' stands in this list twice.", position)
        return names
