"""The states of the style guide: whose eyes they are for, and where all of them are drawn."""

from portal.styleguide.states import State

# Rooms of operators and of engineers, and what an engineer reads in a frame.
NOT_OF_PEOPLE = ("helpdesk/", "embed/check", "embed/clients/")
# What a portal is set to that draws them all.
EVERY_ROOM = dict.fromkeys(
    ("PORTAL_STYLEGUIDE", "PORTAL_HELPDESK", "PORTAL_EMBED", "PORTAL_RECOVERY"), "true"
)


def is_of_people(state: State) -> bool:
    return not state.template.startswith(NOT_OF_PEOPLE)
