"""Errors that reach the user: one sentence with the file, the row or column, and the remedy."""


class DampakError(Exception):
    """A problem that the user can mend; its text is shown without a stack trace."""

    @property
    def sentences(self) -> list[str]:
        """One sentence per problem."""
        return str(self).splitlines()


class ConfigError(DampakError):
    """A study, codebook or settings file asks for something that cannot be done."""


class DataError(DampakError):
    """The raw or intermediate data cannot support the requested analysis."""
