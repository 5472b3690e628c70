"""Words that no page for people says (design, section 6), however somebody writes them.

A word ends where a letter or a digit of ASCII does: an underscore parts words, and so does a script
that writes without spaces ("MFAを"). Accented letters may follow, as in "tokenů".
"""

import re

# In no language are these words of people's own: Cognito's names, and those of standards.
_NAMES = (
    # A host may be called as it likes.
    r"MFA(?!\.example)|2FA|TOTP|OTPs?|Web ?Authn|FIDO2?|JWTs?|Cognito"
    r"|(?:multi|two)?factors?|(?:software_?)?tokens?|credentials?"
)
# "by sub": operators look people up by what the pool calls them. SMS is a word in many languages.
_ENGLISH = r"SMS|authenticat(?:e|ion)|(?<!by )sub|challenges?"
# What dictionaries have for "token" and "factor", with the endings that those languages add.
_ELSEWHERE = r"jetons?|facteurs?|factores|fatore?s?|fattor[ei]|(?:faktor|token)\w*"
# Where words take endings that are no ASCII, or stand without spaces between them.
# An "element" of a page may be called 要素; a factor is one of several, or of a proof.
_ANYWHERE = (
    r"фактор|токен|トークン|(?:認証|二|多|[2２]|両)要素|토큰|인증 요소|令牌|權杖|因素"
    r"|אסימון|טוקן|टोकन|رمز مميز|الرمز المميز"
)


def _words(*alternatives: str) -> str:
    return rf"(?<![a-z0-9])(?:{'|'.join(alternatives)})(?![a-z0-9])"


_OF_PEOPLE = re.compile(_words(_NAMES, _ENGLISH), re.IGNORECASE)
_OF_OTHERS = re.compile(f"{_words(_NAMES, _ELSEWHERE)}|{_ANYWHERE}", re.IGNORECASE)


def jargon_in(text: str) -> list[str]:
    """What English for people or operators does not say, as it stands there."""
    return _OF_PEOPLE.findall(text)


def jargon_in_translation(text: str) -> list[str]:
    """The same of the other languages, each by its own word."""
    return _OF_OTHERS.findall(text)
