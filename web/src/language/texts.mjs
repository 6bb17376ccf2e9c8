/**
 * The texts that people see, taken from the sources of web/.
 *
 *     node src/language/texts.mjs [NEW_LANGUAGE]     updates src/language/<language>.json: new texts get an empty translation
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "vite";

const SOURCES = join(dirname(fileURLToPath(import.meta.url)), "..");
const CATALOGUES = join(SOURCES, "language");
const SHOWN_ATTRIBUTE = /(?:^|\s)(aria-label|aria-description|aria-roledescription|aria-valuetext|title|placeholder|alt|label)="([^"]*)"/g;
/** Units and names of keys are the same in all languages. */
const SAME_EVERYWHERE = /^(px|\((?:Shift|Ctrl|Alt) ?\+ ?\w\))$/;
const FORM = /_(zero|one|two|few|many|other)$/;

/** All source files without tests, with their syntax trees. */
export function sources() {
  return readdirSync(SOURCES, { recursive: true })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => join(SOURCES, name))
    .map((file) => ({ file: relative(SOURCES, file), ...parsed(file) }));
}

function parsed(file) {
  const code = readFileSync(file, "utf8");
  const { program, errors } = parseSync(file, code);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0].message}`);
  return { code, program };
}

/** Calls `visit` for each node of a tree. */
export function walk(node, visit) {
  if (node === null || typeof node !== "object") return;
  if (Array.isArray(node)) return node.forEach((each) => walk(each, visit));
  if (typeof node.type === "string") visit(node);
  for (const value of Object.values(node)) walk(value, visit);
}

/** The calls of t(): their place, and the texts that the first argument can be (null: not literal). */
export function calls(source) {
  const found = [];
  walk(source.program, (node) => {
    if (node.type !== "CallExpression" || node.callee.name !== "t" || node.arguments.length === 0) return;
    found.push({ place: place(source, node), texts: literals(node.arguments[0]), hasCount: hasCount(node.arguments[1]) });
  });
  return found;
}

function literals(node) {
  if (node.type === "Literal" && typeof node.value === "string") return [node.value];
  if (node.type === "TemplateLiteral" && node.expressions.length === 0) return [node.quasis[0].value.cooked];
  if (node.type === "ConditionalExpression") {
    const both = [literals(node.consequent), literals(node.alternate)];
    return both.includes(null) ? null : both.flat();
  }
  if (node.type === "BinaryExpression" && node.operator === "+") {
    const [left, right] = [literals(node.left), literals(node.right)];
    return left?.length === 1 && right?.length === 1 ? [left[0] + right[0]] : null;
  }
  return null;
}

function hasCount(node) {
  return node?.type === "ObjectExpression" && node.properties.some((property) => property.key?.name === "count");
}

/** The keys that a language needs: a text with a number has one for each form of numbers. */
export function keys(language) {
  const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  const needed = new Set();
  for (const source of sources()) {
    for (const { texts, hasCount } of calls(source)) {
      for (const text of texts ?? []) {
        if (hasCount || text.includes("{{count}}")) for (const form of forms) needed.add(`${text}_${form}`);
        else if (language !== "en") needed.add(text);
      }
    }
  }
  return needed;
}

/** Texts in html`...` and svg`...` that are not translated, each with its place. */
export function untranslated(source) {
  const found = [];
  walk(source.program, (node) => {
    if (node.type !== "TaggedTemplateExpression" || !["html", "svg"].includes(node.tag.name)) return;
    const html = node.quasi.quasis.map(({ value }) => value.cooked).join("\u0000").replace(/<!--.*?-->|&\w+;|<kbd>.*?<\/kbd>/gs, "");
    const texts = html.replace(/<style>.*?<\/style>/gs, "").replace(/<[^>]*>/g, "\n").split(/[\n\u0000]/);
    const attributes = [...html.matchAll(SHOWN_ATTRIBUTE)].map(([, , value]) => value.replaceAll("\u0000", ""));
    const shown = [...texts, ...attributes].filter((text) => /\p{L}{2}/u.test(text) && !SAME_EVERYWHERE.test(text.trim()));
    for (const text of shown) found.push(`${place(source, node)}: ${text.trim()}`);
  });
  return found;
}

function place({ file, code }, node) {
  return `${file}:${code.slice(0, node.start).split("\n").length}`;
}

export function catalogue(language) {
  return JSON.parse(readFileSync(join(CATALOGUES, `${language}.json`), "utf8"));
}

export function languages() {
  return readdirSync(CATALOGUES)
    .filter((name) => name.endsWith(".json"))
    .map((name) => name.replace(".json", ""));
}

function update(language) {
  const file = join(CATALOGUES, `${language}.json`);
  const known = languages().includes(language) ? catalogue(language) : {};
  const english = language === "en" ? (key) => key.replace(FORM, "") : () => "";
  const updated = Object.fromEntries([...keys(language)].sort().map((key) => [key, known[key] ?? english(key)]));
  writeFileSync(file, `${JSON.stringify(updated, null, 2)}\n`);
  console.log(`${relative(process.cwd(), file)}: ${Object.values(updated).filter((text) => text === "").length} to translate`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) for (const language of [...new Set([...languages(), ...process.argv.slice(2)])]) update(language);
