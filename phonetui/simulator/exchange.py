"""Call control between the simulated phones: who rings whom, and what both ends then show.

Each step changes both legs at the same instant, so that the two phones agree at every moment.
"""

import contextlib
from collections.abc import Callable
from functools import partial
from random import Random

from phonetui.simulator.call import CallPlan, Conversation, Leg, Owner, clock, figures
from phonetui.simulator.media.model import Media, Profile
from phonetui.simulator.scenario import Timeline
from phonetui.simulator.tree import TreeEvent

NO_ANSWER_S = 30.0
"""How long a caller lets it ring before leaving a message."""
NO_LINE = 21
_FAILURE_S = 3.0
_GONE_S = 0.2
_CONSULT_S = 2.0
"""How long the second call lasts before a transfer is completed."""
_CAUSES = {200: "Normal", 404: "Not Found", 486: "Busy Here", 487: "Request Terminated", 603: "Decline"}
Step = Callable[[Conversation, float], None]


class CallRefused(Exception):
    """What a phone understood and won't do; the text is its reason."""

    def __init__(self, reason: str, cause: int | None = None) -> None:
        """`cause` is the number that goes with the reason where there is one; 21 has been seen for faults of calls."""
        super().__init__(reason)
        self.cause = cause


class CallExchange:
    """Knows every extension; moves calls through their states."""

    def __init__(self, timeline: Timeline, random: Random, media: Media) -> None:
        self._timeline = timeline
        self._media = media
        self._random = random
        self._extensions: dict[str, tuple[Owner, int]] = {}
        self._causes: dict[Conversation, int] = {}
        self._transfers: dict[Conversation, Leg] = {}
        """Consultations, each with the call that is to be passed on."""
        self.network: Callable[[int, int], Profile | None] = lambda _, __: None
        """What lies between two phones, speaker and listener by their numbers; None where the call's plan says it."""
        self.engaged: frozenset[str] = frozenset()
        """Numbers where it is always busy."""
        self.heard_after_s: float | None = None
        """When somebody listens to a message that was left; None: never."""

    def register(self, device: Owner) -> None:
        for line, extension in enumerate(device.extensions, start=1):
            self._extensions[extension] = (device, line)

    def seize(self, device: Owner, line: int, *, audio: str = "speaker") -> Leg:
        """Goes off hook for a new call; raises CallRefused when the line has no room for one."""
        slot = device.free_slot(line)
        if slot is None:
            raise CallRefused("No line available", NO_LINE)
        leg = Leg(device, line, slot, outgoing=True, number="")
        device.add(leg)
        device.audio = device.audio or audio
        device.show()
        return leg

    def dial(self, leg: Leg, number: str, plan: CallPlan, t: float) -> Conversation:
        """Calls `number` from a seized line."""
        leg.number = number
        leg.device.last_dialled, leg.device.digits = number, ""
        conversation = leg.conversation = Conversation(leg, None, plan, self._random, self._media)
        for other in leg.device.legs:
            self.hold(other, t)
        self._later(conversation, t + 0.15, self._call)
        leg.device.show()
        return conversation

    def answer(self, leg: Leg, t: float, *, audio: str = "speaker") -> None:
        """Takes a ringing call; a call in progress is put on hold first."""
        conversation = leg.conversation
        if leg.state != "Ringing" or conversation is None:
            return
        for other in leg.device.legs:
            self.hold(other, t)
        leg.state, leg.tone = "Answering", "None"
        leg.device.audio = audio
        leg.device.show()
        self._later(conversation, t + 0.1, self._connect)

    def hold(self, leg: Leg, t: float) -> None:
        """Holds a call; without effect on one that isn't connected."""
        if leg.state == "Connected" and leg.conversation:
            leg.state = "Holding"
            leg.conversation.settle_media(t)
            self._show(leg.conversation)
            self._later(leg.conversation, t + 0.2, lambda _, __: self._held(leg))

    def resume(self, leg: Leg, t: float) -> None:
        if leg.state == "Hold" and leg.conversation:
            for other in leg.device.legs:
                self.hold(other, t)
            leg.state = "Resuming"
            self._show(leg.conversation)
            self._later(leg.conversation, t + 0.3, lambda _, due: self._resumed(leg, due))

    def transfer(self, leg: Leg, number: str, t: float) -> None:
        """Holds a connected call, asks at `number`, and passes the call on once somebody has answered there.

        Raises CallRefused when the phone has no room for a second call.
        """
        consulting = self.seize(leg.device, leg.line, audio=leg.device.audio)
        codec = leg.conversation.plan.codec if leg.conversation else "G722"
        consultation = self.dial(consulting, number, CallPlan(codec=codec, answer_after_s=2.0), t)
        self._transfers[consultation] = leg

    def hang_up(self, leg: Leg, t: float) -> None:
        """Ends a call in any state; declines a ringing one, cancels one that isn't answered yet."""
        conversation = leg.conversation
        if conversation is None:
            leg.device.remove(leg)
            leg.device.go_on_hook()
        elif not conversation.over:
            answered = conversation.answered_at is not None
            cause = 200 if answered else 603 if leg.state == "Ringing" else 487
            self._end(conversation, t, self._causes.get(conversation, cause))

    def drop(self, device: Owner, t: float) -> None:
        """A phone that restarts: its calls are gone at once, the other ends see them ended."""
        for leg in tuple(device.legs):
            self.hang_up(leg, t)
        for leg in tuple(device.legs):
            device.remove(leg)

    def _later(self, conversation: Conversation, t: float, step: Step) -> None:
        self._timeline.at(t, lambda due: None if conversation.over else step(conversation, due))

    def _show(self, conversation: Conversation) -> None:
        for leg in conversation.legs:
            leg.device.show()

    def _call(self, conversation: Conversation, t: float) -> None:
        conversation.caller.state, conversation.caller.tone = "Calling", "None"
        conversation.caller.device.show()
        self._later(conversation, t + 0.25, self._proceed)

    def _proceed(self, conversation: Conversation, t: float) -> None:
        caller = conversation.caller
        caller.state = "Proceeding"
        device, line = self._extensions.get(caller.number, (None, 0))
        known = device is not None or caller.number in self.engaged
        slot = device.free_slot(line) if device and device.live and device is not caller.device else None
        if device is None or slot is None:
            self._causes[conversation] = 486 if known else 404
            self._later(conversation, t + 1.0, self._fail)
        else:
            tone = "Call Waiting" if device.legs else "Ring"
            leg = Leg(device, line, slot, False, caller.extension, "Ringing", tone, conversation)
            conversation.callee = leg
            caller.tone = "Ring Back"
            device.add(leg)
            self._expect_answer(conversation, t)
        self._show(conversation)

    def _expect_answer(self, conversation: Conversation, t: float) -> None:
        after = conversation.plan.answer_after_s
        if after is not None:
            audio = self._random.choice(("speaker", "headset", "handset"))
            self._later(conversation, t + after, lambda talk, due: self._pick_up(talk, due, audio))
        self._later(conversation, t + NO_ANSWER_S, self._give_up)

    def _pick_up(self, conversation: Conversation, t: float, audio: str) -> None:
        if conversation.callee:
            self.answer(conversation.callee, t, audio=audio)

    def _give_up(self, conversation: Conversation, t: float) -> None:
        if conversation.answered_at is None and conversation.callee:
            self._leave_message(conversation.callee.device, t)
            self._end(conversation, t, 487)

    def _leave_message(self, device: Owner, t: float) -> None:
        device.waiting = True
        if self.heard_after_s is not None:
            self._timeline.at(t + self.heard_after_s, lambda _: self._hear_message(device))

    def _hear_message(self, device: Owner) -> None:
        device.waiting = False
        device.show()

    def _fail(self, conversation: Conversation, t: float) -> None:
        caller = conversation.caller
        caller.state = "Reorder"
        caller.tone = "Busy" if self._causes.get(conversation) == 486 else "Reorder"
        caller.device.show()
        self._later(conversation, t + _FAILURE_S, lambda talk, due: self._end(talk, due, self._causes[talk]))

    def _connect(self, conversation: Conversation, t: float) -> None:
        for leg in conversation.legs:
            leg.state, leg.tone = "Connected", "None"
        conversation.answer(t)
        self._impair(conversation, t)
        self._show(conversation)
        for leg in conversation.legs:
            leg.device.tree.emit(TreeEvent("SipCallSuccessful", tuple(_parties(leg, conversation))))
        self._later(conversation, t + 1.0, self._sample)
        if conversation in self._transfers:
            self._later(conversation, t + _CONSULT_S, self._join)
        else:
            self._talk(conversation, t)

    def _impair(self, conversation: Conversation, t: float) -> None:
        for listener in conversation.legs:
            speaker = conversation.other(listener)
            profile = self.network(speaker.device.number, listener.device.number) if speaker else None
            if profile is not None:
                conversation.end_of(listener).impair(profile, t)

    def _talk(self, conversation: Conversation, t: float) -> None:
        """Plans what is to happen in an answered call."""
        plan = conversation.plan
        if plan.transfer_at_s is not None:
            self._later(conversation, t + plan.transfer_at_s, self._consult)
        if plan.hold_at_s is not None:
            holder = conversation.legs[0 if plan.caller_holds else 1]
            self._later(conversation, t + plan.hold_at_s, lambda _, due: self.hold(holder, due))
            self._later(conversation, t + plan.hold_at_s + plan.hold_s, lambda _, due: self.resume(holder, due))
        if plan.talk_s is not None:
            self._later(conversation, t + plan.talk_s, lambda talk, due: self._end(talk, due, 200))

    def _consult(self, conversation: Conversation, t: float) -> None:
        callee = conversation.callee
        if callee and callee.state == "Connected":
            with contextlib.suppress(CallRefused):  # no room for another call: it stays with who has it
                self.transfer(callee, conversation.plan.transfer_to, t)

    def _join(self, consultation: Conversation, t: float) -> None:
        """The two others talk on with each other; who passed the call on is out of both."""
        held = self._transfers.pop(consultation)
        before, consulting, target = held.conversation, consultation.caller, consultation.callee
        first = before.other(held) if before else None
        if before is None or before.over or first is None or target is None:
            return
        for leg, conversation in ((first, before), (target, consultation)):
            leg.talked_s += conversation.seconds
            leg.device.keep_packets(leg)
        first.number, target.number = target.extension, first.extension
        for leg, conversation in ((held, before), (consulting, consultation)):
            conversation.end(t, leg)
            self._timeline.at(t + _GONE_S, partial(self._gone, leg, conversation, 200))
        plan = CallPlan(profile=before.plan.profile, codec=before.plan.codec, talk_s=before.plan.talk_s)
        joined = first.conversation = target.conversation = Conversation(first, target, plan, self._random, self._media)
        first.state = target.state = "Connected"
        joined.answer(t)
        consulting.device.go_on_hook()
        self._show(joined)
        self._later(joined, t + 1.0, self._sample)
        self._talk(joined, t)

    def _sample(self, conversation: Conversation, t: float) -> None:
        conversation.sample(t)
        self._show(conversation)
        self._later(conversation, t + 1.0, self._sample)

    def _held(self, leg: Leg) -> None:
        if leg.state == "Holding":
            leg.state = "Hold"
            leg.device.show()

    def _resumed(self, leg: Leg, t: float) -> None:
        if leg.state == "Resuming" and leg.conversation:
            leg.state = "Connected"
            leg.conversation.settle_media(t)
            self._show(leg.conversation)

    def _end(self, conversation: Conversation, t: float, cause: int) -> None:
        self._causes.pop(conversation, None)
        conversation.end(t)
        held = self._transfers.pop(conversation, None)
        if held:  # nobody to pass the call on to: it is taken back
            self.resume(held, t)
        for leg in conversation.legs:
            leg.device.go_on_hook()
            self._timeline.at(t + _GONE_S, partial(self._gone, leg, conversation, cause))

    def _gone(self, leg: Leg, conversation: Conversation, cause: int, _: float) -> None:
        conversation.link.close()
        if leg in leg.device.legs:
            fields = (
                *_parties(leg, conversation),
                ("CauseCode", str(cause)),
                ("CauseString", _CAUSES[cause]),
                ("Duration", clock(leg.seconds)),
                *figures(leg),
            )
            leg.device.remove(leg)
            leg.device.tree.emit(TreeEvent("SipCallDisconnect", fields))


def _parties(leg: Leg, conversation: Conversation) -> list[tuple[str, str]]:
    codec = conversation.codec.name
    return [
        ("CallId", str(leg.call_id)),
        ("LineId", str(leg.line)),
        ("Direction", "Outbound" if leg.outgoing else "Inbound"),
        ("PeerName", leg.peer_name),
        ("PeerPhone", leg.number),
        ("Protocol", "SIP"),
        ("Encoder", codec),
        ("Decoder", codec),
    ]
