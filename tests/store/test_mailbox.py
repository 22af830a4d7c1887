"""What waits for a subscriber: bounded, and honest about what was lost."""

from jetbridge.store.mailbox import Mailbox


async def test_a_slow_reader_learns_of_its_loss():
    """A subscriber that does not read gets a bounded number of messages, then one None, then what comes later."""
    mailbox = Mailbox()
    for number in range(1500):
        mailbox.deliver(b"%d" % number)
    messages = mailbox.messages()
    found = [await anext(messages) for _ in range(1001)]
    mailbox.deliver(b"later")

    assert ([b"%d" % number for number in range(1000)] + [None], b"later") == (found, await anext(messages))
