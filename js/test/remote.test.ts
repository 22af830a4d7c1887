import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ActionError, configure, createServerReference, ServerError } from "../src/package/client.ts";
import { contentType, headers } from "../src/client/protocol.ts";
import { answer, rows, type Sent, standAt } from "./document.ts";

beforeEach(() => standAt("/anywhere"));
afterEach(() => {
  vi.unstubAllGlobals();
  configure({ url: undefined, headers: undefined, navigate: undefined, onServerError: undefined } as object);
});

function headersOf(sent: Sent | undefined): Record<string, string> {
  return sent?.init.headers as Record<string, string>;
}

test("a call posts to the place that its manifest names, or the one that is configured", async () => {
  const sent = answer(rows({ value: 1 }));
  const add = createServerReference("add-1", "/actions/");
  await add(1, 2);
  configure({ url: "https://api.example.com/a/", headers: () => ({ authorization: "me" }) });
  await add(1, 2);

  expect(sent.map(({ url }) => url)).toEqual(["/actions/?_action=add-1", "https://api.example.com/a/?_action=add-1"]);
  expect(sent[1]?.init).toMatchObject({ method: "POST", body: "[1,2]", headers: { authorization: "me", accept: contentType } });
});

test("what is bound comes first, and is counted so that a form does not take it for old state", async () => {
  const sent = answer(rows({}));
  const rename = createServerReference<[number, string]>("rename-1", "/").bind(null, 3);
  await rename(new FormData());
  await rename("x");
  await createServerReference("rename-1", "/")(3);

  expect(sent.map((one) => headersOf(one)[headers.bound])).toEqual(["1", "1", undefined]);
  expect(sent[1]?.init.body).toBe('[3,"x"]');
});

test("the state companion resolves to expected errors, with the texts that were sent", async () => {
  const told = { message: "Taken", fieldErrors: { email: "in use" }, code: null, fieldCodes: { email: "taken" } };
  answer(rows({ error: told }));
  const form = new FormData();
  form.set("email", "a@b.c");
  for (const name of ["password", "_own", "card[0].cvc", "$token"]) form.set(name, "x");
  for (const day of ["mon", "tue"]) form.append("day", day);
  form.set("__proto__", "x");
  const state = await createServerReference("f", "/").state(null, form);

  expect(state).toMatchObject({ result: null, fieldErrors: told.fieldErrors, fieldCodes: told.fieldCodes });
  expect(state?.error).toBeInstanceOf(ActionError);
  expect(state?.input).toEqual({ email: "a@b.c", day: ["mon", "tue"] });
});

test("the state companion rejects for what nobody expected, and says it to who listens", async () => {
  answer(rows({ failure: { digest: "d" } }), { status: 500, headers: { "content-type": contentType } });
  const heard = vi.fn();
  configure({ onServerError: heard });

  await expect(createServerReference("f", "/").state(null, new FormData())).rejects.toBeInstanceOf(ServerError);
  expect(heard).toHaveBeenCalledTimes(1);
});

test("a call that nobody vouched for asks for the token once and is sent again as it was", async () => {
  const sent: Sent[] = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    sent.push({ url, init });
    if (init.method === "GET") return new Response(null, { status: 204, headers: { [headers.token]: "t1" } });
    if (headersOf({ url, init })[headers.token] === "t1") {
      return new Response(rows({ value: "done" }), { headers: { "content-type": contentType } });
    }
    return new Response("no", { status: 403, headers: { "content-type": "text/plain", [headers.reason]: "token" } });
  });

  expect(await createServerReference("f", "/actions/")()).toBe("done");
  expect(sent.map(({ url, init }) => `${init.method} ${url}`)).toEqual([
    "POST /actions/?_action=f",
    "GET /actions/",
    "POST /actions/?_action=f",
  ]);
  expect(headersOf(sent[0])[headers.key]).toBe(headersOf(sent[2])[headers.key]);
});

test.each(["unknown-action", "changed-action", "sealed-values", "stale-client"])("%s is a stale page", async (reason) => {
  answer("gone", { status: 409, headers: { "content-type": "text/plain", [headers.reason]: reason } });

  await expect(createServerReference("f", "/")()).rejects.toMatchObject({ stale: true, status: 409 });
});

test("a redirect goes where it leads, by the router that was configured", async () => {
  answer(rows({ location: "/next" }));
  const navigate = vi.fn();
  configure({ navigate });

  expect(await createServerReference("f", "/")()).toBeUndefined();
  expect(navigate).toHaveBeenCalledWith("http://localhost/next");
});

test("the next call of an action of which only the latest counts calls the one before it off", async () => {
  const told: string[] = [];
  vi.stubGlobal("fetch", (_: string, { signal, headers: sent }: RequestInit) => {
    told.push((sent as Record<string, string>)[headers.abort] === undefined ? "call" : "abort");
    if (told.length > 1) return Promise.resolve(new Response(rows({ value: 2 }), { headers: { "content-type": contentType } }));
    return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
  });
  const search = createServerReference("search-1~", "/");
  const first = search("a");
  await vi.waitFor(() => expect(told).toEqual(["call"]));
  const second = search("ab");

  await expect(first).rejects.toMatchObject({ name: "AbortError" });
  expect(await second).toBe(2);
  expect(told).toEqual(["call", "abort", "call"]);
});

test("a call that is stopped rejects with the signal's reason", async () => {
  vi.stubGlobal("fetch", (_: string, { signal }: RequestInit) => {
    return new Promise((_, reject) => {
      if (signal?.aborted) reject(signal.reason);
      signal?.addEventListener("abort", () => reject(signal.reason));
    });
  });
  const stop = new AbortController();
  const call = createServerReference("f", "/").with({ signal: stop.signal })();
  stop.abort(new Error("enough"));

  await expect(call).rejects.toThrow("enough");
});
