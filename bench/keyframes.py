"""Recognises pictures that went through an ingest: slices are copied byte for byte from clip to FLV."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

import av

_FILE_HEADER = 9 + 4
_TAG = struct.Struct(">B3s7x")
_VIDEO = 9
_AVC_KEYFRAME = b"\x17\x01"
_AVC_HEADER = 5
"""FrameType and CodecID, AVCPacketType, CompositionTime (FLV specification, E.4.3)."""
_SLICES = (1, 5)
"""NAL unit types of coded slices (ITU-T H.264, table 7-1)."""


def keyframes_of(clip: Path, fps: int) -> dict[str, int]:
    """Each keyframe's digest and its frame number within the clip."""
    found = {}
    with av.open(str(clip)) as container:
        for packet in container.demux(video=0):
            if packet.is_keyframe and packet.pts is not None and packet.time_base is not None:
                found[_digest(bytes(packet))] = round(packet.pts * packet.time_base * fps)
    return found


class FlvTail:
    """Reads the keyframes of an FLV file that grows."""

    def __init__(self, path: Path) -> None:
        self._path, self._at = path, _FILE_HEADER

    def read(self) -> list[str]:
        """Digests of the keyframes that have been written, whole, since the last call."""
        try:
            if self._path.stat().st_size <= self._at:
                return []
        except FileNotFoundError:
            return []
        with self._path.open("rb") as file:
            file.seek(self._at)
            data = file.read()
        digests, at = [], 0
        while at + _TAG.size <= len(data):
            kind, length = _TAG.unpack_from(data, at)
            size = int.from_bytes(length, "big")
            end = at + _TAG.size + size + 4
            if end > len(data):
                break
            body = data[at + _TAG.size : end - 4]
            if kind == _VIDEO and body.startswith(_AVC_KEYFRAME):
                digests.append(_digest(body[_AVC_HEADER:]))
            at = end
        self._at += at
        return digests


def _digest(data: bytes) -> str:
    """Of the slices alone: muxers add parameter sets of their own. NAL units have lengths of four bytes."""
    hashed, at = hashlib.blake2b(digest_size=12), 0
    while at + 4 < len(data):
        end = at + 4 + int.from_bytes(data[at : at + 4], "big")
        if data[at + 4] & 0x1F in _SLICES:
            hashed.update(data[at + 4 : end])
        at = end
    return hashed.hexdigest()
