/** Outcome: the root of an answer in, what came of the call out. */
import { ActionError, NetworkError, ServerError } from "./errors.ts";
import { answer as names, error, failure as failureNames } from "./protocol.ts";
import { tellFailed } from "./watch.ts";
import { say } from "./words.ts";

/** What came of a call, in the terms of the answer's root. */
export type Outcome =
  | { kind: "value"; value: unknown }
  /** `shown`: the page in the same answer says it. */
  | { kind: "error"; error: ActionError; shown: boolean }
  | { kind: "location"; location: string }
  | { kind: "failure"; error: ServerError; shown: boolean };

/** The outcome in an answer's root. A value that is undefined leaves no trace in it. */
export function readOutcome(answer: Record<string, unknown>): Outcome {
  const get = (key: string): Record<string, unknown> => (answer[key] ?? {}) as Record<string, unknown>;
  if (names.error in answer) {
    const sent = get(names.error);
    return { kind: "error", error: readError(sent), shown: sent[error.shown] === true };
  }
  if (names.failure in answer) {
    const sent = get(names.failure);
    return { kind: "failure", error: readFailure(sent), shown: sent[failureNames.shown] === true };
  }
  if (names.location in answer) return { kind: "location", location: String(answer[names.location]) };
  return { kind: "value", value: answer[names.value] };
}

/** An expected error, as the server tells it. */
export function readError(sent: Record<string, unknown>): ActionError {
  const fields = (sent[error.fields] ?? {}) as Record<string, string>;
  const codes = (sent[error.codes] ?? {}) as Record<string, string>;
  const code = sent[error.code];
  return new ActionError(String(sent[error.message]), fields, typeof code === "string" ? code : null, codes);
}

/** The error for a failure the server reported; without a message it is production's. */
export function readFailure(failure: unknown): ServerError {
  const get = (key: string): unknown => (failure as Record<string, unknown>)[key];
  const message = get(failureNames.message);
  const error = new ServerError(typeof message === "string" ? message : say("went_wrong"), {
    digest: get(failureNames.digest),
    traceback: get(failureNames.traceback),
  });
  tellFailed(error);
  return error;
}

/** React's code for an answer that ended before all of it had come. */
const CLOSED = /#412\b/;

/** Make an error that React made, for a part of an answer that failed, what the server meant by it; in place. */
export function correct(error: unknown): void {
  if (!(error instanceof Error) || Object.getPrototypeOf(error) !== Error.prototype) return;
  const { digest } = error as { digest?: unknown };
  const meant = typeof digest === "string" ? readDigest(digest) : CLOSED.test(error.message) ? new NetworkError() : null;
  if (meant === null) return;
  const stack = { value: meant.stack, writable: true, configurable: true };
  Object.defineProperties(error, { ...Object.getOwnPropertyDescriptors(meant), stack });
  Object.setPrototypeOf(error, Object.getPrototypeOf(meant) as object);
}

/** The digest, which is all that React keeps, is worded as an answer's root; in production it may be just a digest. */
function readDigest(digest: string): Error {
  const isRoot = digest.startsWith("{");
  const outcome = readOutcome(isRoot ? (JSON.parse(digest) as Record<string, unknown>) : { [names.failure]: { digest } });
  return "error" in outcome ? outcome.error : new ServerError(say("went_wrong"), { digest });
}
