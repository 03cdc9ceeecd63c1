"""What the kernel says of connections, asked of the real one."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator

import pytest

from webtv.broadcaster.tcp_info import TcpInfo

Pair = tuple[socket.socket, socket.socket]


def connected() -> Pair:
    with socket.create_server(("127.0.0.1", 0)) as server:
        near = socket.create_connection(server.getsockname())
        far, _ = server.accept()
    return near, far


@pytest.fixture
def pair() -> Iterator[Pair]:
    near, far = connected()
    with near, far:
        yield near, far


@pytest.fixture
def kernel() -> TcpInfo:
    return TcpInfo()


def test_a_connection_s_flow_is_what_was_sent_and_read(kernel: TcpInfo, pair: Pair) -> None:
    near, far = pair
    connection = kernel.connection(os.getpid())
    assert connection is not None
    before = sum(_acked(kernel))
    near.sendall(b"x" * 1000)
    assert far.recv(1000, socket.MSG_WAITALL) == b"x" * 1000
    assert kernel.flow(connection) is not None
    assert sum(_acked(kernel)) >= before


def _acked(kernel: TcpInfo) -> Iterator[int]:
    connection = kernel.connection(os.getpid())
    assert connection is not None
    flow = kernel.flow(connection)
    assert flow is not None
    assert flow.edge > flow.acked
    yield flow.acked


def test_a_connection_that_is_gone_has_no_flow(kernel: TcpInfo) -> None:
    near, far = connected()
    connection = kernel.connection(os.getpid())
    assert connection is not None
    linger = struct.pack("ii", 1, 0)  # ends at once, without a time of waiting
    for end in (near, far):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        end.close()
    assert kernel.flow(connection) is None


def test_a_process_without_a_connection_has_none(kernel: TcpInfo) -> None:
    assert kernel.connection(1 << 30) is None


def test_a_peer_s_account_is_known(kernel: TcpInfo, pair: Pair) -> None:
    near, far = pair
    assert kernel.owner(near.getsockname(), far.getsockname()) == os.getuid()


def test_an_answer_to_an_earlier_question_is_not_taken_for_this_one_s(kernel: TcpInfo, pair: Pair) -> None:
    near, far = pair
    late = TcpInfo()
    assert late._netlink is not None
    assert kernel._netlink is not None
    asked: list[bytes] = []

    class Remembers:
        """Takes down the question that is asked over a real socket."""

        def __init__(self, netlink: socket.socket) -> None:
            self.netlink = netlink

        def send(self, data: bytes) -> int:
            asked.append(data)
            return self.netlink.send(data)

        def recv(self, size: int) -> bytes:
            return self.netlink.recv(size)

    late._netlink = Remembers(late._netlink)  # type: ignore[assignment]
    assert late.owner(near.getsockname(), ("127.0.0.1", 1)) is None
    kernel.owner(near.getsockname(), far.getsockname())
    kernel._netlink.send(asked[0])  # nobody waits for its answer: there is no such connection
    assert kernel.owner(near.getsockname(), far.getsockname()) == os.getuid()
    assert kernel.owner(near.getsockname(), ("127.0.0.1", 1)) is None, "nor is the next question put off"
