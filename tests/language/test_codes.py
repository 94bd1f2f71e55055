"""One language under many names."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import corpusmill
from corpusmill.language.codes import agree, common
from corpusmill.language.identify import LanguageIdentifier, LanguageParameters

SAME = """en eng_Latn; de deu; zh cmn_Hani; zh zho_Hans; zho cmn; ar arb_Arab; ar ara_Arab; ar ary_Arab; arz ar;
ms zsm_Latn; et ekk_Latn; lv lvs_Latn; fa pes_Arab; no nob_Latn; nn nno_Latn; sw swh_Latn; uz uzn_Cyrl; az azj_Latn;
sq als_Latn; als gsw_Latn; mg plt_Latn; ku kmr_Latn; yi ydd_Hebr; or ory_Orya; ne npi_Deva; mn khk_Cyrl; ps pbt_Arab;
tl fil_Latn; sr srp_Latn; sr srp_Cyrl; sh hrv_Latn; bh bho_Deva; ceb ceb_Latn; he iw; gom kok; tlh tlh_Latn; xx xx;
en en-Latn"""
APART = """en deu_Latn; zh yue_Hant; zh wuu; cmn yue; arb arz; ms ind_Latn; no nno_Latn; nb nn; az azb_Arab;
ku ckb_Arab; fa mzn_Arab; als als_Latn; sq gsw; hr sr; bs hr; ne dty; und und; und en; en und_Latn; xx xy; mhr mrj"""


def pairs(text: str) -> list[list[str]]:
    return [pair.split() for pair in text.split(";")]


@pytest.mark.parametrize(("one", "other"), pairs(SAME))
def test_agree(one, other):
    assert agree(one, other) and agree(other, one)


@pytest.mark.parametrize(("one", "other"), pairs(APART))
def test_do_not_agree(one, other):
    assert not agree(one, other) and not agree(other, one)


def test_labels_of_lid_176_are_told_apart():
    """But for those whose language ISO 639-3 has in another's."""
    labels = [name for name in LanguageIdentifier(LanguageParameters())._languages.to_pylist() if name != "und"]
    assert len(labels) == 176
    found = [{one, other} for i, one in enumerate(labels) for other in labels[:i] if agree(one, other)]
    assert sorted(map(sorted, found)) == [["ar", "arz"], ["bs", "sh"], ["hr", "sh"], ["sh", "sr"]]


def test_the_table_is_well_formed():
    path = Path(corpusmill.__file__).parent / "language" / "data" / "iso639.csv"
    rows = list(csv.DictReader(path.open(encoding="utf-8", newline="")))
    codes = [row["code"] for row in rows if row["code"]]
    assert len(codes) == len(set(codes)) > 180
    for row in rows:
        members = row["also"].split()
        assert all(len(code) == 3 and code.isalpha() and code.islower() for code in [row["iso639_3"], *members])
        assert members == sorted(set(members)) and row["iso639_3"] not in members
    assert common("en") == "eng"
