"""The operator's desk: who may use it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, ValidationInfo

from webtv.config.secret import SecretFile, read_secret
from webtv.config.section import Section, refusal
from webtv.errors import ConfigError

CREDENTIAL = "desk-token"
"""Name of the systemd credential that is taken where no file is named."""
UNIT_CREDENTIALS = Path("/run/credentials/webtv.service")
"""Where systemd has those of the unit; root may read them, and the station."""
_STORED = Path("/etc/credstore/webtv.desk-token")
"""Where the unit's credential is kept."""
_LEAST = 16


def _read_token(value: Any, info: ValidationInfo) -> Any:
    return read_secret(value, info, "desk's token") if isinstance(value, str) else value


def _long_enough(file: SecretFile | None) -> SecretFile | None:
    if file is not None and len(file.key.get_secret_value()) < _LEAST:
        raise refusal(
            f"the desk's token in {file.path} is shorter than {_LEAST} characters and could be guessed. "
            f"Make one: openssl rand -hex 32 > {file.path}"
        )
    return file


class DeskConfig(Section):
    """The operator's desk at /desk."""

    token_file: Annotated[
        SecretFile | None,
        BeforeValidator(_read_token, json_schema_input_type=Path | None),
        AfterValidator(_long_enough),
    ] = Field(
        None,
        description="File with the desk's token alone in it, readable by its owner only; without one the "
        "desk answers on this machine alone.",
        examples=["secrets/desk"],
    )


def desk_token(config: DeskConfig, credentials: Path | None = None) -> str | None:
    """The token: of the configured file, or else of the systemd credential ``desk-token``; None for neither.

    ``credentials`` is the folder to look in where systemd gives this process none.

    Raises ConfigError where the credential cannot be used.
    """
    file, given = config.token_file, os.environ.get("CREDENTIALS_DIRECTORY")
    folder = Path(given) if given else credentials
    path = folder / CREDENTIAL if folder else None
    if file is None and path and _may_be_there(path):
        try:
            file = DeskConfig.model_validate({"token_file": str(path)}).token_file
        except ValidationError as error:
            texts = [
                mistake["ctx"]["text"] for mistake in error.errors(include_url=False, include_input=False)
            ]
            raise ConfigError([f"credential {CREDENTIAL}: {text}" for text in texts]) from None
    return file.key.get_secret_value() if file is not None else None


def has_no_token(config: DeskConfig) -> bool:
    """Whether a station that is started with this has surely none, as its unit's credential or otherwise."""
    places = (UNIT_CREDENTIALS / CREDENTIAL, _STORED)
    return config.token_file is None and not any(_may_be_there(path) for path in places)


def _may_be_there(path: Path) -> bool:
    """False only for what is surely not there: a lock that cannot be seen must not leave the desk open."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True
