"use client";
import { type FormEvent, type ReactNode, startTransition, useActionState, useOptimistic } from "react";
import { useFormStatus } from "react-dom";
import { createUser } from "./actions.py";

interface User {
  name: string;
  email: string;
}

export function AddUserForm({ users, children }: { users: User[]; children: ReactNode }) {
  const [state, submit] = useActionState(createUser.state, null);
  const [shown, show] = useOptimistic(users, (now: User[], user: User) =>
    now.some(({ email }) => email === user.email) ? now : [...now, user],
  );
  // The form's action is Python's own, so that it works without JavaScript; what JavaScript adds happens beside it.
  const showAtOnce = (event: FormEvent<HTMLFormElement>) => {
    const form = new FormData(event.currentTarget);
    startTransition(() => show({ name: String(form.get("name")), email: String(form.get("email")) }));
  };
  const failed = state?.error ?? null;
  return (
    <>
      <form action={submit} onSubmit={showAtOnce}>
        <input type="text" name="name" placeholder="Name" aria-label="Name" required defaultValue={failed ? state?.input.name : ""} />
        <input type="email" name="email" placeholder="Email" aria-label="Email" required defaultValue={failed ? state?.input.email : ""} />
        <AddButton />
        {failed && <p role="alert">{failed.message}</p>}
      </form>
      {children}
      <ul>
        {shown.map((user) => (
          <li key={user.email}>{user.name}</li>
        ))}
      </ul>
    </>
  );
}

function AddButton() {
  const { pending } = useFormStatus();
  return (
    <button type="submit" disabled={pending}>
      Add User
    </button>
  );
}
