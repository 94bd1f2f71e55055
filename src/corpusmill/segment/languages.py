"""Which rules of each library a language gets."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType

# Languages of which Punkt has parameters, as NLTK names them; all others get the English ones.
_PUNKT = {
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "fi": "finnish",
    "fr": "french",
    "it": "italian",
    "ml": "malayalam",
    "nl": "dutch",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ru": "russian",
    "sl": "slovene",
    "sv": "swedish",
    "tr": "turkish",
}


@functools.cache
def _blanks() -> Mapping[str, str]:
    path = resources.files("corpusmill.segment") / "data" / "spacy_languages.toml"
    assigned = tomllib.loads(path.read_text("utf-8"))
    return MappingProxyType({language: blank for blank, languages in assigned.items() for language in languages})


def spacy_code(language: str) -> str:
    """The blank tokenizer of spaCy for a language as lid.176 names it: datatrove 0.10.1's choice, else "xx".

    >>> spacy_code("de"), spacy_code("pms"), spacy_code("und")
    ('de', 'lij', 'xx')
    """
    return _blanks().get(language, "xx")


def punkt_name(language: str) -> str:
    """The parameters of Punkt for a language, English ones where it has none.

    >>> punkt_name("de"), punkt_name("zh")
    ('german', 'english')
    """
    return _PUNKT.get(language, "english")
