"""How each office keeps its register: headers, codes, dates, titles; headers as registers in public sources have."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Format:
    """The habits of one office.

    Parameters
    ----------
    headers : mapping of variable to header
        In the order of the columns: nik, kk, name, sex, birth_date, address, rt, rw, desa, kecamatan, kab, component,
        amount, status.
    sex : {"LP", "12"}
    dates : str
        Format of dates.
    apostrophe : bool
        Whether numbers carry the apostrophe by which a spreadsheet keeps text.
    floats : bool
        Whether NIK and KK are numbers, not text: a final zero may then be one that a spreadsheet put there; Excel only.
    dots : bool
        Whether sums are written with dots between thousands.
    area : {"name", "code"}
        Kabupaten/kota by name or by BPS code.
    title : sequence of str
        Rows above the header; Excel only.
    total : bool
        Whether a row with the sum stands below; Excel only.
    encoding : str
        CSV only.
    """

    headers: dict[str, str]
    sex: Literal["LP", "12"] = "LP"
    dates: str = "%d/%m/%Y"
    apostrophe: bool = False
    floats: bool = False
    dots: bool = False
    area: Literal["name", "code"] = "name"
    title: tuple[str, ...] = field(default_factory=tuple)
    total: bool = False
    encoding: str = "utf-8"


# Components of PKH as its register names them.
COMPONENT_NAMES = {
    "pregnancy": "Ibu Hamil",
    "early_childhood": "Anak Usia Dini",
    "sd": "SD",
    "smp": "SMP",
    "sma": "SMA",
    "elderly": "Lanjut Usia",
    "severe_disability": "Disabilitas Berat",
}
OFFICE = "DINAS SOSIAL PROVINSI JAWA TIMUR"
_PRINTED = {
    "kab": "KABUPATEN/KOTA", "kecamatan": "KODE KECAMATAN", "desa": "KODE DESA", "nik": "NIK", "kk": "NO KK",
    "name": "NAMA PENERIMA", "sex": "JENIS KELAMIN", "birth_date": "TANGGAL LAHIR", "address": "ALAMAT", "rt": "RT",
    "rw": "RW", "amount": "JUMLAH BANTUAN", "status": "KETERANGAN",
}  # fmt: skip
_BNBA = {
    "kab": "kabupaten_kota", "kecamatan": "kode_kecamatan", "desa": "kode_desa", "name": "nama", "nik": "nomor_nik",
    "kk": "nomor_kk", "birth_date": "tanggal_lahir", "sex": "jenis_kelamin", "address": "alamat", "rt": "rt",
    "rw": "rw", "amount": "nominal", "status": "keterangan",
}  # fmt: skip


def _title(programme: str) -> tuple[str, ...]:
    return (f"DAFTAR PENERIMA {programme}", OFFICE, "TAHUN ANGGARAN 2020")


def _with(headers: dict[str, str], **more: str) -> dict[str, str]:
    """Headers with one more column before the amount."""
    at = list(headers).index("amount")
    items = list(headers.items())
    return dict([*items[:at], *more.items(), *items[at:]])


FORMATS: dict[str, Format] = {
    "dtks": Format({k: v for k, v in _BNBA.items() if k != "amount"}, dates="%Y-%m-%d", area="code"),
    "pkh": Format(_with(_PRINTED, component="KOMPONEN"), title=_title("PROGRAM KELUARGA HARAPAN (PKH)")),
    "bpnt": Format(_BNBA, sex="12", dates="%Y-%m-%d", dots=True),
    "pip": Format(_BNBA, apostrophe=True),
    "bst": Format(_BNBA, sex="12", encoding="utf-8-sig", dots=True),
    "blt_desa": Format(_BNBA, encoding="cp1252", dates="%d-%m-%Y"),
    "pkh_plus": Format(_PRINTED, title=_title("PKH PLUS"), total=True, floats=True),
    "kabupaten_aid": Format(_PRINTED, title=_title("BANTUAN SOSIAL KABUPATEN/KOTA"), sex="12", area="code"),
    "aspd": Format(_PRINTED, title=_title("ASISTENSI SOSIAL PENYANDANG DISABILITAS"), total=True, apostrophe=True),
    "jatim_puspa": Format(_PRINTED, title=_title("JATIM PUSPA")),
    "kip_jawara": Format(_PRINTED, title=_title("KIP JAWARA")),
}
