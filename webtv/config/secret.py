"""Secrets come from files that only the operator can read, and are never shown."""

from __future__ import annotations

import os
import re
import shlex
import stat
from pathlib import Path

from pydantic import SecretStr, ValidationInfo

from webtv.config.referenced import record_reference
from webtv.config.section import Section, refusal, resolve_path

_MAX_BYTES = 4096
_CREDENTIALS = "/run/credentials"
"""Where systemd has the credentials of all units. Root alone makes folders there."""


class SecretFile(Section):
    """A secret and the file that it came from."""

    path: Path
    key: SecretStr


def read_secret(text: str, info: ValidationInfo, what: str) -> SecretFile:
    """The one line of the file that ``text`` names; ``what`` names it in refusals, which repeat none."""
    path = secret_path(text, info, what)
    reads = (info.context or {}).get("reads_secrets", True)
    return SecretFile(path=path, key=SecretStr(_read(path, what) if reads else str(path)))


def secret_path(text: str, info: ValidationInfo, what: str) -> Path:
    """Where the file is that ``text`` names; refused when it is rather the secret itself."""
    path = resolve_path(text, info)
    if looks_like_a_key(text) and not os.access(path, os.F_OK):
        raise refusal(
            f"there is no such file, and it looks like the {what} itself. Put that into a file that only you "
            "can read (chmod 600), and name the file here."
        )
    return path


def looks_like_a_key(text: str) -> bool:
    """Whether a text that should name a file may rather be what belongs into it."""
    if re.fullmatch(r"\w{4}(-\w{4}){3,4}", text):  # as YouTube's are
        return True
    return (
        re.fullmatch(r"[\w-]{16,}|[\w.=+-]{40,}", text) is not None and re.search("[0-9]", text) is not None
    )


def _read(path: Path, what: str) -> str:
    record_reference(path)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise refusal(f"{path} is not a file.")
        if status.st_mode & 0o077 and not _is_credential(path):
            raise refusal(f"others can read {path}. Run: chmod 600 {shlex.quote(str(path))}")
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise refusal(f"{path} cannot be read: {error.strerror}.") from None
    if len(data) > _MAX_BYTES:
        raise refusal(f"{path} is too long: it must hold the {what} alone.")
    lines = [line for line in data.splitlines() if line.strip()]
    if len(lines) != 1:
        raise refusal(f"{path} must hold one line, the {what}, and has {len(lines) or 'none'}.")
    if not re.fullmatch(rb"[!-~]+", lines[0].strip()):
        raise refusal(f"the {what} in {path} has spaces or other than ASCII characters.")
    return lines[0].strip().decode("ascii")


def _is_credential(path: Path) -> bool:
    """systemd lets a unit alone read its credentials, by an ACL that looks like a group's right to read.

    Commands that an operator types look at the unit's, too, and have no folder of their own.
    """
    folder = os.environ.get("CREDENTIALS_DIRECTORY", _CREDENTIALS)
    return path.resolve().is_relative_to(Path(folder).resolve())
