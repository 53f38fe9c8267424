rule notebook:
    input:
        source="notebooks/{notebook}.ipynb",
        tables=expand("results/{{study}}/tables/{table}.csv", table=TABLES),
        figures=expand("results/{{study}}/figures/{figure}.png", figure=FIGURES),
        captions=expand("results/{{study}}/figures/{figure}.txt", figure=FIGURES),
        benchmark=benchmark_effects,
    output:
        notebook="results/{study}/notebooks/{notebook}.ipynb",
        page="results/{study}/notebooks/{notebook}.html",
    log:
        "results/{study}/logs/notebook_{notebook}.log",
    wildcard_constraints:
        study=ONE_TREATMENT,
    params:
        stamp=stamped(
            "notebook",
            "title",
            "question",
            "treatment.name",
            "treatment.label",
            "covariates",
            "outcomes",
            "methods",
            "headline",
            "benchmark",
            "language",
            extra=figure_extra,
            notebook="notebooks/{notebook}.ipynb",
        ),
    message:
        "Notebook {wildcards.notebook} of {wildcards.study}: executed and printed as a page"
    script:
        "../scripts/notebook.py"


rule programme_notebook:
    input:
        source="notebooks/{notebook}.ipynb",
        tables=expand("results/{{study}}/tables/{table}.csv", table=PROGRAMME_TABLES),
        figures=expand("results/{{study}}/figures/{figure}.png", figure=PROGRAMME_FIGURES),
        captions=expand("results/{{study}}/figures/{figure}.txt", figure=PROGRAMME_FIGURES),
    output:
        notebook="results/{study}/notebooks/{notebook}.ipynb",
        page="results/{study}/notebooks/{notebook}.html",
    log:
        "results/{study}/logs/notebook_{notebook}.log",
    wildcard_constraints:
        study=PROGRAMMES,
    params:
        stamp=stamped(
            "notebook",
            "title",
            "question",
            "alpha",
            "language",
            extra=notebook_extra,
            notebook="notebooks/{notebook}.ipynb",
        ),
    message:
        "Notebook {wildcards.notebook} of {wildcards.study}: executed and printed as a page"
    script:
        "../scripts/notebook.py"
