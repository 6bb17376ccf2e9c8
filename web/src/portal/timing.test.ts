import { describe, expect, test } from "vitest";
import { ActiveTime, Countdown, formatLeft, urgency } from "./timing.js";

describe("time left", () => {
  test("is shown in minutes and seconds, with hours when there are any, and never below zero", () => {
    expect([0, 0.2, 59, 60, 245, 3600, 3723, -5].map(formatLeft)).toEqual([
      "0:00", "0:01", "0:59", "1:00", "4:05", "1:00:00", "1:02:03", "0:00",
    ]);
  });

  test("becomes urgent at five and one minutes, later for short limits", () => {
    expect([301, 300, 61, 60, 0].map((left) => urgency(left, 3600))).toEqual(["calm", "soon", "soon", "urgent", "urgent"]);
    expect([76, 75, 31, 30].map((left) => urgency(left, 300))).toEqual(["calm", "soon", "soon", "urgent"]);
  });

  test("follows the server's clock, not the machine's", () => {
    const countdown = new Countdown("2031-01-01T12:10:00.000Z", "2031-01-01T12:00:00.000Z", 600, 5000);
    expect(countdown.leftS(5000)).toBe(600);
    expect(countdown.leftS(65_000)).toBe(540);
  });

  test("is spoken once for each threshold that is crossed, not for those passed before", () => {
    const countdown = new Countdown("2031-01-01T00:10:00Z", "2031-01-01T00:00:00Z", 600, 0);
    const spoken = [0, 299, 300, 301, 400, 540, 541].map((s) => countdown.announcement(s * 1000));
    expect(spoken).toEqual([null, null, "Five minutes left for this task.", null, null, "One minute left for this task.", null]);
    const short = new Countdown("2031-01-01T00:04:00Z", "2031-01-01T00:00:00Z", 240, 0);
    expect([1, 179, 181].map((s) => short.announcement(s * 1000))).toEqual([null, null, "One minute left for this task."]);
  });

  test("announces only the nearer threshold after a long sleep", () => {
    const countdown = new Countdown("2031-01-01T01:00:00Z", "2031-01-01T00:00:00Z", 3600, 0);
    expect(countdown.announcement(3_570_000)).toBe("One minute left for this task.");
    expect(countdown.announcement(3_571_000)).toBeNull();
  });
});

describe("active time", () => {
  test("continues from the time spent before and leaves out time away", () => {
    let present = true;
    const active = new ActiveTime(() => present, 10, 0);
    active.tick(500);
    active.tick(1000);
    present = false;
    active.tick(1500);
    present = true;
    expect(active.totalS(2000)).toBe(11.5);
  });

  test("does not count a machine's sleep", () => {
    const active = new ActiveTime(() => true, 0, 0);
    expect(active.totalS(3_600_000)).toBe(2);
  });
});
