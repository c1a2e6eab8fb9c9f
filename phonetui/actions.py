"""All actions that a key can start: id, default key, words. Bindings, help and footer are made from this table.

`config` validates `[keys]` against this table and `ui` builds its bindings from it, so help and footer cannot lie.
"""

import unicodedata

from msgspec import Struct


class Action(Struct, frozen=True):
    id: str
    """Stable: `[keys]` of the configuration names it."""
    keys: str
    """Default keys, separated by commas, in Textual's names."""
    words: str
    """For the help screen and the palette."""
    short: str = ""
    """For the footer; empty where the footer leaves it out."""


ACTIONS: tuple[Action, ...] = (
    Action("call.dial", "d", "Dial a number on the selected phone", "dial"),
    Action("call.answer", "A", "Answer what rings on the selected phone", "answer"),
    Action("call.hangup", "H", "Hang up the call of the selected phone", "hang up"),
    Action("phone.keys", "i", "Take control: your keyboard is the phone's", "keys"),
    Action("phone.release", "I", "Give control of the selected phone back", "give back"),
    Action("phone.certificate", "C", "Certificate of the phone; accept another one", "certificate"),
    Action("phone.password", "L", "Other user or password where a phone refuses", "password"),
    Action("phone.previous", "left_square_bracket", "Previous phone"),
    Action("phone.next", "right_square_bracket", "Next phone"),
    Action("problem.next", "n", "Next problem: phone, call or alert", "next problem"),
    Action("problem.previous", "N", "Problem before"),
    Action("screen.status", "x", "All that the phone reports: summary, tree", "status"),
    Action("screen.picture", "s", "The selected phone's screen, as a picture"),
    Action("screen.command", "colon", "Type a command for the selected phone", "command"),
    Action("screen.calls", "c", "Calls now and before: quality, call states", "calls"),
    Action("screen.alerts", "a", "Alerts: what is wrong, and what was lately", "alerts"),
    Action("screen.fleet", "f", "All phones in one table, in trouble first", "fleet"),
    Action("screen.chart", "g", "Chart: a call's or port's figures over time"),
    Action("screen.mesh", "M", "Mesh: test calls between phones, as a grid"),
    Action("screen.events", "e", "Events: all that happened, with filter"),
    Action("screen.webex", "w", "Webex: its data on the phone; actions", "webex"),
    Action("screen.jobs", "W", "Webex: jobs over many phones; starting one"),
    Action("fleet.filter", "slash", "Fleet: filter as in the tree"),
    Action("fleet.sort.back", "less_than_sign", "Fleet: sort by the column before"),
    Action("fleet.sort.next", "greater_than_sign", "Fleet: sort by the next column"),
    Action("fleet.reverse", "r", "Fleet: turn the order round"),
    Action("fleet.group", "b", "Fleet: group by site, model, switch, VLAN …"),
    Action("fleet.columns", "o", "Fleet: choose columns and their order"),
    Action("fleet.mark", "space", "Fleet: mark the phone, or a heading's group"),
    Action("fleet.unmark", "u", "Fleet: unmark all"),
    Action("fleet.export", "E", "Fleet: write the table to a file"),
    Action("fleet.command", "colon", "Fleet: one command for all marked phones"),
    Action("status.search", "slash", "Status tree: search paths, values, meanings"),
    Action("status.changes", "v", "Status tree: what changed since it opened"),
    Action("status.copy", "y", "Status tree: copy the chosen leaf"),
    Action("calls.filter", "slash", "Calls: filter by party, phone, grade, cause"),
    Action("calls.scope", "o", "Calls: of the selected phone, or of all"),
    Action("calls.export", "E", "Calls: write a note, CSV or JSON Lines"),
    Action("calls.copy", "y", "Calls: copy the chosen call as a note"),
    Action("chart.widen", "plus", "Chart, call: more time"),
    Action("chart.narrow", "minus", "Chart, call: less time"),
    Action("chart.call", "l", "Chart: the phone's next call or port"),
    Action("events.filter", "slash", "Events: filter by words, phone, weight, kind"),
    Action("events.scope", "o", "Events: of the selected phone, or of all"),
    Action("events.export", "E", "Events: write what is listed to a file"),
    Action("events.copy", "y", "Events: copy the chosen line"),
    Action("alerts.filter", "slash", "Alerts: filter by words, phone, id"),
    Action("alerts.scope", "o", "Alerts: of the selected phone, or of all"),
    Action("alerts.copy", "y", "Alerts: copy the chosen one"),
    Action("alerts.mute", "m", "Alerts: mute the chosen one, or unmute it"),
    Action("fleet.tag", "T", "Fleet: tags in Webex of all marked phones"),
    Action("fleet.configure", "C", "Fleet: configuration in Webex of all marked"),
    Action("picture.refresh", "r", "Picture: ask the phone for it again"),
    Action("picture.repeat", "space", "Picture: ask every few seconds, or stop"),
    Action("picture.view", "v", "Picture: dots or colours"),
    Action("picture.zoom.in", "plus", "Picture: larger"),
    Action("picture.zoom.out", "minus", "Picture: smaller"),
    Action("picture.whole", "0", "Picture: all of it"),
    Action("picture.save", "S", "Picture: save the file"),
    Action("webex.configuration", "c", "Webex: its configuration, key by key"),
    Action("webex.linekeys", "l", "Webex: the device's line keys, as they lie"),
    Action("webex.members", "m", "Webex: members of the device, and hoteling"),
    Action("webex.levels", "o", "Webex: where its calling settings come from"),
    Action("webex.tags", "t", "Webex: tags of the device"),
    Action("webex.apply", "A", "Webex: the device takes what was changed"),
    Action("webex.activation", "n", "Webex: an activation code for another phone"),
    Action("webex.jobs", "W", "Webex: jobs over many phones"),
    Action("webex.copy", "y", "Webex: copy the device's id, MAC or serial"),
    Action("answers.again", "r", "Webex's answers: ask again"),
    Action("answers.search", "slash", "Webex's answers: search names and values"),
    Action("answers.copy", "y", "Webex's answers: copy row or tracking id"),
    Action("configuration.default", "x", "Configuration: the key back to its default"),
    Action("configuration.undo", "u", "Configuration: undo the chosen edit"),
    Action("configuration.diff", "d", "Configuration: staged edits, JSON Patch"),
    Action("configuration.apply", "a", "Configuration: apply what is staged"),
    Action("levels.differences", "d", "Settings' levels: differences alone, or all"),
    Action("linekeys.template", "c", "Line keys: compare with a template"),
    Action("jobs.start", "n", "Jobs: start one: template, rebuild, settings"),
    Action("jobs.read", "r", "Jobs: ask Webex again now"),
    Action("jobs.copy", "y", "Jobs: copy the tracking id for the support"),
    Action("mesh.start", "n", "Mesh: begin the test calls, after a question"),
    Action("mesh.stop", "x", "Mesh: end the test calls, begin no more"),
    Action("mesh.plan", "o", "Mesh: choose a plan, or phones"),
    Action("mesh.baseline", "b", "Mesh: compare with an earlier result"),
    Action("mesh.kept", "e", "Mesh: look at an earlier result"),
    Action("mesh.export", "E", "Mesh: write the result to a file"),
    Action("mesh.copy", "y", "Mesh: copy the result in words"),
    Action("tree.order", "o", "Phones worst first, or by place in the tree"),
    Action("time.run", "space", "Replay: run or stop", "run"),
    Action("time.back", "comma", "Replay: back to where the phone changed last", "back"),
    Action("time.on", "full_stop", "Replay: on to where the phone changes next", "on"),
    Action("time.call.back", "left_curly_bracket", "Replay: the call before"),
    Action("time.call.on", "right_curly_bracket", "Replay: the next call", "next call"),
    Action("time.problem.on", "n", "Replay: the next problem", "problem"),
    Action("time.problem.back", "N", "Replay: the problem before"),
    Action("time.strip", "S", "Replay: the strip of this phone, or of all"),
    Action("time.go", "colon", "Replay: go to 14:03, -5m; digits: speed", "go to"),
    Action("time.mark", "m", "Replay: mark this moment with a word", "mark"),
    Action("time.marks", "apostrophe", "Replay: the marks, and to one of them"),
    Action("tree.filter", "slash", "Filter the phones; ! inverts, empty is all", "filter"),
    Action("view.freeze", "p", "Freeze the display; collection goes on", "freeze"),
    Action("view.zero", "R", "Count from now on, phone by phone; and back"),
    Action("view.zoom", "z", "Zoom the pane with the focus, and back", "zoom"),
    Action("view.theme", "t", "Next theme"),
    Action("poll.faster", "plus", "Read the selected phone twice as often"),
    Action("poll.slower", "minus", "Read the selected phone half as often"),
    Action("view.yank", "y", "Copy the phone's address, MAC, alert or call"),
    Action("view.privacy", "P", "Mask names, numbers, addresses; exports too"),
    Action("view.debug", "D", "What this program costs: bytes, answers, lag"),
    Action("pane.phones", "1", "Go to the phones"),
    Action("pane.calls", "2", "Go to the calls"),
    Action("pane.lines", "3", "Go to lines and lights"),
    Action("pane.ports", "4", "Go to the ports"),
    Action("pane.events", "5", "Go to the events"),
    Action("view.explain", "f1", "Explain what is under the cursor"),
    Action("app.help", "question_mark", "Keys of this screen, then of the others", "keys here"),
    Action("app.palette", "ctrl+p", "Every action and every phone by name", "palette"),
    Action("app.suspend", "ctrl+z", "Suspend to the shell; fg brings it back"),
    Action("app.quit", "q", "Quit", "quit"),
)
"""In the order of the help screen."""

BY_ID = {action.id: action for action in ACTIONS}


def _below(*families: str) -> frozenset[str]:
    """The actions whose ids begin with one of these words."""
    return frozenset(id_ for id_ in BY_ID if id_.partition(".")[0] in families)


APP_ACTIONS = _below("app") | {"view.theme", "view.privacy", "view.debug"}
"""What works on every screen."""
_LIST = ("up", "down", "j", "k", "pageup", "pagedown", "home", "end", "G", "shift+g")
_FOCUS = ("tab", "shift+tab")


EVERYWHERE = _below("call", "phone", "problem", "screen", "view", "poll", "pane") - APP_ACTIONS
"""What works on every screen over the phones: on the row under the cursor where that is a phone or a call."""


class ScreenKeys(Struct, frozen=True):
    """What a screen does with keys: its bindings and the check of `[keys]` are made from this."""

    words: str
    """The screen in a message."""
    own: frozenset[str]
    """The actions that are the screen's alone."""
    needs: tuple[str, ...]
    """Keys that no action may have here."""
    leaves: tuple[str, ...] = ()
    """Keys that lead back from here, whatever quits elsewhere."""
    leave: str = "leave"
    """The screen's method for these, without the toolkit's `action_`."""
    hides: frozenset[str] = frozenset()
    """Actions of every screen that give way here to one of the screen's own with the same key."""
    is_dialog: bool = False
    """Whether the actions of every screen don't work here."""
    is_line: bool = False
    """Whether what is typed goes into a line."""

    is_first: bool = False
    """Whether nothing of its own goes before what works on every screen."""

    @property
    def actions(self) -> frozenset[str]:
        """The screen's own, and those over phones whose keys mean nothing else here."""
        if self.is_dialog or self.is_line:
            return self.own
        taken = {*self.needs, *self.leaves, *(key for id_ in self.own for key in BY_ID[id_].keys.split(","))}
        return self.own | {id_ for id_ in EVERYWHERE if taken.isdisjoint(BY_ID[id_].keys.split(","))}

    @property
    def works(self) -> frozenset[str]:
        """The actions that a key can reach here."""
        return self.actions | (frozenset() if self.is_dialog else APP_ACTIONS - self.hides)

    @property
    def exclusive(self) -> frozenset[str]:
        """The actions of which no two may have one key here: a screen's own go before what works everywhere."""
        return self.works if self.is_first else self.works - (EVERYWHERE - self.own)


_ANSWERS = frozenset({"answers.again", "answers.copy"})
_ROWS = ("escape", "enter", *_LIST, *_FOCUS)
_VIEW = ("escape", *_LIST, *_FOCUS)
_CURVE = ("escape", "up", "down", "left", "right", "pageup", "pagedown", "home", "end", *_FOCUS)
_MOVES = ("left", "right", "up", "down", "h", "j", "k", "l")
_GRID = ("escape", "enter", *_MOVES, "home", "end", *_FOCUS)
_PAGES = ("left", "right", "h", "l")
_CALL = frozenset({"calls.export", "calls.copy", "chart.widen", "chart.narrow"})
SCREENS = {
    "main": ScreenKeys("the main screen", _below("tree"), (*_ROWS, "space", "left", "right"), is_first=True),
    "fleet": ScreenKeys("the fleet", _below("fleet"), _ROWS, ("q", "f")),
    "chart": ScreenKeys("the chart", _below("chart"), _CURVE, ("escape", "q", "g")),
    "calls": ScreenKeys("the calls", _below("calls"), _ROWS, ("q", "c")),
    "call": ScreenKeys("a call's card", _CALL, (*_ROWS, "left", "right"), ("escape", "q", "enter")),
    "status": ScreenKeys(
        "the status screen", _below("status"), (*_ROWS, *_PAGES, "shift+left", "shift+right"), ("q", "x")
    ),
    "alerts": ScreenKeys("the alerts", _below("alerts"), _ROWS, ("q", "a")),
    "events": ScreenKeys("the events", _below("events"), _ROWS, ("q", "e")),
    "mesh": ScreenKeys("the mesh", _below("mesh"), _GRID, ("q", "M")),
    "meshcall": ScreenKeys("a test call", frozenset(), _VIEW, ("escape", "q", "enter")),
    "picture": ScreenKeys("the picture", _below("picture"), ("escape", *_MOVES, *_FOCUS), ("escape", "q", "s")),
    "configuration": ScreenKeys(
        "the configuration", _below("answers", "configuration"), (*_ROWS, *_PAGES), ("q",), "back"
    ),
    "levels": ScreenKeys("the settings' levels", _below("answers", "levels"), _VIEW, ("q",), "back"),
    "linekeys": ScreenKeys("the line keys", _ANSWERS | _below("linekeys"), (*_VIEW, *_PAGES), ("q",), "back"),
    "members": ScreenKeys("the members", _ANSWERS, _VIEW, ("q",), "back"),
    "webex": ScreenKeys(
        "Webex's word of a phone", _below("webex"), _ROWS, ("escape", "q", "w"), hides=frozenset({"view.theme"})
    ),
    "jobs": ScreenKeys("the jobs", _below("jobs"), _ROWS, ("q", "W")),
    "job": ScreenKeys("a job", _below("jobs") - {"jobs.start"}, _ROWS, ("q", "enter")),
    "activation": ScreenKeys(
        "an activation code", frozenset({"view.privacy"}), ("escape", "q", "y", "ctrl+y", *_FOCUS), is_dialog=True
    ),
    "command": ScreenKeys(
        "the command line", frozenset(), ("escape", "enter", "up", "down", "pageup", "pagedown", *_FOCUS), is_line=True
    ),
}
"""By the screen. Other dialogs and the phone's keys are left out: no action of `[keys]` works there."""
REPLAY = ScreenKeys("a replay", _below("time"), tuple("1234567"), is_dialog=True)
"""While a recording is shown, these go before the keys of whatever screen shows it."""

TIME_ALONE = ("time.back", "time.on", "time.call.back", "time.call.on", "time.marks")
"""Actions of a replay whose keys mean nothing on a live display."""

_NAMES = {
    "solidus": "slash", "reverse_solidus": "backslash", "commercial_at": "at", "hyphen_minus": "minus",
    "plus_sign": "plus", "low_line": "underscore",
}  # fmt: skip


def toolkit_keys(keys: str) -> tuple[str, ...]:
    """Keys as people write them (`/`, `ctrl+d`), separated by commas, in the toolkit's names."""
    return tuple(_named(key.strip()) for key in keys.split(","))


def _named(key: str) -> str:
    if len(key) != 1 or key.isalnum():
        return key
    name = unicodedata.name(key, key).lower().replace("-", "_").replace(" ", "_")
    return _NAMES.get(name, name)
