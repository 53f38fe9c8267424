"""Close matches for misspelt names, so that a message can say what was probably meant."""

import difflib
from collections.abc import Iterable


def suggestion(name: str, known: Iterable[str]) -> str:
    """Name the closest known name in brackets, to be put after the wrong one.

    Parameters
    ----------
    name : str
        What was written.
    known : iterable of str
        The names that exist.

    Returns
    -------
    str
        ``" (did you mean 're74'?)"``, or an empty string where nothing is close.
    """
    candidates = {str(candidate).casefold(): str(candidate) for candidate in known}
    close = difflib.get_close_matches(name.casefold(), list(candidates), n=1, cutoff=0.6)
    return f" (did you mean {candidates[close[0]]!r}?)" if close else ""


def listing(names: Iterable[str], *, limit: int = 20) -> str:
    """List names for a sentence, with a count of those beyond `limit`.

    Returns
    -------
    str
        ``"age, educ, re74"``, or ``"age, educ and 12 more"``.
    """
    known = [str(name) for name in names]
    rest = f" and {len(known) - limit} more" if len(known) > limit else ""
    return ", ".join(known[:limit]) + rest
