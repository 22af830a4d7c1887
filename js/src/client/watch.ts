/**
 * Watch: what the server sends of pages and of failures in, the same to whoever watches out: development's client, or a front end of its own.
 */
import type { ServerError } from "./errors.ts";

export interface Watcher {
  /** A call failed in a way its action did not mean. */
  failed(error: ServerError): void;
  /** A page arrived, as it was sent; or why there is none. */
  received?(page: Readonly<Record<string, unknown>>): void;
}

let watcher: Watcher | undefined;

/** Tell `one` from now on, unless somebody is told already: in a page of ours, that is the page. */
export function watch(one: Watcher): void {
  watcher ??= one;
}

export function tellFailed(error: ServerError): void {
  watcher?.failed(error);
}

export function tellReceived(page: unknown): void {
  watcher?.received?.(page as Record<string, unknown>);
}
