"""The terms of the figures of effects and of their placebo tests, in English and in Indonesian."""

EFFECT_TERMS: dict[str, dict[str, str]] = {
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
