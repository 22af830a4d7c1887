/**
 * React, driven over stdin and stdout: one JSON request a line in, one JSON answer a line out.
 *
 * NODE_ENV chooses React's build. `peer.py` is the other end; `OPERATIONS` is what it may ask.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { difference, Notation, unwrapped } from "./notation.mjs";

const require = createRequire(new URL("../../js/package.json", import.meta.url));
const protocol = JSON.parse(readFileSync(new URL("../../vectors/protocol.json", import.meta.url), "utf-8"));

const modules = {};
// React's client asks these for modules, and reads them while it is loaded itself.
globalThis.__webpack_require__ = Object.assign((id) => modules[id], { u: (chunk) => chunk });
globalThis.__webpack_chunk_load__ = async () => {};

// Development builds warn of what is tested here on purpose, such as members named __proto__.
console.error = console.warn = () => {};

const React = require("react");
const { renderToStaticMarkup, renderToString } = require("react-dom/server");
const Flight = require("react-server-dom-webpack/client.browser");

const Badge = ({ label, children }) => React.createElement("b", { title: label }, children);
modules.badge = { Badge };
modules[protocol.module.id] = Object.fromEntries(
  [protocol.module.form, protocol.module.button, protocol.module.boundary].map((name) => [name, "div"]),
);

const calls = [];
const callServer = (id, args) => {
  calls.push(id);
  return args;
};
const notation = new Notation({
  createElement: React.createElement,
  makeReference: (id) => Flight.createServerReference(id, callServer),
  components: { "badge#Badge": Badge },
});

/** The id of a server reference: what its call would be told. */
function idOf(reference) {
  calls.length = 0;
  reference();
  return calls[0];
}

function decode(rows) {
  const stream = new ReadableStream({
    start(controller) {
      controller.enqueue(Buffer.from(rows, "base64"));
      controller.close();
    },
  });
  return Flight.createFromReadableStream(stream, { callServer });
}

async function bodyOf(value) {
  const body = await Flight.encodeReply(value);
  if (typeof body === "string") return { text: body };
  const response = new Response(body); // writes multipart as a browser does
  const bytes = Buffer.from(await response.arrayBuffer());
  return { contentType: response.headers.get("content-type"), b64: bytes.toString("base64") };
}

/** Chains of lazies run ahead of what renderToString waits for: render when all have been read. */
async function settled(node, seen = new Set()) {
  const value = unwrapped(await node);
  if (value === null || typeof value !== "object" || seen.has(value)) return value;
  seen.add(value);
  for (const item of Object.values(value.$$typeof ? value.props : value)) await settled(item, seen);
  return value;
}

/** The expression that gives a value. */
function written(value) {
  const list = (items) => `[${[...items].map(written).join(", ")}]`;
  if (typeof value === "bigint") return `${value}n`;
  if (value === undefined || value === null || typeof value !== "object") return JSON.stringify(value) ?? "undefined";
  if (value instanceof Map || value instanceof Set) return `new ${value.constructor.name}(${list(value)})`;
  if (value instanceof Date) return `new Date(${JSON.stringify(value)})`;
  if (value instanceof Uint8Array) return `new Uint8Array(${list(value)})`;
  if (Array.isArray(value)) return list(value);
  return `{ ${Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${written(item)}`).join(", ")} }`;
}

let page = null;

const OPERATIONS = {
  /** The body that React's client sends for a value. */
  encode: async ({ value }) => bodyOf(notation.build(value)),

  /** What a value differs in that went out and came back as rows. */
  compare: async ({ value, rows, ...how }) => ({
    difference: await difference(notation.build(value), await decode(rows), { idOf, ...how }),
  }),

  /** A value that came as rows: as an expression of TypeScript, and as a call sends it. */
  retell: async ({ rows }) => {
    const value = await decode(rows);
    return { written: written(value), ...(await bodyOf([value])) };
  },

  /** The HTML of a tree. */
  render: async ({ tree }) => {
    try {
      return { string: renderToString(notation.build(tree)), static: renderToStaticMarkup(notation.build(tree)) };
    } catch (error) {
      return { error: String(error.message ?? error) };
    }
  },

  /** The HTML of a tree that came as rows. */
  renderRows: async ({ rows }) => ({ string: renderToString(await settled(decode(rows))) }),

  /** Load the page at `url` as our client does, and keep the first server reference it holds. */
  open: async ({ url }) => {
    const response = await fetch(url, { headers: { accept: protocol.content_type } });
    const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(";")[0]);
    page = { url, token: response.headers.get(protocol.headers.token), cookie: cookies.join("; ") };
    const callPage = (id, args) => post(id, args);
    const root = await Flight.createFromFetch(Promise.resolve(response), { callServer: callPage });
    page.reference = findFunction(root[protocol.page.tree]);
    return { found: page.reference !== undefined };
  },

  /** What a value differs in after a call of that reference with it. */
  call: async ({ value, ...how }) => {
    const sent = notation.build(value);
    const answer = await page.reference(sent);
    if (typeof answer.status === "number") return answer;
    return { status: 200, difference: await difference(sent, answer[protocol.answer.value], { idOf, ...how }) };
  },
};

/** The first function among the props of a tree. */
function findFunction(node, seen = new Set()) {
  node = unwrapped(node);
  if (typeof node === "function") return node;
  if (node === null || typeof node !== "object" || seen.has(node)) return undefined;
  seen.add(node);
  const below = Object.values(node.$$typeof ? node.props : node);
  return below.map((item) => findFunction(item, seen)).find((found) => found !== undefined);
}

/** A call as js/src/client/transport.ts makes it; a refusal as its status and text. */
async function post(id, args) {
  const names = protocol.headers;
  const response = await fetch(`${page.url}?${protocol.query.action}=${encodeURIComponent(id)}`, {
    method: "POST",
    body: await Flight.encodeReply(args),
    headers: {
      accept: protocol.content_type,
      cookie: page.cookie,
      [names.client]: `${protocol.version}/${React.version}`,
      [names.key]: crypto.randomUUID(),
      [names.tags]: "",
      ...(page.token === null ? {} : { [names.token]: page.token }),
    },
  });
  if (!response.headers.get("content-type")?.startsWith(protocol.content_type)) {
    return { status: response.status, text: await response.text() };
  }
  const answer = await Flight.createFromFetch(Promise.resolve(response), { callServer });
  return protocol.answer.failure in answer ? { status: response.status, text: JSON.stringify(answer) } : answer;
}

/** Rejects: what waits for ever is an answer too. */
function late() {
  return new Promise((_, reject) => setTimeout(() => reject(new Error("no answer within 20 s")), 20_000).unref());
}

for await (const line of createInterface({ input: process.stdin })) {
  const { op, ...request } = JSON.parse(line);
  let answer;
  try {
    answer = await Promise.race([OPERATIONS[op](request), late()]);
  } catch (error) {
    answer = { thrown: String(error?.stack ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
