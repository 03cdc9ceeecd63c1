"""What the doctor and ``check`` say of a desk without a token where a proxy may be."""

from __future__ import annotations

import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from webtv.cli.doctor.report import examine
from webtv.config import StationConfig, load_station
from webtv.config.doubts import doubts


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StationConfig:
    """Without a token, on a machine where the unit has none either."""
    monkeypatch.setattr("webtv.config.desk.UNIT_CREDENTIALS", tmp_path / "none")
    monkeypatch.setattr("webtv.config.desk._STORED", tmp_path / "stored")
    (tmp_path / "channels").mkdir()
    return StationConfig(channels=tmp_path / "channels", data=tmp_path / "data")


def answering(monkeypatch: pytest.MonkeyPatch, *ports: int) -> None:
    def connect(address: tuple[str, int], *_: Any) -> SimpleNamespace:
        if address[1] not in ports:
            raise ConnectionRefusedError
        return SimpleNamespace(close=lambda: None)

    monkeypatch.setattr(socket, "create_connection", connect)


def told(station: StationConfig) -> list[str]:
    return [finding.what for finding in examine(station) if "desk" in finding.what]


def test_a_web_server_beside_a_desk_without_a_token_is_told(
    station: StationConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, 443)
    (what,) = told(station)
    assert "on port 443 here, and the desk has no token" in what
    answering(monkeypatch)
    assert told(station) == []


def test_a_token_of_the_unit_is_one_also_where_nobody_but_root_can_read_it(
    station: StationConfig, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answering(monkeypatch, 80)
    (tmp_path / "stored").touch(mode=0o000)
    assert told(station) == []


def test_a_public_address_without_a_token_is_a_desk_that_answers_nobody(
    station: StationConfig, tmp_path: Path
) -> None:
    public = station.override(public_url="https://tv.example.org")
    (doubt,) = doubts(public)
    assert doubt.what.startswith("public_url: ")
    token = tmp_path / "token"
    token.touch(mode=0o600)
    token.write_text("0123456789abcdef\n")
    (tmp_path / "webtv.yaml").write_text("public_url: https://tv.example.org\ndesk: {token_file: token}\n")
    assert list(doubts(load_station(tmp_path / "webtv.yaml"))) == []
