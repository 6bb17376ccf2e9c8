"""Short texts whose labels are known: reviews of hotels, and news with names, cities and dates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

MOODS = ("praise", "complaint", "question")
TOPICS = ("room", "food", "staff", "price")
ENTITIES = ("person", "city", "date")

_PRAISE = {
    "room": ("The room was bright and quiet.", "We slept very well in that large bed."),
    "food": ("Breakfast was fresh every morning.", "The soup was the best of our trip."),
    "staff": ("The people at the desk were kind.", "The porter carried all our bags."),
    "price": ("It was worth every cent.", "For this price nothing comes near it."),
}
_COMPLAINT = {
    "room": ("The room smelled of smoke.", "The window did not close."),
    "food": ("The bread was two days old.", "We waited an hour for cold eggs."),
    "staff": ("Nobody answered the bell at night.", "The waiter was rude to my mother."),
    "price": ("They charged us twice for parking.", "Far too expensive for what it is."),
}
_QUESTION = {
    "room": ("Can we have a room on the first floor?", "Does the room have a bath?"),
    "food": ("Is there a vegetarian dinner?", "When does breakfast end?"),
    "staff": ("Does anybody there speak Danish?", "Who can help us with the luggage?"),
    "price": ("Is the tax included in the price?", "Do children pay the full price?"),
}
_SENTENCES = {"praise": _PRAISE, "complaint": _COMPLAINT, "question": _QUESTION}

_WORDS = {
    "person": ("Ada Lovelace", "José Ñúñez", "Li Wei", "Grace Hopper", "Anna-Lena Müller", "Omar Haddad"),
    "city": ("Paris", "São Paulo", "Kyoto", "Reykjavík", "Cape Town", "Łódź"),
    "date": ("3 May 1998", "New Year's Day", "1 March", "the 4th of July", "12 October 2021"),
}
_NEWS = (
    "{person} was born in {city} on {date}.",
    "On {date}, {person} left {city} 🚆 for {city}.",
    "{city} will close its old bridge on {date}.",
    "Nobody in {city} had heard of {person}.",
    "{person} and {person} met in {city}.",
)


@dataclass(frozen=True, slots=True)
class Review:
    """A text, its mood, and its topics in the order of TOPICS."""

    text: str
    mood: str
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class News:
    """A text and its entities: label, first character, character after the last one, in code points."""

    text: str
    entities: tuple[tuple[str, int, int], ...]


def reviews(dice: Random, count: int) -> Iterator[Review]:
    """Different reviews, each with a number in front, because the demo finds the true label by the text."""
    for number in range(1, count + 1):
        mood = dice.choice(MOODS)
        topics = sorted(dice.sample(TOPICS, dice.choice((1, 1, 2, 3))), key=TOPICS.index)
        sentences = [dice.choice(_SENTENCES[mood][topic]) for topic in topics]
        yield Review(f"{number}. {' '.join(sentences)}", mood, tuple(topics))


def news(dice: Random, count: int) -> Iterator[News]:
    """Different news, each with a number in front."""
    for number in range(1, count + 1):
        yield _filled(f"{number}. {dice.choice(_NEWS)}", dice)


def _filled(pattern: str, dice: Random) -> News:
    text, entities = "", []
    rest: Sequence[str] = pattern.split("{")
    text = rest[0]
    for part in rest[1:]:
        label, _, after = part.partition("}")
        word = dice.choice(_WORDS[label])
        entities.append((label, len(text), len(text) + len(word)))
        text += word + after
    return News(text, tuple(entities))
