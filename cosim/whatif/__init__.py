"""What a change to a finished run would change: its numbers, and why anything had to be computed again."""

from cosim.whatif.answer import Answer, what_if

__all__ = ["Answer", "what_if"]
