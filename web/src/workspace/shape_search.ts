/** Which shapes the list shows, and in what order. It changes nothing on the image. */
import type { Rect, Shape } from "../core/shapes.js";

export type ShapeOrder = "drawn" | "label" | "size" | "confidence";

export class ShapeSearch<S extends Shape> {
  private wanted = "";
  private currentOrder: ShapeOrder = "drawn";

  constructor(
    private readonly bounds: (shape: S) => Rect,
    private readonly changed: () => void,
  ) {}

  get text(): string {
    return this.wanted;
  }

  get order(): ShapeOrder {
    return this.currentOrder;
  }

  get isActive(): boolean {
    return this.wanted !== "";
  }

  find(text: string): void {
    this.wanted = text;
    this.changed();
  }

  sort(order: ShapeOrder): void {
    this.currentOrder = order;
    this.changed();
  }

  /** By size: the largest first. By confidence: the suggestion of which the model is least sure. Equal ones stay as they were drawn. */
  found(shapes: readonly S[]): readonly S[] {
    const text = this.wanted.trim().toLowerCase();
    const found = text === "" ? shapes : shapes.filter(({ label }) => label.toLowerCase().includes(text));
    if (this.currentOrder === "label") return [...found].sort((one, other) => one.label.localeCompare(other.label));
    if (this.currentOrder === "size") return [...found].sort((one, other) => this.areaOf(other) - this.areaOf(one));
    if (this.currentOrder === "confidence") return [...found].sort((one, other) => confidenceOf(one) - confidenceOf(other));
    return found;
  }

  private areaOf(shape: S): number {
    const { width, height } = this.bounds(shape);
    return width * height;
  }
}

/** What no model suggested comes last. */
function confidenceOf({ confidence = 2 }: Shape): number {
  return confidence;
}
