"""Whose eyes the states of the style guide are for."""

from portal.styleguide.states import State

# Rooms of operators and of engineers, and what an engineer reads in a frame.
NOT_OF_PEOPLE = ("helpdesk/", "embed/check", "embed/clients/")


def is_of_people(state: State) -> bool:
    return not state.template.startswith(NOT_OF_PEOPLE)
