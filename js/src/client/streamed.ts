/**
 * Streamed: a value of which parts are still to come, as React's client reads it, in; the same value, whose promises
 * and async iterables fail with errors of ours, out.
 *
 * React makes an error of its own for a row that failed. It is made ours in place, before anyone who waits can see it:
 * the promises stay those that React made, so that `use` takes them as it does.
 */
import { correct } from "./outcome.ts";

/** Follow what is still to come in `root`, each part to its end. */
export function follow(root: unknown): void {
  const seen = new WeakSet();

  function visit(value: unknown): void {
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    if (value instanceof Promise) value.then(visit, correct);
    else if (isItems(value)) void read(value);
    else if (value instanceof Map) for (const [key, item] of value) visit(key), visit(item);
    else if (Array.isArray(value) || value instanceof Set) for (const item of value) visit(item);
    else if (Object.getPrototypeOf(value) === Object.prototype) visitMembers(value as Record<string, unknown>);
  }

  function visitMembers(value: Record<string, unknown>): void {
    // An element's type is code; what is lazy among its children is a promise (`createLazyChunkWrapper` in React).
    if (value["$$typeof"] !== undefined) return visit(value["props"] ?? value["_payload"]);
    for (const name in value) visit(value[name]);
  }

  async function read(items: AsyncIterable<unknown>): Promise<void> {
    try {
      for await (const item of items) visit(item);
    } catch (error) {
      correct(error);
    }
  }

  visit(root);
}

/** Whether it is what React makes of an async iterable, which may be read more than once. */
function isItems(value: object): value is AsyncIterable<unknown> {
  return Symbol.asyncIterator in value && Object.getPrototypeOf(value) === Object.prototype && !("next" in value);
}
