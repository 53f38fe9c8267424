"""What cleaning a register gives, and how the registers of a study are held against each other."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from dampak.clean.ledger import NO_REASON, Finding, Ledger
from dampak.clean.registers.duplicates import FLAG_COLUMNS, findings, flag_double_aid, flag_duplicates
from dampak.errors import DataError

REGISTER_COLUMNS = (
    "register", "row", "kab_code", "kecamatan", "nik", "kk", "name", "name_key", "sex", "birth_date", "component",
    "amount",
)  # fmt: skip
NOTES_COLUMNS = ("register", "problem", "n")
RUPIAH_COLUMNS = ("register", "in", "kept", "dropped", "declared")
PERSON = ("name", "birth_date", "kab_code")


@dataclass(frozen=True)
class CleanedRegister:
    """One register after cleaning, or several below each other.

    Parameters
    ----------
    table : (n, 12) DataFrame
        Private. One row per row that is kept, in the order of the file: ``register``, ``row`` (1-based data row),
        ``kab_code``, ``kecamatan`` (int64, -1 unknown), ``nik``, ``kk``, ``name``, ``name_key``, ``sex`` (``L`` or
        ``P``), ``birth_date`` (ISO text), ``component`` (``None`` where missing or not valid), ``amount`` (float64, Rp
        per year, NaN where there is none).
    quarantine, ledger : DataFrame
        As `Ledger` gives them, without values.
    notes : DataFrame
        ``register``, ``problem``, ``n``: what is wrong in rows that could be read, dropped ones included.
    rupiah : DataFrame
        ``register``, ``in`` = ``kept`` + ``dropped`` (Rp per year, rows of totals left out), ``declared``: what the
        last row of totals says, NaN where there is none.
    """

    table: pd.DataFrame
    quarantine: pd.DataFrame
    ledger: pd.DataFrame
    notes: pd.DataFrame
    rupiah: pd.DataFrame

    def tables(self) -> dict[str, pd.DataFrame]:
        """The parts by name, as files hold them; ``CleanedRegister(**tables)`` is the way back."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def stacked(parts: Sequence[CleanedRegister]) -> CleanedRegister:
    """Put registers below each other."""
    return CleanedRegister(
        **{
            field.name: pd.concat([getattr(part, field.name) for part in parts], ignore_index=True)
            for field in fields(CleanedRegister)
        }
    )


def join_registers(
    cleaned: Mapping[str, CleanedRegister],
    *,
    programmes: Mapping[str, str],
    excludes: Mapping[str, Collection[str]],
    where: str,
) -> CleanedRegister:
    """Hold registers against each other: a family twice in one programme, or in two that exclude each other.

    Parameters
    ----------
    cleaned : mapping
        Register -> what cleaning it gave.
    programmes : mapping
        Register -> programme; registers of one programme (one per kabupaten, say) may list a family once together.
    excludes : mapping
        Register -> registers whose aid a family may not receive as well. A family is the same by its NIK or by its KK.
    where : str
        Study, for messages.

    Returns
    -------
    CleanedRegister
        All registers, in the order of `cleaned`, with a last stage ``select`` in each one's ledger.

    Raises
    ------
    DataError
        If `excludes` names a register that there is not, two exclude each other, or no row of one is left.
    """
    for name, others in excludes.items():
        if unknown := [other for other in (name, *others) if other not in cleaned]:
            raise DataError(
                f"{where}: registers.{name}.excludes names {unknown[0]!r}, which is no cleaned register of the study;"
                f" its registers are {', '.join(cleaned)}"
            )
    involved = {name for name, others in excludes.items() if others for name in (name, *others)}
    shared = [name for name in cleaned if list(programmes.values()).count(programmes[name]) > 1]
    names = [name for name in cleaned if name in involved or name in shared]
    flags = pd.DataFrame({name: pd.Series(dtype=object) for name in FLAG_COLUMNS})
    starts: dict[str, int] = {}
    if names:
        rows = pd.concat([cleaned[name].table for name in names], ignore_index=True)
        starts = dict(zip(names, np.cumsum([0, *(len(cleaned[name].table) for name in names)]).tolist(), strict=False))
        flags = flags_between(rows.assign(programme=rows["register"].map(dict(programmes))), excludes, shared)
    parts = []
    for name, part in cleaned.items():
        place = pd.RangeIndex(starts.get(name, 0), starts.get(name, 0) + len(part.table))
        own = flags[flags["row"].isin(place)] if name in starts else flags.iloc[:0]
        parts.append(_without(name, part, findings(own, place), where))
    return stacked(parts)


def flags_between(rows: pd.DataFrame, excludes: Mapping[str, Collection[str]], shared: Sequence[str]) -> pd.DataFrame:
    """Find rows of families that are listed twice in a programme, or in two that exclude each other.

    Parameters
    ----------
    rows : (n, p) DataFrame
        `REGISTER_COLUMNS` and ``programme``; index: place, each once.
    excludes : mapping
        As `join_registers`.
    shared : sequence of str
        Registers within whose programmes a family may be listed once.

    Returns
    -------
    DataFrame
        As `flag_duplicates`, ``row`` being the place.
    """
    found = []
    if shared:
        found.append(flag_duplicates(rows[rows["register"].isin(shared)], kk="kk", person=PERSON))
    if any(excludes.values()):
        found += [flag_double_aid(rows, excludes=excludes, programme="register", key=key) for key in ("nik", "kk")]
    return pd.concat([table for table in found if len(table)] or found[:1], ignore_index=True)


def _without(name: str, part: CleanedRegister, found: Sequence[Finding], where: str) -> CleanedRegister:
    """Take rows out of a cleaned register, and account for them."""
    own = Ledger()
    keep = own.sift(name, "select", part.table["row"].to_numpy(dtype=np.int64), found)
    if not keep.any():
        require_rows(own, f"{where}: registers.{name}")
    lines = own.table()
    if "select" in part.ledger["stage"].to_numpy():
        # The register's own `keep` has a line of this stage already, which says as much as "nothing was dropped".
        lines = lines[lines["reason"] != NO_REASON]
    rupiah = part.rupiah.copy()
    lost = total(part.table["amount"], ~keep)
    rupiah["kept"] -= lost
    rupiah["dropped"] += lost
    quarantine = pd.concat([part.quarantine, own.quarantine()], ignore_index=True)
    return replace(
        part,
        table=part.table[keep].reset_index(drop=True),
        quarantine=quarantine.sort_values("row", kind="stable", ignore_index=True),
        ledger=pd.concat([part.ledger, lines], ignore_index=True),
        rupiah=rupiah,
    )


def total(amounts: pd.Series, rows: npt.NDArray[np.bool_]) -> float:
    """Sum of the amounts of some rows, Rp; one that is missing adds nothing."""
    return float(np.nansum(amounts.to_numpy(dtype=np.float64)[rows]))


def require_rows(ledger: Ledger, where: str) -> None:
    """Say that nothing is left of a register, and why."""
    reasons = ", ".join(f"{count} {reason}" for reason, count in list(ledger.rows_dropped().items())[:3])
    raise DataError(
        f"{where}: no row is left after cleaning ({reasons}); correct the file, its codebook or `keep`, or take the"
        " register out of the study if nobody receives this programme"
    )
