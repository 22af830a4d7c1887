/**
 * Errors: what a server said, or that it said nothing, in; what a call rejects with out.
 */
import { say } from "./words.ts";

/** An expected error of an action: the server's ActionError, in full. */
export class ActionError extends Error {
  override readonly name = "ActionError";

  constructor(
    message: string,
    /** What is wrong with each field, by its path (`email`, `items[0].qty`). */
    readonly fieldErrors: Readonly<Record<string, string>> = {},
    readonly code: string | null = null,
    /** The code of each field's error, by which a program knows it: `missing`, `int_parsing`. */
    readonly fieldCodes: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** Anything else that went wrong on the server. Production names only the digest that its log has too. */
export class ServerError extends Error {
  override readonly name: string = "ServerError";
  readonly digest: string | null;
  readonly traceback: string | null;
  readonly status: number | null;
  /** The server is another than the one this page was made for; loading it again helps. */
  readonly stale: boolean;

  constructor(
    message: string,
    about: { digest?: unknown; traceback?: unknown; status?: unknown; stale?: unknown } = {},
  ) {
    super(message);
    this.digest = typeof about.digest === "string" ? about.digest : null;
    this.traceback = typeof about.traceback === "string" ? about.traceback : null;
    this.status = typeof about.status === "number" ? about.status : null;
    this.stale = about.stale === true;
  }
}

/**
 * This page is older than the server, which has not run the action. The page has been brought up to date, or is being
 * loaded again. `reason` says what was too old, in the protocol's words.
 */
export class StaleError extends ServerError {
  override readonly name: string = "StaleError";

  constructor(
    message: string,
    readonly reason: string | null,
    about: { status?: unknown } = {},
    /** Names and texts of a form that is gone from the page, but for passwords. */
    readonly entered: ReadonlyArray<readonly [name: string, text: string]> = [],
  ) {
    super(message, about);
  }
}

/** No answer came, or it broke off: whether the action ran is not known. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";

  constructor(options?: ErrorOptions) {
    super(say("unreachable"), options);
  }
}
