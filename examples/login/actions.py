"""What visitors can do about their accounts. Hashing takes a while on purpose, so these run in threads."""

from typing import Annotated

from pydantic import Field, SecretStr

from jetbridge import ActionError, action, next_path, redirect, session

from . import db

Password = Annotated[SecretStr, Field(min_length=8)]


@action
def sign_up(name: Annotated[str, Field(min_length=1, max_length=50)], password: Password):
    account = db.create_account(name, password.get_secret_value())
    if account is None:
        raise ActionError("That name is taken", field_errors={"name": "taken"})
    return _enter(account)


@action(rate="10/minute")  # who guesses has to wait
def sign_in(name: str, password: SecretStr):
    account = db.check_password(name, password.get_secret_value())
    if account is None:
        raise ActionError("Name or password is wrong")
    return _enter(account)


@action
def sign_out():
    session().clear()
    return redirect("/", flash="Signed out")


def _enter(account: db.Account):
    session().renew()  # whatever somebody else has loaded in this browser before is void now
    session()["account"] = account.id
    return redirect(next_path("/members"), flash=f"Welcome, {account.name}")
