"""The application under attack: payments in SQLite, each made by an action."""

import functools
import os
import sqlite3

from pydantic import SecretStr

from jetbridge import App, action, h, session
from jetbridge.wire.limits import Limits

KEPT_SECRET = "hunter2-kept-secret"  # to look for
os.environ.setdefault("BANK_PASSWORD", "hunter2-of-the-environment")

app = App(__name__, limits=Limits(body_bytes=2000, read_seconds=0.5))
database = sqlite3.connect(":memory:", check_same_thread=False)
database.execute("create table payments (who text, amount integer)")


def payments():
    return database.execute("select who, amount from payments order by rowid").fetchall()


def write(who, amount):
    database.execute("insert into payments values (?, ?)", (who, amount))
    database.commit()


@action
async def pay(who: str, amount: int):
    write(who, amount)
    return amount


@action
async def pay_bound(account: str, amount: int):
    write(account, amount)


@action
async def refund_bound(account: str, amount: int):
    write(account, -amount)


@action
async def not_in_any_page():
    write("unreachable", 1)


async def helper():
    write("helper", 1)


@action
async def fails(how: str = ""):
    kept = SecretStr(KEPT_SECRET)
    if how == "unencodable":
        return {"deep": [kept]}
    if how == "environment":
        return {"deep": [os.environ]}
    kind = SystemExit if how == "exits" else RuntimeError
    raise kind(f"cannot reach {os.environ['BANK_PASSWORD']} with {kept.get_secret_value()} in {__file__}")


@action
async def sign_in():
    session().renew()


def tip_form(account):
    async def tip(amount: int):
        "use server"
        write(account, amount)

    return h.form(action=tip, id="tip")[h.input(name="amount"), h.button["Tip"]]


@app.page("/")
def home():
    return [
        h.form(action=pay, id="pay", key="pay")[h.input(name="who"), h.input(name="amount"), h.button["Pay"]],
        h.form(action=functools.partial(pay_bound, "alice-account"), id="bound", key="bound")[
            h.input(name="amount"), h.button["Pay"]
        ],
        h.form(action=functools.partial(refund_bound, "alice-account"), id="refund", key="refund")[
            h.input(name="amount"), h.button["Refund"]
        ],
        h.div(key="tip")[tip_form("waiter-account")],
        h.form(action=fails, id="fails", key="fails")[h.input(name="how"), h.button["Fail"]],
    ]


@app.page("/broken")
def broken():
    raise RuntimeError(f"cannot reach {os.environ['BANK_PASSWORD']} in {__file__}")
