/**
 * Suspense: content that may come later in, its fallback and then the content out.
 *
 * React's own, but that a page that is rendered anew keeps what it shows until the new content is there, and that
 * content which never arrives, because the connection broke, costs its own place only.
 */
import { type ReactNode, Suspense, useContext, useDeferredValue } from "react";
import { Catch, Failure, PageContext } from "./boundary.tsx";
import { ActionError, NetworkError, ServerError } from "./errors.ts";
import { renew } from "./navigation.ts";
import { say } from "./words.ts";

const LAZY = Symbol.for("react.lazy");

/** `Suspense` of Python. */
export function LateContent({ fallback, children }: { fallback?: ReactNode; children?: ReactNode }): ReactNode {
  const page = useContext(PageContext);
  const deferred = useDeferredValue(children);
  return (
    <Suspense fallback={fallback}>
      <Catch page={page} fallback={(error) => <Missing error={error} />}>
        <Arrived>{isLazy(children) ? deferred : children}</Arrived>
      </Catch>
    </Suspense>
  );
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

function isLazy(node: unknown): boolean {
  return typeof node === "object" && node !== null && (node as { $$typeof?: unknown }).$$typeof === LAZY;
}
