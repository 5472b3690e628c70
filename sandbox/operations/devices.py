"""Devices in the hands of their owner and of an administrator. Source: contract 6."""

from __future__ import annotations

from sandbox.core import Call, without_empty
from sandbox.devices import Device, decoded_number
from sandbox.operations.registry import Answer, operation
from sandbox.page_tokens import position_of, token_of
from sandbox.people import Person
from sandbox.pools import Pool
from sandbox.protocol import refusal

DEFAULT_PAGE = 60


@operation("ConfirmDevice")
def confirm_device(call: Call) -> Answer:
    """Register a device by the verifier of a secret that only the device knows."""
    pool, device = _own(call)
    if device.confirmed:
        raise refusal("device_exists")
    config = call.input.get("DeviceSecretVerifierConfig", {})
    device.verifier = f"{decoded_number(config.get('PasswordVerifier')):x}"
    device.salt = f"{decoded_number(config.get('Salt')):x}"
    device.name = call.input.get("DeviceName", "")
    device.remembered = not pool.asks_to_remember_devices
    call.sandbox.devices.save(device)
    return {"UserConfirmationNecessary": pool.asks_to_remember_devices}


@operation("UpdateDeviceStatus")
def update_device_status(call: Call) -> Answer:
    """Remember one's device, or stop remembering it."""
    return _update_status(call, _own(call)[1])


@operation("AdminUpdateDeviceStatus")
def admin_update_device_status(call: Call) -> Answer:
    """The same for somebody's device."""
    return _update_status(call, _somebodys(call))


@operation("GetDevice")
def get_device(call: Call) -> Answer:
    """One device of one's own."""
    return {"Device": _own(call)[1].described()}


@operation("AdminGetDevice")
def admin_get_device(call: Call) -> Answer:
    """One device of somebody."""
    return {"Device": _somebodys(call).described()}


@operation("ListDevices")
def list_devices(call: Call) -> Answer:
    """One's devices, unconfirmed ones too."""
    bearer = call.bearer()
    return _listed(call, bearer.pool, bearer.person)


@operation("AdminListDevices")
def admin_list_devices(call: Call) -> Answer:
    """Somebody's devices."""
    return _listed(call, *call.person())


@operation("ForgetDevice")
def forget_device(call: Call) -> None:
    """Forget one's device."""
    call.sandbox.devices.forget(_own(call)[1])


@operation("AdminForgetDevice")
def admin_forget_device(call: Call) -> None:
    """Forget somebody's device."""
    call.sandbox.devices.forget(_somebodys(call))


def _own(call: Call) -> tuple[Pool, Device]:
    bearer = call.bearer()
    _require_tracking(bearer.pool)
    return bearer.pool, call.sandbox.devices.known(bearer.person, call.input["DeviceKey"])


def _somebodys(call: Call) -> Device:
    pool, person = call.person()
    _require_tracking(pool)
    return call.sandbox.devices.known(person, call.input["DeviceKey"])


def _require_tracking(pool: Pool) -> None:
    if not pool.tracks_devices:
        raise refusal("devices_off")


def _update_status(call: Call, device: Device) -> Answer:
    if not device.confirmed:
        raise refusal("unknown_device")
    status = call.input.get("DeviceRememberedStatus")
    if status is not None:
        device.remembered = status == "remembered"
        call.sandbox.devices.save(device)
    return {}


def _listed(call: Call, pool: Pool, person: Person) -> Answer:
    _require_tracking(pool)
    size = call.input.get("Limit") or DEFAULT_PAGE
    after = position_of(call.input.get("PaginationToken"))
    found = call.sandbox.devices.page(person, after, size + 1)
    page = found[:size]
    following = token_of(page[-1][0]) if len(found) > size else None
    devices = [device.described() for _, device in page]
    return without_empty({"Devices": devices, "PaginationToken": following})
