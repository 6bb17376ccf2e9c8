import { beforeEach, expect, test } from "vitest";
import type { Assignment } from "./api.js";
import { DraftStorage } from "./draft_storage.js";
import type { Draft } from "./drafts.js";

let browser: Storage;
let tab: Storage;

function shelf(): Storage {
  const content = new Map<string, string>();
  return {
    get length() {
      return content.size;
    },
    key: (at: number) => [...content.keys()][at] ?? null,
    getItem: (key: string) => content.get(key) ?? null,
    setItem: (key: string, value: string) => void content.set(key, value),
    removeItem: (key: string) => void content.delete(key),
  } as unknown as Storage;
}

beforeEach(() => {
  browser = shelf();
  tab = shelf();
});

function storage(worker = "bob", ofTab = tab): DraftStorage {
  return new DraftStorage(worker, () => ofTab, () => browser);
}

function assignment(version: string | null): Assignment {
  const draft = version === null ? null : { version, savedAt: "2031-01-01T00:00:00Z" };
  return { jobName: "cats", objectIndex: 3, draft } as Assignment;
}

const KEY = "cats.3";

function draft(version: string, basedOn: (string | null)[], keptAtMs = 1): Draft {
  return { version, basedOn, state: { of: version }, assignmentId: "a1", timeSpentSeconds: 1, keptAtMs, isSent: false };
}

test("a draft that the server does not have is found by every tab, and only by its worker", () => {
  storage().keep(KEY, draft("b", ["a"]));
  expect(storage("bob", shelf()).latest(assignment("a"))?.version).toBe("b");
  expect(storage("carol", shelf()).latest(assignment("a"))).toBeNull();
  expect(storage().latest({ ...assignment("a"), objectIndex: 4 })).toBeNull();
});

test("a draft that the server has is not restored from the browser", () => {
  storage().keep(KEY, draft("b", ["a"]));
  expect(storage().latest(assignment("b"))).toBeNull();
  storage().keep(KEY, draft("c", ["b"]));
  storage().confirm(KEY, "c");
  expect(storage().latest(assignment("b"))).toBeNull();
  expect(storage().unsent(0)).toEqual([]);
});

test("work on a task that was only reserved is kept for the time when it is the worker's", () => {
  storage().keep(KEY, { ...draft("b", ["a"]), isReserved: true });
  expect(storage().unsent(0)).toEqual([]);
  expect(storage().latest(assignment("a"))?.version).toBe("b");
});

test("a later draft is not confirmed by an earlier one", () => {
  storage().keep(KEY, draft("c", ["a", "b"]));
  storage().confirm(KEY, "b");
  expect(storage().latest(assignment("b"))?.version).toBe("c");
});

test("a first draft continues no draft", () => {
  storage().keep(KEY, draft("a", [null]));
  expect(storage().latest(assignment(null))?.version).toBe("a");
});

test("a draft that does not continue the server's is put aside, not lost", () => {
  storage().keep(KEY, draft("c", ["a"]));
  expect(storage().latest(assignment("b"))).toBeNull();
  expect(storage("bob", shelf()).aside(KEY)?.version).toBe("c");
  storage().dropAside(KEY);
  expect(storage().aside(KEY)).toBeNull();
});

test("of the drafts of two tabs the newer is restored and the other put aside", () => {
  storage().keep(KEY, draft("b", ["a"], 1));
  storage("bob", shelf()).keep(KEY, draft("c", ["a"], 2));
  expect(storage().latest(assignment("a"))?.version).toBe("c");
  expect(storage().aside(KEY)?.version).toBe("b");
});

test("an earlier draft of the same work is not put aside", () => {
  storage().keep(KEY, draft("b", ["a"], 1));
  storage("bob", shelf()).keep(KEY, draft("c", ["a", "b"], 2));
  expect(storage().latest(assignment("a"))?.version).toBe("c");
  expect(storage().aside(KEY)).toBeNull();
});

test("unsent drafts are listed, and those of jobs that must be over are dropped", () => {
  const day = 24 * 3600 * 1000;
  storage().keep(KEY, draft("b", ["a"], 31 * day));
  storage().keep("cats.4", draft("c", ["a"], 1));
  storage().keepAside("cats.5", draft("d", ["a"], 1));
  expect(storage().unsent(32 * day).map(([key, { version }]) => [key, version])).toEqual([[KEY, "b"]]);
  expect(storage().newestOfBrowser("cats.4")).toBeNull();
  expect(storage().aside("cats.5")).toBeNull();
});

test("dropped work is gone", () => {
  storage().keep(KEY, draft("b", ["a"]));
  storage().keepAside(KEY, draft("c", ["a"]));
  storage().drop(KEY);
  expect([browser.length, tab.length]).toEqual([0, 0]);
});

test("after signing out only drafts that were not sent are left", () => {
  storage().keep(KEY, draft("b", ["a"]));
  storage().keepAside("cats.4", draft("c", ["a"]));
  storage("carol").keepAside("cats.4", draft("d", ["a"]));
  storage().clear();
  expect([storage().aside("cats.4"), tab.length]).toEqual([null, 0]);
  expect(storage().unsent(0).length).toBe(1);
  expect(storage("carol").aside("cats.4")?.version).toBe("d");
});

test("with a full storage the server's draft is restored, not an older copy", () => {
  storage().keep(KEY, draft("b", ["a"]));
  browser.setItem = tab.setItem = () => { throw new Error("QuotaExceededError"); };
  expect(storage().keep(KEY, draft("c", ["a", "b"]))).toBe(false);
  expect(storage().latest(assignment("a"))).toBeNull();
});

test("without a storage nothing fails", () => {
  const forbidden = new DraftStorage("bob", () => { throw new Error("SecurityError"); }, () => { throw new Error("SecurityError"); });
  expect(forbidden.keep(KEY, draft("b", ["a"]))).toBe(false);
  forbidden.confirm(KEY, "b");
  forbidden.clear();
  expect([forbidden.latest(assignment("a")), forbidden.aside(KEY), forbidden.unsent(0)]).toEqual([null, null, []]);
});
