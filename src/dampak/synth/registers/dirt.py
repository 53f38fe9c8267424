"""How dirty the registers are: shares of rows, each with status and source."""

from pathlib import Path

from pydantic import ValidationError

from dampak.config.documents import parse_document, read_text
from dampak.config.model import Model
from dampak.config.problems import sentences
from dampak.errors import ConfigError
from dampak.synth.sections import Share

DOCUMENT = "config/synth/register_dirt.yaml"


class RegisterDirt(Model):
    """Shares of the rows of a register."""

    nik_invalid: Share
    """NIK of 15 digits, with an impossible date, or a placeholder."""
    nik_missing: Share
    """No NIK."""
    nik_of_member: Share
    """The NIK of another member of the family."""
    nik_scientific: Share
    """NIK as a spreadsheet shortens it; in CSV only."""
    kk_invalid: Share
    """KK number that cannot be one."""
    name_empty: Share
    """No name."""
    name_variant: Share
    """Name spelt otherwise, with a title, or with the father's name."""
    name_typo: Share
    """Name with one wrong letter."""
    birth_date_wrong: Share
    """First of January of the year, or day and month swapped."""
    kecamatan_wrong: Share
    """Another kecamatan of the kabupaten/kota."""
    duplicate_row: Share
    """The row a second time."""
    duplicate_variant: Share
    """The family a second time, its name spelt otherwise."""
    deceased: Share
    """Additional rows of former recipients: deceased."""
    moved: Share
    """Additional rows of former recipients: moved."""
    well_off: Share
    """Additional rows of former recipients: no longer poor."""
    ghost: Share
    """Additional rows that name nobody of the population."""
    double_aid: Share
    """Of ASPD: additional rows of families that receive aid which excludes it."""


def load_dirt(root: Path) -> RegisterDirt:
    """Read the faults of a project's registers.

    Parameters
    ----------
    root : Path
        The project's folder.

    Raises
    ------
    ConfigError
        One sentence per problem.
    """
    plain = parse_document(read_text(root / DOCUMENT, file=DOCUMENT), file=DOCUMENT)
    try:
        return RegisterDirt.model_validate(plain)
    except ValidationError as error:
        raise ConfigError("\n".join(sentences(error, RegisterDirt, DOCUMENT))) from None
