/** Masks that the operator's model proposes for the frame of a task. */
import { actionUrl, type Assignment, CallFailed, type Json, post } from "./api.js";

/** After that the frame makes its own proposal. */
const PATIENCE_MS = 20_000;

/** The model's mask of what the worker points at, as the server gives it; null when there is none. */
export async function proposeMask(assignment: Assignment, pointing: Json): Promise<Json> {
  if (typeof pointing !== "object" || pointing === null || Array.isArray(pointing)) return null;
  try {
    return await post<Json>(actionUrl(assignment, "propose"), pointing, PATIENCE_MS);
  } catch (failure) {
    if (!(failure instanceof CallFailed)) throw failure;
    console.warn("The model gave no mask:", failure.message);
    return null;
  }
}
