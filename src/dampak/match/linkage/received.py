"""What survey households received, by programme, with the probability that they did."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from dampak.match.linkage.links import Links

RECEIPT_COLUMNS = ["household_id", "programme", "probability", "accepted", "amount"]


def receipts(links: Links, register: pd.DataFrame, programmes: Mapping[str, str]) -> pd.DataFrame:
    """Survey households by programme: the probability of any recipient family, and what accepted links paid.

    Parameters
    ----------
    links : Links
    register : DataFrame
        The rows that were linked, with `amount` (Rp per year, NaN where the register has none).
    programmes : mapping of str to str
        Register to programme; registers that are none (DTKS) are left out of it. Several registers may be one
        programme.

    Returns
    -------
    DataFrame
        Columns `RECEIPT_COLUMNS`, one row per household and programme with a candidate, sorted. `probability`:
        1 - prod(1 - p) over the candidates; `amount`: sum over accepted links, 0 without.
    """
    found = links.links[links.links["register"].isin(list(programmes))]
    found = found.merge(register[["register", "row", "amount"]], on=["register", "row"], how="left")
    grouped = found.assign(
        programme=found["register"].map(dict(programmes)),
        missed=np.log1p(-np.minimum(found["probability"], 1 - 1e-12)),
        amount=found["amount"].fillna(0.0).where(found["accepted"], 0.0),
    ).groupby(["household_id", "programme"], as_index=False)
    table = grouped.agg(missed=("missed", "sum"), accepted=("accepted", "any"), amount=("amount", "sum"))
    table["probability"] = np.round(-np.expm1(table["missed"]), 8)
    return table[RECEIPT_COLUMNS].sort_values(["household_id", "programme"], kind="stable", ignore_index=True)
