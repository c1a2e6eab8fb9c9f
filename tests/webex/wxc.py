"""What tests take of wxc-sdk. Importing it takes a second: `test_wxc_sdk` does so in its tests, not where it is collected."""

from pydantic import ValidationError
from wxc_sdk import WebexSimpleApi
from wxc_sdk.common import DeviceCustomization
from wxc_sdk.device_configurations import DeviceConfigurationOperation
from wxc_sdk.person_settings import Hoteling
from wxc_sdk.rest import RestError
from wxc_sdk.telephony.devices import DeviceLayout, DeviceMember, DeviceSettings, LineKeyTemplate
from wxc_sdk.telephony.jobs import LineKeyTemplateAdvisoryTypes

__all__ = [
    "DeviceConfigurationOperation",
    "DeviceCustomization",
    "DeviceLayout",
    "DeviceMember",
    "DeviceSettings",
    "Hoteling",
    "LineKeyTemplate",
    "LineKeyTemplateAdvisoryTypes",
    "RestError",
    "ValidationError",
    "WebexSimpleApi",
]
