/** What a step of undo changed, in words for a screen reader. */
import type { Shape } from "../core/shapes.js";
import type { Change } from "../core/store.js";
import { t } from "../language/index.js";
import { counted, type Nouns } from "./nouns.js";

export function describe(changes: readonly Change<Shape>[], nouns: Nouns): string {
  const number = (kind: string): number => changes.filter((change) => change.kind === kind).length;
  if (number("add") > 0) return t("{{shapes}} back", { shapes: counted(number("add"), nouns) });
  if (number("remove") > 0) return t("{{shapes}} gone", { shapes: counted(number("remove"), nouns) });
  const changed = new Set(changes.map((change) => (change.kind === "update" ? change.after.id : "")).filter((id) => id !== ""));
  if (changed.size > 0) return t("{{shapes}} changed", { shapes: counted(changed.size, nouns) });
  return number("order") > 0 ? t("the order changed") : t("“Nothing to label” changed");
}
