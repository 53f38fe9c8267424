"""Rules for names are data, and data with a fault are refused with a sentence."""

from pathlib import Path

import pandas as pd
import pytest

from dampak.clean.registers.name_rules import COLUMNS, name_rules, read_name_rules
from dampak.clean.registers.names import normalised_name
from dampak.errors import ConfigError
from tests.unit.clean.registers.conftest import NAMES


@pytest.fixture
def tables() -> dict[str, pd.DataFrame]:
    return {name: pd.read_csv(NAMES / f"{name}.csv", dtype=str, keep_default_na=False) for name in COLUMNS}


def with_row(table: pd.DataFrame, **values: str) -> pd.DataFrame:
    """Add a row that has a status and a source."""
    row = {"use": "yes", "status": "assumption", "source": "test", "note": "", **values}
    return pd.concat([table, pd.DataFrame([{name: row[name] for name in table.columns}])], ignore_index=True)


def test_every_row_has_a_status_and_a_source(tables: dict[str, pd.DataFrame]) -> None:
    for table in tables.values():
        assert (table["status"] != "").all() and (table["source"] != "").all()


def test_every_variant_in_use_becomes_its_canonical_form(tables: dict[str, pd.DataFrame]) -> None:
    used = tables["variants"].query("use == 'yes'")
    names = normalised_name("SUKIR " + used["variant"] + " SUKIR", rules=name_rules(tables))
    anywhere = used["place"] != "first"
    assert (names[anywhere] == "SUKIR " + used["canonical"][anywhere] + " SUKIR").all()
    first = normalised_name(used["variant"] + " SUKIR", rules=name_rules(tables))
    assert (first == used["canonical"] + " SUKIR").all()


def test_a_row_that_is_not_in_use_does_nothing(tables: dict[str, pd.DataFrame]) -> None:
    variants = tables["variants"]
    raw = pd.Series(["ZAENUL ARIFIN"])
    assert normalised_name(raw, rules=name_rules(tables)).tolist() == ["ZAENUL ARIFIN"]
    tables["variants"] = variants.assign(use=variants["use"].where(variants["variant"] != "ZAENUL", "yes"))
    assert normalised_name(raw, rules=name_rules(tables)).tolist() == ["ZAENAL ARIFIN"]


def test_a_new_variant_needs_no_code(tables: dict[str, pd.DataFrame]) -> None:
    tables["variants"] = with_row(tables["variants"], variant="WAYHU", canonical="WAHYU", place="any")
    assert normalised_name(pd.Series(["Wayhu"]), rules=name_rules(tables)).tolist() == ["WAHYU"]


@pytest.mark.parametrize(
    ("table", "row", "sentence"),
    [
        ("variants", {"variant": "MOCH", "canonical": "AHMAD", "place": "any"},
         "names/variants.csv: 'MOCH' (or 'MOCH', as spelling.csv writes it) has two canonical forms, 'MUHAMMAD' and"
         " 'AHMAD'; choose one"),
        ("variants", {"variant": "MUHAMMAD", "canonical": "ALI", "place": "any"}, "two canonical forms"),
        ("variants", {"variant": "X", "canonical": "HAJI", "place": "any"}, "the canonical form 'HAJI' is itself"),
        ("variants", {"variant": "X", "canonical": "Y", "place": "last"}, "'X' has place 'last'; use any, first"),
        ("variants", {"variant": "x y", "canonical": "Y", "place": "any"}, "'x y' is not one word of upper case"),
        ("words", {"word": "MOCH", "kind": "title", "place": "before"}, "'MOCH' stands in words.csv, to be dropped"),
        ("words", {"word": "X", "kind": "title", "place": "between"}, "names/words.csv: 'X' has kind 'title' and"),
        ("words", {"word": "X", "kind": "job", "place": "before"}, "kinds and places are title"),
        ("spelling", {"pattern": "(", "replacement": ""}, "names/spelling.csv: line 8: '(' is not a regular"),
        ("sounds", {"pattern": "A", "replacement": r"\2"}, "names/sounds.csv: line 15: 'A' is not a regular"),
    ],
)  # fmt: skip
def test_a_faulty_row_gets_a_sentence(
    tables: dict[str, pd.DataFrame], table: str, row: dict[str, str], sentence: str
) -> None:
    tables[table] = with_row(tables[table], **row)
    with pytest.raises(ConfigError) as caught:
        name_rules(tables, where="names")
    assert sentence in str(caught.value)


def test_rules_that_go_round_in_circles_are_found_without_showing_a_name(tables: dict[str, pd.DataFrame]) -> None:
    for pattern, replacement in (("QQA", "QQB"), ("QQB", "QQA"), ("(?<=Q)A", "AX")):
        tables["spelling"] = with_row(tables["spelling"], pattern=pattern, replacement=replacement)
    tables["spelling"] = tables["spelling"].query(r"pattern != '(.)\\1+'")
    rules = name_rules(tables)
    with pytest.raises(ConfigError, match=r"spelling\.csv still change a word") as caught:
        normalised_name(pd.Series(["SUKIR QQA"]), rules=rules)
    assert "QQ" not in str(caught.value)


def test_a_missing_file_or_column_is_named(tmp_path: Path, tables: dict[str, pd.DataFrame]) -> None:
    with pytest.raises(ConfigError, match=r"names: variants\.csv is missing"):
        read_name_rules(tmp_path, label="names")
    for name, table in tables.items():
        table.drop(columns="source" if name == "words" else "note", errors="ignore").to_csv(
            tmp_path / f"{name}.csv", index=False
        )
    with pytest.raises(ConfigError, match=r"names/words\.csv has no column 'source'; its columns are word, kind"):
        read_name_rules(tmp_path, label="names")
