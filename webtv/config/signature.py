"""Signed publishing as Node-Media-Server checks it."""

from __future__ import annotations

import hashlib


def signed(app: str, play_path: str, secret: str, expires_s: int) -> str:
    """A play path with the signature that opens its stream until ``expires_s``, in Unix time.

    ``sign=<expires>-<md5 of "/app/name-expires-secret">``: ``verifyAuth`` of Node-Media-Server 4.
    """
    name, mark, _ = play_path.partition("?")
    text = f"/{app}/{name}-{expires_s}-{secret}"
    digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    return f"{play_path}{'&' if mark else '?'}sign={expires_s}-{digest}"
