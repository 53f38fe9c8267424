"""The columns of a register as one kind of value each, with what is wrong in them counted."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dampak.clean.cells import cell_text
from dampak.clean.codebook import code_text
from dampak.clean.registers.amounts import read_rupiah
from dampak.clean.registers.areas import UNKNOWN, read_kab, read_kecamatan
from dampak.clean.registers.dates import read_date
from dampak.clean.registers.drop_reasons import remark_reasons
from dampak.clean.registers.names import read_names, sound_key
from dampak.clean.registers.nik import read_kk, read_nik
from dampak.clean.registers.rules import RegisterRules
from dampak.clean.registers.sex import read_sex

FROM_NUMBER, COLUMNS_DIFFER, NOT_IN_CODEBOOK = "area_from_number", "area_columns_differ", "component_not_in_codebook"


class Texts:
    """The cells of a register's variables as text, without what the codebook calls missing."""

    def __init__(self, raw: pd.DataFrame, columns: Mapping[str, str], codebook: Mapping[str, Any]) -> None:
        self._raw, self._columns, self._codebook = raw, columns, codebook

    def __contains__(self, name: str) -> bool:
        return name in self._columns

    def codes(self, name: str) -> dict[str, str | None]:
        """Raw code -> canonical text, as the codebook has it; empty where it has none."""
        given = self._codebook["variables"][name].get("codes") or {}
        return {code_text(code): None if value is None else code_text(value) for code, value in given.items()}

    def __getitem__(self, name: str) -> pd.Series:
        """Text (n,) of a variable, ``None`` where missing; what has a code is replaced by it, the rest stays."""
        if name not in self:
            return pd.Series(np.full(len(self._raw), None), index=self._raw.index, name=name, dtype=object)
        places, unique = pd.factorize(self._raw[self._columns[name]].astype(object), use_na_sentinel=True)
        texts = cell_text(pd.Series(unique, dtype=object)).tolist()
        given = [*(self._codebook.get("missing_codes") or ())]
        given += self._codebook["variables"][name].get("missing_codes") or ()
        missing, codes = {code_text(code) for code in given}, self.codes(name)
        values = np.empty(len(texts) + 1, dtype=object)
        values[:-1] = [None if text in missing else codes.get(text, text) for text in texts]
        # Code -1 (missing) is the last entry.
        values[-1] = None
        return pd.Series(values[places], index=self._raw.index, name=name, dtype=object)


def read_fields(
    raw: pd.DataFrame, columns: Mapping[str, str], codebook: Mapping[str, Any], options: Mapping[str, Any], *,
    rules: RegisterRules,
) -> tuple[pd.DataFrame, pd.Series, dict[str, int]]:  # fmt: skip
    """Read every column of a register that later stages use.

    Parameters
    ----------
    raw : (n, q) DataFrame
        Rows of beneficiaries.
    columns : mapping
        Canonical name -> raw column.
    codebook : mapping
        ``missing_codes``, and ``codes`` of text variables, are applied; ``factor`` of the amount too.
    options : mapping
        ``decimal`` and ``thousands`` marks, where the study names them.
    rules : RegisterRules

    Returns
    -------
    fields : (n, 10) DataFrame
        ``kab_code`` ... ``amount`` of a cleaned register, index of `raw`.
    reasons : (n,) Series of object
        Label of the drop reason that the office wrote down, ``""`` where there is none.
    notes : dict
        Problem -> number of rows.
    """
    texts, notes = Texts(raw, columns, codebook), Counter[str]()
    fields = pd.DataFrame(index=raw.index)
    for name, read in (("nik", read_nik), ("kk", read_kk)):
        found = read(texts[name], areas=rules.nik_areas)
        fields[name] = found[name]
        _note(notes, found["problem"], name in texts)
    areas = _areas(texts, fields, rules, notes)
    names = read_names(texts["name"], rules=rules.names)
    sex, born = read_sex(texts["sex"]), read_date(texts["birth_date"], on=rules.on)
    amount = read_rupiah(texts["amount"], decimal=options.get("decimal"), thousands=options.get("thousands"))
    for name, found in (("name", names), ("sex", sex), ("birth_date", born), ("amount", amount)):
        _note(notes, found["problem"], name in texts)
    component = texts["component"]
    if "component" in texts and (codes := texts.codes("component")):
        strange = component.notna() & ~component.isin([text for text in codes.values() if text])
        component = component.mask(strange, None)
        notes[NOT_IN_CODEBOOK] += int(strange.sum())
    factor = codebook["variables"].get("amount", {}).get("factor") or 1.0
    fields = pd.DataFrame(
        {
            **areas,
            "nik": fields["nik"],
            "kk": fields["kk"],
            "name": names["name"],
            "name_key": sound_key(names["name"], rules=rules.names),
            "sex": sex["sex"],
            "birth_date": _iso(born["date"]),
            "component": component,
            "amount": amount["amount"] * factor,
        }
    )
    return fields, _reasons(texts, rules), {problem: n for problem, n in sorted(notes.items()) if n}


def _note(notes: Counter[str], problems: pd.Series, there: bool) -> None:
    """Count problems; a column that the register does not have is no problem of its rows."""
    if there:
        notes.update({str(problem): int(n) for problem, n in problems.value_counts().items() if problem})


def _iso(dates: pd.Series) -> pd.Series:
    """Dates as ISO text, ``None`` where missing."""
    days = dates.to_numpy().astype("datetime64[D]")
    places, unique = pd.factorize(days, use_na_sentinel=True)
    texts = np.array([*np.datetime_as_string(unique.astype("datetime64[D]")).tolist(), None], dtype=object)
    return pd.Series(texts[places], index=dates.index, dtype=object)


def _reasons(texts: Texts, rules: RegisterRules) -> pd.Series:
    """Drop reasons in the column of remarks: official terms, or labels that the codebook's codes gave."""
    remarks = texts["status"]
    found = remark_reasons(remarks, rules.reasons)
    return found.mask(remarks.isin(rules.reasons.index), remarks)


def _areas(
    texts: Texts, numbers: pd.DataFrame, rules: RegisterRules, notes: Counter[str]
) -> dict[str, npt.NDArray[np.int64]]:
    """Kabupaten/kota and kecamatan of each row, from the best that it has.

    Code, then name, of the kabupaten/kota; codes of kecamatan or desa; last the area in the KK number or NIK, which is
    where the card was issued: mostly, not always, where the family lives, so that it is counted in the notes.
    """
    by_code = read_kab(texts["kab_code"], names={})
    by_name = read_kab(texts["kab"], names={code: name for code, name in rules.areas.items() if name})
    code, name = by_code["kab_code"].to_numpy(), by_name["kab_code"].to_numpy()
    if "kab_code" in texts and "kab" in texts:
        notes[COLUMNS_DIFFER] += int(((code >= 0) & (name >= 0) & (code != name)).sum())
    kab = np.where(code >= 0, code, name)
    kecamatan = read_kecamatan(texts["kecamatan"]).to_numpy()
    kecamatan = np.where(kecamatan >= 0, kecamatan, read_kecamatan(texts["desa"]).to_numpy())
    kab = np.where((kab < 0) & (kecamatan >= 0), kecamatan // 1000, kab)
    # A kecamatan of another kabupaten is a slip of one of the two; the larger area stands.
    kecamatan = np.where(kecamatan // 1000 == kab, kecamatan, UNKNOWN)
    if "kab_code" in texts or "kab" in texts:
        found = by_code["problem"].where(by_code["problem"] != "area_empty", by_name["problem"])
        _note(notes, found[kab < 0], True)
    for number in ("kk", "nik"):
        lost = np.flatnonzero((kab < 0) & numbers[number].notna().to_numpy())
        kab[lost] = [int(text[:4]) for text in numbers[number].to_numpy(dtype=object)[lost]]
        notes[FROM_NUMBER] += len(lost)
    return {"kab_code": kab.astype(np.int64), "kecamatan": kecamatan.astype(np.int64)}
