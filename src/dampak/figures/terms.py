"""The catalogue of terms: every word that a figure prints, in English and in Indonesian.

Numbers, names of variables and units come in through the braces; a sentence never carries a number of its own.
"""

from dampak.figures.programmes.terms import PROGRAMME_TERMS

LANGUAGES = ("en", "id")

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

TERMS: dict[str, dict[str, str]] = {
    **PROGRAMME_TERMS,
    # Shared
    "ci": {"en": "{level} CI", "id": "SK {level}"},
    "ci_long": {"en": "{level} confidence interval", "id": "selang kepercayaan {level}"},
    "estimate_ci": {"en": "Estimate ({ci})", "id": "Taksiran ({ci})"},
    "with_ci": {"en": "{estimate} ({ci} {low} to {high})", "id": "{estimate} ({ci} {low} s.d. {high})"},
    "range": {"en": "{estimate} ({low} to {high})", "id": "{estimate} ({low} s.d. {high})"},
    "no_interval": {"en": "{estimate} (no interval)", "id": "{estimate} (tanpa selang)"},
    "no_estimate": {"en": "no estimate", "id": "tidak ada taksiran"},
    "n": {
        "en": "n = {treated} recipients and {comparison} comparison units.",
        "id": "n = {treated} penerima dan {comparison} unit pembanding.",
    },
    "n_fewest": {
        "en": "n = {treated} recipients and {comparison} comparison units; "
        "{method} uses the fewest, {few_treated} and {few_comparison}.",
        "id": "n = {treated} penerima dan {comparison} unit pembanding; "
        "{method} memakai paling sedikit, {few_treated} dan {few_comparison}.",
    },
    "n_method": {
        "en": "n = {treated} recipients and {comparison} comparison units; "
        "{method} uses {few_treated} and {few_comparison}.",
        "id": "n = {treated} penerima dan {comparison} unit pembanding; "
        "{method} memakai {few_treated} dan {few_comparison}.",
    },
    "source": {"en": "Source: {citations}", "id": "Sumber: {citations}"},
    "drawn_by": {"en": "Drawn by {function}.", "id": "Digambar oleh {function}."},
    "treated": {"en": "Recipients", "id": "Penerima"},
    "comparison": {"en": "Comparison group", "id": "Kelompok pembanding"},
    "headline_bold": {
        "en": "The method that the study names as its headline is in bold.",
        "id": "Metode utama studi dicetak tebal.",
    },
    "propensity": {"en": "Propensity score", "id": "Skor kecenderungan"},
    # Overlap
    "overlap_none": {
        "en": "No one in the comparison group resembles the recipients of {treatment}",
        "id": "Tidak satu pun anggota kelompok pembanding menyerupai penerima {treatment}",
    },
    "overlap_few": {
        "en": "Only {share} of the comparison group resembles the recipients of {treatment}",
        "id": "Hanya {share} kelompok pembanding yang menyerupai penerima {treatment}",
    },
    "overlap_some": {
        "en": "{share} of the comparison group resembles the recipients of {treatment}",
        "id": "{share} kelompok pembanding menyerupai penerima {treatment}",
    },
    "overlap_most": {
        "en": "Most of the comparison group ({share}) resembles the recipients of {treatment}",
        "id": "Sebagian besar kelompok pembanding ({share}) menyerupai penerima {treatment}",
    },
    "overlap_all": {
        "en": "Everyone in the comparison group resembles the recipients of {treatment}",
        "id": "Semua anggota kelompok pembanding menyerupai penerima {treatment}",
    },
    "support_all": {
        "en": "Everyone lies on common support.",
        "id": "Semua unit berada dalam dukungan bersama.",
    },
    "support_treated_all": {
        "en": "All {treated_all} recipients lie on common support, "
        "and {comparison} of {comparison_all} in the comparison group.",
        "id": "Semua {treated_all} penerima berada dalam dukungan bersama, "
        "dan {comparison} dari {comparison_all} anggota kelompok pembanding.",
    },
    "support_some": {
        "en": "{treated} of {treated_all} recipients lie on common support, "
        "and {comparison} of {comparison_all} in the comparison group.",
        "id": "{treated} dari {treated_all} penerima berada dalam dukungan bersama, "
        "dan {comparison} dari {comparison_all} anggota kelompok pembanding.",
    },
    "support_unruled": {
        "en": "The study drops no one for lack of common support.",
        "id": "Studi ini tidak membuang unit di luar dukungan bersama.",
    },
    "group_n": {"en": "{group} (n = {n})", "id": "{group} (n = {n})"},
    "resembles": {"en": "{share} resemble the recipients", "id": "{share} menyerupai penerima"},
    "common_support": {"en": "Common support", "id": "Dukungan bersama"},
    "overlap_x": {
        "en": "Estimated probability of treatment (logit scale)",
        "id": "Taksiran peluang menjadi penerima (skala logit)",
    },
    "overlap_y": {"en": "Share of the group", "id": "Bagian dari kelompok"},
    "overlap_caption": {
        "en": "Estimated probability of treatment among recipients (above) and in the comparison group (below), "
        "each as a share of its own group. A comparison unit resembles the recipients (dark bars) when its "
        "probability lies within the middle {middle} of theirs.",
        "id": "Taksiran peluang menjadi penerima di antara penerima (atas) dan di kelompok pembanding (bawah), "
        "masing-masing sebagai bagian dari kelompoknya. Sebuah unit pembanding menyerupai penerima (batang gelap) "
        "bila peluangnya berada dalam {middle} tengah peluang penerima.",
    },
    "overlap_ends": {
        "en": "Probabilities beyond either end of the axis are drawn at the end.",
        "id": "Peluang di luar ujung sumbu digambar pada ujungnya.",
    },
    "shaded_support": {"en": "Shaded: common support.", "id": "Arsiran: dukungan bersama."},
    "weighted": {"en": "Survey weights are applied.", "id": "Bobot survei diterapkan."},
    # Balance
    "love_all": {
        "en": "After adjustment, every covariate is within {threshold} SD",
        "id": "Setelah penyesuaian, semua kovariat berada dalam {threshold} SB",
    },
    "love_all_already": {
        "en": "Every covariate is within {threshold} SD, before and after adjustment",
        "id": "Semua kovariat berada dalam {threshold} SB, sebelum dan sesudah penyesuaian",
    },
    "love_some": {
        "en": "Adjustment leaves {k} of {n} covariates more than {threshold} SD apart",
        "id": "Penyesuaian menyisakan {k} dari {n} kovariat yang berbeda lebih dari {threshold} SB",
    },
    "love_raw_some": {
        "en": "Without adjustment, the gap exceeds {threshold} SD in {k} of {n} covariates",
        "id": "Tanpa penyesuaian, kesenjangan melebihi {threshold} SB pada {k} dari {n} kovariat",
    },
    "love_raw_all": {
        "en": "Even without adjustment, every covariate is within {threshold} SD",
        "id": "Tanpa penyesuaian pun, semua kovariat berada dalam {threshold} SB",
    },
    "love_before": {
        "en": "Before, {k} of {n} exceeded that. Adjustment: {method}.",
        "id": "Sebelumnya, {k} dari {n} melebihinya. Penyesuaian: {method}.",
    },
    "love_method": {"en": "Adjustment: {method}.", "id": "Penyesuaian: {method}."},
    "love_worst": {
        "en": "Widest gap: {covariate}, {smd} SD.",
        "id": "Kesenjangan terbesar: {covariate}, {smd} SB.",
    },
    "love_unmeasured": {
        "en": "No gap can be measured for {covariates}.",
        "id": "Kesenjangan tidak dapat diukur untuk {covariates}.",
    },
    "before": {"en": "Before", "id": "Sebelum"},
    "after": {"en": "After", "id": "Sesudah"},
    "others": {"en": "other methods, after", "id": "metode lain, sesudah"},
    "love_x": {
        "en": "Gap between recipients and comparison group (SD, square-root scale)",
        "id": "Kesenjangan penerima dan kelompok pembanding (SB, skala akar kuadrat)",
    },
    "love_caption": {
        "en": "Absolute standardised mean difference of each covariate between recipients and comparison group, "
        "in standard deviations (SD): before (open circles){after}. The dashed line marks {threshold} SD.",
        "id": "Nilai mutlak selisih rata-rata terbakukan tiap kovariat antara penerima dan kelompok pembanding, "
        "dalam simpangan baku (SB): sebelum (lingkaran kosong){after}. Garis putus-putus menandai {threshold} SB.",
    },
    "love_caption_after": {
        "en": ", after adjustment (filled circles; {method})",
        "id": ", sesudah penyesuaian (lingkaran penuh; {method})",
    },
    "love_caption_others": {
        "en": ", after the other methods of the study (small grey dots)",
        "id": ", sesudah metode lain dalam studi ini (titik abu-abu kecil)",
    },
    "love_score": {
        "en": "The propensity score is not counted as a covariate.",
        "id": "Skor kecenderungan tidak dihitung sebagai kovariat.",
    },
    # Effects
    "effects_recover": {
        "en": "Adjusted estimates come within {gap} of the experiment’s {benchmark}",
        "id": "Taksiran tersesuaikan berjarak paling jauh {gap} dari hasil eksperimen, {benchmark}",
    },
    "effects_recover_some": {
        "en": "{k} of {n} adjusted estimates fall within the margin of error of the experiment’s {benchmark}",
        "id": "{k} dari {n} taksiran tersesuaikan berada dalam batas galat hasil eksperimen, {benchmark}",
    },
    "effects_miss": {
        "en": "No adjusted estimate recovers the experiment’s {benchmark}; the closest is {gap} away",
        "id": "Tidak ada taksiran tersesuaikan yang mencapai hasil eksperimen, {benchmark}; "
        "yang terdekat meleset {gap}",
    },
    "effects_raw_only": {
        "en": "The unadjusted comparison is {gap} away from the experiment’s {benchmark}",
        "id": "Perbandingan tanpa penyesuaian berjarak {gap} dari hasil eksperimen, {benchmark}",
    },
    "effects_raw_misses": {
        "en": "The unadjusted comparison misses it by {gap}.",
        "id": "Perbandingan tanpa penyesuaian meleset {gap}.",
    },
    "effects_raw_hits": {
        "en": "The unadjusted comparison already comes within {gap}.",
        "id": "Perbandingan tanpa penyesuaian pun hanya berjarak {gap}.",
    },
    "effects_raises": {
        "en": "{treatment} is estimated to raise {outcome} by {estimate}",
        "id": "{treatment} ditaksir menaikkan {outcome} sebesar {estimate}",
    },
    "effects_lowers": {
        "en": "{treatment} is estimated to lower {outcome} by {estimate}",
        "id": "{treatment} ditaksir menurunkan {outcome} sebesar {estimate}",
    },
    "effects_unclear": {
        "en": "No clear effect of {treatment} on {outcome}",
        "id": "Tidak ada pengaruh {treatment} yang jelas terhadap {outcome}",
    },
    "effects_no_interval": {
        "en": "{treatment} and {outcome}: estimated effect {estimate}, of unknown precision",
        "id": "{treatment} dan {outcome}: taksiran pengaruh {estimate}, ketelitian tidak diketahui",
    },
    "effects_none": {
        "en": "No effect of {treatment} could be estimated",
        "id": "Tidak ada pengaruh {treatment} yang dapat ditaksir",
    },
    "effects_many": {
        "en": "{treatment}: {k} of {n} effects can be told from zero",
        "id": "{treatment}: {k} dari {n} pengaruh dapat dibedakan dari nol",
    },
    "effects_many_none": {
        "en": "{treatment}: none of {n} effects can be told from zero",
        "id": "{treatment}: tidak satu pun dari {n} pengaruh dapat dibedakan dari nol",
    },
    "effects_headline": {
        "en": "Headline method, {method}: {estimate}.",
        "id": "Metode utama, {method}: {estimate}.",
    },
    "effects_headline_many": {"en": "Headline method: {method}.", "id": "Metode utama: {method}."},
    "effect_axis": {"en": "Effect on {outcome}{unit}", "id": "Pengaruh terhadap {outcome}{unit}"},
    "unit": {"en": " ({unit})", "id": " ({unit})"},
    "panel": {"en": "{outcome}, {estimand}", "id": "{outcome}, {estimand}"},
    "experiment": {"en": "Experiment: {estimate}", "id": "Eksperimen: {estimate}"},
    "effects_caption": {
        "en": "Estimated effect of {treatment} on those who received it, by method; "
        "dots are estimates and bars their {ci}.",
        "id": "Taksiran pengaruh {treatment} terhadap penerimanya, menurut metode; "
        "titik adalah taksiran dan garis adalah {ci}.",
    },
    "effects_caption_other": {
        "en": "Estimated effect of {treatment}, by method; dots are estimates and bars their {ci}.",
        "id": "Taksiran pengaruh {treatment}, menurut metode; titik adalah taksiran dan garis adalah {ci}.",
    },
    "unadjusted_grey": {
        "en": "The unadjusted comparison is in grey.",
        "id": "Perbandingan tanpa penyesuaian berwarna abu-abu.",
    },
    "benchmark_caption": {
        "en": "The shaded band is the {ci} of the experiment ({study}, {method}) "
        "and the line in it the experiment’s estimate.",
        "id": "Pita arsiran adalah {ci} dari eksperimen ({study}, {method}) dan garis di dalamnya taksiran eksperimen.",
    },
    "headline_only": {
        "en": "With this many outcomes only the headline method is drawn.",
        "id": "Karena banyaknya hasil, hanya metode utama yang digambar.",
    },
    # Placebo
    "placebo_fails": {
        "en": "Placebo fails: {k} of {n} methods find an effect on {outcome}, measured before {treatment}",
        "id": "Plasebo gagal: {k} dari {n} metode menemukan pengaruh pada {outcome}, yang diukur sebelum {treatment}",
    },
    "placebo_fails_all": {
        "en": "Placebo fails: all {n} methods find an effect on {outcome}, measured before {treatment}",
        "id": "Plasebo gagal: semua {n} metode menemukan pengaruh pada {outcome}, yang diukur sebelum {treatment}",
    },
    "placebo_fails_one": {
        "en": "Placebo fails: there is an effect on {outcome}, measured before {treatment}",
        "id": "Plasebo gagal: ada pengaruh pada {outcome}, yang diukur sebelum {treatment}",
    },
    "placebo_headline_passes": {
        "en": "Placebo passes for the headline method, but {k} of {n} methods find an effect on {outcome}",
        "id": "Plasebo lolos pada metode utama, tetapi {k} dari {n} metode menemukan pengaruh pada {outcome}",
    },
    "placebo_passes": {
        "en": "Placebo passes: no method finds an effect on {outcome}, measured before {treatment}",
        "id": "Plasebo lolos: tidak ada metode yang menemukan pengaruh pada {outcome}, yang diukur sebelum {treatment}",
    },
    "placebo_fails_many": {
        "en": "Placebo fails: {k} of {n} tests find an effect before {treatment}",
        "id": "Plasebo gagal: {k} dari {n} uji menemukan pengaruh sebelum {treatment}",
    },
    "placebo_fails_all_many": {
        "en": "Placebo fails: all {n} tests find an effect before {treatment}",
        "id": "Plasebo gagal: semua {n} uji menemukan pengaruh sebelum {treatment}",
    },
    "placebo_headline_passes_many": {
        "en": "Placebo passes for the headline method, but {k} of {n} tests find an effect before {treatment}",
        "id": "Plasebo lolos pada metode utama, tetapi {k} dari {n} uji menemukan pengaruh sebelum {treatment}",
    },
    "placebo_passes_many": {
        "en": "Placebo passes: none of {n} tests finds an effect before {treatment}",
        "id": "Plasebo lolos: tidak satu pun dari {n} uji menemukan pengaruh sebelum {treatment}",
    },
    "placebo_none": {
        "en": "No placebo outcome was tested",
        "id": "Tidak ada hasil plasebo yang diuji",
    },
    "placebo_none_body": {
        "en": "The study names no outcome that {treatment} cannot have changed.",
        "id": "Studi ini tidak menyebut hasil yang mustahil diubah oleh {treatment}.",
    },
    "placebo_meaning_failed": {
        "en": "A method that finds an effect where there can be none compares unlike groups.",
        "id": "Metode yang menemukan pengaruh yang mustahil ada membandingkan kelompok yang tidak serupa.",
    },
    "placebo_meaning_passed": {
        "en": "This does not prove that the groups are alike, but it is what alike groups would show.",
        "id": "Ini tidak membuktikan bahwa kedua kelompok serupa, tetapi demikianlah hasil kelompok yang serupa.",
    },
    "passed": {"en": "passed", "id": "lolos"},
    "failed": {"en": "failed", "id": "gagal"},
    "status": {"en": "Placebo", "id": "Plasebo"},
    "placebo_axis": {
        "en": "Apparent effect on {outcome}{unit}",
        "id": "Pengaruh semu pada {outcome}{unit}",
    },
    "placebo_caption": {
        "en": "Placebo test: the same methods applied to outcomes from before {treatment}, "
        "where the true effect is zero. "
        "Marks are estimates and bars their {ci}; a cross is a failed test (p < {alpha}), a dot a passed one.",
        "id": "Uji plasebo: metode yang sama diterapkan pada hasil sebelum {treatment}, yang pengaruh sebenarnya nol. "
        "Tanda adalah taksiran dan garis adalah {ci}; silang berarti uji gagal (p < {alpha}), titik berarti lolos.",
    },
}


def term(key: str, language: str, **values: str) -> str:
    """Return one entry of the catalogue with its braces filled.

    Parameters
    ----------
    key
        Name of the entry.
    language
        `en` or `id`.
    values
        Text for each name in braces.
    """
    return TERMS[key][language].format(**values)


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
    if family in METHODS:
        return f"{METHODS[family][language]} ({label})"
    return label
