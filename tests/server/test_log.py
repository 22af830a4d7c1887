"""One line a visit."""

import logging

from examples.hello.app import app, create_user

from jetbridge.testing import Client


async def test_one_line_for_each_page_and_action(caplog):
    """A line names the address, the status and what an action came to, and nothing that was typed."""
    caplog.set_level(logging.INFO, logger="jetbridge.visits")
    async with Client(app) as client:
        page = await client.open("/?tab=1")
        await page.form(create_user).submit({"name": "Secret Name", "email": "not an address"})
        await client.open("/nowhere")
        await client.open("/_jetbridge/nothing.js")
    lines = [record.getMessage().split() for record in caplog.records]

    assert [
        ["GET", "/?tab=1", "200"],
        ["POST", "/?tab=1", "422"],
        ["GET", "/nowhere", "404"],
    ] == [line[:3] for line in lines]
    assert ["create_user:", "error", "shown"] == lines[1][-3:]
    assert "Secret" not in caplog.text
