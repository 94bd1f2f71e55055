"""Where each table of a run lies, relative to the run folder. The only place that knows the names."""

from __future__ import annotations

import re
from typing import NamedTuple

from corpusmill.keys import Key

MANIFEST = "manifest.json"
LEDGER = "ledger.jsonl"
IDENTITY = "identity.json"  # what the run is of: a restart with anything else is refused
REPORT = "report.html"
LOCK = ".lock"
ATTEMPT_PREFIX = ".attempt-"

WORK = "work"
QUALITY_SIGNALS = "quality_signals/"

# Folders whose files belong to the data set: a file there that no ledger line lists is left over from a crash.
DATA_FOLDERS = (
    WORK,
    "extracted",
    "identified",
    "documents",
    "quality_signals",
    "minhash",
    "duplicates",
    "duplicate_spans",
    "passages",
    "filters",
    "clusters",
    "changes",
    "contaminants",
    "pages",
    "quarantine",
    "scores",
    "languages",
    "measured",
    "edits",
    "selections",
    "tokens",
    "packs",
    "tokenizers",
    "models",
    "proofs",
)

_DOCUMENTS = re.compile(r"documents/(?P<key>.+)\.parquet")


class Extracted(NamedTuple):
    """What is kept of one input between extraction and documents."""

    documents: str
    losses: str
    paragraphs: str


def extracted(source: str) -> Extracted:
    stem = f"extracted/{source}"
    return Extracted(f"{stem}.documents.parquet", f"{stem}.losses.parquet", f"{stem}.paragraphs.npy")


def repeated_paragraphs(group: int) -> str:
    return f"identified/group-{group:04d}.repeated.npy"


def identified(source: str) -> str:
    return f"identified/{source}.identified.parquet"


CUTOFFS = "identified/cutoffs.json"


def documents(key: Key) -> str:
    return f"documents/{key.path}.parquet"


def quality_signals(key: Key) -> str:
    return f"{QUALITY_SIGNALS}{key.path}.signals.parquet"


def minhash(key: Key) -> str:
    return f"minhash/{key.path}.minhash.parquet"


def model_card(name: str) -> str:
    return f"models/{name}.json"


def scores(column: str, key: Key) -> str:
    return f"scores/{column}/{key.path}.scores.parquet"


def measured(text: str, family: str | None, key: Key) -> str:
    """A family of signals on one text of the documents; None: RedPajama-V2's on a text other than the stored one."""
    return f"measured/{text}/{family or 'redpajama2'}/{key.path}.measured.parquet"


def edits(text: str, key: Key) -> str:
    """How the text of this name is made of the one before it."""
    return f"edits/{text}/{key.path}.edits.parquet"


def languages(name: str, key: Key) -> str:
    return f"languages/{name}/{key.path}.languages.parquet"


def duplicates(name: str, key: Key) -> str:
    return f"duplicates/{name}/{key.path}.duplicates.parquet"


def duplicate_spans(name: str, key: Key) -> str:
    return f"duplicate_spans/{name}/{key.path}.spans.parquet"


def passages(name: str, group: str) -> str:
    """What the duplicates `name` repeat most of one group of keys."""
    return f"passages/{name}/{group}.passages.parquet"


def bloom_filter(name: str) -> str:
    """What the duplicates `name` were found with, for those of the next snapshot."""
    return f"filters/{name}.bloom"


def clusters_folder(name: str) -> str:
    return f"clusters/{name}/"


def clusters(name: str, key: Key) -> str:
    return f"{clusters_folder(name)}{key.path}.clusters.parquet"


def index_keys(name: str, number: int) -> str:
    """Keys of the search `name` in order, see dedupe/index.py."""
    return f"{clusters_folder(name)}index/keys-{number:05d}.u8"


def index_candidates(name: str) -> str:
    return f"{clusters_folder(name)}index/candidates.i8"


def index_members(name: str) -> str:
    return f"{clusters_folder(name)}index/members.i8"


def index_documents(name: str) -> str:
    return f"{clusters_folder(name)}index/documents.json"


def changes(name: str) -> str:
    """What the search `name` changed for documents of earlier runs."""
    return f"changes/{name}.changes.parquet"


def contaminants(name: str, key: Key) -> str:
    return f"contaminants/{name}/{key.path}.contaminants.parquet"


def cut_spans(cut: str, key: Key) -> str:
    """The table of what `[cut]` names: spans of duplicates; as `contaminants/NAME`, what is cut around contaminants."""
    folder, _, name = cut.rpartition("/")
    return contaminants(name, key) if folder else duplicate_spans(name, key)


def cuts_into_pieces(cut: str | None) -> bool:
    """Whether what `[cut]` names parts documents in several, as that around contaminants does."""
    return cut is not None and "/" in cut


def work(name: str, file: str) -> str:
    """What the passes of one verb leave for one another; it goes when the last of them is done."""
    return f"{WORK}/{name}/{file}"


def is_work(path: str) -> bool:
    return path.startswith(f"{WORK}/")


def selection(name: str, key: Key) -> str:
    return f"selections/{name}/{key.path}.selection.parquet"


def resampling(name: str) -> str:
    """Where the sample of a selection ends, by language."""
    return f"selections/{name}/resampling.json"


def pages(source: str) -> str:
    """Fates of the records of one input; `source` is `<snapshot>/<shard>`, or a key's path."""
    return f"pages/{source}.pages.parquet"


def quarantine(source: str) -> str:
    return f"quarantine/{source}.quarantine.parquet"


def tokenizer(selection_name: str) -> str:
    """The tokenizer that a run trains on a selection of its own."""
    return f"tokenizers/{selection_name}.model"


class Tokens(NamedTuple):
    """A ragged pair, and which documents it holds."""

    data: str
    lengths: str
    ids: str


def tokens(stem: str) -> Tokens:
    return Tokens(f"{stem}.data.npy", f"{stem}.len.npy", f"{stem}.ids.parquet")


def tokens_of(selection_name: str, tokenizer_name: str, key: Key) -> Tokens:
    """The token arrays of one key, in a run."""
    return tokens(f"tokens/{selection_name}/{tokenizer_name}/{key.path}")


class Proof(NamedTuple):
    """The files of one proof."""

    tokenizer: str
    result: str


def proof(name: str) -> Proof:
    return Proof(f"proofs/{name}/tokenizer.model", f"proofs/{name}/proof.json")


def proof_tokens(name: str, selection_name: str) -> str:
    """Tokens of each document of a selection, by the tokenizer of the proof."""
    return f"proofs/{name}/tokens/{selection_name}.parquet"


def proof_cell(name: str, selection_name: str, seed: int) -> str:
    """What a model of one sample said to each item."""
    return f"proofs/{name}/cells/{selection_name}.{seed}.parquet"


class Packs(NamedTuple):
    """The packing of one window of shards; rows only where they were asked for."""

    offsets: str
    pieces: str
    rows: str


def packs(window: int) -> Packs:
    stem = f"packs/{window:05d}"
    return Packs(f"{stem}.offsets.npy", f"{stem}.pieces.npy", f"{stem}.rows.npy")


def plan_buckets(name: str) -> str:
    """Which bucket of a plan of a filter each document is in."""
    return f"proofs/{name}/buckets.parquet"


def plan(name: str) -> str:
    return f"proofs/{name}/plan.json"


def key_of_documents(path: str) -> Key | None:
    """The key of a documents file, or None where `path` is another table."""
    match = _DOCUMENTS.fullmatch(path)
    return Key.parse(match["key"]) if match else None
