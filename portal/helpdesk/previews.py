"""What an act makes of an account, in words for a second operator and for the guided desk.

From the plan that the act's own page shows and that is carried out, so that none can part.
"""

from collections.abc import Collection

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from portal.helpdesk import dossier, orders, plans, words
from portal.helpdesk.dossier import Dossier
from portal.helpdesk.guide import Foreseen
from portal.helpdesk.matrix import Act, Operator
from portal.helpdesk.plans import NotPossible


def sentences(act: Act, operator: Operator, sub: str) -> list[str]:
    """What a second operator reads of an act, from the account as it is now.

    Errors: NotPossible, OutOfReach, PersonUnknown, TryLater, ….
    """
    return _sentences(act, dossier.read(operator, sub))


def in_each_language(act: Act, operator: Operator, sub: str) -> dict[str, list[str]]:
    """The same by the languages of the helpdesk: who asks does not know who will read it.

    Errors: those of `sentences`, told in the language that is spoken now.
    """
    seen = dossier.read(operator, sub)
    found = {_spoken(): _sentences(act, seen)}
    for language in _languages() - set(found):
        with translation.override(language):
            found[language] = _sentences(act, seen)
    return found


def _languages() -> set[str]:
    offered = {code for code, _name in settings.LANGUAGES}
    return offered & settings.HELPDESK_LANGUAGES | {settings.LANGUAGE_CODE}


def _spoken() -> str:
    return translation.get_language() or settings.LANGUAGE_CODE


def _sentences(act: Act, seen: Dossier) -> list[str]:
    foreseen = _foreseen(act, seen)
    now = plans.outlook(seen).next_sign_in
    told = [_("Now, at sign-in: {now}").format(now=now)] if foreseen.then else []
    for choice, then in foreseen.then:
        said = _("Then, at sign-in ({choice}): {then}") if choice else _("Then, at sign-in: {then}")
        told.append(said.format(choice=choice, then=then))
    return [*(foreseen.does or (_(words.EFFECT[act]),)), *told]


def foreseen_all(acts: Collection[Act], seen: Dossier) -> dict[Act, Foreseen]:
    """The same for each act of a script; what is not possible now says why."""
    return {act: _or_why_not(act, seen) for act in acts}


def _or_why_not(act: Act, seen: Dossier) -> Foreseen:
    try:
        return _foreseen(act, seen)
    except NotPossible as problem:
        return Foreseen(problem=str(problem))


def _foreseen(act: Act, seen: Dossier) -> Foreseen:
    found = orders.previews(act, seen)
    # Where something is chosen, each choice does something else.
    does = found[0][1].does if len(found) == 1 and not found[0][0] else ()
    return Foreseen(does, tuple((label, plan.after.next_sign_in) for label, plan in found))
