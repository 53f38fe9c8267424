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


rule link:
    input:
        roster="results/{study}/private/roster.parquet",
        registers="results/{study}/private/registers.parquet",
        rupiah="results/{study}/clean/rupiah.csv",
        households="results/{study}/clean/households.parquet",
    output:
        links="results/{study}/match/links.parquet",
        receipts="results/{study}/match/receipts.parquet",
        waterfall="results/{study}/match/waterfall.parquet",
        linkage="results/{study}/tables/linkage.csv",
        linkage_groups="results/{study}/tables/linkage_groups.csv",
        contamination="results/{study}/tables/contamination.csv",
        rupiah="results/{study}/tables/rupiah.csv",
    log:
        "results/{study}/logs/link.log",
    wildcard_constraints:
        study=KINDS["whole"],
    threads: 2
    params:
        stamp=stamped("link", "linkage", "subgroups", "design.weight", extra=link_extra),
    message:
        "Link the registers of {wildcards.study} to the surveyed households"
    script:
        "../scripts/link.py"


rule link_provinces:
    input:
        roster="results/{study}/private/roster.parquet",
        registers=of_provinces("results/{study}/private/provinces/{province}.parquet"),
        dropped="results/{study}/private/listed_in_two_provinces.parquet",
        rupiah="results/{study}/clean/rupiah.csv",
        households="results/{study}/clean/households.parquet",
    output:
        links="results/{study}/match/links.parquet",
        receipts="results/{study}/match/receipts.parquet",
        waterfall="results/{study}/match/waterfall.parquet",
        linkage="results/{study}/tables/linkage.csv",
        linkage_groups="results/{study}/tables/linkage_groups.csv",
        contamination="results/{study}/tables/contamination.csv",
        rupiah="results/{study}/tables/rupiah.csv",
    log:
        "results/{study}/logs/link_provinces.log",
    wildcard_constraints:
        study=KINDS["by_province"],
    threads: 2
    params:
        stamp=stamped("link_provinces", "linkage", "subgroups", "design.weight", extra=link_extra),
    message:
        "Link the registers of {wildcards.study}, province by province, to the surveyed households"
    script:
        "../scripts/link_provinces.py"


rule match_programme:
    input:
        households="results/{study}/clean/households.parquet",
        persons="results/{study}/clean/persons.parquet",
        receipts="results/{study}/match/receipts.parquet",
    output:
        scores="results/{study}/match/{treatment}/scores.parquet",
        weights="results/{study}/match/{treatment}/weights.parquet",
        support="results/{study}/match/{treatment}/support.parquet",
        balance="results/{study}/match/{treatment}/balance.parquet",
        imbalance="results/{study}/match/{treatment}/imbalance.parquet",
        problems="results/{study}/match/{treatment}/problems.parquet",
    log:
        "results/{study}/logs/match_{treatment}.log",
    wildcard_constraints:
        study=PROGRAMMES,
    params:
        stamp=stamped("match_programme", *ANALYSIS, "gates.treated", extra=match_extra),
    message:
        "Recipients of {wildcards.treatment} and whom they are compared with, in {wildcards.study}"
    script:
        "../scripts/match_programme.py"
