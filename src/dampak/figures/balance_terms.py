"""The terms of the figures of overlap and of balance, in English and in Indonesian."""

BALANCE_TERMS: dict[str, dict[str, str]] = {
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
}
