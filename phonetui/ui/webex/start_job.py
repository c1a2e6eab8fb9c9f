"""The dialog that starts a job in Webex: which, where, on how many phones, and a confirmation."""

import asyncio
from collections.abc import Mapping
from typing import Any, ClassVar

from phonetui.errors import CommandRefused, ProtocolError
from phonetui.fleet.protocol import Cloud
from phonetui.text import NOTHING, Printable
from phonetui.ui import screens
from phonetui.ui.status.command_dispatch import read_attachment
from phonetui.ui.webex.task_dialog import TaskDialog
from phonetui.webex import devices as devices_module
from phonetui.webex.answer import WebexConflict, at, items, text
from phonetui.webex.jobs import Family, Job, change_settings_values, job, previewed_devices
from phonetui.webex.operations import operation

_EVERYWHERE = ("everywhere", "the whole organization")
_EVERY_PHONE = "all phones"
"""What is typed where no location is named."""


class StartJob(TaskDialog[Job | Family]):
    """A dialog that starts a job.

    Ends with the job that runs now, or with its family where another job keeps it from starting.
    """

    family: ClassVar[Family]
    what: ClassVar[str]
    """What it does, for a menu."""

    async def start(self, cloud: Cloud, values: Mapping[str, Any]) -> Job | Family:
        self.update_status("◐ starting …")
        try:
            answer = await cloud.ask(self.family.start, values, confirmed=True)
        except WebexConflict:
            return self.family
        return job(self.family, answer.value)

    async def location(self, cloud: Cloud, question: str, *, everywhere: bool = False) -> tuple[str | None, Printable]:
        """A location's id and name; without an id, everywhere. Raises Cancelled."""
        ((identity, name),) = await self.locations(cloud, question, everywhere=everywhere)
        return identity, name

    async def locations(
        self, cloud: Cloud, question: str, *, everywhere: bool = True, several: bool = False
    ) -> list[tuple[str | None, Printable]]:
        """Ids and names of those chosen; without an id, everywhere. Raises Cancelled."""
        known: list[tuple[str | None, Printable]] = [*await _locations(cloud)]
        choices: list[tuple[str, str]] = [(name, _phones(cloud, each)) for each, name in known]
        if everywhere:
            known, choices = [(None, NOTHING), *known], [_EVERYWHERE, *choices]
        return [known[place] for place in await self.choose(question, choices, several=several)]


class ApplyTemplate(StartJob):
    TITLE = "Apply a line key template"
    family = Family.TEMPLATE
    what = "apply a line key template"

    async def run_task(self, cloud: Cloud) -> Job | Family:
        template = await self._template(cloud)
        chosen = [each for each, _ in await self.locations(cloud, "At which locations?", several=True)]
        where = None if None in chosen else chosen or None
        wanted = devices_module.tag_change(
            await self.answer(
                "On phones with which tags?",
                "Commas separate, ! leaves out: lobby, !meeting room. Nothing typed: whatever their tags.",
                may_be_empty=True,
            )
        )
        values = {
            "action": "APPLY_TEMPLATE", "templateId": at(template, "id"), "locationIds": where,
            "includeDeviceTags": list(wanted.added) or None, "excludeDeviceTags": list(wanted.taken) or None,
        }  # fmt: skip
        self.update_status("◐ counting the phones that it would reach …")
        count = previewed_devices((await cloud.ask("templates preview", values)).value)
        if count is None:
            raise ProtocolError("Webex's preview names no number of phones: nothing was sent")
        if count == 0:
            raise CommandRefused("it would reach no phone: nothing was sent", "Look at model, locations and tags")
        more = "Line keys are replaced on each of them. Type how many phones they are to go on."
        await self.confirm(screens.TypedConfirm.of_count(count, f"Apply {text(at(template, 'templateName'))}", more))
        return await self.start(cloud, values)

    async def _template(self, cloud: Cloud) -> Any:
        listing = "templates list"
        found = [each for each in items(operation(listing), (await cloud.ask(listing, {})).value) if at(each, "id")]
        if not found:
            raise CommandRefused("Webex has no line key template", "'phonetui webex templates create' makes one")
        names = [(text(at(each, "templateName")), text(at(each, "modelDisplayName"))) for each in found]
        (place,) = await self.choose("Which template?", names)
        return found[place]


class RebuildPhones(StartJob):
    TITLE = "Rebuild the configuration of a location's phones"
    family = Family.REBUILD
    what = "rebuild the phones of a location"

    async def run_task(self, cloud: Cloud) -> Job | Family:
        location, name = await self.location(cloud, "Phones of which location?")
        more = "Each gets its configuration anew and may restart. Type the location's name to go on."
        where = f"{name} ({_phones(cloud, location)})"
        await self.confirm(screens.TypedConfirm(name, "Rebuild the configuration", where, more))
        return await self.start(cloud, {"locationId": location})


class ChangeSettings(StartJob):
    TITLE = "Change device settings out of a JSON file"
    family = Family.CHANGE
    what = "change device settings from a JSON file"

    async def run_task(self, cloud: Cloud) -> Job | Family:
        location, name = await self.location(cloud, "Settings of which phones?", everywhere=True)
        form = 'As "phonetui webex changes start --from" takes it: {"customizations": {"mpp": {…}}}'
        file = await self.answer("Out of which file?", form)
        values = change_settings_values(await asyncio.to_thread(read_attachment, file.strip()), location)
        words = name if location is not None else Printable(_EVERY_PHONE)
        what = f"Change {_listed(values['customizations'])}"
        await self.confirm(
            screens.TypedConfirm(
                words, what, f"{name or _EVERY_PHONE} ({_phones(cloud, location)})", _more(values, words)
            )
        )
        return await self.start(cloud, values)


STARTS: tuple[type[StartJob], ...] = (ApplyTemplate, RebuildPhones, ChangeSettings)


def _more(values: Mapping[str, Any], words: str) -> str:
    gives_up = values.get("locationCustomizationsEnabled") is False
    what = "The location's own settings give way to the organization's. " if gives_up else ""
    return f"{what}Settings change on each of them. Type {words} to go on."


def _listed(customizations: Mapping[str, Any]) -> str:
    """How many settings of which kinds of phones."""
    counts = ((kind, len(settings)) for kind, settings in customizations.items())
    return ", ".join(f"{count} {kind} setting{'' if count == 1 else 's'}" for kind, count in counts)


async def _locations(cloud: Cloud) -> list[tuple[str, Printable]]:
    """Ids and names, by name; asked for where no sweep has read them yet. Raises PhonetuiError."""
    inventory = cloud.state.inventory
    if not inventory.locations:
        pages = [page async for page in cloud.pages("locations list", {})]
        inventory = inventory.with_places(locations=(each for page in pages for each in page))
    if not inventory.locations:
        raise CommandRefused("Webex lists no location")
    named = (
        (each, Printable(name.strip() or devices_module.short_id(each))) for each, name in inventory.locations.items()
    )
    return sorted(named, key=lambda each: each[1].casefold())


def _phones(cloud: Cloud, location: str | None) -> str:
    """How many Webex lists there; without a location, everywhere."""
    devices = cloud.state.inventory.devices.values()
    count = sum(location in (None, each.location_id) for each in devices)
    return f"{count} phone{'' if count == 1 else 's'}{'' if cloud.state.is_whole else ' so far'}"
