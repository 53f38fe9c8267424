"""Clean one study: raw tables in, one analysis table out, every row accounted for.

Stages, in the order of the ledger: ``read``, ``validate`` (types, codes, ranges, treatment, id), ``deduplicate`` (only
with an id of the data), ``select`` (the source's ``keep``), ``complete_cases``; then the sources are stacked (``all``,
``analysis``).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from dampak.clean.analysis_table import split_analysis_table, treatment_codes
from dampak.clean.cells import cell_text
from dampak.clean.codebook import convert, locate_columns, masked, raw_texts
from dampak.clean.contract import canonical_schema, enforce
from dampak.clean.expression import evaluate, names_in
from dampak.clean.identity import content_ids, duplicate_rows, require_unique
from dampak.clean.ledger import Finding, Ledger
from dampak.clean.readers import source_label
from dampak.clean.variables import StudyVariables, study_variables
from dampak.errors import DataError


def clean_study(raw: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Clean, select and stack the sources of a study.

    Parameters
    ----------
    raw : mapping
        Source -> raw table from :func:`dampak.clean.readers.read_source`.
    settings : mapping
        ``path``, ``sources`` (codebooks inlined), ``unit_id``, ``treatment``, ``covariates``, ``outcomes``,
        ``placebo_outcomes``, ``exact``, ``design``.

    Returns
    -------
    dict of DataFrame
        ``design`` (unit_id, treatment, survey_weight, strata, psu, exact columns, covariates; no outcome), ``outcomes``
        (unit_id, outcomes, placebo outcomes), both sorted by unit_id; ``quarantine`` and ``ledger``.

    Raises
    ------
    ConfigError
        If the settings name what does not exist or may not be used so.
    DataError
        If the data cannot support the study: values of another type, ids that clash, negative weights, one treatment
        group only, transformations that are not finite.
    """
    variables = study_variables(settings)
    ledger = Ledger()
    labels = {source: f"sources.{source}: {source_label(spec)}" for source, spec in settings["sources"].items()}
    parts = [
        _clean_source(source, raw[source], spec, settings, variables, ledger, labels[source])
        for source, spec in settings["sources"].items()
    ]
    stacked = pd.concat(parts)
    if stacked.empty:
        reasons = ", ".join(f"{count} {reason}" for reason, count in list(ledger.rows_dropped().items())[:3])
        raise DataError(
            f"{variables.path}: no row is left after cleaning ({reasons}); correct `keep` or the codebook, quarantine"
            " names each row's reason"
        )
    if variables.unit_id:
        require_unique(stacked["_unit_id"], stacked["_source"].tolist(), variable=variables.unit_id, labels=labels)
    ledger.sift("all", "analysis", np.arange(1, len(stacked) + 1), [])
    design, outcomes = split_analysis_table(stacked, settings, variables, labels)
    return {"design": design, "outcomes": outcomes, "quarantine": ledger.quarantine(), "ledger": ledger.table()}


def _clean_source(
    source: str,
    raw: pd.DataFrame,
    spec: Mapping[str, Any],
    settings: Mapping[str, Any],
    variables: StudyVariables,
    ledger: Ledger,
    where: str,
) -> pd.DataFrame:
    """Clean one source; returns its canonical table plus ``_unit_id`` and ``_source``, indexed by raw row."""
    codebook, used = spec["codebook"], list(variables.uses(source))
    if raw.index.name != "row":
        raw = raw.set_axis(pd.RangeIndex(1, len(raw) + 1, name="row"), axis=0)
    account_for_reading(source, raw, ledger)
    columns = locate_columns(raw.columns, codebook, needed=[*used, *filter(None, [variables.unit_id])], where=where)
    options = spec.get("options") or {}
    texts = raw_texts(raw, columns)
    table, findings = convert(
        raw,
        texts,
        codebook,
        variables=used,
        columns=columns,
        where=where,
        decimal=options.get("decimal") or ".",
        thousands=options.get("thousands"),
    )
    findings.append(_missing("missing_treatment", variables.treatment, table, texts, codebook, columns))
    if variables.unit_id:
        ids = _ids_of_data(raw, texts, codebook, variables.unit_id, columns, where)
        findings.append(_missing("missing_unit_id", variables.unit_id, ids, texts, codebook, columns))
        table["_unit_id"] = ids[variables.unit_id]

    def sift(stage: str, found: list[Finding]) -> None:
        nonlocal table, texts
        keep = ledger.sift(source, stage, table.index.to_numpy(dtype=np.int64), found)
        table, texts = table[keep], texts[keep]

    sift("validate", findings)
    if variables.unit_id:
        sift("deduplicate", [duplicate_rows(texts)])
        require_unique(table["_unit_id"], [source] * len(table), variable=variables.unit_id, labels={source: where})
    if keep := variables.keep.get(source):
        chosen = evaluate(keep, table[used], where=f"{variables.path}: sources.{source}: keep")
        sift("select", [Finding(f"not_selected: {keep}", np.isnan(chosen) | (chosen == 0))])
    _require_known_treatment(table[variables.treatment], settings, variables, where)
    sift("complete_cases", _incomplete(table, texts, codebook, columns, variables, where))
    enforce(table[used], canonical_schema(codebook, used), where=where)
    if not variables.unit_id:
        # Personal columns play no part: a hash of few possible values is easy to reverse.
        open_names = [name for name in texts.columns if not codebook["variables"][name].get("personal", False)]
        table = table.assign(
            _unit_id=content_ids(texts[open_names], source=source, before=list(variables.before_treatment()))
        )
    return table.assign(_source=source)


def account_for_reading(source: str, raw: pd.DataFrame, ledger: Ledger) -> None:
    """First lines of a source's account: what the file holds, less what the file itself marks as deleted."""
    deleted = np.array(raw.attrs.get("deleted_rows", []), dtype=np.int64)
    rows = np.sort(np.concatenate([raw.index.to_numpy(dtype=np.int64), deleted]))
    ledger.sift(source, "read", rows, [Finding("deleted_record", np.isin(rows, deleted))])


def _ids_of_data(
    raw: pd.DataFrame,
    texts: pd.DataFrame,
    codebook: Mapping[str, Any],
    unit_id: str,
    columns: Mapping[str, str],
    where: str,
) -> pd.DataFrame:
    """Ids as text whatever their type: a number would lose leading zeros and digits beyond the sixteenth."""
    as_text = {**codebook, "variables": {unit_id: {**codebook["variables"][unit_id], "type": "text", "codes": None}}}
    return convert(raw, texts, as_text, variables=[unit_id], columns=columns, where=where)[0]


def _missing(
    reason: str,
    name: str,
    table: pd.DataFrame,
    texts: pd.DataFrame,
    codebook: Mapping[str, Any],
    columns: Mapping[str, str],
) -> Finding:
    """Rows in which a variable is missing, with the raw value that stands there (a missing code, say)."""
    shown = masked(texts[name], codebook["variables"][name])
    return Finding(reason, table[name].isna().to_numpy(dtype=np.bool_), columns[name], shown)


def _incomplete(
    table: pd.DataFrame,
    texts: pd.DataFrame,
    codebook: Mapping[str, Any],
    columns: Mapping[str, str],
    variables: StudyVariables,
    where: str,
) -> list[Finding]:
    """Rows that lack something the study uses: survey design, exact strata, covariates, outcomes (in this order)."""
    roles = [(f"missing_{role}", name) for role, name in variables.design.items()]
    roles += [(f"missing_exact: {name}", name) for name in variables.exact if name not in variables.covariates]
    for kind, definitions in (("covariate", variables.covariates), ("outcome", variables.outcomes)):
        for expression in definitions.values():
            roles += [(f"missing_{kind}: {name}", name) for name in names_in(expression)]
    findings = [_missing(reason, name, table, texts, codebook, columns) for reason, name in dict.fromkeys(roles)]
    if weight := variables.design.get("weight"):
        values = table[weight].to_numpy(dtype=np.float64)
        negative = np.flatnonzero(values < 0)
        if len(negative):
            raise DataError(
                f"{where}: column {columns[weight]!r}: the survey weight is negative in {len(negative)} rows, first in"
                f" row {table.index[negative[0]]}; weights are positive: correct it or add it to missing_codes"
            )
        shown = masked(texts[weight], codebook["variables"][weight])
        findings.insert(0, Finding("zero_weight", values == 0, columns[weight], shown))
    return findings


def _require_known_treatment(
    values: pd.Series, settings: Mapping[str, Any], variables: StudyVariables, where: str
) -> None:
    """Refuse a treatment value that is neither treated nor comparison."""
    treated, comparison = treatment_codes(settings)
    texts = cell_text(values)
    other = ~texts.isin([treated, comparison])
    if other.any():
        first = texts[other].iloc[0]
        raise DataError(
            f"{where}: {int(other.sum())} rows have {variables.treatment!r} = {first!r} (first in row"
            f" {texts.index[other][0]}), {treated!r} (treated) or {comparison!r} (comparison) was expected; set"
            f" treatment.treated and treatment.comparison in {variables.path}, or select rows with `keep`"
        )
