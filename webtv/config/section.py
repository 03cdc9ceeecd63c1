"""What all sections of a configuration file have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ConfigDict, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from webtv.domain import Frozen

Loc = tuple[str | int, ...]
"""The way to a value: keys and list positions, from the top of the file."""


class Section(Frozen):
    """A part of a configuration file. A key without a value keeps its default."""

    model_config = ConfigDict(hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _empty_means_default(cls, data: Any) -> Any:
        if isinstance(data, dict):
            return {
                key: value for key, value in data.items() if value is not None or key not in cls.model_fields
            }
        return data


def refusal(text: str, *at: str | int) -> PydanticCustomError:
    """An error whose words are ours. ``at`` leads from the value being validated to the one to blame."""
    return PydanticCustomError("refused", "refused", {"text": text, "at": at})


def resolve_path(text: str | Path, info: ValidationInfo) -> Path:
    """A path as written in a file: ``~`` is the home folder; a relative one starts at the file's folder."""
    folder: Path = (info.context or {}).get("folder", Path())
    return folder / Path(text).expanduser()
