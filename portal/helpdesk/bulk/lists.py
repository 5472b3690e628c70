"""A list of people as it is typed or pasted, read with the number of each line. Pure."""

import csv
import unicodedata
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

# Cognito's longest username.
LONGEST_NAME = 128
MOST_LINES = 1000
# Of tables in any of the helpdesk's languages.
HEADINGS = frozenset(
    {
        *("username", "user name", "email", "e-mail", "mail", "sub", "account id", "phone"),
        *("phone number", "benutzername", "telefon", "telefonnummer"),
        *("usuario", "nombre de usuario", "correo", "correo electrónico", "teléfono"),
        *("utilisateur", "nom d'utilisateur", "nom d’utilisateur", "identifiant", "courriel"),
        *("téléphone", "usuário", "nome de usuário", "telefone"),
    }
)
SEPARATORS = (",", ";", "\t")
TRICKS = frozenset({"Cc", "Cf", "Zl", "Zp"})


@dataclass
class People:
    """Who is named, by line, and what could not be read, by line."""

    names: dict[int, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def read(text: str) -> People:
    """Read one name a line, or the column of a table whose first line calls it so.

    A name is a username, an e-mail address, a phone number or a `sub`. Empty lines count as
    lines, and name nobody.
    """
    found = People()
    try:
        lines = text.splitlines()
        rows = csv.reader(lines, delimiter=_separator(lines), strict=True)
        _read_rows([(rows.line_num, row) for row in rows], found)
    except csv.Error:
        found.problems.append(
            _("A quotation mark is not closed, so the lines cannot be told apart.")
        )
    if len(found.names) > MOST_LINES:
        too_many = _("At most {most} people at a time; add the others after that.")
        found.problems.append(too_many.format(most=MOST_LINES))
    return found


def _separator(lines: list[str]) -> str:
    """What parts the columns: spreadsheets write ";" where a comma stands in numbers.

    Only a heading tells: a name may hold any of them.
    """
    for sign in SEPARATORS:
        for first in csv.reader(lines[:1], delimiter=sign):
            if len(first) > 1 and _column(first) is not None:
                return sign
    return ","


def _read_rows(rows: list[tuple[int, list[str]]], found: People) -> None:
    column = _column(rows[0][1]) if rows else None
    first_line_of: dict[str, int] = {}
    for line, row in rows[1:] if column is not None else rows:
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        problem = _problem(cells, column)
        name = "" if problem else cells[column or 0]
        first = first_line_of.get(name.casefold(), 0)
        if not problem and first:
            problem = gettext_noop("Line {line}: the same as line {first}.")
        if problem:
            said = _(problem).format(line=line, first=first, most=LONGEST_NAME)
            found.problems.append(said)
            continue
        first_line_of[name.casefold()] = line
        found.names[line] = name


def _column(first: list[str]) -> int | None:
    """Where the names stand, if the first line is a heading."""
    titles = [cell.strip().casefold().removeprefix("\ufeff") for cell in first]
    return next((place for place, title in enumerate(titles) if title in HEADINGS), None)


def _problem(cells: list[str], column: int | None) -> str:
    """What is wrong with one line, as a sentence with gaps: line, most."""
    if column is None and len([cell for cell in cells if cell]) > 1:
        return gettext_noop(
            "Line {line}: more than one column, and no heading says which one to take."
        )
    if column is not None and (len(cells) <= column or not cells[column]):
        return gettext_noop("Line {line}: no name in that column.")
    name = cells[column or 0]
    if not name:
        return gettext_noop("Line {line}: no name in the first column.")
    if len(name) > LONGEST_NAME:
        return gettext_noop("Line {line}: longer than {most} characters.")
    if any(unicodedata.category(sign) in TRICKS for sign in name):
        return gettext_noop("Line {line}: signs that no name has.")
    return ""
