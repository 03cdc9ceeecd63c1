"""Fields that people made: towns, work, play and imagination."""

from webtv.generator.writer.fields import field

HUMAN = (
    field(
        "city",
        words="city town street skyline urban neon metropolis skyscraper rooftop alley downtown "
        "tokyo paris berlin london york shanghai hong subway taxi traffic cyberpunk "
        "futuristic architecture building market bridge noir crowd",
        stems="stadt städte straße ville rue ciudad calle città город 都市 街 城市 도시 東京",
        cast={
            "person": "a street musician / a noodle vendor / a night-shift nurse / a courier on foot",
            "crowd": "a crowd of commuters / a queue of umbrellas",
            "car": "a yellow taxi / a late bus / a silver scooter",
            "train": "an elevated train",
            "lamp": "a buzzing neon sign / a thousand lit windows / a row of street lamps",
            "pet": "an alley cat",
            "building": "a glass tower / a row of fire escapes",
        },
        spots="under a flickering neon sign / at a wide wet crossing / on a high rooftop / in a narrow "
        "alley / beside a steaming food stall / behind a rain-streaked window / beneath an iron "
        "viaduct / along a mirrored canal / outside a late-night laundromat / between two glass "
        "towers / on a spiral stairway",
        times="dusk night night neon dawn",
        palettes="magenta and cyan / teal and orange / wet black and red / violet and yellow / steel "
        "blue and pink",
        titles="Last Train Home / Corner of Nowhere and Fifth / Open All Night / Wet Asphalt / Ten "
        "Million Windows / The Late Shift",
        moods="neon-lit and restless / cool and nocturnal / urban and rhythmic",
        energy=0.6,
        bright=-0.1,
    ),
    field(
        "village",
        words="village hamlet countryside rural cottage farm peasant provincial church square "
        "windmill barn shepherd neighbour neighbor harvest",
        stems="dorf campagne pueblo aldea paese villaggio деревн 村 村庄 마을",
        cast={
            "person": "an early baker / a bell ringer / a woman with a milk can / a schoolboy with a "
            "satchel / an old clockmaker",
            "pet": "a sleepy sheepdog / a tabby cat",
            "bird": "a rooster / a flight of swallows",
            "building": "a timbered house / a stone church",
            "cloud": "a thread of chimney smoke",
            "cloth": "a line of white laundry",
            "beast": "a flock of sheep",
        },
        spots="beside a stone well / along a cobbled lane / in a small market square / under a wooden "
        "balcony / beside a bakery window / on a worn doorstep / over mossy slate roofs / near a "
        "humming mill wheel / beneath a wide old chestnut tree / behind a low garden wall",
        times="dawn dawn day golden",
        palettes="cream and slate / warm brown and sky blue / rose and moss green / butter yellow and grey",
        titles="Bread Before Seven / The Bell Ringer / Two Streets and a Well / Nobody Hurries / "
        "Smoke from Every Chimney",
        moods="homely and slow / warm and unhurried",
        energy=0.25,
        bright=0.5,
    ),
    field(
        "machines",
        words="machine robot gear clockwork engine factory industrial steampunk mechanical android "
        "cyborg clock automaton technology steel computer computing circuit data digital ai "
        "electric mechanism invention future",
        stems="maschine roboter fabrik usine robot máquina fabbrica машин робот 機械 ロボット 机器 로봇",
        cast={
            "machine": "a brass orrery / a wall of clockwork / a giant flywheel / a steam organ / a row "
            "of old computers",
            "robot": "a copper robot / a tall porcelain android / a pair of welding robots / a tiny "
            "sweeping robot",
            "person": "a clockmaker",
            "lamp": "a bank of glowing tubes",
            "bird": "a mechanical bird",
        },
        spots="in a vaulted engine hall / on a moving assembly line / under a tangle of copper pipes / "
        "beside a row of dials / inside a great clock face / over a floor of polished steel / among "
        "crates of springs / behind riveted glass / beneath a turning crane",
        times="works works night",
        palettes="copper and teal / brass and black / steel grey and orange / white and electric blue",
        titles="The Patient Machine / Wound by Hand / Night Shift, Unit Nine / A Thousand Small "
        "Gears / Oil and Light",
        moods="mechanical and precise / humming and hopeful",
        energy=0.6,
        bright=0.0,
        creature="robot",
    ),
    field(
        "travel",
        words="train railway station travel journey road trip airport airplane bus highway traveler "
        "traveller passenger tram locomotive car race racing motorcycle adventure voyage expedition "
        "map plane bicycle bike",
        stems="zug reise bahn voyage gare tren viaje treno viaggio поезд 列車 電車 旅 기차",
        cast={
            "train": "a night express / a red steam locomotive / a mountain railcar",
            "car": "an open-top car / a rattling country bus / a blue bicycle",
            "craft": "a silver airship / a small propeller plane",
            "person": "a traveller with one suitcase / a station master",
            "crowd": "a crowd of passengers",
            "lamp": "a green signal lamp",
        },
        spots="at a lonely station / across a high viaduct / along a coastal road / beside a ticket "
        "window / under a vaulted glass roof / at the mouth of a tunnel / over a chequered "
        "patchwork of fields / beside a rain-dark platform / beside an open window",
        times="dawn golden dusk night",
        palettes="red and cream / navy and amber / green and brass / orange and slate",
        titles="Platform Nine at Dawn / Window Seat / All Stations North / The Long Way Round / Arrivals",
        moods="rolling and wistful / open-road and hopeful",
        energy=0.55,
        bright=0.3,
    ),
    field(
        "food",
        words="food cook cooking kitchen coffee tea bread bakery ramen noodle sushi cake chocolate "
        "fruit restaurant chef soup breakfast dinner spice wine pizza cafe café honey cheese "
        "dessert pastry recipe baking baker eat eating feast",
        stems="essen kochen küche brot kaffee cuisine pain comida cocina pane cucina еда 料理 食 茶 음식 "
        "パン",
        cast={
            "dish": "a bowl of ramen / a braided loaf / a tower of pancakes / a split pomegranate / a "
            "tray of dumplings / a copper pan of onions / a lemon tart",
            "drink": "a dark espresso / a pot of green tea / a glass of red wine",
            "person": "a pastry chef / a noodle maker",
            "fall": "a drift of flour",
            "fire": "a ring of blue gas flame",
        },
        spots="on a scarred wooden table / beside a copper kettle / under a hanging row of pans / on a "
        "marble counter / near a wood-fired oven / at a crowded market stall / beside a steamed-up "
        "window / over a bed of herbs / on a blue glazed plate",
        times="kitchen kitchen golden",
        palettes="saffron and white / chocolate and cream / tomato red and green / honey and slate",
        titles="Slow Bread / Second Helping / The Steam Hour / Salt, Fat, Patience / Table for One",
        moods="warm and savoury / cosy and generous",
        energy=0.4,
        bright=0.6,
    ),
    field(
        "music",
        words="music jazz song piano guitar violin orchestra band concert drum techno synth melody "
        "blues opera hiphop rock dj singer musician rhythm sound choir lofi symphony rave "
        "club disco radio vinyl",
        stems="musik musique música musica lied музык 音楽 音 음악 ジャズ",
        cast={
            "player": "a jazz trio / a lone cellist / a barefoot drummer / a silver-haired saxophonist "
            "/ a young DJ",
            "instrument": "a grand piano / a spinning record / an upright bass / a battered trumpet / a "
            "wall of loudspeakers",
            "shape": "a ribbon of sound waves",
            "crowd": "a hushed audience",
            "lamp": "a single stage lamp",
        },
        spots="in a smoky basement bar / on an empty stage / under a circle of warm light / beside "
        "an open window / in front of a velvet curtain / inside a tiled recording room / "
        "among coiled cables / on a red rooftop / beside a fogged mirror",
        times="stage stage night",
        palettes="amber and deep blue / red velvet and gold / violet and smoke grey / teal and brass",
        titles="Second Set / Blue Hour Sessions / Four in the Bar / Needle Down / The Quiet Between "
        "Notes / One More Chorus",
        moods="smoky and swinging / tuneful and intimate",
        energy=0.55,
        bright=0.1,
    ),
    field(
        "dance",
        words="dance dancer dancing ballet ballerina tango waltz flamenco choreography carnival party "
        "festival circus acrobat celebration theater theatre stage masquerade cabaret parade",
        stems="tanz danse baile danza fête fiesta танц 踊 舞 祭 춤",
        cast={
            "dancer": "a ballet dancer / a tango couple / a masked acrobat / a ring of folk dancers / a "
            "flamenco dancer",
            "cloth": "a long red ribbon / a whirl of skirts",
            "fall": "a burst of confetti",
            "crowd": "a carnival parade",
            "player": "a small brass band",
            "lamp": "a string of paper lanterns",
        },
        spots="on a mirrored floor / under a striped circus tent / in a pool of white light / along a "
        "torchlit street / beneath a crystal chandelier / before a painted backdrop / in a dusty "
        "rehearsal room / on a floating stage",
        times="stage stage night golden",
        palettes="crimson and gold / black and rose / magenta and yellow / white and deep blue",
        titles="Last Dance First / Barefoot / The Turning Room / Ribbon and Bone / Confetti Weather",
        moods="sweeping and passionate / festive and bright",
        energy=0.65,
        bright=0.4,
        creature="dancer",
    ),
    field(
        "history",
        words="history ancient medieval rome roman egypt greek ruin castle knight temple pyramid "
        "empire viking samurai museum archaeology civilization past century war kingdom "
        "pharaoh renaissance baroque victorian antique",
        stems="geschichte burg mittelalter histoire château historia castillo storia castello "
        "истори 歴史 古代 城 侍 역사",
        cast={
            "statue": "a marble emperor / a bronze mask / a stone sphinx / a cracked mosaic",
            "person": "a knight in dented armour / a temple priestess / an old mapmaker / a samurai",
            "building": "a ruined amphitheatre / a hilltop fortress / a stepped pyramid",
            "cloth": "a faded banner",
            "paper": "an illuminated manuscript",
            "boat": "a longship",
        },
        spots="in a torchlit hall / among fallen columns / beside an overgrown gate / on a worn "
        "flight of steps / under a painted ceiling / behind a bronze door / along a crumbling "
        "wall / beside a sealed tomb / over a grassy mound",
        times="dawn golden dusk night",
        palettes="sandstone and blue / bronze and green / crimson and parchment / umber and gold",
        titles="What the Stones Heard / The Last Banner / A Thousand Years Later / Dust of Kings / "
        "Inventory of an Empire",
        moods="solemn and ancient / noble and weathered",
        energy=0.4,
        bright=-0.2,
        creature="statue",
    ),
    field(
        "dream",
        words="dream surreal dreamlike imagination magic magical fantasy fairy dragon wizard "
        "unicorn myth legend enchanted mythical sleep wonder memory hallucination psychedelic "
        "floating nostalgia lucid nightmare fable",
        stems="traum märchen zauber rêve magie sueño magia sogno сон мечт 夢 魔法 꿈",
        cast={
            "myth": "a paper dragon / a sleeping giant / a white unicorn",
            "thing": "a staircase of clouds / a floating doorway / a grand piano full of water",
            "person": "a sleepwalker / a girl with a jar of stars / a man with a moon for a head",
            "building": "an upside-down house",
            "whale": "a flying whale",
            "shape": "a mirror without a reflection",
            "toy": "a tin soldier",
        },
        spots="on an island of pillows / above a checkerboard sea / beside a door with no wall / "
        "under two moons / along an endless corridor / in a field of clocks / over a "
        "staircase into nothing / inside a glass bottle / beneath a ceiling of stars",
        times="void dusk night golden",
        palettes="lilac and gold / pale blue and peach / violet and mint / rose and silver",
        titles="Half Asleep / The Door in the Sea / Lullaby for a Giant / Almost Awake / Somewhere "
        "You Have Been / Moon Soup",
        moods="drifting and strange / tender and otherworldly",
        energy=0.3,
        bright=0.1,
        creature="myth",
    ),
    field(
        "night",
        words="night midnight moonlight nocturnal darkness dark insomnia owl bat twilight dusk evening "
        "lantern candlelight shadow light",
        stems="nacht dunkel nuit noche notte ноч 夜 밤",
        cast={
            "lamp": "a paper lantern / a porch lamp / a lighthouse beam",
            "bird": "a tawny owl",
            "insect": "a pale moth / a drift of fireflies",
            "pet": "a black cat",
            "person": "a night watchman / a lamplighter",
            "star": "a full moon",
            "train": "a lit night train",
        },
        spots="along an empty avenue / beside a dark lake / under a single street lamp / on a moonlit "
        "staircase / behind a half-drawn curtain / over sleeping rooftops / in a hushed courtyard / "
        "near a glowing window",
        times="night night neon",
        palettes="midnight blue and silver / indigo and amber / black and pale green / violet and white",
        titles="Everyone Else Is Asleep / Lamplight / The Small Hours / Moon Over Everything / Two "
        "in the Morning",
        moods="nocturnal and tender / hushed and dark",
        energy=0.3,
        bright=-0.3,
    ),
    field(
        "ghosts",
        words="ghost haunted horror spooky halloween vampire zombie monster creepy witch gothic "
        "skeleton graveyard demon curse eerie abandoned",
        stems="geist gespenst fantôme fantasma призрак 幽霊 怪物 유령",
        cast={
            "spirit": "a pale ghost / a procession of shadows / a headless waltzer",
            "toy": "a porcelain doll",
            "beast": "a black wolf",
            "bird": "a colony of bats",
            "lamp": "a guttering candle",
            "building": "a boarded-up mansion",
            "person": "a witch with a lantern",
            "cloth": "a torn white veil",
        },
        spots="at the end of a long hallway / beside a crooked gravestone / on a creaking staircase / "
        "behind a cracked mirror / in a fog-bound graveyard / under a dead tree / beneath a cobwebbed "
        "chandelier / at an attic window",
        times="night night dusk",
        palettes="bone white and black / sickly green and violet / grey and blood red / moon blue and rust",
        titles="Who Left the Light On / The Thirteenth Stair / Nobody Lives Here / Cold Spot / "
        "Footsteps, Upstairs",
        moods="eerie and slow / haunted and hollow",
        energy=0.35,
        bright=-0.9,
        creature="spirit",
    ),
    field(
        "science",
        words="science laboratory lab experiment chemistry physics atom molecule quantum crystal "
        "mathematics math biology medicine brain dna telescope microscope research geometry mineral "
        "electricity energy nature",
        stems="wissenschaft chemie physik ciencia scienza наук 科学 数学 과학",
        cast={
            "shape": "a growing crystal / a lattice of atoms / a double helix / a bead of mercury",
            "machine": "a brass telescope / an electron microscope / a humming coil",
            "drink": "a flask of blue liquid",
            "person": "a white-coated chemist / an astronomer",
            "drifter": "a cluster of dividing cells",
            "fall": "a storm of bright particles",
        },
        spots="on a cluttered workbench / inside a glass chamber / beside a chalk-covered wall / "
        "under a polished lens / among rows of test tubes / beneath an observatory dome / in "
        "a ring of magnets / behind frosted glass",
        times="works works night",
        palettes="white and cyan / cobalt and amber / green and black / silver and violet",
        titles="Proof / A Small Experiment / Half-Life / The Curious Lens / Nothing Is Still",
        moods="curious and precise / crystalline and clear",
        energy=0.45,
        bright=0.2,
        creature="drifter",
    ),
    field(
        "sport",
        words="sport football soccer basketball tennis race running swimming surfing skate "
        "skateboard ski cycling boxing gymnastics climbing olympic athlete game stadium chess "
        "yoga wrestling",
        stems="fußball spiel deporte fútbol calcio спорт 運動 サッカー 축구",
        cast={
            "person": "a barefoot runner / a high diver / a lone skateboarder / a surfer / a young "
            "boxer / a rock climber",
            "crowd": "a roaring crowd / a pack of cyclists",
            "dancer": "a rhythmic gymnast",
            "fall": "a burst of chalk dust",
            "boat": "a racing rowing boat",
        },
        spots="on a painted court / under stadium floodlights / along a curving red track / on a "
        "steep wave face / beside a chalked line / above a blue pool / in an empty gym / at "
        "the lip of a concrete bowl",
        times="day golden stage",
        palettes="red and white / electric blue and yellow / green and orange / black and lime",
        titles="Overtime / The Long Second / Chalk and Air / Personal Best / Before the Whistle",
        moods="driving and bold / tense and triumphant",
        energy=0.85,
        bright=0.5,
    ),
    field(
        "home",
        words="home house room bedroom family childhood toy library book window morning sunday cozy "
        "cosy grandmother love friendship wedding romance memory letter attic child baby",
        stems="haus kindheit maison enfance casa infancia дом 家 집 愛 liebe amour amor",
        cast={
            "paper": "a bundle of letters / an open storybook / an old photograph",
            "toy": "a wind-up tin bird / a wooden train / a spinning top",
            "pet": "a sleeping cat",
            "drink": "a chipped teacup",
            "person": "a grandmother with knitting / a child in pyjamas / two old friends",
            "cloth": "a lace curtain",
            "instrument": "a bedside radio",
            "machine": "a grandfather clock",
        },
        spots="on a sunlit windowsill / beside a crackling hearth / under a low kitchen lamp / on a "
        "patchwork quilt / in a dusty attic / at the top of the stairs / beside an open back door / "
        "on a crowded bookshelf / beneath a kitchen table",
        times="kitchen dawn golden night",
        palettes="honey and cream / faded rose and green / mustard and blue / peach and brown",
        titles="Sunday, All Day / The Kitchen Radio / Things Kept in Drawers / Back Door Open / Letters Home",
        moods="intimate and nostalgic / tender and plain",
        energy=0.25,
        bright=0.4,
    ),
    field(
        "office",
        words="office tax form paperwork bureaucracy document work business meeting desk clerk finance "
        "money bank law archive accounting accountant spreadsheet insurance contract invoice politics "
        "government job news economy school",
        stems="büro steuer formular bureau impôt oficina impuesto ufficio налог 会社 税 書類 사무",
        cast={
            "paper": "a blizzard of paper / a tower of ledgers / a paper crane / a long printed receipt",
            "person": "a tired clerk / a woman with a rubber stamp / a postman",
            "machine": "a chattering typewriter / a row of calculators / a wall of filing drawers",
            "crowd": "a line of grey suits",
            "lamp": "a green desk lamp",
            "flower": "a lonely potted fern",
        },
        spots="on an endless row of desks / under humming strip lights / beside a pneumatic tube / "
        "in a windowless corridor / behind a frosted door / among swaying stacks of folders / "
        "at a brass counter window / inside a silent lift / on a sea of carpet tiles",
        times="works works golden night",
        palettes="beige and mint / grey and stamp red / olive and cream / pale blue and manila",
        titles="Form 27B / Please Take a Number / Lunch at One / Signed in Triplicate / The Waiting "
        "Room / Out of Office",
        moods="dry and playful / ticking and deadpan",
        energy=0.45,
        bright=0.2,
    ),
    field(
        "fashion",
        words="fashion textile cloth silk dress kimono weaving fabric wool yarn knit tailor runway "
        "couture origami craft pottery ceramic art painting sculpture paint ink calligraphy "
        "gallery design poster typography colour color",
        stems="mode stoff kunst malerei tissu arte peinture moda tela искусств 芸術 絵 布 着物 예술",
        cast={
            "cloth": "a bolt of indigo silk / a gown of feathers / a woven tapestry / a red kimono",
            "person": "a potter / a calligrapher / a weaver / a model in a paper coat",
            "shape": "a cloud of black ink / a thread of wet paint / a folded paper star",
            "statue": "a half-carved figure",
            "machine": "an old wooden loom",
        },
        spots="in a whitewashed studio / on a long cutting table / against a bare plaster wall / "
        "beside jars of pigment / under a tall north window / on a mirrored runway / among "
        "hanging skeins / beside a turning wheel",
        times="works golden stage",
        palettes="indigo and white / vermilion and black / ochre and rose / ultramarine and gold",
        titles="Warp and Weft / Wet Paint / The Unfinished Portrait / Cut on the Bias / Ink Takes Its Time",
        moods="elegant and tactile / poised and colourful",
        energy=0.4,
        bright=0.3,
        creature="cloth",
    ),
    field(
        "abstract",
        words="abstract pattern fractal kaleidoscope spiral shape infinite infinity void chaos mandala "
        "liquid minimal generative glitch noise symmetry time",
        stems="abstrakt abstrait abstracto astratto абстракт 抽象 추상",
        cast={
            "shape": "a sphere of liquid chrome / a lattice of glass rods / a slow spiral of ink / a "
            "mirrored cube / a bloom of soap film / a swarm of tiny triangles / a folding "
            "ribbon of light / a wave of black sand / a ring of coloured smoke / a cascade of "
            "glowing threads",
        },
        spots="on a plane of black glass / in an endless white room / above a rippling grid / "
        "inside a hall of mirrors / against a field of slow static / within a tunnel of rings "
        "/ over a bed of fine sand / between two horizons",
        times="void studio studio",
        palettes="cyan and magenta / black and gold / coral and indigo / lime and violet / white and "
        "ultramarine",
        titles="Study in Slow Motion / Recursion / The Shape of a Minute / Not Quite Symmetry / "
        "Blue, Then Not / Loop",
        moods="hypnotic and pure / pulsing and minimal",
        energy=0.5,
        bright=0.0,
        creature="shape",
    ),
)
ANY_THEME = field(
    "any",
    words="",
    stems="",
    cast={
        "person": "a lone figure in a long coat / a woman with a silver umbrella / a child with a "
        "lantern / an old man on a bicycle",
        "bird": "a flock of white birds",
        "paper": "a drift of loose pages / a paper boat",
        "lamp": "a row of hanging lamps",
        "shape": "a mirrored sphere / a slow spiral of ink",
        "cloth": "a sheet of red silk",
        "building": "a glass pavilion",
        "fall": "a shower of bright dust",
        "machine": "a tall clockwork device",
    },
    spots="on a wide empty square / beside a tall window / in a vaulted hall / under a great glass "
    "roof / along a mirrored corridor / on a flight of pale steps / beside a still black pool "
    "/ among slender columns / over a chequered floor / before a painted wall",
    times="dawn golden dusk night studio",
    palettes="teal and orange / indigo and gold / grey and coral / violet and amber / cream and deep green",
    titles="An Open Question / The Long Way to Say It / Second Look / What Was Meant / A Room for It "
    "/ Field Notes",
    moods="curious and cinematic / open and reflective",
    energy=0.45,
    bright=0.1,
    creature="thing",
)
"""For a theme that no field knows."""
