"""What visitors may take of a station."""

from __future__ import annotations

from pydantic import Field

from webtv.config.section import Section


class LimitsConfig(Section):
    """What visitors may take of the station at most. Targets and the desk's own orders are not limited."""

    watched_channels: int = Field(
        32,
        ge=0,
        le=100_000,
        description="Channels that are kept in fresh clips at once because viewers watch them; those watched "
        "for longest come first, the others air their archive.",
    )
    viewer_orders_per_hour: int = Field(
        3000,
        ge=0,
        le=1_000_000,
        description="Clips in any hour that are ordered only because viewers watch; then archives air.",
    )
    connections: int | None = Field(
        None,
        ge=1,
        le=1_000_000,
        description="HTTP connections that are open at once; by default, and at most, three quarters of the "
        "files that the process may open.",
        examples=[10_000],
    )
    connections_per_address: int = Field(
        256,
        ge=1,
        le=1_000_000,
        description="Connections from one address, or one /64 network of IPv6; this machine and "
        "trusted_proxies are not counted.",
    )
