"""Shapes that know their area."""

import math
from dataclasses import dataclass
from typing import Protocol


class Shape(Protocol):
    def name(self) -> str: ...

    def area(self) -> float: ...


@dataclass
class Circle:
    radius: float

    def name(self) -> str:
        return "circle"

    def area(self) -> float:
        """The area: pi times the square of the radius."""
        return math.pi * self.radius**2


@dataclass
class Rectangle:
    width: float
    height: float

    def name(self) -> str:
        return "rectangle"

    def area(self) -> float:
        """The area: width times height."""
        return self.width * self.height
