import { createUserByForm } from "./actions";
import { Buttons } from "./buttons";

export const dynamic = "force-dynamic";

export default function Home() {
  return (
    <main>
      <h1>Users</h1>
      <form action={createUserByForm}>
        <input type="text" name="name" placeholder="Name" required />
        <input type="email" name="email" placeholder="Email" required />
        <button type="submit">Add User</button>
      </form>
      <Buttons />
    </main>
  );
}
