"""A small population with a survey and registers of it, and the dirt that registers have."""

import numpy as np
import pandas as pd


def _words(text: str) -> list[str]:
    return text.split()


GIVEN = {
    "P": _words("SITI NUR SRI DEWI ENDANG WAHYUNI RINA YULI LILIK TUTIK ERNA KHOTIMAH AMINAH FATIMAH MARYAM SUMIATI"),
    "L": _words("MUHAMMAD AHMAD ABDUL AGUS BUDI SLAMET SUPRIYADI HARIYANTO IMAM WAHYUDI YUSUF HASAN SUJONO EKO"),
}
LAST = _words(
    "AMINAH KHOTIMAH RAHAYU LESTARI WULANDARI HIDAYATI MUNAWAROH ROHMAH ASTUTIK NINGSIH SUSANTI HASANAH KUSUMA PRASETYO"
    " SANTOSO HIDAYAT ROHMAN WIBOWO SETIAWAN SAPUTRA NUGROHO UTOMO SUSANTO KURNIAWAN FAUZI ARIFIN MAULANA IRAWAN"
    " SUPARNO WIJAYA SUBAGYO HARTONO SUTRISNO MULYONO PURNOMO WINARNO SAMSURI MISNADI BUNADI SATRIYO TOHARI SULASTRI"
)
SYLLABLES = _words("SU MI NA RI WA TI TO NO MAN YEM PON GI HAR TA LA DI KAR SI JU SO")


def _names(rng: np.random.Generator, sex: np.ndarray) -> np.ndarray:
    n = len(sex)
    shares = {key: (w := 1 / np.arange(1, len(GIVEN[key]) + 1)) / w.sum() for key in "LP"}
    last = 1 / np.arange(1, len(LAST) + 1) ** 0.7
    first = np.where(sex == "P", rng.choice(GIVEN["P"], n, p=shares["P"]), rng.choice(GIVEN["L"], n, p=shares["L"]))
    second = rng.choice(LAST, n, p=last / last.sum())
    coined = ["".join(rng.choice(SYLLABLES, rng.integers(2, 4))) for _ in range(n)]
    kind = rng.random(n)
    named = [
        c if k < 0.35 else (f"{f} {s}" if k < 0.85 else f"{f} {c}")
        for k, f, s, c in zip(kind, first, second, coined, strict=True)
    ]
    return np.array(named, dtype=object)


def key(names: np.ndarray) -> np.ndarray:
    """Key by sound, in the manner of cleaning."""
    return np.array([n.replace(" ", "").replace("Y", "I").replace("H", "") for n in names], object)


def population(rng: np.random.Generator, *, households: int, areas: int, kecamatan: int = 20) -> pd.DataFrame:
    """Persons of households in areas 3501, 3502, ..."""
    kab = 3501 + np.sort(rng.integers(0, areas, households))
    kec = kab * 1000 + 10 * (1 + rng.integers(0, kecamatan, households))
    size = 1 + rng.poisson(2.6, households)
    two = rng.random(households) < 0.1
    house = np.repeat(np.arange(households), size)
    n = len(house)
    number = np.arange(n) - np.repeat(np.cumsum(size) - size, size) + 1
    sex = np.where(rng.random(n) < 0.5, "P", "L")
    age = np.where(number <= 2, rng.integers(22, 80, n), rng.integers(0, 40, n))
    days = (2020 - age - 1970) * 365.25 - rng.integers(0, 365, n)
    birth = (np.datetime64("1970-01-01") + days.astype(int).astype("timedelta64[D]")).astype(str)
    year = np.array([text[:4] for text in birth], object)
    birth = np.where((age > 50) & (rng.random(n) < 0.15), year + np.array("-12-31", object), birth.astype(object))
    family = house * 2 + (two[house] & (number > 2))
    return pd.DataFrame(
        {
            "household_id": kab[house].astype(np.int64) * 1_000_000 + house,
            "family": family,
            "number": number,
            "nik": np.char.zfill(np.arange(n).astype(str), 16).astype(object),
            "kk": np.char.zfill(family.astype(str), 16).astype(object),
            "name": _names(rng, sex),
            "sex": sex.astype(object),
            "birth_date": birth,
            "kab_code": kab[house],
            "kecamatan": kec[house],
            "relation": np.where(number == 1, 1, 3),
        }
    )


def _misspelt(rng: np.random.Generator, name: str) -> str:
    place = int(rng.integers(1, max(2, len(name) - 1)))
    kind = rng.random()
    if kind < 0.3 and " " in name:
        return name.rsplit(" ", 1)[0]
    if kind < 0.55:
        return name[:place] + name[place + 1 :]
    if kind < 0.8:
        return name[:place] + str(rng.choice(list("AEIOUNST"))) + name[place + 1 :]
    return name[:place] + name[place + 1 : place + 2] + name[place : place + 1] + name[place + 2 :]


def dirtied(rng: np.random.Generator, people: pd.DataFrame, *, dirt: float) -> pd.DataFrame:
    """Missing and false numbers, typing errors in names and dates, other sexes and areas."""
    out = people.copy()
    n = len(out)

    def hit(rate: float) -> np.ndarray:
        return rng.random(n) < rate * dirt

    name = out["name"].to_numpy(dtype=object).copy()
    for row in np.flatnonzero(hit(0.1)):
        name[row] = _misspelt(rng, name[row])
    birth = out["birth_date"].to_numpy(dtype=object).copy()
    for row in np.flatnonzero(hit(0.05)):
        y, m, d = birth[row].split("-")
        kind = rng.random()
        if kind < 0.4:
            birth[row] = f"{y}-{m}-{int(rng.integers(1, 29)):02d}"
        elif kind < 0.7:
            birth[row] = f"{int(y) + int(rng.choice([-10, -1, 1, 10]))}-{m}-{d}"
        else:
            birth[row] = f"{y}-01-01"
    birth[hit(0.04)] = None
    sex = out["sex"].to_numpy(dtype=object).copy()
    wrong = hit(0.01)
    sex[wrong] = np.where(sex[wrong] == "L", "P", "L")
    nik, kk = (out[c].to_numpy(dtype=object).copy() for c in ("nik", "kk"))
    kecamatan = out["kecamatan"].to_numpy().copy()
    for values, missing, false in ((nik, 0.12, 0.01), (kk, 0.08, 0.01)):
        wrong = hit(false)
        values[wrong] = rng.permutation(values)[wrong]
        typed = hit(false)
        values[typed] = [f"9{v[1:]}" for v in values[typed]]
        values[hit(missing)] = None
    kecamatan[hit(0.03)] = -1
    moved = hit(0.02)
    kecamatan[moved] = out["kab_code"].to_numpy()[moved] * 1000 + 10
    return out.assign(name=name, name_key=key(name), birth_date=birth, sex=sex, nik=nik, kk=kk, kecamatan=kecamatan)


def study(
    *,
    households: int,
    areas: int,
    share: float = 0.11,
    registers: dict[str, float] | None = None,
    dirt: float = 1.0,
    seed: int = 1,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Roster, register table and truth (register, row, household_id; -1 where the family is not in the survey)."""
    rng = np.random.default_rng(seed)
    persons = population(rng, households=households, areas=areas)
    # Blocks of households are drawn, as surveys do.
    house = persons["household_id"].to_numpy() % 1_000_000
    blocks = persons["kecamatan"].to_numpy() * 100 + house % 25
    drawn = np.unique(blocks)[rng.random(len(np.unique(blocks))) < share]
    inside = np.isin(blocks, drawn)
    roster = dirtied(rng, persons[inside], dirt=dirt * 0.3).reset_index(drop=True)
    # The second family of a household begins with its third person.
    adults = persons[(persons["number"] <= 2) | (persons["family"] % 2 == 1)]
    recipient = adults.sample(frac=1.0, random_state=seed).drop_duplicates("family").sort_values("family")
    tables, truth = [], []
    surveyed = set(persons.loc[inside, "household_id"].tolist())
    for name, part in (registers or {"pkh": 0.3, "bpnt": 0.4}).items():
        chosen = recipient[rng.random(len(recipient)) < part].reset_index(drop=True)
        table = dirtied(rng, chosen, dirt=dirt)
        table.insert(0, "register", name)
        table.insert(1, "row", np.arange(1, len(table) + 1))
        tables.append(table.assign(component=None, amount=1e6))
        home = np.where(chosen["household_id"].isin(surveyed), chosen["household_id"], -1)
        truth.append(pd.DataFrame({"register": name, "row": table["row"], "household_id": home}))
    columns = _words("register row kab_code kecamatan nik kk name name_key sex birth_date component amount")
    register = pd.concat(tables, ignore_index=True)[columns]
    kept = _words("household_id number nik kk name name_key sex birth_date kab_code kecamatan relation")
    return roster[kept], register, pd.concat(truth, ignore_index=True)
