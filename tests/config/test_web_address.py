"""However an address that hands out a cloud machine's keys is spelled, it is seen; others are left alone."""

from __future__ import annotations

import pytest

from webtv.config.web_address import is_of_the_machine


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest",
        "http://169.254.0.1:8080/v1",
        "http://2852039166/v1",
        "http://0xA9FEA9FE/v1",
        "http://0251.0376.0251.0376/v1",
        "http://169.254.43518/v1",
        "http://[::ffff:169.254.169.254]/v1",
        "http://[fe80::1]/v1",
        "http://[fe80::1%25eth0]/v1",
        "http://[fd00:ec2::254]/v1",
        "http://100.100.100.200/v1",
        "http://METADATA.google.internal./v1",
    ],
)
def test_link_local_addresses_are_seen_in_every_spelling(address: str) -> None:
    assert is_of_the_machine(address)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:11434/v1",
        "http://[::1]:8000",
        "http://10.0.0.7/v1",
        "http://192.168.1.5:8080/v1",
        "http://[fd00::7]/v1",
        "https://api.openai.com/v1",
        "http://localhost:11434/v1",
        "owner/name",
    ],
)
def test_other_addresses_are_not(address: str) -> None:
    assert not is_of_the_machine(address)
