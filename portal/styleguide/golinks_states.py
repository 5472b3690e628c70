"""Links from applications: one that leads nowhere, and the way back that others show above."""

from portal.styleguide.states import state

ROOM = "golinks"

state(ROOM, "refused", "golinks/refused.html")
state(ROOM, "way-back", "session/sign_out_everywhere.html", go_back="app.example.com")
