/** A piece of HTML: text in it was escaped. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = Html | string | number | undefined | false | readonly Part[];

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** A text as HTML shows it. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (letter) => ESCAPES[letter] ?? letter);

/** HTML from a template; what is put in is escaped, unless it is {@link Html} itself. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Html =>
  new Html(strings.map((text, index) => text + rendered(parts[index])).join(""));

function rendered(part: Part): string {
  if (part === undefined || part === false) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return part.map(rendered).join("");
  return escapeHtml(String(part));
}

/** JSON that may stand in a script element: nothing in it ends the element. */
export const jsonInScript = (value: unknown): Html =>
  new Html(JSON.stringify(value).replaceAll("<", "\\u003c"));

/** Code that may stand in a script element. */
export const codeInScript = (code: string): Html =>
  new Html(code.replace(/<\/(script)/gi, "<\\/$1").replaceAll("<!--", "<\\!--"));
