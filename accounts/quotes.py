"""Exceptions of botocore, which quote answers: their words stand nowhere (AUD-03).

Half an answer of AWS STS has keys in it, and Cognito's may quote what was sent. Kinds and frames
stay.
"""

from collections.abc import Iterator


def quoting(error: BaseException | None) -> Iterator[BaseException]:
    """Those of botocore, of an exception and of all that led to it."""
    return (each for each in _behind(error) if _is_of_botocore(each))


def _behind(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and all that led to it, each once."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _is_of_botocore(error: BaseException) -> bool:
    return type(error).__module__.partition(".")[0] == "botocore"
