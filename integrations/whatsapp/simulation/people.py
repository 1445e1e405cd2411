"""Made-up customers. Their phones are in the ranges reserved for fiction, their names in nobody's records."""

from collections.abc import Iterator
from dataclasses import dataclass

from integrations.whatsapp.wire import user_id_of

_AREAS = (
    "212",
    "213",
    "305",
    "312",
    "415",
    "512",
    "602",
    "702",
    "713",
    "786",
    "818",
    "956",
    "404",
    "615",
    "503",
    "720",
)
_LINES = 90
"""0100 to 0189."""
_FIRST = {
    "en": (
        *("Alicia", "Brandon", "Chloe", "Darnell", "Evelyn", "Frank", "Gloria", "Hakeem", "Irene", "Jasmine"),
        *("Kelvin", "Latoya", "Marcus", "Nadia", "Omar", "Priya", "Quentin", "Renee", "Stanley", "Tiffany"),
    ),
    "es": (
        *("Adriana", "Benito", "Carmen", "Diego", "Elena", "Felipe", "Graciela", "Hugo", "Inés", "Joaquín"),
        *("Karla", "Lorenzo", "Marisol", "Néstor", "Olivia", "Paola", "Ramiro", "Silvia", "Teodoro", "Yesenia"),
    ),
}
_LAST = {
    "en": ("Abernathy", "Birchwood", "Calloway", "Dunmore", "Ellsworth", "Fairbank", "Greenlee", "Hollowell", "Ivory"),
    "es": (
        "Arroyave",
        "Bustillo",
        "Cienfuegos",
        "Del Prado",
        "Escalona",
        "Figuerola",
        "Garmendia",
        "Huertas",
        "Lizárraga",
    ),
}
_SPANISH_SHARE = 2 / 5
_HIDDEN_EVERY = 17


@dataclass(frozen=True, slots=True)
class Person:
    """A customer. `hides_phone`: known to businesses by user id only."""

    name: str
    phone: str
    user_id: str
    language: str
    hides_phone: bool


def person(number: int) -> Person:
    """Return customer `number` (from 0); always the same one."""
    line, area = divmod(number, len(_AREAS))
    phone = f"+1{_AREAS[area]}5550{100 + line}"
    language = "es" if (number * 7) % 10 < 10 * _SPANISH_SHARE else "en"
    first, last = _FIRST[language], _LAST[language]
    name = f"{first[number % len(first)]} {last[(number * 5 + number // len(first)) % len(last)]}"
    return Person(name, phone, user_id_of(phone), language, hides_phone=number % _HIDDEN_EVERY == _HIDDEN_EVERY - 1)


def speakers(languages: tuple[str, ...]) -> Iterator[Person]:
    """Yield everybody who speaks one of these, in order."""
    everybody = map(person, range(MOST_PEOPLE))
    return (one for one in everybody if one.language in languages)


MOST_PEOPLE = len(_AREAS) * _LINES
