import { expect, test } from "vitest";
import { openWords, say } from "../src/client/words.ts";

test("English is said until a page says otherwise, code by code", () => {
  expect(say("refused", 503)).toBe("The server refused this with status 503.");
  openWords({ close: "Schließen", refused: "Status {status}", reload: 3 });

  expect([say("close"), say("refused", 503), say("reload")]).toEqual(["Schließen", "Status 503", "Reload"]);
  openWords(undefined);
  expect(say("close")).toBe("Schließen");
});
