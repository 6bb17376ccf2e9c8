/** Charts: the picture of a `figure[data-chart]` is replaced by one that shows its numbers. The library is loaded only there. */

export interface ChartData {
  readonly title: string;
  readonly times: readonly number[];
  readonly values: readonly number[];
}

declare global {
  var TrigpointCharts: { show(figure: HTMLElement, data: ChartData): void } | undefined;
}

export function showCharts(root: ParentNode): void {
  const figures = [...root.querySelectorAll<HTMLElement>("figure[data-chart]")];
  const first = figures[0];
  if (first === undefined) return;
  void loaded(first.dataset["chart"] ?? "").then(() => {
    for (const figure of figures) {
      const data = JSON.parse(figure.querySelector("script")?.textContent ?? "{}") as ChartData;
      if (data.times.length > 1) globalThis.TrigpointCharts?.show(figure, data);
    }
  });
}

let loading: Promise<void> | null = null;

function loaded(address: string): Promise<void> {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.addEventListener("load", () => resolve());
    script.addEventListener("error", () => reject(new Error(`${address} cannot be loaded`)));
    document.head.append(script);
  });
  return loading;
}
