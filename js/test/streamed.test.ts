import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ActionError, NetworkError, ServerError } from "../src/client/errors.ts";
import { contentType } from "../src/client/protocol.ts";
import { configure, createServerReference } from "../src/package/client.ts";
import { standAt } from "./document.ts";

beforeEach(() => standAt("/anywhere"));
afterEach(() => {
  vi.unstubAllGlobals();
  configure({ onServerError: undefined } as object);
});

const told = { message: "Full", fieldErrors: { seat: "taken" }, code: "full", fieldCodes: { seat: "taken" } };
const expected = digestOf({ error: told });
const inDevelopment = digestOf({ failure: { digest: "d1", message: "ValueError: x", traceback: "Traceback" } });

function digestOf(root: unknown): string {
  return JSON.stringify(root);
}

function failed(row: number, digest: string): string {
  return `${row.toString(16)}:E${JSON.stringify({ digest })}\n`;
}

interface Streaming<T> {
  readonly value: T;
  readonly rest: ReadableStreamDefaultController<Uint8Array>;
  readonly send: (rows: string) => void;
  readonly onCancel: () => void;
}

/** What a call gives whose answer begins with `first`; its further rows, and its end or its failure. */
async function streaming<T>(first: string): Promise<Streaming<T>> {
  let rest!: ReadableStreamDefaultController<Uint8Array>;
  const onCancel = vi.fn();
  const body = new ReadableStream<Uint8Array>({ start: (controller) => void (rest = controller), cancel: onCancel });
  vi.stubGlobal("fetch", async () => new Response(body, { headers: { "content-type": contentType } }));
  const send = (rows: string): void => rest.enqueue(new TextEncoder().encode(rows));
  send(first);
  return { value: (await createServerReference("f", "/")()) as T, rest, send, onCancel };
}

async function read(items: AsyncIterable<unknown>): Promise<{ got: unknown[]; error: unknown }> {
  const got: unknown[] = [];
  try {
    for await (const item of items) got.push(item);
    return { got, error: null };
  } catch (error) {
    return { got, error };
  }
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    return expect.unreachable(`gave ${String(await promise)}`);
  } catch (error) {
    return error;
  }
}

const errors: [string, string, new (...args: never[]) => Error, object][] = [
  ["an expected error", expected, ActionError, { name: "ActionError", ...told }],
  ["a failure in production", "d1", ServerError, { message: "Something went wrong.", digest: "d1", traceback: null }],
  ["a failure in development", inDevelopment, ServerError, { message: "ValueError: x", digest: "d1", traceback: "Traceback" }],
];

test.each(errors)("%s midway ends `for await` as it rejects a call", async (_, digest, kind, members) => {
  const { value, send } = await streaming<AsyncIterable<string>>('1:X\n0:{"value":"$1"}\n1:"one"\n');
  const reading = read(value);
  send(failed(1, digest));
  const { got, error } = await reading;

  expect(got).toEqual(["one"]);
  expect(error).toBeInstanceOf(kind);
  expect(error).toMatchObject(members);
  expect((error as Error).stack).not.toContain("Minified");
});

test.each(errors)("%s is what a promise in a result rejects with", async (_, digest, kind, members) => {
  const { value, send } = await streaming<{ later: Promise<string> }>('0:{"value":{"later":"$@1"}}\n');
  const reading = rejection(value.later);
  send(failed(1, digest));

  expect(await reading).toBeInstanceOf(kind);
  expect(await reading).toMatchObject(members);
});

test.each(errors)("%s is the same to who reads late, however deep it stands", async (_, digest, kind) => {
  const rows = `2:X\n0:{"value":"$@1"}\n1:{"all":[["$Q3"]],"more":"$2"}\n3:[["key","$@4"]]\n${failed(2, digest)}${failed(4, digest)}`;
  const { value, rest } = await streaming<{ all: [[Map<string, Promise<unknown>>]]; more: AsyncIterable<unknown> }>(rows);
  rest.close();
  await new Promise((resolve) => setTimeout(resolve, 10));
  const promise = value.all[0][0].get("key") as Promise<unknown> & { status: string; reason: unknown };

  expect((await read(value.more)).error).toBeInstanceOf(kind);
  expect([promise.status, promise.reason instanceof kind]).toEqual(["rejected", true]);
});

test("an item that holds a promise is given before the promise is known, and fails as it does", async () => {
  const { value, send } = await streaming<AsyncIterable<{ later: Promise<unknown> }>>('1:X\n0:{"value":"$1"}\n');
  const first = value[Symbol.asyncIterator]().next();
  send('1:{"later":"$@2"}\n');
  const item = (await first).value as { later: Promise<unknown> };
  send(failed(2, expected));

  expect(await rejection(item.later)).toBeInstanceOf(ActionError);
});

test("whoever hears of the server's errors hears of those in streams, once, and of no expected one", async () => {
  const heard = vi.fn();
  configure({ onServerError: heard });
  const { value, send } = await streaming<{ a: AsyncIterable<unknown>; b: Promise<unknown> }>('1:X\n0:{"value":{"a":"$1","b":"$@2"}}\n');
  const reading = Promise.all([read(value.a), read(value.a), rejection(value.b)]);
  send(failed(1, inDevelopment) + failed(2, expected));
  await reading;

  expect(heard.mock.calls.map(([error]) => (error as ServerError).traceback)).toEqual(["Traceback"]);
});

test.each([
  ["breaks", (rest: ReadableStreamDefaultController) => rest.error(new TypeError("network error"))],
  ["is cut short", (rest: ReadableStreamDefaultController) => rest.close()],
])("a connection that %s is a network error to all who wait", async (_, end) => {
  const { value, rest } = await streaming<{ a: AsyncIterable<unknown>; b: Promise<unknown> }>('1:X\n0:{"value":{"a":"$1","b":"$@2"}}\n1:"one"\n');
  const reading = read(value.a);
  const waiting = rejection(value.b);
  end(rest);

  expect(await reading).toMatchObject({ got: ["one"], error: expect.any(NetworkError) as unknown });
  expect(await waiting).toBeInstanceOf(NetworkError);
});

test("a call that is stopped ends its streams with the signal's reason", async () => {
  const { value, rest } = await streaming<AsyncIterable<unknown>>('1:X\n0:{"value":"$1"}\n');
  const reading = read(value);
  const reason = new DOMException("enough", "AbortError");
  rest.error(reason);

  expect((await reading).error).toBe(reason);
});

test("promises stay those of React, which knows what they hold", async () => {
  const { value, rest } = await streaming<{ known: Promise<number> }>('0:{"value":{"known":"$@1"}}\n1:7\n');
  rest.close();
  await value.known;

  expect(value.known).toMatchObject({ status: "fulfilled", value: 7 });
});

/** Read one item, and leave. */
async function readOne(items: AsyncIterable<unknown>): Promise<unknown> {
  for await (const item of items) return item;
  return undefined;
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

test("leaving the only stream ends the answer, and the iterator with it", async () => {
  const { value, onCancel } = await streaming<AsyncIterable<unknown>>('1:X\n0:{"value":"$1"}\n1:"one"\n1:"two"\n');
  const iterator = value[Symbol.asyncIterator]();
  await iterator.next();
  const returned = await iterator.return?.("enough");

  expect(returned).toEqual({ done: true, value: "enough" });
  expect(await iterator.next()).toEqual({ done: true, value: undefined });
  expect(onCancel).toHaveBeenCalledTimes(1);
});

test("an error in the loop leaves the stream too", async () => {
  const { value, onCancel } = await streaming<AsyncIterable<unknown>>('1:X\n0:{"value":"$1"}\n1:"one"\n');
  const reading = (async () => {
    for await (const _ of value) throw new Error("mine");
  })();

  await expect(reading).rejects.toThrow("mine");
  expect(onCancel).toHaveBeenCalledTimes(1);
});

test("a stream that is left ends the answer only when all else of it has come", async () => {
  const rows = '1:X\n2:X\n0:{"value":{"a":"$1","b":"$2","c":"$@3"}}\n1:"one"\n2:"two"\n';
  const { value, send, onCancel } = await streaming<{ a: AsyncIterable<unknown>; b: AsyncIterable<unknown>; c: Promise<unknown> }>(rows);
  await readOne(value.a);
  const ends: boolean[] = [];
  for (const row of ["", '3:{"more":"$@4"}\n', "2:C\n", "4:4\n"]) {
    send(row);
    await turn();
    ends.push(vi.mocked(onCancel).mock.calls.length > 0);
  }

  expect(ends).toEqual([false, false, false, true]);
});

test("a stream is left when the last who reads it has gone", async () => {
  const { value, onCancel } = await streaming<AsyncIterable<unknown>>('1:X\n0:{"value":"$1"}\n1:"one"\n1:"two"\n');
  const other = value[Symbol.asyncIterator]();
  await readOne(value);
  const before = vi.mocked(onCancel).mock.calls.length;
  const items = [await other.next(), await other.next()].map(({ value: item }) => item as unknown);
  await other.return?.();

  expect([before, items, vi.mocked(onCancel).mock.calls.length]).toEqual([0, ["one", "two"], 1]);
});

test("whoever leaves a stream that has ended cuts nothing off", async () => {
  const { value, send, onCancel } = await streaming<AsyncIterable<unknown>>('1:X\n0:{"value":"$1"}\n1:"one"\n');
  send("1:C\n");
  await turn();
  await readOne(value);
  await turn();

  expect(onCancel).not.toHaveBeenCalled();
});
