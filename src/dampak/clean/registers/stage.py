"""Clean the registers of a programme study: raw tables in, one private table out, every row and rupiah accounted for.

Stages of each register, in the order of the ledger: ``read`` (records that the file marks as deleted, blank rows,
headers that are repeated, rows of totals), ``validate`` (reasons that the office itself gives, such as ``deceased``;
rows that name nobody; areas outside the study), ``deduplicate``, ``select`` (the register's `keep`, then double aid).
What can be read in part stays, and is counted in the notes: a NIK of 15 digits costs the NIK, not the family.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dampak.clean.expression import evaluate
from dampak.clean.ledger import Finding, Ledger
from dampak.clean.readers import read_source, source_label
from dampak.clean.registers.amounts import read_rupiah
from dampak.clean.registers.cleaned import (
    NOTES_COLUMNS,
    PERSON,
    REGISTER_COLUMNS,
    RUPIAH_COLUMNS,
    CleanedRegister,
    join_registers,
    require_rows,
    total,
)
from dampak.clean.registers.columns import below_title, register_columns
from dampak.clean.registers.duplicates import findings, flag_duplicates
from dampak.clean.registers.fields import Texts, read_fields
from dampak.clean.registers.furniture import TOTAL_ROW, furniture
from dampak.clean.registers.rules import RegisterRules, register_rules
from dampak.clean.spelling import listing
from dampak.errors import DampakError, DataError

TOTAL_DIFFERS = "declared_total_differs"


def register_label(name: str, spec: Mapping[str, Any]) -> str:
    """How messages name a register."""
    return f"registers.{name}: {source_label(spec)}"


def read_register(name: str, spec: Mapping[str, Any], base_dir: Path) -> pd.DataFrame:
    """Read the raw table of one register, as it is; see `dampak.clean.readers.read_source`."""
    return read_source(name, spec, base_dir, key="registers")


def clean_register(
    raw: pd.DataFrame, *, register: str, spec: Mapping[str, Any], rules: RegisterRules, where: str
) -> CleanedRegister:
    """Clean one register by itself; double aid needs the others (`join_registers`).

    Parameters
    ----------
    raw : (n, q) DataFrame
        As read, the rows of its title included or not; index: 1-based row.
    register : str
        Name of the register.
    spec : mapping
        ``codebook`` (variables out of ``nik``, ``kk``, ``name``, ``sex``, ``birth_date``, ``kab_code``, ``kab``,
        ``kecamatan``, ``desa``, ``component``, ``amount``, ``status``; others are not looked at), ``options``, ``keep``
        (expression over the columns of the result, and ``status``, the drop reason).
    rules : RegisterRules
    where : str
        Register and file, for messages.

    Returns
    -------
    CleanedRegister

    Raises
    ------
    ConfigError
        If the codebook names nobody, or `keep` cannot be evaluated.
    DataError
        If columns are missing, all rows lie outside the study, or none is left.
    """
    codebook, options = spec["codebook"], spec.get("options") or {}
    raw = below_title(raw, codebook, skip_rows=options.get("skip_rows"), where=where)
    columns = register_columns(raw.columns, codebook, where=where)
    ledger = Ledger()
    raw, declared = _without_furniture(raw, columns, spec, register, ledger)
    if raw.empty:
        require_rows(ledger, where)
    fields, reasons, notes = read_fields(raw, columns, codebook, options, rules=rules)
    fields.insert(0, "register", register)
    kept = np.ones(len(fields), dtype=np.bool_)

    def sift(stage: str, found: list[Finding]) -> None:
        rows = fields.index.to_numpy(dtype=np.int64)[kept]
        kept[kept] = ledger.sift(register, stage, rows, found)

    sift("validate", _invalid(fields, reasons, columns, codebook, rules, where))
    flags = flag_duplicates(fields[kept], programme="register", kk="kk", person=PERSON)
    sift("deduplicate", findings(flags, fields.index[kept]))
    if spec.get("keep"):
        table = _for_expressions(fields[kept], reasons[kept])
        chosen = evaluate(str(spec["keep"]), table, where=f"{where}: keep")
        sift("select", [Finding(f"not_selected: {spec['keep']}", np.isnan(chosen) | (chosen == 0))])
    if not kept.any():
        require_rows(ledger, where)
    money = [total(fields["amount"], rows) for rows in (np.ones_like(kept), kept, ~kept)]
    if abs(declared - money[0]) >= 1:
        notes[TOTAL_DIFFERS] = 1
    return CleanedRegister(
        table=fields[kept].reset_index(names="row")[list(REGISTER_COLUMNS)],
        quarantine=ledger.quarantine(),
        ledger=ledger.table(),
        notes=pd.DataFrame([(register, problem, n) for problem, n in notes.items()], columns=list(NOTES_COLUMNS)),
        rupiah=pd.DataFrame([(register, *money, declared)], columns=list(RUPIAH_COLUMNS)),
    )


def _without_furniture(
    raw: pd.DataFrame, columns: Mapping[str, str], spec: Mapping[str, Any], register: str, ledger: Ledger
) -> tuple[pd.DataFrame, float]:
    """Account for the rows that are no beneficiaries; the rest, and the amount of the last row of totals (Rp)."""
    found = furniture(raw, columns)
    deleted = np.array(raw.attrs.get("deleted_rows", []), dtype=np.int64)
    rows = np.concatenate([raw.index.to_numpy(dtype=np.int64), deleted])
    nothing = np.zeros(len(deleted), dtype=np.bool_)
    keep = ledger.sift(
        register,
        "read",
        rows,
        [
            Finding("deleted_record", np.isin(rows, deleted)),
            *(Finding(reason, np.concatenate([failing, nothing])) for reason, failing in found.items()),
        ],
    )[: len(raw)]
    sums = raw[found[TOTAL_ROW]]
    declared = np.nan
    if len(sums) and "amount" in columns:
        options = spec.get("options") or {}
        cells = Texts(sums, columns, spec["codebook"])["amount"]
        read = read_rupiah(cells, decimal=options.get("decimal"), thousands=options.get("thousands"))
        declared = float(read["amount"].iloc[-1]) * (spec["codebook"]["variables"]["amount"].get("factor") or 1.0)
    return raw[keep], declared


def _invalid(
    fields: pd.DataFrame,
    reasons: pd.Series,
    columns: Mapping[str, str],
    codebook: Mapping[str, Any],
    rules: RegisterRules,
    where: str,
) -> list[Finding]:
    """Rows that cannot be used, in the order in which reasons count: the office's own first."""
    kab = fields["kab_code"].to_numpy()
    unknown, outside = kab < 0, ~np.isin(kab, list(rules.areas))
    nobody = fields[["nik", "kk", "name"]].isna().all(axis=1).to_numpy(dtype=np.bool_)
    if outside.all() and (~nobody & ~unknown).any():
        raise DataError(_outside_sentence(kab[~unknown], rules, where))
    place = next((columns[name] for name in ("kab_code", "kab", "kecamatan", "desa") if name in columns), "")
    written = [reason for reason in rules.reasons.index if (reasons == reason).any()]
    found = [
        Finding(str(reason), (reasons == reason).to_numpy(dtype=np.bool_), columns["status"]) for reason in written
    ]
    found += [Finding("names_nobody", nobody), Finding("area_unknown", unknown, place)]
    found.append(Finding("outside_area", outside, place))
    low, high = codebook["variables"].get("amount", {}).get("range") or (None, None)
    amount = fields["amount"].to_numpy(dtype=np.float64)
    beyond = (amount < (-np.inf if low is None else low)) | (amount > (np.inf if high is None else high))
    return [*found, Finding("out_of_range", beyond, columns.get("amount", ""))]


def _outside_sentence(kab: npt.NDArray[np.int64], rules: RegisterRules, where: str) -> str:
    own = sorted({str(code)[:2] for code in rules.areas})
    there, counts = np.unique(kab // 100, return_counts=True)
    most = [f"{there[i]:02d}" for i in np.argsort(-counts, kind="stable")]
    if set(most) <= set(own):
        codes = sorted({int(code) for code in kab.tolist()})
        return (
            f"{where}: no row lies in the areas of the study, all are in other kabupaten/kota of province"
            f" {listing(own)} ({listing(map(str, codes), limit=5)}); name the right file, or add the areas to the study"
        )
    return (
        f"{where}: no row lies in the areas of the study (province {listing(own)}): the rows are of province"
        f" {listing(most, limit=5)}; this is the register of another province, name the right file"
    )


def _for_expressions(fields: pd.DataFrame, reasons: pd.Series) -> pd.DataFrame:
    """Columns as the language of expressions takes them: numbers as float64."""
    return fields.astype({"kab_code": np.float64, "kecamatan": np.float64}).assign(status=reasons)


def clean_listed(raw: pd.DataFrame, name: str, settings: Mapping[str, Any]) -> CleanedRegister:
    """Clean one register of a study's settings: the unit of a job; parameters as `clean_registers`."""
    spec = settings["registers"][name]
    return clean_register(
        raw, register=name, spec=spec, rules=register_rules(settings), where=register_label(name, spec)
    )


def join_listed(cleaned: Mapping[str, CleanedRegister], settings: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Hold the registers of a study against each other; parameters and result as `clean_registers`."""
    specs = settings["registers"]
    joined = join_registers(
        cleaned,
        programmes={name: str(specs[name].get("programme") or name) for name in cleaned},
        excludes={name: specs[name].get("excludes") or [] for name in cleaned},
        where=str(settings.get("path", "study")),
    ).tables()
    return {"registers": joined.pop("table"), **joined}


def clean_registers(raws: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Clean all registers of a study.

    Parameters
    ----------
    raws : mapping
        Register -> raw table, from `read_register`.
    settings : mapping
        Plain values. ``path``: the study, for messages. ``registers``: name -> ``path``, ``options``, ``codebook``
        (inlined), ``keep``, ``programme`` (the name of the register if null), ``excludes``. ``area`` and ``names``: see
        `register_rules`.

    Returns
    -------
    dict of DataFrame
        ``registers``, ``quarantine``, ``ledger``, ``notes``, ``rupiah``: the parts of `CleanedRegister`.

    Raises
    ------
    DataError
        One sentence for each problem of each register; a fault of one does not hide those of the others.
    """
    cleaned, problems = {}, []
    for name in settings["registers"]:
        try:
            cleaned[name] = clean_listed(raws[name], name, settings)
        except DampakError as error:
            problems += error.sentences
    if problems:
        raise DataError("\n".join(problems))
    return join_listed(cleaned, settings)
