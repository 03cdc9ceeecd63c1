"""Reads just enough of a fragmented MP4 to serve its fragments, and moves them in time.

Box layout: ISO/IEC 14496-12. A conformed file is ``ftyp moov (moof mdat)* mfra?``; both tracks have the
timescale 48000 (``domain.SAMPLE_RATE``), so one integer moves both.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from webtv.errors import ClipRejected

_HEADER = struct.Struct(">I4s")
_U32 = struct.Struct(">I")
_U64 = struct.Struct(">Q")


@dataclass(frozen=True)
class Fragment:
    """One ``moof`` + ``mdat``: where it lies, and where its header holds what must change on air."""

    offset: int
    size: int
    sequence_at: int
    """Offset of ``mfhd.sequence_number`` (32 bits) within the fragment."""
    decode_times: tuple[tuple[int, int], ...]
    """(offset within the fragment, value) of each track's 64-bit ``tfdt.baseMediaDecodeTime``."""


@dataclass(frozen=True)
class FragmentedFile:
    """The index of a conformed file."""

    init_size: int
    fragments: tuple[Fragment, ...]
    size: int


def read_index(path: Path) -> FragmentedFile:
    """Index a fragmented MP4.

    Raises:
        ClipRejected: ``unreadable`` when it is not one, or ``truncated`` when a box reaches past the end.
        OSError: when the file cannot be read.
    """
    size = path.stat().st_size
    fragments: list[Fragment] = []
    init_size = 0
    with path.open("rb") as file:
        moof: tuple[int, bytes] | None = None
        for offset, length, kind in _boxes(file, size):
            if kind == b"moov":
                init_size = offset + length
            elif kind == b"moof":
                file.seek(offset)
                moof = (offset, file.read(length))
            elif kind == b"mdat" and moof is not None:
                fragments.append(_fragment(moof[0], moof[1], offset + length - moof[0]))
                moof = None
    if not init_size or not fragments:
        raise ClipRejected("unreadable", f"{path.name} is not a fragmented MP4")
    return FragmentedFile(init_size, tuple(fragments), size)


def _boxes(file: BinaryIO, size: int) -> Iterator[tuple[int, int, bytes]]:
    offset = 0
    while offset < size:
        file.seek(offset)
        header = file.read(_HEADER.size)
        if len(header) < _HEADER.size:
            raise ClipRejected("truncated", f"the file ends inside a box header at byte {offset}")
        length, kind = _HEADER.unpack(header)
        if length < _HEADER.size:
            raise ClipRejected("unreadable", f"the box at byte {offset} claims a length of {length}")
        if offset + length > size:
            raise ClipRejected("truncated", f"a {kind.decode('latin1')} box reaches past the end of the file")
        yield offset, length, kind
        offset += length


def _fragment(offset: int, moof: bytes, size: int) -> Fragment:
    sequence_at = 0
    times: list[tuple[int, int]] = []
    for at, length, kind in _children(moof, 8, len(moof)):
        if kind == b"mfhd":
            sequence_at = at + 12
        elif kind == b"traf":
            for inner, _, inner_kind in _children(moof, at + 8, at + length):
                if inner_kind == b"tfdt":
                    if moof[inner + 8] != 1:
                        raise ClipRejected("unreadable", "a tfdt box is not of version 1")
                    times.append((inner + 12, _U64.unpack_from(moof, inner + 12)[0]))
    if not sequence_at or not times:
        raise ClipRejected("unreadable", f"the fragment at byte {offset} has no times")
    return Fragment(offset, size, sequence_at, tuple(times))


def _children(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, bytes]]:
    while start + 8 <= end:
        length, kind = _HEADER.unpack_from(data, start)
        if length < 8 or start + length > end:
            raise ClipRejected("unreadable", "a box inside moof has an impossible length")
        yield start, length, kind
        start += length


def read_init(path: Path, index: FragmentedFile) -> bytes:
    with path.open("rb") as file:
        return file.read(index.init_size)


def read_fragment(path: Path, fragment: Fragment, *, shift: int, sequence: int) -> bytearray:
    """One fragment as it goes on air: decode times moved by ``shift`` (48 kHz units), numbered ``sequence``.

    Raises:
        ClipRejected: ``truncated`` when the file has become shorter than its index says.
    """
    data = bytearray(fragment.size)
    with path.open("rb", buffering=0) as file:
        file.seek(fragment.offset)
        if file.readinto(data) != fragment.size:
            raise ClipRejected("truncated", f"{path.name} lost bytes since it was indexed")
    _U32.pack_into(data, fragment.sequence_at, sequence & 0xFFFFFFFF)
    for at, value in fragment.decode_times:
        _U64.pack_into(data, at, value + shift)
    return data
