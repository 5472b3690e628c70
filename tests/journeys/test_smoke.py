import pytest

from tests.people import App, People
from tests.walker import Walker

pytestmark = pytest.mark.usefixtures("by_srp")


def test_enrolling_an_authenticator_app_activates_it(walker: Walker, pool: People):
    nora = pool.make()
    page = walker.sign_in(nora)
    assert page.heading == "How you sign in"
    walker.open(page.link("Set up authenticator app"))
    page = walker.send("Show")
    app = App(page.secret)
    page = walker.send("Turn on", code=app.code())
    assert page.heading == "Authenticator app is on"
    assert pool.on(nora) == {"SOFTWARE_TOKEN_MFA"}
