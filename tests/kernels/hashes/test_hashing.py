"""Hashes of bytes with capitals as small letters."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.kernels.bits import address
from corpusmill.kernels.hashes.hashing import hash_bytes, hash_in_lower_case
from corpusmill.machine_code.jit import kernel


@kernel
def both(data, lower):
    return hash_in_lower_case(address(data), 0, data.size, data.size), hash_bytes(
        address(lower), 0, lower.size, lower.size
    )


@settings(deadline=None)
@given(st.binary(max_size=40))
def test_as_of_the_bytes_in_lower_case(data: bytes):
    found, wanted = both(np.frombuffer(data, np.uint8), np.frombuffer(data.lower(), np.uint8))
    assert found == wanted


def test_every_byte():
    data = bytes(range(256))
    found, wanted = both(np.frombuffer(data, np.uint8), np.frombuffer(data.lower(), np.uint8))
    assert found == wanted
