"""The rooms with states: to import one is to register them."""

from portal.styleguide import (
    activity_states,
    bulk_states,
    callers_states,
    calls_states,
    doors_states,
    embed_states,
    enrolment_states,
    errors_states,
    factors_states,
    golinks_states,
    helpdesk_states,
    oversight_states,
    recovery_states,
    refusals_states,
    session_states,
)

# As the page has them.
ROOMS = (
    doors_states,
    factors_states,
    enrolment_states,
    activity_states,
    recovery_states,
    callers_states,
    golinks_states,
    embed_states,
    helpdesk_states,
    calls_states,
    bulk_states,
    oversight_states,
    session_states,
    refusals_states,
    errors_states,
)
NAMES = tuple(str(each.ROOM) for each in ROOMS)
