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
