"""Sorts of subjects and what each can truly do: fish drift, towers do not walk.

Actions are participles without pronouns, so that they agree with one subject and with many (those that only
many can do begin with ``+``), and they name no place, so that they fit any.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from webtv.generator.writer.lexicon import lexicon, phrases

Scale = Literal["vast", "large", "middle", "small"]


@dataclass(frozen=True)
class Sort:
    """``nouns`` are the English nouns (singular) that belong to it; ``together`` is what only many can do.

    ``above`` replaces the preposition of a place for what does not stand in it: birds are *above* an alley,
    mountains *beyond* it.
    """

    name: str
    scale: Scale
    nouns: frozenset[str]
    actions: tuple[str, ...]
    together: tuple[str, ...]
    above: str = ""

    def can(self, many: bool) -> tuple[str, ...]:
        return self.actions + self.together if many else self.actions


def _sort(name: str, scale: Scale, nouns: str, actions: str, above: str = "") -> Sort:
    does = phrases(actions)
    alone = tuple(action for action in does if not action.startswith("+"))
    together = tuple(action[1:] for action in does if action.startswith("+"))
    return Sort(name, scale, lexicon(nouns), alone, together, above)


_ALL = (
    _sort(
        "fish",
        "middle",
        "fish shark ray eel seahorse turtle octopus squid seal otter dolphin diver mermaid salmon koi carp",
        """drifting with a slow current / gliding out of the dark / turning in a silver arc / circling
        without hurry / slipping between shadows / hanging almost motionless / rising in a lazy spiral
        / swimming past at arm's length / +scattering and gathering again / vanishing into a haze of
        bubbles""",
    ),
    _sort(
        "whale",
        "large",
        "whale orca leviathan manta",
        """rising out of the deep / rolling over with great patience / passing overhead like a slow
        cloud / diving with a long sweep of the tail / drifting asleep upright / gliding by in silence
        / turning toward a distant call / breathing out a plume of silver bubbles""",
    ),
    _sort(
        "drifter",
        "middle",
        "jellyfish plankton anemone siphonophore medusa",
        """pulsing with a soft inner glow / trailing long threads of light / opening and closing like
        a breath / drifting upward in a slow column / tumbling gently end over end / blinking in slow
        waves of colour / unfolding like wet silk / +floating past in a loose procession""",
    ),
    _sort(
        "bird",
        "middle",
        "bird gull heron owl crow raven swallow crane eagle hawk pigeon swan sparrow starling parrot "
        "hummingbird flamingo geese goose duck kingfisher stork albatross bat dove",
        """wheeling on a warm updraft / beating slowly into the wind / crossing low and silent /
        +scattering at once / banking hard into a turn / hanging on the wind / folding both wings and
        dropping / +gliding home in a long line / calling and turning back / climbing until almost out
        of sight""",
        "above",
    ),
    _sort(
        "insect",
        "small",
        "insect bee butterfly moth ant beetle firefly dragonfly cicada cricket spider snail ladybird "
        "caterpillar wasp grasshopper bug mantis worm",
        """creeping along a thin edge / unfolding damp wings / resting in a patch of warmth / climbing a
        swaying stem / glinting like a drop of metal / turning in a tight circle / cleaning two fine
        antennae / pausing on a bead of water / carrying a crumb of gold""",
    ),
    _sort(
        "beast",
        "middle",
        "animal creature beast deer fox wolf wolves bear lion tiger elephant horse cow goat sheep "
        "rabbit hare camel monkey zebra giraffe stag hedgehog squirrel mouse mice boar lynx "
        "leopard panther donkey pony bison buffalo dinosaur rhino hippo panda koala gorilla "
        "penguin lizard frog snake crocodile chameleon",
        """standing very still / stepping out of the shadows / lifting a wary head / wandering past
        without a sound / shaking off the damp / settling down to rest / breaking into a run /
        watching from a distance / drinking in small sips / following a scent close to the ground /
        +walking in single file""",
    ),
    _sort(
        "pet",
        "middle",
        "cat dog kitten puppy kittens puppies hound hamster pup",
        """batting at a falling leaf / slipping through a narrow gap / rolling over to be
        scratched / yawning with every tooth /
        dozing in a patch of warmth / stretching from nose to tail / padding past on quiet feet /
        tilting a curious head / chasing a scrap of paper / waking up slowly / keeping watch / leaping
        after a speck of dust / curling up into a ball / trotting along as if late""",
    ),
    _sort(
        "person",
        "middle",
        "person man woman child boy girl keeper fisherman sailor traveller traveler astronaut "
        "monk nun farmer baker cook chef painter artist poet writer scientist student teacher "
        "worker king queen knight samurai soldier figure wanderer stranger grandmother "
        "grandfather mother father lover gardener shepherd hero witch wizard detective clerk "
        "accountant nurse doctor cowboy pirate viking monarch geisha athlete surfer skater runner "
        "swimmer climber cyclist skier boxer friend villager tourist hiker explorer mechanic "
        "tailor angel someone",
        """walking slowly into the light / pausing to look up / waiting without moving / turning
        around as if called / carrying a small lantern / kneeling to look closer / laughing at
        something unseen / sitting deep in thought / brushing dust from both hands / running the last
        few steps / reaching out into the air / humming an old song""",
    ),
    _sort(
        "crowd",
        "large",
        "people crowd children men women audience crew team family families parade procession commuter "
        "passenger pedestrian fan guest villagers",
        """flowing past in a slow river / +gathering in small groups / streaming home under umbrellas
        / standing shoulder to shoulder / moving in slow motion / turning all together / blurring into
        long streaks / cheering with raised arms / +drifting apart one by one / waiting in a long
        line""",
    ),
    _sort(
        "dancer",
        "middle",
        "dancer ballerina acrobat couple breakdancer",
        """spinning with open arms / leaping and hanging in the air / swaying to a slow beat /
        sweeping low across the floor / +turning hand in hand / freezing in mid gesture / unwinding a
        long ribbon / stepping in perfect time / folding to the ground like a fan / whirling faster
        and faster""",
    ),
    _sort(
        "player",
        "middle",
        "musician drummer pianist singer violinist guitarist cellist saxophonist band orchestra "
        "choir dj trio quartet trumpeter conductor bassist busker",
        """playing with closed eyes / swaying to the rhythm / leaning into a long note / counting in
        the beat / tuning up in the half dark / laughing between two songs / playing softly for nobody
        / holding the last chord / tapping one foot / building to a crescendo""",
    ),
    _sort(
        "robot",
        "middle",
        "robot android automaton cyborg drone droid mech golem",
        """waking with a flicker of light / tilting a polished head / reaching out with careful
        fingers / walking with measured steps / sorting small bright screws / standing guard in
        silence / turning at the waist / learning to wave / holding a single flower / powering down
        one lamp at a time""",
    ),
    _sort(
        "car",
        "middle",
        "car taxi bus truck motorcycle bicycle bike scooter tram van lorry convertible tractor rover "
        "carriage wagon",
        """rolling past with lit headlamps / waiting with the engine running / rounding a slow bend /
        vanishing into the distance / pulling up without a sound / throwing up a fan of spray /
        coasting downhill / gleaming after the rain / disappearing into traffic""",
    ),
    _sort(
        "train",
        "large",
        "train locomotive metro subway railway monorail streetcar caravan convoy",
        """pulling in with a long sigh / sliding past in a ribbon of lit windows / curving out of
        sight / crossing a high bridge / waiting with open doors / gathering speed / trailing a plume
        of white steam / slowing for a lonely halt / racing its own reflection""",
    ),
    _sort(
        "boat",
        "large",
        "boat ship sailboat ferry canoe gondola raft submarine trawler barge yacht kayak galleon "
        "schooner tanker",
        """rocking at anchor / cutting a long clean wake / drifting with lowered sails / coming home
        low in the water / rising on a heavy swell / sliding out of the fog / passing without a sound
        / turning slowly into the wind / burning a single red lamp""",
    ),
    _sort(
        "craft",
        "large",
        "spaceship spacecraft rocket satellite airship balloon plane airplane aircraft helicopter kite "
        "glider ufo zeppelin starship probe shuttle jet",
        """drifting in silence / turning to catch the light / climbing on a thin bright trail /
        gliding in for a landing / hanging weightless / crossing from edge to edge / blinking one red
        lamp / unfolding two silver panels / shrinking to a point of light""",
        "above",
    ),
    _sort(
        "building",
        "large",
        "building tower house castle temple church cathedral lighthouse skyscraper bridge "
        "windmill pagoda palace skyline cottage barn pyramid factory cabin hut shrine mosque "
        "monastery fortress mansion pavilion arch aqueduct dome greenhouse observatory ruin "
        "rooftop",
        """standing dark against the sky / catching the last light / half hidden by drifting mist /
        glowing from within / mirrored in still water / dripping after rain / throwing a long shadow /
        lit window by window / waiting behind closed shutters / weathered by a hundred winters""",
        "beyond",
    ),
    _sort(
        "landform",
        "vast",
        "mountain hill island glacier volcano cliff canyon valley dune peak ridge iceberg crater rock "
        "boulder terrace plateau fjord range",
        """emerging from a sea of mist / darkening under passing clouds / catching fire at the summit /
        fading into blue layers / shedding a thin veil of dust / folding into soft shadow /
        rising sheer and silent / shimmering in the distance / crossed by slow cloud shadows""",
        "beyond",
    ),
    _sort(
        "tree",
        "large",
        "tree oak birch willow pine bamboo cypress baobab palm cedar fern bush vine sequoia maple "
        "orchard bonsai cactus cacti mangrove kelp",
        """swaying in a slow wind / dripping with dew / shedding leaves one at a time / bending over
        without breaking / creaking in the cold / stirring with hidden birds / reaching up into the
        light / wrapped in silver lichen / trembling all at once""",
        "beyond",
    ),
    _sort(
        "flower",
        "small",
        "flower rose tulip lotus poppy poppies blossom petal orchid sunflower lily lilies "
        "dandelion leaf leaves seed mushroom moss grass clover daisy daisies lavender herb wheat "
        "mushrooms fungus fungi bud iris peony",
        """opening in slow motion / nodding under a drop of dew / turning toward the light / trembling
        in a faint breeze / scattering pale dust / closing for the night / pushing up through dark
        soil / glowing against the light / dusted with pollen / losing one last petal""",
    ),
    _sort(
        "water",
        "large",
        "water river wave waterfall stream ocean sea lake tide fountain surf rapids puddle geyser "
        "brook creek pond lagoon whirlpool",
        """breaking into white lace / sliding over smooth stones / rippling outward in rings /
        catching a thousand sparks / curling over in slow motion / carrying fallen leaves / falling in
        long silver threads / lying perfectly still / swelling and sinking like a breath""",
    ),
    _sort(
        "cloud",
        "vast",
        "cloud fog mist smoke storm thunderstorm thunderhead tornado hurricane lightning rainbow "
        "aurora sky wind sunset sunrise haze monsoon cyclone weather",
        """rolling in from the horizon / tearing open to a seam of light / building into tall towers /
        spreading in slow folds / flickering from within / drifting apart in ribbons / swallowing the
        far shore / turning from grey to gold / sinking into the low ground""",
        "above",
    ),
    _sort(
        "fall",
        "middle",
        "rain snow snowflake ash dust confetti pollen spark raindrop hail snowfall ember sand petals "
        "feather glitter",
        """falling thick and silent / whirling in a sudden gust / drifting down through a beam of
        light / settling on every surface / streaming past in fine lines / hanging in the air /
        dancing up on warm air / gathering in the corners""",
    ),
    _sort(
        "fire",
        "middle",
        "fire flame candle bonfire torch lava campfire firework furnace forge hearth fireworks magma",
        """flickering in a draught / throwing up a spray of sparks / licking slowly upward / burning
        low and blue / flaring and sinking back / painting the dark with gold / spitting bright embers
        / dancing in slow motion / glowing at the core""",
    ),
    _sort(
        "star",
        "vast",
        "star planet moon sun galaxy galaxies nebula comet asteroid constellation meteor eclipse "
        "universe cosmos orbit saturn mars jupiter earth supernova",
        """turning with immense slowness / rising over a dark edge / burning through a veil of dust /
        trailing pale fire / hanging huge and silent / slipping into eclipse / glittering in deep
        black / wheeling around an unseen centre / casting a long cold glow""",
        "beyond",
    ),
    _sort(
        "lamp",
        "small",
        "lantern lamp light neon sign bulb window streetlight screen headlight beacon chandelier "
        "lights television monitor hologram laser",
        """flickering to life / swaying in a light wind / humming with warm colour / mirrored in wet
        ground / blinking in no hurry / glowing through thin paper / +going out one by one / casting
        slow moving shadows / burning on long after midnight""",
    ),
    _sort(
        "dish",
        "small",
        "food bread cake soup noodle ramen dumpling pizza fruit apple berry berries cheese sushi "
        "pancake egg tomato lemon chocolate honey rice pasta pie cookie dough vegetable "
        "strawberry croissant curry burger spice dessert icecream orange peach cherry cherries "
        "onion garlic pumpkin taco pastry pastries sandwich candy sweet",
        """steaming on a wooden board / glistening under fresh glaze / turning slowly in soft light /
        dusted with fine sugar / giving off a curl of steam / resting under a veil of flour /
        arranged in a perfect ring / crackling at the edges / drizzled with amber syrup""",
    ),
    _sort(
        "drink",
        "small",
        "coffee tea wine milk espresso cocktail juice beer sake whisky cup glass teapot kettle cocoa mug",
        """poured in a thin bright stream / swirling with slow clouds of cream / steaming beside a
        fogged window / trembling at each footstep / catching a point of light / filling up drop by
        drop / cooling untouched / rippling in tiny rings""",
    ),
    _sort(
        "cloth",
        "middle",
        "flag silk kimono curtain sail dress ribbon carpet quilt scarf veil fabric thread loom coat "
        "umbrella fashion textile wool yarn tapestry lace laundry",
        """billowing in slow motion / unrolling in one long wave / fluttering on a line / folding over
        itself like water / catching the wind / trailing along the ground / settling without a sound /
        glowing with light behind it / rippling thread by thread""",
    ),
    _sort(
        "paper",
        "small",
        "paper book letter form map page newspaper document receipt ticket postcard photograph "
        "envelope invoice manuscript scroll diary diaries file ledger card stamp contract "
        "calendar spreadsheet poem story stories word typography",
        """+fluttering down one after another / +stacked into leaning towers / turning over in a
        draught / folding into a bird / +spread out in careful rows / yellowed at the edges / sliding
        slowly off a desk / stamped in red ink / opening as if by a breath / curling at the corners""",
    ),
    _sort(
        "instrument",
        "middle",
        "piano violin guitar drum cello trumpet saxophone accordion harp organ synthesizer turntable "
        "record bell flute gramophone microphone bass gong speaker keyboard jukebox cassette",
        """gleaming under one warm lamp / resting before the next song / trembling with a low note /
        ringing into the silence / waiting on an empty stage / humming by itself / spinning out a slow
        melody / vibrating with fine dust / catching the light along one curve""",
    ),
    _sort(
        "machine",
        "middle",
        "machine gear engine clock clockwork turbine piston computer server telescope wheel "
        "pendulum crane conveyor motor typewriter printer projector watch reactor generator "
        "carousel radio camera circuit chip pump mechanism device excavator calculator pipe "
        "antenna technology",
        """ticking in perfect rhythm / turning with oiled precision / starting up with a shudder /
        gleaming with brass and glass / humming just above silence / spinning down to a stop /
        clicking through endless numbers / breathing out thin steam / blinking row upon row of
        lamps""",
    ),
    _sort(
        "shape",
        "middle",
        "sphere cube crystal mirror prism spiral circle triangle line shape pattern geometry "
        "bubble pearl marble glass fractal kaleidoscope ink paint colour color polygon hexagon "
        "waveform particle",
        """dividing into smaller copies / folding inside out / bending the light into bands / +melting
        into each other / turning on a slow axis / spreading like ink in water / pulsing to a hidden
        beat / shattering in slow motion / +stacking into impossible stairs / +weaving in and out of
        phase""",
    ),
    _sort(
        "statue",
        "middle",
        "statue mask relic column skeleton fossil sculpture bust urn gargoyle sphinx obelisk "
        "crown sword amulet mosaic fresco idol totem armour armor throne coin treasure mummy "
        "mummies bone skull tomb",
        """half buried in dust / watching with hollow eyes / emerging from the dark / cracked by thin
        bright lines / wreathed in ivy / lit by a passing torch / crumbling grain by grain / glinting
        with old gold / standing guard over nothing""",
    ),
    _sort(
        "spirit",
        "middle",
        "ghost spirit phantom fairy fairies shadow demon vampire zombie monster alien soul wraith elf "
        "elves goblin mummer",
        """drifting through a closed door / fading at the edges / beckoning with one pale hand /
        gathering out of the mist / whispering and turning away / glowing faintly / passing without a
        footstep / lingering at the edge of sight / dissolving into fine dust""",
    ),
    _sort(
        "myth",
        "large",
        "dragon unicorn phoenix giant griffin hydra god goddess titan troll kraken centaur pegasus "
        "serpent kaiju",
        """raising a slow and heavy head / breathing out a curl of mist / unfolding like a great sail
        / waking after a thousand years / shaking off old moss / moving like weather / leaning into
        a pillar of light / gazing down without anger / passing like the shadow of a cloud""",
    ),
    _sort(
        "toy",
        "small",
        "toy doll puppet marionette teddy top blocks game chess yo-yo swing",
        """+marching in a crooked line / toppling in slow motion / spinning on the spot / dancing on
        thin strings / waiting to be wound up / winking with a button eye / rolling across the
        floorboards / bowing to an empty room / bouncing once and stopping""",
    ),
    _sort(
        "thing",
        "middle",
        "",
        """turning slowly in the light / +multiplying into endless rows / assembled piece by piece /
        dissolving into fine dust / glowing faintly from within / floating free of gravity / reflected
        in still water / emerging from pale mist / casting long shadows / swept up in a sudden wind /
        arranged like an altar / half lost in the dark""",
    ),
)

SORTS: dict[str, Sort] = {sort.name: sort for sort in _ALL}
SORT_OF: dict[str, Sort] = {noun: sort for sort in reversed(_ALL) for noun in sort.nouns}
"""The sort of an English noun; where two claim it, the one written first."""
