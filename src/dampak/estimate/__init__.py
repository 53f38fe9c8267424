"""Effects with honest standard errors, placebo gates and verdicts."""
