/** The keys that a worker chose for commands, as the page keeps them and the workspaces read them. */

/** Keys by the id of a command, in place of its own. An empty list leaves it without a key. */
export type KeyChoices = Readonly<Record<string, readonly string[]>>;

const COMMANDS_KEPT = 200;
const KEYS_OF_A_COMMAND = 4;
const KEY_LENGTH = 30;

/** Choices from outside. Anything else is no choice. Those for the commands of other workspaces are kept with them. */
export function readKeyChoices(value: unknown): KeyChoices {
  if (typeof value !== "object" || value === null) return {};
  const entries = Object.entries(value).filter(
    ([id, keys]) =>
      /^[a-z-]{1,30}$/.test(id) && Array.isArray(keys) && keys.length <= KEYS_OF_A_COMMAND && keys.every((key) => typeof key === "string" && key.length <= KEY_LENGTH),
  );
  return Object.fromEntries(entries.slice(0, COMMANDS_KEPT));
}
