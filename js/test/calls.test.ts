import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { callServer, isShown, isWithoutOutcome, keySubmit } from "../src/client/calls.ts";
import { ActionError, NetworkError, ServerError } from "../src/client/errors.ts";
import { shownPage } from "../src/client/page.ts";
import { client, headers } from "../src/client/protocol.ts";
import { answer, rows, standAt } from "./document.ts";

beforeEach(() => standAt("/users?page=2", ["path:/users"]));
afterEach(() => vi.unstubAllGlobals());

const page = { tree: "second", url: "/users?page=2", tags: ["t"], time: 20 };

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable("the call should have rejected"),
    (error: unknown) => error,
  );
}

test("a call posts its arguments to the page's URL and resolves to the value", async () => {
  const sent = answer(rows({ value: { id: 7 } }));

  expect(await callServer("add-1.m", [{ name: "Ada" }])).toEqual({ id: 7 });
  expect(sent[0]?.url).toBe("/users?page=2&_action=add-1.m");
  expect(sent[0]?.init).toMatchObject({ method: "POST", body: '[{"name":"Ada"}]' });
  expect(sent[0]?.init.headers).toMatchObject({
    accept: "text/x-component",
    [headers.client]: client,
    [headers.tags]: "path%3A%2Fusers",
  });
});

test("an answer without any member is the value undefined", async () => {
  answer(rows({}));

  expect(await callServer("f", [])).toBeUndefined();
});

test("each call has its own key, a submit the one it was given", async () => {
  const sent = answer(rows({}));
  const data = new FormData();
  keySubmit(data, "k1");
  await callServer("f", []);
  await callServer("f", []);
  await callServer("f", ["bound", data]);
  const keys = sent.map(({ init }) => (init.headers as Record<string, string>)[headers.key]);

  expect(new Set(keys).size).toBe(3);
  expect(keys[2]).toBe("k1");
});

test("the page that comes with a value is shown before the call resolves", async () => {
  answer(rows({ value: 1, page }));
  await callServer("f", []);

  expect(shownPage().tree).toBe("second");
});

test("a page for a place the person has left is not shown", async () => {
  answer(rows({ value: 1, page }));
  const call = callServer("f", []);
  Object.assign(location, { pathname: "/elsewhere", search: "" });

  expect(await call).toBe(1);
  expect(shownPage().tree).toBe("first");
});

test("an expected error rejects in full, with its page shown", async () => {
  const sent = { message: "Taken", fieldErrors: { email: "in use" }, code: "taken" };
  answer(rows({ error: { ...sent, shown: true }, page }));
  const error = await rejection(callServer("f", []));

  expect(error).toBeInstanceOf(ActionError);
  expect(error).toMatchObject(sent);
  expect(isShown(error)).toBe(true);
  expect(shownPage().tree).toBe("second");
});

test("an expected error that its page does not ask for is known to be shown nowhere", async () => {
  answer(rows({ error: { message: "Taken" }, page }));
  const error = await rejection(callServer("f", []));

  expect(isShown(error)).toBe(false);
  expect(shownPage().tree).toBe("second");
});

test("an expected error that came without a page is known to be shown nowhere", async () => {
  answer(rows({ error: { message: "Taken" } }));

  expect(isShown(await rejection(callServer("f", [])))).toBe(false);
});

test.each([
  [{ digest: "d1" }, { message: "Something went wrong.", digest: "d1", traceback: null }],
  [
    { digest: "d1", message: "ValueError: x", traceback: "Traceback" },
    { message: "ValueError: x", digest: "d1", traceback: "Traceback" },
  ],
])("the failure %j rejects with what the server chose to tell", async (failure, expected) => {
  answer(rows({ failure }), { status: 500, headers: { "content-type": "text/x-component" } });
  const error = await rejection(callServer("f", []));

  expect(error).toBeInstanceOf(ServerError);
  expect(error).toMatchObject(expected);
  expect(isWithoutOutcome(error)).toBe(false);
});

test.each([
  [413, "text/plain", "The body is larger than 1 MiB.\n", "The body is larger than 1 MiB."],
  [502, "text/html", "<h1>Bad gateway</h1>", "The server refused this with status 502."],
  [500, "text/plain", "Traceback\n  line", "The server refused this with status 500."],
])("%i as %s is an error without outcome", async (status, type, body, message) => {
  answer(body, { status, headers: { "content-type": type } });
  const error = await rejection(callServer("f", []));

  expect(error).toMatchObject({ name: "ServerError", status, message });
  expect(isWithoutOutcome(error)).toBe(true);
});

test.each([["0:{\"value\":"], [""]])("an answer that breaks off after %j is a network error", async (body) => {
  answer(body);

  expect(await rejection(callServer("f", []))).toBeInstanceOf(NetworkError);
});

test("no answer at all is a network error", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));

  expect(await rejection(callServer("f", []))).toBeInstanceOf(NetworkError);
});

test("an action the server no longer knows brings the page up to date and asks for another try", async () => {
  const refusal = { status: 409, headers: { "content-type": "text/plain", [headers.reason]: "unknown-action" } };
  vi.stubGlobal("fetch", async (_: string, init: RequestInit) =>
    init.method === "POST"
      ? new Response("unknown action", refusal)
      : new Response(rows(page), { headers: { "content-type": "text/x-component" } }),
  );
  const error = await rejection(callServer("f", []));

  expect(error).toMatchObject({ status: 409, message: expect.stringContaining("try again") as string });
  expect(shownPage().tree).toBe("second");
});

test("a stale client reloads the page once, and then says what is wrong", async () => {
  const stored = new Map<string, string>();
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
  });
  answer("old client", { status: 409, headers: { "content-type": "text/plain", [headers.reason]: "stale-client" } });
  await rejection(callServer("f", []));
  const second = await rejection(callServer("f", []));

  expect(location.reload).toHaveBeenCalledTimes(1);
  expect(second).toMatchObject({ message: "old client" });
});
