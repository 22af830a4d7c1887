"use client";

import { count, createUser, rows, submitUser } from "./actions";

/** Makes the build keep the actions that are called from JavaScript. */
export function Buttons() {
  const run = async () => {
    await createUser({ name: "Ada", email: "ada@example.com" });
    await count(await rows(1000));
  };
  return (
    <form action={async (form) => void (await submitUser(form))}>
      <button type="button" onClick={run}>
        Run
      </button>
    </form>
  );
}
