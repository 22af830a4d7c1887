"use server";

import { redirect } from "next/navigation";
import { tableOf } from "./table";

let users = 0;

function checked(name, email) {
  if (typeof name !== "string" || name.length < 1 || name.length > 100) throw new Error("name");
  if (typeof email !== "string" || email.length > 100 || !/^[^@\s]+@[^@\s]+$/.test(email)) throw new Error("email");
  users += 1;
  return users;
}

export async function createUser(user) {
  return { success: true, userId: checked(user.name, user.email) };
}

export async function submitUser(form) {
  return { success: true, userId: checked(form.get("name"), form.get("email")) };
}

export async function createUserByForm(form) {
  checked(form.get("name"), form.get("email"));
  redirect("/");
}

export async function rows(number) {
  return tableOf(number);
}

export async function count(given) {
  return given.length;
}
