"""A shot, for tests of those that film one."""

from __future__ import annotations

from webtv.domain import Movement, Shot


def shot(subject: str = "a long ocean swell", **changes: object) -> Shot:
    """The same shot with the same arguments; ``changes`` are of its other fields."""
    fields: dict[str, object] = {
        "subject": subject,
        "action": "rolls in",
        "setting": "off a rocky coast",
        "framing": "wide shot",
        "movement": Movement(kind="pan", direction="left", speed="slow"),
        "light": "soft overcast light",
        "palette": "teal and orange",
        "style": "film grain",
        "seconds": 2.0,
        "seed": 7,
    }
    return Shot.model_validate(fields | changes)
