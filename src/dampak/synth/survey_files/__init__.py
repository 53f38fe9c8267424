"""The synthetic survey as BPS delivers Susenas: household and expenditure files in DBF, individuals in Stata."""
