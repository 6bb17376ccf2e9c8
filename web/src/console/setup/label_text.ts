/** Labels as the form has them: one per line, with a colour at the end if they have one of their own. */

export interface LabelRow {
  readonly name: string;
  /** `#rrggbb`; "" for the colour of the palette. */
  readonly colour: string;
}

const WITH_COLOUR = /^(.*\S)\s+(#[0-9a-f]{6})$/i;

export function readLabelRows(text: string): LabelRow[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => {
      const found = WITH_COLOUR.exec(line);
      return found === null ? { name: line, colour: "" } : { name: found[1] ?? "", colour: (found[2] ?? "").toLowerCase() };
    });
}

export function labelText(rows: readonly LabelRow[]): string {
  return rows
    .filter((row) => row.name.trim() !== "")
    .map((row) => `${row.name.trim()}${row.colour === "" ? "" : ` ${row.colour}`}`)
    .join("\n");
}

/** Rows in another order. */
export function moved(rows: readonly LabelRow[], from: number, by: number): LabelRow[] {
  const to = from + by;
  const row = rows[from];
  if (row === undefined || to < 0 || to >= rows.length) return [...rows];
  const rest = rows.filter((_, index) => index !== from);
  return [...rest.slice(0, to), row, ...rest.slice(to)];
}

/** The key that chooses the label at this place; "" if there is none. */
export function keyOf(index: number): string {
  return index < 9 ? String(index + 1) : "";
}
