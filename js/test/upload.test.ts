import { afterEach, expect, test, vi } from "vitest";
import { carriesFiles, sendTelling, upload } from "../src/client/upload.ts";
import { standAt } from "./document.ts";

/** As much of XMLHttpRequest as an upload uses; `says` plays the server. */
class Request {
  static readonly HEADERS_RECEIVED = 2;
  static last: Request;
  readyState = 0;
  status = 200;
  responseText = "";
  responseURL = "";
  sent: unknown;
  headers: Record<string, string> = {};
  upload: { onprogress?: (event: object) => void } = {};
  withCredentials = false;
  onreadystatechange = (): void => undefined;
  onprogress = (): void => undefined;
  onload = (): void => undefined;
  onerror = (): void => undefined;
  onabort = (): void => undefined;
  overrideMimeType = vi.fn();
  abort = vi.fn(() => this.onabort());

  constructor() {
    Request.last = this;
  }
  open(_: string, url: string): void {
    this.responseURL = new URL(url, "http://localhost").href;
  }
  setRequestHeader(name: string, value: string): void {
    this.headers[name] = value;
  }
  getAllResponseHeaders(): string {
    return "content-type: text/x-component\r\nx-two: a: b\r\n";
  }
  send(body: unknown): void {
    this.sent = body;
  }
  begins(): void {
    this.readyState = 2;
    this.onreadystatechange();
  }
  says(bytes: number[]): void {
    // x-user-defined (WHATWG Encoding, section 14.5)
    this.responseText += String.fromCharCode(...bytes.map((byte) => (byte < 0x80 ? byte : 0xf700 + byte)));
    this.onprogress();
  }
}

function begin(signal?: AbortSignal): { parts: [number, number][]; answer: Promise<Response>; request: Request } {
  standAt("/");
  vi.stubGlobal("XMLHttpRequest", Request);
  const parts: [number, number][] = [];
  const init = { body: new FormData(), headers: { a: "1" }, ...(signal === undefined ? {} : { signal }) };
  const answer = upload("/x?_action=f", init, (sent, total) => parts.push([sent, total]));
  return { parts, answer, request: Request.last };
}

afterEach(() => vi.unstubAllGlobals());

test("what has been sent is told, in bytes and in parts of the whole", () => {
  const { parts, request } = begin();
  request.upload.onprogress?.({ loaded: 1, total: 4 });
  const shares: number[] = [];
  const form = new FormData();
  form.set("file", new File(["text"], "a.txt"));
  void sendTelling((part) => shares.push(part))("/x", { body: form, credentials: "include" });
  for (const [loaded, total] of [[1, 4], [2, 0], [4, 4]]) Request.last.upload.onprogress?.({ loaded, total });

  expect(parts).toEqual([[1, 4]]);
  expect(shares).toEqual([0.25, 1]);
  expect([request.withCredentials, Request.last.withCredentials]).toEqual([false, true]);
  expect(request.headers).toEqual({ a: "1" });
});

test("the answer arrives piece by piece, each byte as it was sent", async () => {
  const { answer, request } = begin();
  request.begins();
  const response = await answer;
  const reader = response.body!.getReader();
  request.says([0, 127, 128, 255]);
  const first = await reader.read();
  request.says([10]);
  request.onload();
  const [second, end] = [await reader.read(), await reader.read()];

  expect([...first.value!]).toEqual([0, 127, 128, 255]);
  expect([[...second.value!], end.done]).toEqual([[10], true]);
  expect([response.status, response.redirected, response.headers.get("x-two")]).toEqual([200, false, "a: b"]);
});

test("an answer from elsewhere is a redirected one", async () => {
  const { answer, request } = begin();
  request.responseURL = "http://localhost/login";
  request.begins();

  expect(await answer).toMatchObject({ redirected: true, url: "http://localhost/login" });
});

test.each([204, 205, 304])("status %i has no body", async (status) => {
  const { answer, request } = begin();
  request.status = status;
  request.begins();
  request.onload();

  expect(await (await answer).text()).toBe("");
});

test("a connection that breaks before the answer rejects, one that breaks in it fails the body", async () => {
  const early = begin();
  early.request.onerror();
  const late = begin();
  late.request.begins();
  const response = await late.answer;
  late.request.onerror();

  await expect(early.answer).rejects.toBeInstanceOf(TypeError);
  await expect(response.text()).rejects.toBeInstanceOf(TypeError);
});

test("aborting rejects, before and while it is sent", async () => {
  const controller = new AbortController();
  const running = begin(controller.signal);
  controller.abort();
  const late = begin(controller.signal);

  await expect(running.answer).rejects.toMatchObject({ name: "AbortError" });
  await expect(late.answer).rejects.toMatchObject({ name: "AbortError" });
  expect(late.request.sent).toBeUndefined();
});

test("who stops reading stops the request", async () => {
  const { answer, request } = begin();
  request.begins();
  await (await answer).body?.cancel();

  expect(request.abort).toHaveBeenCalledTimes(1);
});

test.each([
  ["text", false],
  [new File([], "empty"), false],
  [new File(["x"], "full"), true],
])("a form with %o has something to wait for: %s", (value, expected) => {
  const data = new FormData();
  data.append("a", value);

  expect(carriesFiles(data)).toBe(expected);
  expect(carriesFiles("[]")).toBe(false);
});
