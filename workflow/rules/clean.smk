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
    wildcard_constraints:
        study=ONE_TREATMENT,
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
            "design.weight",
            "design.strata",
            "design.psu",
            "design.population",
            extra=clean_extra,
        ),
    message:
        "Clean {wildcards.study}: read, recode, validate, account for every row"
    script:
        "../scripts/clean.py"


# Apart from the survey, so that registers need not wait for it, and are cleaned though it cannot be read.
rule clean_areas:
    input:
        raw=area_paths,
    output:
        areas="results/{study}/clean/areas.parquet",
    log:
        "results/{study}/logs/clean_areas.log",
    wildcard_constraints:
        study=PROGRAMMES,
    params:
        stamp=stamped("clean_areas", "territory.provinces", extra=areas_extra),
    message:
        "Clean the table of areas of {wildcards.study}"
    script:
        "../scripts/clean_areas.py"


rule clean_survey:
    input:
        raw=survey_paths,
        names=NAME_TABLES,
    output:
        households="results/{study}/clean/households.parquet",
        persons="results/{study}/clean/persons.parquet",
        household_outcomes="results/{study}/clean/household_outcomes.parquet",
        person_outcomes="results/{study}/clean/person_outcomes.parquet",
        roster="results/{study}/private/roster.parquet",
        quarantine="results/{study}/clean/survey_quarantine.csv",
        ledger="results/{study}/clean/survey_ledger.csv",
    log:
        "results/{study}/logs/clean_survey.log",
    wildcard_constraints:
        study=PROGRAMMES,
    params:
        stamp=stamped(
            "clean_survey",
            "territory",
            "aggregates",
            "household_variables",
            "person_variables",
            "design",
            extra=survey_extra,
        ),
    message:
        "Clean the survey of {wildcards.study}: read, recode, join, account for every row"
    script:
        "../scripts/clean_survey.py"


rule clean_register:
    input:
        raw=register_path,
        areas="results/{study}/clean/areas.parquet",
        names=NAME_TABLES,
    output:
        table="results/{study}/private/register_{register}.parquet",
        quarantine="results/{study}/clean/registers/{register}_quarantine.csv",
        ledger="results/{study}/clean/registers/{register}_ledger.csv",
        notes="results/{study}/clean/registers/{register}_notes.csv",
        rupiah="results/{study}/clean/registers/{register}_rupiah.csv",
    log:
        "results/{study}/logs/clean_register_{register}.log",
    wildcard_constraints:
        study=KINDS["whole"],
    params:
        stamp=stamped("clean_register", "territory", extra=register_extra),
    message:
        "Clean the register {wildcards.register} of {wildcards.study}"
    script:
        "../scripts/clean_register.py"


rule join_registers:
    input:
        **{part: register_parts(part) for part in ("table", "quarantine", "ledger", "notes", "rupiah")},
        survey_ledger="results/{study}/clean/survey_ledger.csv",
        survey_quarantine="results/{study}/clean/survey_quarantine.csv",
    output:
        registers="results/{study}/private/registers.parquet",
        ledger="results/{study}/tables/ledger.csv",
        quarantine="results/{study}/clean/quarantine.csv",
        notes="results/{study}/tables/register_notes.csv",
        rupiah="results/{study}/clean/rupiah.csv",
    log:
        "results/{study}/logs/join_registers.log",
    wildcard_constraints:
        study=KINDS["whole"],
    params:
        stamp=stamped("join_registers", extra=join_extra),
    message:
        "Registers of {wildcards.study} held against each other; every row accounted for"
    script:
        "../scripts/join_registers.py"


rule clean_province:
    input:
        raw=province_paths,
        areas="results/{study}/clean/areas.parquet",
        names=NAME_TABLES,
    output:
        registers="results/{study}/private/provinces/{province}.parquet",
        quarantine="results/{study}/clean/provinces/{province}_quarantine.csv",
        ledger="results/{study}/clean/provinces/{province}_ledger.csv",
        notes="results/{study}/clean/provinces/{province}_notes.csv",
        rupiah="results/{study}/clean/provinces/{province}_rupiah.csv",
    log:
        "results/{study}/logs/clean_province_{province}.log",
    wildcard_constraints:
        study=KINDS["by_province"],
    params:
        stamp=stamped("clean_province", "territory", extra=province_extra),
    message:
        "Clean the registers of province {wildcards.province} of {wildcards.study}"
    script:
        "../scripts/clean_province.py"


rule join_provinces:
    input:
        **{
            part: of_provinces(f"results/{{study}}/clean/provinces/{{province}}_{part}.csv")
            for part in ("quarantine", "ledger", "notes", "rupiah")
        },
        registers=of_provinces("results/{study}/private/provinces/{province}.parquet"),
        survey_ledger="results/{study}/clean/survey_ledger.csv",
        survey_quarantine="results/{study}/clean/survey_quarantine.csv",
    output:
        dropped="results/{study}/private/listed_in_two_provinces.parquet",
        ledger="results/{study}/tables/ledger.csv",
        quarantine="results/{study}/clean/quarantine.csv",
        notes="results/{study}/tables/register_notes.csv",
        rupiah="results/{study}/clean/rupiah.csv",
    log:
        "results/{study}/logs/join_provinces.log",
    wildcard_constraints:
        study=KINDS["by_province"],
    threads: 2
    params:
        stamp=stamped("join_provinces", extra=join_extra),
    message:
        "Provinces of {wildcards.study} held against each other; every row accounted for"
    script:
        "../scripts/join_provinces.py"
