rule synthesise:
    input:
        parameters=synthetic_parameters,
        tables=[f"config/synth/{name}" for name in SYNTHETIC_TABLES],
    output:
        **{name: f"results/{{study}}/raw/{file}" for name, file in RAW_FILES.items()},
        **{f"true_{name}": f"results/{{study}}/truth/{name}.csv" for name in TRUTHS},
    log:
        "results/{study}/logs/synthesise.log",
    wildcard_constraints:
        study=KINDS["synthetic"],
    params:
        stamp=stamped("synthesise", "synthetic"),
    message:
        "Synthetic population of {wildcards.study}: survey files, registers, and what is true of them"
    script:
        "../scripts/synthesise.py"


rule synthesise_province:
    input:
        parameters=synthetic_parameters,
        tables=[f"config/synth/{name}" for name in (*SYNTHETIC_TABLES, PROVINCE_TABLE)],
    output:
        **{name: f"results/{{study}}/raw/{{province}}/{file}" for name, file in PROVINCE_FILES.items()},
        **{f"true_{name}": f"results/{{study}}/truth/{{province}}/{name}.csv" for name in TRUTHS},
    log:
        "results/{study}/logs/synthesise_province_{province}.log",
    wildcard_constraints:
        study=KINDS["synthetic_by_province"],
    params:
        stamp=stamped("synthesise_province", "synthetic", "territory.provinces", extra=province_of_job),
    message:
        "Synthetic population of province {wildcards.province} of {wildcards.study}"
    script:
        "../scripts/synthesise_province.py"


# The only rule that reads the truth: after the analysis, and nothing reads what it makes but the reader.
rule recovery:
    input:
        effects="results/{study}/tables/effects.csv",
        poverty="results/{study}/tables/poverty.csv",
        areas="results/{study}/clean/areas.parquet",
        households="results/{study}/clean/households.parquet",
        links="results/{study}/match/links.parquet",
        true_effects="results/{study}/truth/effects.csv",
        true_links="results/{study}/truth/links.csv",
    output:
        recovery="results/{study}/tables/recovery.csv",
        calibration="results/{study}/tables/calibration.csv",
        linkage_truth="results/{study}/tables/linkage_truth.csv",
        linkage_truth_groups="results/{study}/tables/linkage_truth_groups.csv",
    log:
        "results/{study}/logs/recovery.log",
    wildcard_constraints:
        study=KINDS["synthetic"],
    params:
        stamp=stamped("recovery", "headline", "registers", "subgroups"),
    message:
        "Results of {wildcards.study} held against the truth of its synthetic data"
    script:
        "../scripts/recovery.py"
