import { expect, test } from "vitest";
import { Lineage } from "./drafts.js";

test("a version may replace the confirmed one and all later ones of its sitting", () => {
  const lineage = new Lineage(["a"]);
  const b = lineage.next();
  const c = lineage.next();
  expect(b.basedOn).toEqual(["a"]);
  expect(c.basedOn).toEqual(["a", b.version]);
  lineage.confirm(b.version);
  expect(lineage.next().basedOn).toEqual([b.version, c.version]);
});

test("a confirmation that arrives late changes nothing", () => {
  const lineage = new Lineage([null]);
  const [b, c] = [lineage.next(), lineage.next()];
  lineage.confirm(c.version);
  lineage.confirm(b.version);
  expect(lineage.current()).toEqual({ version: c.version, basedOn: [c.version] });
});

test("a long time without a connection keeps the list within the server's limit, and the confirmed version in it", () => {
  const lineage = new Lineage(["a"]);
  for (let at = 0; at < 300; at += 1) lineage.next();
  const last = lineage.next();
  expect(last.basedOn.length).toBeLessThanOrEqual(100);
  expect(last.basedOn[0]).toBe("a");
});

test("versions of other tabs are unknown until the worker overrules them", () => {
  const lineage = new Lineage(["a"]);
  const own = lineage.next();
  expect([lineage.has("x"), lineage.has(own.version)]).toEqual([false, true]);
  lineage.overrule("x");
  expect(lineage.next().basedOn[0]).toBe("x");
});

test("only the version that was sent last shows that another tab is ahead", () => {
  const lineage = new Lineage(["a"]);
  const [b, c] = [lineage.next(), lineage.next()];
  lineage.send(b.version);
  lineage.send(c.version);
  expect([lineage.isLastSent(b.version), lineage.isLastSent(c.version)]).toEqual([false, true]);
});
