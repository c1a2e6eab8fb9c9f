"""The newest drawing of a picture, made beside the screen because it takes time."""

import asyncio
from collections.abc import Callable

from phonetui.phone.raster import Raster
from phonetui.ui.graphics.ability import Means, Way
from phonetui.ui.graphics.drawing import Drawing, draw

_Task = tuple[Raster, Means, int, int]


class Easel:
    """Makes one drawing at a time; whoever wants another one meanwhile gets it next."""

    def __init__(self, changed: Callable[[], object]) -> None:
        """`changed` is told when a drawing is ready."""
        self._changed = changed
        self._made: tuple[_Task, Drawing] | None = None
        self._making: asyncio.Task[None] | None = None

    def drawing(self, raster: Raster, means: Means, across: int, high: int) -> Drawing | None:
        """None for half blocks, and until it is ready: then `changed` is told, and it is to be asked for again."""
        if means.way is Way.BLOCKS or not across or not high:
            return None
        task = (raster, means, across, high)
        if self._made is not None and self._made[0] == task:
            return self._made[1]
        if self._making is None:
            self._making = asyncio.create_task(self._make(task), name="drawing of a picture")
        return None

    def close(self) -> None:
        if self._making is not None:
            self._making.cancel()

    async def _make(self, task: _Task) -> None:
        try:
            self._made = task, await asyncio.to_thread(draw, *task)
        finally:
            self._making = None
        self._changed()
