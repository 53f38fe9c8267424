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


rule programme_effects_figure:
    input:
        effects="results/{study}/tables/effects.csv",
        published="results/{study}/tables/published.csv",
    output:
        **figure_files("programme_effects"),
    log:
        "results/{study}/logs/figure_programme_effects.log",
    wildcard_constraints:
        study=PROGRAMMES,
    params:
        stamp=stamped("figure_programme_effects", "title", "alpha", "language", extra=names_extra),
    message:
        "Figure of {wildcards.study}: effects of all programmes"
    script:
        "../scripts/figure_programme_effects.py"


rule area_effects_figure:
    input:
        effects_by_area="results/{study}/tables/effects_by_area.csv",
        tiles=tiles_file,
    output:
        **figure_files("area_effects"),
    log:
        "results/{study}/logs/figure_area_effects.log",
    wildcard_constraints:
        study=PROGRAMMES,
    params:
        stamp=stamped("figure_area_effects", "title", "alpha", "language", extra=names_extra),
    message:
        "Figure of {wildcards.study}: effects by area"
    script:
        "../scripts/figure_area_effects.py"


rule verdicts_figure:
    input:
        verdicts="results/{study}/tables/verdicts.csv",
    output:
        **figure_files("verdicts"),
    log:
        "results/{study}/logs/figure_verdicts.log",
    wildcard_constraints:
        study=PROGRAMMES,
    params:
        stamp=stamped("figure_verdicts", "title", "alpha", "language", extra=verdicts_extra),
    message:
        "Figure of {wildcards.study}: verdicts"
    script:
        "../scripts/figure_verdicts.py"


rule poverty_figure:
    input:
        poverty="results/{study}/tables/poverty.csv",
    output:
        **figure_files("poverty"),
    log:
        "results/{study}/logs/figure_poverty.log",
    wildcard_constraints:
        study=PROGRAMMES,
    params:
        stamp=stamped("figure_poverty", "title", "alpha", "language", extra=registered_extra),
    message:
        "Figure of {wildcards.study}: poverty with and without programmes"
    script:
        "../scripts/figure_poverty.py"


rule targeting_figure:
    input:
        targeting="results/{study}/tables/targeting.csv",
        concentration="results/{study}/tables/concentration.csv",
    output:
        **figure_files("targeting"),
    log:
        "results/{study}/logs/figure_targeting.log",
    wildcard_constraints:
        study=PROGRAMMES,
    params:
        stamp=stamped("figure_targeting", "title", "alpha", "language", extra=registered_extra),
    message:
        "Figure of {wildcards.study}: who receives"
    script:
        "../scripts/figure_targeting.py"


rule linkage_figure:
    input:
        linkage="results/{study}/tables/linkage.csv",
        tiles=tiles_file,
    output:
        **figure_files("linkage"),
    log:
        "results/{study}/logs/figure_linkage.log",
    wildcard_constraints:
        study=PROGRAMMES,
    params:
        stamp=stamped("figure_linkage", "title", "alpha", "language", extra=registered_extra),
    message:
        "Figure of {wildcards.study}: linkage"
    script:
        "../scripts/figure_linkage.py"


rule waterfall_figure:
    input:
        waterfall="results/{study}/match/waterfall.parquet",
    output:
        **figure_files("waterfall"),
    log:
        "results/{study}/logs/figure_waterfall.log",
    wildcard_constraints:
        study=PROGRAMMES,
    params:
        stamp=stamped("figure_waterfall", "title", "alpha", "language", extra=registered_extra),
    message:
        "Figure of {wildcards.study}: match weights of sampled links"
    script:
        "../scripts/figure_waterfall.py"


rule overlaps_figure:
    input:
        overlaps="results/{study}/tables/overlaps.csv",
    output:
        **figure_files("overlaps"),
    log:
        "results/{study}/logs/figure_overlaps.log",
    wildcard_constraints:
        study=PROGRAMMES,
    params:
        stamp=stamped("figure_overlaps", "title", "alpha", "language", extra=registered_extra),
    message:
        "Figure of {wildcards.study}: overlap of programmes"
    script:
        "../scripts/figure_overlaps.py"
