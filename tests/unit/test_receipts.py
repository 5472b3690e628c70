"""What a program of the helpdesk is told of an act whose account cannot be read after it."""

import uuid

import pytest

from portal.helpdesk.api import acts, schemas
from portal.helpdesk.matrix import Act


@pytest.mark.django_db
def test_a_receipt_whose_record_is_not_found_names_the_act() -> None:
    """(RES-01, RES-04) what was done is not answered with an error, and no outcome is made up."""
    receipt = uuid.uuid4()
    told = acts._unread(uuid.uuid4(), Act.FORGET_DEVICES, receipt)
    assert told == {"id": str(receipt), "act": "forget_devices"}
    assert schemas.ReceiptOut(**told).outcome is None
