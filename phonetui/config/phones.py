"""`[defaults]` and `[[phone]]` → `PhoneSettings`."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from phonetui import private
from phonetui.config.address import Address, parse
from phonetui.config.complaint import Complain, Complaint
from phonetui.config.settings import Control, PhoneSettings, Secret, SendKey, Tls
from phonetui.errors import ConfigError
from phonetui.phone.state import PhoneId

_PLAIN = ("username", "tls_name", "transport", "login", "timeout_s", "loss_rate_scale", "mos_scale", "group", "jump",
          "model", "tags", "fingerprint", "numbers", "mac", "serial", "device")  # fmt: skip


def phone_defaults(table: Mapping[str, Any]) -> PhoneSettings:
    return _over(PhoneSettings(id=PhoneId(""), host=""), table)


def phone_rows(
    rows: list[dict[str, Any]], written: list[dict[str, Any]], defaults: PhoneSettings, complain: Complain
) -> tuple[PhoneSettings, ...]:
    """Every row that has an address; what is missing or double is complained about.

    `written` are the rows before what is wrong in them was left out: a wrong host isn't missing as well.
    """
    phones: dict[PhoneId, PhoneSettings] = {}
    for index, row in enumerate(rows):
        phone = _over(defaults, row)
        address = _address(row, index, complain)
        if address is None:
            if {"host", "url"} & written[index].keys():
                continue
            if (missing := _missing(phone, row)) is not None:
                complain(Complaint(("phone", index), *missing))
                continue
            address = _NOWHERE
        phone = replace(phone, scheme=address.scheme, host=address.host, port=address.port)
        if address.username and "username" not in row:
            phone = replace(phone, username=address.username)
        phone = replace(phone, id=PhoneId(row.get("name", phone.authority)))
        if phone.id in phones:
            place = ("phone", index, "name" if "name" in row else "host")
            complain(Complaint(place, f"'{phone.id}' is already the name of another phone"))
        phones[phone.id] = phone
    return tuple(phones.values())


def _missing(phone: PhoneSettings, row: Mapping[str, Any]) -> tuple[str, str] | None:
    """What a row without an address lacks, and what to add: Webex needs none of a phone that it knows by its id."""
    if not (phone.is_behind_webex and phone.device):
        return "host is missing", 'Add host = "192.0.2.21", or a url'
    return None if "name" in row else ("name is missing", "Without a host there is nothing else to call it by")


_NOWHERE = Address("https", None, "", None)


def _address(row: Mapping[str, Any], index: int, complain: Complain) -> Address | None:
    if "host" in row and "url" in row:
        complain(Complaint(("phone", index, "url"), "host and url exclude each other"))
    elif "host" in row:
        return Address("https", None, row["host"], None)
    elif "url" in row:
        try:
            return parse(row["url"])
        except ConfigError as error:
            complain(Complaint(("phone", index, "url"), error.message, error.hint))
    return None


def _over(below: PhoneSettings, table: Mapping[str, Any]) -> PhoneSettings:
    """`below` with what the table says, key by key; the parts of `poll` and `sendkey` too."""
    fields: dict[str, Any] = {name: table[name] for name in _PLAIN if name in table}
    secret = table.get("password")
    if secret is not None:
        is_literal = isinstance(secret, Secret)
        fields |= {"password": secret if is_literal else None, "password_source": None if is_literal else secret}
    if "tls" in table:
        fields["tls"] = Tls(table["tls"])
    if "tls_ca" in table:
        fields["tls_ca"] = str(private.expanded(table["tls_ca"]))
    if "control" in table:
        fields["control"] = Control(table["control"])
    if "poll" in table:
        fields["poll"] = replace(below.poll, **{f"{name}_s": value for name, value in table["poll"].items()})
    if "sendkey" in table:
        fields["sendkey"] = _sendkey(below.sendkey, table["sendkey"])
    return replace(below, **fields)


def _sendkey(below: SendKey, table: Mapping[str, Any]) -> SendKey:
    names = MappingProxyType({**below.names, **table.get("names", {})})
    return SendKey(table.get("parameter", below.parameter), names)
