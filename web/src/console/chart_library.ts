/** console-charts.js: uPlot with the look of the pages. charts.ts loads it. */
import uPlot from "uplot";
import { locale, t } from "../language/index.js";
import type { ChartData } from "./charts.js";

const HEIGHT = 180;
const TWO_DAYS_S = 2 * 86_400;
const TEN_MINUTES_S = 600;
const shown = new WeakMap<HTMLElement, uPlot>();

function show(figure: HTMLElement, data: ChartData): void {
  const columns: uPlot.AlignedData = [[...data.times], [...data.values]];
  const known = shown.get(figure);
  const box = figure.querySelector<HTMLElement>(".chart-box");
  if (box === null) return;
  if (known !== undefined && box.contains(known.root)) {
    known.setData(columns);
    return;
  }
  box.replaceChildren();
  const plot = new uPlot(options(box, data.title), columns, box);
  shown.set(figure, plot);
  new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: HEIGHT })).observe(box);
}

function options(box: HTMLElement, title: string): uPlot.Options {
  const style = getComputedStyle(box);
  const colour = (name: string): string => resolved(box, style.getPropertyValue(name));
  const axis = { stroke: colour("--tp-text-muted"), grid: { stroke: colour("--tp-border"), width: 1 }, ticks: { show: false } };
  const time = new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" });
  const figure = new Intl.NumberFormat(locale(), { maximumSignificantDigits: 4 });
  return {
    width: box.clientWidth,
    height: HEIGHT,
    cursor: { y: false, points: { size: 7 } },
    legend: { live: true },
    scales: { y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.05)] } },
    axes: [{ ...axis, space: 80, values: timeLabels }, { ...axis, size: 60 }],
    series: [
      { label: t("Time"), value: (_plot, value) => (value === null || value === undefined ? "–" : time.format(new Date(value * 1000))) },
      { label: title, value: (_plot, value) => (value === null || value === undefined ? "–" : figure.format(value)), stroke: colour("--tp-accent-500"), width: 1.5, fill: colour("--tp-accent-50"), points: { show: false } },
    ],
  };
}

/** The labels of the axis of time: seconds within ten minutes, hours and minutes within two days, else days. */
function timeLabels(_plot: uPlot, seconds: number[]): string[] {
  const span = (seconds.at(-1) ?? 0) - (seconds[0] ?? 0);
  const label = new Intl.DateTimeFormat(locale(), timeForm(span));
  return seconds.map((each) => label.format(new Date(each * 1000)));
}

function timeForm(spanS: number): Intl.DateTimeFormatOptions {
  if (spanS >= TWO_DAYS_S) return { month: "short", day: "numeric" };
  const seconds: Intl.DateTimeFormatOptions = spanS < TEN_MINUTES_S ? { second: "2-digit" } : {};
  return { hour: "2-digit", minute: "2-digit", ...seconds, hourCycle: "h23" };
}

/** A colour of the tokens as the canvas understands it: `light-dark()` is resolved by the element that has it. */
function resolved(box: HTMLElement, value: string): string {
  const probe = document.createElement("span");
  probe.style.color = value;
  box.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

globalThis.TrigpointCharts = { show };
