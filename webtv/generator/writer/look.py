"""Light, by the time that rules a clip, and looks."""

from __future__ import annotations

from webtv.generator.writer.lexicon import lexicon, phrases

LIGHTS: dict[str, tuple[str, ...]] = {
    "dawn": phrases(
        "pale first light / soft dawn mist / low pink sunrise / cool blue morning light / dew-bright "
        "early sun / thin golden dawn haze / quiet grey daybreak"
    ),
    "day": phrases(
        "clear midday sun / dappled daylight / soft overcast light / bright open shade / high "
        "summer light / sun through thin cloud / crisp clean daylight"
    ),
    "harsh": phrases("blinding noon glare / hard white sun / shimmering heat haze / short black shadows"),
    "golden": phrases(
        "warm golden hour light / low amber backlight / long honeyed shadows / sun flare at the "
        "edges / late copper sunlight / glowing dust in low sun"
    ),
    "dusk": phrases(
        "fading blue hour / last violet daylight / dim rose afterglow / first stars at dusk / deep "
        "twilight haze / orange rim on the horizon"
    ),
    "night": phrases(
        "cold moonlight / a single warm lamp / silver starlight / deep shadow and soft glow / "
        "flickering lantern light / pale moon through cloud / faint blue night light"
    ),
    "neon": phrases(
        "buzzing neon glow / pink and blue neon haze / flickering sign light / hard neon backlight / "
        "liquid neon reflections / humming tube light"
    ),
    "storm": phrases(
        "dull storm light / sudden lightning flash / silver rain light / low bruised daylight / shafts "
        "through torn cloud / dim grey gloom"
    ),
    "deep": phrases(
        "shafts of light from above / dim bioluminescent glow / soft blue gloom / drifting "
        "caustic light / faint glow from below / a narrow beam in the dark / pulsing points of "
        "light"
    ),
    "shallows": phrases(
        "rippling caustic light / bright filtered sun / clear turquoise light / sun rays through the surface"
    ),
    "void": phrases(
        "stark rim light / soft nebula glow / cold light of a far sun / deep black shadow / faint "
        "coloured haze / slow pulse of distant light / ghostly backlight"
    ),
    "space_day": phrases("hard unfiltered sun / blue light of a nearby planet / blazing white rim light"),
    "works": phrases(
        "hard overhead lamps / shafts through high windows / cool fluorescent light / warm bulb glow / "
        "sparks and lamp light / dusty side light"
    ),
    "kitchen": phrases(
        "soft window light / warm hanging lamp / steam in morning light / glow from the oven / late "
        "afternoon side light / gentle candlelight"
    ),
    "stage": phrases(
        "a single white spotlight / warm footlights / smoky coloured beams / hard backlight and haze / "
        "soft rose stage light / slow sweeping spotlights"
    ),
    "studio": phrases(
        "even studio light / hard side light / glowing backlight / soft gradient light / iridescent "
        "reflections / slow shifting coloured light"
    ),
}

TIME_WORDS: dict[str, str] = {
    word: time
    for time, words in {
        "dawn": "dawn morning mornings sunrise daybreak breakfast early",
        "day": "noon midday day daylight sunny summer",
        "golden": "golden afternoon sunset sunsets",
        "dusk": "dusk twilight evening evenings",
        "night": "night nights midnight moonlight moonlit nocturnal",
        "neon": "neon cyberpunk",
        "storm": "storm storms stormy rain rainy thunder",
    }.items()
    for word in words.split()
}
"""Words of a theme that set the time of every clip."""

TIME_TITLES: dict[str, tuple[str, ...]] = {
    "dawn": phrases("First Light / Before Anyone Wakes / Early"),
    "day": phrases("At Noon / In Plain Daylight"),
    "harsh": phrases("At Noon / No Shade"),
    "golden": phrases("The Golden Hour / Late Sun"),
    "dusk": phrases("At Dusk / Blue Hour"),
    "night": phrases("After Dark / Past Midnight / By Moonlight"),
    "neon": phrases("After Hours / By Neon"),
    "storm": phrases("In the Rain / Before the Storm"),
    "deep": phrases("Far Below / Out of Reach of the Sun"),
    "shallows": phrases("Just Below"),
    "void": phrases("Out There / Adrift"),
    "space_day": phrases("In Full Sun"),
    "works": phrases("The Day Shift / Overtime"),
    "kitchen": phrases("At Home / By the Window"),
    "stage": phrases("House Lights Down / One Night Only"),
    "studio": phrases("A Study / Second Version"),
}

LOOKS: tuple[str, ...] = phrases(
    "cinematic realism, fine film grain / soft watercolour animation / hand-painted oil textures "
    "/ stop-motion miniature set / dreamlike analogue film / layered paper cut-out animation / "
    "delicate ink and wash / vivid gouache illustration / glossy 3D animation / weathered 16mm "
    "documentary / hand-tinted early cinema / woodblock print in motion / soft pastel animation / "
    "moody chiaroscuro painting"
)
"""Looks for a channel whose operator names none; no brand, which a model may paint as letters."""

COLOURS = lexicon(
    "red blue green yellow orange purple violet pink black white gold silver teal turquoise "
    "crimson amber emerald indigo coral"
)
"""Colours of a theme that its palettes take up."""
