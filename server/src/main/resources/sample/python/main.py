"""Prints the area of some shapes."""

from shapes import Circle, Rectangle, Shape


def describe(shape: Shape) -> str:
    return f"{shape.name()}: {shape.area():.2f}"


circle = Circle(radius=2)
rectangle = Rectangle(width=3, height=4)

for shape in (circle, rectangle):
    print(describe(shape))

# A mistake on purpose: a text is not a number.
wrong: int = describe(circle)
