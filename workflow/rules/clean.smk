rule clean:
    input:
        raw=raw_files,
    output:
        design="results/{study}/clean/design.parquet",
        outcomes="results/{study}/clean/outcomes.parquet",
        quarantine="results/{study}/clean/quarantine.csv",
        ledger="results/{study}/tables/ledger.csv",
    log:
        "results/{study}/logs/clean.log",
    params:
        stamp=stamped(
            "clean",
            "unit_id",
            "treatment.column",
            "treatment.treated",
            "treatment.comparison",
            "covariates",
            "outcomes",
            "placebo_outcomes",
            "exact",
            "design",
            extra=clean_extra,
        ),
    message:
        "Clean {wildcards.study}: read, recode, validate, account for every row"
    script:
        "../scripts/clean.py"
