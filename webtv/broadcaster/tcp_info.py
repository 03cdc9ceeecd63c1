"""What the kernel knows about another process's TCP connection.

An ingest that hangs goes on acknowledging: its kernel takes some megabytes, ten seconds and more of a
channel, before FFmpeg notices anything. But the kernel on this side knows the edge up to which the ingest
lets us send, and that edge moves only when the ingest *reads*. Asked over netlink (sock_diag(7)), which needs
no privilege and works for a process that is not our child.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from itertools import count
from pathlib import Path

_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_NLM_F_REQUEST, _NLM_F_DUMP = 1, 0x300
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_ESTABLISHED = 1 << 1
_INET_DIAG_INFO = 2

_NLMSG = struct.Struct("=IHHII")
_REQUEST = struct.Struct("=BBBxI")
_SOCKID = struct.Struct("!HH16s16sI8s")
"""Ports, addresses, interface and cookie of struct inet_diag_sockid."""
_SOCKID_SIZE = _SOCKID.size
_ANY_COOKIE = b"\xff" * 8
_QUEUES = struct.Struct("=IIIII")
"""expires, rqueue, wqueue, uid, inode: what follows the socket's id in struct inet_diag_msg."""
_ATTRIBUTE = struct.Struct("=HH")
_BYTES_ACKED_AT, _SND_WND_AT = 120, 228
"""Offsets in struct tcp_info of linux/tcp.h; ``tcpi_snd_wnd`` came with Linux 5.4."""


@dataclass(frozen=True)
class Connection:
    """One TCP connection, as the kernel names it."""

    family: int
    sockid: bytes


@dataclass(frozen=True)
class Flow:
    """``queued`` bytes wait here or are on their way; the peer has read, or made room for, up to ``edge``."""

    queued: int
    acked: int
    edge: int


class TcpInfo:
    """A netlink socket. Where there is none (a sandbox), every question is answered with None."""

    def __init__(self) -> None:
        self._netlink: socket.socket | None = None
        self._numbers = count(1)
        try:
            self._netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG)
            self._netlink.settimeout(1)
        except OSError:
            self._netlink = None

    def connection(self, pid: int) -> Connection | None:
        """The established connection of a process that has one."""
        inodes = _socket_inodes(pid)
        for family in (socket.AF_INET, socket.AF_INET6) if inodes else ():
            for body in self._ask(family, bytes(_SOCKID_SIZE), 0, _NLM_F_DUMP):
                inode = _QUEUES.unpack_from(body, 4 + _SOCKID_SIZE)[4]
                if inode in inodes:
                    return Connection(family, body[4 : 4 + _SOCKID_SIZE])
        return None

    def flow(self, connection: Connection) -> Flow | None:
        """How the connection is doing; None when it is gone."""
        for body in self._ask(connection.family, connection.sockid, 1 << (_INET_DIAG_INFO - 1), 0):
            queued = _QUEUES.unpack_from(body, 4 + _SOCKID_SIZE)[2]
            info = _attribute(body, _INET_DIAG_INFO)
            if info is None or len(info) < _SND_WND_AT + 4:
                return None
            (acked,) = struct.unpack_from("=Q", info, _BYTES_ACKED_AT)
            (window,) = struct.unpack_from("=I", info, _SND_WND_AT)
            return Flow(queued, acked, acked + window)
        return None

    def owner(self, end: tuple[str, int], other: tuple[str, int]) -> int | None:
        """The account of the socket at ``end`` that is connected to ``other``: addresses and ports of this
        machine. None where it is not known."""
        try:
            source, target = (_unmapped(address) for address, _ in (end, other))
        except ValueError:
            return None
        if source.version != target.version:
            return None
        family = socket.AF_INET if source.version == 4 else socket.AF_INET6
        sockid = _SOCKID.pack(end[1], other[1], source.packed, target.packed, 0, _ANY_COOKIE)
        for body in self._ask(family, sockid, 0, 0):
            uid: int = _QUEUES.unpack_from(body, 4 + _SOCKID_SIZE)[3]
            return uid
        return None

    def _ask(self, family: int, sockid: bytes, extensions: int, flags: int) -> list[bytes]:
        if self._netlink is None:
            return []
        payload = _REQUEST.pack(family, socket.IPPROTO_TCP, extensions, _ESTABLISHED) + sockid
        size, number = _NLMSG.size + len(payload), next(self._numbers) & 0xFFFFFFFF
        header = _NLMSG.pack(size, _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST | flags, number, 0)
        answer = _Answer(number, dump=bool(flags & _NLM_F_DUMP))
        try:
            self._netlink.send(header + payload)
            while not answer.complete:
                answer.take(self._netlink.recv(1 << 18))
        except OSError:
            return []
        return answer.bodies


def _unmapped(address: str) -> IPv4Address | IPv6Address:
    """An IPv4 address as such, also where a socket for both has it. Raises ValueError."""
    found = ip_address(address.partition("%")[0])
    return getattr(found, "ipv4_mapped", None) or found


class _Answer:
    """What the kernel answers to one question; what is left of an earlier one has another number."""

    def __init__(self, number: int, *, dump: bool) -> None:
        self.bodies: list[bytes] = []
        self.complete = False
        self._number, self._dump = number, dump

    def take(self, data: bytes) -> None:
        """Take the messages out of one datagram."""
        at = 0
        while at + _NLMSG.size <= len(data):
            length, kind, _, number, _ = _NLMSG.unpack_from(data, at)
            if length < _NLMSG.size:
                return
            if number == self._number:
                if kind in (_NLMSG_DONE, _NLMSG_ERROR):
                    self.complete = True
                    return
                self.bodies.append(data[at + _NLMSG.size : at + length])
                self.complete = not self._dump
            at += (length + 3) & ~3


def _attribute(body: bytes, wanted: int) -> bytes | None:
    at = 4 + _SOCKID_SIZE + _QUEUES.size
    while at + _ATTRIBUTE.size <= len(body):
        length, kind = _ATTRIBUTE.unpack_from(body, at)
        if kind == wanted:
            return body[at + _ATTRIBUTE.size : at + length]
        if length < _ATTRIBUTE.size:
            return None
        at += (length + 3) & ~3
    return None


def _socket_inodes(pid: int) -> set[int]:
    inodes: set[int] = set()
    try:
        entries = list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return inodes
    for entry in entries:
        try:
            link = str(entry.readlink())
        except OSError:
            continue  # closed meanwhile; the others are still open
        if link.startswith("socket:["):
            inodes.add(int(link[8:-1]))
    return inodes
