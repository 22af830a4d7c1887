"""Every name Jetbridge itself puts on the wire. `vectors/protocol.json` holds the same; a test keeps them equal.

The JavaScript client reads the JSON when it is built.
"""

from typing import Final

__all__ = [
    "ASSETS", "ATTRIBUTE_CLIENT", "ATTRIBUTE_ENCODING", "ATTRIBUTE_ENTRY", "ATTRIBUTE_LATE", "ATTRIBUTE_LIVE",
    "ATTRIBUTE_MORE", "ATTRIBUTE_TOKEN", "BOUNDARY", "BUILT", "BUTTON", "CLIENT_MODULE", "CLIENT_VERSION",
    "CONTAINER", "CONTENT_TYPE", "COOKIE_FLASH", "COOKIE_SESSION", "COOKIE_STATE", "COOKIE_VISITOR", "COOKIE_WHOLE",
    "DEVELOPMENT_ACTED", "DEVELOPMENT_ACTIONS", "DEVELOPMENT_EVENTS", "DEVELOPMENT_FAILED",
    "DEVELOPMENT_FAILURE", "DEVELOPMENT_OPEN",
    "FIELD_BOUND", "FIELD_FORM", "FIELD_KEY", "FIELD_PREFIX", "FIELD_PRESSED", "FIELD_REACT", "FIELD_ROWS",
    "FIELD_SHOWN", "FIELD_TOKEN", "FORM", "FRAME_ABORT", "FRAME_CANCEL", "FRAME_DONE", "FRAME_END", "FRAME_FAILED",
    "FRAME_HTML", "FRAME_INIT", "FRAME_LOG", "FRAME_READY", "FRAME_ROWS", "FRAME_START", "HEADER_ABORT",
    "HEADER_BOUND", "HEADER_CLIENT", "HEADER_KEY", "HEADER_REASON", "HEADER_ROOT", "HEADER_TAGS", "HEADER_TOKEN",
    "MARK_LATEST", "MARK_STATE", "META_RUN", "PENDING", "QUERY_ACTION", "QUERY_WHOLE", "REACT", "REASON_ACTION",
    "REASON_CHANGED", "REASON_CLIENT", "REASON_ORIGIN", "REASON_SEALED", "REASON_TOKEN", "REFERENCE_BOUND",
    "REFERENCE_FINGERPRINT", "REFERENCE_SIGNATURE", "ROWS", "SELECT", "SLOT_KEY", "SLOT_QUERY", "SLOT_TOKEN",
    "SUSPENSE", "VERSION",
]  # fmt: skip

REACT: Final = "19.3.1"  # the React our bundle speaks for
VERSION: Final = "1"  # of the names below
CLIENT_VERSION: Final = f"{VERSION}/{REACT}"  # travels with each page and call

QUERY_ACTION: Final = "_action"
QUERY_WHOLE: Final = "_whole"  # the page in one piece, for a browser without scripts

HEADER_TOKEN: Final = "jetbridge-token"  # noqa: S105  # a name
HEADER_KEY: Final = "jetbridge-key"
HEADER_CLIENT: Final = "jetbridge-client"
HEADER_TAGS: Final = "jetbridge-tags"
HEADER_ABORT: Final = "jetbridge-abort"
HEADER_REASON: Final = "jetbridge-reason"
HEADER_BOUND: Final = "jetbridge-bound"  # how many arguments before a form the client bound
HEADER_ROOT: Final = "jetbridge-root"  # where the client's application begins, when it asks for a page

FIELD_PREFIX: Final = "$"
FIELD_TOKEN: Final = "$token"  # noqa: S105  # a name
FIELD_KEY: Final = "$key"
FIELD_BOUND: Final = "$bound"
FIELD_PRESSED: Final = "$pressed"  # the values bound to the action of the button that was pressed
FIELD_FORM: Final = "$form"  # which of the page's forms it is
FIELD_ROWS: Final = "$rows"  # of a button that adds a row to a list, `+items`, or takes one out, `-items[2]`
FIELD_SHOWN: Final = "$shown"  # what other submits came to that the page shows, sealed
FIELD_REACT: Final = "$ACTION_"  # begins the names of fields that React's server renderer makes

# What follows an unguessable mark in React's HTML where Python fills something in
SLOT_TOKEN: Final = "t"  # noqa: S105  # a name
SLOT_KEY: Final = "k"
SLOT_QUERY: Final = "q"

COOKIE_VISITOR: Final = "jetbridge-visitor"
COOKIE_STATE: Final = "jetbridge-state"
COOKIE_SESSION: Final = "jetbridge-session"
COOKIE_FLASH: Final = "jetbridge-flash"
COOKIE_WHOLE: Final = "jetbridge-whole"

CONTAINER: Final = "jetbridge"
ROWS: Final = "jetbridge-rows"

ATTRIBUTE_TOKEN: Final = "data-token"  # noqa: S105  # a name
ATTRIBUTE_CLIENT: Final = "data-client"
ATTRIBUTE_ENCODING: Final = "data-encoding"
ATTRIBUTE_LIVE: Final = "data-live"  # on the container, once React has taken over

ATTRIBUTE_MORE: Final = "data-more"  # on the first rows of a document whose others follow
ATTRIBUTE_ENTRY: Final = "data-entry"  # where the client of a page is, for what waits for changes in development
ATTRIBUTE_LATE: Final = "data-late"  # on the mark after each late piece of a document

CLIENT_MODULE: Final = "jetbridge"
FORM: Final = "ActionForm"
BUTTON: Final = "ActionButton"
BOUNDARY: Final = "Boundary"
SELECT: Final = "Select"
PENDING: Final = "Pending"
SUSPENSE: Final = "LateContent"

REFERENCE_FINGERPRINT: Final = 8  # characters, after the id and a dot
REFERENCE_SIGNATURE: Final = 22  # characters of the signature that a reference ends with
REFERENCE_BOUND: Final = "-"  # stands before it where values are bound to the reference: it cannot be called without

REASON_ACTION: Final = "unknown-action"
REASON_CHANGED: Final = "changed-action"
REASON_SEALED: Final = "sealed-values"
REASON_CLIENT: Final = "stale-client"
REASON_ORIGIN: Final = "origin"
REASON_TOKEN: Final = "token"  # noqa: S105  # a name

MARK_LATEST: Final = "~"  # ends the reference of an action of which only the latest call counts
MARK_STATE: Final = "#state"  # ends the name of an action in form state where its companion for it was used

# The kinds of frames between Python and Node
FRAME_INIT: Final = "I"
FRAME_START: Final = "S"
FRAME_ROWS: Final = "R"
FRAME_END: Final = "E"
FRAME_ABORT: Final = "A"
FRAME_CANCEL: Final = "C"
FRAME_READY: Final = "O"
FRAME_HTML: Final = "H"
FRAME_DONE: Final = "D"
FRAME_FAILED: Final = "F"
FRAME_LOG: Final = "L"

CONTENT_TYPE: Final = "text/x-component"
ASSETS: Final = "/_jetbridge/"
BUILT: Final = "/_built/assets/"  # what Vite has built, where pages have components of their own

# Below ASSETS, and names in documents; in development only
DEVELOPMENT_ACTED: Final = "acted"  # the event that says how many actions have run
DEVELOPMENT_ACTIONS: Final = "dev/actions"
DEVELOPMENT_EVENTS: Final = "dev/events"
DEVELOPMENT_FAILED: Final = "data-failed"  # the attribute of a late part, with the digest
DEVELOPMENT_FAILURE: Final = "dev/failure/"
DEVELOPMENT_OPEN: Final = "dev/open"
META_RUN: Final = "jetbridge-run"
