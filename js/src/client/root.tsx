/**
 * Root: the page in the store in, its tree out.
 *
 * Writes no element and no array of its own, so that what Python printed hydrates as it stands.
 */
import { Fragment, type ReactNode, useEffect, useSyncExternalStore } from "react";
import { Catch, Failure, PageContext } from "./boundary.tsx";
import { type Page, shownPage, subscribeToPage } from "./page.ts";
import { say } from "./words.ts";

export function Root({ onLive }: { onLive: () => void }): ReactNode {
  const page = useSyncExternalStore(subscribeToPage, shownPage, shownPage);
  useEffect(onLive, [onLive]);
  return <Shown page={page} />;
}

/** One page; the server's React prints the same. */
export function Shown({ page }: { page: Page }): ReactNode {
  return (
    <PageContext value={page}>
      <Catch page={page} fallback={(error) => <Failure error={error} label={say("reload")} onPress={reload} />}>
        <Fragment key={page.place}>{page.tree}</Fragment>
      </Catch>
    </PageContext>
  );
}

function reload(): void {
  location.reload();
}
