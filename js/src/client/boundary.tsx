/**
 * Boundary: a tree that may throw in, that tree or what stands in its place out.
 *
 * Writes no element of its own while nothing is wrong, so it hydrates whatever Python printed.
 */
import { Component, createContext, Fragment, type ReactNode, useContext } from "react";
import { ServerError, StaleError } from "./errors.ts";
import type { Page } from "./page.ts";
import { say } from "./words.ts";

interface CatchProps {
  readonly page: Page | undefined;
  readonly fallback: (error: unknown, retry: () => void) => ReactNode;
  readonly children?: ReactNode;
}

interface CatchState {
  readonly page: Page | undefined;
  readonly caught: { readonly error: unknown } | null;
}

/** Catches what its children throw, until another page arrives. */
export class Catch extends Component<CatchProps, CatchState> {
  override state: CatchState = { page: this.props.page, caught: null };

  static getDerivedStateFromProps(props: CatchProps, state: CatchState): CatchState | null {
    return props.page === state.page ? null : { page: props.page, caught: null };
  }

  static getDerivedStateFromError(error: unknown): Partial<CatchState> {
    return { caught: { error } };
  }

  override render(): ReactNode {
    const { caught } = this.state;
    if (caught === null) return this.props.children;
    return this.props.fallback(caught.error, () => this.setState({ caught: null }));
  }
}

/** The page around, so that a boundary knows when it is another one. */
export const PageContext = createContext<Page | undefined>(undefined);

/** Whether a boundary the author placed stands between here and the root. */
export const InBoundary = createContext(false);

/** Python's ErrorBoundary: `fallback` in place of children that throw. */
export function Boundary({ fallback, children }: { fallback?: ReactNode; children?: ReactNode }): ReactNode {
  const page = useContext(PageContext);
  return (
    <InBoundary value>
      <Catch page={page} fallback={(error, retry) => <Fallback shown={fallback} error={error} retry={retry} />}>
        {children}
      </Catch>
    </InBoundary>
  );
}

function Fallback({ shown, error, retry }: { shown: ReactNode; error: unknown; retry: () => void }): ReactNode {
  if (shown === undefined) return <Failure error={error} label={say("try_again")} onPress={retry} />;
  return shown;
}

/** What went wrong, for people: no more than the server chose to tell. */
export function Failure({ error, label, onPress }: { error: unknown; label: string; onPress: () => void }): ReactNode {
  const digest = error instanceof ServerError ? error.digest : null;
  return (
    <div role="alert" className="jetbridge-alert">
      <p>{messageOf(error)}</p>
      {error instanceof StaleError && error.entered.length > 0 && <Entered entries={error.entered} />}
      {digest !== null && (
        <p>
          {say("digest")} <code>{digest}</code>
        </p>
      )}
      <button type="button" onClick={onPress}>
        {label}
      </button>
    </div>
  );
}

/** What was typed into a form that the page no longer has. */
function Entered({ entries }: { entries: StaleError["entered"] }): ReactNode {
  return (
    <>
      <p>{say("entered")}</p>
      <dl>
        {entries.map(([name, text], at) => (
          <Fragment key={at}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </Fragment>
        ))}
      </dl>
    </>
  );
}

/** Our own errors are written to be read; a script's are not. */
function messageOf(error: unknown): string {
  if (error instanceof Error && /^(Action|Server|Stale|Network)Error$/.test(error.name)) return error.message;
  return say("went_wrong");
}
