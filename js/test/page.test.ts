import { beforeEach, expect, test } from "vitest";
import { readPage, pagesShown, showPage, shownPage } from "../src/client/page.ts";
import { standAt } from "./document.ts";

beforeEach(() => standAt("/"));

test("of two renderings of a page the newer one stays, whichever came last", () => {
  showPage(readPage({ tree: "newer", time: 30 }));
  showPage(readPage({ tree: "older", time: 20 }));

  expect(shownPage().tree).toBe("newer");
});

test("what was asked for after the page that is shown is newer, whatever the clock says", () => {
  showPage(readPage({ tree: "shown", time: 3600 }));
  const after = pagesShown();
  showPage(readPage({ tree: "asked for then", time: 5 }), { after });
  const first = shownPage().tree;
  showPage(readPage({ tree: "asked for at the same time", time: 4 }), { after });

  expect([first, shownPage().tree]).toEqual(["asked for then", "asked for then"]);
});

test("another page is shown even if it was rendered before the one it replaces", () => {
  showPage(readPage({ tree: "here", time: 30 }));
  showPage(readPage({ tree: "there", time: 20 }), { replace: true });

  expect(shownPage().tree).toBe("there");
});

test("the document takes the title of the page, where it has one", () => {
  showPage(readPage({ tree: "", title: "Users", time: 11 }));
  showPage(readPage({ tree: "", time: 12 }));

  expect(document.title).toBe("Users");
});

test.each([
  [{}, { title: null, url: "", tags: { known: [] }, time: 0 }],
  [{ title: 3, tags: "x" }, { title: null, url: "", tags: { known: [] }, time: 0 }],
  [{ title: "T", url: "/a", tags: ["x"], time: 1.5 }, { title: "T", url: "/a", tags: { known: ["x"] }, time: 1.5 }],
])("%j is read as a page", (sent, expected) => {
  expect(readPage(sent)).toMatchObject(expected);
});

test("a page that is not whole depends on everything, until it says on what", async () => {
  const rest = Promise.resolve(["x", "y"]);
  const page = readPage({ tags: ["x"], rest });
  showPage({ ...page, time: 99 });

  expect(shownPage().tags.known).toEqual(["x", "*"]);
  await rest;
  expect(shownPage().tags.known).toEqual(["x", "y"]);
});
