import { describe, expect, it } from "vitest";
import { keyOf, labelText, moved, readLabelRows } from "./label_text.js";

describe("labels as text", () => {
  it("keeps names, colours and order, and drops empty lines", () => {
    const rows = readLabelRows("Car #E11D48\r\n\n  Traffic light  \nNo #1 #abcdef\n");
    expect(rows).toEqual([
      { name: "Car", colour: "#e11d48" },
      { name: "Traffic light", colour: "" },
      { name: "No #1", colour: "#abcdef" },
    ]);
    expect(labelText(rows)).toBe("Car #e11d48\nTraffic light\nNo #1 #abcdef");
  });

  it("moves a row by one place, and not over the ends", () => {
    const rows = readLabelRows("a\nb\nc");
    expect(labelText(moved(rows, 2, -1))).toBe("a\nc\nb");
    expect(labelText(moved(rows, 0, -1))).toBe("a\nb\nc");
    expect(labelText(moved(rows, 2, 1))).toBe("a\nb\nc");
  });

  it("gives the first nine labels a key", () => {
    expect([keyOf(0), keyOf(8), keyOf(9)]).toEqual(["1", "9", ""]);
  });
});
