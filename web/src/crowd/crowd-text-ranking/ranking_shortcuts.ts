/** What the panel of keys lists for ranking. */
import { t } from "../../language/index.js";
import { type CommandEntry, COMMANDS } from "../../workspace/key_table.js";
import { type Command, isFree, Keys } from "../../workspace/keys.js";
import type { ShortcutSource } from "../../workspace/shortcuts.js";

export function rankingShortcuts(): ShortcutSource<Command, Keys> {
  return {
    nouns: { one: t("response"), many: t("responses") },
    entries: COMMANDS.filter(({ id }) => id === "submit" || id === "help"),
    sections: () => [
      {
        title: t("Responses"),
        group: null,
        more: [
          { keys: [t("Click"), "Enter"], does: t("Rank the response next") },
          { keys: [t("Click")], does: t("Take the rank of a ranked response away") },
          { keys: [t("Drag")], does: t("Move the response, or put it on another one for a tie") },
          { keys: ["↑ ↓"], does: t("Move the focused response") },
          { keys: ["1", "–", "9"], does: t("Give the focused response this rank") },
          { keys: ["="], does: t("Share the rank above, where ties are possible") },
          { keys: ["Delete"], does: t("Take the rank away") },
        ],
      },
      { title: t("Task"), group: "task", more: [] },
    ],
    isFree,
    keysOf: (entries: readonly CommandEntry[], choices) => new Keys(entries, choices),
  };
}
