"""Phrases that are easy to read out: four of 256 words, none of which sounds like another."""

import re
import secrets

_TEXT = """
    acorn amber anchor angle apple april apron arrow autumn badge bamboo banana barrel basket beach
    beaver bicycle birthday biscuit blanket blossom blue border bottle branch brave bread bridge
    broom brother brown bucket butter button cabin cactus camel camera canal candle canoe carpet
    carrot castle cedar cement cherry chess chicken chimney circle circus citrus clever cliff clover
    cobalt coconut coffee comet compass copper coral corner cotton cousin crayon cricket crimson
    crystal cushion dancer december desert diamond dinner dolphin donkey dragon drum eagle early
    eleven elephant emerald engine evening fabric falcon family farmer feather fiddle finger flame
    flute forest fountain fox friday galaxy garden garlic giant ginger giraffe glacier golden grape
    gravel green guitar hammer harbour harvest hazel hedgehog helmet honey horizon hotel hundred
    island ivory jacket january jasmine jelly jigsaw jungle kettle kitchen kitten ladder lagoon
    lantern lavender lemon leopard library lily lizard lobster lunch magnet mango maple marble
    market meadow melon mermaid midnight mirror monday monkey morning mountain mushroom napkin
    needle nickel november nutmeg oak oasis ocean october olive onion orange orchid otter oven
    oyster palace panda paper parrot peanut pebble pelican pencil pepper picnic pigeon pillow pilot
    planet plum pocket pony potato prairie pumpkin puppet purple puzzle pyramid quarter quiet rabbit
    radio rainbow raven ribbon river robin rocket rubber saddle saffron salmon sandal sapphire
    saturn scarlet school seven shadow silver sister snow spider spinach sponge spring squirrel
    stadium station sugar summer sunday swan table teapot temple tennis thirty thunder tiger timber
    tomato trumpet tulip tunnel turtle umbrella valley velvet village violin walnut water whale
    window
"""
WORDS = tuple(_TEXT.split())
LENGTH = 4


def fresh() -> str:
    """A phrase that nobody can guess within a few tries: one of four thousand million.

    No word comes twice, so that nobody thinks it was repeated.
    """
    return " ".join(secrets.SystemRandom().sample(WORDS, LENGTH))


def plain(typed: str) -> str:
    """A phrase as it is compared: only its words, however they were written down."""
    return " ".join(re.findall(r"[a-z]+", typed.lower()))
