/**
 * Watch: what the server sends of pages and of failures in, the same to whoever watches out. Development's client does.
 */
import type { ServerError } from "./errors.ts";

export interface Watcher {
  /** A call failed in a way its action did not mean. */
  failed(error: ServerError): void;
  /** A page arrived, as it was sent; or why there is none. */
  received(page: Readonly<Record<string, unknown>>): void;
  /** The rows of an answer are on their way, to be read here too. */
  reading(rows: ReadableStream<Uint8Array>): void;
}

let watcher: Watcher | undefined;

/** Tell `one` from now on. */
export function watch(one: Watcher): void {
  watcher = one;
}

export function tellFailed(error: ServerError): void {
  watcher?.failed(error);
}

/** The rows for whoever wants them; another copy is read here. */
export function tellReading(rows: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  if (watcher === undefined) return rows;
  const [ours, theirs] = rows.tee();
  watcher.reading(ours);
  return theirs;
}

export function tellReceived(page: unknown): void {
  watcher?.received(page as Record<string, unknown>);
}
