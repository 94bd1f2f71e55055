"""Personal data replaced by what cannot be anyone's, the same for the same text wherever it stands.

Masks of a kind are taken in turn, from the first again in each text.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from corpusmill.batch import TextBatch
from corpusmill.rules.replace.registry import replacement
from corpusmill.rules.replace.spans import Replaced
from corpusmill.signals.pii import CARD, EMAIL, IBAN, IPV4, IPV6, PHONE, Found, emails_and_any_quads, personal

SOURCE = "this project; docs/url_lists_and_masks.md"

_EMAILS = ("email@example.com", "firstname.lastname@example.org")
_FINEWEB_IPS = ("22.214.171.124", "126.96.36.199", "188.8.131.52", "184.108.40.206", "220.127.116.11", "18.104.22.168")
_MASKS = {
    EMAIL: _EMAILS,
    IPV4: ("192.0.2.1", "198.51.100.1", "203.0.113.1"),  # RFC 5737
    IPV6: ("2001:db8::1", "2001:db8::2"),  # RFC 3849
    IBAN: ("XX00 0000 0000 0000 0000 00",),
    CARD: ("0000 0000 0000 0000",),
    PHONE: ("+1 202-555-0100", "+1 202-555-0101", "+1 202-555-0102"),  # numbers kept for fiction
}


@replacement("fineweb_pii", source="datatrove 0.10.1, PIIFormatter", version=1)
def fineweb_pii(batch: TextBatch) -> Replaced:
    """E-mail addresses and public IPv4 addresses, as FineWeb replaces them; the masks begin anew with each text."""
    found = batch.once(emails_and_any_quads)
    return _masked(batch, found, {EMAIL: _EMAILS, IPV4: _FINEWEB_IPS})


@replacement("pii", source=SOURCE, version=1)
def pii(batch: TextBatch) -> Replaced:
    """All personal data that is found: pii_emails, pii_ip_addresses, pii_ibans, pii_cards and pii_phones."""
    return _masked(batch, batch.once(personal), _MASKS)


@replacement("pii_emails", source=SOURCE, version=1)
def pii_emails(batch: TextBatch) -> Replaced:
    """E-mail addresses, by addresses of example.com and example.org."""
    return _masked(batch, batch.once(personal), _chosen(EMAIL))


@replacement("pii_ip_addresses", source=SOURCE, version=1)
def pii_ip_addresses(batch: TextBatch) -> Replaced:
    """Public IPv4 and IPv6 addresses, by addresses that are kept for documentation."""
    return _masked(batch, batch.once(personal), _chosen(IPV4, IPV6))


@replacement("pii_ibans", source=SOURCE, version=1)
def pii_ibans(batch: TextBatch) -> Replaced:
    """International bank account numbers, by zeros of no country."""
    return _masked(batch, batch.once(personal), _chosen(IBAN))


@replacement("pii_cards", source=SOURCE, version=1)
def pii_cards(batch: TextBatch) -> Replaced:
    """Payment card numbers, by sixteen zeros."""
    return _masked(batch, batch.once(personal), _chosen(CARD))


@replacement("pii_phones", source=SOURCE, version=1)
def pii_phones(batch: TextBatch) -> Replaced:
    """Telephone numbers, by numbers that are kept for fiction."""
    return _masked(batch, batch.once(personal), _chosen(PHONE))


def _chosen(*kinds: int) -> dict[int, tuple[str, ...]]:
    return {kind: _MASKS[kind] for kind in kinds}


def _masked(batch: TextBatch, found: Found, masks: dict[int, tuple[str, ...]]) -> Replaced:
    chosen = np.isin(found.kinds, list(masks))
    owners, kinds = found.owners[chosen], found.kinds[chosen]
    number = np.zeros(len(owners), np.int64)  # of the mask of each span, in all masks one after another
    first = 0
    for kind, texts in masks.items():
        same = np.flatnonzero(kinds == kind)
        begins = np.searchsorted(owners[same], owners[same])  # where the spans of the same text begin
        number[same] = first + (np.arange(len(same)) - begins) % len(texts)
        first += len(texts)
    texts = pa.array([text for of_kind in masks.values() for text in of_kind], pa.string())
    offsets = np.concatenate([[0], np.cumsum(np.bincount(owners, minlength=len(batch)))]).astype(np.int64)
    return Replaced(found.starts[chosen], found.ends[chosen], texts.take(pa.array(number)), offsets)
