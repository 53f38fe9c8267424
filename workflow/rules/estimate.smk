rule effects:
    input:
        design="results/{study}/clean/design.parquet",
        outcomes="results/{study}/clean/outcomes.parquet",
        scores="results/{study}/match/scores.parquet",
        pairs="results/{study}/match/pairs.parquet",
        weights="results/{study}/match/weights.parquet",
        orders="results/{study}/match/orders.parquet",
    output:
        effects="results/{study}/tables/effects.csv",
        placebo="results/{study}/tables/placebo.csv",
        robustness="results/{study}/estimate/robustness.parquet",
    log:
        "results/{study}/logs/effects.log",
    wildcard_constraints:
        study=ONE_TREATMENT,
    params:
        stamp=stamped(
            "effects",
            "treatment.name",
            "covariates",
            "outcomes",
            "placebo_outcomes",
            "estimands",
            "methods",
            "propensity.model",
            "design.lonely",
            "multiplicity",
            "alpha",
            extra=seed_of_draws("effects"),
        ),
    message:
        "Effects of {wildcards.study} with standard errors, and its placebo outcomes"
    script:
        "../scripts/effects.py"


rule verdicts:
    input:
        effects="results/{study}/tables/effects.csv",
        placebo="results/{study}/tables/placebo.csv",
        balance="results/{study}/tables/balance.csv",
        robustness="results/{study}/estimate/robustness.parquet",
    output:
        verdicts="results/{study}/tables/verdicts.csv",
        sensitivity="results/{study}/tables/sensitivity.csv",
    log:
        "results/{study}/logs/verdicts.log",
    wildcard_constraints:
        study=ONE_TREATMENT,
    params:
        stamp=stamped(
            "verdicts",
            "treatment.name",
            "outcomes",
            "placebo_outcomes",
            "estimands",
            "methods",
            "headline",
            "alpha",
        ),
    message:
        "Verdicts of {wildcards.study}"
    script:
        "../scripts/verdicts.py"


rule effects_programme:
    input:
        households="results/{study}/clean/households.parquet",
        persons="results/{study}/clean/persons.parquet",
        household_outcomes="results/{study}/clean/household_outcomes.parquet",
        person_outcomes="results/{study}/clean/person_outcomes.parquet",
        receipts="results/{study}/match/receipts.parquet",
        scores="results/{study}/match/{treatment}/scores.parquet",
        weights="results/{study}/match/{treatment}/weights.parquet",
        problems="results/{study}/match/{treatment}/problems.parquet",
    output:
        effects="results/{study}/estimate/{treatment}/effects.parquet",
        areas="results/{study}/estimate/{treatment}/areas.parquet",
        problems="results/{study}/estimate/{treatment}/problems.parquet",
    log:
        "results/{study}/logs/effects_{treatment}.log",
    wildcard_constraints:
        study=PROGRAMMES,
    params:
        stamp=stamped(
            "effects_programme",
            *ANALYSIS,
            "linkage.imputations",
            "multiplicity",
            "alpha",
            extra=effects_extra,
        ),
    message:
        "Effects of {wildcards.treatment} in {wildcards.study}"
    script:
        "../scripts/effects_programme.py"


rule programme_tables:
    input:
        effects=of_treatments("estimate", "effects"),
        areas=of_treatments("estimate", "areas"),
        problems=of_treatments("estimate", "problems"),
        balance=of_treatments("match", "balance"),
        imbalance=of_treatments("match", "imbalance"),
        support=of_treatments("match", "support"),
        published=published_file,
    output:
        effects="results/{study}/tables/effects.csv",
        areas="results/{study}/tables/effects_by_area.csv",
        problems="results/{study}/tables/problems.csv",
        placebo="results/{study}/tables/placebo.csv",
        balance="results/{study}/tables/balance.csv",
        imbalance="results/{study}/tables/imbalance.csv",
        support="results/{study}/tables/support.csv",
        published="results/{study}/tables/published.csv",
    log:
        "results/{study}/logs/programme_tables.log",
    wildcard_constraints:
        study=PROGRAMMES,
    params:
        stamp=stamped("programme_tables", "universes", "treatments", "headline", "linkage.imputations", "alpha"),
    message:
        "Tables of all programmes of {wildcards.study}"
    script:
        "../scripts/programme_tables.py"


rule verdicts_programmes:
    input:
        effects="results/{study}/tables/effects.csv",
        areas="results/{study}/tables/effects_by_area.csv",
        problems="results/{study}/tables/problems.csv",
        imbalance="results/{study}/tables/imbalance.csv",
        contamination="results/{study}/tables/contamination.csv",
    output:
        verdicts="results/{study}/tables/verdicts.csv",
    log:
        "results/{study}/logs/verdicts.log",
    wildcard_constraints:
        study=PROGRAMMES,
    params:
        stamp=stamped(
            "verdicts_programmes", "treatments", "universes", "headline", "alpha", "gates", extra=programme_extra
        ),
    message:
        "Verdicts of {wildcards.study} by programme, outcome and area"
    script:
        "../scripts/verdicts_programmes.py"


rule poverty:
    input:
        households="results/{study}/clean/households.parquet",
        outcomes="results/{study}/clean/household_outcomes.parquet",
        receipts="results/{study}/match/receipts.parquet",
        effects="results/{study}/tables/effects.csv",
    output:
        poverty="results/{study}/tables/poverty.csv",
    log:
        "results/{study}/logs/poverty.log",
    wildcard_constraints:
        study=PROGRAMMES,
    params:
        stamp=stamped("poverty", "poverty", "design", "headline", "linkage.imputations", extra=receipts_extra),
    message:
        "Poverty in {wildcards.study} with and without every programme"
    script:
        "../scripts/poverty.py"


rule targeting:
    input:
        households="results/{study}/clean/households.parquet",
        outcomes="results/{study}/clean/household_outcomes.parquet",
        receipts="results/{study}/match/receipts.parquet",
    output:
        targeting="results/{study}/tables/targeting.csv",
        concentration="results/{study}/tables/concentration.csv",
        overlaps="results/{study}/tables/overlaps.csv",
    log:
        "results/{study}/logs/targeting.log",
    wildcard_constraints:
        study=PROGRAMMES,
    params:
        stamp=stamped("targeting", "poverty", "design", extra=receipts_extra),
    message:
        "Who receives the programmes of {wildcards.study}"
    script:
        "../scripts/targeting.py"
