rule score:
    input:
        design="results/{study}/clean/design.parquet",
    output:
        scores="results/{study}/match/scores.parquet",
    log:
        "results/{study}/logs/score.log",
    wildcard_constraints:
        study=ONE_TREATMENT,
    params:
        stamp=stamped("score", "covariates", "placebo_outcomes", "support", "propensity", extra=seed_of_draws("score")),
    message:
        "Propensity scores and common support of {wildcards.study}"
    script:
        "../scripts/score.py"


rule match:
    input:
        design="results/{study}/clean/design.parquet",
        scores="results/{study}/match/scores.parquet",
    output:
        pairs="results/{study}/match/pairs.parquet",
        weights="results/{study}/match/weights.parquet",
        support="results/{study}/tables/support.csv",
    log:
        "results/{study}/logs/match.log",
    wildcard_constraints:
        study=ONE_TREATMENT,
    params:
        stamp=stamped(
            "match",
            "treatment.name",
            "covariates",
            "placebo_outcomes",
            "exact",
            "estimands",
            "methods",
        ),
    message:
        "Pairs and weights of {wildcards.study}"
    script:
        "../scripts/match.py"


rule orders:
    input:
        design="results/{study}/clean/design.parquet",
        scores="results/{study}/match/scores.parquet",
    output:
        orders="results/{study}/match/orders.parquet",
    log:
        "results/{study}/logs/orders.log",
    wildcard_constraints:
        study=ONE_TREATMENT,
    params:
        stamp=stamped(
            "orders",
            "covariates",
            "placebo_outcomes",
            "exact",
            "estimands",
            "methods",
            extra=seed_of_draws("orders"),
        ),
    message:
        "Other orders of matching of {wildcards.study}"
    script:
        "../scripts/orders.py"


rule balance:
    input:
        design="results/{study}/clean/design.parquet",
        scores="results/{study}/match/scores.parquet",
        weights="results/{study}/match/weights.parquet",
    output:
        balance="results/{study}/tables/balance.csv",
        dropped="results/{study}/tables/dropped.csv",
        frontier="results/{study}/tables/frontier.csv",
    log:
        "results/{study}/logs/balance.log",
    wildcard_constraints:
        study=ONE_TREATMENT,
    params:
        stamp=stamped(
            "balance",
            "treatment.name",
            "covariates",
            "placebo_outcomes",
            "estimands",
            "methods",
        ),
    message:
        "Balance of {wildcards.study} before and after"
    script:
        "../scripts/balance.py"
