"""What is said to whom."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Greeting:
    """A greeting for one person."""

    name: str
    is_formal: bool = False

    def text(self) -> str:
        """The greeting as one sentence."""
        word = "Good day" if self.is_formal else "Hello"
        return f"{word}, {self.name}!"
