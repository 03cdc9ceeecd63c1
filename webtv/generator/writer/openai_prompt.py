"""What the language model is told: its task, shaped for the model that will draw it, and the brief."""

from __future__ import annotations

from typing import get_args

from webtv.domain import Brief, Speed
from webtv.generator.writer.camera import DIRECTIONS
from webtv.generator.writer.length import CLIP_TOKENS
from webtv.generator.writer.openai_draft import DraftMusic
from webtv.generator.writer.openai_editor import longest_prompt, shots_wanted
from webtv.generator.writer.openai_service import Message
from webtv.generator.writer.title import LONGEST_TITLE

RECENT_TITLES = 30
RECENT_SHOTS = 24
_WORDS_AROUND = 25
"""Tokens of a prompt that framing, movement and commas take."""
_LONGEST_USEFUL = 160

_FORM = """{
  "title": "...",
  "shots": [
    {"subject": "...", "action": "...", "setting": "...", "framing": "...",
     "movement": {"kind": "track", "direction": "left", "speed": "slow"},
     "light": "...", "palette": "...", "style": "...",
     "slow_motion": 1, "transition": "cut", "length": 1}
  ],
  "music": {"mood": "...", "key": "D", "mode": "dorian", "tempo_bpm": 84, "energy": 0.4,
            "instruments": ["...", "..."]}
}"""


def messages(brief: Brief) -> list[Message]:
    return [{"role": "system", "content": _task(brief)}, {"role": "user", "content": _brief(brief)}]


def again(answer: str, problems: tuple[str, ...]) -> list[Message]:
    """What is said after an answer that could not be used."""
    listed = "\n".join(f"- {problem}" for problem in problems)
    return [
        {"role": "assistant", "content": answer},
        {"role": "user", "content": f"This cannot be filmed as it is:\n{listed}\nWrite the whole JSON anew."},
    ]


def _task(brief: Brief) -> str:
    movements = "; ".join(
        f"{kind} {' or '.join(directions)}" for kind, directions in DIRECTIONS.items() if kind != "static"
    )
    modes = ", ".join(get_args(DraftMusic.model_fields["mode"].annotation))
    return f"""You write short silent film clips for a television channel. A video model films each shot from
its text alone, and another model plays the music.

Answer with one JSON object of exactly this form and nothing else:
{_FORM}

Shots
- Each is filmed on its own and knows nothing of the others: no "the same", no "again", no names of people.
- subject: who or what, without commas. action: what it does, a verb in the present, without commas; one
  movement that can be seen in three seconds. setting: where. Name what can be seen, not thoughts or sounds.
- {_length_rule(brief)}
- movement of the camera: static, with direction none and speed still; or {movements}; at a speed of
  {", ".join(speed for speed in get_args(Speed) if speed != "still")}.
- Vary framing and movement from shot to shot. Keep light, palette and style alike within the clip.
- No brands, cameras, lenses, studios, artists or resolutions, and no writing, logo, caption or watermark:
  they would show up as letters in the picture.
- slow_motion: 1, or up to 4 where something fast is worth a long look. transition: how the shot begins, cut
  or dissolve. length: relative to the other shots, 1 for all if none matters more.

Music: one piece under the whole clip, without voices. mode is one of {modes}; tempo_bpm 50 to 170; energy
0 to 1; two to five instruments.

Title: what a viewer reads, at most {LONGEST_TITLE} characters, in the language of the theme. All else is
in English.

The channel is public and watched by all ages: nothing sexual, gory, hateful or dangerous to copy, and no
real person."""


def _length_rule(brief: Brief) -> str:
    limit = longest_prompt(brief)
    if limit <= CLIP_TOKENS:
        return (
            f"The model reads {limit} tokens of a shot, what matters first: subject, action, setting, light, "
            f"palette and style together have at most {limit - _WORDS_AROUND} words. Use common words."
        )
    return (
        "The model reads long texts: subject, action, setting, light, palette and style together may have up "
        f"to {min(limit - _WORDS_AROUND, _LONGEST_USEFUL)} words. Say what things are made of and how they "
        "move."
    )


def _brief(brief: Brief) -> str:
    parts = [
        f"Theme: {brief.theme}",
        f"Look: {brief.style}" if brief.style else "Look: choose one that suits the theme.",
        f"Write {shots_wanted(brief)} shots for a clip of {brief.seconds:g} seconds.",
    ]
    if brief.recent_titles:
        parts.append("These clips were shown lately; do not repeat them:")
        parts += [f"- {title}" for title in brief.recent_titles[:RECENT_TITLES]]
    if brief.recent:
        parts.append("So were these shots; show other subjects or other actions:")
        parts += [f"- {prompt.partition(',')[0]}" for prompt in brief.recent[:RECENT_SHOTS]]
    return "\n".join(parts)
