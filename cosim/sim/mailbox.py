"""Where messages wait for the program that wants them."""

from operator import attrgetter

from simpy import Event

from cosim.peer import Message


SOURCE = attrgetter("source")


class Waiter:
    """Somebody waiting for a message that fits."""

    __slots__ = ("event", "partial", "source", "tag")

    def __init__(self, event: Event, tag: int | None, source: int | None, partial: bool) -> None:
        self.event = event
        self.tag = tag
        self.source = source
        self.partial = partial

    def fits(self, message: Message) -> bool:
        """Whether this message is one it waits for."""
        return (
            (self.tag is None or message.tag == self.tag)
            and (self.source is None or message.source == self.source)
            and (self.partial or False not in message.fragments)
        )


class Mailbox:
    """Messages of one peer, oldest first. A wait that is given up never swallows a later message."""

    __slots__ = ("_messages", "_waiters", "late", "partial")

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._waiters: list[Waiter] = []
        self.late = 0
        self.partial = 0

    def put(self, message: Message) -> None:
        """Hand the message to the first that waits for it, else keep it."""
        for waiter in self._waiters:
            if waiter.fits(message):
                self._waiters.remove(waiter)
                waiter.event.succeed(message)
                return
        self._messages.append(message)

    def take(self, waiter: Waiter) -> Message | None:
        """The oldest message that fits, if there is one."""
        for i, message in enumerate(self._messages):
            if waiter.fits(message):
                return self._messages.pop(i)
        return None

    def wait(self, waiter: Waiter) -> None:
        """Wait for a message to come."""
        self._waiters.append(waiter)

    def give_up(self, waiter: Waiter) -> bool:
        """Wait no longer; false if the message has come."""
        if waiter not in self._waiters:
            return False
        self._waiters.remove(waiter)
        return True

    def gather(self, tag: int | None, partial: bool) -> list[Message]:
        """All messages of a tag (of any, for None), by sender; those of earlier tags are late and dropped."""
        messages, self._messages = self._messages, []
        if tag is None:
            heard = messages
        else:
            heard = [message for message in messages if message.tag == tag]
            if len(heard) < len(messages):
                self._messages = [message for message in messages if message.tag > tag]
                self.late += len(messages) - len(heard) - len(self._messages)
        if not partial:
            whole = [message for message in heard if False not in message.fragments]
            self.partial += len(heard) - len(whole)
            heard = whole
        heard.sort(key=SOURCE)
        return heard
