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
