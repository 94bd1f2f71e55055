"""WARC digests: "algorithm:value" with the value in base32 or hexadecimal."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable

_SIZES = {"sha1": 20, "sha256": 32, "md5": 16}
_BASE32 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_DIGITS = bytes.maketrans(
    _BASE32 + _BASE32[:26].lower(), b"0123456789abcdefghijklmnopqrstuv" + b"0123456789abcdefghijklmnop"
)


def expected_digest(label: bytes) -> tuple[str, bytes] | None:
    """Algorithm and value of a digest header; None where it names none that can be checked.

    >>> expected_digest(b"sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ")[0]
    'sha1'
    >>> expected_digest(b"sha1:none") is None
    True
    """
    name, _, text = label.strip().partition(b":")
    algorithm = name.strip().lower().replace(b"-", b"").decode("ascii", "replace")
    size = _SIZES.get(algorithm)
    text = text.strip()
    if size is None:
        return None
    try:
        if len(text) == 2 * size:
            return algorithm, bytes.fromhex(text.decode("ascii"))
        if len(text) == 32 and not text.upper().translate(None, _BASE32):  # as all of SHA-1, without Python's slow way
            value = int(text.translate(_DIGITS), 32).to_bytes(20, "big")
        else:
            value = base64.b32decode(text + b"=" * (-len(text) % 8), casefold=True)
    except (ValueError, binascii.Error):
        return None
    return (algorithm, value) if len(value) == size else None


def matches(expected: tuple[str, bytes], candidates: Iterable[bytes]) -> bool:
    """Whether any of `candidates` has the digest; they are tried in order, so put the usual one first."""
    algorithm, value = expected
    return any(hashlib.new(algorithm, data, usedforsecurity=False).digest() == value for data in candidates)
