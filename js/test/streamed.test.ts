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

/** What a call gives whose answer begins with `first`; its further rows, and its end or its failure. */
async function streaming<T>(first: string): Promise<{ value: T; rest: ReadableStreamDefaultController<Uint8Array>; send: (rows: string) => void }> {
  let rest!: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>({ start: (controller) => void (rest = controller) });
  vi.stubGlobal("fetch", async () => new Response(body, { headers: { "content-type": contentType } }));
  const send = (rows: string): void => rest.enqueue(new TextEncoder().encode(rows));
  send(first);
  return { value: (await createServerReference("f", "/")()) as T, rest, send };
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
