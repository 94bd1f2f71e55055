"""Names of tokenizers and sentence splitters, as columns and recipes have them; importing it loads none of them."""

from __future__ import annotations

WORDS = {  # what they are, see segment/tokenize.py
    "fast": "chunks between white space, their outer signs and English endings apart, near to spaCy's",
    "uax29": "the words of UAX #29 without those that are white space alone",
    "spacy_en": "spaCy's for English, whatever the language",
    "spacy": "spaCy's for the document's language",
    "nltk_en": "NLTK's `word_tokenize` for English, whatever the language",
    "nltk": "NLTK's `word_tokenize` for the document's language",
}
SENTENCES = {
    "fast": "our own: an end mark before white space",
    "spacy_en": "spaCy's English tokens and rules of sentence ends",
    "punkt_en": "NLTK's Punkt with its English parameters",
}
