"""What the application remembers while it runs, and what a test may tell it: all in this one process."""

import asyncio
from dataclasses import dataclass, field

__all__ = ["Memory", "memory"]


@dataclass
class Memory:
    """Stored rows, calls that entered an action, and gates at which actions wait until a test opens them."""

    entries: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    people: dict[int, str] = field(default_factory=lambda: {1: "Ada", 2: "Grace", 3: "Edsger"})
    settings: dict[str, object] = field(
        default_factory=lambda: {
            "title": "Mr",
            "about": "\nTwo\nlines",
            "colour": "red",
            "days": ["mon", "wed"],
            "size": "s",
            "news": False,
        }
    )
    version: int = 0
    broken: bool = False
    gates: dict[str, asyncio.Event] = field(default_factory=dict)

    def gate(self, name: str) -> asyncio.Event:
        return self.gates.setdefault(name, asyncio.Event())

    def reset(self) -> None:
        """Begin anew; whoever waits at a gate may go."""
        for gate in self.gates.values():
            gate.set()
        self.__init__()


memory = Memory()
