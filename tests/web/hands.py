"""The two ways to use a page: with a mouse, and with a keyboard alone."""

from __future__ import annotations

from typing import Protocol

import pytest
from playwright.sync_api import Locator, Page

_MOST_STOPS = 80
_IS_FOCUSED = "element => element === document.activeElement"
_IN_FOCUSED_GRID = "element => element.closest('[role=grid]')?.contains(document.activeElement) ?? false"
_PLACE = """element => {
  const rows = [...element.closest("[role=grid]").querySelectorAll("[role=row]")];
  const row = element.closest("[role=row]");
  const stops = [...row.querySelectorAll("[data-stop]")].filter((stop) => !stop.hidden);
  return [rows.indexOf(row), stops.indexOf(element.closest("[data-stop]"))];
}"""


class Hand(Protocol):
    def press(self, control: Locator) -> None: ...

    def write(self, field: Locator, text: str) -> None: ...


class Mouse:
    """Points and clicks."""

    def press(self, control: Locator) -> None:
        control.click()

    def write(self, field: Locator, text: str) -> None:
        field.click()
        field.press("Control+a")
        field.page.keyboard.insert_text(text)


class Keyboard:
    """Goes with Tab and the arrows, presses Enter; never points."""

    def press(self, control: Locator) -> None:
        self._reach(control)
        control.page.keyboard.press("Enter")

    def write(self, field: Locator, text: str) -> None:
        self._reach(field)
        field.page.keyboard.press("Control+a")
        field.page.keyboard.insert_text(text)

    def _reach(self, control: Locator) -> None:
        control.wait_for(state="visible")
        page = control.page
        for _ in range(_MOST_STOPS):
            if control.evaluate(_IS_FOCUSED):
                break
            if control.evaluate(_IN_FOCUSED_GRID):
                self._go(page, control)
                break
            page.keyboard.press("Tab")
        assert control.evaluate(_IS_FOCUSED), f"no way to {control} by keyboard"
        assert control.evaluate("element => element.matches(':focus-visible')"), "the focus is not seen"

    def _go(self, page: Page, control: Locator) -> None:
        """By the arrows, a step at a time: the rundown moves on meanwhile."""
        for _ in range(_MOST_STOPS):
            row, column = control.evaluate(_PLACE)
            at_row, at_column = page.locator(":focus").evaluate(_PLACE)
            if (row, column) == (at_row, at_column):
                return
            if row != at_row:
                page.keyboard.press("ArrowDown" if row > at_row else "ArrowUp")
            else:
                page.keyboard.press("ArrowRight" if column > at_column else "ArrowLeft")
        pytest.fail("the arrows do not lead there")
