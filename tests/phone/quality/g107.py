"""The whole E-model of ITU-T G.107 (06/2015), clause by clause, for the tests to hold the program's short one against.

Written from the Recommendation's equations, not from the program. Every parameter is at its default of table 2 unless
it is given.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class EModel:
    """The input parameters of table 2 and their defaults; `rating` is equation (7-1)."""

    slr: float = 8.0
    """Send loudness rating, dB."""
    rlr: float = 2.0
    """Receive loudness rating, dB."""
    stmr: float = 15.0
    """Sidetone masking rating, dB."""
    ds: float = 3.0
    """D-value of the telephone, send side."""
    dr: float = 3.0
    """D-value of the telephone, receive side."""
    telr: float = 65.0
    """Talker echo loudness rating, dB."""
    wepl: float = 110.0
    """Weighted echo path loss, dB."""
    t: float = 0.0
    """Mean one-way delay of the echo path, ms."""
    tr: float = 0.0
    """Round-trip delay in a four-wire loop, ms."""
    ta: float = 0.0
    """Absolute delay in echo-free connections, ms."""
    st: float = 1.0
    """Delay sensitivity (class of users)."""
    mt: float = 100.0
    """Minimum perceivable delay, ms."""
    qdu: float = 1.0
    """Quantization distortion units."""
    ie: float = 0.0
    """Equipment impairment factor."""
    bpl: float = 4.3
    """Packet-loss robustness factor."""
    ppl: float = 0.0
    """Packet-loss probability, percent."""
    burst_r: float = 1.0
    """Burst ratio."""
    nc: float = -70.0
    """Circuit noise referred to the 0 dBr point, dBm0p."""
    nfor: float = -64.0
    """Noise floor at the receive side, dBmp."""
    ps: float = 35.0
    """Room noise at the send side, dB(A)."""
    pr: float = 35.0
    """Room noise at the receive side, dB(A)."""
    a: float = 0.0
    """Advantage factor."""

    @property
    def olr(self) -> float:
        return self.slr + self.rlr

    @property
    def lstr(self) -> float:
        """Listener sidetone rating: STMR + Dr."""
        return self.stmr + self.dr

    @property
    def no(self) -> float:
        """Clause 7.2: the sum of all noise sources, dBm0p."""
        nos = self.ps - self.slr - self.ds - 100.0 + 0.004 * (self.ps - self.olr - self.ds - 14.0) ** 2
        pre = self.pr + 10.0 * math.log10(1.0 + 10.0 ** ((10.0 - self.lstr) / 10.0))
        nor = self.rlr - 121.0 + pre + 0.008 * (pre - 35.0) ** 2
        nfo = self.nfor + self.rlr
        return 10.0 * math.log10(sum(10.0 ** (noise / 10.0) for noise in (self.nc, nos, nor, nfo)))

    @property
    def ro(self) -> float:
        """Clause 7.2: basic signal-to-noise ratio."""
        return 15.0 - 1.5 * (self.slr + self.no)

    @property
    def iolr(self) -> float:
        """Clause 7.3.1: too low an overall loudness rating."""
        x = self.olr + 0.2 * (64.0 + self.no - self.rlr)
        return 20.0 * (math.pow(1.0 + (x / 8.0) ** 8, 1 / 8) - x / 8.0)

    @property
    def ist(self) -> float:
        """Clause 7.3.2: non-optimum sidetone."""
        stmro = -10.0 * math.log10(
            math.pow(10.0, -self.stmr / 10.0) + math.exp(-self.t / 4.0) * math.pow(10.0, -self.telr / 10.0)
        )
        return (
            12.0 * math.pow(1.0 + ((stmro - 13.0) / 6.0) ** 8, 1 / 8)
            - 28.0 * math.pow(1.0 + ((stmro + 1.0) / 19.4) ** 35, 1 / 35)
            - 13.0 * math.pow(1.0 + ((stmro - 3.0) / 33.0) ** 13, 1 / 13)
            + 29.0
        )

    @property
    def iq(self) -> float:
        """Clause 7.3.3: quantizing distortion."""
        q = 37.0 - 15.0 * math.log10(self.qdu)
        g = 1.07 + 0.258 * q + 0.0602 * q * q
        y = (self.ro - 100.0) / 15.0 + 46.0 / 8.4 - g / 9.0
        z = 46.0 / 30.0 - g / 40.0
        return 15.0 * math.log10(1.0 + math.pow(10.0, y) + math.pow(10.0, z))

    @property
    def i_s(self) -> float:
        """Clause 7.3: simultaneous impairment."""
        return self.iolr + self.ist + self.iq

    @property
    def idte(self) -> float:
        """Clause 7.4.1: talker echo."""
        terv = (
            self.telr
            - 40.0 * math.log10((1.0 + self.t / 10.0) / (1.0 + self.t / 150.0))
            + 6.0 * math.exp(-0.3 * self.t**2)
        )
        if self.stmr < 9.0:
            terv += self.ist / 2.0
        re = 80.0 + 2.5 * (terv - 14.0)
        roe = -1.5 * (self.no - self.rlr)
        idte = ((roe - re) / 2.0 + math.sqrt((roe - re) ** 2 / 4.0 + 100.0) - 1.0) * (1.0 - math.exp(-self.t))
        return math.sqrt(idte**2 + self.ist**2) if self.stmr > 20.0 else idte

    @property
    def idle(self) -> float:
        """Clause 7.4.2: listener echo."""
        rle = 10.5 * (self.wepl + 7.0) * math.pow(self.tr + 1.0, -0.25)
        return (self.ro - rle) / 2.0 + math.sqrt((self.ro - rle) ** 2 / 4.0 + 169.0)

    @property
    def idd(self) -> float:
        """Clause 7.4.3: too long an absolute delay."""
        if self.ta <= self.mt:
            return 0.0
        x, power = math.log10(self.ta / self.mt) / math.log10(2.0), 6.0 * self.st
        return 25.0 * (
            math.pow(1.0 + math.pow(x, power), 1 / power)
            - 3.0 * math.pow(1.0 + math.pow(x / 3.0, power), 1 / power)
            + 2.0
        )

    @property
    def i_d(self) -> float:
        """Clause 7.4: delay impairment."""
        return self.idte + self.idle + self.idd

    @property
    def ie_eff(self) -> float:
        """Clause 7.5: effective equipment impairment under packet loss."""
        return self.ie + (95.0 - self.ie) * self.ppl / (self.ppl / self.burst_r + self.bpl)

    @property
    def rating(self) -> float:
        return self.ro - self.i_s - self.i_d - self.ie_eff + self.a

    @property
    def mos(self) -> float:
        """Annex B, equation (B-4)."""
        r = self.rating
        if r < 0.0:
            return 1.0
        return 4.5 if r > 100.0 else 1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6
