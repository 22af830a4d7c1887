import { version } from "react";
import { expect, test } from "vitest";
import protocol from "../../vectors/protocol.json";
import { callUrl, client, contentType, encodeTags, freshKey, isFlight } from "../src/client/protocol.ts";

test("the React in the bundle is the one the protocol names", () => {
  expect(version).toBe(protocol.react);
  expect(client).toBe(`${protocol.version}/${protocol.react}`);
});

test.each([
  ["/", "a-1.m", "/?_action=a-1.m"],
  ["/users?page=2&q=a%20b", "a-1.m", "/users?page=2&q=a%20b&_action=a-1.m"],
  ["/users", "a&b=c", "/users?_action=a%26b%3Dc"],
])("a call from %s to %s keeps the page's path and query", (here, id, expected) => {
  expect(callUrl(here, id)).toBe(expected);
});

test.each([
  [[], ""],
  [["path:/", "a,b"], "path%3A%2F,a%2Cb"],
  [["é", "日本"], "%C3%A9,%E6%97%A5%E6%9C%AC"],
])("tags %j become a header that splits at commas and is ASCII", (tags, expected) => {
  const text = encodeTags(tags);

  expect(text).toBe(expected);
  expect(text === "" ? [] : text.split(",").map(decodeURIComponent)).toEqual(tags);
});

test.each([
  [contentType, true],
  [`${contentType}; charset=utf-8`, true],
  ["text/html; charset=utf-8", false],
  [undefined, false],
])("an answer of type %s is Flight: %s", (type, expected) => {
  const response = new Response("x");
  response.headers.delete("content-type");
  if (type !== undefined) response.headers.set("content-type", type);

  expect(isFlight(response)).toBe(expected);
});

test("no two keys are alike", () => {
  const keys = Array.from({ length: 100 }, freshKey);

  expect(new Set(keys).size).toBe(100);
  expect(keys.every((key) => /^[0-9a-f]{32}$/.test(key))).toBe(true);
});
