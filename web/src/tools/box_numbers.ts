/** The numbers of a box: its place and its size. */
import type { BoxShape, Rect } from "../core/shapes.js";
import { t } from "../language/index.js";
import type { Numbers } from "./numbers.js";
import type { ToolHost } from "./tool.js";

export function boxNumbers({ id, left, top, width, height }: BoxShape, host: ToolHost<BoxShape>): Numbers {
  const set = (side: Partial<Rect>): void => host.change(id, { left, top, width, height, ...side });
  const { image } = host;
  return {
    caption: "",
    fields: [
      { name: t("Left"), value: left, low: 0, high: image.width - width, set: (value) => set({ left: value }) },
      { name: t("Top"), value: top, low: 0, high: image.height - height, set: (value) => set({ top: value }) },
      { name: t("Width"), value: width, low: 1, high: image.width - left, set: (value) => set({ width: value }) },
      { name: t("Height"), value: height, low: 1, high: image.height - top, set: (value) => set({ height: value }) },
    ],
  };
}
