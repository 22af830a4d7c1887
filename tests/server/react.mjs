/**
 * React's client, as a browser has it: calls of actions in, what it reads of their answers out, one JSON line a call.
 *
 * Arguments: the addresses to call. A promise is told as {promise} or {rejected}, an async iterable as {items} with
 * {error} if it ended in one; `order` has the names of top-level members as they settled.
 */
import { createRequire } from "node:module";

const require = createRequire(new URL("../../js/package.json", import.meta.url));
globalThis.__webpack_require__ = Object.assign(() => ({}), { u: (chunk) => chunk });
globalThis.__webpack_chunk_load__ = async () => {};
const Flight = require("react-server-dom-webpack/client.browser");

const described = (error) => ({ message: String(error.message), digest: error.digest ?? null });

async function told(value) {
  if (value === null || typeof value !== "object") return value;
  if (value instanceof Uint8Array) return { bytes: [...value] };
  if (typeof value.then === "function") {
    try {
      return { promise: await told(await value) };
    } catch (error) {
      return { rejected: described(error) };
    }
  }
  if (Symbol.asyncIterator in value) {
    const items = [];
    try {
      for await (const item of value) items.push(await told(item));
    } catch (error) {
      return { items, error: described(error) };
    }
    return { items };
  }
  if (Array.isArray(value)) return Promise.all(value.map(told));
  const entries = Object.entries(value).map(async ([name, item]) => [name, await told(item)]);
  return Object.fromEntries(await Promise.all(entries));
}

for (const address of process.argv.slice(2)) {
  const response = fetch(address, {
    method: "POST",
    body: await Flight.encodeReply([]),
    headers: { accept: "text/x-component", "sec-fetch-site": "same-origin" },
  });
  const root = await Flight.createFromFetch(response);
  const order = [];
  const members = Object.entries(root.value).map(async ([name, item]) => {
    const value = await told(item);
    order.push(name);
    return [name, value];
  });
  process.stdout.write(`${JSON.stringify({ value: Object.fromEntries(await Promise.all(members)), order })}\n`);
}
