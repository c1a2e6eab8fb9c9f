"""A device's line keys in Webex, drawn; compared with a template where one is chosen. Nothing is written."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from phonetui.actions import LINEKEYS_ACTIONS
from phonetui.errors import PhonetuiError
from phonetui.ui.bindings import bindings
from phonetui.ui.panes.enquiry import Enquiry
from phonetui.ui.panes.linekeys import Page, compared, drawn, facts, pages
from phonetui.ui.row import Role, Row, Run, row
from phonetui.ui.screens import doors
from phonetui.ui.screens.enquiring import Enquiring
from phonetui.ui.session import Cloud
from phonetui.ui.viewpoint import Viewpoint
from phonetui.webex.answer import at, text
from phonetui.webex.devices import WebexDevice
from phonetui.webex.lines import Body, Layout, body, layout


class LineKeys(Enquiring[int]):
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(LINEKEYS_ACTIONS),
        Binding("left,h", "page(-1)", "Page before", show=False),
        Binding("right,l", "page(1)", "Next page", show=False),
    ]
    heading = "Line keys"
    hint = "To change: phonetui webex layouts set, templates apply"

    def __init__(self, viewpoint: Viewpoint, device: WebexDevice) -> None:
        super().__init__(viewpoint, device)
        self._found: Layout | None = None
        self._body = Body()
        self._template: Layout | None = None
        self._page = 0

    async def read(self, cloud: Cloud) -> Enquiry:
        """Without Webex's list of models the keys are drawn in two columns: no reason to show nothing."""
        answer, self._body = await asyncio.gather(
            cloud.ask("layouts get", {"deviceId": self.device.id}), _body(cloud, self.device)
        )
        self._found = layout(answer.value)
        return Enquiry()

    def rows(self, across: int) -> Sequence[Row]:
        if self._found is None:
            return ()
        comparison = compared(self._shown, self._template.name if self._template else "")
        told = [*facts(self._found, self._template, comparison), ()]
        if len(self._pages) > 1:
            names = ((page.name, number == self._page) for number, page in enumerate(self._pages))
            told[-1:] = [
                row(*(Run(f"{'▸' if on else ' '} {name}  ", Role.ACCENT if on else Role.LABEL) for name, on in names)),
                (),
            ]
        return [*told, *drawn(self._shown, across)]

    @property
    def _pages(self) -> list[Page]:
        return pages(self._found or Layout(), self._body, self._template)

    @property
    def _shown(self) -> Page:
        return self._pages[min(self._page, len(self._pages) - 1)]

    def told(self) -> Sequence[tuple[str, str]]:
        around = (("← →", "page"),) if len(self._pages) > 1 else ()
        return (*around, (self.key_of("linekeys.template"), "template")) if self._found is not None else ()

    def action_page(self, by: int) -> None:
        self._page = min(max(self._page + by, 0), len(self._pages) - 1)
        self.look()

    def action_linekeys_template(self) -> None:
        if self._found is not None:
            self.ask(self._list)

    async def _list(self, cloud: Cloud) -> Enquiry:
        answer = await cloud.ask("templates list", {})
        found = at(answer.value, "lineKeyTemplates")
        known = [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []
        if not known:
            return Enquiry(outcome="there is no line key template", is_good=False)
        names = [(text(each.get("templateName")), text(each.get("modelDisplayName"))) for each in known]
        choices = [("none", "the layout alone"), *names] if self._template else names
        self.app.push_screen(doors.choosing("Compare with", choices), lambda places: self._picked(known, places))
        return Enquiry()

    def _picked(self, known: Sequence[Mapping[str, Any]], places: Sequence[int] | None) -> None:
        if not places:
            return
        place = places[0] - (self._template is not None)
        if place < 0:
            self._template = None
            self.look()
            return
        template = text(known[place].get("id"))
        self.ask(lambda cloud: self._compare(cloud, template))

    async def _compare(self, cloud: Cloud, template: str) -> Enquiry:
        self._template = layout((await cloud.ask("templates get", {"templateId": template})).value)
        return Enquiry()


async def _body(cloud: Cloud, device: WebexDevice) -> Body:
    try:
        return body(device.product, (await cloud.ask("devices supported", {})).value)
    except PhonetuiError:
        return body(device.product, None)
