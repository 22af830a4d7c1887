import { useActionState, useEffect, useState } from "react";
import { addNote, removeNote, signIn, signOut, spell, type Note } from "../backend/actions.py";

export function App() {
  const [name, setName] = useState<string | null>(null);
  const [notes, setNotes] = useState<Note[]>([]);

  // An ordinary route of the FastAPI application; it and the actions know the same session.
  async function load(): Promise<void> {
    const me = (await (await fetch("/api/me")).json()) as { name: string | null; notes: Array<{ id: number; text: string }> };
    setName(me.name);
    setNotes(me.notes.map((note) => ({ ...note, added: new Date() })));
  }
  useEffect(() => void load(), []);

  if (name === null) return <SignIn onDone={load} />;
  return (
    <main>
      <h1>Notes of {name}</h1>
      <AddNote onAdded={(note) => setNotes((known) => [...known, note])} />
      <ul>
        {notes.map((note) => (
          <li key={note.id}>
            {note.text} <Spelled text={note.text} />
            <button
              type="button"
              onClick={async () => {
                const left = await removeNote(note.id);
                setNotes((known) => known.filter(({ id }) => left.includes(id)));
              }}
            >
              Remove
            </button>
          </li>
        ))}
      </ul>
      <form action={async () => { await signOut(); await load(); }}>
        <button>Sign out</button>
      </form>
    </main>
  );
}

function SignIn({ onDone }: { onDone: () => Promise<void> }) {
  const [state, act, pending] = useActionState(signIn.state, null);
  useEffect(() => {
    if (state?.result) void onDone();
  }, [state]);
  return (
    <form action={act}>
      <h1>Sign in</h1>
      <label>
        Name <input name="name" defaultValue={state?.input.name} />
      </label>
      {state?.fieldErrors.name && <p role="alert">{state.fieldErrors.name}</p>}
      <button disabled={pending}>Sign in</button>
    </form>
  );
}

function AddNote({ onAdded }: { onAdded: (note: Note) => void }) {
  const [state, act] = useActionState(addNote.state, null);
  useEffect(() => {
    if (state?.result) onAdded(state.result);
  }, [state]);
  return (
    <form action={act}>
      <label>
        Note <input name="text" defaultValue={state?.input.text} key={state?.result?.id} />
      </label>
      {state?.error && (
        <p role="alert">
          {state.error.message} {state.fieldErrors.text}
        </p>
      )}
      <button>Add</button>
    </form>
  );
}

function Spelled({ text }: { text: string }) {
  const [letters, setLetters] = useState("");
  async function run(): Promise<void> {
    setLetters("");
    for await (const letter of await spell(text)) setLetters((known) => `${known}${letter}-`);
  }
  return (
    <>
      <output>{letters}</output>
      <button type="button" onClick={run}>
        Spell
      </button>
    </>
  );
}
