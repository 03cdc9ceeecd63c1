"""Which words ask for which picture. A word may stand in several rows; chance then decides among them."""

from __future__ import annotations

ROWS: dict[str, str] = {
    "ocean/calm": (
        "lake pond still bay lagoon canoe swan ferry river stream canal reed jetty weir ripple duck "
        "heron towpath boat sailboat harbor harbour fisherman gull pier lighthouse beach"
    ),
    "ocean/swell": (
        "sea ocean wave swell tide surf coast shore beach sail sailboat boat ship gull whale dolphin "
        "horizon island harbor harbour lighthouse trawler sailor fisherman foam headland longship "
        "pirate water pelican dock port pier surfer"
    ),
    "ocean/storm": (
        "storm gale breaker wave spray tempest hurricane raging cliff shipwreck crashing trawler "
        "whale cape lighthouse ship boat sailor mast"
    ),
    "reef/jellyfish": (
        "jellyfish medusa plankton drifter octopus squid abyss bioluminescent deep trench anemone ghostly"
    ),
    "reef/fish": (
        "fish school shoal reef coral underwater seahorse turtle ray eel diver aquarium shark trout "
        "seal otter submarine lanternfish marine aquatic mermaid dive"
    ),
    "reef/kelp": ("kelp seaweed underwater seagrass marsh reed drowned sunken wreck anchor fern"),
    "reef/deep": ("underwater deep trench whale abyss diver submarine current surface drowned cathedral"),
    "nebula/cloud": (
        "nebula galaxy cosmos cosmic space star interstellar universe supernova comet milky dust "
        "astronomy celestial zodiac desert stars firmament"
    ),
    "nebula/planet": (
        "planet moon mars earth world orbit asteroid alien spaceship starship astronaut satellite "
        "rocket probe station crater solar sun space craft lunar eclipse"
    ),
    "nebula/ringed": ("saturn ringed planet jupiter orbit starship spaceship moon"),
    "aurora/lake": ("aurora borealis northern polar arctic fjord iceland reindeer lights lake"),
    "aurora/hills": ("aurora arctic polar tundra north snowfield igloo sled winter husky wolf glacier night"),
    "skyline/towers": (
        "city skyline skyscraper metropolis downtown tower street rooftop urban tokyo york shanghai "
        "hong taxi crowd traffic commuter building neon car scooter bus office antenna crossing "
        "futuristic architecture window"
    ),
    "skyline/oldtown": (
        "town village church cathedral castle dome roof old medieval paris prague london spire temple "
        "palace square bell fortress kingdom chimney cobbled cottage market steeple mosque empire "
        "rome ancient history knight priestess"
    ),
    "skyline/harbour": (
        "harbour harbor canal bridge riverside waterfront venice quay city port dock reflection "
        "embankment london"
    ),
    "forest/pines": (
        "forest pine wood woodland fir taiga wolf bear owl deer grove cedar lynx cabin valley wild "
        "elk fox winter"
    ),
    "forest/trunks": (
        "forest jungle rainforest tree oak birch trunk canopy root moss fern fox badger mushroom "
        "stump clearing fairytale enchanted grove spider vine bark woodpecker path druid leaf autumn"
    ),
    "forest/ridges": (
        "hill ridge valley mist countryside meadow horizon dawn road highway village train railway "
        "landscape vineyard farm sheep shepherd field pasture tractor barn windmill plain journey "
        "fortress castle"
    ),
    "terrain/mountain": (
        "mountain peak alp summit cliff climber everest ridge goat eagle himalaya rock range condor "
        "snow ski volcano ancient hiker climb"
    ),
    "terrain/dunes": (
        "desert dune sand sahara camel caravan oasis arid bedouin scorpion mirage nomad pyramid "
        "sphinx pharaoh egypt heat"
    ),
    "terrain/canyon": (
        "canyon mesa gorge badlands mars arizona cowboy western red rock lizard cactus coyote stone "
        "ruin cave sandstone rome ancient column ruined amphitheatre valley"
    ),
    "terrain/hills": (
        "hill meadow steppe moor grass field prairie wheat horse buffalo shepherd sheep rolling "
        "pasture rural kite harvest"
    ),
    "terrain/glacier": (
        "glacier ice iceberg antarctica penguin snow arctic frozen winter tundra polar frost bear seal"
    ),
    "terrain/clouds": (
        "cloud sky flight fly flying airplane plane balloon heaven dream air angel floating weather "
        "bird glider airship kite cumulus sleeping giant"
    ),
    "flock/birds": (
        "bird flock starling murmuration swallow crow raven sparrow bat swarm gull pigeon rooster "
        "wren migration freedom lighthouse harbour coast sailor cliff field village rooftop"
    ),
    "flock/geese": ("goose geese crane stork heron duck swan pelican migration cormorant flight autumn"),
    "flock/butterflies": (
        "butterfly butterflies moth dragonfly bee insect spring meadow garden bumblebee ladybird "
        "mayfly paper origami"
    ),
    "particles/embers": (
        "ember spark campfire forge bonfire blacksmith ash phoenix lantern torch torchlit welding "
        "dragon coal oven bakery baker kitchen"
    ),
    "particles/snow": (
        "snow snowflake snowfall winter blizzard ice christmas frost cold skater flurry snowman "
        "december flour"
    ),
    "particles/fireflies": (
        "firefly fireflies fairy magic magical glow enchanted wizard spirit elf wonder unicorn night "
        "insect swarm"
    ),
    "particles/bokeh": (
        "bokeh lights party lamp bulb festival christmas audience celebration memory concert stage "
        "carnival sparkle candle chandelier night jazz bar lantern footlights restaurant wine crowd "
        "dancer"
    ),
    "particles/dust": (
        "dust attic library museum archive sunbeam book old manuscript pollen memory antique piano "
        "rehearsal quiet kitchen statue workshop paper scroll studio bread cello violin "
        "temple mosaic mask desert caravan ruin tomb samurai column"
    ),
    "particles/petals": (
        "petal blossom sakura cherry confetti spring leaf parade wedding festival carnival acrobat "
        "circus dandelion"
    ),
    "particles/bubbles": (
        "bubble champagne soda drink boiling soap foam espresso tea coffee soup fizz laboratory potion ramen"
    ),
    "rain/window": (
        "rain window rainy drizzle glass wet cafe coffee melancholy lofi raindrop tea umbrella blues "
        "kitchen steamed fogged noodle vendor lighthouse bakery"
    ),
    "rain/street": (
        "rain street downpour umbrella puddle monsoon taxi alley crossing storm thunder neon wet "
        "courier noir detective"
    ),
    "fire/flames": (
        "fire flame inferno wildfire burning blaze lava volcano dragon hell phoenix magma furnace "
        "hearth oven torch torchlit smoke sword war"
    ),
    "fire/campfire": ("campfire candle bonfire hearth torch fireplace torchlit oven camp flame stove"),
    "fire/plasma": ("plasma sun solar lava energy lightning electric magma core fusion star"),
    "clockwork/watch": (
        "clock watch clockwork gear time mechanism steampunk clockmaker orrery automaton brass dial "
        "cog invention mechanical antique century history spring"
    ),
    "clockwork/engine": (
        "engine machine factory industrial robot android steam train locomotive flywheel piston mill "
        "crane assembly steel welding mechanic turbine press piping"
    ),
    "tunnel/round": (
        "tunnel pipe subway wormhole cyborg data digital hyperspace train reactor circuit portal "
        "speed future computer technology rocket elevator techno"
    ),
    "tunnel/square": (
        "corridor hall hallway maze vault spaceship station data server digital cyberpunk robot "
        "elevator laboratory computer ai labyrinth circuit temple tomb door staircase"
    ),
    "tunnel/organic": (
        "cave cavern vein heart blood organism cell dream throat hive root underground mine biology "
        "brain neuron"
    ),
    "bloom/dahlia": (
        "flower dahlia sunflower daisy bloom blossom garden bee poppy plant botanical spring aster "
        "mandala orchard fruit"
    ),
    "bloom/rose": (
        "rose flower lotus peony camellia petal love romance garden lily greenhouse tulip valentine "
        "iris wedding cake dessert"
    ),
    "bloom/spiral": (
        "spiral seed sunflower shell fractal phyllotaxis snail fibonacci geometry pomegranate "
        "pinecone growth fruit spice pastry cookie bread cactus ornament"
    ),
    "ink/paper": (
        "ink watercolour watercolor calligraphy brush paint painting haiku paper tea poem writing "
        "milk smoke origami crane"
    ),
    "ink/dark": (
        "ink smoke dye spirit ghost dream perfume incense nightmare octopus steam swirl potion vapour "
        "vapor mystery liquid dancer saxophonist jazz"
    ),
    "silk/ribbon": (
        "silk ribbon cloth fabric dress curtain dance dancer ballet ballerina waltz tango flag banner "
        "velvet skirt flowing flamenco chocolate cream honey caramel couple scarf fashion dune sand "
        "toga dragon"
    ),
    "silk/thread": (
        "thread weave loom vinyl record string harp guitar violin cello sound music wave synth "
        "texture wool metal techno chrome strings bass"
    ),
    "silk/smoke": (
        "smoke aurora breath sleep lullaby meditation calm veil soft ambient steam perfume gradient "
        "fog cloud cone"
    ),
    "flow/stream": (
        "wind current flow stream hair grass river music melody symphony orchestra jazz wave energy "
        "abstract song breeze piano singer choir crowd field line magnetic shape dune circle square "
        "triangle cube sport runner race game football surfer athlete skateboarder sprinter"
    ),
    "flow/vortex": (
        "vortex whirlpool tornado spiral cyclone whirl galaxy spin storm dervish abstract dj drum "
        "rhythm dream hypnotic moon sleep van sphere circle sport spinning"
    ),
    "kaleidoscope/star": (
        "kaleidoscope mandala symmetry psychedelic pattern abstract crystal jewel mosaic geometric "
        "fractal techno disco dj rave drum snowflake"
    ),
    "kaleidoscope/rose": (
        "kaleidoscope mandala stained window cathedral rosette carnival circus ornament ritual temple "
        "psychedelic church baroque mask carousel trumpet mosaic emperor rome palace"
    ),
    "kaleidoscope/lattice": (
        "kaleidoscope tile mosaic pattern lattice geometric carpet persian moorish quilt abstract "
        "crystal cube puzzle triangle prism hallucination"
    ),
}
"""``family/variant`` and the words (singular) that ask for it."""

CALM = frozenset(
    [
        "breathe",
        "breathing",
        "calm",
        "drift",
        "drifting",
        "float",
        "floating",
        "gentle",
        "gently",
        "glide",
        "gliding",
        "hover",
        "hovering",
        "linger",
        "lingering",
        "quiet",
        "rest",
        "resting",
        "settle",
        "settling",
        "sleep",
        "sleeping",
        "slow",
        "slowly",
        "soft",
        "softly",
        "still",
        "wait",
        "waiting",
    ]
)
WILD = frozenset(
    [
        "burst",
        "bursting",
        "chase",
        "chasing",
        "crash",
        "crashing",
        "dance",
        "dancing",
        "explode",
        "exploding",
        "fast",
        "fierce",
        "furious",
        "gallop",
        "galloping",
        "leap",
        "leaping",
        "race",
        "racing",
        "roar",
        "roaring",
        "rush",
        "rushing",
        "spin",
        "spinning",
        "storm",
        "surge",
        "surging",
        "whirl",
        "whirling",
        "wild",
    ]
)

NEAR: dict[str, float] = {
    "macro": 1.7, "extreme": 1.0, "close": 1.45, "closeup": 1.45, "detail": 1.5, "tight": 1.15,
    "medium": 1.0, "portrait": 1.15, "wide": 0.8, "aerial": 0.66, "panoramic": 0.7, "establishing": 0.72,
    "distant": 0.7, "long": 0.78, "bird": 0.66, "full": 0.9, "drone": 0.66,
}  # fmt: skip
"""How near a word of the framing brings the picture; 1 is a medium shot."""
