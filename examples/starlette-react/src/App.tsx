import { useActionState, useEffect, useState } from "react";
import { vote, watch } from "../backend/actions.py";

interface Me {
  readonly drinks: ReadonlyArray<"Coffee" | "Tea" | "Water">;
}

export function App() {
  const [me, setMe] = useState<Me | null>(null);
  // An ordinary route of the Starlette application; it and the actions know the same session.
  useEffect(() => {
    void fetch("/api/me").then(async (answer) => setMe((await answer.json()) as Me));
  }, []);
  return me === null ? null : <Poll {...me} />;
}

function Poll({ drinks }: Me) {
  const [counts, setCounts] = useState<Record<string, number>>({});
  const [state, act, pending] = useActionState(vote.state, null);

  useEffect(() => {
    const leaving = new AbortController();
    void listen(leaving.signal, setCounts);
    return () => leaving.abort();
  }, []);

  return (
    <main>
      <h1>What do you drink?</h1>
      <form action={act}>
        {drinks.map((drink) => (
          <button key={drink} name="drink" value={drink} disabled={pending}>
            {drink} {counts[drink] ?? 0}
          </button>
        ))}
      </form>
      {state?.error && <p role="alert">{state.error.message}</p>}
    </main>
  );
}

/** Hear of everybody's votes until `signal` says that nobody listens. */
async function listen(signal: AbortSignal, hear: (counts: Record<string, number>) => void): Promise<void> {
  try {
    for await (const counts of await watch.with({ signal })()) hear(counts);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
