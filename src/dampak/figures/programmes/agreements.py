"""How far two records agree, as the linkage says it and in Indonesian."""

# What the linkage says of a comparison in a whole sentence, which is printed alone.
AGREEMENTS: dict[str, str] = {
    "NIK equal": "NIK sama",
    "NIK differs": "NIK berbeda",
    "KK equal": "KK sama",
    "KK differs": "KK berbeda",
    "name equal": "Nama sama",
    "name sounds equal": "Bunyi nama sama",
    "name close": "Nama mirip",
    "name near": "Nama agak mirip",
    "name differs": "Nama berbeda",
    "sex equal, name alike": "Jenis kelamin sama, nama mirip",
    "sex equal, name not alike": "Jenis kelamin sama, nama tidak mirip",
    "sex differs, name alike": "Jenis kelamin berbeda, nama mirip",
    "sex differs, name not alike": "Jenis kelamin berbeda, nama tidak mirip",
    "birth date equal": "Tanggal lahir sama",
    "birth date off in one part": "Tanggal lahir beda satu bagian",
    "birth year equal": "Tahun lahir sama",
    "birth year within 2": "Tahun lahir beda paling banyak dua",
    "birth date differs": "Tanggal lahir berbeda",
    "kecamatan equal": "Kecamatan sama",
    "kecamatan differs": "Kecamatan berbeda",
    "other kabupaten": "Kabupaten lain",
    "name frequency": "Kekerapan nama",
    "birth date frequency": "Kekerapan tanggal lahir",
    "kecamatan frequency": "Kekerapan kecamatan",
}
