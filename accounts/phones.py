"""Phone numbers as people write them, by the table of numbering plans that `phonenumbers` keeps."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

# Where there is no country, or no mobile number of it known: kept for films and examples.
ANYWHERE = "+447700900123"


def written(number: str) -> str:
    """`+447700900123` (E.164) becomes `+44 7700 900123`; what is no number stays as it is."""
    try:
        parsed = phonenumbers.parse(number)
    except NumberParseException:
        return number
    return str(phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL))


def example_of(country: str) -> str:
    """A mobile number as that country (ISO 3166) writes it; without one, with + and its code."""
    found = phonenumbers.example_number_for_type(country, PhoneNumberType.MOBILE)
    if not country or found is None:
        return written(ANYWHERE)
    return str(phonenumbers.format_number(found, PhoneNumberFormat.NATIONAL))
