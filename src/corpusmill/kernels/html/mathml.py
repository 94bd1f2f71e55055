"""MathML that shows a formula, as TeX; meaning beyond the layout is not looked for.

Scripts, fractions, roots, accents, tables of rows; names of functions and the common symbols by their TeX names, other
characters as they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.html.bytes import blank, is_letter
from corpusmill.kernels.html.elements import IN_MATH_SOURCE, NUMBERS, words_of
from corpusmill.kernels.html.formulas import Parsed
from corpusmill.machine_code.jit import inlined, kernel

MI, MN, MO, MTEXT, MFRAC, MSUP, MSUB, MSUBSUP, MSQRT, MROOT, MOVER, MUNDER, MUNDEROVER, MFENCED, MTABLE, MTR, MTD = (
    NUMBERS[name]
    for name in words_of(
        "mi mn mo mtext mfrac msup msub msubsup msqrt mroot mover munder munderover mfenced mtable mtr mtd"
    )
)
MLABELEDTR = NUMBERS["mlabeledtr"]
MOST_OPEN = 600
_MARKS = 40  # bytes that an element may need beside its text, those of an accent or a root included
_LONGEST = 16  # bytes that a character may become

# Characters by their names in TeX.
_SYMBOLS = (
    "α alpha β beta γ gamma δ delta ε varepsilon ϵ epsilon ζ zeta η eta θ theta ϑ vartheta ι iota κ kappa λ lambda"
    " μ mu ν nu ξ xi π pi ρ rho σ sigma ς varsigma τ tau υ upsilon φ varphi ϕ phi χ chi ψ psi ω omega"
    " Γ Gamma Δ Delta Θ Theta Λ Lambda Ξ Xi Π Pi Σ Sigma Φ Phi Ψ Psi Ω Omega"
    " × times ÷ div ± pm ∓ mp · cdot ⋅ cdot ∗ ast ∘ circ • bullet ⊕ oplus ⊗ otimes † dagger"
    " ≤ le ≥ ge ≠ ne ≈ approx ≡ equiv ∼ sim ≃ simeq ≅ cong ∝ propto ≪ ll ≫ gg ≺ prec ≻ succ ⊥ perp ∥ parallel"
    " ∑ sum ∏ prod ∐ coprod ∫ int ∬ iint ∭ iiint ∮ oint ∂ partial ∇ nabla ∞ infty √ surd"
    " → to ← leftarrow ↔ leftrightarrow ⇒ Rightarrow ⇐ Leftarrow ⇔ Leftrightarrow ⟹ implies ⟺ iff ↦ mapsto ↑ uparrow"
    " ↓ downarrow ∈ in ∉ notin ∋ ni ⊂ subset ⊆ subseteq ⊃ supset ⊇ supseteq ∪ cup ∩ cap ∅ emptyset ∖ setminus"
    " ∀ forall ∃ exists ¬ neg ∧ land ∨ lor … ldots ⋯ cdots ⋮ vdots ⋱ ddots ⟨ langle ⟩ rangle ⌊ lfloor ⌋ rfloor"
    " ⌈ lceil ⌉ rceil ‖ Vert ∣ mid ℏ hbar ℓ ell ℜ Re ℑ Im ℵ aleph ∠ angle △ triangle ′ prime ⋆ star"
)
_PLAIN = {
    0x2212: "-",
    0x00A0: " ",
    0x2032: "'",
    0x2009: r"\,",
    0x2003: r"\quad ",
    0x25: r"\%",
    0x26: r"\&",
    0x23: r"\#",
}
_PLAIN |= {0x7B: r"\{", 0x7D: r"\}", 0x24: r"\$", 0x2061: "", 0x2062: "", 0x2063: "", 0x2064: "", 0x200B: ""}
_FUNCTIONS = tuple(
    np.frombuffer(word.encode(), np.uint8)
    for word in words_of(
        "sin cos tan cot sec csc sinh cosh tanh arcsin arccos arctan log ln lg exp lim limsup liminf max min sup inf"
        " det dim ker deg gcd arg Pr hom"
    )
)
_ACCENTS = (  # over what they stand on
    "¯ overline ‾ overline ˉ bar _ underline ^ hat ˆ hat ~ tilde ˜ tilde → vec ⃗ vec ˙ dot . dot ¨ ddot ´ acute ` grave"
    " ˇ check ˘ breve ⏞ overbrace ︷ overbrace"
)


def _tex_table(pairs: dict[int, str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    codes = sorted(pairs)
    written = [pairs[code].encode() for code in codes]
    offsets = np.concatenate(([0], np.cumsum([len(word) for word in written]))).astype(np.int64)
    return np.array(codes, np.int64), offsets, np.frombuffer(b"".join(written), np.uint8)


def _named(text: str) -> dict[int, str]:
    words = text.split()
    return {ord(sign): f"\\{name}" for sign, name in zip(words[::2], words[1::2], strict=True)}


_CODES, _OFFSETS, _TEX = _tex_table({code: name + " " for code, name in _named(_SYMBOLS).items()} | _PLAIN)
_ACCENT_CODES, _ACCENT_OFFSETS, _ACCENT_TEX = _tex_table(_named(_ACCENTS))
_FRACTION, _ROOT, _TEXT, _OPERATOR, _MATRIX, _MATRIX_END = (
    np.frombuffer(word, np.uint8)
    for word in (b"\\frac", b"\\sqrt", b"\\text{", b"\\mathrm{", b"\\begin{matrix} ", b" \\end{matrix}")
)
_ROW_END = np.frombuffer(b" \\\\ ", np.uint8)

# Columns of open elements.
_ELEMENT, _TAG, _CHILDREN, _BEGUN, _BRACED, _SECOND = range(6)


@kernel
def mathml_room(p: Parsed, math: int, run: int) -> Any:
    """Bytes that suffice for the TeX of the element `math`; `run`: a run of text before or in it."""
    room = _MARKS * (p.stop[math] - math)
    while run < len(p.span_block) and p.span_element[run] < p.stop[math]:
        room += _LONGEST * (p.span_ends[run] - p.span_starts[run])
        run += 1
    return room


@inlined
def _put(out: np.ndarray, at: int, word: np.ndarray) -> int:
    for i in range(len(word)):
        out[at + i] = word[i]
    return at + len(word)


@kernel
def _code_at(text: np.ndarray, at: int) -> Any:
    """The code point of the UTF-8 at `at`, and where it ends."""
    lead = np.int64(text[at])
    if lead < 0x80:
        return lead, at + 1
    length = 2 if lead < 0xE0 else (3 if lead < 0xF0 else 4)
    code = lead & (0xFF >> (length + 1))
    for i in range(1, length):
        code = code << 6 | (np.int64(text[at + i]) & 0x3F)
    return code, at + length


@kernel
def _put_token(text: np.ndarray, start: int, end: int, tag: int, out: np.ndarray, at: int) -> int:
    """The text of a token: a name, a number, an operator or words."""
    while start < end and blank(text[start]):
        start += 1
    while start < end and blank(text[end - 1]):
        end -= 1
    letters = 0
    while start + letters < end and is_letter(text[start + letters]):
        letters += 1
    word = letters > 1 and letters == end - start and tag != MN
    if tag == MTEXT:
        at = _put(out, at, _TEXT)
    elif word:
        known = False
        for name in _FUNCTIONS:
            same = len(name) == letters
            for i in range(min(len(name), letters)):
                same = same and name[i] == text[start + i]
            known = known or same
        if known:
            out[at] = 0x5C
            for i in range(letters):
                out[at + 1 + i] = text[start + i]
            out[at + 1 + letters] = 32
            return at + letters + 2
        at = _put(out, at, _OPERATOR)
    position = start
    while position < end:
        code, after = _code_at(text, position)
        found = np.searchsorted(_CODES, code)
        if tag != MTEXT and found < len(_CODES) and _CODES[found] == code:
            for i in range(_OFFSETS[found], _OFFSETS[found + 1]):
                out[at] = _TEX[i]
                at += 1
        else:
            for i in range(position, after):
                out[at] = text[i]
                at += 1
        position = after
    if tag == MTEXT or word:
        out[at] = 0x7D
        at += 1
    return at


@kernel
def _turn(out: np.ndarray, begin: int, middle: int, end: int) -> None:
    """`out[begin:end]` with the part from `middle` on first."""
    part = out[begin:middle].copy()
    for i in range(end - middle):
        out[begin + i] = out[middle + i]
    for i in range(len(part)):
        out[begin + end - middle + i] = part[i]


@kernel
def _before_child(open_: np.ndarray, level: int, child_tag: int, out: np.ndarray, at: int) -> int:
    """What stands before the next child of the element at `level`."""
    tag, child = open_[level, _TAG], open_[level, _CHILDREN]
    open_[level, _CHILDREN] = child + 1
    if tag in (MFRAC, MSUP, MSUB, MSUBSUP, MROOT, MOVER, MUNDER, MUNDEROVER):
        if child > 0 and open_[level, _BRACED]:
            out[at] = 0x7D
            at += 1
        if child > 0 and at > open_[level, _BEGUN] and out[at - 1] == 32:
            at -= 1
        if child == 1:
            open_[level, _SECOND] = at
        if child > 0 and tag != MFRAC and tag != MROOT:
            low = tag in (MSUB, MUNDER) or (tag in (MSUBSUP, MUNDEROVER) and child == 1)
            out[at] = 0x5F if low else 0x5E
            at += 1
        simple = child == 0 and tag != MFRAC and tag != MROOT and child_tag in (MI, MN, MO)
        open_[level, _BRACED] = not simple
        if not simple:
            out[at] = 0x7B
            at += 1
    elif tag == MFENCED and child > 0:
        out[at] = 0x2C
        at += 1
    elif tag == MTABLE and child > 0:
        at = _put(out, at, _ROW_END)
    elif tag in (MTR, MLABELEDTR) and child > 0:
        out[at], out[at + 1], out[at + 2] = 32, 0x26, 32
        at += 3
    return at


@kernel
def _begin(open_: np.ndarray, level: int, out: np.ndarray, at: int) -> int:
    tag = open_[level, _TAG]
    if tag == MFRAC:
        return _put(out, at, _FRACTION)
    if tag == MSQRT:
        at = _put(out, at, _ROOT)
        out[at] = 0x7B
        return at + 1
    if tag == MFENCED:
        out[at] = 0x28
        return at + 1
    return _put(out, at, _MATRIX) if tag == MTABLE else at


@kernel
def _finish(open_: np.ndarray, level: int, out: np.ndarray, at: int) -> int:
    """What ends the element at `level`; roots and accents are brought before what they stand over."""
    tag, children = open_[level, _TAG], open_[level, _CHILDREN]
    if tag in (MFRAC, MSUP, MSUB, MSUBSUP, MROOT, MOVER, MUNDER, MUNDEROVER):
        if children and open_[level, _BRACED]:
            out[at] = 0x7D
            at += 1
        begun, second = open_[level, _BEGUN], open_[level, _SECOND]
        if tag == MROOT and children > 1:
            out[second], out[at - 1] = 0x5B, 0x5D
            _turn(out, begun, second, at)
            for i in range(at - begun):
                out[at + len(_ROOT) - 1 - i] = out[at - 1 - i]
            _put(out, begun, _ROOT)
            at += len(_ROOT)
        elif tag == MOVER and children == 2:
            at = _accent(out, begun, second, at)
        return at
    if tag == MSQRT:
        out[at] = 0x7D
        return at + 1
    if tag == MFENCED:
        out[at] = 0x29
        return at + 1
    return _put(out, at, _MATRIX_END) if tag == MTABLE else at


@kernel
def _accent(out: np.ndarray, begun: int, second: int, at: int) -> int:
    """`base^{accent}` from `begun`, the caret at `second`, as the accent of that name if it has one."""
    start, end = second + 2, at - 1
    to = end - start == 4 and out[start] == 0x5C and out[start + 1] == 0x74 and out[start + 2] == 0x6F
    if start >= end:
        return at
    code, after = _code_at(out, start)
    if to:
        code, after = np.int64(0x2192), end
    found = np.searchsorted(_ACCENT_CODES, code)
    if after != end or found == len(_ACCENT_CODES) or _ACCENT_CODES[found] != code:
        return at
    braced = out[begun] == 0x7B
    size = second - begun
    first, last = _ACCENT_OFFSETS[found], _ACCENT_OFFSETS[found + 1]
    shift = last - first + (not braced)
    for i in range(size):
        out[begun + shift + size - 1 - i] = out[begun + size - 1 - i]
    for i in range(last - first):
        out[begun + i] = _ACCENT_TEX[first + i]
    at = begun + shift + size
    if not braced:
        out[begun + shift - 1] = 0x7B
        out[at] = 0x7D
        at += 1
    return at


@kernel
def write_mathml(p: Parsed, math: int, run: int, out: np.ndarray, at: int) -> int:
    """Write the TeX of the element `math` to `out` from `at`; `run`: a run of text before or in it."""
    open_ = np.empty((MOST_OPEN + 1, 6), np.int64)
    level = -1
    begun = at
    stop = p.stop[math]
    for element in range(math, stop + 1):
        while run < len(p.span_block) and p.span_element[run] < element:
            inside = p.span_element[run]
            if inside >= math and not p.block_flags[p.span_block[run]] & IN_MATH_SOURCE:
                at = _put_token(p.text, p.span_starts[run], p.span_ends[run], p.tag[inside], out, at)
            run += 1
        while level >= 0 and (element == stop or p.stop[open_[level, _ELEMENT]] <= element):
            at = _finish(open_, level, out, at)
            level -= 1
        if element == stop:
            break
        if p.element_flags[element] & IN_MATH_SOURCE or level == MOST_OPEN:
            continue
        if level >= 0:
            at = _before_child(open_, level, p.tag[element], out, at)
        level += 1
        open_[level, _ELEMENT], open_[level, _TAG], open_[level, _CHILDREN] = element, p.tag[element], 0
        open_[level, _BEGUN], open_[level, _BRACED], open_[level, _SECOND] = at, 0, at
        at = _begin(open_, level, out, at)
    while at > begun and out[at - 1] == 32:
        at -= 1
    return at
