"""What a push leaves behind, so that the next daemon adopts it or ends it: there are never two publishers."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

import structlog

from webtv.config import Target
from webtv.domain import Frozen
from webtv.media.child import Process, adopt
from webtv.media.files import write_atomically

log = structlog.get_logger()


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
        if entry.name.isdigit() and (folder := _pushes_from(int(entry.name))) is not None:
            yield int(entry.name), folder


def _pushes_from(pid: int) -> Path | None:
    """The folder out of which a process pushes; None when it does not, has ended or is another user's."""
    try:
        argv = Path(f"/proc/{pid}/cmdline").read_bytes()
        pushes = b".ffconcat\0" in argv and b"-progress\0" in argv
        return Path(f"/proc/{pid}/cwd").readlink() if pushes else None
    except OSError:
        return None


class LeftPushes:
    """The pushes that daemons before this one left, to be adopted or ended before others begin.

    All processes are looked through once in a daemon's life, whoever asks first: its own pushes end with it,
    or are what the next one finds.
    """

    def __init__(self) -> None:
        self._found: asyncio.Future[dict[Path, list[int]]] | None = None

    async def end_strays(self, folder: Path, targets: Sequence[Target], boot_id: str) -> int:
        """End what pushes out of a channel's folder and will not be adopted. Call it before any push starts.

        Returns how many ended. One that cannot be ended is logged, and keeps no other from air.
        """
        strays = set((await self._by_folder()).pop(folder.resolve(), ()))
        for target in targets:
            if strays and (record := adoptable(folder, target, boot_id)) is not None:
                process = adopt(record.pid, record.ticks)
                if process is not None:
                    strays.discard(process.pid)
                    process.let_go()
        return await _end(strays, folder.resolve())

    async def end_those_of_others(self, root: Path, channels: Collection[str]) -> int:
        """End what pushes out of folders in ``root`` of none of ``channels``: theirs went while nobody saw.

        Returns how many ended.
        """
        by_folder, here = await self._by_folder(), root.resolve()
        others = [folder for folder in by_folder if folder.parent == here and folder.name not in channels]
        return sum(await asyncio.gather(*(_end(by_folder.pop(folder), folder) for folder in others)))

    async def _by_folder(self) -> dict[Path, list[int]]:
        if self._found is None:
            self._found = asyncio.ensure_future(asyncio.to_thread(_pushes_by_folder))
        return await asyncio.shield(self._found)


def _pushes_by_folder() -> dict[Path, list[int]]:
    found: dict[Path, list[int]] = {}
    for pid, folder in _pushes():
        found.setdefault(folder, []).append(pid)
    return found


async def _end(pids: Iterable[int], folder: Path) -> int:
    return sum(await asyncio.gather(*(_killed(pid, folder) for pid in pids)))


async def _killed(pid: int, folder: Path) -> bool:
    """End one push out of ``folder``; False when it had ended already, or when not even the kernel can."""
    try:
        process = Process(pid)
    except ProcessLookupError:
        return False
    if _pushes_from(pid) != folder:  # asked again now that the number cannot become another's
        process.let_go()
        return False
    try:
        await process.kill()
    except (TimeoutError, OSError) as error:
        process.let_go()
        log.error(
            "a push of an earlier daemon cannot be ended", pid=pid, folder=str(folder), error=str(error)
        )
        return False
    return True
