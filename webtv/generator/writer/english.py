"""As much English as reading a theme takes: function words, number, articles, plain verbs."""

from __future__ import annotations

from webtv.generator.writer.lexicon import lexicon

_STANDING = lexicon(
    "in on at under above beneath beside along inside behind between over near within beyond "
    "among underneath below amid atop outside"
)
_PASSING = lexicon("through across into throughout around from to toward towards past onto")

IN_PLACE: dict[str, str] = {word: word for word in _STANDING} | dict.fromkeys(_PASSING, "")
"""Prepositions of place; those of a way through it map to "", for a shot that may stand still."""

ARTICLES = lexicon("a an the")

_ENGLISH = lexicon(
    "a an the this that these those and or but nor as like than so then with without about of for "
    "by during while when where which who whom whose what how why if is are was were be been "
    "being am it its i we you he she they them their our your my his her me us not no only just "
    "very more most some any all each every both other such up down out off there here always "
    "never again ever even also still can could will would should may might must do does did has "
    "have had make makes show shows want wants let lets please featuring channel video videos "
    "stream footage clip clips scenes scene endless various different one two three many few "
    "several lots lot full after before until since because something everything anything kind "
    "sort style nobody everybody somebody overhead away together apart forever slowly softly gently quietly"
) | frozenset(IN_PLACE)
_FOREIGN = lexicon(
    "der die das den dem des ein eine einen einem einer eines und oder in im am um an auf aus bei "
    "mit nach von vom zu zum zur durch über unter vor für ist sind wie als wenn wo sich es nicht "
    "auch nur bis ins ans beim le la les un une des du de et ou dans sur sous avec pour par au "
    "aux en est sont qui que où ce ces el los las unos unas y o con por para sin del al es son "
    "como donde il lo gli uno nel nella nei nelle di da su per che con tra fra dei delle della "
    "dello sul sulla os um uma uns umas no na nos nas do dos das em pelo pela и в во на с со по "  # noqa: RUF001
    "под над из за от для что как не это"
)
GLUE = _ENGLISH | _FOREIGN
"""Words that hold a theme together without being what it is about."""

NOT_PARTICIPLES = lexicon(
    "morning evening building painting king ring wing spring string sibling ceiling clothing wedding "
    "lightning thing something nothing everything being beijing pudding viking sing bring swing sting "
    "crossing beginning ending feeling meeting training clearing lining icing frosting"
)
"""Nouns in -ing."""

_VERBS = lexicon(
    "walk run watch roll wheel float swim fly sing dance dream drift glow sleep wait fall rise "
    "turn move play work live grow burn shine cross sail climb race jump look hide fight meet "
    "gather flow sway spin ride drive cook bake paint write read build explore discover wander "
    "travel chase talk whisper sit stand stretch shimmer flicker hunt hum buzz roam swirl become "
    "come go keep hold carry sweep fill"
)

_DOUBLING = lexicon("run swim spin sit hum chat")
_MANY = lexicon("people children men women mice geese wolves")
_ADJECTIVES = lexicon(
    "quiet calm slow soft gentle dark bright wild lonely beautiful strange weird retro vintage "
    "epic happy sad peaceful cinematic surreal dreamy cozy cosy spooky moody abstract colorful "
    "colourful relaxing soothing warm cold golden tiny giant huge small big old new young deep "
    "high low red blue green yellow black white purple pink orange"
)

MASS = lexicon(
    "rain snow fog mist smoke fire water dust sand ash ice coffee tea wine milk beer food bread rice "
    "chocolate honey cheese soup pasta music jazz silk lace wool yarn fabric grass moss wheat clover "
    "light neon lightning hail snowfall pollen glitter confetti magma lava thunder weather wind haze "
    "fashion textile technology typography geometry glass ink paint color colour armor armour kelp "
    "plankton lavender bamboo dough sushi ramen space surf people children men women mice geese wolves "
    "leaves families parties puppies cacti fungi elves sheep deer fish bison salmon koi carp squid "
    "aircraft fireworks traffic laundry sleep love time art history science nature"
)
"""Nouns that take no "a": masses, and plurals that do not end in -s."""

PLACES = lexicon(
    "ocean sea city town village forest jungle rainforest woods wood desert mountain valley "
    "canyon river lake beach coast shore island harbor harbour port bay reef cave cavern garden "
    "park meadow field farm orchard vineyard street alley avenue road highway square market plaza "
    "rooftop skyline station airport museum library gallery theater theatre stage cinema club bar "
    "cafe café restaurant kitchen bakery house home room bedroom attic cellar hall palace castle "
    "temple church cathedral monastery ruin ruins school classroom office factory workshop "
    "laboratory lab hospital hotel arcade mall stadium arena gym pool greenhouse zoo aquarium "
    "circus carnival festival space sky heaven hell underworld universe galaxy world planet moon "
    "cosmos kingdom land countryside suburb district quarter metropolis capital country "
    "wilderness tundra savanna savannah swamp marsh wetland prairie plain steppe arctic "
    "antarctica north south labyrinth maze dungeon graveyard cemetery archive bazaar dock pier "
    "canal bridge tunnel subway courtyard terrace balcony window horizon shallows depths abyss "
    "deep fjord glacier volcano oasis dunes planetarium observatory playground playgrounds "
    "fairground paradise dreamland wonderland landscape seascape cityscape"
)

TIMES = lexicon(
    "morning evening night day afternoon dawn dusk twilight midnight noon sunset sunrise hour summer "
    "winter autumn fall spring season sunday monday tuesday wednesday thursday friday saturday january "
    "february march april may june july august september october november december christmas halloween "
    "weekend century year age era nightfall"
)

_BARE = lexicon("space heaven hell home paradise antarctica dreamland wonderland space")
ONLY_ONE = lexicon(
    "ocean sea sky universe cosmos world arctic north south countryside underworld horizon abyss deep "
    "wilderness moon sun earth depths shallows jungle tundra desert rainforest woods savanna savannah"
)
"""Places that take "the" without more words: there is one of each."""

_IRREGULAR = {
    "leaves": "leaf",
    "wolves": "wolf",
    "knives": "knife",
    "lives": "life",
    "women": "woman",
    "men": "man",
    "children": "child",
    "mice": "mouse",
    "buses": "bus",
    "glasses": "glass",
    "movies": "movie",
    "cookies": "cookie",
    "zombies": "zombie",
    "fairies": "fairy",
}
_ODD_AN = ("hour", "honest", "heir")
_ODD_A = ("uni", "use", "euro", "one", "ufo")


def singular(noun: str) -> str:
    """The singular of an English noun, by rule; a word that is none comes back unchanged."""
    if noun in _IRREGULAR:
        return _IRREGULAR[noun]
    if noun.endswith("ies") and len(noun) > 4:
        return noun[:-3] + "y"
    if noun.endswith(("ches", "shes", "xes", "sses", "zzes")):
        return noun[:-2]
    if noun.endswith("s") and not noun.endswith(("ss", "us", "is")) and len(noun) > 3:
        return noun[:-1]
    return noun


def is_plural(noun: str) -> bool:
    return singular(noun) != noun


def a(phrase: str) -> str:
    """The phrase with "a" or "an" before it, by sound as far as spelling tells."""
    vowel = phrase[:1].casefold() in set("aeiou") and not phrase.casefold().startswith(_ODD_A)
    return f"{'an' if vowel or phrase.casefold().startswith(_ODD_AN) else 'a'} {phrase}"


def the_place(phrase: str, head: str) -> str:
    """A place with the article that it takes: the ocean, a mountain village, space, neon cities."""
    if head in _BARE or head in MASS or is_plural(head):
        return phrase
    if head in ONLY_ONE or " " not in phrase:
        return f"the {phrase}"
    return a(phrase)


def is_verb_after(word: str, noun: str, alive: bool) -> bool:
    """Whether ``word`` is the plain verb of the noun before it: storms *roll*, a keeper (alive) *watches*."""
    if is_plural(noun) or noun in _MANY:
        return word in _VERBS
    return alive and is_plural(word) and plain_verb(word) in _VERBS


def plain_verb(word: str) -> str:
    return word if word in _VERBS else singular(word)


def participle(verb: str) -> str:
    """The -ing form of a verb this file knows."""
    plain = plain_verb(verb)
    if plain.endswith("e"):
        return plain[:-1] + "ing"
    return plain + (plain[-1] if plain in _DOUBLING else "") + "ing"


def is_loose_verb(word: str) -> bool:
    """Whether a word without a noun before it is the verb of a pronoun: he *writes*."""
    return word != singular(word) and plain_verb(word) in _VERBS


def says_little(word: str) -> bool:
    """Whether a word that stands alone is no picture: an adjective, a verb."""
    return is_adjective(word) or word in _VERBS


def is_participle(word: str) -> bool:
    return word.endswith("ing") and len(word) > 4 and word not in NOT_PARTICIPLES


def is_adjective(word: str) -> bool:
    """A guess by ending, for words that stand alone."""
    return word in _ADJECTIVES or word.endswith(("ic", "ous", "ful", "ish", "less", "esque", "like"))


def seems_english(tokens: list[str]) -> bool:
    """Whether no other language's function words outnumber the English ones."""
    return sum(t in _ENGLISH - _FOREIGN for t in tokens) >= sum(t in _FOREIGN - _ENGLISH for t in tokens)
