import os

from shapes import Circle, area_of_all


def describe(name: str) -> int:
    return "not a number"


circle = Circle(2.0)
print(area_of_all([circle]), os.sep)
