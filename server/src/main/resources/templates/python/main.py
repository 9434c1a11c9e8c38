"""Greets the person named on the command line."""

import sys

from greeting import Greeting


def main(names: list[str]) -> None:
    for name in names or ["world"]:
        print(Greeting(name).text())


if __name__ == "__main__":
    main(sys.argv[1:])
