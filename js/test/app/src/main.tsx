import { useActionState } from "react";
import { createRoot } from "react-dom/client";
import { createUser, delete as remove, renameUser, words } from "../backend/actions.py";
import { addNote } from "@backend/notes.py";

function Page() {
  const [state, act] = useActionState(createUser.state, null);
  return (
    <form action={act}>
      <input name="email" />
      {state?.fieldErrors.email}
      <button formAction={renameUser.bind(null, 3)}>Rename</button>
      <button formAction={remove}>Delete</button>
      <button
        type="button"
        onClick={async () => {
          for await (const word of await words("a b")) await addNote(word);
        }}
      />
    </form>
  );
}

createRoot(document.getElementById("root") as HTMLElement).render(<Page />);
