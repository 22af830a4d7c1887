/** Components of ours while the server renders: the same markup that the browser's give, with nothing to wait for. */
import { type ComponentProps, type ReactNode, useContext } from "react";
import { PageContext } from "../client/boundary.tsx";
import { tellForm } from "../client/fields.ts";
import { type Action, withFields } from "./reference.ts";

interface FormProps extends Omit<ComponentProps<"form">, "action"> {
  action: Action;
  native?: object;
  called?: string;
  alone?: boolean;
}

/** `h.form(action=f)`: React prints its address and hidden fields, as `reference.ts` gives them. */
export function PrintedForm({ action, native: _, called = "", alone = false, ...attributes }: FormProps): ReactNode {
  const shown = useContext(PageContext)?.shown ?? "";
  const told = withFields(action, (data) => tellForm(data, called, alone ? "" : shown));
  return <form {...attributes} action={told as unknown as (data: FormData) => void} />;
}
