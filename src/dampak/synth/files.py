"""Names of the files of a synthetic population: what is written below raw/, what is read from config/synth."""

from dampak.synth.survey_files.files import AREAS, EXPENDITURE, HOUSEHOLDS, IDENTITIES, INDIVIDUALS

SURVEY_FILES = {
    "households": HOUSEHOLDS,
    "persons": INDIVIDUALS,
    "expenditure": EXPENDITURE,
    "identities": IDENTITIES,
    "areas": AREAS,
}
REGISTER_FILES = {
    "dtks": "registers/dtks.csv",
    "pkh": "registers/pkh.xlsx",
    "bpnt": "registers/bpnt.csv",
    "pip": "registers/pip.csv",
    "bst": "registers/bst.csv",
    "blt_desa": "registers/blt_desa.csv",
    "pkh_plus": "registers/pkh_plus.xlsx",
    "kabupaten_aid": "registers/kabupaten_aid.xlsx",
    "aspd": "registers/aspd.xlsx",
    "jatim_puspa": "registers/jatim_puspa.xlsx",
    "kip_jawara": "registers/kip_jawara.xlsx",
}
RAW_FILES = SURVEY_FILES | REGISTER_FILES
# Of the registers those of national programmes, for studies with a file per province.
NATIONAL = ("dtks", "pkh", "bpnt", "pip", "bst", "blt_desa")
PROVINCE_FILES = SURVEY_FILES | {name: REGISTER_FILES[name] for name in NATIONAL}
PROVINCE_TABLE = "provinces.csv"
TRUTHS = ("effects", "links", "dirt")
# Beside the parameters themselves, which a study names.
SYNTHETIC_TABLES = (
    "areas.csv",
    "names.csv",
    "register_dirt.yaml",
    "survey_answers.yaml",
    "survey_dirt.yaml",
    "survey_value_labels.csv",
    "survey_variables.csv",
)
