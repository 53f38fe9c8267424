"""Made-up tables of the full size: 10 programmes, 12 outcomes, 38 areas; `jatim_puspa` has nobody in the survey."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[4]
PROGRAMMES = [
    "pkh", "bpnt", "pip", "bst", "blt_desa", "pkh_plus", "kabupaten_aid", "aspd", "jatim_puspa", "kip_jawara",
]  # fmt: skip
NOBODY = "jatim_puspa"
RUPIAH = {"en": "rupiah per person per month", "id": "rupiah per orang per bulan"}
OUTCOMES: dict[str, tuple[str, str, str, float, float]] = {
    # name: English, Indonesian, unit, size of an effect, standard error of PKH
    "log_consumption": ("Consumption per person", "Pengeluaran per kapita", "log rupiah", 0.04, 0.008),
    "food": ("Food consumption", "Pengeluaran makanan", "rupiah", 9_000, 4_100),
    "nonfood": ("Non-food consumption", "Pengeluaran bukan makanan", "rupiah", 31_000, 6_200),
    "poor": ("Below the poverty line", "Di bawah garis kemiskinan", "share", -0.03, 0.007),
    "food_insecure": ("Food insecurity", "Kerawanan pangan", "share", -0.02, 0.009),
    "attends_school": ("Attends school, ages 7 to 18", "Bersekolah, usia 7 s.d. 18", "share", 0.05, 0.006),
    "outpatient": ("Outpatient visit in the last month", "Rawat jalan sebulan terakhir", "share", 0.035, 0.008),
    "assisted_delivery": ("Delivery assisted by health staff", "Persalinan ditolong nakes", "share", 0.09, 0.021),
    "works": ("Works, ages 19 to 64", "Bekerja, usia 19 s.d. 64", "share", -0.01, 0.006),
    "assets": ("Assets owned", "Jumlah aset", "", 0.1, 0.03),
    "improved_water": ("Improved drinking water", "Air minum layak", "share", 0.004, 0.007),
    "education": ("Education expenditure", "Pengeluaran pendidikan", "rupiah", 4_000, 1_500),
}  # fmt: skip
METHODS = {"difference_in_means": "difference_in_means", "entropy_balancing": "entropy_balancing"}
HEADLINE = "entropy_balancing"


def settings(language: str = "en", **changes: Any) -> dict[str, Any]:
    """Leaves of a study of programmes."""
    place = 0 if language == "en" else 1
    return {
        "title": ("Social assistance in East Java, 2020", "Bantuan sosial di Jawa Timur, 2020")[place],
        "treatment": {"name": "pkh", "label": "PKH"},
        "language": language,
        "programmes": PROGRAMMES,
        "outcomes": [{"name": name} for name in OUTCOMES],
        "labels": {
            name: {"label": words[place], "unit": RUPIAH[language] if words[2] == "rupiah" else words[2]}
            for name, words in OUTCOMES.items()
        },
        "methods": [{"label": label, "method": method} for label, method in METHODS.items()],
        "headline": HEADLINE,
        "alpha": 0.05,
        "citations": [
            ("Synthetic population of East Java, calibrated to BPS P0 2020.",
             "Penduduk sintetis Jawa Timur, dikalibrasi pada P0 BPS 2020.")[place]
        ],
    } | changes  # fmt: skip


def tiles() -> pd.DataFrame:
    return pd.read_csv(ROOT / "config" / "areas" / "jatim_tiles.csv")


def effects() -> pd.DataFrame:
    draw = np.random.default_rng(11)
    rows = []
    for i, programme in enumerate(PROGRAMMES):
        for outcome, (_, _, _, size, error) in OUTCOMES.items():
            error = error * (1 + 0.55 * i)
            n = 0 if programme == NOBODY else round(4200 / (1 + i) ** 1.9)
            good = size * (1.0 if i < 2 else 0.5 if i < 7 else 0.1)
            for method, estimate in (
                ("difference_in_means", -2.4 * size if outcome != "works" else 0.02),
                (HEADLINE, good + draw.normal() * error),
            ):
                if programme == NOBODY:
                    estimate = math.nan
                rows.append(_row(programme, outcome, method, estimate, error if estimate == estimate else math.nan, n))
    return pd.DataFrame(rows)


def _row(programme: str, outcome: str, method: str, estimate: float, error: float, n: int) -> dict[str, Any]:
    return {
        "treatment": programme,
        "comparison": "none",
        "outcome": outcome,
        "subgroup": "all",
        "estimand": "att",
        "method": method,
        "estimate": estimate,
        "std_error": error,
        "ci_low": estimate - 1.96 * error,
        "ci_high": estimate + 1.96 * error,
        "n_treated": n,
        "n_comparison": 21_000 if n else 0,
    }


def published() -> pd.DataFrame:
    return pd.DataFrame(
        [
            ("pkh", "log_consumption", "MSC 2019", 0.0373, math.nan, "no standard error"),
            ("pkh", "log_consumption", "World Bank 2011", 0.0953, math.nan, "from memory, unverified"),
            ("pkh", "attends_school", "Cahyadi et al. 2020", 0.04, math.nan, "from memory, unverified"),
            ("pkh", "assisted_delivery", "Triyana data, QuantEcon", 0.0235, 0.0192, ""),
        ],
        columns=["treatment", "outcome", "study", "estimate", "std_error", "note"],
    )


def by_area() -> pd.DataFrame:
    draw = np.random.default_rng(7)
    rows = []
    for code in tiles()["kab_code"]:
        error = float(draw.uniform(0.012, 0.06))
        raw = 0.04 + 0.02 * draw.normal() + error * draw.normal()
        share = 0.02**2 / (0.02**2 + error**2)
        pooled, pooled_error = 0.04 + share * (raw - 0.04), 0.02 * math.sqrt(1 - share)
        row = {"treatment": "pkh", "outcome": "log_consumption", "area": str(code), "estimate": raw, "std_error": error}
        row |= {"ci_low": raw - 1.96 * error, "ci_high": raw + 1.96 * error, "pooled": pooled}
        row |= {"pooled_std_error": pooled_error, "pooled_low": pooled - 1.96 * pooled_error}
        row |= {"pooled_high": pooled + 1.96 * pooled_error, "n_treated": int(0.1 / error**2), "n_comparison": 640}
        rows.append(row)
    return pd.DataFrame(rows)


def verdicts() -> pd.DataFrame:
    draw = np.random.default_rng(3)
    words = ["positive", "negative", "no_evidence", "not_credible"]
    rows = [
        (p, o, "all", str(draw.choice(words, p=[0.3, 0.12, 0.45, 0.13])), "Because.")
        for p in PROGRAMMES
        for o in OUTCOMES
        if p != NOBODY
    ]
    return pd.DataFrame(
        [*rows, ("pkh", "food", "3501", "no_evidence", "")],
        columns=["treatment", "outcome", "area", "verdict", "reasons"],
    )


def poverty() -> pd.DataFrame:
    rows = [("pkh", "all", "p0", 0.111, 0.002)]
    for i, programme in enumerate(PROGRAMMES):
        if programme == NOBODY:
            continue
        scale = 1 / (1 + i) ** 1.5
        for measure, value, error in (
            ("p0_change_transfer", -0.021, 0.0011),
            ("p0_change_effect", -0.013, 0.0031),
            ("p1_change_transfer", -0.0052, 0.0004),
            ("p1_change_effect", -0.0031, 0.0009),
        ):
            rows.append((programme, "all", measure, value * scale, error * math.sqrt(scale)))
        rows.append((programme, "all", "gap_reduction_per_rupiah", 0.41 - 0.03 * i, 0.02 + 0.004 * i))
    return pd.DataFrame(rows, columns=["treatment", "area", "measure", "value", "std_error"])


def targeting() -> tuple[pd.DataFrame, pd.DataFrame]:
    rows, curves = [], []
    for i, programme in enumerate(PROGRAMMES):
        if programme == NOBODY:
            continue
        weight = np.exp(-np.arange(10) * max(0.42 - 0.05 * i, 0.02))
        shares = weight / weight.sum()
        for k, share in enumerate(shares, start=1):
            rows.append((programme, "all", f"incidence_decile_{k:02d}", share, 0.004 + 0.003 * i))
            rows.append((programme, "all", f"coverage_decile_{k:02d}", share, 0.004))
        inclusion, exclusion = 1 - shares[:4].sum(), min(0.4 + 0.06 * i, 0.97)
        rows.append((programme, "all", "inclusion_error_of_beneficiaries", inclusion, 0.01 + 0.01 * i))
        rows.append((programme, "all", "exclusion_error_of_poor", exclusion, 0.015))
        rows.append((programme, "all", "concentration_coefficient", -0.45 + 0.05 * i, 0.02))
        curves += [(programme, k / 10, share) for k, share in enumerate(shares.cumsum(), start=1)]
    return (
        pd.DataFrame(rows, columns=["treatment", "area", "measure", "value", "std_error"]),
        pd.DataFrame(curves, columns=["treatment", "population_share", "benefit_share"]),
    )


def linkage() -> pd.DataFrame:
    draw = np.random.default_rng(5)
    rows = []
    for i, register in enumerate([*PROGRAMMES, "dtks"]):
        sizes = np.round(draw.uniform(400, 2600, 38) / (1 + i % 10) ** 1.3)
        linked = np.round(sizes * draw.normal(0.104, 0.008, 38))
        precision, recall = draw.uniform(0.992, 0.9995, 38), draw.uniform(0.945, 0.985, 38)
        for code, n, k, a, b in zip(tiles()["kab_code"], sizes, linked, precision, recall, strict=True):
            if register == NOBODY and code % 2:
                rows.append((register, str(code), 0, 0, math.nan, math.nan, math.nan))
            else:
                rows.append((register, str(code), int(n), int(k), k / n, a, b))
        rows.append(
            (
                register,
                "all",
                int(sizes.sum()),
                int(linked.sum()),
                linked.sum() / sizes.sum(),
                0.9957 - 0.0002 * i,
                0.962 + 0.001 * (i % 7),
            )
        )
    columns = ["register", "kab_code", "n_register", "n_linked", "match_rate", "expected_precision", "expected_recall"]
    return pd.DataFrame(rows, columns=columns)


def waterfall() -> pd.DataFrame:
    steps = {
        1: [("prior", "", -11.5), ("nik", "exact", 23.4), ("name", "close", 4.1), ("birth_date", "exact", 7.9)],
        2: [("prior", "", -11.5), ("nik", "missing", 0.0), ("name", "exact", 9.2), ("birth_date", "exact", 8.1),
            ("sex", "exact", 1.0), ("mother", "close", 3.7), ("kecamatan", "exact", 4.4)],
        3: [("prior", "", -11.5), ("nik", "missing", 0.0), ("name", "close", 5.0), ("birth_date", "close", 3.2),
            ("sex", "exact", 1.0), ("mother", "missing", 0.0), ("kecamatan", "exact", 4.4)],
        4: [("prior", "", -11.5), ("nik", "different", -3.1), ("name", "exact", 9.2), ("birth_date", "different", -6.4),
            ("sex", "exact", 1.0), ("mother", "different", -4.9), ("kecamatan", "exact", 4.4)],
        5: [("prior", "", -11.5), ("kk", "exact", 21.0), ("name", "different", -5.2), ("sex", "different", -4.6)],
        6: [("prior", "", -11.5), ("nik", "missing", 0.0), ("name", "exact", 9.2), ("birth_date", "missing", 0.0),
            ("sex", "exact", 1.0), ("kecamatan", "different", -2.2)],
        7: [("prior", "", -11.5), ("name", "exact", 9.2)],
    }  # fmt: skip
    rows = [(link, k, *step) for link, found in steps.items() for k, step in enumerate(found)]
    return pd.DataFrame(rows, columns=["link", "step", "comparison", "level", "log2_weight"])


def overlaps() -> pd.DataFrame:
    draw = np.random.default_rng(9)
    rows = [
        (a, b, 1.0 if a == b else float(np.clip(draw.beta(0.6, 2.2), 0, 0.97)))
        for a in PROGRAMMES
        for b in PROGRAMMES
        if a != NOBODY
    ]
    table = pd.DataFrame(rows, columns=["programme_a", "programme_b", "share_of_a"])
    pkh = (table["programme_a"] == "pkh") & (table["programme_b"] == "bpnt")
    return table.assign(share_of_a=table["share_of_a"].where(~pkh, 0.895))
