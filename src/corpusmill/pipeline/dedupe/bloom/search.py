"""What `corpusmill dedupe --method bloom` is asked for, and the filter that this takes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from corpusmill.dedupe.bloom.contents import NGRAM_WORDS
from corpusmill.dedupe.bloom.parameters import ERROR_RATE, BloomParameters
from corpusmill.dedupe.bloom.saved import Saved
from corpusmill.dedupe.exact import EXACT_KEYS
from corpusmill.errors import RecipeError

# What is looked up → what a key is of.
OVER = {"digest": "documents", "document": "documents", "paragraph": "paragraphs", "ngram": f"{NGRAM_WORDS}-grams"}
# A document that goes by mistake is lost whole, and 39 bits for it cost little; of 13-grams many must agree.
DOCUMENTS_ERROR_RATE = 1e-6
DIGEST_BUCKETS = ("head", "middle", "all")  # all: of runs that measure no perplexity


@dataclass(frozen=True)
class BloomSearch:
    """What is looked up, and how well."""

    over: str
    key: str = "text"  # over documents: what is equal, see EXACT_KEYS
    capacity: int | None = None  # different keys; None: as many as documents, or that of `saved`
    error_rate: float | None = None  # wanted, of a filter that holds `capacity`; None: a default, or that of `saved`
    saved: Path | None = None  # a filter to go on with
    overfull: bool = False  # go on where most new keys would be taken for known
    memory_bytes: int = 1 << 30
    every_file: bool = False  # over digests: also files with a line whose digest cannot be read

    def mistakes(self) -> list[str]:
        found = []
        for name, value, known in (("over", self.over, OVER), ("key", self.key, EXACT_KEYS)):
            if value not in known:
                found.append(f"{name} {value!r} is unknown; wanted one of {', '.join(known)}")
        if not found and self.capacity is None and self.saved is None and OVER[self.over] != "documents":
            what = OVER[self.over]
            found.append(f"how many different {what} there are is not known beforehand; give --capacity N")
        return found

    @property
    def kind(self) -> str:
        """Of keys, as a saved filter names them."""
        named = {"document": f"document {self.key}", "ngram": f"ngram {NGRAM_WORDS} words"}
        return named.get(self.over, self.over)

    def made(self, documents: int, saved: Saved | None) -> BloomParameters:
        """Raises RecipeError for a filter that cannot be, is not the saved one or takes too much memory."""
        wanted = DOCUMENTS_ERROR_RATE if OVER[self.over] == "documents" else ERROR_RATE
        begun = saved.parameters if saved else BloomParameters(max(documents, 1), wanted)
        made = BloomParameters(
            begun.capacity if self.capacity is None else self.capacity,
            begun.error_rate if self.error_rate is None else self.error_rate,
        )
        mistakes = made.mistakes()
        if saved and made != saved.parameters:
            mistakes.append(
                f"{self.saved} was made with --capacity {begun.capacity} --error-rate {begun.error_rate:g}; "
                "leave these out, or leave --filter out to begin an empty one"
            )
        if not mistakes and made.shape.bytes > self.memory_bytes:
            mebibytes = -(-made.shape.bytes // (1 << 20))
            mistakes.append(
                f"a filter for {made.capacity:,} keys at {made.error_rate:g} takes {made.shape.bytes:,} bytes, "
                f"{self.memory_bytes:,} are given; say --memory {mebibytes}MiB"
            )
        if mistakes:
            raise RecipeError(mistakes)
        return made


def bloom_column(name: str, over: str) -> str:
    """The column of scores of the duplicates `name`."""
    return f"{name}_duplicate" if OVER[over] == "documents" else f"{name}_duplicate_fraction"
