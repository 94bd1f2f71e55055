"""Labelled documents of our own making: menus around prose, in no language in particular."""

from __future__ import annotations

import random

from corpusmill.models.lines.labels import LabelledDocument

MENU = ("Home | News | About", "- Share", "Log in", "Copyright © 2024", "Read more »", "Tel. 030 1234", "Next page >")
WORDS = ("river", "town", "bridge", "water", "evening", "rain", "house", "road", "field", "winter", "people", "letter")


def documents(count: int, seed: int = 0) -> list[LabelledDocument]:
    draw = random.Random(seed)
    found = []
    for number in range(count):
        menu = [(f"{draw.choice(MENU)} {draw.randrange(100)}", False) for _ in range(draw.randrange(3, 9))]
        prose = [(sentence(draw), True) for _ in range(draw.randrange(2, 8))]
        cut = draw.randrange(len(menu))
        lines = [*menu[:cut], *prose, *menu[cut:]]
        found.append(LabelledDocument(*zip(*lines, strict=True), language="xx" if number % 2 else "yy"))
    return found


def sentence(draw: random.Random) -> str:
    words = [draw.choice(WORDS) for _ in range(draw.randrange(8, 30))]
    return f"The {' of the '.join((' '.join(words[:4]), ' '.join(words[4:])))}."
