rule overlap:
    input:
        design="results/{study}/clean/design.parquet",
        scores="results/{study}/match/scores.parquet",
    output:
        **figure_files("overlap"),
    log:
        "results/{study}/logs/figure_overlap.log",
    wildcard_constraints:
        study=ONE_TREATMENT,
    params:
        stamp=stamped("figure_overlap", "title", "treatment.label", "support", "language", extra=figure_extra),
    message:
        "Figure of {wildcards.study}: overlap of propensity scores"
    script:
        "../scripts/figure_overlap.py"


rule love:
    input:
        balance="results/{study}/tables/balance.csv",
        effects="results/{study}/tables/effects.csv",
    output:
        **figure_files("love"),
    log:
        "results/{study}/logs/figure_love.log",
    wildcard_constraints:
        study=ONE_TREATMENT,
    params:
        stamp=stamped(
            "figure_love",
            "title",
            "treatment.label",
            "covariates",
            "outcomes",
            "methods",
            "headline",
            "language",
            extra=figure_extra,
        ),
    message:
        "Figure of {wildcards.study}: balance before and after"
    script:
        "../scripts/figure_love.py"


rule effects_figure:
    input:
        effects="results/{study}/tables/effects.csv",
        benchmark=benchmark_effects,
    output:
        **figure_files("effects"),
    log:
        "results/{study}/logs/figure_effects.log",
    wildcard_constraints:
        study=ONE_TREATMENT,
    params:
        stamp=stamped(
            "figure_effects",
            "title",
            "treatment.label",
            "outcomes",
            "methods",
            "headline",
            "benchmark",
            "alpha",
            "language",
            extra=figure_extra,
        ),
    message:
        "Figure of {wildcards.study}: effects"
    script:
        "../scripts/figure_effects.py"


rule placebo_figure:
    input:
        placebo="results/{study}/tables/placebo.csv",
        effects="results/{study}/tables/effects.csv",
    output:
        **figure_files("placebo"),
    log:
        "results/{study}/logs/figure_placebo.log",
    wildcard_constraints:
        study=ONE_TREATMENT,
    params:
        stamp=stamped(
            "figure_placebo",
            "title",
            "treatment.label",
            "methods",
            "headline",
            "alpha",
            "language",
            extra=figure_extra,
        ),
    message:
        "Figure of {wildcards.study}: placebo outcomes"
    script:
        "../scripts/figure_placebo.py"
