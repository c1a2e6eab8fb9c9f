"""Who calls whom in the office, and when: ordinary calls at random, and one troubled call after another."""

from dataclasses import replace
from random import Random

from phonetui.simulator.call import Conversation, Plan
from phonetui.simulator.device import SimulatedDevice
from phonetui.simulator.exchange import CallExchange
from phonetui.simulator.scenario import Scenario, Timeline

_CODECS = ("G722", "G722", "G722", "OPUS", "OPUS", "G711u", "G711a", "G729a")


class CallTraffic:
    """Makes calls by a scenario; `start` plans the first."""

    def __init__(
        self,
        scenario: Scenario,
        devices: tuple[SimulatedDevice, ...],
        exchange: CallExchange,
        timeline: Timeline,
        random: Random,
    ) -> None:
        self._scenario = scenario
        self._devices = devices
        self._exchange = exchange
        self._timeline = timeline
        self._random = random
        self._troubled: Conversation | None = None

    def start(self) -> None:
        first = self._scenario.first_call_s
        if first is None:
            return
        if self._scenario.troubled_profile:
            self._timeline.every(first, 1.0, self._keep_one_troubled)
        if self._scenario.calls_per_minute:
            self._timeline.at(first + self._pause(), self._ordinary)

    def _keep_one_troubled(self, t: float) -> None:
        if self._troubled and not self._troubled.over:
            return
        first = self._troubled is None
        plan = Plan(
            profile=self._scenario.troubled_profile,
            codec="G722",
            answer_after_s=0.7 if first else 2.0,
            talk_s=self._between(self._scenario.troubled_talk_s),
        )
        self._troubled = self._call(plan, t)

    def _ordinary(self, t: float) -> None:
        self._timeline.at(t + self._pause(), self._ordinary)
        if self._scenario.engaged and self._random.random() < self._scenario.engaged_probability:
            self._engaged(t)
            return
        busy = sum(not device.idle for device in self._devices)
        if busy + 2 <= self._scenario.busy_share * len(self._devices):
            self._call(self._plan(), t)

    def _engaged(self, t: float) -> None:
        """Somebody calls where it is busy, hears the tone and gives up."""
        idle = [device for device in self._devices if device.idle]
        if idle:
            leg = self._exchange.seize(self._random.choice(idle), 1)
            self._exchange.dial(leg, self._random.choice(self._scenario.engaged), Plan(), t)

    def _plan(self) -> Plan:
        scenario, chance = self._scenario, self._random.random
        talk_s = self._between(scenario.talk_s)
        holds = chance() < scenario.hold_probability
        passes = scenario.transfer_probability > 0 and chance() < scenario.transfer_probability
        return Plan(
            profile="glitch" if chance() < scenario.glitch_probability else "clean",
            codec=self._random.choice(_CODECS),
            answer_after_s=None if chance() < scenario.unanswered_probability else self._between(scenario.ring_s),
            talk_s=talk_s,
            hold_at_s=talk_s * (0.2 + 0.4 * chance()) if holds else None,
            hold_s=self._between(scenario.hold_s),
            caller_holds=chance() < 0.5,
            transfer_at_s=talk_s * 0.3 if passes and not holds else None,
        )

    def _call(self, plan: Plan, t: float) -> Conversation | None:
        idle = [device for device in self._devices if device.idle]
        passes = plan.transfer_at_s is not None
        if len(idle) < 2:
            return None
        caller, callee, *others = self._random.sample(idle, min(3 if passes else 2, len(idle)))
        if passes:
            third = others[0].extensions[0] if others else ""
            plan = replace(plan, transfer_to=third, transfer_at_s=plan.transfer_at_s if third else None)
        leg = self._exchange.seize(caller, 1, audio=self._random.choice(("speaker", "headset", "handset")))
        return self._exchange.dial(leg, callee.extensions[0], plan, t)

    def _pause(self) -> float:
        return self._random.expovariate(self._scenario.calls_per_minute / 60)

    def _between(self, bounds: tuple[float, float]) -> float:
        return self._random.uniform(*bounds)
