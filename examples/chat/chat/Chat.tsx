"use client";
import { type FormEvent, type ReactNode, useActionState, useRef, useState } from "react";
import { ask, reply } from "./actions.py";

interface Turn {
  readonly question: string;
  readonly answer: string;
  readonly note?: string;
}

export function Chat({ children }: { children: ReactNode }) {
  const [turns, setTurns] = useState<readonly Turn[]>([]);
  const [isWriting, setWriting] = useState(false);
  const stop = useRef<AbortController>(null);
  // Without JavaScript the form gets the whole answer at once.
  const [whole, submit] = useActionState(ask.state, null);

  const change = (more: (last: Turn) => Turn) =>
    setTurns((now) => now.map((turn, index) => (index === now.length - 1 ? more(turn) : turn)));

  async function listen(question: string) {
    stop.current = new AbortController();
    setWriting(true);
    setTurns((now) => [...now, { question, answer: "" }]);
    try {
      for await (const word of await reply.with({ signal: stop.current.signal })(question)) {
        change((last) => ({ ...last, answer: last.answer + word }));
      }
    } catch (error) {
      const { name, message } = error as Error;
      change((last) => ({ ...last, note: name === "AbortError" ? "Stopped." : message }));
    }
    setWriting(false);
  }

  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const question = String(new FormData(form).get("question"));
    form.reset();
    void listen(question);
  }

  const shown = turns.length === 0 && whole?.result ? [whole.result as unknown as Turn] : turns;
  return (
    <>
      {shown.length === 0 && children}
      <dl aria-live="polite" aria-busy={isWriting}>
        {shown.map(({ question, answer, note }, index) => (
          <div key={index}>
            <dt>{question}</dt>
            <dd>
              {answer}
              {note !== undefined && <em>{note}</em>}
            </dd>
          </div>
        ))}
      </dl>
      <form action={submit} onSubmit={onSubmit}>
        <input name="question" aria-label="Question" required maxLength={200} autoComplete="off" />
        <button type="submit" disabled={isWriting}>
          Ask
        </button>
        {isWriting && (
          <button type="button" onClick={() => stop.current?.abort()}>
            Stop
          </button>
        )}
        {whole?.error && <p role="alert">{whole.error.message}</p>}
      </form>
    </>
  );
}
