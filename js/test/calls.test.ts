import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { callServer, isShown, isWithoutOutcome, noteSubmit } from "../src/client/calls.ts";
import { ActionError, NetworkError, ServerError, StaleError } from "../src/client/errors.ts";
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

test("a call goes to this server, even where the path of the page looks like the address of another", async () => {
  const sent = answer(rows({}));
  standAt("http://localhost//elsewhere.example/x?a=1");
  await callServer("f", []);

  expect(sent[0]?.url).toBe("/elsewhere.example/x?a=1&_action=f");
});

test("an answer without any member is the value undefined", async () => {
  answer(rows({}));

  expect(await callServer("f", [])).toBeUndefined();
});

test("each call has its own key, a submit the one it was given", async () => {
  const sent = answer(rows({}));
  const data = new FormData();
  noteSubmit(data, { key: "k1", onSent: () => undefined });
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
  const sent = { message: "Taken", fieldErrors: { email: "in use" }, code: "taken", fieldCodes: { email: "x" } };
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

/** Refuse every call with `reason` until it names `accepted`; any page that is asked for is `page`. */
function refuseUnless(accepted: string, reason: string, status = 409): string[] {
  const called: string[] = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    if (init.method !== "POST") return new Response(rows(page), { headers: { "content-type": "text/x-component" } });
    called.push(new URLSearchParams(url.split("?")[1]).get("_action") ?? "");
    return called.at(-1) === accepted && called.length > 1
      ? new Response(rows({ value: "done" }), { headers: { "content-type": "text/x-component" } })
      : new Response("too old", { status, headers: { "content-type": "text/plain", [headers.reason]: reason } });
  });
  return called;
}

/** Forms of the page that is shown once it is renewed. */
function showForms(...actions: string[]): void {
  const forms = actions.map((action) => ({
    getAttribute: (name: string) => (name === "action" ? `?page=2&_action=${encodeURIComponent(action)}` : null),
  }));
  Object.assign(document, { querySelectorAll: (chosen: string) => (chosen.startsWith("[action]") ? forms : []) });
}

const OLD = `add-1.FINGERPR${"a".repeat(22)}`;
const NEW = `add-1.FINGERPR${"b".repeat(22)}`;
const OTHER = `add-1.OTHERTAK${"b".repeat(22)}`;
const BOUND = `add-1.FINGERPR-${"a".repeat(22)}`;
const NEW_BOUND = `add-1.FINGERPR-${"b".repeat(22)}`;

test.each([
  ["token", 403, OLD, OLD],
  ["token", 403, BOUND, BOUND],
  ["unknown-action", 409, OLD, NEW],
])("a call that was refused for its %s is repeated once the page is renewed", async (reason, status, id, again) => {
  const called = refuseUnless(again, reason, status);
  showForms(OTHER, NEW_BOUND, NEW);

  expect(await callServer(id, [])).toBe("done");
  expect(called).toEqual([id, again]);
  expect(shownPage().tree).toBe("second");
});

test.each([
  ["unknown-action", OLD, []],
  ["unknown-action", OLD, [OTHER, NEW_BOUND]],
  ["unknown-action", BOUND, [NEW, NEW_BOUND]],
  ["changed-action", OLD, [OLD, OTHER, NEW]],
  ["sealed-values", BOUND, [BOUND, NEW_BOUND]],
])("after %s of %s, with %j in the page, nothing is repeated", async (reason, id, forms) => {
  const called = refuseUnless("none", reason);
  showForms(...forms);
  const error = await rejection(callServer(id, []));

  expect(error).toBeInstanceOf(StaleError);
  expect(error).toMatchObject({ status: 409, reason, message: expect.stringContaining("try again") as string });
  expect(called).toEqual([id]);
  expect(shownPage().tree).toBe("second");
  expect(isWithoutOutcome(error)).toBe(false);
});

test("a call is repeated once and no more", async () => {
  const called = refuseUnless("none", "token", 403);
  const error = await rejection(callServer(OLD, []));

  expect(error).toMatchObject({ name: "StaleError", reason: "token", status: 403 });
  expect(called).toEqual([OLD, OLD]);
});

test("a forbidden origin is no matter of age", async () => {
  const called = refuseUnless("none", "origin", 403);

  expect(await rejection(callServer(OLD, []))).not.toBeInstanceOf(StaleError);
  expect(called).toEqual([OLD]);
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

// --- without an answer

function failing(times: number, body: string): { keys: unknown[]; aborts: unknown[] } {
  const seen = { keys: [] as unknown[], aborts: [] as unknown[] };
  vi.stubGlobal("fetch", async (_: string, init: RequestInit) => {
    const given = init.headers as Record<string, string>;
    if (headers.abort in given) {
      seen.aborts.push(given[headers.abort]);
      return new Response(null, { status: 204 });
    }
    seen.keys.push(given[headers.key]);
    if (seen.keys.length <= times) throw new TypeError("Failed to fetch");
    return new Response(body, { headers: { "content-type": "text/x-component" } });
  });
  return seen;
}

test("a call that gets no answer is sent again with its key", async () => {
  vi.useFakeTimers();
  const seen = failing(2, rows({ value: 7 }));
  const call = callServer("f", []);
  await vi.runAllTimersAsync();
  vi.useRealTimers();

  expect(await call).toBe(7);
  expect(seen.keys.length).toBe(3);
  expect(new Set(seen.keys).size).toBe(1);
});

test("it is sent three times and no more", async () => {
  vi.useFakeTimers();
  const seen = failing(99, "");
  const call = rejection(callServer("f", []));
  await vi.runAllTimersAsync();
  vi.useRealTimers();

  expect(await call).toBeInstanceOf(NetworkError);
  expect(seen.keys.length).toBe(3);
});

test("what the server has refused is not sent again", async () => {
  const sent = answer("Too often", { status: 429, headers: { "content-type": "text/plain" } });

  expect(await rejection(callServer("f", []))).toBeInstanceOf(ServerError);
  expect(sent.length).toBe(1);
});

// --- called off

test("a signal calls the action off by its key, and rejects with its reason", async () => {
  const aborts: unknown[] = [];
  const keys: unknown[] = [];
  const bodies: unknown[] = [];
  vi.stubGlobal("fetch", async (_: string, init: RequestInit) => {
    const given = init.headers as Record<string, string>;
    if (headers.abort in given) aborts.push(given[headers.abort]);
    else {
      keys.push(given[headers.key]);
      bodies.push(init.body);
    }
    return new Promise(() => undefined);
  });
  const controller = new AbortController();
  const call = rejection(callServer("f", ["x", controller.signal]));
  await vi.waitFor(() => expect(keys.length).toBe(1));
  controller.abort(new Error("enough"));

  expect(await call).toMatchObject({ message: "enough" });
  expect(aborts).toEqual(keys);
  expect(bodies).toEqual(['["x"]']);
});

test("a signal that has spoken already sends nothing", async () => {
  const sent = answer(rows({}));

  expect(await rejection(callServer("f", [AbortSignal.abort()]))).toMatchObject({ name: "AbortError" });
  expect(sent.length).toBe(0);
});

test("a call that was called off is not sent again", async () => {
  vi.useFakeTimers();
  const seen = failing(99, "");
  const controller = new AbortController();
  const call = rejection(callServer("f", [controller.signal]));
  await vi.advanceTimersByTimeAsync(100);
  controller.abort();
  await vi.runAllTimersAsync();
  vi.useRealTimers();

  expect(await call).toMatchObject({ name: "AbortError" });
  expect(seen.keys.length).toBe(1);
});

test("of an action in latest mode the newest call counts", async () => {
  const waiting: ((response: Response) => void)[] = [];
  const aborts: unknown[] = [];
  vi.stubGlobal("fetch", async (_: string, init: RequestInit) => {
    if (headers.abort in (init.headers as Record<string, string>)) {
      aborts.push(init);
      return new Response(null, { status: 204 });
    }
    return new Promise<Response>((resolve) => waiting.push(resolve));
  });
  const older = rejection(callServer("search-1.m~", ["a"]));
  const newer = callServer("search-1.m~", ["ab"]);
  const parallel = callServer("other-1.m", []);
  await vi.waitFor(() => expect(waiting.length).toBe(3));
  for (const [index, resolve] of waiting.entries())
    resolve(new Response(rows({ value: index }), { headers: { "content-type": "text/x-component" } }));

  expect(await older).toMatchObject({ name: "AbortError" });
  expect([await newer, await parallel]).toEqual([1, 2]);
  expect(aborts.length).toBe(1);
});
