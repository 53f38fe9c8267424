"""The printed names of the methods, in English and in Indonesian."""

# Family of methods (or a label that studies commonly give one) -> its printed name.
METHODS: dict[str, dict[str, str]] = {
    "difference_in_means": {"en": "Difference in means", "id": "Selisih rata-rata"},
    "regression": {"en": "Regression", "id": "Regresi"},
    "oaxaca_blinder": {"en": "Oaxaca–Blinder", "id": "Oaxaca–Blinder"},
    "nearest_1": {"en": "Nearest neighbour", "id": "Tetangga terdekat"},
    "nearest_1_caliper": {"en": "Nearest neighbour in caliper", "id": "Tetangga terdekat dalam kaliper"},
    "nearest_5_bias_adjusted": {
        "en": "Five nearest, bias-adjusted",
        "id": "Lima terdekat, bias dikoreksi",
    },
    "optimal": {"en": "Optimal pairs", "id": "Pasangan optimal"},
    "subclass": {"en": "Subclassification", "id": "Subklasifikasi"},
    "full": {"en": "Full matching", "id": "Pemadanan penuh"},
    "cem": {"en": "Coarsened exact matching", "id": "Pemadanan persis kasar"},
    "ipw": {"en": "Inverse-probability weights", "id": "Bobot kebalikan peluang"},
    "ipw_m_estimation": {
        "en": "Inverse-probability weights, M-estimation",
        "id": "Bobot kebalikan peluang, estimasi-M",
    },
    "overlap": {"en": "Overlap weights", "id": "Bobot tumpang tindih"},
    "entropy_balancing": {"en": "Entropy balancing", "id": "Penyeimbangan entropi"},
    "cbps": {"en": "Covariate balancing score", "id": "Skor penyeimbang kovariat"},
    "g_computation": {"en": "G-computation", "id": "Komputasi-G"},
    "aipw": {"en": "Doubly robust weighting (AIPW)", "id": "Pembobotan ganda tegar (AIPW)"},
    "did_dr": {"en": "Doubly robust difference-in-differences", "id": "Selisih-dalam-selisih ganda tegar"},
}
IMPUTED = "_imputed"
LINKS_IMPUTED = {"en": "links imputed", "id": "padanan diimputasi"}


def method_name(label: str, family: str, language: str) -> str:
    """Return the printed name of a method.

    Parameters
    ----------
    label
        What the study calls it; the `method` column of the tables.
    family
        Its family, such as `ipw`; a label without a name of its own is printed as the family's name and the label.
    language
        `en` or `id`.
    """
    if label in METHODS:
        return METHODS[label][language]
    # The headline of a study of programmes, estimated again on drawn links.
    if label.endswith(IMPUTED):
        return f"{method_name(label.removesuffix(IMPUTED), family, language)}, {LINKS_IMPUTED[language]}"
    if family in METHODS:
        return f"{METHODS[family][language]} ({label})"
    return label
