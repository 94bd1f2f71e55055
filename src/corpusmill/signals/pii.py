"""Personal data in texts: where it stands, and how much of it there is.

    e-mail address   as datatrove's PIIFormatter finds it, see kernels/matching/emails.py
    IPv4, IPv6       globally reachable addresses alone (IANA's registries); IPv6 of 2000::/3
    IBAN             of a country and length of the registry (ISO 13616), with remainder 1 by 97
    card number      of an issuer and length of ISO/IEC 7812, with Luhn's check digit
    phone number     `+` and 8 to 15 digits (ITU-T E.164), or North American with its separators

None of these begins behind or ends before a word character. Other numbers, telephone numbers as they are written
within other countries among them, are not found.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.batch import Int64s, TextBatch
from corpusmill.signals.registry import signal

SOURCE = "this project; docs/url_lists_and_masks.md"

EMAIL, IPV4, IPV6, IBAN, CARD, PHONE = (0, 1, 2, 4, 8, 16)  # those but EMAIL as in kernels/matching/identifiers.py

# Characters of an account number (SWIFT, IBAN registry).
_IBAN_CHARS = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20"
    " EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30"
    " KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23"
    " PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26"
    " UA29 VA22 VG24 XK20 YE30"
)


@dataclass(frozen=True)
class Found:
    """Spans of bytes of TextBatch.data, ascending and disjoint."""

    owners: Int64s  # the text that each stands in
    starts: Int64s
    ends: Int64s
    kinds: Int64s

    def of(self, kinds: int) -> npt.NDArray[np.bool_]:
        """Which are of one of these kinds; EMAIL has no bit and stands alone."""
        chosen: npt.NDArray[np.bool_] = self.kinds == EMAIL if kinds == EMAIL else (self.kinds & kinds) != 0
        return chosen


def emails(batch: TextBatch) -> Found:
    """E-mail addresses."""
    from corpusmill.kernels.characters.tables import unicode_tables
    from corpusmill.kernels.matching.emails import find_emails

    most = int(np.count_nonzero(batch.data == ord("@")))
    owners, starts, ends = (np.empty(most, np.int64) for _ in range(3))
    count = find_emails(batch.data, batch.offsets, unicode_tables(), owners, starts, ends)
    return Found(owners[:count], starts[:count], ends[:count], np.full(count, EMAIL))


def emails_and_any_quads(batch: TextBatch) -> Found:
    """E-mail addresses, then public IPv4 addresses in what is left, even within longer numbers; as PIIFormatter."""
    from corpusmill.kernels.matching.emails import find_dotted_quads
    from corpusmill.kernels.matching.identifiers import is_public

    first = batch.once(emails)
    most = len(batch.data) // 7 + 1
    owners, starts, ends = (np.empty(most, np.int64) for _ in range(3))
    values = np.empty(most, np.uint64)
    cuts = (_offsets(first.owners, len(batch)), first.starts, first.ends)
    count = find_dotted_quads(batch.data, batch.offsets, *cuts, owners, starts, ends, values)
    public = np.array([is_public(value) for value in values[:count]], np.bool_)
    chosen = np.flatnonzero(public)
    return _joined(first, Found(owners[chosen], starts[chosen], ends[chosen], np.full(len(chosen), IPV4)))


def personal(batch: TextBatch) -> Found:
    """All that is found; e-mail addresses come first, and nothing else is looked for inside them."""
    from corpusmill.kernels.characters.tables import unicode_tables
    from corpusmill.kernels.matching.identifiers import find_identifiers

    first = batch.once(emails)
    most = len(batch.data) // 6 + 1
    owners, starts, ends, kinds = (np.empty(most, np.int64) for _ in range(4))
    cuts = (_offsets(first.owners, len(batch)), first.starts, first.ends)
    wanted = IPV4 | IPV6 | IBAN | CARD | PHONE
    count = find_identifiers(
        batch.data, batch.offsets, *cuts, wanted, _iban_lengths(), unicode_tables(), owners, starts, ends, kinds
    )
    return _joined(first, Found(owners[:count], starts[:count], ends[:count], kinds[:count]))


def _joined(one: Found, other: Found) -> Found:
    starts = np.concatenate([one.starts, other.starts])
    order = np.argsort(starts, kind="stable")
    pairs = ((one.owners, other.owners), (one.starts, other.starts), (one.ends, other.ends), (one.kinds, other.kinds))
    return Found(*(np.concatenate(pair)[order] for pair in pairs))


def _offsets(owners: Int64s, rows: int) -> Int64s:
    return np.concatenate([[0], np.cumsum(np.bincount(owners, minlength=rows))]).astype(np.int64)


def _iban_lengths() -> Int64s:
    lengths = np.zeros(26 * 26, np.int64)
    for entry in _IBAN_CHARS.split():
        lengths[26 * (ord(entry[0]) - 65) + ord(entry[1]) - 65] = int(entry[2:])
    return lengths


def _counted(batch: TextBatch, kinds: int) -> pa.Array:
    found = batch.once(personal)
    return pa.array(np.bincount(found.owners[found.of(kinds)], minlength=len(batch)), pa.int64())


@signal("pii_emails", dtype=pa.int64(), unit="addresses", source=SOURCE, version=1, family="pii")
def pii_emails(batch: TextBatch) -> pa.Array:
    """E-mail addresses, those in brackets included."""
    return _counted(batch, EMAIL)


@signal("pii_ip_addresses", dtype=pa.int64(), unit="addresses", source=SOURCE, version=1, family="pii")
def pii_ip_addresses(batch: TextBatch) -> pa.Array:
    """Globally reachable IPv4 and IPv6 addresses."""
    return _counted(batch, IPV4 | IPV6)


@signal("pii_ibans", dtype=pa.int64(), unit="numbers", source=SOURCE, version=1, family="pii")
def pii_ibans(batch: TextBatch) -> pa.Array:
    """International bank account numbers with the right length and check digits."""
    return _counted(batch, IBAN)


@signal("pii_cards", dtype=pa.int64(), unit="numbers", source=SOURCE, version=1, family="pii")
def pii_cards(batch: TextBatch) -> pa.Array:
    """Payment card numbers of a known issuer with the right length and check digit."""
    return _counted(batch, CARD)


@signal("pii_phones", dtype=pa.int64(), unit="numbers", source=SOURCE, version=1, family="pii")
def pii_phones(batch: TextBatch) -> pa.Array:
    """Telephone numbers in international or North American notation."""
    return _counted(batch, PHONE)
