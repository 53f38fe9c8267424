"""The registers as offices send them: cleaning reads every file, loses no recipient and no rupiah; the truth fits."""

from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

from dampak.clean.registers.nik import read_kk, read_nik
from dampak.clean.registers.rules import read_name_tables
from dampak.clean.registers.stage import clean_registers, read_register
from dampak.config.load import load_codebook
from dampak.errors import ConfigError
from dampak.synth.files import REGISTER_FILES
from dampak.synth.identities import draw_identities, load_names
from dampak.synth.parameters import Parameters, resized
from dampak.synth.population import Population, draw_population
from dampak.synth.registers.dirt import DOCUMENT, load_dirt
from dampak.synth.registers.draw import Registers, draw_registers
from dampak.synth.registers.formats import FORMATS
from dampak.synth.registers.write import write_registers
from dampak.synth.survey_files.settings import load_layout
from tests.unit.synth.conftest import ROOT

SEED = 7
REMARKED = {"deceased": "Meninggal Dunia", "moved": "Pindah Alamat", "well_off": "Mampu Ekonomi"}
ADDITIONAL = {*REMARKED, "ghost", "double_aid", "duplicate_row", "duplicate_variant"}
NIK_FAULTS = ("nik_missing", "nik_invalid", "nik_of_member", "nik_scientific")
UNREAD = {"nik_missing", "nik_invalid", "nik_scientific", "nik_lost_digits"}
LARGE = ("dtks", "pkh", "bpnt", "pip", "bst", "blt_desa")


@pytest.fixture(scope="module")
def small(parameters: Parameters) -> Population:
    # The smallest size at which every register has a row.
    return draw_population(resized(parameters, households=22_800), seed=SEED)


@pytest.fixture(scope="module")
def identities(small: Population) -> pd.DataFrame:
    return draw_identities(small, names=load_names(ROOT), seed=SEED)


def drawn(population: Population, identities: pd.DataFrame, parameters: Parameters, seed: int = SEED) -> Registers:
    return draw_registers(
        population, identities, parameters, dirt=load_dirt(ROOT), spellings=load_layout(ROOT).dirt, seed=seed
    )


@pytest.fixture(scope="module")
def registers(small: Population, identities: pd.DataFrame, parameters: Parameters) -> Registers:
    return drawn(small, identities, parameters)


@pytest.fixture(scope="module")
def folder(registers: Registers, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("raw")
    write_registers(registers, {name: folder / file for name, file in REGISTER_FILES.items()})
    return folder


@pytest.fixture(scope="module")
def specs() -> dict[str, dict[str, Any]]:
    return {
        name: {
            "path": file,
            "options": {"delimiter": ";"} if file.endswith(".csv") else {},
            "codebook": load_codebook(ROOT, f"register_{name}").model_dump(mode="json"),
            "excludes": ["kabupaten_aid"] if name == "aspd" else [],
        }
        for name, file in REGISTER_FILES.items()
    }


@pytest.fixture(scope="module")
def cleaned(folder: Path, specs: dict[str, dict[str, Any]], parameters: Parameters) -> dict[str, pd.DataFrame]:
    area = {
        "kab_codes": [area.kab_code for area in parameters.areas],
        "kab_names": {str(area.kab_code): area.name for area in parameters.areas},
        "date": "2020-03-01",
    }
    settings = {"registers": specs, "area": area, "names": read_name_tables(ROOT / "config" / "names")}
    return clean_registers({name: read_register(name, spec, folder) for name, spec in specs.items()}, settings)


@pytest.fixture(scope="module")
def kept(cleaned: dict[str, pd.DataFrame], registers: Registers) -> pd.DataFrame:
    """Rows that cleaning keeps, with the family that they are."""
    return cleaned["registers"].merge(registers.links, on=["register", "row"], how="left", validate="1:1")


def cells(registers: Registers, variable: str, kind: str) -> pd.Series:
    """What the rows of one fault have in a column, over all registers that have it."""
    faults = registers.dirt[registers.dirt["kind"] == kind]
    return pd.Series(
        [
            registers.tables[name][FORMATS[name].headers[variable]].iloc[row - 1]
            for name, row in zip(faults["register"], faults["row"], strict=True)
        ],
        dtype=object,
    )


def test_cleaning_reads_all_eleven_files_and_their_rows_are_numbered_as_in_the_truth(
    cleaned: dict[str, pd.DataFrame], registers: Registers, kept: pd.DataFrame
) -> None:
    assert set(cleaned["registers"]["register"]) == set(REGISTER_FILES) == set(registers.tables)
    read = cleaned["ledger"].query("stage == 'validate'").groupby("source")["rows_in"].max()
    listed = registers.links.groupby("register").size()
    assert read.to_dict() == listed.to_dict() == {name: len(table) for name, table in registers.tables.items()}
    assert (registers.links["row"] == registers.links.groupby("register").cumcount() + 1).all()
    assert kept["family_id"].notna().all()


def test_nearly_every_recipient_family_is_left_after_cleaning(kept: pd.DataFrame, small: Population) -> None:
    for name in REGISTER_FILES:
        true = set(small.families["family_id"][small.families[name]])
        found = kept.loc[kept["register"] == name, "family_id"]
        assert len(true & set(found)) >= 0.95 * len(true), name
        # A family is left twice only where its second row shares no number with the first.
        assert found[found >= 0].duplicated().mean() < 0.002, name


def test_most_rows_left_carry_a_number_of_their_own_family(
    kept: pd.DataFrame, small: Population, identities: pd.DataFrame
) -> None:
    family = small.persons["family_id"].to_numpy()
    card = pd.Series(identities["kk"].to_numpy(), index=family).groupby(level=0).first()
    owner = pd.Series(family, index=identities["nik"].to_numpy())
    owner = owner[owner.index != ""]
    by_kk = kept["kk"].notna() & kept["kk"].eq(kept["family_id"].map(card))
    by_nik = kept["nik"].notna() & kept["nik"].map(owner).eq(kept["family_id"])
    assert (by_kk | by_nik).mean() >= 0.94
    # A link of one row to the family of the next would pass every other test.
    assert not (kept["nik"].map(owner).notna() & ~by_nik).any()
    assert not (kept["kk"].isin(card) & ~by_kk).any()


def test_no_rupiah_is_lost_between_file_and_clean_table(
    cleaned: dict[str, pd.DataFrame], registers: Registers, kept: pd.DataFrame, small: Population
) -> None:
    rupiah = cleaned["rupiah"].set_index("register")
    assert (rupiah["in"] == rupiah["kept"] + rupiah["dropped"]).all()
    paid = small.receipts.groupby(["programme", "family_id"], observed=True)["amount"].sum()
    for name in set(REGISTER_FILES) - {"dtks"}:
        column = registers.tables[name][FORMATS[name].headers["amount"]]
        assert rupiah.loc[name, "in"] == column.str.replace(".", "").astype(int).sum(), name
        rows = kept[(kept["register"] == name) & kept["family_id"].isin(paid[name].index)]
        assert rows["amount"].eq(rows["family_id"].map(paid[name])).all(), name
    for name in ("pkh_plus", "aspd"):
        assert rupiah["declared"].to_dict()[name] == rupiah["in"].to_dict()[name], name
    assert "amount" not in FORMATS["dtks"].headers


def test_without_the_rows_that_the_truth_calls_additional_each_recipient_stands_once_with_all_its_rupiah(
    registers: Registers, small: Population
) -> None:
    additional = registers.dirt.loc[registers.dirt["kind"].isin(ADDITIONAL), ["register", "row"]]
    assert not additional.duplicated().any(), "a row is there for one reason"
    marked = registers.links.merge(additional, on=["register", "row"], how="left", indicator=True)
    own = marked[marked["_merge"] == "left_only"]
    for name, table in registers.tables.items():
        rows = own[own["register"] == name]
        assert sorted(rows["family_id"]) == small.families["family_id"][small.families[name]].tolist(), name
        if name != "dtks":
            column = table[FORMATS[name].headers["amount"]].str.replace(".", "").astype(int)
            granted = small.receipts.loc[small.receipts["programme"] == name, "amount"].sum()
            assert column.iloc[rows["row"] - 1].sum() == granted > 0, name


def test_links_name_families_of_the_population_and_a_ghost_is_nobody(registers: Registers, small: Population) -> None:
    known = registers.links[registers.links["family_id"] >= 0]
    homes = small.families.set_index("family_id")["household_id"]
    assert known["household_id"].eq(known["family_id"].map(homes)).all()
    ghosts = registers.dirt.loc[registers.dirt["kind"] == "ghost", ["register", "row"]]
    nobody = registers.links.loc[registers.links["family_id"] < 0, ["register", "row", "household_id"]]
    assert (nobody["household_id"] == -1).all()
    assert len(nobody) > 50
    assert set(zip(nobody["register"], nobody["row"], strict=True)) == set(
        zip(ghosts["register"], ghosts["row"], strict=True)
    )


def test_a_ghost_has_the_numbers_of_nobody(registers: Registers, identities: pd.DataFrame) -> None:
    for number in ("nik", "kk"):
        written = cells(registers, number, "ghost").str.removeprefix("'")
        assert not set(written[written != ""]) & set(identities[number])


def test_rows_with_an_official_drop_reason_are_never_those_of_recipients(
    registers: Registers, small: Population, cleaned: dict[str, pd.DataFrame]
) -> None:
    for kind, remark in REMARKED.items():
        assert (cells(registers, "status", kind) == remark).all(), kind
        rows = registers.dirt[registers.dirt["kind"] == kind].merge(registers.links, on=["register", "row"])
        assert len(rows) > 20
        for name, part in rows.groupby("register"):
            recipients = small.families["family_id"][small.families[name]]
            assert not part["family_id"].isin(recipients).any(), name
        dropped = cleaned["ledger"].query("reason == @kind")["rows_dropped"].sum()
        assert dropped == len(rows), kind


def test_aspd_lists_a_family_with_kabupaten_aid_and_cleaning_finds_it(cleaned: dict[str, pd.DataFrame]) -> None:
    found = cleaned["ledger"].query("source == 'aspd' and reason == 'double_aid'")
    assert found["rows_dropped"].sum() >= 1


def test_every_number_that_the_truth_calls_faulty_is_so_and_no_other(
    registers: Registers, small: Population, identities: pd.DataFrame
) -> None:
    found = {kind: cells(registers, "nik", kind).str.strip("'").str.removesuffix(".0") for kind in NIK_FAULTS}
    assert min(len(column) for column in found.values()) > 50
    assert (found["nik_missing"] == "").all()
    assert (read_nik(found["nik_invalid"])["problem"] != "").all()
    assert set(read_nik(found["nik_invalid"])["problem"]) > {"nik_not_16_digits", "nik_bad_birth_date"}
    assert found["nik_scientific"].str.fullmatch(r"\d,\d\dE\+15").all()
    assert found["nik_of_member"].isin(identities["nik"]).all()
    assert (read_kk(cells(registers, "kk", "kk_invalid"))["problem"] == "kk_not_16_digits").all()
    for number, read, kinds in (("nik", read_nik, UNREAD), ("kk", read_kk, {"kk_invalid", "kk_lost_digits"})):
        for name, table in registers.tables.items():
            unread = np.flatnonzero(read(table[FORMATS[name].headers[number]])[number].isna()) + 1
            told = registers.dirt[(registers.dirt["register"] == name) & registers.dirt["kind"].isin(kinds)]
            # A number that is invalid and a float may have two faults; elsewhere a row has one.
            rows = set(told["row"]) if FORMATS[name].floats else told["row"]
            assert sorted(rows) == unread.tolist(), (name, number)


def test_a_spreadsheet_shortens_numbers_only_in_text_files(registers: Registers) -> None:
    shortened = set(registers.dirt.loc[registers.dirt["kind"] == "nik_scientific", "register"])
    assert shortened == {name for name, file in REGISTER_FILES.items() if file.endswith(".csv")}


def test_numbers_that_a_workbook_holds_as_floats_are_read_unless_a_final_zero_may_be_lost(
    registers: Registers, folder: Path
) -> None:
    headers = FORMATS["pkh_plus"].headers
    sheet = openpyxl.load_workbook(folder / REGISTER_FILES["pkh_plus"]).active
    row = next(cells for cells in sheet.iter_rows(values_only=True) if cells[0] == next(iter(headers.values())))
    place = row.index(headers["nik"])
    values = [cells[place] for cells in sheet.iter_rows(values_only=True) if isinstance(cells[place], int | float)]
    assert len(values) > 20
    assert len(values) == (registers.tables["pkh_plus"][headers["nik"]] != "").sum()
    lost = registers.dirt[registers.dirt["kind"].isin(["nik_lost_digits", "kk_lost_digits"])]
    assert set(lost["register"]) == {"pkh_plus"}


def test_what_else_the_truth_calls_faulty_differs_from_what_is_true(
    registers: Registers, small: Population, identities: pd.DataFrame
) -> None:
    homes = small.households.set_index("household_id")["kecamatan"]
    family = pd.Series(small.persons["family_id"].to_numpy())
    names = set(zip(family, identities["name"], strict=True))
    days = set(zip(family, identities["birth_date"].dt.date, strict=True))
    assert (cells(registers, "name", "name_empty") == "").all()
    for variable, kinds in (("kecamatan", ["kecamatan_wrong"]), ("name", ["name_variant", "name_typo"])):
        for kind in kinds:
            rows = registers.dirt[registers.dirt["kind"] == kind].merge(registers.links, on=["register", "row"])
            written, known = cells(registers, variable, kind), (rows["family_id"] >= 0).to_numpy()
            assert known.sum() > 100, kind
            if variable == "kecamatan":
                own = rows["household_id"][known].map(homes)
                assert (written[known].astype(int).to_numpy() != own).all()
                assert (written[known].astype(int).to_numpy() // 1000 == own // 1000).all()
            else:
                spelt = zip(rows["family_id"][known], written[known], strict=True)
                # Another spelling can by chance be the name of another member.
                assert np.mean([pair in names for pair in spelt]) < 0.01, kind
    rows = registers.dirt[registers.dirt["kind"] == "birth_date_wrong"].merge(registers.links, on=["register", "row"])
    born = [
        pd.to_datetime(text, format=FORMATS[name].dates).date()
        for name, text in zip(rows["register"], cells(registers, "birth_date", "birth_date_wrong"), strict=True)
    ]
    pairs = list(zip(rows["family_id"], born, strict=True))
    assert np.mean([pair in days for pair in pairs]) < 0.01
    first = np.mean([(day.day, day.month) == (1, 1) for _, day in pairs])
    assert 0.6 < first < 0.95, "the others have day and month swapped"


def test_a_duplicate_row_is_its_familys_own_row_again_with_its_faults(registers: Registers) -> None:
    told: dict[tuple[str, int], set[str]] = {}
    for name, row, kind in registers.dirt.itertuples(index=False, name=None):
        told.setdefault((name, row), set()).add(kind)
    n = 0
    for (name, row), kinds in told.items():
        if "duplicate_row" not in kinds:
            continue
        links = registers.links[registers.links["register"] == name].set_index("row")["family_id"]
        family = links.index[links.eq(int(links[row]))]
        same = [other for other in family if not told.get((name, other), set()) & ADDITIONAL]
        assert len(same) == 1
        first, second = registers.tables[name].iloc[[row - 1, same[0] - 1]].to_numpy().tolist()
        assert first == second
        assert kinds - {"duplicate_row"} == told.get((name, same[0]), set())
        n += 1
    assert n > 100


def test_shares_of_faults_are_those_of_the_settings(registers: Registers) -> None:
    n = registers.links[registers.links["register"].isin(LARGE)].shape[0]
    counts = registers.dirt[registers.dirt["register"].isin(LARGE)].groupby("kind").size()
    dirt = load_dirt(ROOT)
    for kind in ("kk_invalid", "nik_invalid", "duplicate_row", "duplicate_variant", "ghost", "deceased", "moved"):
        share = getattr(dirt, kind).value
        assert abs(counts[kind] / n - share) < 4 * np.sqrt(share / n) + 0.05 * share, kind


def test_offices_differ_in_how_they_write(registers: Registers, folder: Path) -> None:
    def column(name: str, variable: str) -> pd.Series:
        return registers.tables[name][FORMATS[name].headers[variable]]

    assert set(column("bpnt", "sex")) == {"1", "2"}
    assert set(column("pkh", "sex")) == {"L", "P"}
    assert column("bpnt", "birth_date").str.fullmatch(r"\d{4}-\d\d-\d\d").all()
    assert column("pkh", "birth_date").str.fullmatch(r"\d\d/\d\d/\d{4}").all()
    assert column("bst", "amount").str.fullmatch(r"\d{1,3}(\.\d{3})+").all()
    assert column("pkh", "amount").str.fullmatch(r"\d+").all()
    assert column("pip", "nik").str.startswith("'").mean() > 0.9
    assert column("dtks", "kab").str.fullmatch(r"35\d\d").all()
    assert "KAB. SAMPANG" in set(column("pkh", "kab"))
    assert (folder / REGISTER_FILES["bst"]).read_bytes().startswith(b"\xef\xbb\xbf")


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
    small: Population, identities: pd.DataFrame, parameters: Parameters, registers: Registers, folder: Path,
    tmp_path: Path,
) -> None:  # fmt: skip
    again, other = drawn(small, identities, parameters), drawn(small, identities, parameters, SEED + 1)
    write_registers(again, {name: tmp_path / file for name, file in REGISTER_FILES.items()})
    for file in REGISTER_FILES.values():
        assert (tmp_path / file).read_bytes() == (folder / file).read_bytes(), file
    pd.testing.assert_frame_equal(again.links, registers.links)
    pd.testing.assert_frame_equal(again.dirt, registers.dirt)
    assert not other.tables["pkh"].equals(registers.tables["pkh"])


def test_codebooks_mark_every_personal_column(specs: dict[str, dict[str, Any]]) -> None:
    for name, spec in specs.items():
        variables = spec["codebook"]["variables"]
        assert {key: variable["column"] for key, variable in variables.items()} == {
            ("kab_code" if key == "kab" and FORMATS[name].area == "code" else key): header
            for key, header in FORMATS[name].headers.items()
        }
        personal = {key for key, variable in variables.items() if variable["personal"]}
        assert personal == {"nik", "kk", "name", "sex", "birth_date", "address", "rt", "rw", "desa"}, name


def test_a_share_above_one_is_refused_by_name(tmp_path: Path) -> None:
    text = (ROOT / DOCUMENT).read_text(encoding="utf-8").replace("ghost: {value: 0.004", "ghost: {value: 4")
    target = tmp_path / DOCUMENT
    target.parent.mkdir(parents=True)
    target.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"register_dirt\.yaml.*ghost.*value"):
        load_dirt(tmp_path)
