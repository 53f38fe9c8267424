"""The catalogue of terms for studies of many programmes, in English and in Indonesian."""

# Programme or register -> its printed name, in the order of the figures.
PROGRAMMES: dict[str, dict[str, str]] = {
    "pkh": {"en": "PKH", "id": "PKH"},
    "pkh_only": {"en": "PKH only", "id": "PKH saja"},
    "bpnt": {"en": "BPNT", "id": "BPNT"},
    "bpnt_only": {"en": "BPNT only", "id": "BPNT saja"},
    "pkh_and_bpnt": {"en": "PKH and BPNT", "id": "PKH dan BPNT"},
    "pip": {"en": "PIP", "id": "PIP"},
    "bst": {"en": "BST", "id": "BST"},
    "blt_desa": {"en": "BLT Desa", "id": "BLT Desa"},
    "pkh_plus": {"en": "PKH Plus", "id": "PKH Plus"},
    "kabupaten_aid": {"en": "Kabupaten aid", "id": "Bantuan kabupaten"},
    "aspd": {"en": "ASPD", "id": "ASPD"},
    "jatim_puspa": {"en": "Jatim Puspa", "id": "Jatim Puspa"},
    "kip_jawara": {"en": "KIP Jawara", "id": "KIP Jawara"},
    "dtks": {"en": "DTKS", "id": "DTKS"},
}

# Measures that head a column or a panel.
MEASURES: dict[str, dict[str, str]] = {
    "p0_fall": {"en": "Fall in the poverty rate (P0)", "id": "Penurunan tingkat kemiskinan (P0)"},
    "p1_fall": {"en": "Fall in the poverty gap index (P1)", "id": "Penurunan indeks kedalaman kemiskinan (P1)"},
    "gap_per_rupiah": {"en": "Poverty gap closed per rupiah spent", "id": "Kesenjangan tertutup per rupiah belanja"},
    "match_rate": {"en": "Register rows matched (%)", "id": "Baris register padan (%)"},
    "expected_precision": {"en": "Expected precision (%)", "id": "Presisi harapan (%)"},
    "expected_recall": {"en": "Expected recall (%)", "id": "Perolehan harapan (%)"},
    "missed": {"en": "Missed links", "id": "Padanan terlewat"},
}

# What two records are compared on, and how far they agree.
COMPARISONS: dict[str, dict[str, str]] = {
    "prior": {"en": "Any pair", "id": "Sembarang pasangan"},
    "nik": {"en": "NIK", "id": "NIK"},
    "kk": {"en": "KK number", "id": "Nomor KK"},
    "name": {"en": "Name", "id": "Nama"},
    "name_key": {"en": "Sound of the name", "id": "Bunyi nama"},
    "sex": {"en": "Sex", "id": "Jenis kelamin"},
    "birth_date": {"en": "Birth date", "id": "Tanggal lahir"},
    "birth_year": {"en": "Birth year", "id": "Tahun lahir"},
    "mother": {"en": "Mother’s name", "id": "Nama ibu kandung"},
    "kecamatan": {"en": "Kecamatan", "id": "Kecamatan"},
    "desa": {"en": "Desa", "id": "Desa"},
    "address": {"en": "Address", "id": "Alamat"},
    "birth": {"en": "Birth date", "id": "Tanggal lahir"},
    "area": {"en": "Kecamatan", "id": "Kecamatan"},
    "exact": {"en": "equal", "id": "sama"},
    "not known": {"en": "not known", "id": "tidak diketahui"},
    "close": {"en": "close", "id": "mirip"},
    "different": {"en": "differs", "id": "berbeda"},
    "missing": {"en": "missing", "id": "kosong"},
}

PROGRAMME_TERMS: dict[str, dict[str, str]] = {
    "points": {"en": "percentage points", "id": "poin persen"},
    "per_cent": {"en": "per cent", "id": "persen"},
    "thousand": {"en": "thousand {unit}", "id": "ribu {unit}"},
    "no_recipients": {"en": "No recipients in the survey", "id": "Tidak ada penerima dalam survei"},
    "beyond_axis": {
        "en": "A triangle at the end of an axis stands for what lies beyond it.",
        "id": "Segitiga di ujung sumbu menandai nilai di luar sumbu.",
    },
    # Effects of many programmes
    "programme_effects_none": {
        "en": "No effect of any programme could be estimated",
        "id": "Tidak ada pengaruh program yang dapat ditaksir",
    },
    "programme_effects_turned": {
        "en": "Adjustment reverses the sign of {k} of {n} naive differences",
        "id": "Penyesuaian membalik tanda {k} dari {n} selisih naif",
    },
    "programme_effects_clear": {
        "en": "{k} of {n} programme effects can be told from zero",
        "id": "{k} dari {n} pengaruh program dapat dibedakan dari nol",
    },
    "programme_effects_clear_too": {
        "en": "Each taken alone, {k} of {n} adjusted effects can be told from zero (bold).",
        "id": "Masing-masing, {k} dari {n} pengaruh tersesuaikan dapat dibedakan dari nol (cetak tebal).",
    },
    "naive_key": {"en": "naive difference", "id": "selisih naif"},
    "adjusted_key": {"en": "after adjustment, with {ci}", "id": "sesudah penyesuaian, dengan {ci}"},
    "published": {"en": "published", "id": "terbitan"},
    "published_key": {"en": "Published: {studies}.", "id": "Terbitan: {studies}."},
    "published_caption": {
        "en": "Diamonds are effects that others published, in other years and places.",
        "id": "Belah ketupat adalah pengaruh dari studi terbitan, pada tahun dan tempat lain.",
    },
    "programme_effects_caption": {
        "en": "Effect of each programme on those who received it, by outcome. Filled dots are adjusted estimates and "
        "bars their {ci}; open dots are the unadjusted differences between recipients and all others. "
        "A dark line joins the two where their signs differ.",
        "id": "Pengaruh tiap program terhadap penerimanya, menurut hasil. Titik penuh adalah taksiran tersesuaikan dan "
        "garis adalah {ci}; lingkaran kosong adalah selisih tanpa penyesuaian antara penerima dan yang lain. "
        "Garis gelap menghubungkan keduanya bila tandanya berbeda.",
    },
    "n_programmes": {
        "en": "n = {low} to {high} recipients per programme, up to {comparison} comparison units.",
        "id": "n = {low} s.d. {high} penerima per program, paling banyak {comparison} unit pembanding.",
    },
    # Effects by area
    "area_title": {
        "en": "In {k} of {n} areas the effect of {treatment} on {outcome} can be told from zero",
        "id": "Di {k} dari {n} wilayah, pengaruh {treatment} terhadap {outcome} dapat dibedakan dari nol",
    },
    "area_none": {
        "en": "No effect of {treatment} on {outcome} could be estimated in any area",
        "id": "Pengaruh {treatment} terhadap {outcome} tidak dapat ditaksir di wilayah mana pun",
    },
    "area_range": {
        "en": "Partially pooled effects run from {low} ({lowest}) to {high} ({highest}) {unit}.",
        "id": "Pengaruh gabungan parsial berkisar dari {low} ({lowest}) sampai {high} ({highest}) {unit}.",
    },
    "area_raw_key": {"en": "own data of the area only", "id": "data daerah sendiri saja"},
    "area_pooled_key": {"en": "partially pooled", "id": "gabungan parsial"},
    "area_firm_key": {"en": "dark edge, bold: can be told from zero", "id": "tepi gelap, tebal: berbeda dari nol"},
    "area_caption": {
        "en": "Effect in each area: open dots from its own data only, filled dots partially pooled towards "
        "the mean of all, each with its {ci}.",
        "id": "Pengaruh di tiap wilayah: lingkaran kosong dari data daerah itu saja, titik penuh digabung "
        "parsial ke rata-rata semua daerah, masing-masing dengan {ci}.",
    },
    "area_map": {
        "en": "Each tile is one area near its true place, of equal size; letters in capitals are cities. "
        "The number is the pooled effect.",
        "id": "Tiap kotak adalah satu daerah di dekat letak sebenarnya, berukuran sama; huruf besar menandai kota. "
        "Angka adalah pengaruh gabungan.",
    },
    "n_areas": {
        "en": "n = {treated} recipients ({low} to {high} per area) and {comparison} comparison units.",
        "id": "n = {treated} penerima ({low} s.d. {high} per daerah) dan {comparison} unit pembanding.",
    },
    # Verdicts
    "verdicts_title": {
        "en": "Of {n} verdicts, {positive} are positive and {negative} negative",
        "id": "Dari {n} putusan, {positive} positif dan {negative} negatif",
    },
    "verdicts_rest": {
        "en": "{no_evidence} find no evidence of an effect; {not_credible} comparisons are not credible.",
        "id": "{no_evidence} tidak menemukan bukti pengaruh; {not_credible} perbandingan tidak dapat dipercaya.",
    },
    "verdicts_none": {"en": "No verdict was reached", "id": "Belum ada putusan"},
    "verdict_positive": {"en": "positive effect", "id": "pengaruh positif"},
    "verdict_negative": {"en": "negative effect", "id": "pengaruh negatif"},
    "verdict_no_evidence": {"en": "no evidence", "id": "tidak ada bukti"},
    "verdict_not_credible": {"en": "not credible", "id": "tidak dapat dipercaya"},
    "verdicts_caption": {
        "en": "Verdict on each programme and outcome. No evidence is not evidence of no effect; a comparison is not "
        "credible with too few recipients, without weights that balance, when it fails a placebo test, or when missed "
        "links may hide recipients in it. A dash: not judged.",
        "id": "Putusan atas tiap program dan hasil. Tidak ada bukti bukan bukti tidak adanya pengaruh; perbandingan "
        "tidak dapat dipercaya bila penerimanya terlalu sedikit, tanpa bobot yang seimbang, bila gagal uji plasebo, "
        "atau bila tautan yang terlewat dapat menyembunyikan penerima. Tanda pisah: tidak dinilai.",
    },
    "verdicts_sign": {
        "en": "Positive: the outcome rises; negative: it falls.",
        "id": "Positif: hasil naik; negatif: hasil turun.",
    },
    "verdicts_benefit": {
        "en": "Positive: better for those who receive; negative: worse.",
        "id": "Positif: lebih baik bagi penerima; negatif: lebih buruk.",
    },
    "verdict_n": {
        "en": "{k} of {n} combinations of programme and outcome were judged.",
        "id": "{k} dari {n} pasangan program dan hasil dinilai.",
    },
    # Poverty
    "poverty_title_effect": {
        "en": "{treatment} lowers the poverty rate most: by {points} points, as its effect is estimated",
        "id": "{treatment} paling banyak menurunkan tingkat kemiskinan: {points} poin menurut taksiran pengaruhnya",
    },
    "poverty_unclear_effect": {
        "en": "No programme’s estimated effect clearly lowers the poverty rate; {treatment} comes nearest: "
        "{points} points",
        "id": "Tak ada taksiran pengaruh program yang jelas menurunkan tingkat kemiskinan; {treatment} terdekat, "
        "{points} poin",
    },
    "poverty_title_transfer": {
        "en": "{treatment} lowers the poverty rate most: its transfers alone by {points} points",
        "id": "{treatment} paling banyak menurunkan tingkat kemiskinan: transfernya saja {points} poin",
    },
    "poverty_unclear_transfer": {
        "en": "No programme’s transfers clearly lower the poverty rate; {treatment} comes nearest: {points} points",
        "id": "Tak ada transfer program yang jelas menurunkan tingkat kemiskinan; {treatment} terdekat, {points} poin",
    },
    "poverty_none": {
        "en": "No effect of any programme on poverty could be reckoned",
        "id": "Pengaruh program terhadap kemiskinan tidak dapat dihitung",
    },
    "poverty_gap": {
        "en": "{treatment} closes most of the poverty gap per rupiah spent: {rupiah} rupiah.",
        "id": "{treatment} menutup kesenjangan kemiskinan terbanyak per rupiah belanja: {rupiah} rupiah.",
    },
    "poverty_transfer": {"en": "from the transfer alone", "id": "dari transfer saja"},
    "poverty_effect": {"en": "from the estimated effect", "id": "dari taksiran pengaruh"},
    "rupiah_per_rupiah": {"en": "rupiah per rupiah", "id": "rupiah per rupiah"},
    "poverty_caption": {
        "en": "Poverty with each programme against poverty without it; bars are the {ci}. Filled dots take the "
        "transfer out of the recipients’ spending, without any reply of behaviour; open squares take out the estimated "
        "effect.",
        "id": "Kemiskinan dengan tiap program dibandingkan tanpa program; garis adalah {ci}. Titik penuh mengurangkan "
        "transfer dari pengeluaran penerima, tanpa perubahan perilaku; kotak kosong mengurangkan taksiran pengaruh.",
    },
    # Targeting
    "targeting_title": {
        "en": "{best_share} of the beneficiaries of {best} are in the poorest four tenths; of {worst}, {worst_share}",
        "id": "{best_share} penerima {best} berada di empat desil terbawah; penerima {worst}, {worst_share}",
    },
    "targeting_one": {
        "en": "{best_share} of the beneficiaries of {best} are in the poorest four tenths",
        "id": "{best_share} penerima {best} berada di empat desil terbawah",
    },
    "targeting_none": {
        "en": "No programme has beneficiaries in the survey",
        "id": "Tidak ada program yang memiliki penerima dalam survei",
    },
    "inclusion": {"en": "Inclusion error {value}", "id": "Kesalahan inklusi {value}"},
    "exclusion": {"en": "Exclusion error {value}", "id": "Kesalahan eksklusi {value}"},
    "coefficient": {"en": "Concentration coefficient {value}", "id": "Koefisien konsentrasi {value}"},
    "decile_axis": {"en": "Share by welfare decile", "id": "Bagian per desil"},
    "curve_across": {"en": "% of persons", "id": "% penduduk"},
    "curve_up": {"en": "% of benefits", "id": "% manfaat"},
    "targeting_caption": {
        "en": "Left: share of each programme’s beneficiaries by welfare decile, the poorest first and the poorest four "
        "dark, with {ci}; the dashed line is what equal shares would give. Right: concentration curve, the cumulative "
        "share of benefits (%) against the cumulative share of persons (%), the poorest first; above the dashed line "
        "the poor receive more than their share.",
        "id": "Kiri: bagian penerima tiap program menurut desil kesejahteraan, mulai dari yang termiskin dan empat "
        "terbawah berwarna gelap, dengan {ci}; garis putus-putus adalah pembagian rata. Kanan: kurva konsentrasi, "
        "bagian kumulatif manfaat (%) terhadap bagian kumulatif penduduk (%), mulai dari yang termiskin; di atas garis "
        "putus-putus, penduduk miskin menerima lebih dari bagiannya.",
    },
    "targeting_errors": {
        "en": "Inclusion error: share of beneficiaries who are not of the target group. "
        "Exclusion error: share of the poor who receive nothing.",
        "id": "Kesalahan inklusi: bagian penerima yang bukan kelompok sasaran. "
        "Kesalahan eksklusi: bagian penduduk miskin yang tidak menerima.",
    },
    # Linkage
    "linkage_title": {
        "en": "In every register, at least {precision} of links are expected to be right "
        "and {recall} of true pairs found",
        "id": "Di setiap register, sedikitnya {precision} padanan diharapkan benar "
        "dan {recall} pasangan sejati ditemukan",
    },
    "linkage_title_linked": {
        "en": "In every register with links, at least {precision} of them are expected to be right "
        "and {recall} of true pairs found",
        "id": "Di setiap register yang terpadankan, sedikitnya {precision} padanan diharapkan benar "
        "dan {recall} pasangan sejati ditemukan",
    },
    "linkage_weakest": {
        "en": "{register} is found least completely. Links to survey households missed over all registers: {missed}.",
        "id": "{register} paling kurang lengkap. Di semua register, {missed} padanan ke rumah tangga survei terlewat.",
    },
    "linkage_none": {"en": "No register could be linked", "id": "Tidak ada register yang dapat dipadankan"},
    "linkage_grid": {
        "en": "Register rows matched (%), by area",
        "id": "Baris register padan (%), menurut wilayah",
    },
    "linkage_caption": {
        "en": "Above: register rows linked to a survey household, with {ci}; the survey is a sample, so most rows have "
        "no household in it. Expected precision and recall follow from the probabilities of the links and have no "
        "interval of their own. Below: rows matched by area, darker for more.",
        "id": "Atas: baris register yang padan dengan rumah tangga survei, dengan {ci}; survei adalah sampel, sehingga "
        "sebagian besar baris tidak memiliki rumah tangga di dalamnya. Presisi dan perolehan harapan dihitung dari "
        "peluang padanan dan tidak memiliki selang sendiri. Bawah: baris padan menurut daerah, makin gelap makin "
        "banyak.",
    },
    "linkage_missed": {
        "en": "Missed links are recipients in the survey whom no link shows: they may stand among the comparison "
        "households and contaminate them.",
        "id": "Padanan terlewat adalah penerima dalam survei yang tidak tampak dari padanan mana pun: mereka dapat "
        "berada di antara rumah tangga pembanding dan mencemarinya.",
    },
    "linkage_framed": {
        "en": "A cell is framed where precision is expected below {precision} or recall below {recall}.",
        "id": "Kotak dibingkai bila presisi harapan di bawah {precision} atau perolehan harapan di bawah {recall}.",
    },
    "n_linkage": {
        "en": "n = {rows} rows of {registers} registers, {linked} of them linked.",
        "id": "n = {rows} baris dari {registers} register, {linked} di antaranya padan.",
    },
    # Match weights
    "waterfall_title": {
        "en": "{k} of {n} sampled pairs are more likely than not the same household",
        "id": "{k} dari {n} pasangan contoh lebih mungkin rumah tangga yang sama daripada tidak",
    },
    "waterfall_none": {"en": "No link was sampled", "id": "Tidak ada padanan yang dicontoh"},
    "waterfall_how": {
        "en": "What agrees raises the weight, what differs lowers it; plus one doubles the odds.",
        "id": "Yang sama menaikkan bobot, yang berbeda menurunkannya; tambah satu menggandakan rasio peluang.",
    },
    "waterfall_link": {
        "en": "Pair {link}: probability {probability}",
        "id": "Pasangan {link}: peluang {probability}",
    },
    "compared": {"en": "{what}: {level}", "id": "{what}: {level}"},
    "waterfall_total": {"en": "Match weight", "id": "Bobot padanan"},
    "waterfall_axis": {"en": "Weight (log base two of the odds)", "id": "Bobot (logaritma basis dua rasio peluang)"},
    "waterfall_caption": {
        "en": "Match weights of sampled pairs of a register row and a survey household. Each bar starts where the last "
        "one ended; filled bars raise the weight, hatched ones lower it, and the diamond is the sum. Personal values "
        "are not shown.",
        "id": "Bobot padanan dari contoh pasangan baris register dan rumah tangga survei. Tiap batang mulai di ujung "
        "batang sebelumnya; batang penuh menaikkan bobot, batang berarsir menurunkannya, dan belah ketupat adalah "
        "jumlahnya. Nilai pribadi tidak ditampilkan.",
    },
    # Overlaps
    "overlaps_title": {
        "en": "{share} of the recipients of {first} also receive {second}",
        "id": "{share} penerima {first} juga menerima {second}",
    },
    "overlaps_none": {
        "en": "No household receives more than one programme",
        "id": "Tidak ada rumah tangga yang menerima lebih dari satu program",
    },
    "overlaps_how": {
        "en": "Of the recipients of the programme in the row, the share that also receives the one above.",
        "id": "Dari penerima program di baris, bagian yang juga menerima program di atas.",
    },
    "overlaps_caption": {
        "en": "Survey households, weighted; darker for more. A dash: no recipients, or not known.",
        "id": "Rumah tangga survei, tertimbang; makin gelap makin banyak. Tanda pisah: tanpa penerima, atau tidak "
        "diketahui.",
    },
}
