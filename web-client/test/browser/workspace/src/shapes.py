"""Shapes and their areas."""

from dataclasses import dataclass


@dataclass
class Circle:
    radius: float

    def area(self) -> float:
        return 3.14159 * self.radius**2


def area_of_all(shapes: list[Circle]) -> float:
    return sum(shape.area() for shape in shapes)
