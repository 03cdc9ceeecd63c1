"""Fields of the living and the elemental world."""

from webtv.generator.writer.fields import field

NATURE = (
    field(
        "sea",
        words="sea ocean reef coral underwater tide wave deep fish whale shark jellyfish octopus "
        "submarine diver aquatic marine mermaid kelp abyss",
        stems="meer ozean korall tiefsee unterwasser küste océan récif mare océano oceano морe море "  # noqa: RUF001
        "海 珊瑚 鯨 魚 바다",
        cast={
            "fish": "a school of silver fish / a lanternfish / a manta ray / a green sea turtle / a "
            "lone seahorse / a pale octopus / a moray eel",
            "whale": "a humpback whale / two blue whales",
            "drifter": "a bloom of moon jellyfish / a glass-clear jellyfish / a ribbon of plankton",
            "person": "a helmet diver",
            "tree": "a forest of kelp",
        },
        spots="over a bed of anemones / beside a sunken archway / along a sheer trench wall / under "
        "a dome of pale coral / inside a drowned cathedral / among tall sea fans / over a "
        "field of white sand / between two broken columns / beside a rusted anchor / in a "
        "slow blue current / under a bright rippling surface / around a forgotten wreck",
        times="deep deep deep shallows",
        palettes="teal and coral / ink blue and turquoise / violet and cyan / emerald and black / "
        "cobalt and gold",
        titles="What the Tide Keeps / Slow Water / Below the Last Light / A Thousand Fathoms / Salt "
        "and Silence / The Drowned Garden / Pressure",
        moods="weightless and glowing / deep and slow / wide-eyed and liquid",
        energy=0.3,
        bright=-0.1,
        creature="fish",
    ),
    field(
        "coast",
        words="sea ocean coast shore beach island harbor harbour lighthouse sailor boat ship "
        "fisherman gull wave tide surf port pier bay sail ferry cliff keeper storm pirate "
        "crab sand",
        stems="küste hafen leuchtturm insel côte plage phare costa playa faro 海岸 港 灯台 島",
        cast={
            "bird": "a wheeling gull / a line of pelicans / a cormorant",
            "boat": "a fishing boat / a rusty trawler / a white sailboat",
            "water": "a long green wave / a burst of sea spray",
            "person": "an old fisherman / a barefoot beachcomber / a boy with a kite",
            "building": "a striped lighthouse / a beach hut",
            "insect": "a hermit crab",
            "cloth": "a string of signal flags",
        },
        spots="on a wet stone pier / beside a stack of lobster pots / along a line of foam / among "
        "black tide pools / at the foot of a chalk cliff / on a shingle beach / beside an "
        "upturned boat / under a wooden jetty / around a rocky headland / behind a low "
        "harbour wall",
        times="dawn day golden dusk storm",
        palettes="grey blue and white / teal and sand / navy and rust / turquoise and cream / slate "
        "and amber",
        titles="Harbour Light / Salt Wind / The Keeper's Hour / Between Two Tides / All Boats Home / "
        "Driftwood",
        moods="salt-washed and wide / wistful and windblown",
        energy=0.4,
        bright=0.1,
        creature="bird",
    ),
    field(
        "river",
        words="river lake pond waterfall stream water creek delta swamp marsh wetland canal fountain canoe",
        stems="fluss wasserfall rivière lac fleuve río lago cascada fiume река 川 湖 滝 河 강",
        cast={
            "bird": "a grey heron / a kingfisher / a pair of swans",
            "water": "a ribbon of clear water / a small waterfall",
            "boat": "a wooden rowing boat / a paper boat",
            "insect": "a blue dragonfly / a whirl of mayflies",
            "fish": "a spotted trout / a river otter",
            "tree": "an old willow",
        },
        spots="beside a mossy weir / among tall green reeds / under a low stone bridge / over "
        "smooth round pebbles / along a quiet towpath / beneath a hanging willow / beside a "
        "leaning jetty / in a ring of water lilies / between two steep banks",
        times="dawn day golden dusk",
        palettes="moss green and silver / jade and amber / slate blue and white / olive and gold",
        titles="Downstream / The Patient River / Where the Heron Stands / Still Water / All the Way "
        "to the Sea",
        moods="calm and flowing / clear and unhurried",
        energy=0.3,
        bright=0.3,
    ),
    field(
        "space",
        words="space planet star galaxy cosmos cosmic astronaut rocket moon mars orbit nebula universe "
        "spaceship alien satellite comet interstellar galactic solar sun celestial starship asteroid "
        "saturn zodiac astronomy",
        stems="weltraum weltall stern mond planet espace étoile espacio estrella luna spazio космос "
        "宇宙 星 月 우주",
        cast={
            "star": "a ringed planet / a blue giant star / two small moons / a swarm of comets / a "
            "spiral galaxy / a violet nebula",
            "craft": "a lone starship / a silver satellite / an old freight rocket / a slow probe",
            "person": "an astronaut / a space gardener",
            "robot": "a small repair robot",
            "thing": "a field of asteroids",
        },
        spots="above a frozen moon / beyond a ring of ice / inside a silent station / beside a cracked "
        "solar sail / over a sea of craters / near a dying sun / within a glowing dust cloud / "
        "beneath a vast glass dome / along a rust red canyon / past a wheel of broken hulls",
        times="void void void space_day",
        palettes="indigo and gold / black and electric blue / violet and rose / silver and deep red / "
        "teal and white",
        titles="Far Side / The Long Orbit / Nobody Calls at This Hour / Light from Somewhere Else / "
        "Zero Gravity / Small Blue Dot",
        moods="vast and lonely / awestruck and shimmering / slow and orbital",
        energy=0.35,
        bright=-0.1,
        creature="spirit",
    ),
    field(
        "forest",
        words="forest wood woods woodland tree jungle rainforest fern moss fox deer owl mushroom "
        "grove pine oak bear wolf fairytale leaf autumn squirrel",
        stems="wald bäum dschungel forêt bosque selva foresta лес 森 林 木 숲",
        cast={
            "beast": "a red fox / a young deer / a black bear / a badger / a lynx",
            "bird": "a barn owl / a woodpecker",
            "insect": "a cloud of fireflies / a stag beetle / a line of leaf-cutter ants",
            "tree": "a giant cedar / a silver birch / an ancient oak",
            "flower": "a ring of red mushrooms / a carpet of moss / a curled fern",
            "person": "a child in a yellow raincoat",
        },
        spots="in a mossy clearing / under a leaning trunk / beside a hidden spring / between wet "
        "black roots / along a narrow deer path / among waist-high ferns / over a fallen log "
        "/ beneath a tall green canopy / beside a hollow stump / in a cathedral of trunks",
        times="dawn day golden dusk night",
        palettes="emerald and gold / moss green and rust / deep green and mist white / amber and brown "
        "/ jade and violet",
        titles="The Listening Trees / Understory / What the Owl Saw / Green Hours / A Path with No Map",
        moods="hushed and green / mossy and mysterious",
        energy=0.3,
        bright=0.1,
    ),
    field(
        "garden",
        words="garden flower bloom rose tulip meadow bee butterfly botanical spring greenhouse plant "
        "orchard field petal park lotus lavender sakura blossom summer picnic farm farmer wheat "
        "harvest vineyard",
        stems="garten blume blüte frühling jardin fleur jardín primavera giardino fiore сад цвет 庭 "
        "花 桜 春 꽃",
        cast={
            "flower": "a scarlet poppy / a white lotus / a row of sunflowers / a climbing rose / a "
            "dandelion clock / a bed of blue irises",
            "insect": "a bumblebee / a swallowtail butterfly / a ladybird / a garden snail",
            "bird": "a wren",
            "person": "an old gardener / a child with a watering can",
            "fall": "a drift of pink petals",
        },
        spots="beside a sundial / under a blossoming arch / along a gravel path / in a walled "
        "orchard / against a warm brick wall / behind fogged greenhouse glass / around a "
        "stone birdbath / among swaying tall grass / beneath a pear tree / over a lily pond",
        times="dawn day golden",
        palettes="rose and leaf green / lavender and cream / yellow and sky blue / coral and mint / "
        "crimson and emerald",
        titles="Small Green Thoughts / The Bee's Errand / In Praise of Weeds / Everything Opens / Late "
        "Blossom",
        moods="tender and sunlit / light and blooming",
        energy=0.35,
        bright=0.7,
        creature="insect",
    ),
    field(
        "desert",
        words="desert dune sand camel oasis cactus canyon mesa nomad sahara caravan mirage western cowboy",
        stems="wüste désert desierto deserto пустын 砂漠 沙漠 사막",
        cast={
            "landform": "a crescent dune / a red mesa / a wind-carved arch",
            "beast": "a caravan of camels / a sand fox / a horned lizard",
            "person": "a veiled nomad / a lone rider",
            "tree": "a giant cactus / a crooked thorn tree",
            "bird": "a circling hawk",
            "cloth": "a striped tent",
            "car": "a dusty pickup truck",
        },
        spots="on a rippled slope of sand / beside a dry well / under a leaning rock / along an "
        "endless straight road / over cracked white salt / near a hidden oasis / between two "
        "sandstone walls / beside a half-buried gate / at the foot of a dune",
        times="dawn harsh golden dusk night",
        palettes="ochre and deep blue / sand and crimson / copper and turquoise / gold and violet",
        titles="The Long Shadow / No Water for Miles / Where the Road Gives Up / Sand Remembers / Mirage",
        moods="dry and hypnotic / wide and sun-struck",
        energy=0.35,
        bright=0.0,
    ),
    field(
        "mountain",
        words="mountain alpine peak summit valley glacier hill cliff hiker climber alp himalaya goat "
        "shepherd monastery trail",
        stems="berg gebirge alpen gipfel montagne montaña montagna гор 山 산",  # noqa: RUF001
        cast={
            "landform": "a snow-capped ridge / a blue glacier / a granite wall",
            "cloud": "a river of low cloud",
            "bird": "a golden eagle / a flock of choughs",
            "beast": "a mountain goat / a herd of shaggy cattle",
            "person": "a shepherd / a solitary hiker / an old monk",
            "building": "a timber hut / a cliffside monastery",
            "water": "a thin white waterfall",
        },
        spots="above a valley of cloud / along a narrow stone path / beside a cairn / under a high "
        "pass / near a turquoise tarn / on a steep green pasture / across a swaying rope "
        "bridge / below a hanging glacier / beside a weathered fence / among scattered pines",
        times="dawn day golden dusk night",
        palettes="slate blue and rose / white and indigo / pine green and gold / grey and amber",
        titles="Thin Air / The High Pasture / Above It All / An Hour from the Top / Bells in the Valley",
        moods="lofty and clear / solemn and spacious",
        energy=0.3,
        bright=0.3,
    ),
    field(
        "storm",
        words="storm rain thunder lightning weather cloud wind fog mist hurricane tornado monsoon "
        "drizzle rainy umbrella sky thunderstorm",
        stems="sturm regen gewitter nebel wolke tempête pluie orage nuage tormenta lluvia pioggia "
        "дождь 雨 嵐 雲 風 비",
        cast={
            "cloud": "a towering thunderhead / a curtain of mist / a bank of sea fog / a slow anvil cloud",
            "fall": "a sheet of rain / a gust of dead leaves",
            "bird": "a storm petrel / a tangle of crows",
            "person": "a figure under a red umbrella",
            "tree": "a lone windswept tree",
            "cloth": "a torn flag",
            "lamp": "a swinging storm lantern",
        },
        spots="over a flooded field / along an empty promenade / on a slick black road / above a "
        "row of chimneys / beside a rattling gate / behind a streaming window / under a "
        "dripping bridge / across a wide grey plain / over rain-dark rooftops",
        times="storm storm dusk night",
        palettes="slate and silver / bruise violet and yellow / steel blue and white / charcoal and amber",
        titles="Before It Breaks / Low Pressure / The Sky Changes Its Mind / Rain Delay / One Second "
        "After Lightning",
        moods="brooding and electric / restless and grey",
        energy=0.55,
        bright=-0.4,
        creature="bird",
    ),
    field(
        "winter",
        words="winter snow ice frost arctic polar antarctic penguin blizzard frozen snowy icy aurora "
        "christmas tundra iceberg sled ski cold snowman northern",
        stems="schnee eis hiver neige glace invierno nieve inverno neve зима снег 雪 氷 冬 겨울",
        cast={
            "fall": "a swirl of snow / a slow fall of frost",
            "beast": "an arctic fox / a herd of reindeer / a polar bear / a snow hare",
            "landform": "a blue iceberg",
            "cloud": "a green aurora",
            "person": "a skater in a long coat / a child with a sled",
            "building": "a smoke-plumed cabin",
            "tree": "a row of frosted birches",
            "pet": "a sled dog",
        },
        spots="on a frozen lake / beside a half-buried fence / along a ploughed white lane / under "
        "snow-heavy pines / over untouched powder / beside a steaming hot spring / inside a cave of "
        "blue ice / near a lit window / between tall drifts / across an open ice field",
        times="dawn day dusk night",
        palettes="ice blue and white / silver and violet / pale pink and grey / midnight blue and green",
        titles="First Snow / The Quiet Season / Breath on Glass / Twenty Below / Long Night, Small Fire",
        moods="crisp and still / glittering and hushed",
        energy=0.25,
        bright=0.2,
    ),
    field(
        "fire",
        words="fire flame lava volcano ember ash bonfire burn candle magma eruption inferno furnace "
        "campfire torch firework",
        stems="feuer flamme vulkan feu volcan fuego volcán fuoco огонь 火 炎 불",
        cast={
            "fire": "a river of lava / a ring of torches / a single candle / a tall bonfire / a "
            "blacksmith's forge",
            "fall": "a rush of sparks / a slow fall of ash",
            "dancer": "a fire dancer",
            "bird": "a bird with burning wings",
            "landform": "a smoking volcano",
            "person": "a glassblower",
        },
        spots="on a black lava field / inside a brick kiln / beside a cooling crust / on a midnight "
        "beach / around a circle of stones / under a roof of smoke / within a ruined hall / "
        "along a glowing fissure / over a bed of coals",
        times="night night dusk",
        palettes="orange and black / crimson and gold / amber and deep violet / scarlet and charcoal",
        titles="Slow Burn / What the Embers Said / Keep the Fire / Red Hour / Smoke Signals",
        moods="fierce and glowing / primal and warm",
        energy=0.6,
        bright=-0.2,
        creature="myth",
    ),
    field(
        "beasts",
        words="animal wildlife safari creature beast lion elephant tiger zebra giraffe horse zoo "
        "monkey savanna savannah rabbit dinosaur cow sheep pig panda frog life inhabitant "
        "being",
        stems="tiere pferd animaux animales животн 動物",
        cast={
            "beast": "an old elephant / a striped zebra / a sleepy lion / a tall giraffe / a wild "
            "horse / a tree frog / a red panda",
            "bird": "a parade of flamingos",
            "insect": "a jewelled beetle",
        },
        spots="beside a muddy waterhole / in tall golden grass / under a lone acacia / "
        "along a dusty track / among warm round stones / beneath a low red sun / near a wooden gate / "
        "behind a screen of leaves",
        times="dawn day golden dusk",
        palettes="ochre and olive / gold and brown / orange and teal / cream and charcoal",
        titles="The Waterhole / Four-Legged Thoughts / Fur and Feather / Everyone Is Watching / Nap Time",
        moods="warm and curious / playful and earthy",
        energy=0.4,
        bright=0.4,
    ),
    field(
        "pets",
        words="cat dog kitten puppy pet hamster pup hound",
        stems="katze hund chat chats chien gato perro gatto кошк собак 猫 犬 고양이",
        cast={
            "pet": "a ginger cat / a black kitten / a shaggy dog / a tabby with white paws / a sleepy "
            "spaniel / a grey cat with one torn ear / two spotted puppies",
            "bird": "a nosy sparrow",
            "toy": "a ball of red wool / a tin mouse",
            "person": "an old woman with a fish basket",
            "insect": "a cabbage butterfly",
        },
        spots="on a sunlit windowsill / beside a warm stove / on a garden wall / under a parked "
        "bicycle / along a tiled roof / on a worn velvet armchair / among flower pots / at "
        "the foot of the stairs / beside a bowl of milk / inside a cardboard box / in a quiet "
        "back alley / on a pile of clean laundry",
        times="kitchen dawn golden dusk night",
        palettes="ginger and cream / charcoal and honey / moss green and white / warm brown and sky "
        "blue / rose and grey",
        titles="Nine Lives / Nap Time / The Windowsill / Paws / Nobody Called / A Saucer of Milk / "
        "Rooftop Business",
        moods="playful and soft / curious and warm",
        energy=0.4,
        bright=0.5,
        creature="pet",
    ),
    field(
        "birds",
        words="bird feather wing flight flock nest crow raven swan eagle hummingbird parrot migration "
        "songbird fly flying",
        stems="vogel vögel oiseau pájaro uccell птиц 鳥 새",
        cast={
            "bird": "a murmuration of starlings / a white egret / a snowy owl / two red-crowned "
            "cranes / a jade hummingbird / a flock of geese / a raven / a peregrine falcon",
            "fall": "a single white feather",
            "tree": "a tree full of swallows",
        },
        spots="over a reed bed / above a sleeping town / along a chalk cliff / beside a woven nest / "
        "across a pale wide sky / among bare branches / over a silver estuary / around a church spire",
        times="dawn day golden dusk",
        palettes="sky blue and white / grey and rose / turquoise and yellow / black and pale gold",
        titles="Going South / Ten Thousand Wings / The Weight of a Feather / Dawn Chorus / Wind Readers",
        moods="airy and free / soaring and bright",
        energy=0.45,
        bright=0.5,
        creature="bird",
    ),
    field(
        "insects",
        words="insect bug ant spider beetle moth hive macro tiny microscopic micro cell bacteria microbe",
        stems="insekt ameise spinne fourmi insecte hormiga 虫 蝶 벌레",
        cast={
            "insect": "a jewel beetle / a garden spider / a luna moth / a column of ants / a praying "
            "mantis / a honeybee / a silkworm / a water strider",
            "drifter": "a swarm of glowing cells",
            "flower": "a dew-heavy leaf",
        },
        spots="on a blade of grass / inside a golden honeycomb / along a cracked twig / under a "
        "translucent leaf / over the skin of a puddle / beside a drop of resin / on weathered "
        "bark / among giant clover",
        times="dawn day golden",
        palettes="emerald and copper / honey and black / lime and violet / turquoise and rust",
        titles="A Smaller World / Six Legs / Under the Leaf / The Great Crossing / Dew",
        moods="intricate and curious / tiny and busy",
        energy=0.45,
        bright=0.3,
        creature="insect",
    ),
)
