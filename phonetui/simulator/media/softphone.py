"""A phone with a real SIP stack, as a process of its own, one call at a time; the only module that uses the stack.

    parent ── dial URI │ answer │ hold │ resume │ hangup │ quit ──► standard input
    parent ◄── {"event": "up" │ "state" │ "media" │ "figures", …} ── standard output

It ends when its input does. The stack may write lines of its own; those of the phone begin with a brace.
"""

import argparse
import json
import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from typing import Any

import pjsua2 as pj

_POLL_MS = 10
_FIGURES_S = 0.1
_LEAVE_S = 0.5
"""Time limit for the last request to be answered."""


def emit(event: str, **fields: object) -> None:
    """Writes an event as one line of JSON to standard output."""
    print(json.dumps({"event": event, **fields}), flush=True)  # noqa: T201 - standard output is how it speaks


class SipCall(pj.Call):  # type: ignore[misc]  # the stack ships no types
    """One call; its figures begin again with each stream, which is to say with each hold and resume."""

    def __init__(self, account: pj.Account, call_id: int = pj.PJSUA_INVALID_ID) -> None:
        super().__init__(account, call_id)
        self._stream = 0
        self._active = False

    def onCallState(self, _: Any) -> None:  # noqa: N802 - the stack's name
        info = self.getInfo()
        emit("state", state=info.stateText, code=info.lastStatusCode, peer=info.remoteUri)

    def onCallMediaState(self, _: Any) -> None:  # noqa: N802 - the stack's name
        """A stream without a sink only fills its jitter buffer, one without a source sends nothing."""
        info = self.getInfo()  # kept: what is in it goes with it
        for index, media in enumerate(info.media):
            if media.type == pj.PJMEDIA_TYPE_AUDIO:
                self._active = media.status == pj.PJSUA_CALL_MEDIA_ACTIVE
                if self._active:
                    audio = self.getAudioMedia(index)
                    tone.startTransmit(audio)
                    audio.startTransmit(endpoint.audDevManager().getPlaybackDevMedia())
                emit("media", status=media.status, direction=media.dir)

    def onStreamCreated(self, _: Any) -> None:  # noqa: N802 - the stack's name
        self._stream += 1

    def onCallRxReinvite(self, _: Any) -> None:  # noqa: N802 - the stack's name
        """The far end holds or resumes: the last figures of this stream, before the next one counts from nothing."""
        self.report()

    def report(self) -> None:
        try:
            found = self.getStreamStat(0)
        except pj.Error:  # no stream yet, or no longer
            return
        heard, said, trips = found.rtcp.rxStat, found.rtcp.txStat, found.rtcp.rttUsec
        measured = trips.n > (self._stream > 1)  # the first one after a hold counts the hold
        emit(
            "figures",
            stream=self._stream,
            sent=said.pkt,
            received=heard.pkt,
            lost=heard.loss,
            discarded=heard.discard,
            jitter_ms=heard.jitterUsec.last / 1000,
            round_trip_ms=trips.last / 1000 if measured else 0,
            buffer_ms=found.jbuf.avgDelayMsec,
        )


class Account(pj.Account):  # type: ignore[misc]  # the stack ships no types
    """Lets an incoming call ring."""

    def onIncomingCall(self, prm: Any) -> None:  # noqa: N802 - the stack's name
        call = SipCall(self, prm.callId)
        calls.append(call)
        call.answer(with_status(180))


def with_status(status: int) -> Any:
    """The stack's call parameters with a SIP status."""
    found = pj.CallOpParam()
    found.statusCode = status
    return found


def create_account(options: argparse.Namespace) -> Account:
    """The account of a stack that listens at the address, and offers nothing but the codec."""
    config = pj.EpConfig()
    config.uaConfig.threadCnt, config.uaConfig.mainThreadOnly = 0, True
    config.logConfig.level = config.logConfig.consoleLevel = 0
    config.medConfig.noVad = True
    endpoint.libInit(config)
    transport = pj.TransportConfig()
    transport.boundAddress = options.address
    chosen = endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    for known in endpoint.codecEnum2():
        endpoint.codecSetPriority(known.codecId, 255 if known.codecId.startswith(options.codec) else 0)
    tone.createToneGenerator()
    beep = pj.ToneDesc()
    beep.freq1, beep.on_msec, beep.off_msec = 440, 500, 500
    tone.play(pj.ToneDescVector([beep]), True)
    own = f"{options.name}@{endpoint.transportGetInfo(chosen).localName}"
    config = pj.AccountConfig()
    config.idUri = f"sip:{own}"
    media = config.mediaConfig.transportConfig
    media.port, media.portRange, media.boundAddress = options.rtp, 1, options.address
    media.publicAddress = options.public
    account = Account()
    account.create(config)
    emit("up", uri=config.idUri)
    return account


def carry_out(command: str, account: Account) -> None:
    """Carries out one line of standard input."""
    verb, _, rest = command.partition(" ")
    if verb == "dial":
        calls.append(SipCall(account))
        calls[-1].makeCall(rest, pj.CallOpParam(True))
        return
    call = calls[-1]
    call.report()
    if verb == "answer":
        call.answer(with_status(200))
    elif verb == "hold":
        call.setHold(pj.CallOpParam(True))
    elif verb == "resume":
        again = pj.CallOpParam(True)
        again.opt.flag = pj.PJSUA_CALL_UNHOLD
        call.reinvite(again)
    elif verb == "hangup":
        call.hangup(pj.CallOpParam(True))


def read_orders() -> Iterator[str | None]:
    """Commands as they come; None while there is none, and an end when there will be no more."""
    heard = b""
    while True:
        endpoint.libHandleEvents(_POLL_MS)
        if select.select([0], [], [], 0)[0]:
            more = os.read(0, 4096)
            if not more:
                return
            *lines, heard = (heard + more).split(b"\n")
            yield from (line.decode() for line in lines)
        yield None


def serve(account: Account) -> None:
    """Serves until `quit`, or the end of standard input."""
    due = 0.0
    for order in read_orders():
        if order == "quit":
            return
        if order and (calls or order.startswith("dial ")):
            try:
                carry_out(order, account)
            except pj.Error as error:  # the call has changed in the meantime; uncaught, it would end in an abort
                emit("refused", order=order, reason=error.reason)
        if time.monotonic() >= due:
            due = time.monotonic() + _FIGURES_S
            for call in calls[-1:]:
                if call.isActive():
                    call.report()


def main() -> None:
    """Registers nowhere, listens for SIP, and follows standard input until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to everybody: whoever started us ends us
    words = argparse.ArgumentParser()
    for name in ("name", "address", "public", "codec"):
        words.add_argument(f"--{name}", required=True)
    words.add_argument("--rtp", type=int, required=True)
    serve(create_account(words.parse_args()))
    endpoint.hangupAllCalls()
    until = time.monotonic() + _LEAVE_S
    while time.monotonic() < until:
        endpoint.libHandleEvents(_POLL_MS)
    sys.stdout.flush()
    os._exit(0)  # the stack's own end asserts when Python still holds its objects


calls: list[SipCall] = []
endpoint = pj.Endpoint()
endpoint.libCreate()
tone = pj.ToneGenerator()

if __name__ == "__main__":
    main()
