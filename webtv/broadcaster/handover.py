"""What a push leaves behind, so that the next daemon adopts it or ends it: there are never two publishers."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from webtv.config import Target
from webtv.domain import Frozen
from webtv.media.child import Process, adopt
from webtv.media.files import write_atomically


class PushRecord(Frozen):
    """A running push, as ``<target>.push.json`` beside its playlist."""

    pid: int
    ticks: int
    """When the process started, see ``child.started_ticks``."""
    boot_id: str
    began_boot_ns: int
    media_ns: int
    """Where in the rundown it began."""
    last_slot: int
    salt: str
    target: str
    """A keyed hash of address and keys: a push to what is no longer configured is not adopted."""


def fingerprint(target: Target, salt: str) -> str:
    text = f"{target.server_url}\n{target.stream.get_secret_value()}"
    if target.sign_key_file is not None:
        text += f"\n{target.sign_key_file.key.get_secret_value()}"
    return hashlib.blake2b(text.encode(), key=bytes.fromhex(salt), digest_size=16).hexdigest()


def new_salt() -> str:
    return secrets.token_hex(16)


def record_path(folder: Path, name: str) -> Path:
    return folder / f"{name}.push.json"


def save(folder: Path, name: str, record: PushRecord) -> None:
    write_atomically(record_path(folder, name), record.model_dump_json(), durable=False, private=True)


def load(folder: Path, name: str) -> PushRecord | None:
    try:
        return PushRecord.model_validate_json(record_path(folder, name).read_bytes())
    except (OSError, ValueError):
        return None  # none, or half a one after a power cut: the push it told of is found by its folder


def adoptable(folder: Path, target: Target, boot_id: str) -> PushRecord | None:
    """The record of a push to this very target, on this boot. Whether it still runs, ``adopt`` tells."""
    record = load(folder, target.name)
    if record is None or record.boot_id != boot_id:
        return None
    return record if record.target == fingerprint(target, record.salt) else None


def running(folder: Path) -> Iterator[int]:
    """Processes that push out of this channel's folder, whoever started them."""
    here = folder.resolve()
    return (pid for pid, there in _pushes() if there == here)


def _pushes() -> Iterator[tuple[int, Path]]:
    """All processes that push, and the folders out of which they do."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            argv = (entry / "cmdline").read_bytes()
            pushes = b".ffconcat\0" in argv and b"-progress\0" in argv
            if pushes:
                yield int(entry.name), (entry / "cwd").readlink()
        except OSError:
            continue  # it has ended, or is another user's


async def end_strays(folder: Path, targets: list[Target], boot_id: str) -> int:
    """Kill what pushes out of this folder and will not be adopted. Call it before any push starts."""
    kept = set()
    for target in targets:
        record = adoptable(folder, target, boot_id)
        process = adopt(record.pid, record.ticks) if record is not None else None
        if process is not None:
            kept.add(process.pid)
            process.let_go()
    return await _end([pid for pid in running(folder) if pid not in kept])


async def end_pushes_of_others(root: Path, channels: Collection[str]) -> int:
    """Kill what pushes out of folders in ``root`` of none of ``channels``: theirs went while nobody saw."""
    here = root.resolve()
    return await _end(
        [pid for pid, there in _pushes() if there.parent == here and there.name not in channels]
    )


async def _end(strays: Sequence[int]) -> int:
    for pid in strays:
        try:
            await Process(pid).kill()
        except ProcessLookupError:
            continue
    return len(strays)
