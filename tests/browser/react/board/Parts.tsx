"use client";
import {
  Component,
  type ReactNode,
  Suspense,
  startTransition,
  use,
  useActionState,
  useId,
  useOptimistic,
  useRef,
  useState,
  useTransition,
} from "react";
import type { ServerAction } from "jetbridge/client";
import { useFormStatus } from "react-dom";
import { add, count, fail, measure, publish, rename, search, words } from "./actions.py";

export function Adding({ permalink }: { permalink?: string }) {
  const [state, submit, pending] = useActionState(add.state, null, permalink);
  return (
    <form action={submit}>
      <input name="title" aria-label="Title" defaultValue={state?.error ? String(state.input.title) : ""} aria-busy={pending} />
      <button type="submit">Add</button>
      {state?.error && <p role="alert">{state.error.message}</p>}
      {state?.fieldErrors.title && <p id="field">{state.fieldErrors.title}</p>}
      {state?.result != null && <output>number {state.result}</output>}
    </form>
  );
}

export function Counting() {
  const [total, more] = useActionState<number, FormData>(count, 0);
  const [other, less] = useActionState<number, FormData>(count, 100);
  return (
    <>
      <form action={more} aria-label="up">
        <input type="hidden" name="by" value="2" />
        <button type="submit">Up {total}</button>
      </form>
      <form action={less} aria-label="down">
        <input type="hidden" name="by" value="-1" />
        <button type="submit">Down {other}</button>
      </form>
    </>
  );
}

interface Note {
  id: number;
  title: string;
}

export function Renaming({ notes }: { notes: Note[] }) {
  return notes.map(({ id, title }) => <Row key={id} id={id} title={title} />);
}

function Row({ id, title }: Note) {
  const [state, submit] = useActionState(rename.bind(null, id).state, null);
  return (
    <form action={submit}>
      <input name="title" aria-label={`title ${id}`} defaultValue={title} />
      <button type="submit">Rename {id}</button>
      <output id={`said-${id}`}>{state?.result ?? ""}</output>
    </form>
  );
}

export function Given({ save, title, children }: { save: (form: FormData) => Promise<unknown>; title: string; children?: ReactNode }) {
  return (
    <form action={save as (form: FormData) => Promise<void>}>
      {children}
      <input name="title" aria-label={`given ${title}`} defaultValue={title} />
      <button type="submit">Save {title}</button>
    </form>
  );
}

interface BoundProps {
  save: ServerAction<[number: number, title: string], string>;
  label: ServerAction<[mark: string, title: string], string>;
  stamp: ServerAction<[number: number, mark: string, title: string], string>;
}

/** Actions that come as props, one of them bound in Python, and more bound to them here. */
export function Bound({ save, label, stamp }: BoundProps) {
  const [labelled, submit] = useActionState(label.bind(null, "*").state, null);
  const [stamped, stampIt] = useActionState(stamp.bind(null, 2).bind(null, "#").state, null);
  const [heard, setHeard] = useState("");
  return (
    <>
      <form action={save.bind(null, 1)}>
        <input name="title" aria-label="save" />
        <button type="submit">Save</button>
        <button type="submit" formAction={label.bind(null, "!")}>
          Mark
        </button>
      </form>
      <form action={submit}>
        <input name="title" aria-label="label" />
        <button type="submit">Label</button>
        <output id="labelled">{labelled?.result ?? labelled?.error?.message}</output>
      </form>
      <form action={stampIt}>
        <input name="title" aria-label="stamp" />
        <button type="submit">Stamp</button>
        <output id="stamped">{stamped?.result ?? stamped?.error?.message}</output>
      </form>
      <button type="button" onClick={() => void save.bind(null, 2).with({})("called").then(setHeard)}>
        Call
      </button>
      <p id="called">{heard}</p>
    </>
  );
}

export function Buttons({ discard }: { discard: (form: FormData) => Promise<void> }) {
  return (
    <form action={publish}>
      <input name="title" aria-label="Title" defaultValue="tea" />
      <Pressed label="Publish" />
      <button type="submit" formAction={discard}>
        Discard
      </button>
      <button type="submit" formAction={rename.bind(null, 2)}>
        Rename
      </button>
    </form>
  );
}

function Pressed({ label }: { label: string }) {
  const { pending, data } = useFormStatus();
  return <button type="submit">{pending ? `Publishing ${String(data?.get("title"))}` : label}</button>;
}

export function Early() {
  const [made, setMade] = useState("");
  return (
    <>
      <Adding />
      <form
        action={async (form) => {
          await add(String(form.get("own")));
          setMade(String(form.get("own")));
        }}
      >
        <input name="own" aria-label="Own" />
        <button type="submit">Make</button>
      </form>
      <p id="made">{made}</p>
    </>
  );
}

class Boundary extends Component<{ children: ReactNode }, { message: string | null }> {
  override state = { message: null };
  static getDerivedStateFromError(error: Error) {
    return { message: error.message };
  }
  override render() {
    return this.state.message === null ? this.props.children : <p id="caught">{this.state.message}</p>;
  }
}

export function Failing() {
  return (
    <Boundary>
      <form action={fail}>
        <button type="submit">Fail</button>
      </form>
    </Boundary>
  );
}

export function Searching() {
  const [found, setFound] = useState<Promise<string[]> | null>(null);
  const [isPending, start] = useTransition();
  const [count, setCount] = useState(0);
  const ask = (text: string) =>
    start(async () => {
      const titles = search(text);
      await titles;
      startTransition(() => setFound(titles));
    });
  return (
    <>
      <input aria-label="Search" onChange={(event) => ask(event.target.value)} />
      <button type="button" onClick={() => setCount(count + 1)}>
        Count {count}
      </button>
      <button type="button" onClick={() => setFound(search("first"))}>
        At once
      </button>
      <p id="pending">{isPending ? "searching" : "idle"}</p>
      <Suspense fallback={<p id="waiting">waiting</p>}>{found && <Found titles={found} />}</Suspense>
    </>
  );
}

function Found({ titles }: { titles: Promise<string[]> }) {
  return <p id="found">{use(titles).join(", ")}</p>;
}

export function Words() {
  const [heard, setHeard] = useState<string[]>([]);
  const [ending, setEnding] = useState("");
  const stop = useRef<AbortController>(null);
  const [shown, show] = useOptimistic(heard, (now: string[], word: string) => [...now, word]);
  const listen = async (last?: string) => {
    stop.current = new AbortController();
    try {
      for await (const word of await words.with({ signal: stop.current.signal })("one two three four")) {
        setHeard((now) => [...now, word]);
        if (word === last) break;
      }
      setEnding("done");
    } catch (error) {
      setEnding((error as Error).name);
    }
  };
  return (
    <>
      <button type="button" onClick={() => void listen()}>
        Listen
      </button>
      <button type="button" onClick={() => void listen("two")}>
        Listen for two
      </button>
      <button type="button" onClick={() => stop.current?.abort()}>
        Stop
      </button>
      <button type="button" onClick={() => startTransition(() => show("…"))}>
        Show
      </button>
      <p id="heard">{shown.join(" ")}</p>
      <p id="ending">{ending}</p>
    </>
  );
}

export function Measuring() {
  const [said, setSaid] = useState("");
  const [parts, setParts] = useState<number[]>([]);
  return (
    <form
      action={async (form) => {
        const call = measure.with({ onProgress: ({ sent, total }) => setParts((now) => [...now, sent / total]) });
        setSaid(`${await call(form.get("file") as File)} bytes`);
      }}
    >
      <input type="file" name="file" aria-label="File" />
      <button type="submit">Send</button>
      <p id="parts">{parts.join(" ")}</p>
      <p id="said">{said}</p>
    </form>
  );
}

export function Labelled({ label, children }: { label: string; children?: ReactNode }) {
  const id = useId();
  const [times, setTimes] = useState(0);
  return (
    <section>
      <label htmlFor={id}>{label}</label>
      <input id={id} />
      <button type="button" onClick={() => setTimes(times + 1)}>
        {label} {times}
      </button>
      {children}
    </section>
  );
}
