"""A new key takes over: all that lies sealed in the database is sealed again with it.

Found by what it is, not by a list that somebody forgets to lengthen: a text of ours that begins as
every Fernet token does. Each is written back only where it is still what was read, so the portal
goes on meanwhile. Sessions are not touched: they live in the cache, and no longer than 12 hours.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from accounts import vault

ROOMS = ("accounts", "portal")
# Version and the first bytes of the time: the same until the year 2106.
BEGINNING = "gAAAA"
ANEW, BROKEN = "sealed anew", "opened by no key"


def seal_anew() -> Counter[str]:
    """Seal everything with the first key of PORTAL_TOKEN_KEYS; what was done, how often.

    What no key opens stays as it is, and is counted: it is lost already.
    """
    done: Counter[str] = Counter({ANEW: 0, BROKEN: 0})
    for model, name in columns():
        sealed = model._base_manager.filter(**{f"{name}__startswith": BEGINNING})
        for key, old in sealed.values_list("pk", name).iterator():
            _replace(model._base_manager.filter(pk=key, **{name: old}), name, old, done)
    for job in DBTaskResult.objects.filter(status=TaskResultStatus.READY).iterator():
        _replace_in_job(job, done)
    return done


def columns() -> Iterator[tuple[type[models.Model], str]]:
    """Every text of ours that could be sealed."""
    for model in apps.get_models():
        if not model.__module__.startswith(ROOMS) or not model._meta.managed:
            continue
        for field in model._meta.concrete_fields:
            if isinstance(field, models.TextField):
                yield model, field.name


def _replace(row: models.QuerySet[Any], name: str, old: str, done: Counter[str]) -> None:
    try:
        new = vault.sealed_anew(old)
    except vault.SealBroken:
        done[BROKEN] += 1
        return
    if new is not None:
        done[ANEW] += row.update(**{name: new})


def _replace_in_job(job: Any, done: Counter[str]) -> None:
    """Only of one that waits: one at work has read its arguments already."""
    given = job.args_kwargs
    try:
        new = [_anew(each) for each in given["args"]]
    except vault.SealBroken:
        done[BROKEN] += 1
        return
    if new != given["args"]:
        waiting = DBTaskResult.objects.filter(pk=job.pk, status=TaskResultStatus.READY)
        done[ANEW] += waiting.update(args_kwargs={**given, "args": new})


def _anew(argument: Any) -> Any:
    if isinstance(argument, str) and argument.startswith(BEGINNING):
        return vault.sealed_anew(argument) or argument
    return argument
