/**
 * React's own production code, timed: one JSON request a line in, one JSON answer a line out. `react.py` is the other end.
 *
 * Values come as Flight rows, so that React works on real Dates and typed arrays; `OPERATIONS` is what may be timed.
 */
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";

const require = createRequire(new URL("../../js/package.json", import.meta.url));
const Module = require("node:module");
globalThis.__webpack_require__ = Object.assign(() => ({}), { u: (chunk) => chunk });
globalThis.__webpack_chunk_load__ = async () => {};

const React = require("react");
const ReactDOM = require("react-dom/server");
const Client = require("react-server-dom-webpack/client.node");
const Browser = require("react-server-dom-webpack/client.browser");
const Server = requireForServer("react-server-dom-webpack/server.node");

/** A module that wants React's server half, in the process that has the other half too. */
function requireForServer(name) {
  const halves = new Map([
    ["react", require.resolve("react/package.json").replace("package.json", "react.react-server.js")],
    ["react-dom", require.resolve("react-dom/package.json").replace("package.json", "react-dom.react-server.js")],
  ]);
  const file = require.resolve("react-server-dom-webpack/package.json").replace("package.json", "server.node.js");
  const resolve = Module._resolveFilename;
  Module._resolveFilename = (request, ...rest) => halves.get(request) ?? resolve(request, ...rest);
  try {
    return require(file);
  } finally {
    Module._resolveFilename = resolve;
  }
}

function streamOf(bytes) {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
}

function written(render) {
  return new Promise((resolve, reject) => {
    let size = 0;
    const sink = new Writable({
      write(chunk, _encoding, done) {
        size += chunk.length;
        done();
      },
      final(done) {
        done();
        resolve(size);
      },
    });
    sink.on("error", reject);
    render.pipe(sink);
  });
}

const e = React.createElement;
const table = (rows) =>
  e(
    "table",
    null,
    rows.map((row) =>
      e(
        "tr",
        { key: row.id },
        e("td", null, row.id),
        e("td", null, row.name),
        e("td", null, row.email),
        e("td", null, row.city),
        e("td", null, row.note),
        e("td", null, row.price),
      ),
    ),
  );

const flight = (value) => written(Server.renderToPipeableStream(value, {}));
const formOf = ({ type, bytes }) => new Response(bytes, { headers: { "content-type": type } }).formData();

const OPERATIONS = {
  encode: flight,
  encodeReply: (value) => Browser.encodeReply(value),
  decode: (body) => Server.decodeReply(body.toString("utf8"), {}),
  decodeForm: async (body) => Server.decodeReply(await formOf(body), {}),
  readForm: async (body) => Object.fromEntries(await formOf(body)),
  decodeFlight: (rows) => Browser.createFromReadableStream(streamOf(rows)),
  html: (rows) => ReactDOM.renderToString(table(rows)),
  elements: (rows) => flight(table(rows)),
};

const inputs = new Map();

const ANSWERS = {
  versions: () => ({ node: process.version.slice(1), react: React.version }),
  value: async ({ name, rows }) => {
    inputs.set(name, await Client.createFromNodeStream(ReadableNode(Buffer.from(rows, "base64")), { moduleMap: {} }));
  },
  body: ({ name, type, body }) => {
    const bytes = Buffer.from(body, "base64");
    inputs.set(name, type ? { type, bytes } : bytes);
  },
  time: async ({ operation, input, times }) => {
    const run = OPERATIONS[operation];
    const value = inputs.get(input);
    const [cpu, thread] = [process.cpuUsage(), process.threadCpuUsage?.()];
    for (let left = times; left > 0; left--) await run(value);
    const spent = ({ user, system }) => (user + system) / times;
    return { cpu: spent(process.cpuUsage(cpu)), thread: thread ? spent(process.threadCpuUsage(thread)) : null };
  },
};

function ReadableNode(bytes) {
  return require("node:stream").Readable.from([bytes]);
}

for await (const line of createInterface({ input: process.stdin })) {
  const { ask, ...request } = JSON.parse(line);
  let answer;
  try {
    answer = (await ANSWERS[ask](request)) ?? {};
  } catch (error) {
    answer = { thrown: String(error?.stack ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
