"""Names of tokenizers and sentence splitters, as columns and recipes have them; importing it loads none of them."""

from __future__ import annotations

WORDS = {
    "fast": "our own: chunks between white space without the signs around them, near to spaCy's",
    "uax29": "Unicode's word boundaries (UAX #29)",
    "spacy_en": "spaCy's English rules for every text, as datatrove does by default",
    "spacy": "spaCy's rules for the language of the text",
    "nltk_en": "NLTK's English sentences and words for every text",
    "nltk": "NLTK's sentences and words for the language of the text",
}
SENTENCES = {
    "fast": "our own: an end mark before white space",
    "spacy_en": "spaCy's English tokens and rules of sentence ends",
    "punkt_en": "NLTK's Punkt with its English parameters",
}
