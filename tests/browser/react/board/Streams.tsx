"use client";
import { ActionError, ServerError } from "jetbridge/client";
import { Component, type ReactNode, Suspense, use, useActionState, useState } from "react";
import { book, seats } from "./actions.py";

/** An error in one line, by what a caller may rely on. */
function told(error: unknown): string {
  if (error instanceof ActionError) return `${error.name} ${error.message} ${error.code} ${error.fieldErrors["kind"]}`;
  if (error instanceof ServerError) return `${error.name} ${error.message} ${error.digest?.length}`;
  return `not ours: ${String(error)}`;
}

class Boundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: null };
  static getDerivedStateFromError(error: unknown) {
    return { error };
  }
  override render() {
    return this.state.error === null ? this.props.children : <b>{told(this.state.error)}</b>;
  }
}

/** Reads to the end, and says all of it. */
async function read(items: AsyncIterable<number>): Promise<string> {
  const got: (number | string)[] = [];
  try {
    for await (const item of items) got.push(item);
  } catch (error) {
    got.push(told(error));
  }
  return got.join(" ");
}

export function Seats() {
  const [kind, setKind] = useState("");
  const [heard, setHeard] = useState("");
  const [later, setLater] = useState<Promise<number>>();
  const [total, setTotal] = useState<Promise<number>>();
  const [state, submit] = useActionState(book.state, null);
  const [read2, submit2] = useActionState(async (_: string, form: FormData) => {
    const next = await book.state(null, form);
    return next?.result ? read(next.result.seats) : told(next?.error);
  }, "");
  return (
    <>
      <input aria-label="Kind" value={kind} onChange={(event) => setKind(event.target.value)} />
      <button type="button" onClick={() => void seats(kind).then(read).then(setHeard)}>
        Listen
      </button>
      <p id="heard">{heard}</p>
      <button type="button" onClick={() => void book(kind).then(({ seat }) => setLater(seat))}>
        Later
      </button>
      <button type="button" onClick={() => void seats(kind).then((items) => setTotal(sum(items)))}>
        Sum
      </button>
      <form action={submit}>
        <input type="hidden" name="kind" value={kind} />
        <button type="submit">Book</button>
        <button type="submit" formAction={submit2}>
          Book and read
        </button>
      </form>
      <p id="read">{read2}</p>
      <p id="later">
        <Boundary>
          <Suspense fallback="…">{later && <Value of={later} />}</Suspense>
        </Boundary>
      </p>
      <p id="total">
        <Boundary>
          <Suspense fallback="…">{total && <Value of={total} />}</Suspense>
        </Boundary>
      </p>
      <p id="booked">
        <Boundary>
          <Suspense fallback="…">{state?.result && <Value of={state.result.seat} />}</Suspense>
        </Boundary>
      </p>
    </>
  );
}

async function sum(items: AsyncIterable<number>): Promise<number> {
  let sum = 0;
  for await (const item of items) sum += item;
  return sum;
}

function Value({ of }: { of: Promise<number> }) {
  return <b>{use(of)}</b>;
}
