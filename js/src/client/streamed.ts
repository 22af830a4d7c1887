/**
 * Streamed: a value of which parts are still to come, as React's client reads it, in; the same value, whose promises
 * and async iterables fail with errors of ours, out. Leaving `for await` ends the answer if nobody waits for more of it.
 *
 * React makes an error of its own for a row that failed. It is made ours in place, before anyone who waits can see it:
 * the promises stay those that React made, so that `use` takes them as it does.
 */
import { correct } from "./outcome.ts";

type Action = (...args: unknown[]) => Promise<unknown>;

let equip: ((action: Action) => void) | undefined;

/** Have `by` called with each action in what is followed from now on, before anybody gets it. */
export function equipActions(by: (action: Action) => void): void {
  equip = by;
}

/** What React makes of an async iterable; it may be read more than once. */
interface Items {
  [Symbol.asyncIterator](): AsyncIterator<unknown>;
}

/** Follow what is still to come in `root`, each part to its end. `close` ends the answer. */
export function follow(root: unknown, close: () => void): void {
  const seen = new WeakSet();
  /** What somebody may wait for, and the streams that nobody reads any more. */
  const open = new Set<object>();
  const left = new Set<object>();

  function visit(value: unknown): void {
    if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value)) return;
    seen.add(value);
    if (typeof value === "function") return equip?.(value as Action);
    if (value instanceof Promise) wait(value);
    else if (isItems(value)) void read(value);
    else if (value instanceof Map) for (const [key, item] of value) visit(key), visit(item);
    else if (Array.isArray(value) || value instanceof Set) for (const item of value) visit(item);
    else if (Object.getPrototypeOf(value) === Object.prototype) visitMembers(value as Record<string, unknown>);
  }

  function visitMembers(value: Record<string, unknown>): void {
    // An element's type is code, so that every function is an action; what is lazy among its children is a promise (`createLazyChunkWrapper` in React).
    if (value["$$typeof"] !== undefined) return visit(value["props"] ?? value["_payload"]);
    for (const name in value) visit(value[name]);
  }

  function wait(promise: Promise<unknown>): void {
    const end = (settle: (settled: unknown) => void) => (settled: unknown) => {
      settle(settled);
      ended(promise);
    };
    open.add(promise);
    promise.then(end(visit), end(correct));
  }

  async function read(items: Items): Promise<void> {
    open.add(items);
    const begin = items[Symbol.asyncIterator].bind(items);
    let readers = 0;
    items[Symbol.asyncIterator] = () => {
      readers += 1;
      return leaving(begin(), () => {
        readers -= 1;
        if (readers > 0 || !open.delete(items)) return;
        left.add(items);
        closeIfLeft();
      });
    };
    try {
      for await (const item of { [Symbol.asyncIterator]: begin }) visit(item);
    } catch (error) {
      correct(error);
    }
    left.delete(items);
    ended(items);
  }

  function ended(part: object): void {
    open.delete(part);
    closeIfLeft();
  }

  function closeIfLeft(): void {
    if (open.size === 0 && left.size > 0) close();
  }

  visit(root);
}

function isItems(value: object): value is Items {
  return Symbol.asyncIterator in value && Object.getPrototypeOf(value) === Object.prototype && !("next" in value);
}

/** The same items; `leave` hears that whoever reads them wants no more, as a `break` or an error in the loop says. */
function leaving(items: AsyncIterator<unknown>, leave: () => void): AsyncIterableIterator<unknown> {
  let isLeft = false;
  const end = (): void => {
    if (!isLeft) leave();
    isLeft = true;
  };
  return {
    next: async () => (isLeft ? { done: true, value: undefined } : items.next()),
    return: async (value?: unknown) => {
      end();
      return { done: true, value };
    },
    throw: async (error: unknown) => {
      end();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
