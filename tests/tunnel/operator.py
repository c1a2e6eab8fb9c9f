"""An operator whose answers are known beforehand."""

from dataclasses import dataclass, field


@dataclass
class Operator:
    believes: bool = True
    secrets: list[str | None] = field(default_factory=list)
    """In the order in which they are given; None declines."""
    heard: list[str] = field(default_factory=list)

    async def trust(self, jump: str, words: str) -> bool:
        self.heard.append(f"{jump}: {words}")
        return self.believes

    async def secret(self, jump: str, words: str, *, shown: bool) -> str | None:
        self.heard.append(f"{jump}: {words}{' (shown)' if shown else ''}")
        return self.secrets.pop(0) if self.secrets else None
