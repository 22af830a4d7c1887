/**
 * Suspense: content that may come later in, its fallback and then the content out.
 *
 * React's own, but that a page that is rendered anew keeps what it shows until the new content is there, and that
 * content which never arrives, because the connection broke, costs its own place only.
 */
import { type ReactNode, Suspense, useContext, useEffect, useState } from "react";
import { Catch, Failure, PageContext } from "./boundary.tsx";
import { ActionError, NetworkError, ServerError } from "./errors.ts";
import { renew } from "./navigation.ts";
import { say } from "./words.ts";

const LAZY = Symbol.for("react.lazy");

/** `Suspense` of Python. */
export function LateContent({ fallback, children }: { fallback?: ReactNode; children?: ReactNode }): ReactNode {
  const page = useContext(PageContext);
  const shown = useThere(children);
  return (
    <Suspense fallback={fallback}>
      <Catch page={page} fallback={(error) => <Missing error={error} />}>
        <Arrived>{shown}</Arrived>
      </Catch>
    </Suspense>
  );
}

/**
 * `next` when it is there, until then what was there before. React's `useDeferredValue` would have all contents of a
 * page wait for the slowest: it renders in one go whatever was deferred in one.
 */
function useThere(next: ReactNode): ReactNode {
  const [shown, setShown] = useState({ content: next });
  const arrival = next === shown.content ? null : arrivalOf(next);
  useEffect(() => {
    if (arrival === null) return;
    let isNewest = true;
    const show = (): void => {
      if (isNewest) setShown({ content: next });
    };
    arrival.then(show, show);
    return () => {
      isNewest = false;
    };
  });
  if (arrival !== null || next === shown.content) return shown.content;
  setShown({ content: next });
  return next;
}

/** React unwraps what is lazy in the component that holds it, which must stand below what catches. */
function Arrived({ children }: { children?: ReactNode }): ReactNode {
  return children;
}

/** An error of a call belongs to the author's boundaries; any other is that of the rows. */
function Missing({ error }: { error: unknown }): ReactNode {
  if (error instanceof ActionError || error instanceof ServerError || error instanceof NetworkError) throw error;
  return <Failure error={error} label={say("try_again")} onPress={renew} />;
}

/** What a node that is still to come can be waited for by, or null where it is there, or never will be. */
function arrivalOf(node: unknown): PromiseLike<unknown> | null {
  if (typeof node !== "object" || node === null || (node as Lazy).$$typeof !== LAZY) return null;
  const { _init, _payload } = node as Lazy;
  try {
    _init(_payload);
  } catch (thrown) {
    // React's own protocol: what suspends throws a promise, what has failed its error.
    if (thrown instanceof Object && "then" in thrown) return thrown as PromiseLike<unknown>;
  }
  return null;
}

/** As React has it. */
interface Lazy {
  readonly $$typeof: symbol;
  readonly _payload: unknown;
  readonly _init: (payload: unknown) => unknown;
}
