"""One person's name, written in many ways, is one name; what stays apart is what differs."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dampak.clean.registers.name_rules import NameRules
from dampak.clean.registers.names import name_key, normalised_name, read_names
from tests.unit.clean.registers.conftest import NAMES

WORDS = [
    *pd.read_csv(NAMES / "words.csv")["word"],
    *pd.read_csv(NAMES / "variants.csv")["variant"],
    "H.", "Drs.", "S.Pd", "S. Pd.I", "M.", "st", "ALI", "Soekarno", "Hadji", "djoko", "NN", "HH", "M.M", "MM",
    "Éko", "J.", ",",
]  # fmt: skip
RAW = st.one_of(
    st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join),
    st.lists(st.sampled_from(WORDS), max_size=6).map(".".join),
    st.text(max_size=25),
    st.text("HMRSTAIDJOE ./(,'", max_size=12),
)


@pytest.mark.parametrize(
    ("spellings", "name"),
    [
        (["MOCH. ALI", "Moh Ali", "M. ALI", "H. Mochammad Ali, S.Pd.I", "muhammad  ali", "MUHAMMAD ALI S. PD",
          "Alm. Muh.Ali", "MUHD ALI (ALM)", "MUHAMMAD ALI BIN SOEKARNO", "DRS.H.MUCHAMAD ALI,M.M", "Muh Ali MM"],
         "MUHAMMAD ALI"),
        (["ST. AMINAH", "STI AMINAH", "Hj. Siti Aminah", "SITTI AMINAH BINTI ALI", "St.Aminah, S.T"], "SITI AMINAH"),
        (["AMINAH, S.T.", "Aminah ST", "AMINAH, SE, S.T", "Bu Aminah"], "AMINAH"),
        (["SOEDJONO", "Sujono", "SUDJONO ALIAS PAK TO", "P. SOEJONO", "sujono / jono"], "SUJONO"),
        (["TJAHJO", "CAHYO"], "CAHYO"),
        (["NOER CHOTIMAH", "NUR HOTIMAH", "Nuur  Khotimah"], "NUR KHOTIMAH"),
        (["ABD. ROCHMAN", "Abdul Rahman", "ABDOEL RAKHMAN"], "ABDUL ROHMAN"),
        (["MA'RUF", "Ma’ruf", "MARUF", "Ma`ruf"], "MARUF"),
        (["ANNI", "Ani", "Àni"], "ANI"),
        (["BIN ALI", "(ALM) ALI", "ALI"], "ALI"),
    ],
)  # fmt: skip
def test_spellings_of_one_name_become_one(rules: NameRules, spellings: list[str], name: str) -> None:
    assert normalised_name(pd.Series(spellings), rules=rules).tolist() == [name] * len(spellings)


def test_what_may_be_a_name_of_its_own_is_left(rules: NameRules) -> None:
    kept = ["A RAHIM", "ST", "MAYA M", "SUYONO", "AL FATIH", "SE", "SRI S", "BUDI S E"]
    assert normalised_name(pd.Series(kept), rules=rules).tolist() == kept
    # Two initials without dots are no degree, also where a sign sends the name the long way.
    assert normalised_name(pd.Series(["BUDI S E,"]), rules=rules).tolist() == ["BUDI S E"]


def test_the_father_and_other_names_are_told_apart(rules: NameRules) -> None:
    raw = pd.Series(["Sukir bin H. Moch Ali", "SUKIR ALIAS P. TO", "Sukir (Pak To) bin Abd. Ali", "SUKIR (ALM)"])
    found = read_names(raw, rules=rules)
    assert found["name"].tolist() == ["SUKIR"] * 4
    assert found["father"].tolist() == ["MUHAMMAD ALI", None, "ABDUL ALI", None]
    assert found["alias"].tolist() == [None, "TO", "TO", None]


def test_a_name_that_is_not_there_has_a_reason(rules: NameRules) -> None:
    raw = pd.Series([None, "", " - ", "123", "H.", "Drs. H. (Alm)", float("nan"), "ALI"], index=range(8, 16))
    found = read_names(raw, rules=rules)
    assert found["problem"].tolist() == [
        "name_empty", "name_empty", "name_empty", "name_no_letters", "name_only_titles", "name_only_titles",
        "name_empty", "",
    ]  # fmt: skip
    assert found.index.equals(raw.index) and (found["name"].notna() == (found["problem"] == "")).all()


@given(raw=st.lists(RAW, min_size=1, max_size=10))
def test_a_normalised_name_stays_as_it_is(rules: NameRules, raw: list[str]) -> None:
    once = normalised_name(pd.Series(raw, dtype=object), rules=rules)
    pd.testing.assert_series_equal(normalised_name(once, rules=rules), once)


@given(raw=RAW)
def test_a_name_is_lost_only_where_all_of_it_is_titles(rules: NameRules, raw: str) -> None:
    found = read_names(pd.Series([raw], dtype=object), rules=rules).iloc[0]
    if any(sign.isalpha() for sign in raw.upper()):
        assert found["name"] or found["problem"] in {"name_only_titles", "name_no_letters"}
    if found["problem"] == "name_only_titles":
        # With a name behind the titles nothing but the name is left.
        assert normalised_name(pd.Series([f"{raw} SUKIR"]), rules=rules).tolist() == ["SUKIR"]
    else:
        assert found["name"] is None or found["name"].strip() == found["name"] != ""


@given(
    words=st.lists(st.sampled_from(["ALI", "MOCH", "ST", "H", "SE", "BIN", "Tjokro", "HADJI", "A", "S"]), min_size=1)
)
def test_case_blanks_and_a_final_comma_never_matter(rules: NameRules, words: list[str]) -> None:
    plain = " ".join(words)
    forms = pd.Series([plain, f"{plain},", plain.lower(), "   ".join(words), f" {plain}\u00a0"])
    assert normalised_name(forms, rules=rules).nunique(dropna=False) == 1


@given(raw=st.lists(RAW, min_size=1, max_size=10))
def test_raw_and_normalised_names_have_the_same_key(rules: NameRules, raw: list[str]) -> None:
    names = normalised_name(pd.Series(raw, dtype=object), rules=rules)
    keys = name_key(pd.Series(raw, dtype=object), rules=rules)
    pd.testing.assert_series_equal(name_key(names, rules=rules), keys)
    assert (keys.isna() == names.isna()).all() and (keys.dropna() != "").all()


@pytest.mark.parametrize(
    "alike",
    [
        ["NUR HAYATI", "NURHAYATI", "Noer Hayati"], ["SUWARNO", "SUARNO"], ["FATIMAH", "PATIMA"],
        ["KHOIRUL ANAM", "CHOIRUL ANAM", "HOIRUL ANAM"], ["SYAMSUL", "SAMSUL", "SHAMSUL"], ["QOMARIYAH", "KOMARIAH"],
        ["MUHAMMAD ALI S", "MUHAMMAD ALI"], ["ZAENURI", "JAINURI"],
    ],
)  # fmt: skip
def test_names_that_sound_alike_share_a_key(rules: NameRules, alike: list[str]) -> None:
    assert name_key(pd.Series(alike), rules=rules).nunique() == 1


def test_names_that_differ_keep_their_keys_apart(rules: NameRules) -> None:
    names = pd.Series(["SUKARNO", "SUHARTO", "SITI AMINAH", "AMINAH", "SULASTRI", "MUHAMMAD ALI", "AHMAD ALI", "BUDI"])
    assert name_key(names, rules=rules).is_unique
