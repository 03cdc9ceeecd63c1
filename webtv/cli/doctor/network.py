"""Who may come in, and where the station goes: the desk, the port to listen on, and the targets' servers."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator, Mapping

from webtv.cli.doctor.finding import Finding
from webtv.config import ChannelConfig, HttpAddress, StationConfig, Target
from webtv.config.desk import has_no_token
from webtv.config.streaming import advice

_CONNECT_S = 3.0
_WEB_PORTS = (80, 443)


def desk(station: StationConfig) -> Iterator[Finding]:
    """A proxy on this machine makes every visitor look local, and not every one can be told for a proxy."""
    if station.public_url or station.proxies or not has_no_token(station.desk):
        return
    for port in _WEB_PORTS:
        try:
            socket.create_connection(("127.0.0.1", port), _CONNECT_S).close()
        except OSError:
            continue
        yield Finding(
            "warning",
            f"a web server answers on port {port} here, and the desk has no token: "
            "by a proxy strangers could come to it",
            "Make one, as step 5 of docs/install.md does, or set desk: token_file in webtv.yaml.",
        )
        return


def port(station: StationConfig) -> Finding:
    """Whether the station's address can be listened on, or a station does already."""
    address = station.http
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((address.host, address.port))
        except OSError as error:
            if _answers(address):
                return Finding("good", f"a station answers on {address}")
            return Finding(
                "bad",
                f"cannot listen on {address}: {error.strerror}",
                "Stop what uses it, or choose another --http.",
            )
    return Finding("good", f"{address} is free to listen on")


def _answers(address: HttpAddress) -> bool:
    connection = http.client.HTTPConnection(address.host, address.port, timeout=_CONNECT_S)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().read() == b"ok\n"
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def targets(channels: Mapping[str, ChannelConfig]) -> Iterator[Finding]:
    """Whether the targets' servers can be reached, and what they advise that the channel's format is not."""
    for channel in channels.values():
        for target in channel.targets:
            if target.enabled and channel.enabled:
                yield _target(channel.id, target)
                service = target.url.service
                if service and (wish := advice(service, channel.format)):
                    yield Finding("warning", f"target {target.name} of {channel.id}: {wish}")


def _target(channel: str, target: Target) -> Finding:
    host, port = target.url.host, target.url.port
    name = f"target {target.name} of {channel} ({host}:{port})"
    try:
        with socket.create_connection((host, port), _CONNECT_S):
            return Finding("good", f"{name} answers")
    except OSError as error:
        return Finding(
            "warning",
            f"{name} does not answer: {error.strerror or error}",
            "The station pushes to it as soon as it does; HLS and other targets go on meanwhile.",
        )
