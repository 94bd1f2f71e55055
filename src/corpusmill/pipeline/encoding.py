"""How texts become ids: a tokenizer's file, and what is added around each text."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from corpusmill.errors import Refused
from corpusmill.tokenize.folder import TokenizerFacts
from corpusmill.tokenize.special import AddedIds, token_dtype
from corpusmill.tokenize.tokenizers import Tokenizer, load_tokenizer

OWN = -1  # asks for the id that the tokenizer itself has


@dataclass(frozen=True)
class Encoding:
    """What decides the ids of a text, and where its file lies."""

    path: str  # relative paths lie in the run folder
    name: str
    sha256: str
    pattern: str | None = None  # of a file of ranks
    bos: int | None = None  # added before every text; None: nothing, as T5's published tokens have it
    eos: int | None = None  # added after every text
    threads: int = 1  # changes no id

    @classmethod
    def of(
        cls, path: Path, pattern: str | None = None, bos: int | None = None, eos: int | None = None
    ) -> tuple[Encoding, TokenizerFacts]:
        """The encoding and what the manifest says of it, with OWN resolved; Refused where the tokenizer has none."""
        loaded = load_tokenizer(path, pattern=pattern)
        for which, asked, own in (("bos", bos, loaded.special.bos), ("eos", eos, loaded.special.eos)):
            if asked == OWN and own is None:
                raise Refused(f"{path} has no {which} token of its own: give its id, as --{which} 0")
        bos, eos = (loaded.special.bos if bos == OWN else bos), (loaded.special.eos if eos == OWN else eos)
        encoding = cls(str(path.resolve()), loaded.name, loaded.sha256, pattern, bos, eos)
        _share((Path(encoding.path), loaded.sha256, 1, pattern), loaded)
        return encoding, encoding.facts(loaded)

    @property
    def added(self) -> AddedIds:
        return AddedIds(self.bos, self.eos)

    def depends_on(self) -> dict[str, Any]:
        described = asdict(self)
        del described["path"], described["threads"]
        return {name: value for name, value in described.items() if value is not None}

    def prepare(self, root: Path) -> None:
        """Choose how to encode, once for all workers that are forked from this process."""
        if self.threads == 1:
            self.tokenizer(root).prepare()

    def tokenizer(self, root: Path) -> Tokenizer:
        return shared_tokenizer(root / self.path, self.sha256, self.threads, self.pattern)

    def facts(self, tokenizer: Tokenizer) -> TokenizerFacts:
        """What readers must know."""
        special = tokenizer.special
        size = max(tokenizer.vocabulary_size, *(number + 1 for number in (self.bos, self.eos) if number is not None), 0)
        return TokenizerFacts(
            self.name,
            self.sha256,
            size,
            str(token_dtype(size)),
            special.bos if self.bos is None else self.bos,
            special.eos if self.eos is None else self.eos,
            special.pad,
            added_bos=self.bos is not None,
            added_eos=self.eos is not None,
        )


_Key = tuple[Path, str, int, str | None]
_SHARED: dict[_Key, Tokenizer] = {}
_MOST_SHARED = 2


def shared_tokenizer(path: Path, sha256: str, threads: int = 1, pattern: str | None = None) -> Tokenizer:
    """One tokenizer for all tasks of this process, and of those forked from it; `sha256` tells apart files of the same
    name.
    """
    key = (path, sha256, threads, pattern)
    return _SHARED[key] if key in _SHARED else _share(key, load_tokenizer(path, threads, pattern))


def _share(key: _Key, tokenizer: Tokenizer) -> Tokenizer:
    _SHARED[key] = tokenizer
    if len(_SHARED) > _MOST_SHARED:
        del _SHARED[next(iter(_SHARED))]
    return tokenizer
